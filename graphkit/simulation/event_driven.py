"""The event-driven engine: the LIF model, spike for spike as Brian2 runs it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from graphkit.errors import SimulationError
from graphkit.progress import Progress
from graphkit.simulation.base import spike_trains
from graphkit.simulation.experiment import Experiment, ResolvedRecording, ResolvedStimulus
from graphkit.simulation.network import Network
from graphkit.simulation.parameters import LIFModel
from graphkit.simulation.spool import SpikeSpool
from graphkit.simulation.trial import Trial
from graphkit.spikes import SpikeTrains

__all__ = ["EventDriven", "Interrupted"]

_WORTH_SPLITTING = 20_000  # neurons: a trial of fewer is run on one thread
_NOTHING = ResolvedRecording(np.empty(0, np.int32), np.empty(0, np.int64), ())
_LOOK_UP_S = 0.2  # between two looks at how far the threads are


class Interrupted(KeyboardInterrupt):
    """Ctrl-C stopped a run after some of its trials were finished.

    It is a KeyboardInterrupt: what is not prepared for it stops as usual.

    Parameters
    ----------
    finished
        The finished trials, counted anew from 0; ``finished.run["finished_trials"]`` says which they were.

    Examples
    --------
    >>> from graphkit.simulation.event_driven import Interrupted
    >>> issubclass(Interrupted, KeyboardInterrupt)
    True
    """

    def __init__(self, finished: SpikeTrains) -> None:
        super().__init__(f"stopped; {finished.trials} trials were finished and are in this exception's .finished")
        self.finished = finished


@dataclass(frozen=True)
class EventDriven:
    """The event-driven engine.

    The spikes depend on the experiment alone: not on the number of threads, nor on the machine's speed.

    Parameters
    ----------
    threads
        Threads to use; without, as many as this process has processors. Trials are shared out among them; a single
        trial of a large, busy network is split.
    memory_mb
        Memory that spikes, and recorded states, may take (MB). More of them are kept in unnamed temporary files, and
        the arrays of the result are mapped onto those.
    folder
        Where such files are made; without, in the system's folder for temporary files.

    Raises
    ------
    SimulationError
        If threads or memory_mb is not positive.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.simulation.event_driven import EventDriven
    >>> from graphkit.simulation.resolving import choose_preset, resolve
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> experiment = resolve(circuit, choose_preset("shiu2024"), duration_ms=100, seed=1, trials=3)
    >>> EventDriven(threads=1).run(experiment).trials
    3
    """

    threads: int | None = None
    memory_mb: float = 4000.0
    folder: str | Path | None = None
    name: str = field(default="event_driven", init=False)

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise SimulationError(f"threads is {self.threads}: give at least 1, or None for one per processor")
        if not self.memory_mb > 0:
            raise SimulationError(f"memory_mb is {self.memory_mb:g}: give a positive number of megabytes")

    def run(self, experiment: Experiment, progress: Progress | None = None) -> SpikeTrains:
        """Run all trials.

        Raises
        ------
        SimulationError
            If it is not the LIF model, if there is noise, or if there are 2**30 steps or more.
        Interrupted
            If Ctrl-C stops it and some trials are finished; a plain KeyboardInterrupt if none is.
        """
        return _Run(self, experiment, progress).spikes()


class _Run:
    """All trials of one experiment.

    Numba's calls do not bear a KeyboardInterrupt in their midst, and only the main thread gets one. So it does not
    compute: it waits for the threads that do.
    """

    def __init__(self, engine: EventDriven, experiment: Experiment, progress: Progress | None) -> None:
        _check(experiment)
        self._engine, self._experiment, self._progress = engine, experiment, progress
        self._spool = SpikeSpool(engine.memory_mb, engine.folder)
        self._recording = experiment.recording or _NOTHING
        shape = experiment.trials, len(self._recording.positions), len(self._recording.steps)
        self._recorded = {name: self._spool.array(shape) for name in ("v", "g")}
        threads = engine.threads or _processors()
        self._workers = min(threads, experiment.trials)
        self._parts = threads if experiment.trials == 1 and len(experiment.circuit) >= _WORTH_SPLITTING else 1
        self._done = [0] * experiment.trials  # steps of each trial
        self._stop = threading.Event()

    def spikes(self) -> SpikeTrains:
        """Run; return the spikes."""
        try:
            with ThreadPoolExecutor(self._workers) as pool:
                try:
                    self._share_out(pool)
                except BaseException:  # Ctrl-C, or an error of the caller's progress
                    self._stop.set()
                    raise
        except KeyboardInterrupt:
            finished = [k for k, done in enumerate(self._done) if done == self._experiment.steps]
            if not finished:
                raise
            raise Interrupted(self._result(finished, {"finished_trials": finished})) from None
        return self._result(range(self._experiment.trials), {})

    def _share_out(self, pool: ThreadPoolExecutor) -> None:
        network = pool.submit(Network.of, self._experiment, self._parts).result()
        left = iter(range(self._experiment.trials))
        running = {pool.submit(self._some_trials, network, left) for _ in range(self._workers)}
        while running:
            ended, running = wait(running, _LOOK_UP_S, FIRST_EXCEPTION)
            for worker in ended:
                worker.result()
            if self._progress is not None:
                self._progress(sum(self._done), self._experiment.trials * self._experiment.steps, "steps")

    def _some_trials(self, network: Network, left: Iterator[int]) -> None:
        with ThreadPoolExecutor(self._parts) as helpers:  # starts no thread before there is work for it
            for k in left:
                trial = Trial(network, k, helpers if self._parts > 1 else None)
                seen = self._look(trial, k, 0)
                for step, index in trial.slices(self._recording.steps):
                    self._spool.add(k, step, index)
                    seen = self._look(trial, k, seen)
                    self._done[k] = trial.step
                    if self._stop.is_set():
                        return

    def _look(self, trial: Trial, k: int, seen: int) -> int:
        """Record, if the trial is where it is asked for; return how often that was so."""
        if seen < len(self._recording.steps) and trial.step == self._recording.steps[seen]:
            v_mv, g_mv = trial.observe(self._recording.positions)
            self._recorded["v"][k, :, seen], self._recorded["g"][k, :, seen] = v_mv, g_mv
            return seen + 1
        return seen

    def _result(self, trials: Sequence[int], more: dict[str, object]) -> SpikeTrains:
        experiment = replace(self._experiment, trials=len(trials))
        index, t_ms, trial = self._spool.result(trials, dt_ms=experiment.model.dt_ms)
        none = np.empty(0, np.int32)
        run = {"engine": self._engine.name, **more}
        whole = len(trials) == self._experiment.trials
        recorded = {name: array if whole else array[list(trials)] for name, array in self._recorded.items()}
        silent = spike_trains(
            experiment, step=none.astype(np.int64), index=none, trial=none, run=run, recorded=recorded
        )  # fmt: skip
        return replace(silent, index=index, t_ms=t_ms, trial=trial)


def _processors() -> int:
    # Not os.cpu_count: a process may be confined to some of them.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check(experiment: Experiment) -> None:
    others = {type(part).__name__ for part in experiment.stimuli if not isinstance(part, ResolvedStimulus)}
    others.update(f"noise (stimulus {part.name!r})" for part in experiment.noise)
    if type(experiment.model) is not LIFModel:  # another class, another neuron
        others.add(type(experiment.model).__name__)
    if others:
        raise SimulationError(
            f"the event-driven engine cannot run {', '.join(sorted(others))}: it runs the LIF model, driven by events "
            "and currents. Take engine='brian2'."
        )
    if experiment.steps >= 2**30:
        raise SimulationError(f"{experiment.steps} steps are too many for one trial: give fewer than 2**30")
