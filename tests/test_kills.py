"""Processes killed at a given moment of a step's transaction."""

from __future__ import annotations

import pytest

from tests.soak.killing import STEPS, Kill, Trial, events_of, kill_and_repeat, prepare


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return prepare(tmp_path_factory.mktemp("killed"), neurons=200, edges=2000)


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_step_is_told_and_repeated_and_ends_as_an_undisturbed_one(trial: Trial, step: str) -> None:
    told = [event for _, event in events_of(trial, step)]
    begin, commit = told.index("BEGIN") + 1, told.index("COMMIT") + 1
    for event in (begin + 1, (begin + commit) // 2, commit - 1):
        found = kill_and_repeat(trial, step, Kill(event=event))
        assert found.in_transaction, found
        assert found.state == "interrupted", found
        assert not found.faults, found


@pytest.mark.parametrize("step", ["replace", "merge", "write_back"])
def test_what_was_committed_stays_when_the_process_is_killed_before_its_checkpoint(trial: Trial, step: str) -> None:
    told = [event for _, event in events_of(trial, step)]
    found = kill_and_repeat(trial, step, Kill(event=told.index("committed") + 1))
    assert found.state == "done"
    assert not found.faults, found
