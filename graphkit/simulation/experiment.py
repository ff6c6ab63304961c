"""An experiment with everything resolved that an engine needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.simulation.parameters import LIFModel
from graphkit.simulation.stimuli import Onto

__all__ = [
    "Experiment", "ResolvedCurrent", "ResolvedNoise", "ResolvedRecording", "ResolvedStimulus", "SilenceMode",
    "TimedSilence",
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
