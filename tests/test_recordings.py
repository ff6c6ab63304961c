"""What a run records of its state variables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphkit import (
    Recording,
    SpikeTrains,
    States,
    simulate,
)
from graphkit.errors import DataError, SelectionError, SimulationError
from tests.circuits import ids, random_net


def test_states_are_saved_with_the_run(tmp_path: Path) -> None:
    run = simulate(random_net(), duration_ms=20, trials=2, seed=1, record=Recording(ids(7, 3), every_ms=4))
    states = run.states
    assert states is not None
    assert repr(states) == "States(v_mv, g_mv of 2 neurons at 5 times, 2 trials)"
    frame = states.to_frame()
    assert frame.columns.tolist() == ["root_id", "t_ms", "trial", "v_mv", "g_mv"]
    row = frame[(frame["trial"] == 1) & (frame["root_id"] == states.root_ids[1]) & (frame["t_ms"] == 8)]
    assert row["v_mv"].tolist() == [states["v_mv"][1, 1, 2]]
    again = SpikeTrains.load(run.save(tmp_path))
    assert again.states is not None
    assert again.states.root_ids.tolist() == states.root_ids.tolist()
    assert again.states.t_ms.tolist() == states.t_ms.tolist()
    assert all((again.states[name] == states[name]).all() for name in ("v_mv", "g_mv"))
    assert again.run["recording"] == {"neurons": [str(k) for k in ids(7, 3)], "every_ms": 4.0}
    part = run.between(4, 12).of(ids(3)).states
    assert part is not None
    assert part["v_mv"].shape == (2, 1, 2)
    with pytest.raises(DataError, match=r"w_mv was not recorded\. Recorded: v_mv, g_mv"):
        states["w_mv"]
    replace(run, states=None).save(tmp_path)
    assert SpikeTrains.load(tmp_path).states is None
    (tmp_path / "states.parquet").write_text("broken")
    with pytest.raises(DataError, match="recorded states cannot be read"):
        SpikeTrains.load(tmp_path)
    frame.iloc[:-1].to_parquet(tmp_path / "states.parquet")
    with pytest.raises(DataError, match="19 rows, not one for each"):
        States.read(tmp_path / "states.parquet")
    with pytest.raises(DataError, match="not \\(trials, 2 neurons, 5 times\\)"):
        replace(states, values={"v_mv": states["v_mv"][0]})
    with pytest.raises(DataError, match="differ in their number of trials"):
        replace(states, values={"v_mv": states["v_mv"], "g_mv": states["g_mv"][:1]})


@pytest.mark.parametrize(
    ("recording", "steps"),
    [
        ({}, list(range(10))),
        ({"every_ms": 0.3}, [0, 3, 6, 9]),
        ({"every_ms": 0.3, "start_ms": 0.2, "end_ms": 0.8}, [2, 5]),
        ({"times_ms": [0, 0.1, 0.7]}, [0, 1, 7]),
        ({"times_ms": 0.9}, [9]),
        ({"start_ms": 5}, []),
    ],
)
def test_when_is_recorded(recording: dict[str, Any], steps: list[int]) -> None:
    assert Recording("all", **recording).steps(10, 0.1) == steps


@pytest.mark.parametrize(
    ("recording", "message"),
    [
        ({"variables": ()}, "name at least one"),
        ({"variables": "w"}, "no state variable of the LIF model 'w'"),
        ({"every_ms": 0}, "every_ms is 0"),
        ({"every_ms": 0.25}, "0.25 ms is no whole number of steps"),
        ({"times_ms": [0.2, 0.1]}, "have to ascend"),
        ({"times_ms": [0.05]}, "no whole number of steps"),
        ({"times_ms": [20]}, "the trial ends at 20 ms, before the last"),
        ({"times_ms": [1], "every_ms": 1}, "not both"),
        ({"start_ms": -1}, "must not be negative"),
        ({"start_ms": 2, "end_ms": 1}, "must be after it"),
        ({"neurons": "targets"}, "no group .* 'targets'. Did you mean 'target'"),
    ],
)
def test_recordings_that_cannot_be(recording: dict[str, Any], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        simulate(random_net(), duration_ms=20, record=Recording(**{"neurons": "all"} | recording))


def test_a_recording_of_neurons_that_are_not_there() -> None:
    with pytest.raises(SelectionError, match="1 of 1 neurons are not in the circuit"):
        simulate(random_net(), duration_ms=1, record=Recording([5]))
    with pytest.raises(SelectionError, match="neurons of a recording: ids are given as floats"):
        Recording([5.0])  # type: ignore[list-item]  # a slip


@pytest.mark.parametrize("slip", ["all", [5]])
def test_neurons_in_place_of_a_recording(slip: Any) -> None:
    with pytest.raises(SimulationError, match=r"record is .*: give a Recording, such as"):
        simulate(random_net(), duration_ms=1, record=slip)
