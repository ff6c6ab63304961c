"""What any engine offers: it takes an experiment, it gives spike trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from graphkit.progress import Progress
from graphkit.simulation.experiment import Experiment
from graphkit.spikes import SpikeTrains
from graphkit.states import States

__all__ = ["Simulator", "spike_trains"]


class Simulator(Protocol):
    """An engine: it gets an experiment and gives spike trains; it never sees a database."""

    @property
    def name(self) -> str:
        """What a run calls the engine."""

    def run(self, experiment: Experiment, progress: Progress | None = None) -> SpikeTrains:
        """Run all trials; the ``run`` of what comes back says what the engine alone knows, such as its device."""


def spike_trains(
    experiment: Experiment,
    *,
    step: npt.NDArray[np.integer],
    index: npt.NDArray[np.int32],
    trial: npt.NDArray[np.int32],
    run: Mapping[str, object],
    recorded: Mapping[str, npt.NDArray[np.float64]] | None = None,
) -> SpikeTrains:
    """Return what an engine found as spike trains.

    Parameters
    ----------
    experiment
        What was run.
    step, index, trial
        (k,) step, neuron's position, trial of each spike; sorted by trial, then step, then position.
    run
        What the engine alone knows: its name, device, versions.
    recorded
        The variables of the experiment's recording, by name: each (trials, neurons, steps) in mV.
    """
    circuit, dt_ms = experiment.circuit, experiment.model.dt_ms
    return SpikeTrains(
        root_ids=circuit.root_ids,
        groups=circuit.group_labels,
        index=index,
        t_ms=np.round(step * dt_ms, 9),  # 3 steps of 0.1 ms are 0.3 ms, not 0.30000000000000004
        trial=trial,
        duration_ms=round(experiment.steps * dt_ms, 9),
        trials=experiment.trials,
        run=run,
        functional_nucleus=circuit.functional_nucleus,
        states=_states(experiment, recorded or {}),
    )


def _states(experiment: Experiment, recorded: Mapping[str, npt.NDArray[np.float64]]) -> States | None:
    """Return what an engine recorded; None where nothing was to be."""
    recording = experiment.recording
    if recording is None:
        return None
    t_ms = np.round(recording.steps * experiment.model.dt_ms, 9)
    values = {f"{name}_mv": recorded[name] for name in recording.variables}
    return States(experiment.circuit.root_ids[recording.positions], t_ms, values)
