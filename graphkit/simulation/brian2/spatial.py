"""Spatial neurons in Brian2: one neuron with its shape, currents into places of it, potentials over time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

import brian2
import numpy as np
import numpy.typing as npt
from brian2 import Network, ms, nA, um

from graphkit.errors import MissingDependencyError, SimulationError
from graphkit.morphology import Morphology, NeuronPotentials
from graphkit.progress import Progress
from graphkit.simulation.brian2.device import (
    COMPILER,
    ONE_AT_A_TIME,
    brian2_set_up,
    cython_compiles,
    run_here,
    run_standalone,
)
from graphkit.simulation.brian2.neurons import set_variable
from graphkit.simulation.brian2.quantities import quantity
from graphkit.simulation.brian2.words import in_our_words
from graphkit.simulation.membranes import MembraneModel, PointCurrent
from graphkit.simulation.values import one_of, whole_step

__all__ = ["run_spatial"]

_CHECK_STEPS = 10  # between two checks for divergence
_HUGE = 1e100  # V: what is beyond, or no number, has diverged


def run_spatial(
    morphology: Morphology, membrane: MembraneModel, currents: Iterable[PointCurrent], *,
    record_at: npt.NDArray[np.int64], every: int, steps: int, device: str, progress: Progress | None,
) -> NeuronPotentials:  # fmt: skip
    """Run one neuron; record_at are compartments, every is in steps."""
    with ONE_AT_A_TIME, brian2_set_up(device), in_our_words(membrane.name):
        if device == "cython" and not cython_compiles():
            raise MissingDependencyError(f"cython: a test program does not compile. {COMPILER}.")
        clock = brian2.Clock(dt=membrane.dt_ms * ms, name="graphkit_clock")
        neuron, place = _neuron(morphology, membrane, clock)
        dt = membrane.dt_ms * ms
        network = Network(neuron, *_inject(neuron, place, morphology, currents, clock))
        states = brian2.StateMonitor(neuron, "v", record=place[record_at], dt=every * dt, name="graphkit_states")
        spikes = brian2.SpikeMonitor(neuron, name="graphkit_monitor") if membrane.threshold else None
        network.add(states, *([spikes] if spikes is not None else []))

        def check() -> None:
            v = np.asarray(neuron.variables["v"].get_value())
            if not (np.abs(v) < _HUGE).all():
                wrong = int(np.flatnonzero(~(np.abs(v[place]) < _HUGE))[0])
                raise SimulationError(
                    f"membrane {membrane.name!r} diverged: v of compartment {wrong} ({morphology.section[wrong]}) was "
                    f"no finite number at {float(network.t / ms):g} ms. Try a dt_ms below {membrane.dt_ms:g}, or look "
                    "at the currents and the units."
                )

        with tempfile.TemporaryDirectory(prefix="graphkit_brian2_") as folder, np.errstate(all="ignore"):
            if device == "cpp_standalone":
                run_standalone(network, steps, membrane.dt_ms, folder, progress)
            else:
                network.add(brian2.NetworkOperation(check, dt=_CHECK_STEPS * dt, when="end", name="graphkit_check"))
                run_here(network, steps, membrane.dt_ms, progress)
            check()
            t_ms = np.round(np.asarray(states.t / ms), 9)
            fired = (
                {} if spikes is None else {k: np.round(np.asarray(t / ms), 9) for k, t in spikes.spike_trains().items()}
            )
            return NeuronPotentials(
                morphology, record_at, t_ms, np.asarray(states.v_) * 1000,
                tuple(fired.get(int(k), np.empty(0)) for k in place[record_at]),
            )  # fmt: skip


def _neuron(
    morphology: Morphology, membrane: MembraneModel, clock: brian2.Clock
) -> tuple[brian2.SpatialNeuron, npt.NDArray[np.int64]]:
    """Return the neuron, and the place of each of our compartments among Brian2's."""
    shape, place = _shape(morphology)
    declared = brian2.Equations(membrane.equations)
    given = dict(membrane.parameters)
    constants: dict[str, Any] = {}
    for name, value in given.items():
        if name not in declared.parameter_names:
            if isinstance(value, Mapping):
                raise SimulationError(
                    f"{name} differs by section, but is no parameter: add '{name} : … (constant)' to the equations"
                )
            constants[name] = quantity(value, f"parameter {name}")
    neuron = brian2.SpatialNeuron(
        morphology=shape, model=f"{membrane.equations}\ngraphkit_I : amp (point current)",
        Cm=membrane.capacitance_uf_cm2 * brian2.uF / brian2.cm**2,
        Ri=membrane.axial_resistance_ohm_cm * brian2.ohm * brian2.cm,
        threshold=membrane.threshold, threshold_location=None, refractory=membrane.threshold or False,
        method="exponential_euler", namespace=constants, clock=clock, name="graphkit_neuron",
    )  # fmt: skip
    for name in declared.parameter_names & set(given):
        value = given[name]
        if not isinstance(value, Mapping):
            set_variable(neuron, name, value)
            continue
        for section in value:
            one_of(section, dict.fromkeys(morphology.section.tolist()), "section")
        per = [quantity(value.get(section, 0), name) for section in morphology.section.tolist()]
        values = np.empty(len(morphology))
        values[place] = [float(one) for one in per]
        set_variable(neuron, f"{name}_", values)
    for name, initial in membrane.initial.items():
        set_variable(neuron, name, initial)
    return neuron, place


def _shape(morphology: Morphology) -> tuple[brian2.Morphology, npt.NDArray[np.int64]]:
    """Return Brian2's morphology: an object for each unbranched run of compartments."""
    children: list[list[int]] = [[] for _ in range(len(morphology))]
    for child, parent in enumerate(morphology.parent.tolist()):
        if parent >= 0:
            children[parent].append(child)
    place = np.empty(len(morphology), np.int64)
    length, diameter = morphology.length_um, morphology.diameter_um
    if morphology.spherical_soma:
        root = brian2.Soma(diameter=diameter[0, 0] * um)
        place[0] = 0
        waiting = [(root, child) for child in reversed(children[0])]
        taken = 1
    else:
        root, waiting, taken = None, [(None, 0)], 0
    while waiting:  # depth first, as Brian2 numbers compartments
        parent, first = waiting.pop()
        run = [first]
        while len(children[run[-1]]) == 1:
            run.append(children[run[-1]][0])
        part = brian2.Section(
            n=len(run), length=length[run] * um,
            diameter=np.append(diameter[run, 0], diameter[run[-1], 1]) * um,
        )  # fmt: skip
        if parent is None:
            root = part
        else:
            setattr(parent, f"part{len(parent.children)}", part)
        place[run] = np.arange(taken, taken + len(run))
        taken += len(run)
        waiting += [(part, child) for child in reversed(children[run[-1]])]
    return root, place


def _inject(
    neuron: brian2.SpatialNeuron, place: npt.NDArray[np.int64], morphology: Morphology,
    currents: Iterable[PointCurrent], clock: brian2.Clock,
) -> list[brian2.BrianObject]:  # fmt: skip
    """Return objects that change the injected current at the steps at which it changes."""
    changes: dict[int, npt.NDArray[np.float64]] = {}
    dt_ms = float(clock.dt / ms)
    for current in currents:
        change = np.zeros(len(morphology))
        change[place[morphology.compartment(current.at)]] = current.current_na * 1e-9
        begin = whole_step(current.start_ms, dt_ms)
        changes[begin] = changes.get(begin, 0) + change
        if current.end_ms is not None:
            end = whole_step(current.end_ms, dt_ms)
            changes[end] = changes.get(end, 0) - change
    steps = np.array(sorted(changes), np.int64)
    events = [(k, i, changes[k][i]) for k in steps.tolist() for i in np.flatnonzero(changes[k]).tolist()]
    if not events:
        return []
    step, index, amount = (np.array(column) for column in zip(*events, strict=True))
    source = brian2.SpikeGeneratorGroup(
        len(events), np.arange(len(events)), step * dt_ms * ms, clock=clock, when="before_start", name="graphkit_events"
    )
    onto = brian2.Synapses(
        source, neuron, "amount : amp (constant)", on_pre="graphkit_I_post += amount", clock=clock,
        name="graphkit_inject",
    )  # fmt: skip
    onto.connect(i=np.arange(len(events)), j=index, namespace={})
    onto.amount = amount * 1e9 * nA
    onto.pre.when = "start"
    return [source, onto]
