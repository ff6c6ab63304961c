"""How the counts of spikes vary, from window to window or from neuron to neuron."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.errors import DataError
from graphkit.spikes import SpikeTrains

__all__ = ["fano_factors", "synchrony"]


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
