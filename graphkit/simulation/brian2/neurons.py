"""The neurons of an :class:`EquationModel`: their group, their input currents, whether they diverge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import brian2
import numpy as np
from brian2 import ms, nA, second
from brian2.groups.group import Group
from brian2.units.fundamentalunits import get_dimensions

from graphkit.errors import SimulationError
from graphkit.simulation.brian2.quantities import identifiers, is_constant, quantity, unit_text
from graphkit.simulation.equation_model import EquationModel, Value
from graphkit.simulation.equation_run import EquationRun, InputCurrent
from graphkit.simulation.values import one_of

__all__ = [
    "check_divergence",
    "method_of",
    "neuron_group",
    "set_variable",
    "shared_equations",
    "start_trial",
    "used_constants",
]

_LOOK_STEPS = 10  # steps between two looks at whether a variable has left the numbers
_HUGE = 1e100  # in SI units
_NEVER_S = 1e9


def neuron_group(run: EquationRun, clock: brian2.Clock) -> tuple[brian2.NeuronGroup, list[brian2.BrianObject]]:
    """Return the group, and what has to run with it."""
    model = run.model
    declared = brian2.Equations(model.equations)
    _check_parameters(model, declared.parameter_names, run.changing)
    code = [model.equations, model.threshold or "", model.reset or "", str(model.refractory or "")]
    constants, shared = used_constants(model.parameters, code, declared.names, run.changing)
    extra = [shared_equations(shared), "graphkit_diverged : second"]
    threshold = model.threshold
    if run.clamped.any():
        extra.append("graphkit_clamped : boolean (constant)")
        threshold = threshold and f"({threshold}) and not graphkit_clamped"
    for name, mask in zip(("graphkit_no_output", "graphkit_no_input"), run.silenced, strict=True):
        if mask.any():
            extra.append(f"{name} : boolean (constant)")
    timed = {f"graphkit_current_{k}": _timed(current, model.dt_ms) for k, current in enumerate(run.currents)}
    if timed:
        one_of(model.current, declared.parameter_names, f"parameter of {model.name} for its currents")
        extra.append(f"graphkit_base : {unit_text(declared[model.current].dim)} (constant)")
        extra += [f"graphkit_in_{k} : 1 (constant)" for k in range(len(timed))]
    neurons = brian2.NeuronGroup(
        len(run.circuit), "\n".join([model.equations, *extra]), threshold=threshold, reset=model.reset,
        refractory=False if model.refractory is None else model.refractory, **method_of(model.method),
        namespace=constants | timed, clock=clock, name="graphkit_neurons",
    )  # fmt: skip
    for name, value in {**{k: model.parameters[k] for k in declared.parameter_names & set(model.parameters)},
                        **shared}.items():  # fmt: skip
        set_variable(neurons, name, value)
    if run.clamped.any():
        neurons.graphkit_clamped = run.clamped
    for name, mask in zip(("graphkit_no_output", "graphkit_no_input"), run.silenced, strict=True):
        if mask.any():
            setattr(neurons, name, mask)
    objects = [_watch(neurons, declared, model)]
    if timed:
        for k, current in enumerate(run.currents):
            inside = np.zeros(len(run.circuit))
            inside[current.positions] = 1
            setattr(neurons, f"graphkit_in_{k}", inside)
        total = " + ".join(["graphkit_base", *(f"graphkit_in_{k}*{name}(t)" for k, name in enumerate(timed))])
        objects.append(
            neurons.run_regularly(f"{model.current} = {total}", clock=clock, when="start", name="graphkit_currents")
        )
    return neurons, objects


def start_trial(neurons: brian2.NeuronGroup, run: EquationRun) -> None:
    """Set the variables to what they are at the start of a trial; expressions are drawn anew."""
    set_variable(neurons, "graphkit_diverged", _NEVER_S * second)
    for name, value in run.model.initial.items():
        one_of(name, brian2.Equations(run.model.equations).names, f"variable of {run.model.name}")
        set_variable(neurons, name, value)
    if run.currents:
        set_variable(neurons, "graphkit_base", run.model.current)


def check_divergence(neurons: brian2.NeuronGroup, run: EquationRun, trial: int) -> None:
    """Refuse to go on where a variable has left the numbers.

    Raises
    ------
    SimulationError
        Naming the first neuron, its variable and the time.
    """
    at_s = np.asarray(neurons.variables["graphkit_diverged"].get_value())
    if not len(at_s) or (first := at_s.min()) >= _NEVER_S / 2:
        return
    index = int(at_s.argmin())
    raise SimulationError(
        f"model {run.model.name!r} diverged: a variable of neuron {run.circuit.root_ids[index]} was no longer a finite "
        f"number at {1000 * first:g} ms of trial {trial}, and of {int((at_s == first).sum())} neurons at that time. "
        f"Try a dt_ms below {run.model.dt_ms:g}, another method, or look at the input and the units."
    )


def used_constants(
    parameters: Mapping[str, Value], code: Iterable[str | None], declared: Iterable[str], changing: Iterable[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the constants that code names: those that stay, and those that are changed from run to run."""
    used = identifiers(code) - set(declared)
    values = {name: quantity(value, f"parameter {name}") for name, value in parameters.items() if name in used}
    shared = {name: value for name, value in values.items() if name in set(changing)}
    return {name: value for name, value in values.items() if name not in shared}, shared


def shared_equations(shared: Mapping[str, Any]) -> str:
    """Return the lines that make variables of constants, so that a compiled program can be given other values."""
    return "\n".join(
        f"{name} : {unit_text(get_dimensions(value))} (shared, constant)" for name, value in shared.items()
    )


def set_variable(group: Group, name: str, value: Value) -> None:
    """Set a variable of a group to one value, to one each, or to an expression."""
    view = getattr(group, name)
    if isinstance(value, str) and not is_constant(value):
        view.set_item(slice(None), value, namespace=dict(group.namespace or {}))
        return
    plain = quantity(value, name)
    if np.ndim(plain) and np.shape(plain) != (len(group),):
        raise SimulationError(f"{name} has {np.size(plain)} values for {len(group)}: give one, or one each")
    # a bare 0 is meant in any unit, as Brian2 has it in equations
    view.set_item(slice(None), plain if np.ndim(plain) or plain != 0 else 0 * view.unit if view.dim else 0)


def method_of(method: str | None) -> dict[str, str]:
    """Return the argument that says how equations are solved; without, Brian2 chooses."""
    return {} if method is None else {"method": method}


def _check_parameters(model: EquationModel, declared: set[str], changing: Iterable[str]) -> None:
    synapses = [
        text
        for one in model.synapses_by_name.values()
        for text in (one.equations, one.on_pre, one.on_post, one.condition, str(one.probability), str(one.delay),
                     *map(str, one.initial.values()))
    ]  # fmt: skip
    used = identifiers(
        [model.equations, model.threshold, model.reset, str(model.refractory), *map(str, model.initial.values()),
         *map(str, model.parameters.values()), *synapses]
    )  # fmt: skip
    for name in model.parameters:
        if name not in used:
            one_of(name, sorted(used), f"name in the model {model.name!r} for its parameter")
    known = {*model.parameters, *declared, *(k for one in model.synapses_by_name.values() for k in one.parameters)}
    for name in changing:
        one_of(name, sorted(known), f"parameter of {model.name}")


def _timed(current: InputCurrent, dt_ms: float) -> brian2.TimedArray:
    """Return a current over time, step by step up to its last change: there it stays."""
    values = np.zeros(current.steps[-1] + 1)
    for step, value in zip(current.steps, current.currents_na, strict=True):
        values[step:] = value
    return brian2.TimedArray(values * nA, dt=dt_ms * ms)


def _watch(neurons: brian2.NeuronGroup, declared: brian2.Equations, model: EquationModel) -> brian2.BrianObject:
    fine = [f"abs({name}) < {_HUGE!r}*{unit_text(declared[name].dim)}" for name in sorted(declared.diff_eq_names)]
    wrong = f"not ({' and '.join(fine) or 'True'})"
    return neurons.run_regularly(
        f"wrong = {wrong} and graphkit_diverged > t\n"
        "graphkit_diverged = int(wrong)*t + int(not wrong)*graphkit_diverged",
        dt=_LOOK_STEPS * model.dt_ms * ms, when="end", name="graphkit_watch",
    )  # fmt: skip
