"""A user's own model, in Brian2's words: equations, threshold, reset, synapses, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from graphkit.errors import SimulationError
from graphkit.simulation.stimuli import Group, checked_group
from graphkit.simulation.values import Quantity, one_of, plain

__all__ = ["EquationModel", "Operation", "PoissonEvents", "RunningNetwork", "SynapseModel", "Value", "in_unit_of"]

#: A number, a quantity of Brian2, text that Brian2 understands ("6*nS", "El + 5*mV*rand()"), or one value each.
Value = float | Quantity | str | npt.ArrayLike

Connections = Literal["circuit", "excitatory", "inhibitory", "none"]


@dataclass(frozen=True, kw_only=True)
class SynapseModel:
    """Synapses as Brian2's ``Synapses`` has them.

    The code may use ``weight``, the signed number of synapses of a connection of the circuit (1 where connections are
    made by a condition), ``syn_count``, the same unsigned, and what Brian2 offers: ``v_post``, ``rand()``, ….

    Parameters
    ----------
    on_pre, on_post
        What a presynaptic and a postsynaptic spike does, after their delays.
    equations
        Variables of each synapse, with units.
    delay
        From a presynaptic spike to on_pre: one time, an expression ("1*ms + 2*ms*rand()"), or (m,) times, one for each
        connection of the circuit in its order.
    connections
        Which connections of the circuit: "circuit" for all of them, "excitatory" or "inhibitory" by their sign, or
        "none" of them: then condition or probability make them.
    condition
        A condition on ``i`` and ``j``, the positions in the circuit of the presynaptic and the postsynaptic neuron,
        and on their variables: "i != j and abs(i - j) < 3". Needs connections="none".
    probability
        Of each connection that the condition allows: a number, or an expression. Drawn once for all trials.
    initial
        Values of the synapses' variables, or expressions: drawn once, the same at the start of each trial.
    parameters
        Constants that the code names: values with unit ("6*nS").
    method
        How differential equations are solved; without, Brian2 chooses.

    Raises
    ------
    SimulationError
        If there is neither on_pre nor on_post nor equations, or condition or probability do not go with connections.

    Examples
    --------
    >>> SynapseModel(on_pre="v_post += weight*w*int(rand() < p)", parameters={"w": "0.1*mV", "p": 0.3}).connections
    'circuit'
    """

    on_pre: str = ""
    on_post: str = ""
    equations: str = ""
    delay: Value | None = None
    connections: Connections = "circuit"
    condition: str | None = None
    probability: float | str | None = None
    initial: Mapping[str, Value] = field(default_factory=dict)
    parameters: Mapping[str, Value] = field(default_factory=dict)
    method: str | None = None

    def __post_init__(self) -> None:
        one_of(self.connections, get_args(Connections), "connections")
        if not (self.on_pre or self.on_post or self.equations):
            raise SimulationError("a SynapseModel does nothing: give on_pre, on_post or equations")
        made = self.condition is not None or self.probability is not None
        if made and self.connections != "none":
            raise SimulationError(
                f"connections={self.connections!r} are those of the circuit, and condition or probability make others: "
                "give connections='none' with them"
            )
        if not made and self.connections == "none":
            raise SimulationError("connections='none': give condition or probability, which make connections")
        if isinstance(self.probability, float | int) and not 0 <= self.probability <= 1:
            raise SimulationError(f"probability is {self.probability:g}: give a number from 0 to 1")


@dataclass(frozen=True, kw_only=True)
class EquationModel:
    """A model in Brian2's words; :func:`graphkit.simulate` runs it in Brian2, on any of its devices.

    Values are numbers, Brian2's quantities, or text: "6*nS" needs no import of brian2, and a model of texts is written
    whole into a run's record.

    Parameters
    ----------
    equations
        Differential equations, subexpressions and parameters with units, as ``NeuronGroup`` takes them.
    threshold, reset
        When a neuron spikes, and what is done then.
    refractory
        A time ("2*ms") or a condition ("v > -40*mV"), or None.
    method
        How the equations are solved: "exact", "exponential_euler", "euler", "heun", "rk2", "rk4", "milstein", …
    parameters
        Values of constants that the equations name, and of parameters that they declare: one value, (n,) values in the
        circuit's order, or an expression such as "2*nA*i/N", drawn once for all trials.
    initial
        Values of variables at the start: as parameters, but drawn anew in each trial.
    synapses
        One SynapseModel, or several by name.
    current
        The parameter of the equations that a current stimulus sets.
    dt_ms
        Time step (ms).
    name, source
        What a run calls it, and where it is from.

    Raises
    ------
    SimulationError
        If there are no equations, or dt_ms is not above 0. What Brian2 alone can check (units, names) is checked
        before a run starts.

    Examples
    --------
    >>> model = EquationModel(
    ...     equations="dv/dt = (v0 - v)/tau : 1", threshold="v > 1", reset="v = 0", method="exact",
    ...     parameters={"v0": 1.5, "tau": "10*ms"})
    >>> model.changed(v0=2.0).parameters["v0"]
    2.0
    """

    equations: str
    threshold: str | None = None
    reset: str | None = None
    refractory: str | Quantity | None = None
    method: str | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)
    initial: Mapping[str, Value] = field(default_factory=dict)
    synapses: SynapseModel | Mapping[str, SynapseModel] = field(default_factory=dict)
    current: str = "I"
    dt_ms: float = 0.1
    name: str = "equations"
    source: str = ""

    def __post_init__(self) -> None:
        if not self.equations.strip():
            raise SimulationError(f"model {self.name!r} has no equations")
        object.__setattr__(self, "dt_ms", plain(self.dt_ms, "ms", "dt_ms"))
        if self.dt_ms <= 0:
            raise SimulationError(f"dt_ms is {self.dt_ms:g}: it must be above 0 ms")
        if isinstance(self.synapses, SynapseModel):
            object.__setattr__(self, "synapses", {"synapses": self.synapses})
        for name in self.synapses_by_name:
            if not name.isidentifier():
                raise SimulationError(f"synapses {name!r}: give them a name of letters, digits and _")

    @property
    def synapses_by_name(self) -> Mapping[str, SynapseModel]:
        """The synapse models by their names; a single one is called "synapses"."""
        return {"synapses": self.synapses} if isinstance(self.synapses, SynapseModel) else self.synapses

    def changed(self, **parameters: Value) -> EquationModel:
        """Return the model with other values of parameters; a bare 0 is meant in the parameter's unit.

        Raises
        ------
        SimulationError
            If the model has no such parameter.
        """
        for name in parameters:
            one_of(name, self.parameters, f"parameter of {self.name}")
        values = {name: in_unit_of(self.parameters[name], value) for name, value in parameters.items()}
        return replace(self, parameters={**self.parameters, **values})

    def with_synapses(self, *models: SynapseModel, **named: SynapseModel) -> EquationModel:
        """Return the model with these synapses instead of its own.

        Raises
        ------
        SimulationError
            If several are given without names.
        """
        if len(models) + bool(named) > 1:
            raise SimulationError("several synapse models: give each a name, with_synapses(fast=…, slow=…)")
        return replace(self, synapses=models[0] if models else named)


def in_unit_of(before: object, value: Value) -> Value:
    """Return a bare 0 in the unit of the value that it replaces; any other value as it is."""
    if isinstance(value, int | float) and value == 0 and isinstance(before, str):
        return f"0*({before})"
    if isinstance(value, int | float) and value == 0 and hasattr(before, "dim"):
        return 0 * before  # type: ignore[operator]  # a quantity of Brian2
    return value


@dataclass(frozen=True)
class PoissonEvents:
    """Independent Poisson events of each neuron of a group that run code, for models without v and g in mV.

    The events are those of :class:`graphkit.PoissonStimulus`: at most one a step, the same on every device.

    Parameters
    ----------
    name
        Names the input; part of the key of its random stream.
    group
        "all", a group of the circuit ("target", "downstream_1", …), "second_targets", root_ids, or a Selection.
    rate_hz
        Mean rate of the events of one neuron (Hz).
    on_event
        What an event does: "ge_post += 6*nS".

    Raises
    ------
    SimulationError
        If the rate is negative or not finite, or on_event is empty.

    Examples
    --------
    >>> PoissonEvents("drive", "target", rate_hz=100, on_event="ge_post += 6*nS").rate_hz
    100.0
    """

    name: str
    group: Group
    rate_hz: float
    on_event: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "group", checked_group(self.group, f"group of stimulus {self.name!r}"))
        object.__setattr__(self, "rate_hz", plain(self.rate_hz, "Hz", "rate_hz"))
        if self.rate_hz < 0:
            raise SimulationError(f"stimulus {self.name!r}: rate_hz must not be negative")
        if not self.on_event.strip():
            raise SimulationError(f"stimulus {self.name!r}: on_event is empty: say what an event does")


class RunningNetwork(Protocol):
    """What an :class:`Operation` is given: the network as it runs."""

    @property
    def t_ms(self) -> float:
        """Time in the trial (ms)."""

    @property
    def trial(self) -> int:
        """The trial, from 0."""

    def get(self, variable: str, synapses: str | None = None) -> npt.NDArray[np.float64]:
        """Return (n,) values of a variable of the neurons, or of the synapses of that name, in SI units."""

    def set(self, variable: str, value: Value, synapses: str | None = None) -> None:
        """Set a variable: one value, (n,) values, or an expression; numbers are in SI units, or quantities."""

    def spike_counts(self) -> npt.NDArray[np.int64]:
        """Return (n,) how often each neuron has fired since this was last asked in the trial."""

    def reset(self) -> None:
        """Set the neurons' variables to their values at the start of the trial; time and synapses go on."""


@dataclass(frozen=True)
class Operation:
    """A function that is called as the network runs: to look, to reset, to close a loop.

    Brian2's ``network_operation``: it runs with the devices numpy and cython, at the start of a step.

    Parameters
    ----------
    interval_ms
        Between two calls (ms); the first is at 0 ms.
    function
        Gets the :class:`RunningNetwork`; what it returns is ignored.

    Raises
    ------
    SimulationError
        If the interval is not above 0.

    Examples
    --------
    >>> Operation(10, lambda network: network.set("I", 0.0)).interval_ms
    10.0
    """

    interval_ms: float
    function: Callable[[RunningNetwork], object]

    def __post_init__(self) -> None:
        object.__setattr__(self, "interval_ms", plain(self.interval_ms, "ms", "interval_ms"))
        if self.interval_ms <= 0:
            raise SimulationError(f"interval_ms is {self.interval_ms:g}: it must be above 0 ms")
