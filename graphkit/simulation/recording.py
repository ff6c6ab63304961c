"""Which state variables of which neurons a run records at which times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphkit.errors import SimulationError
from graphkit.simulation.stimuli import Group, checked_group
from graphkit.simulation.values import plain_all, plain_fields

__all__ = ["Recording"]


@dataclass(frozen=True)
class Recording:
    """State variables to record, as Brian2's StateMonitor does: at the start of a step.

    Parameters
    ----------
    neurons
        "all", a group of the circuit, root_ids, or a Selection.
    variables
        Names of variables of the model; of the LIF model: "v", "g".
    every_ms
        Time from one value to the next (ms), a whole number of steps; without, every step.
    start_ms, end_ms
        When it is recorded (ms): from start_ms on, before end_ms; without end_ms, to the end.
    times_ms
        (s,) the times (ms), ascending, instead of every_ms, start_ms and end_ms.

    Raises
    ------
    SimulationError
        If a value is not a finite number, or out of its range.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, Recording, simulate
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> spikes = simulate(circuit, duration_ms=10, seed=1, record=Recording([2], every_ms=5))
    >>> spikes.states.to_frame()[["root_id", "t_ms", "trial"]].values.tolist()
    [[2.0, 0.0, 0.0], [2.0, 5.0, 0.0]]
    """

    neurons: Group
    variables: Iterable[str] = ("v", "g")
    every_ms: float | None = None
    start_ms: float = 0.0
    end_ms: float | None = None
    times_ms: Iterable[float] | None = None

    def __post_init__(self) -> None:
        plain_fields(self)
        names = (self.variables,) if isinstance(self.variables, str) else tuple(self.variables)
        if not names:
            raise SimulationError("variables of a recording: name at least one")
        times = None if self.times_ms is None else plain_all(self.times_ms, "ms", "times_ms of a recording")
        if times is not None and (min(times, default=0) < 0 or list(times) != sorted(set(times))):
            raise SimulationError("times_ms of a recording have to ascend, from 0 or later")
        if times is not None and (self.every_ms, self.start_ms, self.end_ms) != (None, 0.0, None):
            raise SimulationError("a recording has times_ms, or every_ms, start_ms and end_ms: not both")
        if self.every_ms is not None and self.every_ms <= 0:
            raise SimulationError(f"every_ms is {self.every_ms:g}: it must be above 0")
        if self.start_ms < 0 or (self.end_ms is not None and self.end_ms <= self.start_ms):
            raise SimulationError("a recording's start_ms must not be negative, and its end_ms must be after it")
        object.__setattr__(self, "neurons", checked_group(self.neurons, "neurons of a recording"))
        object.__setattr__(self, "variables", names)
        object.__setattr__(self, "times_ms", times)

    def steps(self, steps: int, dt_ms: float) -> list[int]:
        """Return the steps at whose start is recorded, ascending.

        Parameters
        ----------
        steps, dt_ms
            Steps of a trial, and their length (ms).

        Raises
        ------
        SimulationError
            If every_ms or a time is no whole number of steps, or a time is after the end.

        Examples
        --------
        >>> Recording("all", every_ms=0.5, start_ms=1).steps(20, 0.1)
        [10, 15]
        """
        if self.times_ms is not None:
            chosen = [_whole(t_ms, dt_ms, "times_ms") for t_ms in self.times_ms]
            if chosen and chosen[-1] >= steps:
                raise SimulationError(
                    f"times_ms of a recording: the trial ends at {steps * dt_ms:g} ms, before the last"
                )
            return chosen
        every = 1 if self.every_ms is None else _whole(self.every_ms, dt_ms, "every_ms")
        end = steps if self.end_ms is None else min(steps, _whole(self.end_ms, dt_ms, "end_ms"))
        return list(range(_whole(self.start_ms, dt_ms, "start_ms"), end, every))


def _whole(t_ms: float, dt_ms: float, name: str) -> int:
    step = round(t_ms / dt_ms)
    if abs(step * dt_ms - t_ms) > 1e-6 * dt_ms:
        raise SimulationError(f"{name} of a recording: {t_ms:g} ms is no whole number of steps of {dt_ms:g} ms")
    return step
