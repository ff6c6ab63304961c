"""Statistics of spike trains, held against independent calculations."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from graphkit.errors import DataError
from graphkit.spike_files import to_neo
from graphkit.spikes import SpikeTrains
from graphkit.statistics import (
    fano_factors,
    first_spike_latencies,
    group_statistics,
    interval_statistics,
    intervals,
    population_rates,
    synchrony,
)
from tests.figures import circuit_of, silent, spikes_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of other programs, on import
    import elephant.conversion
    import elephant.spike_train_correlation
    import elephant.statistics
    import quantities as pq

# Elephant calls its units' library in a way that that library deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::quantities.QuantitiesDeprecationWarning")


def without_repeats(run: SpikeTrains) -> SpikeTrains:
    """Return the run without spikes of a neuron at one time: Elephant divides by the sum of two intervals."""
    frame = pd.DataFrame({"index": run.index, "t_ms": run.t_ms, "trial": run.trial})
    kept = ~frame.duplicated().to_numpy()
    return replace(run, index=run.index[kept], t_ms=run.t_ms[kept], trial=run.trial[kept])


def first_trial(run: SpikeTrains) -> SpikeTrains:
    kept = run.trial == 0
    return replace(run, index=run.index[kept], t_ms=run.t_ms[kept], trial=run.trial[kept], trials=1)


RUN = without_repeats(spikes_of(circuit_of(), trials=3, duration_ms=90, mean=6))


def test_intervals_and_their_variation_are_elephants() -> None:
    block = to_neo(RUN)
    table, per_neuron = intervals(RUN), interval_statistics(RUN)
    for position, root_id in enumerate(RUN.root_ids.tolist()):
        trains = [segment.spiketrains[position] for segment in block.segments]
        of_trials = [elephant.statistics.isi(train).magnitude for train in trains]
        found = table[table["root_id"] == root_id]
        for trial, expected in enumerate(of_trials):
            assert found.loc[found["trial"] == trial, "interval_ms"].to_numpy() == pytest.approx(expected)
        every = np.concatenate(of_trials)
        row = per_neuron.iloc[position]
        assert row["intervals"] == len(every)
        if len(every) > 1:
            assert row["cv"] == pytest.approx(elephant.statistics.cv(every))
    alone = first_trial(RUN)  # Elephant's CV2 takes one train
    for position, cv2 in enumerate(interval_statistics(alone)["cv2"]):
        train = elephant.statistics.isi(to_neo(alone).segments[0].spiketrains[position]).magnitude
        assert np.isnan(cv2) if len(train) < 2 else cv2 == pytest.approx(elephant.statistics.cv2(train))


def test_fano_factors_are_elephants() -> None:
    block = to_neo(RUN)
    for position, row in enumerate(fano_factors(RUN).to_dict("records")):
        trains = [segment.spiketrains[position] for segment in block.segments]
        assert row["windows"] == 3
        if row["mean_count"]:
            assert row["fano_factor"] == pytest.approx(elephant.statistics.fanofactor(trains))
        else:
            assert np.isnan(row["fano_factor"])
    one = fano_factors(RUN, window_ms=30)
    assert one["windows"].unique().tolist() == [9]
    of_windows = np.histogram2d(RUN.index, RUN.t_ms + 90 * RUN.trial, [np.arange(61), np.arange(0, 271, 30)])[0]
    expected = of_windows.var(axis=1)[of_windows.any(axis=1)] / of_windows.mean(axis=1)[of_windows.any(axis=1)]
    assert one["fano_factor"].dropna().to_numpy() == pytest.approx(expected)


@pytest.mark.parametrize("bin_ms", [5.0, 7.0])
def test_the_mean_of_pairwise_correlations_is_elephants(bin_ms: float) -> None:
    run = first_trial(RUN)
    bins = int(90 / bin_ms)
    for name, row in synchrony(run, bin_ms=bin_ms).set_index("group").iterrows():
        fired = run.root_ids[(run.groups == name) & (run.counts().sum(axis=1) > 0)]
        if not len(fired):
            continue
        trains = to_neo(run.of(fired)).segments[0].spiketrains
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the last bin may be cut
            binned = elephant.conversion.BinnedSpikeTrain(
                trains, bin_size=bin_ms * pq.ms, n_bins=bins, t_start=0 * pq.ms, tolerance=1e-6
            )
            matrix = elephant.spike_train_correlation.correlation_coefficient(binned)
        counts = binned.to_array()
        assert row["neurons"] == len(fired)
        assert row["correlation"] == pytest.approx(matrix[~np.eye(len(fired), dtype=bool)].mean())
        assert row["chi"] == pytest.approx(np.sqrt(counts.mean(axis=0).var() / counts.var(axis=1).mean()))


def test_trials_stand_in_one_row_for_synchrony() -> None:
    both = synchrony(RUN, bin_ms=10).set_index("group")["correlation"]
    counts = np.zeros((len(RUN.root_ids), 27))
    np.add.at(counts, (RUN.index, RUN.trial * 9 + (RUN.t_ms // 10).astype(int)), 1)
    for name, found in both.items():
        mine = counts[RUN.members()[str(name)]]
        matrix = np.corrcoef(mine[mine.std(axis=1) > 0])
        assert found == pytest.approx(matrix[~np.eye(len(matrix), dtype=bool)].mean())


def test_population_rates_divide_by_neurons_trials_and_bins() -> None:
    rates = population_rates(RUN, bin_ms=40)
    assert rates["end_ms"].unique().tolist() == [40, 80, 90]
    frame = RUN.to_frame().assign(group=RUN.groups[RUN.index])
    for row in rates[rates["group"] != "functional_nuclei"].to_dict("records"):
        start, end = row["start_ms"], row["end_ms"]
        inside = frame[(frame["group"] == row["group"]) & (frame["t_ms"] >= start) & (frame["t_ms"] < end)]
        neurons = (RUN.groups == row["group"]).sum()
        assert row["rate_hz"] == pytest.approx(len(inside) / neurons / 3 / (end - start) * 1000)
    alone = population_rates(RUN, bin_ms=40, trial=1)
    assert alone["rate_hz"].sum() != rates["rate_hz"].sum()
    each = [population_rates(RUN, bin_ms=40, trial=k)["rate_hz"].to_numpy() for k in range(3)]
    assert np.mean(each, axis=0) == pytest.approx(rates["rate_hz"].to_numpy())


def test_smoothing_is_a_gaussian_that_keeps_a_constant_rate() -> None:
    raw = population_rates(RUN, bin_ms=1)
    smooth = population_rates(RUN, bin_ms=1, smooth_ms=6)
    for name, part in raw.groupby("group"):
        rate = part["rate_hz"].to_numpy()
        filtered = gaussian_filter1d(rate, 6, mode="constant", truncate=4)
        within = gaussian_filter1d(np.ones(len(rate)), 6, mode="constant", truncate=4)
        found = smooth.loc[smooth["group"] == name, "rate_hz"].to_numpy()
        assert found == pytest.approx(filtered / within)
    clock = SpikeTrains(np.array([1]), np.array(["rest"]), np.zeros(50, np.int32), np.linspace(0.5, 49.5, 50),
                        np.zeros(50, np.int32), 50, 1)  # fmt: skip
    assert population_rates(clock, bin_ms=1, smooth_ms=20)["rate_hz"].to_numpy() == pytest.approx(np.full(50, 1000.0))


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 80), st.integers(0, 10**6))
def test_latencies_are_of_the_first_spike_of_each_trial_after_the_onset(after_ms: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    n, k = 5, 30
    index, t_ms, trial = random.integers(0, n, k), random.uniform(0, 90, k), random.integers(0, 3, k)
    order = np.lexsort((index, t_ms, trial))
    run = SpikeTrains(np.arange(n), np.full(n, "rest"), index[order].astype(np.int32), t_ms[order],
                      trial[order].astype(np.int32), 90, 3)  # fmt: skip
    found = first_spike_latencies(run, after_ms=after_ms)
    frame = pd.DataFrame({"index": index, "t_ms": t_ms - after_ms, "trial": trial}).query("t_ms >= 0")
    earliest = frame.groupby(["index", "trial"])["t_ms"].min().groupby("index")
    expected = pd.DataFrame({"number": earliest.size(), "mean": earliest.mean(), "sd": earliest.std(ddof=0)})
    expected = expected.reindex(range(n))
    assert found["trials_fired"].tolist() == expected["number"].fillna(0).tolist()
    np.testing.assert_allclose(found["latency_ms"], expected["mean"])
    np.testing.assert_allclose(found["latency_sd_ms"], expected["sd"], atol=1e-9)


def test_a_poisson_process_has_fano_factor_and_cv_1_and_no_synchrony() -> None:
    random = np.random.default_rng(1)
    n, seconds, rate = 200, 20, 20
    number = random.poisson(seconds * rate, n)
    index = np.repeat(np.arange(n), number).astype(np.int32)
    t_ms = random.uniform(0, seconds * 1000, len(index))
    order = np.lexsort((index, t_ms))
    run = SpikeTrains(np.arange(n), np.full(n, "rest"), index[order], t_ms[order], np.zeros(len(index), np.int32),
                      seconds * 1000, 1)  # fmt: skip
    (row,) = group_statistics(run).to_dict("records")
    assert fano_factors(run, window_ms=100)["fano_factor"].mean() == pytest.approx(1, abs=0.02)
    assert row["cv"] == pytest.approx(1, abs=0.02)
    assert row["cv2"] == pytest.approx(1, abs=0.02)
    assert row["interval_ms"] == pytest.approx(1000 / rate, rel=0.02)
    assert row["correlation"] == pytest.approx(0, abs=0.002)
    assert row["chi"] == pytest.approx(1 / np.sqrt(n), rel=0.1)
    assert row["rate_hz"] == pytest.approx(rate, rel=0.02)


def test_a_part_of_a_run_counts_from_its_own_start() -> None:
    part = RUN.between(30, 60)
    assert population_rates(part, bin_ms=10)["start_ms"].unique().tolist() == [30, 40, 50]
    assert first_spike_latencies(part)["latency_ms"].min() < 30
    assert fano_factors(part, window_ms=10)["mean_count"].sum() * 9 == pytest.approx(len(part))
    assert part.between(40, 50).start_ms == 40


def test_silent_and_empty_runs_have_rows_and_no_numbers() -> None:
    quiet = silent(circuit_of())
    assert np.isnan(group_statistics(quiet)[["latency_ms", "cv", "fano_factor", "correlation", "chi"]]).all(axis=None)
    assert (group_statistics(quiet)["rate_hz"] == 0).all()
    assert len(intervals(quiet)) == 0
    assert (population_rates(quiet)["rate_hz"] == 0).all()
    nobody = RUN.of([])
    for table in (group_statistics(nobody), population_rates(nobody), interval_statistics(nobody), synchrony(nobody)):
        assert len(table) == 0


def test_wrong_arguments_are_named_with_what_to_give() -> None:
    with pytest.raises(DataError, match="bin_ms is 0"):
        population_rates(RUN, bin_ms=0)
    with pytest.raises(DataError, match="smooth_ms is -1"):
        population_rates(RUN, smooth_ms=-1)
    with pytest.raises(DataError, match=r"trial 3.*0 to 2"):
        population_rates(RUN, trial=3)
    with pytest.raises(DataError, match="after_ms is 90; the run is from 0 to 90"):
        first_spike_latencies(RUN, after_ms=90)
    with pytest.raises(DataError, match="window_ms is 91"):
        fano_factors(RUN, window_ms=91)
    with pytest.raises(DataError, match="bin_ms is nan"):
        synchrony(RUN, bin_ms=float("nan"))
