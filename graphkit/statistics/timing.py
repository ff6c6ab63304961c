"""When neurons fire: intervals between spikes, latencies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.errors import DataError
from graphkit.spikes import SpikeTrains, by_neuron

__all__ = ["first_spike_latencies", "interval_statistics", "intervals"]


def intervals(spikes: SpikeTrains) -> pd.DataFrame:
    """Return the time between each two successive spikes of a neuron in a trial.

    Returns
    -------
    pandas.DataFrame
        root_id (int64), group (str), trial (int32), start_ms (float64, the earlier spike), interval_ms (float64);
        by neuron, then trial, then time.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.statistics import intervals
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=200, rate_hz=200, seed=1)
    >>> bool((intervals(spikes)["interval_ms"] >= 2.2).all())  # the refractory period
    True
    """
    position, trial, start, interval = _intervals(spikes)
    return pd.DataFrame(
        {"root_id": spikes.root_ids[position], "group": spikes.groups[position].astype(object), "trial": trial,
         "start_ms": start, "interval_ms": interval}
    )  # fmt: skip


def interval_statistics(spikes: SpikeTrains) -> pd.DataFrame:
    """Return how regularly each neuron fires, one row per neuron.

    Returns
    -------
    pandas.DataFrame
        root_id (int64), group (str), intervals (int64, of all trials), mean_ms, sd_ms (float64), cv (float64, SD over
        mean; NaN with less than two intervals), cv2 (float64, the mean of 2 abs(a - b) / (a + b) over successive
        intervals of a trial, which slow changes of the rate leave alone: Holt et al. 1996,
        10.1152/jn.1996.75.5.1806; NaN without such a pair).

    Examples
    --------
    >>> import numpy as np
    >>> from graphkit import SpikeTrains
    >>> from graphkit.statistics import interval_statistics
    >>> clock = SpikeTrains(np.array([1]), np.array(["rest"]), np.zeros(5, np.int32), 10.0 * np.arange(5),
    ...                     np.zeros(5, np.int32), duration_ms=50, trials=1)
    >>> interval_statistics(clock)[["intervals", "mean_ms", "cv"]].to_dict("records")
    [{'intervals': 4, 'mean_ms': 10.0, 'cv': 0.0}]
    """
    n = len(spikes.root_ids)
    position, trial, _, interval = _intervals(spikes)
    number, mean, variance = _moments(position, interval, n)
    follows = (position[1:] == position[:-1]) & (trial[1:] == trial[:-1])
    unlike = 2 * np.abs(np.diff(interval)) / np.maximum(interval[1:] + interval[:-1], 1e-12)
    _, cv2, _ = _moments(position[1:][follows], unlike[follows], n)
    return pd.DataFrame(
        {
            "root_id": spikes.root_ids, "group": spikes.groups.astype(object), "intervals": number, "mean_ms": mean,
            "sd_ms": np.sqrt(variance), "cv": np.where(number > 1, np.sqrt(variance) / mean, np.nan), "cv2": cv2,
        }
    )  # fmt: skip


def first_spike_latencies(spikes: SpikeTrains, *, after_ms: float = 0.0) -> pd.DataFrame:
    """Return how long each neuron takes to its first spike, one row per neuron.

    Parameters
    ----------
    spikes
        The run.
    after_ms
        The time that counts as 0: when a stimulus begins (ms from the start of the trial). Earlier spikes do not
        count. A time before the run is its start.

    Returns
    -------
    pandas.DataFrame
        root_id (int64), group (str), trials_fired (int64), latency_ms, latency_sd_ms (float64, over the trials in which
        it fired; NaN where it never did).

    Raises
    ------
    DataError
        If after_ms is not before the end of the run.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.statistics import first_spike_latencies
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=100, trials=5, seed=1)
    >>> first_spike_latencies(spikes)["trials_fired"].max() <= 5
    np.True_
    """
    start, end = spikes.start_ms, spikes.start_ms + spikes.duration_ms
    after_ms = max(after_ms, start)
    if not after_ms < end:
        raise DataError(f"after_ms is {after_ms:g}; the run is from {start:g} to {end:g} ms")
    late = spikes.t_ms >= after_ms
    index, trial, t_ms = spikes.index[late], spikes.trial[late], spikes.t_ms[late]
    # Sorted by trial and time: the first of each neuron and trial is its earliest.
    _, first = np.unique(index.astype(np.int64) * spikes.trials + trial, return_index=True)
    number, mean, variance = _moments(index[first], t_ms[first] - after_ms, len(spikes.root_ids))
    return pd.DataFrame(
        {"root_id": spikes.root_ids, "group": spikes.groups.astype(object), "trials_fired": number, "latency_ms": mean,
         "latency_sd_ms": np.sqrt(variance)}
    )  # fmt: skip


def _intervals(
    spikes: SpikeTrains,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return neuron, trial, start and length of each interval, by neuron, trial and time."""
    order = by_neuron(spikes.index)  # and by trial and time, by which they are sorted already
    index, trial, t_ms = spikes.index[order], spikes.trial[order], spikes.t_ms[order]
    same = (index[1:] == index[:-1]) & (trial[1:] == trial[:-1])
    # Times are decimals: 5.6 - 3.4 would be 2.1999999999999997, below a refractory period of 2.2.
    return index[1:][same], trial[1:][same], t_ms[:-1][same], np.round(np.diff(t_ms)[same], 9)


def _moments(
    index: npt.NDArray[np.int32], values: npt.NDArray[np.float64], n: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return (n,) number, mean and variance of the values of each index; NaN where it has none."""
    number = np.bincount(index, minlength=n)
    some = number > 0

    def mean(of: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        sums = np.bincount(index, of, n)
        return np.asarray(np.divide(sums, number, out=np.full(n, np.nan), where=some), np.float64)

    centre = mean(values)
    return number, centre, mean((values - centre[index]) ** 2)
