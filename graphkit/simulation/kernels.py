"""Compiled loops that advance networks of LIF neurons by steps, exactly.

Written in the distance from rest ``x = v - v_rest``; a step is: state, threshold, recurrent input, Poisson input,
reset (the order of Brian2). There are two ways to take it, and they can be changed at any step:

by events
    The equations are linear, so a neuron is advanced over any number of steps at once, and only when input reaches
    it. Then ``max(x, 0) + peak * max(g, 0)`` bounds all that x can become without further input; a neuron whose bound
    exceeds the threshold is *armed*, which means that it is advanced in every step until it has fired or calmed down.
by sweeps
    Every neuron is advanced in every step. Cheaper where much goes on.

A spike has no effect before the delay is over. So the neurons can be split in parts that are advanced through a
window of that many steps independently, and the recorded spikes are the delay line.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = [
    "CELL", "CLAMPED", "Kicks", "Law", "Spikes", "State", "Wiring", "advance", "armed", "fits", "observe", "to_events",
    "to_sweeps", "wire",
]  # fmt: skip

#: A neuron: its state at the end of step ``last``; the first step in which it may fire; whether it is armed.
CELL = np.dtype([("x", "f8"), ("g", "f8"), ("last", "i4"), ("free", "i4"), ("armed", "i4"), ("", "i4")])
#: In place of armed: never listed, so that it never fires.
CLAMPED = 2

_CHUNK = 256  # neurons of a sweep between two looks at the threshold: 4 KiB of state
_GLANCE = 32


class Wiring(NamedTuple):
    """Connections by presynaptic neuron, split by parts of the postsynaptic ones."""

    bounds: npt.NDArray[np.int64]  # (parts + 1,) part p holds the neurons bounds[p] … bounds[p + 1] - 1
    row: npt.NDArray[np.int64]  # (n, parts + 1) edges[row[j, p]:row[j, p + 1]] go from neuron j into part p
    edges: npt.NDArray[np.int32]  # (m, 2) postsynaptic neuron, place of the weight in weights
    weights: npt.NDArray[np.float64]  # added to g (mV)


class Law(NamedTuple):
    """The model, in steps and mV."""

    leak: float  # x' = leak x + feed g, g' = decay g in one step
    feed: float
    decay: float
    near: npt.NDArray[np.float64]  # (2**bits, 3) the same three for k steps, and
    far: npt.NDArray[np.float64]  # for k * 2**bits steps; beyond their end nothing is left of x and g
    bits: int
    peak: float  # the largest x that g = 1 leads to
    threshold: float
    reset: float
    delay: int
    refractory: npt.NDArray[np.int32]  # (n,)
    shortest: int  # of refractory, at least 1
    freeze: bool


class State(NamedTuple):
    """One trial's neurons, by events (cells) or by sweeps (x, g; free and CLAMPED stay in cells)."""

    cells: npt.NDArray[np.void]
    x: npt.NDArray[np.float64]
    g: npt.NDArray[np.float64]
    listed: npt.NDArray[np.int32]  # (n,) armed neurons (by events) or frozen ones (by sweeps), from each bound on
    count: npt.NDArray[np.int64]  # (parts,) how many
    work: npt.NDArray[np.int64]  # (parts, 3) inputs delivered, armed steps taken, what _touch saw


class Kicks(NamedTuple):
    """External input of the steps from start on."""

    start: int
    pointer: npt.NDArray[np.int64]  # (parts, stimuli, steps + 1) of each step into index
    index: npt.NDArray[np.int32]  # (k,) neurons
    amplitude: npt.NDArray[np.float64]  # (stimuli,) added to x (mV)


class Spikes(NamedTuple):
    """Spikes of the steps from ``start - delay`` on; those before start are still under way."""

    start: int
    pointer: npt.NDArray[np.int64]  # (parts, delay + steps + 1) of each step into index[part]
    index: npt.NDArray[np.int32]  # (parts, room) neurons, ascending within a step


@njit(cache=True)  # type: ignore[untyped-decorator]
def wire(pre, post, place, row, bounds, edges):  # type: ignore[no-untyped-def]
    """Fill row and edges from connections that are sorted by pre, then post."""
    for e in range(len(pre)):
        part = 0
        while post[e] >= bounds[part + 1]:
            part += 1
        row[pre[e], part + 1] += 1
        edges[e, 0] = post[e]
        edges[e, 1] = place[e]
    total = 0
    for j in range(len(row)):
        for part in range(row.shape[1]):
            total += row[j, part]
            row[j, part] = total


@njit(inline="always")  # type: ignore[untyped-decorator]
def _bring(cell, step, law):  # type: ignore[no-untyped-def]
    """Bring a neuron to the end of a step that lies after its last."""
    k = step - cell.last
    if k > 0:
        x, g = cell.x, cell.g
        far = k >> law.bits
        if far:
            if far >= len(law.far):
                x, g = 0.0, 0.0
            else:
                x = law.far[far, 0] * x + law.far[far, 1] * g
                g = law.far[far, 2] * g
        near = k & ((1 << law.bits) - 1)
        cell.x = law.near[near, 0] * x + law.near[near, 1] * g
        cell.g = law.near[near, 2] * g
        cell.last = step


@njit(inline="always")  # type: ignore[untyped-decorator]
def _can_fire(x, g, law):  # type: ignore[no-untyped-def]
    return max(x, 0.0) + law.peak * max(g, 0.0) > law.threshold


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _by_events(part, begin, end, wiring, law, state, kicks, spikes):  # type: ignore[no-untyped-def]
    cells, edges, row, weights = state.cells, wiring.edges, wiring.row, wiring.weights
    listed = state.listed[wiring.bounds[part] : wiring.bounds[part + 1]]
    armed, inputs, armed_steps = state.count[part], 0, 0
    index, pointer = spikes.index, spikes.pointer
    total = pointer[part, begin - spikes.start + law.delay]
    for n in range(begin, end):
        t, first = n - spikes.start, total
        armed_steps += armed
        kept = 0
        for q in range(armed):
            i = np.uint32(listed[q])
            cell = cells[i]
            if cell.last >= n:  # frozen, at reset: nothing can reach it
                cell.armed = 0
                continue
            x = law.leak * cell.x + law.feed * cell.g
            g = law.decay * cell.g
            cell.x, cell.g, cell.last = x, g, n
            if x > law.threshold and n >= cell.free:
                index[part, total] = i
                total += 1
                cell.free = n + law.refractory[i]
            if x > law.threshold or _can_fire(x, g, law):
                listed[kept] = i
                kept += 1
            else:
                cell.armed = 0
        armed = kept
        for q in range(first + 1, total):  # few: sort by insertion
            i, place = index[part, q], q
            while place > first and index[part, place - 1] > i:
                index[part, place] = index[part, place - 1]
                place -= 1
            index[part, place] = i
        pointer[part, t + law.delay + 1] = total
        for source in range(len(index)):
            for s in range(pointer[source, t], pointer[source, t + 1]):
                j = np.uint32(index[source, s])
                own = edges[row[j, part] : row[j, part + 1]]
                inputs += len(own)
                for e in range(len(own)):
                    i = np.uint32(own[e, 0])
                    cell = cells[i]
                    if law.freeze and n < cell.free:
                        continue
                    _bring(cell, n, law)
                    cell.g += weights[np.uint32(own[e, 1])]
                    if cell.armed == 0 and _can_fire(cell.x, cell.g, law):
                        cell.armed = 1
                        listed[armed] = i
                        armed += 1
        for stimulus in range(len(kicks.amplitude)):
            amplitude = kicks.amplitude[stimulus]
            own = kicks.index[
                kicks.pointer[part, stimulus, n - kicks.start] : kicks.pointer[part, stimulus, n - kicks.start + 1]
            ]
            inputs += len(own)
            for q in range(len(own)):
                i = np.uint32(own[q])
                cell = cells[i]
                if law.freeze and n < cell.free:
                    continue
                _bring(cell, n, law)
                cell.x += amplitude
                if cell.armed == 0 and _can_fire(cell.x, cell.g, law):
                    cell.armed = 1
                    listed[armed] = i
                    armed += 1
        for s in range(first, total):
            cell = cells[np.uint32(index[part, s])]
            cell.x, cell.g = law.reset, 0.0
            cell.last = max(n, cell.free - 1) if law.freeze else n
    state.count[part] = armed
    state.work[part, 0] += inputs
    state.work[part, 1] += armed_steps


@njit(inline="never")  # type: ignore[untyped-decorator]
def _step(x, g, leak, feed, decay, threshold):  # type: ignore[no-untyped-def]
    # An integer OR: a maximum of floats would keep the loop from being vectorised.
    over = np.int32(0)
    for i in range(len(x)):
        ahead = leak * x[i] + feed * g[i]
        g[i] = decay * g[i]
        x[i] = ahead
        over |= np.int32(ahead > threshold)
    return over


@njit(inline="never")  # type: ignore[untyped-decorator]
def _over(x, threshold):  # type: ignore[no-untyped-def]
    over = np.int32(0)
    for i in range(len(x)):
        over |= np.int32(x[i] > threshold)
    return over


@njit(inline="never")  # type: ignore[untyped-decorator]
def _touch(edges):  # type: ignore[no-untyped-def]
    # Loads that do not wait for one another bring rows from memory much faster than the additions to g would.
    seen = 0
    for e in range(0, len(edges), 8):
        seen |= edges[e, 0]
    return seen


@njit(inline="never")  # type: ignore[untyped-decorator]
def _add(edges, weights, g):  # type: ignore[no-untyped-def]
    for e in range(len(edges)):
        g[np.uint32(edges[e, 0])] += weights[np.uint32(edges[e, 1])]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _by_sweeps(part, begin, end, wiring, law, state, kicks, spikes):  # type: ignore[no-untyped-def]
    cells, edges, row, x, g = state.cells, wiring.edges, wiring.row, state.x, state.g
    low, high = wiring.bounds[part], wiring.bounds[part + 1]
    frozen = state.listed[low:high]
    held, inputs, seen = state.count[part], 0, 0
    index, pointer = spikes.index, spikes.pointer
    total = pointer[part, begin - spikes.start + law.delay]
    for n in range(begin, end):
        t, first = n - spikes.start, total
        for source in range(len(index)):
            for s in range(pointer[source, t], pointer[source, t + 1]):
                j = np.uint32(index[source, s])
                seen |= _touch(edges[row[j, part] : row[j, part + 1]])
        for chunk in range(low, high, _CHUNK):
            stop = min(chunk + _CHUNK, high)
            if not _step(x[chunk:stop], g[chunk:stop], law.leak, law.feed, law.decay, law.threshold):
                continue
            for glance in range(chunk, stop, _GLANCE):
                until = min(glance + _GLANCE, stop)
                if not _over(x[glance:until], law.threshold):
                    continue
                for i in range(glance, until):
                    if x[i] > law.threshold and n >= cells[i].free and cells[i].armed != CLAMPED:
                        index[part, total] = i
                        total += 1
                        cells[i].free = n + law.refractory[i]
        pointer[part, t + law.delay + 1] = total
        for source in range(len(index)):
            for s in range(pointer[source, t], pointer[source, t + 1]):
                j = np.uint32(index[source, s])
                inputs += row[j, part + 1] - row[j, part]
                _add(edges[row[j, part] : row[j, part + 1]], wiring.weights, g)
        for stimulus in range(len(kicks.amplitude)):
            amplitude = kicks.amplitude[stimulus]
            own = kicks.index[
                kicks.pointer[part, stimulus, n - kicks.start] : kicks.pointer[part, stimulus, n - kicks.start + 1]
            ]
            inputs += len(own)
            for q in range(len(own)):
                x[np.uint32(own[q])] += amplitude
        kept = 0
        for q in range(held):
            i = np.uint32(frozen[q])
            x[i], g[i] = law.reset, 0.0
            if n + 1 < cells[i].free:
                frozen[kept] = i
                kept += 1
        held = kept
        for s in range(first, total):
            i = np.uint32(index[part, s])
            x[i], g[i] = law.reset, 0.0
            if law.freeze and n + 1 < cells[i].free:
                frozen[held] = i
                held += 1
    state.count[part] = held
    state.work[part, 0] += inputs
    state.work[part, 2] = seen  # of no use, but what is not used is not loaded


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def fits(begin, end, wiring, law, spikes):  # type: ignore[no-untyped-def]
    """Whether there is room for all spikes that there can be from step begin to end."""
    most = (end - begin + law.shortest - 1) // law.shortest
    for part in range(len(spikes.index)):
        total = spikes.pointer[part, begin - spikes.start + law.delay]
        if total + most * (wiring.bounds[part + 1] - wiring.bounds[part]) > spikes.index.shape[1]:
            return False
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def advance(first, last, begin, end, sweeps, window, wiring, law, state, kicks, spikes):  # type: ignore[no-untyped-def]
    """Advance the parts first … last - 1 from step begin to end; return the step where room for spikes ended."""
    while begin < end:
        until = min(begin + window, end)
        if not fits(begin, until, wiring, law, spikes):
            return begin
        for part in range(first, last):
            if sweeps:
                _by_sweeps(part, begin, until, wiring, law, state, kicks, spikes)
            else:
                _by_events(part, begin, until, wiring, law, state, kicks, spikes)
        begin = until
    return begin


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def observe(neurons, step, sweeps, law, state, x, g):  # type: ignore[no-untyped-def]
    """Write the x and g that neurons have at the end of a step, changing nothing."""
    one = np.empty(1, CELL)
    for q in range(len(neurons)):
        i = neurons[q]
        if sweeps:
            x[q], g[q] = state.x[i], state.g[i]
        else:
            one[0] = state.cells[i]
            _bring(one[0], step, law)
            x[q], g[q] = one[0].x, one[0].g


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def to_sweeps(step, wiring, law, state):  # type: ignore[no-untyped-def]
    """Change from events to sweeps at the end of a step."""
    for part in range(len(state.count)):
        count = 0
        for i in range(wiring.bounds[part], wiring.bounds[part + 1]):
            cell = state.cells[i]
            _bring(cell, step, law)
            state.x[i], state.g[i] = cell.x, cell.g
            if cell.armed != CLAMPED:
                cell.armed = 0
            if law.freeze and step + 1 < cell.free:
                state.listed[wiring.bounds[part] + count] = i
                count += 1
        state.count[part] = count


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def to_events(step, wiring, law, state):  # type: ignore[no-untyped-def]
    """Change from sweeps to events at the end of a step."""
    for part in range(len(state.count)):
        count = 0
        for i in range(wiring.bounds[part], wiring.bounds[part + 1]):
            cell = state.cells[i]
            cell.x, cell.g = state.x[i], state.g[i]
            cell.last = max(step, cell.free - 1) if law.freeze else step
            if cell.armed != CLAMPED and _can_fire(cell.x, cell.g, law):
                cell.armed = 1
                state.listed[wiring.bounds[part] + count] = i
                count += 1
        state.count[part] = count


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def armed(law, state):  # type: ignore[no-untyped-def]
    """Count the neurons that would be armed by events, while the network is advanced by sweeps."""
    count = 0
    for i in range(len(state.x)):
        count += _can_fire(state.x[i], state.g[i], law)
    return count
