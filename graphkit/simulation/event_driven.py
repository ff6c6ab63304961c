"""The event-driven engine: exact, for the LIF model alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ALL_COMPLETED, FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graphkit.errors import SimulationError
from graphkit.progress import Progress
from graphkit.simulation.base import Experiment, ResolvedStimulus, spike_trains
from graphkit.simulation.parameters import LIFModel
from graphkit.simulation.spool import SpikeSpool
from graphkit.simulation.trial import Trial, law_of, wiring_of
from graphkit.spikes import SpikeTrains

__all__ = ["EventDriven", "Interrupted"]

_NEURONS = 20_000  # fewer are not worth a second thread within a trial


class Interrupted(KeyboardInterrupt):
    finished: SpikeTrains | None = None


@dataclass(frozen=True)
class EventDriven:
    threads: int | None = None
    memory_mb: float = 4000.0
    folder: str | Path | None = None
    name: str = field(default="event_driven", init=False)

    def run(self, experiment: Experiment, progress: Progress | None = None) -> SpikeTrains:
        threads = self.threads or os.cpu_count()
        parts = threads if experiment.trials == 1 and len(experiment.circuit) >= _NEURONS else 1
        law, wiring = law_of(experiment), wiring_of(experiment.circuit, experiment.model, parts)
        spool = SpikeSpool(self.memory_mb, self.folder)
        if experiment.trials == 1 or threads == 1:
            with ThreadPoolExecutor(max(1, parts - 1)) as pool:
                for k in range(experiment.trials):
                    trial = Trial(experiment, k, law, wiring, pool if parts > 1 else None)
                    for step, index in trial.slices():
                        spool.add(k, step, index)
        else:
            todo = iter(range(experiment.trials))
            def work():
                for k in todo:
                    trial = Trial(experiment, k, law, wiring)
                    for step, index in trial.slices():
                        spool.add(k, step, index)
            with ThreadPoolExecutor(threads) as pool:
                for f in [pool.submit(work) for _ in range(threads)]: f.result()
        index, t_ms, trial = spool.result(range(experiment.trials), dt_ms=experiment.model.dt_ms)
        empty = np.empty(0, np.int32)
        trains = spike_trains(experiment, step=empty, index=empty, trial=empty, run={"engine": self.name})
        return replace(trains, index=index, t_ms=t_ms, trial=trial)
