"""One trial of a LIF network, advanced slice by slice."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.simulation.base import Experiment
from graphkit.simulation.kernels import advance, fits
from graphkit.simulation.parameters import LIFModel
from graphkit.simulation.poisson import PoissonStream
from graphkit.simulation.state import (
    CELL, CLAMPED, Kicks, Law, Spikes, State, Wiring, count_armed, observe, to_events, to_sweeps, wire,
)  # fmt: skip

__all__ = ["Trial", "law_of", "wiring_of"]

# Nanoseconds that one takes, measured on 138,639 neurons: an input by events, an armed step, a neuron's step by sweeps,
# an input by sweeps. Only their ratios matter: they decide between events and sweeps.
_INPUT_NS, _ARMED_NS, _SWEPT_NS, _ADDED_NS = 9.0, 6.0, 0.3, 3.0
_HYSTERESIS = 1.2
_NEURON_STEPS = 2**25  # between two such decisions: about what changing takes
_PARALLEL_NS = 3e5  # of work in a window; handing it to another thread takes a tenth of that
_SLICE_S = 0.1  # a slice is as long as that at most, so that Ctrl-C and progress are not kept waiting
_KICKS = 2**17  # events drawn ahead
_WINDOW = 64
_BITS = 14


def law_of(experiment: Experiment) -> Law:
    """Return the model in steps and mV."""
    model = experiment.model
    slowest = max(model.tau_membrane_ms, model.tau_synapse_ms) / model.dt_ms
    horizon = min(64 * slowest, experiment.steps) + 2  # e**-64 of any v is lost in its last bit
    bits = min(_BITS, math.ceil(math.log2(horizon)))
    near = _propagators(np.arange(2.0**bits), model)
    far = _propagators(np.arange(math.ceil(horizon / 2**bits) + 1) * 2.0**bits, model)
    membrane, synapse = model.tau_membrane_ms, model.tau_synapse_ms
    peak_ms = math.log1p((membrane - synapse) / synapse) * membrane * synapse / (membrane - synapse)
    peak = _propagators(np.array([peak_ms / model.dt_ms]), model)[0, 1]
    refractory = np.minimum(experiment.refractory_steps, experiment.steps).astype(np.int32)
    return Law(
        leak=float(near[1, 0]), feed=float(near[1, 1]), decay=float(near[1, 2]), near=near, far=far, bits=bits,
        peak=float(peak) * (1 + 1e-9),  # rounding may not make it less than what a neuron reaches
        threshold=model.v_threshold_mv - model.v_rest_mv, reset=model.v_reset_mv - model.v_rest_mv,
        delay=model.delay_steps, refractory=refractory, shortest=max(1, int(refractory.min(initial=2**30))),
        freeze=model.while_refractory == "freeze",
    )  # fmt: skip


def _propagators(k: npt.NDArray[np.float64], model: LIFModel) -> npt.NDArray[np.float64]:
    """Return (k, 3): x after k steps is the first of x plus the second of g; g is the third of g."""
    t_ms, membrane, synapse = k * model.dt_ms, model.tau_membrane_ms, model.tau_synapse_ms
    leak, decay = np.exp(-t_ms / membrane), np.exp(-t_ms / synapse)
    # (leak - decay) / (membrane - synapse), without losing digits where they are close
    ratio = np.maximum(leak, decay) * -np.expm1(-t_ms * abs(membrane - synapse) / (membrane * synapse))
    return np.stack([leak, synapse / abs(membrane - synapse) * ratio, decay], axis=1)


def wiring_of(circuit: Circuit, model: LIFModel, parts: int) -> Wiring:
    """Return the connections of a circuit, for a number of parts that get about as much input each.

    The weights are kept once each where they are whole numbers in a small range, as synapse counts are.
    """
    pre, post, weight = circuit.pre, circuit.post, circuit.weight
    ascending = (pre[1:] > pre[:-1]) | ((pre[1:] == pre[:-1]) & (post[1:] >= post[:-1]))
    if not ascending.all():
        order = np.lexsort((post, pre))  # stable: parallel connections stay in their order
        pre, post, weight = pre[order], post[order], weight[order]
    low = weight.min(initial=0)  # numpy's scalar, so that subtracting it keeps the dtype
    span = int(weight.max(initial=0)) - int(low)
    if weight.dtype.kind == "i" and span < 2**20:
        place, weights = (weight - low).astype(np.int32), np.arange(low, low + span + 1) * model.synapse_mv
    else:
        place, weights = np.arange(len(weight), dtype=np.int32), weight * model.synapse_mv
    load = np.cumsum(np.bincount(post, minlength=len(circuit)) + 1) if parts > 1 else np.arange(len(circuit))
    inner = np.searchsorted(load, load[-1] * np.arange(1, parts) / parts) if len(load) else np.zeros(parts - 1)
    bounds = np.array([0, *inner, len(circuit)], dtype=np.int64)
    row = np.zeros((len(circuit), parts + 1), np.int64)
    edges = np.empty((len(pre), 2), np.int32)
    wire(pre, post, place, bounds, row, edges)
    return Wiring(bounds, row, edges, weights)


class Trial:
    """One trial of an experiment.

    Parameters
    ----------
    experiment
        What is run.
    number
        The trial, from 0; part of the key of its random streams.
    law, wiring
        The experiment's model and connections: all trials share them.
    pool
        Threads for all parts of the wiring but one.

    Examples
    --------
    >>> from graphkit import Circuit, LIFModel, simulate
    """

    def __init__(
        self, experiment: Experiment, number: int, law: Law, wiring: Wiring, pool: ThreadPoolExecutor | None = None
    ) -> None:
        n, parts = len(experiment.circuit), len(wiring.bounds) - 1
        self._experiment, self._law, self._wiring, self._pool = experiment, law, wiring, pool
        cells = _aligned(n)
        cells["last"] = -1
        cells["armed"] = np.where(experiment.clamped, CLAMPED, 0)
        self._state = State(
            cells, np.empty(n), np.empty(n), np.empty(n, np.int32), np.zeros(parts, np.int64), np.zeros((parts, 3), np.int64)
        )
        self._sweeps = False
        self._streams = [
            [
                PoissonStream(
                    experiment.circuit.root_ids[own], rate_hz=stimulus.rate_hz, seed=experiment.seed, trial=number,
                    stimulus=stimulus.name, dt_ms=experiment.model.dt_ms, labels=own,
                )
                for stimulus in experiment.stimuli
                for own in [_within(stimulus.positions, wiring.bounds[part], wiring.bounds[part + 1])]
            ]
            for part in range(parts)
        ]  # fmt: skip
        self._window = min(law.delay, _WINDOW)
        self._window_ns = 0.0
        self.step = 0

    def slices(
        self, stops: npt.NDArray[np.int64] | None = None
    ) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
        """Advance to the end; yield step and neuron of the spikes of each slice, sorted.

        Parameters
        ----------
        stops
            (s,) steps at which a slice has to end, ascending.
        """
        experiment, law, parts = self._experiment, self._law, len(self._wiring.bounds) - 1
        n, steps = len(experiment.circuit), experiment.steps
        per_step = sum(len(s.positions) * s.rate_hz for s in experiment.stimuli) * experiment.model.dt_ms / 1000
        ahead = int(min(steps, 2**17, max(1, _KICKS / per_step if per_step else steps)))
        period = max(8 * self._window, _NEURON_STEPS // max(n, 1))
        decision, since, pace = max(self._window, period // 8), 0, period  # early, as nothing is known yet
        stop_at = iter([] if stops is None else stops.tolist())
        halt, kicks_end = next(stop_at, steps), 0
        spikes = Spikes(0, np.zeros((parts, law.delay + 1), np.int64), np.empty((parts, 0), np.int32))
        while self.step < steps:
            begin = self.step
            if begin == halt:
                halt = next(stop_at, steps)
            if begin == kicks_end:
                kicks_end = min(begin + ahead, steps)
                kicks = self._kicks(begin, kicks_end)
            if begin == decision:
                self._decide(begin - since)
                decision, since = begin + period, begin
            end = min(kicks_end, decision, halt, begin + pace)
            spikes = self._room(spikes, end)
            started = time.perf_counter()
            self._advance(end, kicks, spikes)
            took = time.perf_counter() - started
            pace = pace * 2 if took < _SLICE_S / 4 else max(1, pace // 2) if took > _SLICE_S else pace
            yield self._new(spikes)

    def observe(self, neurons: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return v and g (mV) of some neurons as the next step finds them."""
        x, g = np.empty(len(neurons)), np.empty(len(neurons))
        observe(neurons, self.step - 1, self._sweeps, self._law, self._state, x, g)
        return x + self._experiment.model.v_rest_mv, g

    def _kicks(self, begin: int, end: int) -> Kicks:
        pointers, indices, drawn = [], [np.empty(0, np.int32)], 0
        for streams in self._streams:
            for stream in streams:
                pointer, index = stream.until(end)
                pointers.append(pointer + drawn)
                indices.append(index)
                drawn += len(index)
        shape = len(self._streams), len(self._experiment.stimuli), end - begin + 1
        amplitude = np.array([stimulus.amplitude_mv for stimulus in self._experiment.stimuli])
        return Kicks(begin, np.reshape(pointers, shape).astype(np.int64), np.concatenate(indices), amplitude)

    def _decide(self, steps: int) -> None:
        """Choose between events and sweeps by the work of the last steps: the same on every machine."""
        work, n = self._state.work.sum(axis=0), len(self._experiment.circuit)
        armed = count_armed(self._law, self._state) * steps if self._sweeps else int(work[1])
        by_events = _INPUT_NS * int(work[0]) + _ARMED_NS * armed
        by_sweeps = _ADDED_NS * int(work[0]) + _SWEPT_NS * n * steps
        if self._sweeps and by_sweeps > _HYSTERESIS * by_events:
            to_events(self.step - 1, self._wiring, self._law, self._state)
            self._sweeps = False
        elif not self._sweeps and by_events > _HYSTERESIS * by_sweeps:
            to_sweeps(self.step - 1, self._wiring, self._law, self._state)
            self._sweeps = True
        self._window_ns = (by_sweeps if self._sweeps else by_events) / steps * self._window
        self._state.work[:] = 0

    def _room(self, spikes: Spikes, end: int) -> Spikes:
        """Return empty arrays for the spikes up to a step, headed by those that are still under way."""
        delay, begin = self._law.delay, self.step
        tail = spikes.pointer[:, begin - spikes.start : begin - spikes.start + delay + 1]
        carried = tail[:, -1] - tail[:, 0]
        widest = int(np.diff(self._wiring.bounds).max())
        room = widest * (2 + self._window // self._law.shortest) + int(carried.max())
        pointer = np.zeros((len(tail), delay + end - begin + 1), np.int64)
        pointer[:, : delay + 1] = tail - tail[:, :1]
        index = np.empty((len(tail), room), np.int32)
        for part, count in enumerate(carried.tolist()):
            index[part, :count] = spikes.index[part, tail[part, 0] : tail[part, -1]]
        return Spikes(begin, pointer, index)

    def _advance(self, end: int, kicks: Kicks, spikes: Spikes) -> None:
        rest = (self._sweeps, self._window, self._wiring, self._law, self._state, kicks, spikes)
        parts = len(self._streams)
        if self._pool is None or self._window_ns < _PARALLEL_NS:
            self.step = advance(0, parts, self.step, end, *rest)
            return
        while self.step < end:
            until = min(self.step + self._window, end)
            if not fits(self.step, until, self._wiring, self._law, spikes):
                return
            others = [
                self._pool.submit(advance, part, part + 1, self.step, until, *rest) for part in range(1, parts)
            ]
            advance(0, 1, self.step, until, *rest)
            for other in others:
                other.result()
            self.step = until

    def _new(self, spikes: Spikes) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        delay, count = self._law.delay, self.step - spikes.start
        pointer = spikes.pointer[:, delay : delay + count + 1]
        steps = np.arange(spikes.start, self.step, dtype=np.int32)
        step = np.concatenate([np.repeat(steps, np.diff(part)) for part in pointer])
        index = np.concatenate([own[part[0] : part[-1]] for own, part in zip(spikes.index, pointer, strict=True)])
        if len(pointer) > 1:
            order = np.argsort(step, kind="stable")  # parts are in the neurons' order
            step, index = step[order], index[order]
        return step, index


def _within(positions: npt.NDArray[np.int32], low: int, high: int) -> npt.NDArray[np.int32]:
    first, last = np.searchsorted(positions, [low, high])
    return positions[first:last]


def _aligned(n: int) -> npt.NDArray[np.void]:
    """Return n cells of zeros, none of which lies in two lines of the processor's cache."""
    room = np.zeros((n + 2) * CELL.itemsize, np.uint8)
    offset = -room.ctypes.data % 64
    return room[offset : offset + n * CELL.itemsize].view(CELL)
