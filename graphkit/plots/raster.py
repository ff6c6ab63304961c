"""The raster of a run with the population rates of its groups below."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from graphkit.plots.activity import (
    GroupRaster,
    Order,
    PopulationRates,
    members,
    opacity,
    population_rates,
    raster_groups,
    start_ms,
)
from graphkit.plots.origin import origin
from graphkit.plots.style import Theme, dressed, group_color, message_figure, plain, template
from graphkit.spikes import SpikeTrains

__all__ = ["plot_raster", "raster_caption"]

_HEIGHT = 780  # pixels; the heights below are of its plotting area
_PLOT_HEIGHT, _PLOT_WIDTH = 620, 1200
_GAP = 24  # pixels between panels: one line of text stands in it
_RATES_SHARE = 0.27


def plot_raster(
    spikes: SpikeTrains,
    *,
    trial: int = 0,
    sort_by: Order = "rate",
    max_spikes: int = 100_000,
    bin_ms: float = 10.0,
    theme: Theme = "light",
) -> go.Figure:
    """Draw who fired when: a panel per group, population rates below on the same time axis.

    Neurons that fired stand at their rank, the first on top; silent ones take no room, each panel says how many
    there are. Panel heights grow with the cube root of the neurons in them, so that a
    small group stays readable beside a large one.

    Parameters
    ----------
    spikes
        The run.
    trial
        Which trial, from 0.
    sort_by
        "rate": most active first. "first_spike": earliest first.
    max_spikes
        Most spikes drawn. The groups share it fairly and keep whole spike trains of evenly spaced ranks; the
        caption says what is left out. Population rates always count every spike.
    bin_ms
        Width of the population rates' bins (ms).
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace of spikes and one of rates per group; customdata of a spike is its neuron's root_id, a string.

    Raises
    ------
    DataError
        If there is no such trial, or an order, cap, bin or theme is not usable.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.plots import plot_raster
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=100, seed=1)
    >>> plot_raster(spikes).layout.xaxis.title.text
    'time (ms)'
    """
    template(theme)
    parts = raster_groups(spikes, trial=trial, sort_by=sort_by, max_spikes=max_spikes)
    rates = population_rates(spikes, trial=trial, bin_ms=bin_ms)
    caption = raster_caption(spikes, parts, trial=trial, sort_by=sort_by, bin_ms=bin_ms)
    drawn = sum(part.spikes for part in parts)
    title = f"Spikes of {sum(part.fired for part in parts):,} of {len(spikes.root_ids):,} neurons"
    if not drawn:
        message = f"no neuron fired in trial {trial}" if len(spikes.root_ids) else "the run has no neurons"
        return message_figure(message, title=title, caption=caption, theme=theme)

    figure = go.Figure()
    tops, bottoms = _panels([part.fired for part in parts])
    for number, (part, top, bottom) in enumerate(zip(parts, tops, bottoms, strict=True), start=1):
        axis = "y" if number == 1 else f"y{number}"
        _add_spikes(figure, spikes, part, axis, row_px=(top - bottom) * _PLOT_HEIGHT / max(part.shown, 1))
        figure.update_layout(
            {
                axis.replace("y", "yaxis"): {
                    "domain": [bottom, top], "anchor": "x", "range": [max(part.fired, 1) + 0.5, 0.5],
                    "title": {"text": "rank"}, "nticks": 4 if top - bottom < 0.2 else 7, "tickformat": ",d",
                    "showgrid": False,
                }
            }
        )  # fmt: skip
        figure.add_annotation(
            text=f'<span style="color:{group_color(part.name)}">■</span> <b>{plain(part.name)}</b>  '
            f"{part.fired:,} of {part.neurons:,} neurons fired",
            x=0, xref="paper", xanchor="left", y=top, yref="paper", yanchor="bottom", showarrow=False,
        )  # fmt: skip
    rate_axis = f"y{len(parts) + 1}"
    _add_rates(figure, spikes, rates, rate_axis)
    start = start_ms(spikes)
    figure.update_layout(
        {
            f"yaxis{len(parts) + 1}": {
                "domain": [0, _RATES_SHARE], "anchor": "x", "rangemode": "tozero",
                "title": {"text": f"population rate (Hz), {bin_ms:g} ms bins"},
            },
            "xaxis": {
                "anchor": rate_axis, "title": {"text": "time (ms)"}, "range": [start, start + spikes.duration_ms],
                "showspikes": True, "spikemode": "across", "spikethickness": 1, "spikedash": "solid",
            },
            "hovermode": "closest",
        }
    )  # fmt: skip
    return dressed(figure, title=title, caption=caption, theme=theme, height=_HEIGHT)


def raster_caption(
    spikes: SpikeTrains, parts: list[GroupRaster], *, trial: int, sort_by: Order, bin_ms: float
) -> list[str]:
    """Return the caption's parts of a raster: what is drawn, what is left out, and of which run."""
    drawn, total = sum(len(part.index) for part in parts), sum(part.spikes for part in parts)
    order = "most active first" if sort_by == "rate" else "earliest first spike first"
    caption = [f"trial {trial} of {spikes.trials}, {spikes.duration_ms:g} ms", f"neurons that fired, {order}"]
    if drawn < total:
        thinned = "; ".join(f"{p.name} {p.shown:,} of {p.fired:,}" for p in parts if p.shown < p.fired)
        caption.append(
            f"{drawn:,} of {total:,} spikes drawn: whole trains of evenly spaced neurons ({thinned}), "
            f"{total - drawn:,} spikes left out"
        )
    caption.append(f"population rates over all neurons and all spikes, {bin_ms:g} ms bins, not smoothed")
    return [*caption, *origin({}, spikes.run)]


def _panels(fired: list[int]) -> tuple[list[float], list[float]]:
    """Return top and bottom of each group's panel, as shares of the plotting area; the rates stand below."""
    gap = _GAP / _PLOT_HEIGHT
    room = 1 - _RATES_SHARE - gap * (len(fired) + 1)
    wanted = np.cbrt(np.maximum(fired, 1))
    heights = wanted * room / wanted.sum()
    tops = 1 - gap - np.concatenate([[0.0], np.cumsum(heights + gap)[:-1]])
    return tops.tolist(), (tops - heights).tolist()


def _add_spikes(figure: go.Figure, spikes: SpikeTrains, part: GroupRaster, axis: str, row_px: float) -> None:
    color = group_color(part.name)
    size = float(np.clip(row_px, 2.0, 12.0))
    # Where marks would cover their panel, paler ones let the dense parts show.
    covered = len(part.index) * size * min(size, 2.0) / (row_px * max(part.shown, 1) * _PLOT_WIDTH)
    mark = {"symbol": "line-ns", "line": {"width": 1.4, "color": color}} if size > 2.5 else {"symbol": "square"}
    figure.add_trace(
        go.Scattergl(
            x=part.t_ms, y=part.rank, yaxis=axis, mode="markers", name=part.name, legendgroup=part.name,
            marker={"size": size, "color": color, "opacity": opacity(covered), **mark}, showlegend=False,
            customdata=spikes.root_ids[part.index].astype(str),
            hovertemplate=f"%{{customdata}}<br>{plain(part.name)}, rank %{{y}}<br>%{{x:.1f}} ms<extra></extra>",
        )
    )  # fmt: skip


def _add_rates(figure: go.Figure, spikes: SpikeTrains, rates: PopulationRates, axis: str) -> None:
    numbers = {name: int(mask.sum()) for name, mask in members(spikes).items()}
    for name, rate in rates.rate_hz.items():
        told = f"{plain(name)}, {numbers[name]:,} neurons"
        figure.add_trace(
            go.Scatter(
                x=rates.edges_ms, y=[*rate, rate[-1]], yaxis=axis, mode="lines", name=plain(name), legendgroup=name,
                line={"shape": "hv", "width": 1.8, "color": group_color(name)},
                hovertemplate=f"{told}<br>%{{y:.2f}} Hz from %{{x:g}} ms<extra></extra>",
            )
        )  # fmt: skip
