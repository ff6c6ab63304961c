"""What any engine takes: an experiment with everything resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.progress import Progress
from graphkit.simulation.parameters import LIFModel
from graphkit.simulation.stimuli import Onto
from graphkit.spikes import SpikeTrains
from graphkit.states import States

__all__ = [
    "Experiment", "ResolvedCurrent", "ResolvedNoise", "ResolvedRecording", "ResolvedStimulus", "SilenceMode",
    "Simulator", "TimedSilence", "spike_trains", "states",
]  # fmt: skip

SilenceMode = Literal["outputs", "both", "clamp"]


@dataclass(frozen=True)
class ResolvedStimulus:
    """A stimulus of events with its neurons found.

    Parameters
    ----------
    name
        Its name; part of the key of its random streams.
    positions
        (k,) of its neurons in the circuit, ascending.
    rate_hz
        Mean rate of the Poisson events of one neuron (Hz).
    amplitude_mv
        Added by one event (mV).
    onto
        "v" or "g": to what.
    start, end
        Steps from which on, and before which, there are Poisson events; None: to the end.
    given
        Step and place in positions of each event, sorted by both; then there are no Poisson ones.
    """

    name: str
    positions: npt.NDArray[np.int32]
    rate_hz: float
    amplitude_mv: float
    onto: Onto = "v"
    start: int = 0
    end: int | None = None
    given: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]] | None = None


@dataclass(frozen=True)
class ResolvedCurrent:
    """A current with its neurons found: from each of its steps on, rest is moved by so many mV."""

    name: str
    positions: npt.NDArray[np.int32]
    steps: tuple[int, ...]
    shifts_mv: tuple[float, ...]


@dataclass(frozen=True)
class ResolvedNoise:
    """White noise with its neurons found, and the standard deviation of v that it leads to (mV)."""

    name: str
    positions: npt.NDArray[np.int32]
    sigma_mv: float


@dataclass(frozen=True)
class ResolvedRecording:
    """What is recorded: variables of the neurons at these positions, at the start of these steps, ascending."""

    positions: npt.NDArray[np.int32]
    steps: npt.NDArray[np.int64]
    variables: tuple[str, ...]


@dataclass(frozen=True)
class TimedSilence:
    """Neurons (a mask) that are silenced from one step to another (None: the end), not all the time."""

    neurons: npt.NDArray[np.bool_]
    mode: SilenceMode
    start: int
    end: int | None


@dataclass(frozen=True)
class Experiment:
    """One run, with everything resolved that an engine needs.

    Parameters
    ----------
    circuit
        Neurons and connections; what is silenced all the time is already so in its weights.
    model
        The neuron and synapse model.
    stimuli
        The external events, neurons resolved.
    refractory_ms
        (n,) refractory period of each neuron (ms).
    clamped
        (n,) neurons whose spikes are blocked all the time (silencing by clamp).
    steps
        Steps of model.dt_ms in one trial.
    trials
        Number of trials.
    seed
        Seed of all random streams.
    currents, noise
        Further input.
    silence
        What is silenced for a part of the time.
    recording
        What is recorded beside spikes.
    """

    circuit: Circuit
    model: LIFModel
    stimuli: tuple[ResolvedStimulus, ...]
    refractory_ms: npt.NDArray[np.float64]
    clamped: npt.NDArray[np.bool_]
    steps: int
    trials: int
    seed: int
    currents: tuple[ResolvedCurrent, ...] = ()
    noise: tuple[ResolvedNoise, ...] = ()
    silence: TimedSilence | None = None
    recording: ResolvedRecording | None = None

    @property
    def reached(self) -> dict[str, npt.NDArray[np.int32]]:
        """The positions of the neurons that each stimulus reaches, by its name."""
        reached = {stimulus.name: stimulus.positions for stimulus in self.stimuli}
        reached |= {current.name: current.positions for current in self.currents}
        return reached | {noise.name: noise.positions for noise in self.noise}

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
        states=states(experiment, recorded or {}),
    )


def states(experiment: Experiment, recorded: Mapping[str, npt.NDArray[np.float64]]) -> States | None:
    """Return what an engine recorded; None where nothing was to be."""
    recording = experiment.recording
    if recording is None:
        return None
    t_ms = np.round(recording.steps * experiment.model.dt_ms, 9)
    values = {f"{name}_mv": recorded[name] for name in recording.variables}
    return States(experiment.circuit.root_ids[recording.positions], t_ms, values)
