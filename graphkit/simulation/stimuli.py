"""What drives a circuit: events, currents, noise, as plain data."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np

from graphkit.errors import SelectionError, SimulationError
from graphkit.ids import id_array
from graphkit.selection import Selection
from graphkit.simulation.values import one_of, plain, plain_all, plain_fields, whole_number

__all__ = [
    "CurrentStimulus", "Group", "NoiseStimulus", "Onto", "PoissonStimulus", "RegularStimulus", "check_stimulus",
    "checked_group",
]  # fmt: skip

#: Which neurons: "all", a group of the circuit ("target", "downstream_1", …), "second_targets", root_ids, a Selection.
Group = str | Iterable[int] | Selection
Onto = Literal["v", "g"]


@dataclass(frozen=True)
class PoissonStimulus:
    """Independent Poisson input to each neuron of a group.

    At most one event per neuron and step, with probability rate_hz * dt: the law of Brian2's PoissonInput(N=1).

    Parameters
    ----------
    name
        Names the input; part of the key of its random stream.
    group
        "all", a group of the circuit ("target", "downstream_1", …), "second_targets", root_ids, or a Selection.
    rate_hz
        Mean rate of the events of one neuron (Hz).
    amplitude_mv
        Added by one event (mV).
    refractory_ms
        Refractory period of the stimulated neurons (ms), or None to leave the model's.
    onto
        What an event adds to: "v", the membrane potential, or "g", the synaptic drive.
    start_ms, end_ms
        When there are events (ms): from start_ms on, before end_ms; without end_ms, to the end.

    Raises
    ------
    SimulationError
        If a value is not a finite number, a rate or a time is negative, or end_ms is not after start_ms.

    Examples
    --------
    >>> PoissonStimulus("downstream_2", "downstream_2", rate_hz=7.5, amplitude_mv=10.5).rate_hz
    7.5
    """

    name: str
    group: Group
    rate_hz: float
    amplitude_mv: float
    refractory_ms: float | None = None
    onto: Onto = "v"
    start_ms: float = 0.0
    end_ms: float | None = None

    def __post_init__(self) -> None:
        check_stimulus(self)


@dataclass(frozen=True)
class RegularStimulus:
    """Events at equal intervals: the first at start_ms, all neurons of the group together.

    Parameters
    ----------
    name
        Names the input.
    group
        As in :class:`PoissonStimulus`.
    rate_hz
        Events of one neuron in a second (Hz).
    amplitude_mv
        Added by one event (mV).
    refractory_ms, onto, start_ms, end_ms
        As in :class:`PoissonStimulus`.

    Raises
    ------
    SimulationError
        As :class:`PoissonStimulus`.

    Examples
    --------
    >>> RegularStimulus("clock", "target", rate_hz=50, amplitude_mv=21, start_ms=100).times_ms(150.0)
    [100.0, 120.0, 140.0]
    """

    name: str
    group: Group
    rate_hz: float
    amplitude_mv: float
    refractory_ms: float | None = None
    onto: Onto = "v"
    start_ms: float = 0.0
    end_ms: float | None = None

    def __post_init__(self) -> None:
        check_stimulus(self)

    def times_ms(self, duration_ms: float) -> list[float]:
        """Return the times of the events in a trial of that length (ms)."""
        end_ms = duration_ms if self.end_ms is None else min(self.end_ms, duration_ms)
        count = max(0, math.ceil((end_ms - self.start_ms) * self.rate_hz / 1000 - 1e-9))
        return [self.start_ms + 1000 * k / self.rate_hz for k in range(count)]


@dataclass(frozen=True)
class CurrentStimulus:
    """A current into each neuron of a group, constant from step to step, as Brian2's TimedArray.

    It moves the potential that v decays to from v_rest to ``v_rest + resistance * current``.

    Parameters
    ----------
    name
        Names the input.
    group
        As in :class:`PoissonStimulus`.
    currents_na
        The current (nA): one number, or one for each of times_ms.
    times_ms
        (s,) when each of them starts (ms), ascending; before the first, there is no current.

    Raises
    ------
    SimulationError
        If a value is not a finite number, the two differ in length, or times_ms does not ascend from 0 or later.

    Examples
    --------
    >>> CurrentStimulus("step", "target", [0.8, 0], times_ms=[100, 600]).currents_na
    (0.8, 0.0)
    """

    name: str
    group: Group
    currents_na: float | Iterable[float]
    times_ms: float | Iterable[float] = 0.0

    def __post_init__(self) -> None:
        check_stimulus(self)
        times = plain_all(self.times_ms, "ms", f"times_ms of stimulus {self.name!r}")
        currents = plain_all(self.currents_na, "nA", f"currents_na of stimulus {self.name!r}")
        if not times or len(times) != len(currents):
            raise SimulationError(f"stimulus {self.name!r}: {len(currents)} currents for {len(times)} times")
        if times[0] < 0 or any(b <= a for a, b in pairwise(times)):
            raise SimulationError(f"stimulus {self.name!r}: times_ms has to ascend, from 0 or later")
        object.__setattr__(self, "times_ms", times)
        object.__setattr__(self, "currents_na", currents)

    @classmethod
    def semi_random(
        cls, name: str, group: Group, *, low_na: float, high_na: float, step_ms: float, duration_ms: float, seed: int
    ) -> CurrentStimulus:
        """Return steps of equal length and random height, uniform between two currents.

        The same seed gives the same steps; they are the same in every trial.

        Parameters
        ----------
        name, group
            As of the class.
        low_na, high_na
            Bounds of the current (nA).
        step_ms, duration_ms
            Length of a step, and of all of them (ms).
        seed
            Of the heights.

        Raises
        ------
        SimulationError
            If a length is not above 0, low_na is above high_na, or the seed is negative.

        Examples
        --------
        >>> CurrentStimulus.semi_random(
        ...     "steps", "target", low_na=0, high_na=1, step_ms=50, duration_ms=200, seed=1).times_ms
        (0.0, 50.0, 100.0, 150.0)
        """
        step, duration = plain(step_ms, "ms", "step_ms"), plain(duration_ms, "ms", "duration_ms")
        low, high = plain(low_na, "nA", "low_na"), plain(high_na, "nA", "high_na")
        if step <= 0 or duration <= 0 or low > high:
            raise SimulationError("semi_random: step_ms and duration_ms must be above 0, and low_na at most high_na")
        count = math.ceil(duration / step - 1e-9)
        heights = np.random.default_rng(whole_number(seed, 0, 2**63, "seed")).uniform(low, high, count)
        return cls(name, group, heights.tolist(), [k * step for k in range(count)])


@dataclass(frozen=True)
class NoiseStimulus:
    """White noise on the membrane potential: Brian2's ``sigma * sqrt(2 / tau_membrane) * xi``.

    Brian2 alone runs it. It is advanced exactly, not by Euler's method: without threshold, v has a standard deviation
    of sigma_mv at any time step. Its random numbers are those of the device: they differ between devices.

    Parameters
    ----------
    name
        Names the input.
    group
        As in :class:`PoissonStimulus`.
    sigma_mv
        Standard deviation of v that the noise alone leads to (mV).

    Raises
    ------
    SimulationError
        If sigma_mv is negative or not finite.

    Examples
    --------
    >>> NoiseStimulus("noise", "all", sigma_mv=1.5).sigma_mv
    1.5
    """

    name: str
    group: Group
    sigma_mv: float

    def __post_init__(self) -> None:
        check_stimulus(self)


def checked_group(group: Group, what: str) -> str | tuple[int, ...] | Selection:
    """Return a group with its root_ids, where it is given by them, as whole numbers.

    Raises
    ------
    SelectionError
        If they are none; ``what`` says whose they are.
    """
    if isinstance(group, str | Selection):
        return group
    try:
        return tuple(id_array(group).tolist())
    except SelectionError as error:
        raise SelectionError(f"{what}: {error}") from error


def check_stimulus(stimulus: Any) -> None:
    """Bring values into their units, and refuse those out of range.

    Raises
    ------
    SimulationError
        If a value is not a finite number, or out of its range.
    """
    object.__setattr__(stimulus, "group", checked_group(stimulus.group, f"group of stimulus {stimulus.name!r}"))
    plain_fields(stimulus)
    one_of(getattr(stimulus, "onto", "v"), get_args(Onto), f"variable for stimulus {stimulus.name!r} to act onto:")
    for name in ("rate_hz", "refractory_ms", "start_ms", "sigma_mv"):
        if (getattr(stimulus, name, None) or 0) < 0:
            raise SimulationError(f"stimulus {stimulus.name!r}: {name} must not be negative")
    end_ms = getattr(stimulus, "end_ms", None)
    if end_ms is not None and end_ms <= stimulus.start_ms:
        raise SimulationError(f"stimulus {stimulus.name!r}: end_ms {end_ms:g} is not after start_ms")
