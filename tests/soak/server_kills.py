"""Steps on a Neo4j graph whose client or server is killed.

The steps are run in a circle on one server: both loads replace everything, and after each step the graph has to equal
the one that an undisturbed circle left there.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from graphkit.backends import neo4j
from graphkit.backends.neo4j import Neo4jBackend
from graphkit.connectome import Connectome, connect
from graphkit.errors import GraphkitError, GraphStateError
from graphkit.queries import Queries
from graphkit.spikes import SpikeTrains
from graphkit.steps import Step
from graphkit.synthetic import generate
from loaders.flywire import FlyWire
from tests.neo4j_process import Neo4jProcess
from tests.soak.checksums import checksums

__all__ = ["STEPS", "Found", "Kill", "Trial", "kill_and_repeat", "prepare"]

#: Small transactions, so that every step of a small connectome takes several.
ROWS, NEURONS = 1_000, 100


@dataclass(frozen=True)
class Trial:
    """A server, the files, and what an undisturbed circle did: transactions of each step, and the graph after it."""

    uri: str
    password: str = field(repr=False)
    folder: Path
    process: Neo4jProcess | None = None
    transactions: dict[str, list[float]] | None = None
    after: dict[str, dict[str, str]] | None = None

    def open(self) -> Connectome:
        """Connect as the next command would."""
        return connect(self.uri, password=self.password)


@dataclass(frozen=True)
class Kill:
    """Kill the client or the server so many seconds after a step's transaction of this number (from 0) has begun."""

    whom: str
    transaction: int
    delay_s: float = 0.0


@dataclass(frozen=True)
class Found:
    """What a kill left, and what came of it."""

    step: str
    kill: Kill
    inside: bool
    child: str
    state: str
    faults: tuple[str, ...] = ()


def _spikes(folder: Path) -> SpikeTrains:
    ids = np.loadtxt(folder / "files" / "classification.csv", np.int64, delimiter=",", skiprows=1, usecols=0)
    draw = np.random.default_rng(5)
    n = 10 * len(ids)
    return SpikeTrains(
        root_ids=np.sort(ids), groups=np.full(len(ids), "rest"), index=draw.integers(len(ids), size=n).astype(np.int32),
        t_ms=np.sort(draw.uniform(0, 100, n).round(1)), trial=np.zeros(n, np.int32), duration_ms=100.0, trials=1,
        run={"run_id": "a run", "created": "2026-01-01", "seed": 5, "model": "by hand"},
    )  # fmt: skip


STEPS: dict[str, Callable[[Connectome, Path], object]] = {
    "replace": lambda c, folder: c.load(FlyWire(folder / "others"), replace=True),
    "load": lambda c, folder: c.load(FlyWire(folder / "files"), replace=True),
    "predict": lambda c, folder: c.predict_transmitters(),
    "merge": lambda c, folder: c.merge_connections(),
    "mark": lambda c, folder: c.mark_downstream(folder / "files" / "target_neurons.csv", depth=3),
    "write_back": lambda c, folder: c.write_back(_spikes(folder), all_trials=True),
}

#: The step of the graph's own chain that each of them is.
CHAIN_NAME = {"replace": "load"}

#: What a step must not touch, finished or not.
KEEPS: dict[str, tuple[str, ...]] = {
    "load": (),
    "predict": ("SYNAPSES", "Dataset"),
    "merge": ("Neuron", "SYNAPSES"),
    "mark": ("SYNAPSES", "CONNECTS", "Dataset"),
    "write_back": ("SYNAPSES", "CONNECTS", "Dataset"),
}

#: A query that reads what a step made, and so has to refuse while that is not whole.
READS = {
    "load": "select/neurons",
    "predict": "analysis/prediction_report",
    "merge": "analysis/degree_distribution",
    "mark": "analysis/downstream_counts",
    "write_back": "activity/most_active",
}


def prepare(trial: Trial, neurons: int, edges: int) -> Trial:
    """Make the files and run two undisturbed circles: the second begins, as every later one, on a full graph."""
    for seed, name in enumerate(("files", "others")):
        generate(trial.folder / name, neurons=neurons, edges=edges, seed=seed)
    transactions, after = {}, {}
    for _ in range(2):
        for step in STEPS:
            told, ended = _performed(trial, step, None)
            if ended != "done":
                raise RuntimeError(f"{step} failed undisturbed: {ended}")
            transactions[step] = _durations(told)
            with trial.open() as connectome:
                after[step] = checksums(connectome)
    return Trial(trial.uri, trial.password, trial.folder, trial.process, transactions, after)


def kill_and_repeat(trial: Trial, step: str, kill: Kill) -> Found:
    """Disturb a step, look at the graph as the next command finds it, repeat the step, and compare."""
    assert trial.after is not None
    before = trial.after[list(STEPS)[list(STEPS).index(step) - 1]]
    told, child = _performed(trial, step, kill)
    open_at_once = [event for _, event in told if event != "killed"]
    inside = open_at_once.count("begin") > open_at_once.count("end")
    faults: list[str] = []
    with trial.open() as connectome:
        name = CHAIN_NAME.get(step, step)
        found = connectome.steps().get(name, Step(name))  # not there: killed before its first transaction was made
        if child == "done" and found.state != "done":
            faults.append("a finished step is not done")
        if found.state == "done":
            # Of the load before, where this one was killed in its first transaction.
            expected = trial.after[step] if open_at_once.count("end") else before
            if _data(checksums(connectome)) != _data(expected):
                faults.append("half-derived, and taken for whole")
        elif found.state == "interrupted":
            faults += _untold(connectome, name, found.started)
            kept = checksums(connectome)
            faults += [f"{table} changed by {step}" for table in KEEPS[name] if kept[table] != before[table]]
        elif open_at_once.count("end"):  # the first transaction writes that the step runs
            faults.append(f"state {found.state} though it had begun")
        STEPS[step](connectome, trial.folder)
        again = connectome.steps()[name].state
        if _data(checksums(connectome)) != _data(trial.after[step]):
            faults.append("not equal to an undisturbed graph after repeating")
        if again != "done":
            faults.append(f"{again} after repeating")
    return Found(step, kill, inside, child, found.state, tuple(faults))


def _untold(connectome: Connectome, step: str, started: str) -> list[str]:
    """Return what the next command does not say of an unfinished step."""
    faults = []
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        connectome.cypher("MATCH (n:Neuron) RETURN count(*) AS n")
    if not any(f"{step} is unfinished (begun {started}" in str(warning.message) for warning in said):
        faults.append("a query did not warn")
    try:
        connectome.query(READS[step])
        faults.append(f"{READS[step]} answered")
    except GraphStateError as refusal:
        if step not in str(refusal) or started not in str(refusal):
            faults.append(f"refused without the step or its time: {refusal}")
    if step == "write_back":
        try:
            connectome.spikes()
            faults.append("half a run was read")
        except GraphStateError:
            pass
    return faults


def _data(sums: dict[str, str]) -> dict[str, str]:
    return {name: rows for name, rows in sums.items() if name != "Step"}


def _durations(told: list[tuple[float, str]]) -> list[float]:
    """Return how long each transaction was open, roughly where two were at once."""
    begun: list[float] = []
    durations = []
    for at, event in told:
        if event == "begin":
            begun.append(at)
        elif event == "end":
            durations.append(at - begun.pop(0))
    return durations


def _performed(trial: Trial, step: str, kill: Kill | None) -> tuple[list[tuple[float, str]], str]:
    """Run a step in a process; return what it told until it was disturbed, and how it ended."""
    # Children of a fork server share the imported modules and none of the threads.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_perform, args=(trial.uri, trial.password, trial.folder, step, sending))
    child.start()
    sending.close()
    told: list[tuple[float, str]] = []
    ended = "killed"
    killed = False
    begun = 0
    try:
        while True:
            at, event = receiving.recv()
            if event.startswith(("done", "failed")):
                ended = event
            elif not killed or at < told[-1][0]:
                told.append((at, event))
            begun += event == "begin"
            if kill is not None and not killed and event == "begin" and begun == kill.transaction + 1:
                time.sleep(kill.delay_s)
                killed = True
                while receiving.poll():  # what happened in the meantime
                    told.append(receiving.recv())
                told.append((time.monotonic(), "killed"))
                if kill.whom == "client":
                    child.kill()
                else:
                    assert trial.process is not None
                    trial.process.kill()
                    trial.process.start()
    except EOFError:
        child.join()
    return told, ended


def _perform(uri: str, password: str, folder: Path, step: str, pipe: Connection) -> None:
    one_at_a_time = threading.Lock()

    def tell(event: str) -> None:
        with one_at_a_time:
            pipe.send((time.monotonic(), event))

    really = Neo4jBackend.execute
    schema = {query.text for name, query in Queries("neo4j").items() if name.startswith("schema/")}

    def telling(backend: Neo4jBackend, text: str, *arguments: Any, **named: Any) -> Any:
        part_of_a_step = text not in schema
        if part_of_a_step:
            tell("begin")
        result = really(backend, text, *arguments, **named)
        if part_of_a_step:
            tell("end")
        return result

    Neo4jBackend.execute = telling  # type: ignore[method-assign, assignment]  # tells, then does what it did
    neo4j.ROWS_PER_TRANSACTION = ROWS
    Neo4jBackend.neurons_per_transaction = NEURONS
    try:
        with connect(uri, password=password) as connectome:
            STEPS[step](connectome, folder)
        tell("done")
    except GraphkitError as error:
        tell(f"failed: {error}")
