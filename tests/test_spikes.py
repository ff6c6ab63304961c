"""Spike trains: rates, parts, groups, files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.errors import DataError, SelectionError
from graphkit.spikes import SpikeTrains

FIRST = 720575940600000001  # above 2**53: a float would not hold it


def trains(
    index: list[int],
    t_ms: list[float],
    trial: list[int],
    *,
    neurons: int = 4,
    trials: int = 2,
) -> SpikeTrains:
    order = np.lexsort((index, t_ms, trial))
    groups: npt.NDArray[np.str_] = np.array((["target"] * 2 + ["rest"] * neurons)[:neurons], dtype=np.str_)
    return SpikeTrains(
        root_ids=FIRST + np.arange(neurons),
        groups=groups,
        index=np.array(index, np.int32)[order],
        t_ms=np.array(t_ms, np.float64)[order],
        trial=np.array(trial, np.int32)[order],
        duration_ms=100.0,
        trials=trials,
        run={"run_id": "a", "seed": 1},
        functional_nucleus=np.arange(neurons) % 2 == 1,
    )


SPIKES = trains([0, 0, 1, 0, 3], [5.0, 20.0, 7.5, 1.0, 99.9], [0, 0, 0, 1, 1])


def test_rates_count_every_trial_and_every_silent_neuron() -> None:
    rates = SPIKES.rates()
    assert rates["root_id"].dtype == np.int64
    assert rates["root_id"].tolist() == [FIRST + k for k in range(4)]
    assert rates["spike_count"].tolist() == [3, 1, 0, 1]
    # 100 ms: a spike of one trial is 10 Hz in it; neuron 0 has two in one trial and one in the other
    assert rates["rate_hz"].tolist() == [15.0, 5.0, 0.0, 5.0]
    assert rates["rate_sd_hz"].tolist() == [5.0, 5.0, 0.0, 5.0]
    np.testing.assert_array_equal(rates["first_spike_ms"], [5.0, 7.5, np.nan, 99.9])


def test_group_rates_divide_by_all_neurons_and_use_the_mask_of_functional_nuclei() -> None:
    groups = SPIKES.group_rates().set_index("group")
    assert groups.loc["target", "rate_hz"] == 10.0
    assert list(groups.loc["rest", ["neurons", "fired", "rate_hz", "rate_of_fired_hz"]]) == [2, 1, 2.5, 5.0]
    assert list(groups.loc["functional_nuclei", ["neurons", "fired", "rate_hz"]]) == [2, 2, 5.0]


def test_between_includes_its_start_and_not_its_end() -> None:
    part = SPIKES.between(5, 20)
    assert part.t_ms.tolist() == [5.0, 7.5]
    assert part.duration_ms == 15
    with pytest.raises(DataError, match="not within the run's 0 to 100 ms"):
        SPIKES.between(50, 101)


def test_a_part_of_the_neurons_is_a_run_of_its_own() -> None:
    part = SPIKES.of([FIRST + 3, FIRST + 1])
    assert part.root_ids.tolist() == [FIRST + 1, FIRST + 3]
    assert part.groups.tolist() == ["target", "rest"]
    assert part.to_frame().astype(object).to_numpy().tolist() == [[FIRST + 1, 7.5, 0], [FIRST + 3, 99.9, 1]]
    assert part.members()["functional_nuclei"].tolist() == [True, True]
    with pytest.raises(SelectionError, match=rf"1 of 2 neurons are not in the run of 4: {FIRST + 9}"):
        SPIKES.of([FIRST, FIRST + 9])


def test_a_run_is_grouped_by_any_annotation(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"root_id": FIRST + np.array([2, 1, 0]), "cell_type": ["a/b", None, "a/b"], "level": [1, 2, 1]}
    )
    by_type = SPIKES.grouped_by(table, "cell_type")
    assert by_type.groups.tolist() == ["a/b", "no cell_type", "a/b", "no cell_type"]
    rates = by_type.group_rates().set_index("group")["spike_count"].to_dict()
    assert rates == {"a/b": 3, "no cell_type": 2}
    assert SPIKES.grouped_by(table, "level").groups.tolist() == ["1", "2", "1", "no level"]
    table["body"] = pd.array([FIRST, FIRST + 1, pd.NA], dtype="Int64")
    assert SPIKES.grouped_by(table, "body").groups.tolist() == ["no body", str(FIRST + 1), str(FIRST), "no body"]
    back = SpikeTrains.load(by_type.save(tmp_path))
    assert back.groups.tolist() == by_type.groups.tolist()
    assert (tmp_path / "a%2Fb_spikes.csv").exists()
    with pytest.raises(DataError, match="no column 'side'; it has root_id, cell_type, level, body"):
        SPIKES.grouped_by(table, "side")
    with pytest.raises(DataError, match=f"neuron {FIRST + 2} is twice"):
        SPIKES.grouped_by(pd.concat([table, table]), "level")


def test_saved_files_are_what_the_replaced_scripts_wrote(tmp_path: Path) -> None:
    SPIKES.save(tmp_path)
    assert (tmp_path / "target_spikes.csv").read_text().splitlines()[0] == "Neuron ID, Spike Times (ms)"
    with (tmp_path / "target_spikes.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    assert rows == [[str(FIRST), "5", "20"], [str(FIRST + 1), "7.5"]]
    assert (tmp_path / "rest_spikes.csv").read_text().splitlines()[1:] == []  # neuron 3 fired in the second trial only
    stored = pd.read_parquet(tmp_path / "spikes.parquet")
    assert stored.dtypes.astype(str).to_dict() == {"root_id": "int64", "t_ms": "float64", "trial": "int32"}
    assert pd.read_csv(tmp_path / "rates.csv")["root_id"].tolist() == [FIRST + k for k in range(4)]


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 8),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 999), st.integers(0, 2)), max_size=40, unique=True),
)
def test_a_saved_run_is_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, neurons: int, spikes: list[tuple[int, int, int]]
) -> None:
    spikes = [spike for spike in spikes if spike[0] < neurons]
    run = trains([i for i, _, _ in spikes], [t / 10 for _, t, _ in spikes], [k for _, _, k in spikes],
                 neurons=neurons, trials=3)  # fmt: skip
    back = SpikeTrains.load(run.save(tmp_path_factory.mktemp("run")))
    pd.testing.assert_frame_equal(back.to_frame(), run.to_frame())
    pd.testing.assert_frame_equal(back.rates(), run.rates())
    pd.testing.assert_frame_equal(back.group_rates(), run.group_rates())
    assert (back.duration_ms, back.trials, dict(back.run)) == (run.duration_ms, run.trials, dict(run.run))


def test_a_run_replaces_the_one_that_its_folder_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SPIKES.save(tmp_path)
    few = SPIKES.of([FIRST])
    few.save(tmp_path)
    assert [path.name for path in tmp_path.glob("*_spikes.csv")] == ["target_spikes.csv"]
    assert len(SpikeTrains.load(tmp_path)) == len(few)

    def stop(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("graphkit.spikes.States.keep", stop)
    with pytest.raises(KeyboardInterrupt):
        SPIKES.save(tmp_path)
    with pytest.raises(DataError, match="or an interrupted one"):
        SpikeTrains.load(tmp_path)


def test_an_interrupted_folder_is_not_taken_for_a_run(tmp_path: Path) -> None:
    SPIKES.save(tmp_path)
    (tmp_path / "run.json").unlink()
    with pytest.raises(DataError, match=r"no run\.json"):
        SpikeTrains.load(tmp_path)
    SPIKES.save(tmp_path)
    (tmp_path / "spikes.parquet").write_bytes(b"torn")
    with pytest.raises(DataError, match="cannot be read"):
        SpikeTrains.load(tmp_path)
