"""The seam between an experiment and the engines that can run it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.progress import Progress
from graphkit.simulation.parameters import LIFModel
from graphkit.spikes import SpikeTrains

__all__ = ["Experiment", "Kicks", "ResolvedStimulus", "Simulator", "events", "kicks", "sources", "spike_trains"]


@dataclass(frozen=True)
class Kicks:
    """External input of one trial, event by event: the same for every engine.

    Sorted by step, then by the stimulus' place in the experiment, then by neuron: the order in which an engine
    adds them.

    Parameters
    ----------
    step
        (k,) step in which the event arrives.
    index
        (k,) the neuron's position in the circuit.
    amplitude_mv
        (k,) added to v (mV).
    """

    step: npt.NDArray[np.int32]
    index: npt.NDArray[np.int32]
    amplitude_mv: npt.NDArray[np.float64]


@dataclass(frozen=True)
class ResolvedStimulus:
    """A Poisson stimulus with its neurons found: positions in the circuit, ascending."""

    name: str
    positions: npt.NDArray[np.int32]
    rate_hz: float
    amplitude_mv: float


@dataclass(frozen=True)
class Experiment:
    """One run, with everything resolved that an engine needs.

    Parameters
    ----------
    circuit
        Neurons and connections, with silencing already applied to its weights.
    model
        The neuron and synapse model.
    stimuli
        The external input, neurons resolved.
    refractory_ms
        (n,) refractory period of each neuron (ms).
    clamped
        (n,) neurons whose spikes are blocked altogether (silencing by clamp).
    steps
        Steps of model.dt_ms in one trial.
    trials
        Number of trials.
    seed
        Seed of all random streams.
    """

    circuit: Circuit
    model: LIFModel
    stimuli: tuple[ResolvedStimulus, ...]
    refractory_ms: npt.NDArray[np.float64]
    clamped: npt.NDArray[np.bool_]
    steps: int
    trials: int
    seed: int

    @property
    def refractory_steps(self) -> npt.NDArray[np.int32]:
        """(n,) refractory period of each neuron in steps, rounded down as Brian2's ``timestep()`` does."""
        return np.floor(self.refractory_ms / self.model.dt_ms + 1e-3).astype(np.int32)


class Simulator(Protocol):
    """An engine: it gets an experiment and gives spike trains; it never sees a database."""

    @property
    def name(self) -> str:
        """What a run calls the engine."""

    def run(self, experiment: Experiment, progress: Progress | None = None) -> SpikeTrains:
        """Run all trials; the ``run`` of what comes back says what the engine alone knows, such as its device."""


def events(experiment: Experiment, trial: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the external input of one trial by its sources.

    A source is one neuron of one stimulus; sources are counted through the stimuli in the experiment's order, and
    within a stimulus through its positions.

    Returns
    -------
    step : numpy.ndarray
        (k,) int32, the step in which each event arrives, ascending.
    source : numpy.ndarray
        (k,) int32, ascending within a step.

    """
    from graphkit.simulation.poisson import poisson_events  # here: numba takes its time to import

    steps, indices, first = [np.empty(0, np.int32)], [np.empty(0, np.int32)], 0
    for stimulus in experiment.stimuli:
        step, index = poisson_events(
            experiment.circuit.root_ids[stimulus.positions], rate_hz=stimulus.rate_hz, seed=experiment.seed,
            trial=trial, stimulus=stimulus.name, steps=experiment.steps, dt_ms=experiment.model.dt_ms,
        )  # fmt: skip
        steps.append(step)
        indices.append(index + np.int32(first))
        first += len(stimulus.positions)
    step, source = np.concatenate(steps), np.concatenate(indices)
    order = np.argsort(step, kind="stable")  # the parts follow the stimuli already
    return step[order], source[order]


def kicks(experiment: Experiment, trial: int) -> Kicks:
    """Return the external input of one trial by the neurons of the circuit.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.simulation.base import kicks
    >>> from graphkit.simulation.experiment import choose_preset, resolve
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> experiment = resolve(Circuit.from_edges(edges), choose_preset("fly_lif"), duration_ms=1000, seed=1)
    >>> kicks(experiment, trial=0).amplitude_mv[:2].tolist()  # the background alone: there are no targets
    [3.5, 3.5]
    """
    step, source = events(experiment, trial)
    index, amplitude = sources(experiment)
    return Kicks(step, index[source], amplitude[source])


def sources(experiment: Experiment) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Return the neuron's position (int32) and the amplitude (float64, mV) of each source of :func:`events`."""
    parts = experiment.stimuli
    index = np.concatenate([np.empty(0, np.int32), *(part.positions for part in parts)])
    amplitude = [np.empty(0, np.float64), *(np.full(len(part.positions), part.amplitude_mv) for part in parts)]
    return index, np.concatenate(amplitude)


def spike_trains(
    experiment: Experiment,
    *,
    step: npt.NDArray[np.integer],
    index: npt.NDArray[np.int32],
    trial: npt.NDArray[np.int32],
    run: Mapping[str, object],
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
    )
