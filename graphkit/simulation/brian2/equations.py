"""The network of an :class:`EquationModel`: neurons, synapses, external events, monitors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import brian2
import numpy as np
import numpy.typing as npt
from brian2 import Network, ms, mV, volt
from brian2.units.fundamentalunits import DIMENSIONLESS

from graphkit.errors import SimulationError
from graphkit.simulation.brian2.connections import synapses_of
from graphkit.simulation.brian2.neurons import neuron_group
from graphkit.simulation.equation_run import EquationRun
from graphkit.simulation.external import events
from graphkit.simulation.values import one_of
from graphkit.states import States

__all__ = ["Built", "Events", "build", "events_of", "recorded", "spikes_of", "states_of"]

#: Of a dimension, how a variable's name ends in what is recorded, and how many of that unit one SI unit is.
_SUFFIXES = {brian2.volt.dim: ("_mv", 1e3), brian2.amp.dim: ("_na", 1e9), brian2.siemens.dim: ("_ns", 1e9),
             brian2.second.dim: ("_ms", 1e3), brian2.hertz.dim: ("_hz", 1.0),
             DIMENSIONLESS: ("", 1.0)}  # fmt: skip


@dataclass(frozen=True)
class Built:
    """A network, and those of its objects that a run needs again."""

    network: Network
    neurons: brian2.NeuronGroup
    synapses: dict[str, brian2.Synapses]
    spikes: brian2.SpikeMonitor | None
    states: brian2.StateMonitor | None
    generator: brian2.SpikeGeneratorGroup | None


@dataclass(frozen=True)
class Events:
    """The external events of a trial: step and source, a source being one neuron of one stimulus."""

    step: npt.NDArray[np.int32]
    source: npt.NDArray[np.int32]

    def padded(self, length: int, steps: int) -> Events:
        """Return them filled up to a length with events after the end of the trial, which never happen."""
        more = np.arange(length - len(self.step), dtype=np.int32)
        return Events(
            np.concatenate([self.step, steps + 1 + more]),
            np.concatenate([self.source, np.zeros_like(more)]),
        )


def build(run: EquationRun, first: Events) -> Built:
    """Build the network: its connections and its neurons' parameters are drawn here, once for all trials.

    Parameters
    ----------
    run
        What is to be run.
    first
        The external events that the network starts with.
    """
    clock = brian2.Clock(dt=run.model.dt_ms * ms, name="graphkit_clock")
    neurons, objects = neuron_group(run, clock)
    network = Network(neurons, *objects, name="graphkit_network")
    synapses = {}
    for name in run.model.synapses_by_name:
        made = synapses_of(run, name, neurons, clock)
        if made is not None:
            synapses[name] = made
            network.add(made)
    generator = _feed(run, neurons, clock, network, first)
    spikes = None if run.model.threshold is None else brian2.SpikeMonitor(neurons, name="graphkit_monitor")
    states = _state_monitor(run, neurons)
    network.add(*(one for one in (spikes, states) if one is not None))
    return Built(network, neurons, synapses, spikes, states, generator)


def events_of(run: EquationRun, trial: int) -> Events:
    """Return the external events of a trial."""
    return Events(*events(run, trial))


def spikes_of(built: Built, dt_ms: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return step and neuron of each spike."""
    if built.spikes is None:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    step = np.rint(np.asarray(built.spikes.t / ms) / dt_ms).astype(np.int64)
    return step, np.array(built.spikes.i, dtype=np.int32)


def recorded(built: Built, run: EquationRun) -> dict[str, npt.NDArray[np.float64]]:
    """Return what was recorded in a trial: (k, s) values by name, in the unit that the name ends with."""
    if built.states is None or run.recording is None:
        return {}
    at = run.recording.steps // _grid(run)
    values = {}
    for name in run.recording.variables:
        suffix, scale = _SUFFIXES.get(built.neurons.variables[name].dim, ("_si", 1.0))
        found = np.asarray(getattr(built.states, f"{name}_"), np.float64)
        values[name + suffix] = found.reshape(len(run.recording.positions), -1)[:, at] * scale
    return values


def states_of(run: EquationRun, trials: list[dict[str, npt.NDArray[np.float64]]]) -> States | None:
    """Return what was recorded in all trials."""
    if run.recording is None:
        return None
    return States(
        run.circuit.root_ids[run.recording.positions],
        np.round(run.recording.steps * run.model.dt_ms, 9),
        {name: np.stack([one[name] for one in trials]) for name in trials[0]},
    )


def _feed(
    run: EquationRun, neurons: brian2.NeuronGroup, clock: brian2.Clock, network: Network, first: Events
) -> brian2.SpikeGeneratorGroup | None:
    """Add the external events; they act after the synapses of the same step, as Brian2's PoissonInput does."""
    sources = sum(len(stimulus.positions) for stimulus in run.stimuli)
    if not sources:
        return None
    generator = brian2.SpikeGeneratorGroup(
        sources, first.source, first.step * run.model.dt_ms * ms, clock=clock, sorted=True, name="graphkit_events"
    )
    network.add(generator)
    begin = 0
    for k, (stimulus, code) in enumerate(zip(run.stimuli, run.on_event, strict=True)):
        count = len(stimulus.positions)
        if not code:
            _check_onto(run, neurons, stimulus.name, stimulus.onto)
        kicks = brian2.Synapses(
            generator, neurons, on_pre=code or f"{stimulus.onto}_post += graphkit_amplitude", clock=clock,
            namespace={**neurons.namespace, "graphkit_amplitude": stimulus.amplitude_mv * mV},
            name=f"graphkit_kicks_{k}",
        )  # fmt: skip
        if count:
            kicks.connect(i=np.arange(begin, begin + count), j=stimulus.positions, namespace={})
            kicks.pre.order = 1 + k
            network.add(kicks)
        begin += count
    return generator


def _check_onto(run: EquationRun, neurons: brian2.NeuronGroup, stimulus: str, onto: str) -> None:
    variables = brian2.Equations(run.model.equations).diff_eq_names
    one_of(onto, sorted(variables), f"variable of {run.model.name} for stimulus {stimulus!r} to act onto:")
    if neurons.variables[onto].dim is not volt.dim:
        raise SimulationError(
            f"stimulus {stimulus!r} adds mV, and {onto} of {run.model.name} is no voltage: "
            f"give PoissonEvents(…, on_event='{onto}_post += …') with a value in its unit"
        )


def _grid(run: EquationRun) -> int:
    """Return the longest interval, in steps, whose multiples are all the steps that are recorded."""
    assert run.recording is not None
    return math.gcd(*run.recording.steps.tolist()) or 1


def _state_monitor(run: EquationRun, neurons: brian2.NeuronGroup) -> brian2.StateMonitor | None:
    recording = run.recording
    if recording is None:
        return None
    known = sorted(brian2.Equations(run.model.equations).names)
    for name in recording.variables:
        one_of(name, known, f"variable of {run.model.name}")
    return brian2.StateMonitor(
        neurons, list(recording.variables), record=recording.positions, dt=_grid(run) * run.model.dt_ms * ms,
        name="graphkit_states",
    )  # fmt: skip
