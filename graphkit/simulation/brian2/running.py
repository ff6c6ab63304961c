"""The network as it runs, for the operations that are called then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from brian2 import NetworkOperation, ms

from graphkit.errors import SimulationError
from graphkit.simulation.brian2.equations import Built
from graphkit.simulation.brian2.neurons import check_divergence, set_variable, start_trial
from graphkit.simulation.equation_model import Operation, Value
from graphkit.simulation.equation_run import EquationRun
from graphkit.simulation.values import one_of

__all__ = ["Running", "add_operations"]

_CHECK_STEPS = 100  # between two checks for divergence as it runs


class Running:
    """What an operation is given: a :class:`RunningNetwork`.

    Parameters
    ----------
    built, run
        The network, and what is run.
    """

    def __init__(self, built: Built, run: EquationRun) -> None:
        self._built, self._run = built, run
        self._counted = np.zeros(len(run.circuit), np.int64)
        self.trial = 0

    @property
    def t_ms(self) -> float:
        """Time in the trial (ms)."""
        return round(float(self._built.network.t / ms), 9)

    def get(self, variable: str, synapses: str | None = None) -> npt.NDArray[np.float64]:
        """Return the values of a variable, in SI units."""
        group = self._group(synapses)
        one_of(variable, [name for name in group.variables if not name.startswith("_")], "variable")
        return np.array(getattr(group, f"{variable}_")[:])

    def set(self, variable: str, value: Value, synapses: str | None = None) -> None:
        """Set a variable; bare numbers are in SI units."""
        group = self._group(synapses)
        one_of(variable, [name for name in group.variables if not name.startswith("_")], "variable")
        bare = not isinstance(value, str) and not hasattr(value, "dim")
        set_variable(group, f"{variable}_" if bare else variable, value)

    def spike_counts(self) -> npt.NDArray[np.int64]:
        """Return how often each neuron has fired since this was last asked in the trial."""
        if self._built.spikes is None:
            raise SimulationError(f"model {self._run.model.name!r} has no threshold: no neuron spikes")
        total = np.array(self._built.spikes.count[:], np.int64)
        new = total if (total < self._counted).any() or self.t_ms == 0 else total - self._counted
        self._counted = total
        return new

    def reset(self) -> None:
        """Set the neurons' variables to their values at the start of the trial."""
        start_trial(self._built.neurons, self._run)

    def _group(self, synapses: str | None) -> Any:
        return (
            self._built.neurons
            if synapses is None
            else self._built.synapses[one_of(synapses, self._built.synapses, "synapses")]
        )


def add_operations(built: Built, run: EquationRun) -> Running:
    """Add the operations of a run to its network, and a check that ends a trial which diverges."""
    now = Running(built, run)
    for k, operation in enumerate(run.operations):
        built.network.add(
            NetworkOperation(
                _called(operation, now), dt=operation.interval_ms * ms, when="start", order=k,
                name=f"graphkit_operation_{k}",
            )
        )  # fmt: skip

    def check() -> None:
        check_divergence(built.neurons, run, now.trial)

    built.network.add(
        NetworkOperation(check, dt=_CHECK_STEPS * run.model.dt_ms * ms, when="end", order=1, name="graphkit_check")
    )
    return now


def _called(operation: Operation, now: Running) -> Callable[[], None]:
    def call() -> None:  # Brian2 asks how many arguments it takes
        operation.function(now)

    return call
