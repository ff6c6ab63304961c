"""Connections drawn as curves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from graphkit.circuit import Circuit
from graphkit.plots.layouts import Placement
from graphkit.plots.style import NEUTRAL, SIGN_COLORS, pale, plain

__all__ = ["add_connections", "key"]

#: Smallest synapse count of each width class, with its width in pixels: the same in every figure.
_WIDTHS = ((1, 0.5), (10, 0.9), (50, 1.6), (200, 2.8))
_MARK_SIZES = np.array([5, 6, 7, 9])
_SIGNS = (
    (1, "excitatory", "solid", "triangle-up"),
    (-1, "inhibitory", "dash", "line-ew"),
    (0, "unknown sign", "dot", "circle"),
)
#: Curves that are drawn as lines of the page, not by the graphics card: without a card they take a quarter of the time,
#: with one a little more. Beyond, the browser has too many lines to keep in mind.
_LINES = 3_000
_DASHES = {"solid": "solid", "dash": "5px,3px", "dot": "2px,3px"}  # of such lines: plotly's own are for thick ones
_POINTS = 14_000  # of all curves; each has 5 to 25. Without a graphics card, every thousand takes it 40 ms to draw
_SAME_AFTER = {1: 360, -1: 180, 0: 1}  # degrees after which an end mark looks as before, by sign
_TURN, _CROWDED_TURN = 15.0, 45.0  # degrees: plotly builds a texture for every angle of a mark, 3 ms each
_CROWD = 1_000  # connections, whose end marks nobody looks at one by one


def add_connections(
    figure: go.Figure,
    circuit: Circuit,
    drawn: npt.NDArray[np.int64],
    place: Placement,
    pre: npt.NDArray[np.int64],
    post: npt.NDArray[np.int64],
) -> None:
    """Add connections: a trace of curves per sign and width class, a trace of end marks per sign, their legend.

    Parameters
    ----------
    figure
        The figure, changed in place.
    circuit
        The circuit.
    drawn
        (m,) which of its connections, weakest first.
    place
        Where the neurons that are drawn stand.
    pre, post
        (m,) the connections' ends, as positions in place.
    """
    sign = np.sign(circuit.weight[drawn]).astype(int)
    count = circuit.syn_count[drawn]
    width_class = np.maximum(np.searchsorted([least for least, _ in _WIDTHS], count, side="right") - 1, 0)
    opacity = float(np.clip(10 / np.sqrt(max(len(drawn), 1)), 0.1, 0.85))
    curve_x, curve_y, end_x, end_y, angle = _curves(place, pre, post, sign)
    as_lines = len(drawn) <= _LINES
    for value, name, dash, _ in _SIGNS:
        for number, (_, width) in enumerate(_WIDTHS):
            chosen = (sign == value) & (width_class == number)
            if chosen.any():
                # Lines of the page shine through each other one by one only where their colour does, not their trace.
                color = pale(SIGN_COLORS[name], opacity) if as_lines else SIGN_COLORS[name]
                figure.add_trace(
                    (go.Scatter if as_lines else go.Scattergl)(
                        x=curve_x[chosen].ravel(), y=curve_y[chosen].ravel(), mode="lines", hoverinfo="skip",
                        line={"width": width, "color": color, "dash": _DASHES[dash] if as_lines else dash},
                        opacity=1 if as_lines else opacity, name=name, legendgroup=name, showlegend=False,
                        # Which end mark of the sign each curve belongs to: pages highlight a neuron's connections.
                        meta={"ends": np.flatnonzero(chosen[sign == value]).tolist(), "points": curve_x.shape[1]},
                    )
                )  # fmt: skip
    ids = np.column_stack([circuit.root_ids[circuit.pre[drawn]], circuit.root_ids[circuit.post[drawn]]]).astype(str)
    for value, name, dash, symbol in _SIGNS:
        chosen = sign == value
        if not chosen.any():
            continue
        color = SIGN_COLORS[name]
        size = _MARK_SIZES[width_class[chosen]]
        figure.add_trace(
            go.Scattergl(
                x=end_x[chosen], y=end_y[chosen], mode="markers", name=name, legendgroup=name, showlegend=False,
                marker={"symbol": symbol, "size": size, "angle": angle[chosen] % _SAME_AFTER[value], "color": color,
                        "opacity": min(1.0, opacity + 0.3),
                        "line": {"width": 1.6 if symbol == "line-ew" else 0, "color": color}},
                customdata=ids[chosen],
                text=[f"{number:,} synapses, {name}" for number in count[chosen].tolist()],
                hovertemplate="%{customdata[0]}<br>→ %{customdata[1]}<br>%{text}<extra></extra>",
            )
        )  # fmt: skip
        figure.add_trace(
            key(f"{name} connections ({int(chosen.sum()):,})", color=color, dash=dash, symbol=symbol, group=name)
        )
    for number, (least, width) in enumerate(_WIDTHS):
        if (width_class == number).any():
            above = f"–{_WIDTHS[number + 1][0] - 1}" if number + 1 < len(_WIDTHS) else " and more"
            figure.add_trace(key(f"{least}{above} synapses", color=NEUTRAL, dash="solid", width=width))


def key(
    name: str, *, color: str, dash: str = "", symbol: str = "", width: float = 1.6, group: str | None = None
) -> go.Scatter:
    """Return a trace that only stands in the legend, for those whose marks and widths differ within a trace."""
    return go.Scatter(
        x=[None], y=[None], name=plain(name), legendgroup=group,
        mode="+".join(["lines"] * bool(dash) + ["markers"] * bool(symbol)),
        line={"color": color, "dash": dash or "solid", "width": width},
        marker={"symbol": symbol or "circle", "size": 8, "color": color, "line": {"width": 1.6, "color": color}},
    )  # fmt: skip


def _curves(
    place: Placement, pre: npt.NDArray[np.int64], post: npt.NDArray[np.int64], sign: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float32], ...]:
    """Return the connections as curves, NaN after each, and their ends: x, y, end x, end y, angle of the end mark.

    A quadratic Bézier curve from pre to post whose middle lies left of the way when excitatory, right when
    inhibitory, and then further off, so that a pair that excites and inhibits each other shows two curves; a
    neuron's connection to itself is a loop above it.
    """
    start, end = (np.column_stack([place.x[side], place.y[side]]) for side in (pre, post))
    way = end - start
    length = np.maximum(np.hypot(*way.T), 1e-9)
    bow = np.where(place.level[pre] == place.level[post], 2.0, 1.0) * np.array([-0.24, 0.0, 0.14])[sign + 1]
    middle = (start + end) / 2 + np.column_stack([-way[:, 1], way[:, 0]]) * bow[:, None]

    def curve(t: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        t = t[..., None]
        places: npt.NDArray[np.float64] = (
            (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * middle[:, None] + t**2 * end[:, None]
        )
        return places

    number = int(np.clip(_POINTS / max(len(pre), 1), 5, 25))
    points = curve(np.broadcast_to(np.linspace(0, 1, number), (len(pre), number)))
    ahead = np.minimum((place.size[post] / 2 + 4) / length, 0.4)
    marks = curve(np.column_stack([1 - ahead - 0.02, 1 - ahead]))
    heading = marks[:, 1] - marks[:, 0]
    loop = pre == post
    turn = np.linspace(-0.5 * np.pi, 1.5 * np.pi, number)
    radius = place.size[pre][loop][:, None]
    points[loop, :, 0] = start[loop][:, [0]] + radius * np.cos(turn)
    points[loop, :, 1] = start[loop][:, [1]] + radius * (1 + np.sin(turn))
    marks[loop, 1] = points[loop, -2]
    heading[loop] = [0.0, -1.0]
    step = _TURN if len(pre) <= _CROWD else _CROWDED_TURN
    angle = np.round(np.degrees(np.arctan2(heading[:, 0], heading[:, 1])) / step) * step % 360
    broken = np.concatenate([points, np.full((len(pre), 1, 2), np.nan)], axis=1).astype(np.float32)
    return broken[..., 0], broken[..., 1], *marks[:, 1].T.astype(np.float32), angle.astype(np.float32)
