"""Statistics of spike trains: population rates, intervals, latencies, variability, synchrony.

Every function takes :class:`~graphkit.SpikeTrains` and returns a table. Those by group follow ``spikes.groups``: group
a run by any annotation with :meth:`SpikeTrains.grouped_by`, and look at a part of it with :meth:`SpikeTrains.between`
and :meth:`SpikeTrains.of`. Standard deviations and variances are of the values given (ddof 0).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.errors import DataError
from graphkit.spikes import SpikeTrains

__all__ = [
    "fano_factors",
    "first_spike_latencies",
    "group_statistics",
    "interval_statistics",
    "intervals",
    "population_rates",
    "synchrony",
]


def population_rates(
    spikes: SpikeTrains, *, bin_ms: float = 10.0, smooth_ms: float = 0.0, trial: int | None = None
) -> pd.DataFrame:
    """Return the rate of each group over time: spikes per second and neuron, silent neurons included.

    Parameters
    ----------
    spikes
        The run.
    bin_ms
        Width of the bins (ms); the last may be shorter.
    smooth_ms
        SD of a Gaussian that smooths the binned rates (ms); 0 does not smooth. At the ends the part of the Gaussian
        that lies within the run counts as whole, so that a constant rate stays constant.
    trial
        One trial, from 0; None takes the mean over all.

    Returns
    -------
    pandas.DataFrame
        group (str), start_ms, end_ms (float64, ms), rate_hz (float64); each group's bins in turn, and those of the
        functional nuclei by their mask.

    Raises
    ------
    DataError
        If there is no such trial, the bins are not longer than 0, or smooth_ms is negative.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.statistics import population_rates
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=100, seed=1)
    >>> population_rates(spikes, bin_ms=50).columns.tolist()
    ['group', 'start_ms', 'end_ms', 'rate_hz']
    """
    if not smooth_ms >= 0:
        raise DataError(f"smooth_ms is {smooth_ms}; give 0 or more (ms)")
    edges = _bin_edges(spikes, bin_ms)
    chosen = slice(None) if trial is None else _of_trial(spikes, trial)
    index, t_ms = spikes.index[chosen], spikes.t_ms[chosen]
    of_bin = np.minimum(np.searchsorted(edges, t_ms, side="right") - 1, len(edges) - 2)
    seconds = np.diff(edges) / 1000 * (spikes.trials if trial is None else 1)
    parts = []
    for name, members in spikes.members().items():
        counts = np.bincount(of_bin[members[index]], minlength=len(edges) - 1)
        rate = _smoothed(counts / seconds / members.sum(), smooth_ms / bin_ms)
        parts.append(pd.DataFrame({"group": name, "start_ms": edges[:-1], "end_ms": edges[1:], "rate_hz": rate}))
    if not parts:
        return pd.DataFrame({"group": [], "start_ms": [], "end_ms": [], "rate_hz": []})
    return pd.concat(parts, ignore_index=True)


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
        The time that counts as 0: when a stimulus begins (ms from the start of the trial). Earlier spikes do not count.

    Returns
    -------
    pandas.DataFrame
        root_id (int64), group (str), trials_fired (int64), latency_ms, latency_sd_ms (float64, over the trials in which
        it fired; NaN where it never did).

    Raises
    ------
    DataError
        If after_ms is not within the run.

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


def fano_factors(spikes: SpikeTrains, *, window_ms: float | None = None) -> pd.DataFrame:
    """Return how much each neuron's spike counts vary: their variance over their mean, one row per neuron.

    A Poisson process has 1, a clock 0 (Fano 1947, 10.1103/PhysRev.72.26).

    Parameters
    ----------
    spikes
        The run.
    window_ms
        Counts are of windows of this length, of all trials together; a last window that is shorter is left out. None
        counts whole trials.

    Returns
    -------
    pandas.DataFrame
        root_id (int64), group (str), windows (int64), mean_count, fano_factor (float64; NaN for silent neurons and for
        less than two windows).

    Raises
    ------
    DataError
        If the window is not longer than 0, or longer than the run.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.statistics import fano_factors
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=1000, seed=1)
    >>> fano_factors(spikes, window_ms=100)["windows"].tolist()
    [10, 10]
    """
    window_ms = spikes.duration_ms if window_ms is None else window_ms
    if not 0 < window_ms <= spikes.duration_ms:
        raise DataError(f"window_ms is {window_ms:g}; give a length above 0 and up to the run's {spikes.duration_ms:g}")
    windows = int(spikes.duration_ms / window_ms + 1e-9)
    number = windows * spikes.trials
    _, total, squares = _binned(spikes, window_ms, windows)
    mean = total / number
    variance = squares / number - mean**2
    usable = (total > 0) & (number > 1)
    factor = np.divide(variance, mean, out=np.full(len(mean), np.nan), where=usable)
    return pd.DataFrame(
        {"root_id": spikes.root_ids, "group": spikes.groups.astype(object), "windows": number, "mean_count": mean,
         "fano_factor": factor}
    )  # fmt: skip


def synchrony(spikes: SpikeTrains, *, bin_ms: float = 5.0) -> pd.DataFrame:
    """Return how much the neurons of each group fire together.

    Parameters
    ----------
    spikes
        The run; the bins of all its trials stand in one row.
    bin_ms
        Width of the bins in which spikes are counted (ms); a last bin that is shorter is left out.

    Returns
    -------
    pandas.DataFrame
        group (str), neurons (int64, those whose counts vary), correlation (float64, the mean of Pearson's correlation
        of the counts of all pairs of them; NaN for less than two), chi (float64, the square root of the variance of
        the mean count over the mean of the variances: 1 in full synchrony, 1 / sqrt(neurons) for independent ones:
        Golomb 2007, 10.4249/scholarpedia.1347).

    Raises
    ------
    DataError
        If the bins are not longer than 0, or longer than the run.

    Examples
    --------
    >>> import numpy as np
    >>> from graphkit import SpikeTrains
    >>> from graphkit.statistics import synchrony
    >>> twins = SpikeTrains(np.array([1, 2]), np.array(["rest"] * 2), np.array([0, 1, 0, 1], np.int32),
    ...                     np.array([12.0, 12, 40, 40]), np.zeros(4, np.int32), duration_ms=100, trials=1)
    >>> synchrony(twins, bin_ms=10)[["neurons", "correlation", "chi"]].round(9).to_dict("records")
    [{'neurons': 2, 'correlation': 1.0, 'chi': 1.0}]
    """
    if not 0 < bin_ms <= spikes.duration_ms:
        raise DataError(f"bin_ms is {bin_ms:g}; give a length above 0 and up to the run's {spikes.duration_ms:g} ms")
    bins = int(spikes.duration_ms / bin_ms + 1e-9)
    number = bins * spikes.trials
    (index, of_bin), total, squares = _binned(spikes, bin_ms, bins)
    mean = total / number
    variance = squares / number - mean**2
    varies = variance > 1e-12
    rows = []
    for name, members in spikes.members().items():
        chosen = members & varies
        n = int(chosen.sum())
        correlation = chi = np.nan
        if n:
            scale = np.zeros(len(mean))
            scale[chosen] = 1 / np.sqrt(variance[chosen])
            # The mean over pairs from sums over neurons: |sum of z|² = n + sum over ordered pairs of their product.
            z = np.bincount(of_bin, weights=scale[index], minlength=number) - (mean * scale).sum()
            correlation = float(((z**2).mean() - n) / (n * (n - 1))) if n > 1 else np.nan
            count = np.bincount(of_bin, weights=chosen[index], minlength=number)
            chi = float(np.sqrt(count.var() / n / variance[chosen].sum()))
        rows.append({"group": name, "neurons": n, "correlation": correlation, "chi": chi})
    return pd.DataFrame(rows, columns=["group", "neurons", "correlation", "chi"])


def group_statistics(spikes: SpikeTrains, *, bin_ms: float = 5.0) -> pd.DataFrame:
    """Return every statistic of this module in one table, one row per group.

    Parameters
    ----------
    spikes
        The run.
    bin_ms
        Width of the bins for synchrony (ms).

    Returns
    -------
    pandas.DataFrame
        group (str), neurons, fired (int64), rate_hz (float64, over all neurons); over those that fired: latency_ms
        (median), interval_ms, cv, cv2 (means), fano_factor (mean, of whole trials); correlation, chi.

    Raises
    ------
    DataError
        If the bins are not longer than 0, or longer than the run.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.statistics import group_statistics
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=500, trials=4, seed=1)
    >>> group_statistics(spikes)["group"].tolist()
    ['target', 'downstream_1']
    """
    rates = spikes.group_rates()[["group", "neurons", "fired", "rate_hz"]]
    regularity, latency, fano = interval_statistics(spikes), first_spike_latencies(spikes), fano_factors(spikes)
    means = pd.DataFrame(
        [
            {
                "latency_ms": latency["latency_ms"][members].median(),
                "interval_ms": regularity["mean_ms"][members].mean(),
                "cv": regularity["cv"][members].mean(),
                "cv2": regularity["cv2"][members].mean(),
                "fano_factor": fano["fano_factor"][members].mean(),
            }
            for members in spikes.members().values()
        ],
        columns=["latency_ms", "interval_ms", "cv", "cv2", "fano_factor"],
    )
    together = synchrony(spikes, bin_ms=min(bin_ms, spikes.duration_ms))[["correlation", "chi"]]
    return pd.concat([rates, means, together], axis=1)


def _of_trial(spikes: SpikeTrains, trial: int) -> npt.NDArray[np.bool_]:
    if not 0 <= trial < spikes.trials:
        raise DataError(f"trial {trial} was asked for; the run has the trials 0 to {spikes.trials - 1}")
    return np.asarray(spikes.trial == trial)


def _bin_edges(spikes: SpikeTrains, bin_ms: float) -> npt.NDArray[np.float64]:
    if not bin_ms > 0:
        raise DataError(f"bin_ms is {bin_ms}; give a length above 0 ms")
    bins = max(1, int(np.ceil(spikes.duration_ms / bin_ms - 1e-9)))
    edges = spikes.start_ms + np.arange(bins + 1, dtype=np.float64) * bin_ms
    edges[-1] = spikes.start_ms + spikes.duration_ms
    return edges


def _smoothed(rate: npt.NDArray[np.float64], sd: float) -> npt.NDArray[np.float64]:
    """Return the rate smoothed by a Gaussian of so many bins, cut off at four SDs and at the ends."""
    reach = min(int(4 * sd + 0.5), len(rate) - 1)
    if not reach:
        return rate
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sd) ** 2)
    within = np.convolve(np.ones(len(rate)), weight)[reach:-reach]
    return np.asarray(np.convolve(rate, weight)[reach:-reach] / within)


def _intervals(
    spikes: SpikeTrains,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return neuron, trial, start and length of each interval, by neuron, trial and time."""
    # Sorted by trial and time already: a stable sort by neuron keeps that order within each.
    order = np.argsort(spikes.index, kind="stable")
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


def _binned(
    spikes: SpikeTrains, bin_ms: float, bins: int
) -> tuple[tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return neuron and bin of each spike in whole bins, and (n,) the sums of the counts and of their squares."""
    of_bin = np.floor((spikes.t_ms - spikes.start_ms) / bin_ms + 1e-9).astype(np.int64)
    inside = of_bin < bins
    index, of_bin = spikes.index[inside], of_bin[inside] + spikes.trial[inside].astype(np.int64) * bins
    pair, count = np.unique(index.astype(np.int64) * bins * spikes.trials + of_bin, return_counts=True)
    neuron, n = pair // (bins * spikes.trials), len(spikes.root_ids)
    total, squares = (np.bincount(neuron, count.astype(np.float64) ** power, n) for power in (1, 2))
    return (index, of_bin), total.astype(np.float64), squares.astype(np.float64)
