"""The raster of a run with the population rates of its groups below."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from graphkit.plots.activity import GroupRaster, Order, largest_groups, opacity, raster_groups
from graphkit.plots.caps import check_cap
from graphkit.plots.origin import origin
from graphkit.plots.style import (
    THEMES,
    Theme,
    counted,
    dressed,
    group_colors,
    message_figure,
    of_trials,
    plain,
    short,
    template,
)
from graphkit.spikes import SpikeTrains
from graphkit.statistics import population_rates

__all__ = ["plot_raster", "raster_caption"]

_HEIGHT = 780  # pixels; the heights below are of its plotting area
_PLOT_HEIGHT, _PLOT_WIDTH = 620, 1200
_GAP = 24  # pixels between panels: one line of text stands in it
_RATES_SHARE = 0.27
_COLUMNS = 600  # of the picture of a raster of too many spikes; its rows are no finer than two pixels
_ALL = np.iinfo(np.int64).max


def plot_raster(
    spikes: SpikeTrains,
    *,
    trial: int = 0,
    sort_by: Order = "rate",
    max_spikes: int = 100_000,
    bin_ms: float = 10.0,
    smooth_ms: float = 0.0,
    max_groups: int = 9,
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
        "rate": most active first. "first_spike": earliest first. "level": in the circuit's order, by level and id.
    max_spikes
        Most spikes drawn as marks. A raster of more shows each group as a picture of all its spikes, counted in bins
        of rank and time; where a page is zoomed to a time of fewer, it draws every spike of that time.
    bin_ms
        Width of the population rates' bins (ms).
    smooth_ms
        SD of a Gaussian that smooths the population rates (ms); 0 does not smooth.
    max_groups
        Most panels; smaller groups share one.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace of spikes and one of rates per group; customdata of a spike is its neuron's root_id, a string. Of more
        than max_spikes: a heat map per group, and its spikes as a trace that the legend switches on, without
        customdata; ``meta["ids"]`` of that trace is the root_id of each rank.

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
    check_cap("max_spikes", max_spikes)
    check_cap("max_groups", max_groups, 1)
    spikes, together = largest_groups(spikes, max_groups)
    parts = raster_groups(spikes, trial=trial, sort_by=sort_by, max_spikes=_ALL)
    rates = population_rates(spikes, trial=trial, bin_ms=bin_ms, smooth_ms=smooth_ms)
    drawn = sum(part.spikes for part in parts)
    caption = raster_caption(spikes, parts, trial=trial, sort_by=sort_by, bin_ms=bin_ms, smooth_ms=smooth_ms)
    if binned := drawn > max_spikes:
        caption.insert(2, f"{drawn:,} spikes, counted in bins of rank and time")
    caption.insert(2, together)
    title = f"Spikes of {sum(part.fired for part in parts):,} of {counted(len(spikes.root_ids), 'neuron')}"
    if not drawn:
        message = f"no neuron fired in trial {trial}" if len(spikes.root_ids) else "the run has no neurons"
        return message_figure(message, title=title, caption=caption, theme=theme)

    figure = go.Figure()
    colors = group_colors([*(part.name for part in parts), *rates["group"].unique().tolist()])
    tops, bottoms = _panels([part.fired for part in parts])
    for number, (part, top, bottom) in enumerate(zip(parts, tops, bottoms, strict=True), start=1):
        axis = "y" if number == 1 else f"y{number}"
        panel_px = (top - bottom) * _PLOT_HEIGHT
        if binned:
            _add_bins(figure, spikes, part, axis, panel_px, colors[part.name], THEMES[theme].ground)
        _add_spikes(figure, spikes, part, axis, panel_px / max(part.shown, 1), colors[part.name], later=binned)
        figure.update_layout(
            {
                axis.replace("y", "yaxis"): {
                    "domain": [bottom, top], "anchor": "x", "range": [max(part.fired, 1) + 0.5, 0.5],
                    "tickformat": ",d", "showgrid": False, **_marks(panel_px, part.fired),
                }
            }
        )  # fmt: skip
        figure.add_annotation(
            text=f'<span style="color:{colors[part.name]}">■</span> <b>{short(part.name)}</b>  '
            f"{part.fired:,} of {part.neurons:,} neurons fired",
            x=0, xref="paper", xanchor="left", y=top, yref="paper", yanchor="bottom", showarrow=False, name="panel",
        )  # fmt: skip
    rate_axis = f"y{len(parts) + 1}"
    width = f"SD {smooth_ms:g} ms" if smooth_ms else f"{bin_ms:g} ms bins"
    _add_rates(figure, spikes, rates, rate_axis, colors)
    start = spikes.start_ms
    figure.update_layout(
        {
            f"yaxis{len(parts) + 1}": {
                "domain": [0, _RATES_SHARE], "anchor": "x", "rangemode": "tozero",
                "title": {"text": f"population rate (Hz), {width}"},
            },
            "xaxis": {
                "anchor": rate_axis, "title": {"text": "time (ms)"}, "range": [start, start + spikes.duration_ms],
                "showspikes": True, "spikemode": "across", "spikethickness": 1, "spikedash": "solid",
            },
            "hovermode": "closest",
        }
    )  # fmt: skip
    dressed(figure, title=title, caption=caption, theme=theme, height=_HEIGHT)
    if binned:
        # Pages draw the spikes of a time that holds no more than this; see graphkit.plots.page.
        figure.layout.meta = {**figure.layout.meta, "spikes": max_spikes}
    return figure


def raster_caption(
    spikes: SpikeTrains, parts: list[GroupRaster], *, trial: int, sort_by: Order, bin_ms: float, smooth_ms: float = 0.0
) -> list[str]:
    """Return the caption's parts of a raster: what is drawn, what is left out, and of which run."""
    drawn, total = sum(len(part.index) for part in parts), sum(part.spikes for part in parts)
    order = {
        "rate": "most active first",
        "first_spike": "earliest first spike first",
        "level": "in the circuit's order",
    }
    caption = [f"{of_trials(trial, spikes.trials)}, {spikes.duration_ms:g} ms", f"neurons that fired, {order[sort_by]}"]
    if drawn < total:
        thinned = "; ".join(f"{p.name} {p.shown:,} of {p.fired:,}" for p in parts if p.shown < p.fired)
        caption.append(
            f"{drawn:,} of {total:,} spikes drawn: whole trains of evenly spaced neurons ({thinned}), "
            f"{total - drawn:,} spikes left out"
        )
    smoothed = f"smoothed with a Gaussian of SD {smooth_ms:g} ms" if smooth_ms else "not smoothed"
    caption.append(f"population rates over all neurons and all spikes, {bin_ms:g} ms bins, {smoothed}")
    return [*caption, *origin({}, spikes.run)]


def _panels(fired: list[int]) -> tuple[list[float], list[float]]:
    """Return top and bottom of each group's panel, as shares of the plotting area; the rates stand below."""
    gap = _GAP / _PLOT_HEIGHT
    room = 1 - _RATES_SHARE - gap * (len(fired) + 1)
    wanted = np.cbrt(np.maximum(fired, 1))
    heights = wanted * room / wanted.sum()
    tops = 1 - gap - np.concatenate([[0.0], np.cumsum(heights + gap)[:-1]])
    return tops.tolist(), (tops - heights).tolist()


def _marks(panel_px: float, fired: int) -> dict[str, object]:
    """Return title and marks of a panel's axis: in a low one the last rank alone, for which there is room."""
    if panel_px < 60:
        return {"tickvals": [max(fired, 1)]}
    return {"title": {"text": "rank"}, "nticks": 4 if panel_px < 125 else 7}


def _add_bins(
    figure: go.Figure, spikes: SpikeTrains, part: GroupRaster, axis: str, panel_px: float, color: str, ground: str
) -> None:
    """Add a picture of all spikes of a group: how many there are in each bin of time and rank."""
    rows = max(1, min(part.fired, int(panel_px / 2)))
    step_ms, step_rank = spikes.duration_ms / _COLUMNS, max(part.fired, 1) / rows
    row = np.minimum((part.rank - 1) / step_rank, rows - 1).astype(np.int64)
    column = np.minimum((part.t_ms - spikes.start_ms) / step_ms, _COLUMNS - 1).astype(np.int64)
    count = np.bincount(row * _COLUMNS + column, minlength=rows * _COLUMNS).reshape(rows, _COLUMNS)
    rate = count / (step_ms / 1000) / step_rank
    brightest = float(np.quantile(rate, 0.995)) or float(rate.max()) or 1.0
    figure.add_trace(
        go.Heatmap(
            z=rate.astype(np.float32), x0=spikes.start_ms + step_ms / 2, dx=step_ms, y0=0.5 + step_rank / 2,
            dy=step_rank, yaxis=axis, colorscale=[[0, ground], [1, color]], zmin=0, zmax=brightest,
            showscale=False, name=f"{plain(part.name)}, binned", legendgroup=f"{part.name} spikes",
            hovertemplate=f"{plain(part.name)}, about rank %{{y:.0f}}<br>%{{z:.1f}} Hz at %{{x:.1f}} ms<extra></extra>",
        )
    )  # fmt: skip


def _add_spikes(
    figure: go.Figure, spikes: SpikeTrains, part: GroupRaster, axis: str, row_px: float, color: str, *, later: bool
) -> None:
    size = float(np.clip(row_px, 2.0, 12.0))
    # Where marks would cover their panel, paler ones let the dense parts show.
    covered = len(part.index) * size * min(size, 2.0) / (row_px * max(part.shown, 1) * _PLOT_WIDTH)
    mark = {"symbol": "line-ns", "line": {"width": 1.4, "color": color}} if size > 2.5 else {"symbol": "square"}
    ids = spikes.root_ids[part.index].astype(str) if not later else None
    hover = f"<br>{plain(part.name)}, rank %{{y}}<br>%{{x:.1f}} ms<extra></extra>"
    of_rank = dict(zip(part.rank.tolist(), part.index.tolist(), strict=True)) if later else {}
    figure.add_trace(
        go.Scattergl(
            x=part.t_ms.astype(np.float32) if later else part.t_ms,
            y=part.rank.astype(np.int32) if later else part.rank, yaxis=axis, mode="markers",
            name=f"{plain(part.name)}: every spike" if later else part.name,
            legendgroup=part.name, showlegend=later, visible="legendonly" if later else True,
            marker={"size": size, "color": color, "opacity": 1.0 if later else opacity(covered), **mark},
            customdata=ids, hovertemplate=f"%{{customdata}}{hover}" if not later else hover.removeprefix("<br>"),
            meta={"ids": [str(spikes.root_ids[of_rank[rank]]) for rank in sorted(of_rank)]} if later else None,
        )
    )  # fmt: skip


def _add_rates(figure: go.Figure, spikes: SpikeTrains, rates: pd.DataFrame, axis: str, colors: dict[str, str]) -> None:
    numbers = {name: int(mask.sum()) for name, mask in spikes.members().items()}
    for name, part in rates.groupby("group", sort=False):
        told = f"{plain(name)}, {counted(numbers[str(name)], 'neuron')}"
        figure.add_trace(
            go.Scatter(
                x=[*part["start_ms"], part["end_ms"].iloc[-1]], y=[*part["rate_hz"], part["rate_hz"].iloc[-1]],
                yaxis=axis, mode="lines", name=plain(name), legendgroup=name,
                line={"shape": "hv", "width": 1.8, "color": colors[str(name)]},
                hovertemplate=f"{told}<br>%{{y:.2f}} Hz from %{{x:g}} ms<extra></extra>",
            )
        )  # fmt: skip
