"""The reference: a plain Brian2 script that shares no code with graphkit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import brian2 as b2
import numpy as np
import numpy.typing as npt

__all__ = ["Input", "Ints", "Recorded", "Silence", "run_reference"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Input:
    """Events added to v or g: for each trial their steps, and which of the neurons they reach."""

    neurons: Ints
    amplitude_mv: float
    events: list[tuple[Ints, Ints]]
    onto: str = "v"


@dataclass(frozen=True)
class Silence:
    """Neurons (a mask) that are silenced from one step to another."""

    neurons: npt.NDArray[np.bool_]
    mode: str
    start: int
    end: int


@dataclass(frozen=True)
class Recorded:
    """What Brian2 found: trial, step and neuron of each spike, sorted; v and g in mV, (trials, neurons, steps)."""

    trial: Ints
    step: Ints
    index: Ints
    v_mv: Floats
    g_mv: Floats


@contextmanager
def _numpy_target() -> Iterator[None]:
    before = b2.prefs["codegen.target"]
    b2.prefs["codegen.target"] = "numpy"
    try:
        yield
    finally:
        b2.prefs["codegen.target"] = before


def run_reference(
    *,
    pre: Ints,
    post: Ints,
    weight: Floats,
    refractory_ms: Floats,
    clamped: npt.NDArray[np.bool_],
    inputs: list[Input],
    steps: int,
    trials: int,
    v_rest_mv: float,
    v_reset_mv: float,
    v_threshold_mv: float,
    tau_membrane_ms: float,
    tau_synapse_ms: float,
    delay_ms: float,
    synapse_mv: float,
    dt_ms: float,
    while_refractory: str,
    recorded: Ints | None = None,
    current_mv: Floats | None = None,
    silence: Silence | None = None,
) -> Recorded:
    """Run trials side by side, as copies of the network that do not know each other.

    Parameters
    ----------
    pre, post, weight
        (m,) connections; weight in synapses.
    refractory_ms, clamped
        (n,) of each neuron.
    inputs
        External input, in the order of the sums.
    recorded
        Neurons whose v and g are recorded at every step.
    current_mv
        (steps, n) resistance times current.
    silence
        Changed between two calls of run, as a script would.
    """
    n = len(refractory_ms)
    current_mv = np.zeros((1, n)) if current_mv is None else current_mv
    unless = " (unless refractory)" * (while_refractory == "freeze")
    with _numpy_target():
        clock = b2.Clock(dt=dt_ms * b2.ms)
        neurons = b2.NeuronGroup(
            n * trials,
            f"""dv/dt = (g - (v - v_rest) + drive) / tau_m : volt{unless}
                dg/dt = -g / tau_s : volt{unless}
                drive = current(t, i % neurons_of_a_trial) : volt (constant over dt)
                ref : second
                free : boolean""",
            method="exact",
            threshold="v > v_th and free",
            reset="v = v_reset; g = 0*mV",
            refractory="ref",
            clock=clock,
            namespace={
                "v_rest": v_rest_mv * b2.mV, "v_reset": v_reset_mv * b2.mV, "v_th": v_threshold_mv * b2.mV,
                "tau_m": tau_membrane_ms * b2.ms, "tau_s": tau_synapse_ms * b2.ms,
                "current": b2.TimedArray(current_mv * b2.mV, dt=dt_ms * b2.ms), "neurons_of_a_trial": n,
            },
        )  # fmt: skip
        neurons.v = v_rest_mv * b2.mV
        neurons.ref = np.tile(refractory_ms, trials) * b2.ms
        neurons.free = np.tile(~clamped, trials)
        network = b2.Network(neurons)
        if len(pre):
            synapses = b2.Synapses(
                neurons, neurons, "w : 1", on_pre="g_post += w * w_syn", delay=delay_ms * b2.ms, clock=clock,
                namespace={"w_syn": synapse_mv * b2.mV},
            )  # fmt: skip
            shift = np.repeat(np.arange(trials) * n, len(pre))
            synapses.connect(i=np.tile(pre, trials) + shift, j=np.tile(post, trials) + shift)
            synapses.w = np.tile(weight, trials)
            network.add(synapses)
        network.add(*_kicks(neurons, inputs, n, trials, dt_ms, clock))
        monitor = b2.SpikeMonitor(neurons)
        network.add(monitor)
        watched = np.empty(0, np.int64) if recorded is None else recorded
        every = (np.arange(trials)[:, None] * n + watched).ravel()
        states = b2.StateMonitor(neurons, ["v", "g"], record=every, clock=clock)
        if len(every):
            network.add(states)
        if silence is None:
            network.run(steps * dt_ms * b2.ms, namespace={})
        else:
            network.run(silence.start * dt_ms * b2.ms, namespace={})
            if silence.mode == "clamp":
                neurons.free = np.tile(~(clamped | silence.neurons), trials)
            elif len(pre):
                cut = silence.neurons[pre] | (silence.neurons[post] if silence.mode == "both" else False)
                synapses.w = np.tile(np.where(cut, 0, weight), trials)
            network.run((silence.end - silence.start) * dt_ms * b2.ms, namespace={})
            neurons.free = np.tile(~clamped, trials)
            if len(pre):
                synapses.w = np.tile(weight, trials)
            network.run((steps - silence.end) * dt_ms * b2.ms, namespace={})
        step = np.rint(np.asarray(monitor.t / b2.ms) / dt_ms).astype(np.int64)
        trial, index = np.divmod(np.asarray(monitor.i, dtype=np.int64), n)
        v_mv, g_mv = (
            np.asarray(values / b2.mV).reshape(trials, len(watched), -1) if len(every) else np.empty((trials, 0, 0))
            for values in (states.v, states.g)
        )
    order = np.lexsort((index, step, trial))
    return Recorded(trial[order], step[order], index[order], v_mv, g_mv)


def _kicks(
    neurons: b2.NeuronGroup, inputs: list[Input], n: int, trials: int, dt_ms: float, clock: b2.Clock
) -> list[b2.BrianObject]:
    """Make one source for each trial, input and neuron, in the order of the sums."""
    parts = [(one, trial) for trial in range(trials) for one in inputs]
    if not sum(len(one.events[trial][0]) for one, trial in parts):
        return []
    first = np.cumsum([0, *(len(one.neurons) for one, _ in parts)])
    step = np.concatenate([one.events[trial][0] for one, trial in parts])
    source = np.concatenate([one.events[trial][1] + at for (one, trial), at in zip(parts, first[:-1], strict=True)])
    generator = b2.SpikeGeneratorGroup(int(first[-1]), source, step * dt_ms * b2.ms, clock=clock)
    onto = np.repeat([one.onto for one, _ in parts], np.diff(first))
    reached = np.concatenate([one.neurons + trial * n for one, trial in parts])
    amplitude = np.repeat([one.amplitude_mv for one, _ in parts], np.diff(first))
    kicks = [generator]
    for variable in np.unique(onto):
        own = np.flatnonzero(onto == variable)
        kick = b2.Synapses(generator, neurons, "a : volt", on_pre=f"{variable}_post += a", clock=clock)
        kick.connect(i=own, j=reached[own])
        kick.a = amplitude[own] * b2.mV
        kick.pre.order = 1  # after the recurrent synapses
        kicks.append(kick)
    return kicks
