"""Statistics of spike trains: how often, when, how variably neurons fire.

Every function takes :class:`~graphkit.SpikeTrains` and returns a table. Those by group follow ``spikes.groups``: group
a run by any annotation with :meth:`SpikeTrains.grouped_by`, and look at a part of it with :meth:`SpikeTrains.between`
and :meth:`SpikeTrains.of`. Standard deviations and variances are of the values given (ddof 0).
"""

from __future__ import annotations

import pandas as pd

from graphkit.spikes import SpikeTrains
from graphkit.statistics.counts import fano_factors, synchrony
from graphkit.statistics.rates import compare_rates, population_rates
from graphkit.statistics.timing import first_spike_latencies, interval_statistics, intervals

__all__ = [
    "compare_rates",
    "fano_factors",
    "first_spike_latencies",
    "group_statistics",
    "interval_statistics",
    "intervals",
    "population_rates",
    "synchrony",
]


def group_statistics(spikes: SpikeTrains, *, bin_ms: float = 5.0) -> pd.DataFrame:
    """Return rates, timing, variability and synchrony in one table, one row per group.

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
