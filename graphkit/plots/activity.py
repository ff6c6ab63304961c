"""What rasters show of spike trains: the neurons' order, a share of their spikes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from graphkit.errors import DataError
from graphkit.plots.caps import check_cap, fair_shares
from graphkit.plots.style import OTHER_GROUPS, known
from graphkit.spikes import SpikeTrains

__all__ = [
    "GroupRaster",
    "Order",
    "largest_groups",
    "opacity",
    "raster_groups",
]

Order = Literal["rate", "first_spike", "level"]


@dataclass(frozen=True)
class GroupRaster:
    """One group's part of a raster.

    Parameters
    ----------
    name
        The group.
    neurons, fired
        Its neurons, and those of them that fired in the trial.
    spikes
        All its spikes in the trial.
    index, rank, t_ms
        (k,) each spike shown: position of its neuron in the run, rank of that neuron among those that fired (from
        1), time (ms).
    shown
        Neurons whose spikes are shown: evenly spaced ranks.
    """

    name: str
    neurons: int
    fired: int
    spikes: int
    index: npt.NDArray[np.int32]
    rank: npt.NDArray[np.int64]
    t_ms: npt.NDArray[np.float64]
    shown: int


def opacity(covered: float) -> float:
    """Return how opaque marks are that would cover so much of their panel."""
    return float(np.clip(1.25 - covered, 0.35, 1.0))


def largest_groups(spikes: SpikeTrains, most: int) -> tuple[SpikeTrains, str]:
    """Return the run with its groups of most neurons as they are, the others as one, and the sentence that says so."""
    names, numbers = np.unique(spikes.groups, return_counts=True)
    if len(names) <= most:
        return spikes, ""
    kept = names[np.argsort(-numbers, kind="stable")[: most - 1]]
    rest = f"{len(names) - most + 1:,} {OTHER_GROUPS}"
    groups = np.where(np.isin(spikes.groups, kept), spikes.groups, rest)
    return replace(spikes, groups=groups), f"the {most - 1} groups with most neurons; the others are '{rest}'"


def _checked_trial(spikes: SpikeTrains, trial: int) -> npt.NDArray[np.bool_]:
    if not 0 <= trial < spikes.trials:
        raise DataError(f"trial {trial} was asked for; the run has the trials 0 to {spikes.trials - 1}")
    return np.asarray(spikes.trial == trial)


def raster_groups(spikes: SpikeTrains, *, trial: int, sort_by: Order, max_spikes: int) -> list[GroupRaster]:
    """Return each group's part of a raster of one trial.

    The cap keeps whole spike trains: the groups share it fairly, and a group that has more spikes than its share
    shows neurons at evenly spaced ranks, so that no interval between two spikes is false.

    Raises
    ------
    DataError
        If there is no such trial, the order is not known, or max_spikes is negative.
    """
    known(sort_by, get_args(Order), "sort_by")
    check_cap("max_spikes", max_spikes)
    of_trial = _checked_trial(spikes, trial)
    index, t_ms = spikes.index[of_trial], spikes.t_ms[of_trial]
    count = np.bincount(index, minlength=len(spikes.root_ids))
    first = np.full(len(spikes.root_ids), np.inf)
    np.minimum.at(first, index, t_ms)

    masks = {str(name): spikes.groups == name for name in dict.fromkeys(spikes.groups.tolist())}
    asked = np.array([count[mask].sum() for mask in masks.values()], dtype=np.int64)
    parts = []
    for (name, mask), share in zip(masks.items(), fair_shares(asked, max_spikes).tolist(), strict=True):
        fired = np.flatnonzero(mask & (count > 0))
        # Ties keep the circuit's order: sorted by time as well, equal counts would draw slopes that mean nothing.
        key = {"rate": -count[fired], "first_spike": first[fired], "level": fired}[sort_by]
        order = fired[np.argsort(key, kind="stable")]
        shown = _evenly_spaced(count[order], share)
        rank = np.zeros(len(spikes.root_ids), dtype=np.int64)
        rank[order[shown]] = shown + 1
        kept = rank[index] > 0
        parts.append(
            GroupRaster(
                name=name, neurons=int(mask.sum()), fired=len(order), spikes=int(count[mask].sum()),
                index=index[kept], rank=rank[index[kept]], t_ms=t_ms[kept], shown=len(shown),
            )
        )  # fmt: skip
    return parts


def _evenly_spaced(counts: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    """Return the most evenly spaced positions whose counts sum to no more than most."""
    fewest, enough = 0, len(counts)
    while fewest < enough:
        middle = (fewest + enough + 1) // 2
        if counts[_spread(len(counts), middle)].sum() <= most:
            fewest = middle
        else:
            enough = middle - 1
    return _spread(len(counts), fewest)


def _spread(length: int, number: int) -> npt.NDArray[np.int64]:
    return (np.arange(number) * length) // max(number, 1)
