"""Steps on an embedded graph in processes that are killed."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from graphkit.backends import Backend
from graphkit.connectome import Connectome, connect
from graphkit.errors import GraphkitError
from graphkit.spikes import SpikeTrains
from graphkit.synthetic import generate
from loaders.flywire import FlyWire
from tests.soak.checksums import checksums

__all__ = ["STEPS", "Found", "Kill", "Trial", "events_of", "kill_and_repeat", "prepare"]


@dataclass(frozen=True)
class Trial:
    """Files, the graph before each step, and the checksums of graphs that nobody disturbed, by step."""

    folder: Path
    before: Mapping[str, dict[str, str]] = field(default_factory=dict)
    after: Mapping[str, dict[str, str]] = field(default_factory=dict)

    @property
    def full(self) -> Path:
        """The graph on which every step was done and two runs were written back."""
        return self.folder / "full.graph"


def _run(trial: Trial, name: str, seed: int) -> SpikeTrains:
    ids = np.loadtxt(trial.folder / "files" / "classification.csv", np.int64, delimiter=",", skiprows=1, usecols=0)
    draw = np.random.default_rng(seed)
    n = 20 * len(ids)
    return SpikeTrains(
        root_ids=np.sort(ids), groups=np.full(len(ids), "rest"), index=draw.integers(len(ids), size=n).astype(np.int32),
        t_ms=np.sort(draw.uniform(0, 100, n).round(1)), trial=np.zeros(n, np.int32), duration_ms=100.0, trials=1,
        run={"run_id": name, "created": f"2026-01-0{seed}", "seed": seed, "model": "by hand"},
    )  # fmt: skip


#: What is done in each step; all but the first on a full graph.
STEPS: dict[str, Callable[[Connectome, Trial], object]] = {
    "load": lambda c, trial: c.load(FlyWire(trial.folder / "files")),
    "replace": lambda c, trial: c.load(FlyWire(trial.folder / "others"), replace=True),
    "predict": lambda c, trial: c.predict_transmitters(policy="ach_only"),
    "merge": lambda c, trial: c.merge_connections(signed_by="row"),
    "mark": lambda c, trial: c.mark_downstream(trial.folder / "files" / "functional_nuclei.csv", depth=3),
    "write_back": lambda c, trial: c.write_back(_run(trial, "third", 3), all_trials=True),
    "delete_run": lambda c, trial: c.delete_run("second"),
}

#: The step of the graph's own chain that each of them is.
CHAIN_NAME = {"replace": "load", "delete_run": "write_back"}


def prepare(folder: Path, neurons: int, edges: int) -> Trial:
    """Make the files, the full graph, and for each step what an undisturbed one ends with."""
    trial = Trial(folder)
    generate(folder / "files", neurons=neurons, edges=edges, seed=1)
    generate(folder / "others", neurons=neurons, edges=edges, seed=2)
    with connect(trial.full) as connectome:
        STEPS["load"](connectome, trial)
        connectome.predict_transmitters()
        connectome.merge_connections()
        connectome.mark_downstream(folder / "files" / "target_neurons.csv")
        connectome.write_back(_run(trial, "first", 1), all_trials=True)
        connectome.write_back(_run(trial, "second", 2))
    before, after = {}, {}
    for step in STEPS:
        path = _copy(trial, step)
        with connect(path) as connectome:
            before[step] = checksums(connectome) if step != "load" else {}
            STEPS[step](connectome, trial)
            after[step] = checksums(connectome)
    return Trial(folder, before, after)


def _copy(trial: Trial, step: str) -> Path:
    path = trial.folder / "work.graph"
    for old in trial.folder.glob("work.graph*"):
        old.unlink()
    if step != "load":
        shutil.copyfile(trial.full, path)
    return path


class _Telling:
    """A backend that tells each thing it is about to do before it does it."""

    def __init__(self, backend: Backend, tell: Callable[[str], None]) -> None:
        self._backend, self._tell = backend, tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def write(self, text: str, parameters: Mapping[str, Any]) -> pa.Table:
        self._tell(text.splitlines()[0].removeprefix("// ")[:60])
        return self._backend.write(text, parameters)

    def write_each(self, text: str, several: Sequence[Mapping[str, Any]], progress: Any = None) -> None:
        self._tell(text.splitlines()[0].removeprefix("// ")[:60])
        self._backend.write_each(text, several, progress)

    def write_rows(self, text: str, rows: pa.Table, progress: Any = None) -> None:
        self._tell(text.splitlines()[0].removeprefix("// ")[:60])
        self._backend.write_rows(text, rows, progress)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._backend.transaction():
            self._tell("BEGIN")
            yield
            self._tell("COMMIT")
        self._tell("committed")


def _perform(trial: Trial, step: str, path: Path, pipe: Connection, last: int | None) -> None:
    told = 0

    def tell(event: str) -> None:
        nonlocal told
        pipe.send((time.monotonic(), event))
        told += 1
        if told == last:
            os.kill(os.getpid(), signal.SIGKILL)

    connectome = connect(path)
    connectome.graph.backend = _Telling(connectome.graph.backend, tell)
    STEPS[step](connectome, trial)
    connectome.close()
    tell("closed")


@dataclass(frozen=True)
class Kill:
    """When to kill: at the told event of this number, or some seconds after the event of this name."""

    event: int | None = None
    after: str = "BEGIN"
    delay_s: float = 0.0


def events_of(trial: Trial, step: str) -> list[tuple[float, str]]:
    """Return what an undisturbed step tells, with times (s)."""
    return _ended(trial, step, _copy(trial, step), None)


def _ended(trial: Trial, step: str, path: Path, kill: Kill | None) -> list[tuple[float, str]]:
    # Children of a fork server share the imported modules and none of the engine's threads.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    receiving, sending = context.Pipe(duplex=False)
    last = None if kill is None else kill.event
    child = context.Process(target=_perform, args=(trial, step, path, sending, last))
    child.start()
    sending.close()
    told: list[tuple[float, str]] = []
    try:
        while True:
            told.append(receiving.recv())
            if kill is not None and kill.event is None and told[-1][1] == kill.after:
                time.sleep(kill.delay_s)
                child.kill()
    except (EOFError, ConnectionError):
        child.join()
    if kill is None and child.exitcode:
        raise RuntimeError(f"{step} failed in its process: exit code {child.exitcode}")
    return told


@dataclass(frozen=True)
class Found:
    """What a killed step left: where it was, and what came of it."""

    step: str
    during: str
    in_transaction: bool
    state: str = ""
    undone: bool = False
    faults: tuple[str, ...] = ()


def kill_and_repeat(trial: Trial, step: str, kill: Kill) -> Found:
    """Kill a step, open the graph with the plain command, look, repeat the step, and compare.

    The looking is done in a process of its own: an engine that ends it is a fault that is found.
    """
    path = _copy(trial, step)
    told = [event for _, event in _ended(trial, step, path, kill)] or ["open"]
    context = multiprocessing.get_context("forkserver")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_send_found, args=(trial, step, path, told, sending))
    child.start()
    sending.close()
    try:
        found: Found = receiving.recv()
    except EOFError:
        child.join()
        found = Found(step, told[-1], _inside(told), faults=(f"the opening process ended with {child.exitcode}",))
    child.join()
    return found


def _inside(told: list[str]) -> bool:
    return "BEGIN" in told and "COMMIT" not in told


def _send_found(trial: Trial, step: str, path: Path, told: list[str], pipe: Connection) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            connectome = connect(path)
        except GraphkitError as error:
            pipe.send(Found(step, told[-1], _inside(told), faults=(f"unopenable: {error}",)))
            return
    undone = any("its unfinished transaction was dropped" in str(warning.message) for warning in warned)
    with connectome:
        state, faults = _looked_at(connectome, trial, step, told)
        if step != "delete_run" or "second" in set(connectome.runs()["run_id"]):
            STEPS[step](connectome, trial)
        if checksums(connectome) != trial.after[step]:
            faults.append("not equal to an undisturbed graph after repeating")
    pipe.send(Found(step, told[-1], _inside(told), state, undone, tuple(faults)))


def _looked_at(connectome: Connectome, trial: Trial, step: str, told: list[str]) -> tuple[str, list[str]]:
    """Return the step's state, and what is wrong with what the killed process left."""
    faults: list[str] = []
    name = CHAIN_NAME.get(step, step)
    state = connectome.steps()[name].state
    found = checksums(connectome) if connectome.graph.has_schema() else {}
    whole = [_data(trial.before[step]), _data(trial.after[step])]
    if _data(found) not in whole and any(not rows.startswith("0 ") for rows in _data(found).values()):
        faults.append("half-derived" + (" and taken for whole" if state == "done" else ""))
    if "committed" in told and (state != "done" or found != trial.after[step]):
        faults.append("lost commit")
    if state == "interrupted":
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            connectome.cypher("MATCH (s:Step) RETURN count(*) AS n")
        if not any(f"{name} is unfinished" in str(warning.message) for warning in said):
            faults.append("not told that it is unfinished")
    elif _inside(told):
        faults.append(f"state {state} after a kill inside the transaction")
    return state, faults


def _data(sums: Mapping[str, str]) -> dict[str, str]:
    return {name: rows for name, rows in sums.items() if name != "Step"}
