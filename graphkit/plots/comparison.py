"""Two runs compared, neuron by neuron."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from graphkit.plots.activity import largest_groups
from graphkit.plots.caps import check_cap
from graphkit.plots.origin import origin
from graphkit.plots.style import (
    THEMES,
    Theme,
    counted,
    dressed,
    group_colors,
    known,
    message_figure,
    plain,
    template,
)
from graphkit.spikes import SpikeTrains
from graphkit.statistics import compare_rates

__all__ = ["plot_comparison"]

_FALSE = 0.05  # of the neurons called changed, the share that is expected not to be
_GROUPS = 9  # as many as have a colour of their own, and one for the others
_FLOOR = 1e-300  # smaller probabilities cannot be drawn


def plot_comparison(
    a: SpikeTrains,
    b: SpikeTrains,
    *,
    view: Literal["scatter", "volcano"] = "scatter",
    names: tuple[str, str] = ("first run", "second run"),
    max_neurons: int = 20_000,
    theme: Theme = "light",
) -> go.Figure:
    """Draw two runs neuron by neuron: rate against rate, or change against how unlikely it is without any.

    Parameters
    ----------
    a, b
        The runs, such as with and without silenced neurons; neurons in both are compared.
    view
        "scatter": the rate in b over that in a, the diagonal is no change. "volcano": the probability of
        :func:`graphkit.statistics.compare_rates` over the change.
    names
        What the axes call the two runs.
    max_neurons
        Most points drawn, those with the largest change; the caption says how many are left out.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        A trace of points per group, those that changed (q < 0.05) full, the others hollow and pale; customdata is the
        root_id, a string.

    Raises
    ------
    SelectionError
        If the runs have no neuron in common.
    DataError
        If the view or theme is not known, or max_neurons is below 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.plots import plot_comparison
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> on, off = (simulate(circuit, duration_ms=100, seed=1, silence=ids) for ids in ([], [1]))
    >>> plot_comparison(on, off, names=("control", "silenced")).layout.yaxis.title.text
    'rate in silenced (Hz)'
    """
    template(theme)
    known(view, ("scatter", "volcano"), "view")
    check_cap("max_neurons", max_neurons, 1)
    a, together = largest_groups(a, _GROUPS)
    table = compare_rates(a, b)
    title = f"{names[1][:1].upper()}{names[1][1:]} against {names[0]}: rates of {counted(len(table), 'neuron')}"
    facts = [f"{names[0]}: {_told(a)}", f"{names[1]}: {_told(b)}", *origin({}, {"circuit": a.run.get("circuit")})]
    fired = table[(table["rate_a_hz"] > 0) | (table["rate_b_hz"] > 0)]
    if not len(fired):
        return message_figure("no neuron fired in either run", title=title, caption=facts, theme=theme)
    shown = fired.loc[fired["change_hz"].abs().sort_values(ascending=False, kind="stable").index[:max_neurons]]
    look = THEMES[theme]
    figure = go.Figure()
    if view == "scatter":
        top = float(shown[["rate_a_hz", "rate_b_hz"]].to_numpy().max()) * 1.04
        figure.add_trace(
            go.Scatter(x=[0, top], y=[0, top], mode="lines", line={"color": look.muted, "width": 1, "dash": "dot"},
                       hoverinfo="skip", name="no change")
        )  # fmt: skip
    colors = group_colors(list(dict.fromkeys(table["group"])))
    for name in colors:
        mine = shown[shown["group"] == name]
        for changed in (False, True):
            part = mine[(mine["q"] < _FALSE) == changed]
            if len(part):
                figure.add_trace(_points(part, str(name), changed, view, colors[name]))
    if view == "scatter":
        axes = [f"rate in {name} (Hz)" for name in names]
        ranges: list[dict[str, object]] = [{"range": [-0.02 * top, top]}] * 2
    else:
        top = float(-np.log10(max(shown["p"].min(), _FLOOR))) or 1.0
        axes = [f"change from {names[0]} to {names[1]} (Hz)", "−log₁₀ p"]
        ranges = [{"zeroline": True, "zerolinecolor": look.muted}, {"range": [-0.02 * top, 1.04 * top]}]
    figure.update_layout(
        xaxis={"title": {"text": axes[0]}, **ranges[0]}, yaxis={"title": {"text": axes[1]}, **ranges[1]},
        hovermode="closest",
    )  # fmt: skip
    up, down = (int(((table["q"] < _FALSE) & (side * table["change_hz"] > 0)).sum()) for side in (1, -1))
    left_out = len(fired) - len(shown)
    caption = [
        f"full: changed (q < {_FALSE:g}, Poisson counts, Benjamini–Hochberg): {up:,} up, {down:,} down", together,
        f"{len(table) - len(fired):,} neurons silent in both are not drawn" if len(fired) < len(table) else "",
        f"{left_out:,} points with smaller changes left out" if left_out else "", *facts,
    ]  # fmt: skip
    return dressed(figure, title=title, caption=caption, theme=theme, height=760)


def _points(part: pd.DataFrame, name: str, changed: bool, view: str, color: str) -> go.Scattergl:
    unlikely: npt.NDArray[np.float64] = -np.log10(np.maximum(part["p"].to_numpy(), _FLOOR))
    x, y = (part["rate_a_hz"], part["rate_b_hz"]) if view == "scatter" else (part["change_hz"], unlikely)
    marker = {"size": 7, "color": color} if changed else {"size": 6, "color": color, "symbol": "circle-open"}
    return go.Scattergl(
        x=x, y=y, mode="markers", legendgroup=name, opacity=0.8 if changed else 0.55,
        name=f"{plain(name)}, {'changed' if changed else 'unchanged'} ({len(part):,})", marker=marker,
        customdata=part["root_id"].to_numpy().astype(str),
        text=[f"{before:.2f} → {after:.2f} Hz, q = {q:.2g}"
              for before, after, q in zip(part["rate_a_hz"], part["rate_b_hz"], part["q"], strict=True)],
        hovertemplate=f"%{{customdata}}<br>{plain(name)}<br>%{{text}}<extra></extra>",
    )  # fmt: skip


def _told(run: SpikeTrains) -> str:
    own = [part for part in origin({}, {key: value for key, value in run.run.items() if key != "circuit"})
           if part.startswith(("run ", "model ", "Poisson", "seed ")) or "silenced" in part]  # fmt: skip
    return ", ".join([f"{run.trials} x {run.duration_ms:g} ms", *own])
