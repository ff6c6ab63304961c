"""Simulations of the page, in processes beside it."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphkit.circuit import Circuit
from graphkit.errors import SelectionError
from graphkit.explorer.jobs import Job, Jobs
from graphkit.explorer.kept_runs import KeptRuns
from graphkit.simulation import simulate
from graphkit.spikes import SpikeTrains
from tests.figures import circuit_of


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    started = Jobs(KeptRuns(tmp_path_factory.mktemp("page") / "runs"))
    yield started
    started.close()


@pytest.fixture
def circuit() -> Circuit:
    return circuit_of()


def ended(job: Job, *, within_s: float = 180) -> Job:
    until = time.monotonic() + within_s
    while job.active and time.monotonic() < until:
        time.sleep(0.02)
    assert not job.active, job
    return job


@pytest.mark.parametrize("engine", ["event_driven", "brian2"])
def test_a_run_of_the_page_is_the_run_of_the_library(jobs: Jobs, circuit: Circuit, engine: str) -> None:
    model: dict[str, Any] = {"model": "fly_lif", "engine": engine, "duration_ms": 60.0, "trials": 2, "seed": 4,
             "silence": [int(circuit.root_ids[0])]}  # fmt: skip
    job = ended(jobs.submit(circuit, model))
    assert job.state == "done", job.told
    kept, expected = jobs.runs.spikes(job.told), simulate(circuit, **model)
    np.testing.assert_array_equal(kept.root_id, expected.root_id)
    np.testing.assert_array_equal(kept.t_ms, expected.t_ms)
    assert jobs.runs.circuit(job.told).to_frame().equals(circuit.to_frame())
    told = jobs.runs.all()[0]
    assert (told.run_id, told.model, told.engine, told.seed, told.trials) == (job.told, "fly_lif", engine, "4", 2)
    assert told.silenced == 1


def test_a_long_run_tells_how_far_it_is_and_stops_at_once(jobs: Jobs, circuit: Circuit) -> None:
    before = len(jobs.runs.all())
    job = jobs.submit(circuit, {"model": "fly_lif", "duration_ms": 10_000_000.0, "trials": 50, "seed": 1})
    waiting = jobs.submit(circuit, {"model": "fly_lif", "duration_ms": 20.0, "seed": 1})
    until = time.monotonic() + 120
    while not job.done and time.monotonic() < until:
        time.sleep(0.02)
    assert 0 < job.done < (job.total or 0)
    assert waiting.state == "waiting"
    asked = time.monotonic()
    jobs.stop(job.id)
    assert ended(job).state == "stopped"
    assert time.monotonic() - asked < 3
    assert ended(waiting).state == "done"
    assert len(jobs.runs.all()) == before + 1
    assert not list(jobs.runs.folder.glob(".*"))


def test_a_run_that_cannot_be_is_told_and_the_next_one_runs(jobs: Jobs, circuit: Circuit) -> None:
    wrong = ended(jobs.submit(circuit, {"model": "fly_lif", "duration_ms": -5.0}))
    assert (wrong.state, "duration_ms" in wrong.told) == ("failed", True)
    unknown = ended(jobs.submit(circuit, {"model": "fly_lif", "targets": [5]}))
    assert "not in the circuit" in unknown.told
    assert ended(jobs.submit(circuit, {"model": "shiu2024", "duration_ms": 20.0, "seed": 1})).state == "done"


def test_runs_are_packed_and_deleted_and_nothing_else(jobs: Jobs, circuit: Circuit, tmp_path: Path) -> None:
    job = ended(jobs.submit(circuit, {"model": "fly_lif", "duration_ms": 30.0, "seed": 9}))
    with zipfile.ZipFile(io.BytesIO(jobs.runs.archive(job.told))) as archive:
        archive.extractall(tmp_path)
    expected = jobs.runs.spikes(job.told)
    assert SpikeTrains.load(tmp_path / job.told).t_ms.tolist() == expected.t_ms.tolist()
    outside = jobs.runs.folder.parent / "precious"
    outside.mkdir(exist_ok=True)
    (outside / "run.json").write_text("{}")
    for name in ("../precious", "..", "", "/", str(outside), "nothing"):
        with pytest.raises(SelectionError, match="no run is called"):
            jobs.runs.delete(name)
    jobs.runs.delete(job.told)
    assert outside.is_dir()
    assert job.told not in {run.run_id for run in jobs.runs.all()}
