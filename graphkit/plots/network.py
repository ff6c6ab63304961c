"""A circuit drawn as a network."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from graphkit.circuit import Circuit
from graphkit.errors import SelectionError
from graphkit.plots.caps import Strongest, most_connected, strongest_connections, synapses
from graphkit.plots.coloring import Coloring, color_neurons, neuron_signs
from graphkit.plots.layouts import HEIGHT, WIDTH, Placement, by_force, by_level
from graphkit.plots.style import (
    SCALE,
    SIGN_COLORS,
    THEMES,
    Theme,
    dressed,
    known,
    message_figure,
    origin,
    plain,
    template,
    transmitter,
)
from graphkit.spikes import SpikeTrains

__all__ = ["plot_network"]

#: Smallest synapse count of each width class, with its width in pixels: the same in every figure.
_WIDTHS = ((1, 0.5), (10, 0.9), (50, 1.6), (200, 2.8))
_SIGNS = ((1, "excitatory", "solid", "triangle-up"), (-1, "inhibitory", "dash", "line-ew"), (0, "unknown sign", "dot", "circle"))
_KEY = "excitatory connections bend left of their way, inhibitory ones right"
_POINTS = 40_000  # of all curves; each has 9 to 25


def plot_network(
    circuit: Circuit,
    spikes: SpikeTrains | None = None,
    *,
    color_by: str = "auto",
    layout: Literal["levels", "force"] = "levels",
    order_by: str | None = None,
    max_connections: int = 2000,
    max_neurons: int = 10_000,
    min_synapses: int = 1,
    strongest: Strongest = "per_level_pair",
    theme: Theme = "light",
) -> go.Figure:
    """Draw a circuit as a network: a mark per neuron, a curve per connection.

    Width is by synapses, in four classes that are the same in every figure. Excitatory and inhibitory differ in
    dashes, in the side to which the curve bends and in the mark at its end, so that colour is not needed.

    Parameters
    ----------
    circuit
        Neurons and connections.
    spikes
        A run of the circuit: adds rates.
    color_by
        "transmitter", "sign", "group", "rate", any column of ``circuit.neurons()``; "auto" is the rate when there
        is a run, else the transmitter.
    layout
        "levels": a block per group, target on the left, each kind of neuron in a band. "force": connected neurons
        near each other.
    order_by
        The annotation whose values are the bands of a level; by default the finest that fits.
    max_connections
        Most connections drawn; the caption states rule and number left out.
    max_neurons
        Most neurons drawn: targets, then those with most synapses.
    min_synapses
        Smallest connection drawn (synapses), inclusive.
    strongest
        What the cap keeps. "per_level_pair": the ordered pairs of groups share it fairly, each keeps its strongest.
        "overall": the strongest of all, which can leave a small group without any.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces of curves by sign and width class, of end marks by sign, and of neurons by colour; customdata of a
        neuron is its root_id, of an end mark [pre_root_id, post_root_id], all strings.

    Raises
    ------
    DataError
        If a property, layout, rule, cap or theme is not known; the message lists the known ones.
    SelectionError
        If the run has none of the circuit's neurons.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.plots import plot_network
    >>> edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 3], "weight_signed": [30, -12]})
    >>> plot_network(Circuit.from_edges(edges, targets=[1])).layout.title.text
    'Circuit of 3 neurons, 2 connections'
    """
    template(theme)
    known(layout, ("levels", "force"), "layout")
    title = f"Circuit of {len(circuit):,} neuron{'s' * (len(circuit) != 1)}, {len(circuit.pre):,} connections"
    rates = None if spikes is None else _rates_of(circuit, spikes)
    coloring = color_neurons(circuit, color_by, None if rates is None else rates["rate_hz"].to_numpy(np.float64))
    shown, neurons_left_out = most_connected(circuit, max_neurons)
    drawn, connections_drawn = strongest_connections(
        circuit, shown, most=max_connections, min_synapses=min_synapses, strongest=strongest
    )
    run = () if spikes is None else (f"rates: mean of {spikes.trials} x {spikes.duration_ms:g} ms",)
    facts = [*run, *origin(circuit.source, None if spikes is None else spikes.run)]
    if not len(shown):
        message = "the circuit has no neurons" if not len(circuit) else "max_neurons=0 leaves no neuron to draw"
        return message_figure(message, title=title, caption=facts, theme=theme)

    at = np.zeros(len(circuit), dtype=np.int64)
    at[shown] = np.arange(len(shown))
    pre, post = at[circuit.pre[drawn]], at[circuit.post[drawn]]
    table = circuit.neurons().iloc[shown].reset_index(drop=True)
    strength = circuit.syn_count[drawn].astype(np.float64)
    place = (by_level(table, synapses(circuit)[shown], order_by) if layout == "levels" else
             by_force(len(shown), pre, post, strength))  # fmt: skip

    figure = go.Figure()
    _add_connections(figure, circuit, drawn, place, pre, post)
    _add_neurons(figure, circuit, shown, place, coloring, _hover(circuit, rates)[shown], theme)
    _add_text(figure, place, theme)
    bands = f"neurons of a level in bands by {place.ordered_by}" if place.ordered_by else ""
    marks = "targets are diamonds, functional nuclei squares" if layout == "force" else ""
    caption = [connections_drawn, neurons_left_out, bands, _KEY, marks, *facts]
    figure.update_layout(hovermode="closest", dragmode="pan")
    return dressed(figure, title=title, caption=caption, theme=theme, height=860, above=40, scaled=True)


def _rates_of(circuit: Circuit, spikes: SpikeTrains) -> pd.DataFrame:
    """Return the run's rates in the circuit's order; NaN for neurons that were not simulated."""
    rates = spikes.rates().set_index("root_id").reindex(circuit.root_ids)
    if len(circuit) and rates["rate_hz"].isna().all():
        raise SelectionError(
            f"none of the circuit's {len(circuit)} neurons is in the run of {len(spikes.root_ids)} neurons. "
            "Give the spikes of this circuit."
        )
    return rates


def _hover(circuit: Circuit, rates: pd.DataFrame | None) -> npt.NDArray[np.object_]:
    """Return (n,) what is known of each neuron, a line each; ids as strings."""
    n = len(circuit)
    table = circuit.neurons()
    signs = pd.Series(neuron_signs(circuit)).map({1: ", excitatory", -1: ", inhibitory", 0: ""})
    lines = [[str(root_id)] for root_id in circuit.root_ids.tolist()]

    def add(texts: pd.Series | list[str]) -> None:
        for line, text in zip(lines, texts, strict=True):
            if text:
                line.append(text)

    def column(name: str) -> pd.Series:
        return table[name] if name in table else pd.Series([None] * n, dtype=object)

    names = zip(*(column(name) for name in ("cell_type", "cell_class", "super_class", "side")), strict=True)
    add([", ".join(plain(value) for value in values if not pd.isna(value)) for values in names])
    add([plain(name) for name in table["group"]])
    add(
        [
            "" if pd.isna(nt) else f"{plain(transmitter(str(nt)))}{sign}" + ("" if pd.isna(share) else f", confidence {share:.2f}")
            for nt, share, sign in zip(column("nt_type"), column("nt_confidence"), signs, strict=True)
        ]
    )
    for name, ends, direction in (("input_synapses", circuit.post, "in"), ("output_synapses", circuit.pre, "out")):
        inside = np.bincount(ends, weights=circuit.syn_count, minlength=n).astype(np.int64)
        add(
            [
                f"{direction}: {within:,} synapses in the circuit" + ("" if pd.isna(total) else f" of {int(total):,}")
                for within, total in zip(inside.tolist(), column(name), strict=True)
            ]
        )
    add(["" if np.isnan(share) else f"lost input: {share:.1%}" for share in circuit.lost_input_share])
    if rates is not None:
        add(
            [
                "not simulated" if np.isnan(rate) else f"{rate:.2f} Hz (SD {sd:.2f} over trials)"
                for rate, sd in zip(rates["rate_hz"], rates["rate_sd_hz"], strict=True)
            ]
        )
    return np.array(["<br>".join(line) for line in lines], dtype=object)


def _add_connections(
    figure: go.Figure, circuit: Circuit, drawn: npt.NDArray[np.int64], place: Placement,
    pre: npt.NDArray[np.int64], post: npt.NDArray[np.int64],
) -> None:  # fmt: skip
    sign = np.sign(circuit.weight[drawn]).astype(int)
    count = circuit.syn_count[drawn]
    width_class = np.maximum(np.searchsorted([least for least, _ in _WIDTHS], count, side="right") - 1, 0)
    opacity = float(np.clip(10 / np.sqrt(max(len(drawn), 1)), 0.1, 0.85))
    curve_x, curve_y, end_x, end_y, angle = _curves(place, pre, post, sign)
    for value, name, dash, symbol in _SIGNS:
        for number, (_, width) in enumerate(_WIDTHS):
            chosen = (sign == value) & (width_class == number)
            if chosen.any():
                figure.add_trace(
                    go.Scattergl(
                        x=curve_x[chosen].ravel(), y=curve_y[chosen].ravel(), mode="lines", hoverinfo="skip",
                        line={"width": width, "color": SIGN_COLORS[name], "dash": dash}, opacity=opacity,
                        name=name, legendgroup=name, showlegend=False,
                    )
                )  # fmt: skip
    ids = np.column_stack([circuit.root_ids[circuit.pre[drawn]], circuit.root_ids[circuit.post[drawn]]]).astype(str)
    for value, name, dash, symbol in _SIGNS:
        chosen = sign == value
        if not chosen.any():
            continue
        color = SIGN_COLORS[name]
        size = np.array([5, 6, 7, 9])[width_class[chosen]]
        figure.add_trace(
            go.Scattergl(
                x=end_x[chosen], y=end_y[chosen], mode="markers", name=name, legendgroup=name, showlegend=False,
                marker={"symbol": symbol, "size": size, "angle": angle[chosen], "color": color,
                        "opacity": min(1.0, opacity + 0.3),
                        "line": {"width": 1.6 if symbol == "line-ew" else 0, "color": color}},
                customdata=ids[chosen],
                text=[f"{number:,} synapses, {name}" for number in count[chosen].tolist()],
                hovertemplate="%{customdata[0]}<br>→ %{customdata[1]}<br>%{text}<extra></extra>",
            )
        )  # fmt: skip
        figure.add_trace(_key(f"{name} {int(chosen.sum()):,}", color=color, dash=dash, symbol=symbol, group=name))
    for number, (least, width) in enumerate(_WIDTHS):
        if (width_class == number).any():
            above = f"–{_WIDTHS[number + 1][0] - 1}" if number + 1 < len(_WIDTHS) else " and more"
            figure.add_trace(_key(f"{least}{above} synapses", color="#8C8C8C", dash="solid", width=width))


def _key(
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
    inhibitory; a neuron's connection to itself is a loop above it.
    """
    start, end = (np.column_stack([place.x[side], place.y[side]]) for side in (pre, post))
    way = end - start
    length = np.maximum(np.hypot(*way.T), 1e-9)
    bow = np.where(place.level[pre] == place.level[post], 0.35, 0.16) * sign
    middle = (start + end) / 2 + np.column_stack([-way[:, 1], way[:, 0]]) * bow[:, None]

    def curve(t: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        t = t[..., None]
        return (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * middle[:, None] + t**2 * end[:, None]

    number = int(np.clip(_POINTS / max(len(pre), 1), 9, 25))
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
    angle = np.degrees(np.arctan2(heading[:, 0], heading[:, 1]))
    broken = np.concatenate([points, np.full((len(pre), 1, 2), np.nan)], axis=1).astype(np.float32)
    return broken[..., 0], broken[..., 1], *marks[:, 1].T.astype(np.float32), angle.astype(np.float32)


def _add_neurons(
    figure: go.Figure, circuit: Circuit, shown: npt.NDArray[np.int64], place: Placement, coloring: Coloring,
    hover: npt.NDArray[np.object_], theme: Theme,
) -> None:  # fmt: skip
    labels = coloring.labels[shown]
    ids = circuit.root_ids[shown].astype(str)
    is_target = np.array(circuit.group_names)[circuit.group[shown]] == "target"
    symbol = np.where(is_target, "diamond", np.where(circuit.functional_nucleus[shown], "square", "circle"))

    def add(chosen: npt.NDArray[np.bool_], name: str, marker: dict[str, object]) -> None:
        figure.add_trace(
            go.Scattergl(
                x=place.x[chosen], y=place.y[chosen], mode="markers", name=plain(name), legendgroup=name, showlegend=False,
                marker={"size": place.size[chosen] * np.where(is_target[chosen], 1.25, 1), "symbol": symbol[chosen], "opacity": 1,
                        "line": {"width": 0.5, "color": THEMES[theme].ground}, **marker},
                customdata=ids[chosen], text=hover[chosen], hovertemplate="%{text}<extra></extra>",
            )
        )  # fmt: skip

    for name, color in coloring.colors.items():
        if number := int((labels == name).sum()):
            add(labels == name, name, {"color": color})
            figure.add_trace(_key(f"{name} {number:,}", color=color, symbol="circle", group=name))
    if coloring.values is not None:
        on_scale = ~np.isnan(coloring.values[shown])
        values = coloring.values[shown][on_scale]
        bar = {"title": {"text": coloring.title, "side": "right"}, "thickness": 12, "len": 0.6, "outlinewidth": 0}
        if coloring.ticks:
            bar |= {"tickvals": list(coloring.ticks), "ticktext": list(coloring.ticks.values())}
        scale = {"color": values, "colorscale": SCALE, "cmin": coloring.least, "showscale": True, "colorbar": bar}
        if on_scale.any():
            add(on_scale, coloring.title, scale)


def _add_text(figure: go.Figure, place: Placement, theme: Theme) -> None:
    look = THEMES[theme]
    for band in place.bands:
        figure.add_annotation(
            x=band.x, y=band.y, name="band", text=plain(band.text), showarrow=False, xanchor="left", yanchor="bottom",
            align="left",
            font={"size": 11, "color": look.muted}, bgcolor=look.ground, opacity=0.85, borderpad=1,
        )  # fmt: skip
    for band in place.levels:
        name, _, number = band.text.partition("\n")
        figure.add_annotation(
            x=band.x, y=1, yref="paper", name="level", text=f"<b>{plain(name)}</b><br>{number} neurons", showarrow=False,
            xanchor="left", yanchor="bottom", align="left",
        )  # fmt: skip
    figure.update_xaxes(visible=False, range=[-0.03 * WIDTH, 1.02 * WIDTH])
    figure.update_yaxes(visible=False, range=[-0.02 * HEIGHT, 1.02 * HEIGHT])
    figure.update_layout(legend={"itemsizing": "trace"})
