"""The raster with population rates as a picture, which needs no browser."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np

from graphkit.files import replaced
from graphkit.plots.activity import largest_groups, opacity, raster_groups
from graphkit.plots.raster import raster_caption
from graphkit.plots.style import SEPARATOR, THEMES, counted, group_colors
from graphkit.spikes import SpikeTrains
from graphkit.statistics import population_rates

__all__ = ["save_firing_activity"]

_WIDTH_IN, _HEIGHT_IN, _DPI = 12.0, 8.0, 150
_BIN_MS = 10.0
_MAX_GROUPS = 8
_MAX_SPIKES = 1_000_000  # a picture of 1,800 pixels cannot tell more apart


def save_firing_activity(spikes: SpikeTrains, path: str | Path, *, trial: int = 0) -> Path:
    """Write a raster coloured by group, with population rates below, as a PNG of 1,800 x 1,200 pixels.

    Parameters
    ----------
    spikes
        The run.
    path
        The file, replaced as a whole.
    trial
        Which trial, from 0.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        If there is no such trial, or the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.plots import save_firing_activity
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=100, seed=1)
    >>> save_firing_activity(spikes, Path(tempfile.mkdtemp()) / "firing_activity.png").name
    'firing_activity.png'
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # 0.3 s, for those who want the picture
    from matplotlib.figure import Figure

    path = Path(path)
    spikes, _ = largest_groups(spikes, _MAX_GROUPS)
    parts = raster_groups(spikes, trial=trial, sort_by="rate", max_spikes=_MAX_SPIKES)
    rates = population_rates(spikes, trial=trial, bin_ms=_BIN_MS)
    colors = group_colors([*(part.name for part in parts), *rates["group"].unique().tolist()])
    look = THEMES["light"]
    figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), dpi=_DPI, facecolor=look.ground, layout="constrained")
    FigureCanvasAgg(figure)
    heights = np.cbrt([max(part.fired, 1) for part in parts] or [1])
    axes = figure.subplots(
        len(heights) + 1, 1, sharex=True, squeeze=False, height_ratios=[*heights / heights.sum() * 2.6, 1.0]
    )[:, 0]
    for axis, part in zip(axes, parts, strict=False):
        color = colors[part.name]
        row_points = axis.get_position().height * _HEIGHT_IN * 72 / max(part.shown, 1)
        size = float(np.clip(row_points, 1.2, 8.0))
        covered = len(part.index) * size / (row_points * max(part.shown, 1) * _WIDTH_IN * 72)
        axis.scatter(
            part.t_ms, part.rank, s=size**2, c=color, alpha=opacity(covered),
            marker="|" if row_points > 2 else "s", linewidths=1.0 if row_points > 2 else 0.0,
        )  # fmt: skip
        axis.set_ylim(max(part.fired, 1) + 0.5, 0.5)
        axis.set_ylabel("rank")
        axis.locator_params(axis="y", integer=True, nbins=3 if part.fired < 100 else 6)
        axis.set_title(
            f"{part.name}: {part.fired:,} of {part.neurons:,} neurons fired", loc="left", color=color, fontsize=10
        )
    if not any(part.spikes for part in parts):
        axes[0].text(0.5, 0.5, f"no neuron fired in trial {trial}", transform=axes[0].transAxes, ha="center")
    for name, bins in rates.groupby("group", sort=False):
        edges = [*bins["start_ms"], bins["end_ms"].iloc[-1]]
        axes[-1].stairs(bins["rate_hz"], edges, color=colors[str(name)], label=name, linewidth=1.5, baseline=None)
    axes[-1].set_xlim(spikes.start_ms, spikes.start_ms + spikes.duration_ms)
    axes[-1].set_ylim(bottom=0)
    axes[-1].set_xlabel("time (ms)")
    axes[-1].set_ylabel(f"population rate (Hz)\n{_BIN_MS:g} ms bins")
    if len(rates):
        axes[-1].legend(
            frameon=False,
            fontsize=9,
            ncols=min(rates["group"].nunique(), 6),
            loc="lower right",
            bbox_to_anchor=(1, 1),
            borderpad=0,
        )
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    fired = sum(part.fired for part in parts)
    figure.suptitle(f"Spikes of {fired:,} of {counted(len(spikes.root_ids), 'neuron')}", x=0.01, ha="left", fontsize=13)
    caption = SEPARATOR.join(raster_caption(spikes, parts, trial=trial, sort_by="rate", bin_ms=_BIN_MS))
    figure.supxlabel("\n".join(textwrap.wrap(caption, 210)), fontsize=8, color=look.muted, x=0.01, ha="left")
    with replaced(path) as unfinished:
        figure.savefig(unfinished, format="png")
    return path
