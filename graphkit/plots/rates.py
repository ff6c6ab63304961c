"""The distribution of firing rates, group by group."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from graphkit.plots.activity import largest_groups
from graphkit.plots.caps import check_cap, fair_shares
from graphkit.plots.origin import origin
from graphkit.plots.style import (
    SILENT,
    THEMES,
    Theme,
    counted,
    dressed,
    group_colors,
    message_figure,
    plain,
    short,
    template,
)
from graphkit.spikes import SpikeTrains

__all__ = ["plot_rates"]


def plot_rates(
    spikes: SpikeTrains, *, max_neurons: int = 20_000, max_groups: int = 24, theme: Theme = "light"
) -> go.Figure:
    """Draw how fast the neurons of each group fire: every neuron that fired, quartiles, group means, silent share.

    The mean (diamond) is over all neurons of the group, silent ones included; box and points are those that fired.

    Parameters
    ----------
    spikes
        The run.
    max_neurons
        Most points drawn. The groups share them fairly, each keeping evenly spaced ranks; boxes and means always
        count every neuron.
    max_groups
        Most rows; smaller groups share one.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        customdata of a point is its neuron's root_id, a string.

    Raises
    ------
    DataError
        If max_neurons is negative, max_groups below 1, or the theme is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.plots import plot_rates
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=100, seed=1)
    >>> plot_rates(spikes).layout.xaxis.title.text
    'firing rate (Hz)'
    """
    template(theme)
    check_cap("max_neurons", max_neurons)
    check_cap("max_groups", max_groups, 1)
    spikes, together = largest_groups(spikes, max_groups)
    rates = spikes.rates()
    groups = spikes.group_rates()
    masks = spikes.members()
    colors = group_colors(list(masks))
    title = f"Firing rates of {counted(len(spikes.root_ids), 'neuron')}"
    caption = [
        f"mean of {counted(spikes.trials, 'trial')} of {spikes.duration_ms:g} ms",
        "points and boxes: neurons that fired (quartiles, whiskers to the extremes); diamond: mean over "
        "all neurons of the group, silent ones included",
        together,
    ]
    if not len(rates):
        return message_figure("the run has no neurons", title=title, caption=origin({}, spikes.run), theme=theme)

    fired = {name: rates[mask & (rates["spike_count"] > 0)] for name, mask in masks.items()}
    shares = fair_shares(np.array([len(part) for part in fired.values()], dtype=np.int64), max_neurons)
    figure = go.Figure()
    for place, (part, share) in enumerate(zip(fired.values(), shares.tolist(), strict=True)):
        name = str(groups["group"][place])
        _add_group(figure, name, part, share, place, colors[name])
    _add_means(figure, groups, theme)
    _add_silent(figure, groups)
    points, all_points = int(shares.sum()), sum(len(part) for part in fired.values())
    if points < all_points:
        left_out = all_points - points
        caption.append(f"{points:,} of {all_points:,} points drawn: evenly spaced ranks, {left_out:,} left out")
    labels = [
        f"<b>{short(str(row.group))}</b><br>{counted(size, 'neuron')}<br>{row.fired:,} fired<br>"
        f"mean {row.rate_hz:.2f} Hz"
        for row, size in zip(groups.itertuples(), groups["neurons"].tolist(), strict=True)
    ]
    places = list(range(len(groups)))
    top = float(rates["rate_hz"].max()) or 1.0
    figure.update_layout(
        xaxis={"domain": [0, 0.73], "title": {"text": "firing rate (Hz)"}, "range": [-0.015 * top, 1.04 * top]},
        xaxis2={
            "domain": [0.82, 1], "title": {"text": "silent (%)"}, "range": [0, 100], "anchor": "y",
            "tickvals": [0, 100],
        },
        yaxis={
            "tickvals": places, "ticktext": labels, "range": [len(groups) - 0.4, -0.6], "showgrid": False,
            "ticks": "",
        },
        hovermode="closest",
        boxgap=0.6,
    )  # fmt: skip
    height = max(420, 200 + 110 * len(groups))
    return dressed(figure, title=title, caption=[*caption, *origin({}, spikes.run)], theme=theme, height=height)


def _add_group(figure: go.Figure, name: str, fired: pd.DataFrame, share: int, place: int, color: str) -> None:
    """Add a group's box, and its points spread over the row below it."""
    rate = fired["rate_hz"].to_numpy()
    figure.add_trace(
        go.Box(
            x=rate, y=np.full(len(rate), place - 0.22), orientation="h", width=0.2, boxpoints=False, name=plain(name),
            line={"color": color, "width": 1.5}, showlegend=False, hoverinfo="x",
        )
    )  # fmt: skip
    order = np.argsort(rate, kind="stable")
    shown = order[(np.arange(share) * len(order)) // max(share, 1)]
    spread_hz = fired["rate_sd_hz"].to_numpy()[shown]
    # The golden ratio's multiples fill a row evenly and are the same in every drawing (van der Corput-like sequence).
    spread = (np.arange(share) * 0.6180339887) % 1
    figure.add_trace(
        go.Scattergl(
            x=rate[shown], y=place - 0.06 + 0.4 * spread, mode="markers", name=plain(name), showlegend=False,
            marker={"size": 7 if share < 100 else 4, "color": color, "opacity": 0.9 if share < 100 else 0.45},
            customdata=fired["root_id"].to_numpy()[shown].astype(str),
            text=[f"{rate:.2f} Hz (SD {sd:.2f} over trials)" for rate, sd in zip(rate[shown], spread_hz, strict=True)],
            hovertemplate=f"%{{customdata}}<br>{plain(name)}<br>%{{text}}<extra></extra>",
        )
    )  # fmt: skip


def _add_means(figure: go.Figure, groups: pd.DataFrame, theme: Theme) -> None:
    look = THEMES[theme]
    figure.add_trace(
        go.Scatter(
            x=groups["rate_hz"], y=np.arange(len(groups)) - 0.22, mode="markers", name="mean over all neurons",
            marker={"symbol": "diamond", "size": 11, "color": look.ground, "line": {"color": look.text, "width": 2}},
            cliponaxis=False, customdata=[plain(name) for name in groups["group"]],
            hovertemplate="%{customdata}<br>mean over all neurons %{x:.2f} Hz<extra></extra>",
        )
    )  # fmt: skip


def _add_silent(figure: go.Figure, groups: pd.DataFrame) -> None:
    silent = 100 * (1 - groups["fired"] / groups["neurons"])
    figure.add_trace(
        go.Bar(
            x=silent, y=np.arange(len(groups)), xaxis="x2", orientation="h", width=0.3, name="silent",
            marker={"color": SILENT}, showlegend=False, text=[f"{share:.0f} %" for share in silent],
            textposition=np.where(silent > 50, "inside", "outside"), textangle=0, constraintext="none",
            cliponaxis=False, customdata=groups["neurons"] - groups["fired"],
            hovertemplate="%{customdata:,} silent<extra></extra>",
        )
    )  # fmt: skip
