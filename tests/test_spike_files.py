"""Spikes in the forms of other programs, read with the programs' own libraries."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.errors import DataError, MissingDependencyError
from graphkit.spike_files import read_spikes, to_neo, write_spikes
from graphkit.spikes import SpikeTrains
from tests.figures import FIRST, circuit_of, spikes_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of other programs, on import
    import libsonata
    import neo.io

RUN = spikes_of(circuit_of(), trials=3)


def test_shius_parquet_has_his_columns_and_his_rates(tmp_path: Path) -> None:
    path = write_spikes(RUN, tmp_path / "spikes.parquet")
    frame = pd.read_parquet(path)
    assert frame.dtypes.astype(str).to_dict() == {
        "t": "float64", "trial": "int64", "flywire_id": "int64", "exp_name": "str",
    }  # fmt: skip
    assert frame["exp_name"].unique().tolist() == ["r1"]
    # How notebooks written for the format compute a rate: spikes a second in each trial, then the mean.
    per_trial = frame.groupby(["flywire_id", "trial"]).size().unstack(fill_value=0) / (RUN.duration_ms / 1000)
    rates = RUN.rates().set_index("root_id")
    fired = rates[rates["spike_count"] > 0]
    assert per_trial.mean(axis=1)[fired.index].to_numpy() == pytest.approx(fired["rate_hz"].to_numpy())
    assert per_trial.std(axis=1, ddof=0)[fired.index].to_numpy() == pytest.approx(fired["rate_sd_hz"].to_numpy())


def test_sonata_files_are_read_by_libsonata(tmp_path: Path) -> None:
    path = write_spikes(RUN, tmp_path / "spikes.h5")
    reader = libsonata.SpikeReader(str(path))
    assert sorted(reader.get_population_names()) == ["trial_0", "trial_1", "trial_2"]
    for trial in range(3):
        population = reader[f"trial_{trial}"]
        assert population.sorting == "by_time"
        nodes, times = zip(*population.get(), strict=True)
        chosen = RUN.trial == trial
        assert times == pytest.approx(RUN.t_ms[chosen])
        assert RUN.root_ids[np.array(nodes, np.int64)].tolist() == RUN.root_id[chosen].tolist()
        some = population.get(node_ids=[1, 4], tstart=10, tstop=50)
        expected = chosen & np.isin(RUN.index, [1, 4]) & (RUN.t_ms >= 10) & (RUN.t_ms <= 50)
        assert len(some) == expected.sum()


def test_neo_objects_hold_every_neuron_and_survive_neos_own_files(tmp_path: Path) -> None:
    part = RUN.of(RUN.root_ids[:6]).between(20, 80)
    block = to_neo(part)
    assert block.name == "r1"
    neo.io.PickleIO(str(tmp_path / "block.pkl")).write_block(block)
    back = neo.io.PickleIO(str(tmp_path / "block.pkl")).read_block()
    for trial, segment in enumerate(back.segments):
        assert [train.annotations["root_id"] for train in segment.spiketrains] == part.root_ids.astype(str).tolist()
        assert [train.annotations["group"] for train in segment.spiketrains] == part.groups.tolist()
        for position, train in enumerate(segment.spiketrains):
            expected = part.t_ms[(part.index == position) & (part.trial == trial)]
            assert train.rescale("ms").magnitude == pytest.approx(expected)
            assert (float(train.t_start), float(train.t_stop)) == (20, 80)


@pytest.mark.parametrize("suffix", [".parquet", ".h5"])
@settings(max_examples=15, deadline=None)
@given(spikes=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 999), st.integers(0, 2)), max_size=30, unique=True))
def test_spikes_come_back_equal(
    suffix: str, spikes: list[tuple[int, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    index, tenths, trial = (np.array([spike[k] for spike in spikes], np.int32) for k in range(3))
    order = np.lexsort((index, tenths, trial))
    run = SpikeTrains(FIRST + np.arange(4), np.full(4, "rest"), index[order], tenths[order] / 10, trial[order], 100, 3,
                      {"run_id": "spikes"})  # fmt: skip
    path = write_spikes(run, tmp_path_factory.mktemp("spikes") / f"spikes{suffix}")
    back = read_spikes(path, duration_ms=100, trials=3, root_ids=run.root_ids)
    pd.testing.assert_frame_equal(back.to_frame(), run.to_frame())
    pd.testing.assert_frame_equal(back.rates(), run.rates())
    assert back.run_id == "spikes" or not spikes  # a parquet file without rows names no experiment


def test_files_that_cannot_be_taken_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"\.csv is not a format of spikes.*\.parquet.*\.h5"):
        write_spikes(RUN, tmp_path / "spikes.csv")
    with pytest.raises(DataError, match="no such file"):
        read_spikes(tmp_path / "none.h5", duration_ms=1)
    for name in ("bad.parquet", "bad.h5"):
        (tmp_path / name).write_bytes(b"nothing")
        with pytest.raises(DataError, match="not a"):
            read_spikes(tmp_path / name, duration_ms=1)
    table = pd.DataFrame({"t": [0.5, 0.2], "trial": [0, 4], "flywire_id": [FIRST] * 2, "exp_name": ["a", "b"]})
    path = tmp_path / "two.parquet"
    table.to_parquet(path)
    with pytest.raises(DataError, match=r"2 experiments .*choose one with exp_name"):
        read_spikes(path, duration_ms=1000)
    with pytest.raises(DataError, match="no experiment 'c'; there are a, b"):
        read_spikes(path, duration_ms=1000, exp_name="c")
    assert len(read_spikes(path, duration_ms=1000, exp_name="a")) == 1
    with pytest.raises(DataError, match="1 of 1 spikes are outside 0 to 100 ms"):
        read_spikes(path, duration_ms=100, exp_name="a")
    with pytest.raises(DataError, match="1 of 1 spikes are of trials beyond the 2"):
        read_spikes(path, duration_ms=1000, exp_name="b", trials=2)
    with pytest.raises(DataError, match="not among root_ids"):
        read_spikes(path, duration_ms=1000, exp_name="a", root_ids=[1])
    table.drop(columns="t").to_parquet(path)
    with pytest.raises(DataError, match="no column t; spikes have t, trial, flywire_id, exp_name"):
        read_spikes(path, duration_ms=1000)
    for name, call in (("h5py", lambda: write_spikes(RUN, tmp_path / "a.h5")), ("neo", lambda: to_neo(RUN))):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(
            MissingDependencyError, match=rf"{name} is not installed: pip install 'graphkit\[exports\]'"
        ):
            call()
    assert not (tmp_path / "a.h5").exists()
