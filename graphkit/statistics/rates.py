"""How often neurons fire."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.errors import DataError, SelectionError
from graphkit.spikes import SpikeTrains

__all__ = ["compare_rates", "population_rates"]


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


def compare_rates(a: SpikeTrains, b: SpikeTrains) -> pd.DataFrame:
    """Return each neuron's rate in two runs, and how likely so large a difference is without any.

    The probability is that of the conditional test of two Poisson counts (Przyborowski & Wilenski 1940,
    10.1093/biomet/31.3-4.313), two-sided, doubled and at most 1; q is it after Benjamini & Hochberg 1995. It takes
    spikes for independent: where neurons fire more regularly than that it is too large, where they burst too small.

    Parameters
    ----------
    a, b
        The runs, of any number of trials each; neurons in both are compared.

    Returns
    -------
    pandas.DataFrame
        root_id (int64), group (str, in a), rate_a_hz, rate_b_hz, change_hz (float64), p, q (float64; 1 for neurons
        silent in both).

    Raises
    ------
    SelectionError
        If the runs have no neuron in common.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.statistics import compare_rates
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> on, off = (simulate(circuit, seed=1, rate_hz=rate) for rate in (80, 0))
    >>> compare_rates(on, off)["q"].round(3).tolist()
    [0.0, 0.0]
    """
    left, right = (run.rates().set_index("root_id") for run in (a, b))
    common = left.index.intersection(right.index, sort=False)
    if not len(common) and len(left) and len(right):
        raise SelectionError("the two runs have no neuron in common: compare runs of one circuit")
    left, right = left.loc[common], right.loc[common]
    time_a, time_b = a.duration_ms * a.trials, b.duration_ms * b.trials
    count_a, both = left["spike_count"].to_numpy(), (left["spike_count"] + right["spike_count"]).to_numpy()
    share = time_a / (time_a + time_b)
    from scipy.stats import binom, false_discovery_control  # 0.5 s, for those who compare

    tail = np.minimum(binom.cdf(count_a, both, share), binom.sf(count_a - 1, both, share))
    p = np.where(both > 0, np.minimum(2 * tail, 1.0), 1.0)
    return pd.DataFrame(
        {
            "root_id": common.to_numpy(np.int64), "group": left["group"].to_numpy(object),
            "rate_a_hz": left["rate_hz"].to_numpy(), "rate_b_hz": right["rate_hz"].to_numpy(),
            "change_hz": (right["rate_hz"] - left["rate_hz"]).to_numpy(), "p": p,
            "q": false_discovery_control(p) if len(p) else p,
        }
    )  # fmt: skip


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
