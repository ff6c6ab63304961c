"""Simulations beside the page: one at a time, each in a process that can be stopped at any moment."""

from __future__ import annotations

import multiprocessing
import queue
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from graphkit.circuit import Circuit
from graphkit.explorer.kept_runs import CIRCUIT_FILE, KeptRuns

__all__ = ["Job", "Jobs"]

State = Literal["waiting", "starting", "running", "done", "stopped", "failed"]
_WARM_UP = "warm up"

#: A new process of its own: a fork would copy a graph's locks and threads.
_PROCESSES = multiprocessing.get_context("spawn")
_LOOK_UP_S = 0.1
_KEPT = 50  # finished jobs that are remembered


@dataclass
class Job:
    """One simulation that was asked for.

    Parameters
    ----------
    id
        Its name on the page.
    circuit, model
        What is simulated, and the arguments of ``simulate``.
    state
        waiting (for those before it), starting, running, done, stopped or failed.
    done, total, unit
        How far it is.
    told
        Why it failed, or which run it made.
    """

    id: str
    circuit: Circuit | None = field(repr=False)
    model: Mapping[str, object]
    state: State = "waiting"
    done: int = 0
    total: int | None = None
    unit: str = ""
    told: str = ""
    asked: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def active(self) -> bool:
        """Whether it is not finished yet."""
        return self.state in ("waiting", "starting", "running")


class Jobs:
    """Simulations, one after another; the process of the next one is warm before it is asked for.

    Parameters
    ----------
    runs
        Where finished runs are kept.
    """

    def __init__(self, runs: KeptRuns) -> None:
        self.runs = runs
        self._jobs: dict[str, Job] = {}
        self._waiting: queue.Queue[Job | str | None] = queue.Queue()
        self._worker: _Worker | None = None
        self._thread = threading.Thread(target=self._run_all, name="simulations", daemon=True)
        self._thread.start()

    def submit(self, circuit: Circuit, model: Mapping[str, object]) -> Job:
        """Ask for a simulation; return at once."""
        job = Job(uuid.uuid4().hex[:12], circuit, dict(model))
        self._jobs[job.id] = job
        for old in [one for one in self._jobs.values() if not one.active][:-_KEPT]:
            del self._jobs[old.id]
        self._waiting.put(job)
        return job

    def warm_up(self) -> None:
        """Start the process of the first simulation, if none is there; it keeps a processor busy for seconds."""
        if self._worker is None:
            self._waiting.put(_WARM_UP)

    def stop(self, job_id: str) -> None:
        """Stop a simulation, wherever it is; nothing of it is kept."""
        if job := self._jobs.get(job_id):
            job.stop.set()

    def all(self) -> list[Job]:
        """Return the simulations, latest first."""
        return list(self._jobs.values())[::-1]

    def close(self) -> None:
        """Stop everything."""
        for job in self._jobs.values():
            job.stop.set()
        self._waiting.put(None)
        self._thread.join(timeout=10)
        if self._worker is not None:
            self._worker.end()

    def _run_all(self) -> None:
        while (job := self._waiting.get()) is not None:
            if self._worker is None or not self._worker.alive:
                self._worker = _Worker()
            if isinstance(job, str):
                continue
            if job.stop.is_set():
                job.state = "stopped"
                continue
            try:
                self._run(job, self._worker)
            except OSError as error:  # the process ended by itself: out of memory, most likely
                job.state, job.told = "failed", f"the simulation's process ended unexpectedly ({error or 'no reason'})"
            job.circuit = None
            if job.state != "done":
                self._worker.end()
                self._worker = _Worker()

    def _run(self, job: Job, worker: _Worker) -> None:
        job.state = "starting"
        self.runs.folder.mkdir(parents=True, exist_ok=True)
        sent = False
        while not job.stop.is_set():
            if worker.ready and not sent:
                worker.pipe.send((job.circuit, job.model, str(self.runs.folder.resolve())))
                sent = True
            if not worker.pipe.poll(_LOOK_UP_S):
                if not worker.alive:
                    raise OSError("killed")
                continue
            try:
                kind, *told = worker.pipe.recv()
            except EOFError as error:
                raise OSError("killed") from error
            if kind == "ready":
                worker.ready = True
            elif kind == "progress":
                job.state, (job.done, job.total, job.unit) = "running", told
            else:
                job.told, job.state = told[0], kind
                return
        job.state = "stopped"


class _Worker:
    """One process that simulates what it is sent."""

    def __init__(self) -> None:
        self.pipe, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(
            target=_simulate_all, args=(theirs,), daemon=True, name="graphkit-simulation"
        )
        self._process.start()
        theirs.close()
        self.ready = False  # until it has said that the engine is compiled

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def end(self) -> None:
        self._process.kill()
        self._process.join(timeout=10)
        self.pipe.close()


def _simulate_all(pipe: Connection) -> None:
    """Simulate what comes through the pipe, in a process of its own, until the page closes it."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the page's to handle; it ends this process then
    _warm_up()
    with suppress(OSError):  # the page ended meanwhile
        pipe.send(("ready",))
    while True:
        try:
            circuit, model, folder = pipe.recv()
        except (EOFError, OSError):  # the page ended, in order or not
            return
        try:
            pipe.send(("done", _simulate(circuit, model, Path(folder), pipe)))
        except Exception as error:  # whatever it is, the page tells it and goes on
            pipe.send(("failed", str(error) or type(error).__name__))


def _warm_up() -> None:
    """Compile the engine: the first run of an installation would wait half a minute for it."""
    import pandas as pd

    from graphkit.simulation import simulate

    edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=20, seed=1)


def _simulate(circuit: Circuit, model: Mapping[str, Any], folder: Path, pipe: Connection) -> str:
    from graphkit.simulation import simulate

    last = 0.0

    def tell(done: int, total: int | None, unit: str) -> None:
        nonlocal last
        if time.monotonic() - last > _LOOK_UP_S:
            last = time.monotonic()
            pipe.send(("progress", done, total, unit))

    spikes = simulate(circuit, **model, progress=tell)
    # Written under another name first: a folder in the list is a whole run.
    unfinished = folder / f".{spikes.run_id}"
    spikes.save(unfinished)
    circuit.save(unfinished / CIRCUIT_FILE)
    unfinished.rename(folder / spikes.run_id)
    return spikes.run_id
