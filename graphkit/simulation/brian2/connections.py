"""The synapses of an :class:`EquationModel`."""

from __future__ import annotations

from typing import Any

import brian2
import numpy as np
import numpy.typing as npt
from brian2 import second
from brian2.units.fundamentalunits import get_dimensions

from graphkit.circuit import Circuit
from graphkit.errors import SimulationError
from graphkit.simulation.brian2.neurons import method_of, set_variable, shared_equations, used_constants
from graphkit.simulation.brian2.quantities import identifiers, is_constant, quantity
from graphkit.simulation.equation_model import SynapseModel
from graphkit.simulation.equation_run import EquationRun
from graphkit.simulation.values import one_of

__all__ = ["synapses_of"]


def synapses_of(
    run: EquationRun, name: str, neurons: brian2.NeuronGroup, clock: brian2.Clock
) -> brian2.Synapses | None:  # fmt: skip
    """Return the synapses of that name, connected; None where there is no connection."""
    synapse, circuit = run.model.synapses_by_name[name], run.circuit
    chosen = _chosen(circuit, synapse)
    if synapse.connections != "none" and not len(chosen):
        return None
    declared = brian2.Equations(synapse.equations)
    code = [synapse.equations, synapse.on_pre, synapse.on_post, synapse.condition, str(synapse.probability),
            str(synapse.delay), *map(str, synapse.initial.values())]  # fmt: skip
    # a synapse model's own parameters come first; those of the neurons are known, too
    parameters = {**run.model.parameters, **synapse.parameters}
    _check_parameters(synapse, code, name)
    constants, shared = used_constants(parameters, code, declared.names, run.changing)
    counts = [own for own in ("weight", "syn_count") if own in identifiers(code) and own not in declared.names]
    per_connection = {own: np.asarray(getattr(circuit, own), np.float64)[chosen] for own in counts}
    equations = "\n".join(
        [synapse.equations, shared_equations(shared), *(f"{own} : 1 (constant)" for own in per_connection)]
    )
    delay = quantity(synapse.delay, f"delay of {name}") if _is_one(synapse.delay) else None
    made = brian2.Synapses(
        neurons, neurons, equations, on_pre=synapse.on_pre or None, on_post=synapse.on_post or None,
        delay=delay if synapse.on_pre else None, **method_of(synapse.method), namespace=constants, clock=clock,
        name=f"graphkit_{name}",
    )  # fmt: skip
    if synapse.connections == "none":
        made.connect(condition=_condition(run, synapse), p=_probability(synapse), namespace=dict(constants))
    else:
        made.connect(i=circuit.pre[chosen], j=circuit.post[chosen], namespace={})
    for own, values in per_connection.items():
        set_variable(made, own, 1.0 if synapse.connections == "none" else values)
    for variable, value in {**shared, **synapse.initial}.items():
        one_of(variable, {*declared.names, *shared}, f"variable of synapses {name!r}")
        set_variable(made, variable, value)
    if synapse.delay is not None and delay is None:
        _set_delays(made, circuit, synapse, chosen, name)
    return made


def _chosen(circuit: Circuit, synapse: SynapseModel) -> npt.NDArray[np.int64]:
    masks = {"circuit": np.ones(len(circuit.pre), bool), "excitatory": circuit.weight > 0,
             "inhibitory": circuit.weight < 0, "none": np.zeros(len(circuit.pre), bool)}  # fmt: skip
    return np.flatnonzero(masks[synapse.connections])


def _condition(run: EquationRun, synapse: SynapseModel) -> str | None:
    parts = [] if synapse.condition is None else [f"({synapse.condition})"]
    for name, mask, end in zip(("graphkit_no_output", "graphkit_no_input"), run.silenced, ("pre", "post"), strict=True):
        if mask.any():
            parts.append(f"not {name}_{end}")
    return " and ".join(parts) or None


def _probability(synapse: SynapseModel) -> float | str:
    return 1.0 if synapse.probability is None else synapse.probability


def _is_one(delay: Any) -> bool:
    """Say whether a delay is the same for all connections."""
    return delay is not None and (is_constant(delay) if isinstance(delay, str) else np.ndim(delay) == 0)


def _set_delays(
    made: brian2.Synapses, circuit: Circuit, synapse: SynapseModel, chosen: npt.NDArray[np.int64], name: str
) -> None:
    delay: Any = synapse.delay
    if not isinstance(delay, str):
        if synapse.connections == "none" or np.shape(delay) != (len(circuit.pre),):
            raise SimulationError(
                f"delay of synapses {name!r} has {np.size(delay)} values: give one, an expression, or one for each of "
                f"the {len(circuit.pre)} connections of the circuit"
            )
        if get_dimensions(delay) is not second.dim:
            raise SimulationError(f"delay of synapses {name!r} is not a time: give values such as [1, 2, 3]*ms")
        delay = delay[chosen]
        if not (np.isfinite(delay).all() and np.min(delay) >= 0):
            raise SimulationError(f"delay of synapses {name!r}: a delay is negative or not finite")
    made.pre.delay.set_item(
        slice(None), delay, **({"namespace": dict(made.namespace)} if isinstance(delay, str) else {})
    )


def _check_parameters(synapse: SynapseModel, code: list[str | None], name: str) -> None:
    used = identifiers(code)
    for own in synapse.parameters:
        if own not in used:
            one_of(own, sorted(used), f"name in the code of synapses {name!r} for its parameter")
