"""Compiled loops that advance networks of LIF neurons by steps, exactly.

A step is: state, threshold, recurrent input, Poisson input, reset (the order of Brian2). There are two ways to take
it, and they can be changed at any step:

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

import numpy as np

from graphkit.simulation.compiled import Floats, Int32s, compiled, inlined
from graphkit.simulation.state import CLAMPED, Kicks, Law, Spikes, State, Wiring, bring, can_fire

__all__ = ["advance", "fits"]

_CACHED_CELLS, _CACHED_EDGES = 2**14, 2**17  # what about fits into a processor's cache
_CHUNK, _GLANCE = 256, 32  # neurons of a sweep between two looks at the threshold; neurons of one look


@compiled
def fits(begin: int, end: int, wiring: Wiring, law: Law, spikes: Spikes) -> bool:
    """Whether there is room for all spikes that there can be from step begin to end."""
    most = (end - begin + law.shortest - 1) // law.shortest
    for part in range(len(spikes.neurons)):
        total = spikes.pointer[part, begin - spikes.start + law.delay]
        if total + most * (wiring.bounds[part + 1] - wiring.bounds[part]) > spikes.neurons.shape[1]:
            return False
    return True


@compiled
def advance(
    first: int, last: int, begin: int, end: int, sweeps: bool, window: int,
    wiring: Wiring, law: Law, state: State, kicks: Kicks, spikes: Spikes,
) -> int:  # fmt: skip
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


@inlined
def _kicked(part: int, stimulus: int, step: int, kicks: Kicks) -> Int32s:
    pointer, t = kicks.pointer[part, stimulus], step - kicks.start
    return kicks.neurons[pointer[t] : pointer[t + 1]]


@inlined
def _sort(index: Int32s, first: int, total: int) -> None:
    """Sort by insertion: there are few."""
    for q in range(first + 1, total):
        own, at = index[q], q
        while at > first and index[at - 1] > own:
            index[at] = index[at - 1]
            at -= 1
        index[at] = own


@compiled
def _by_events(
    part: int, begin: int, end: int, wiring: Wiring, law: Law, state: State, kicks: Kicks, spikes: Spikes
) -> None:
    cells, edges, row, weights, shift = state.cells, wiring.edges, wiring.row, wiring.weights, state.shift
    # Cells that are not in the processor's cache come quicker when all are loaded first, none waiting for another.
    far_apart = len(cells) > _CACHED_CELLS
    listed = state.listed[wiring.bounds[part] : wiring.bounds[part + 1]]
    armed, inputs, armed_steps, seen = state.lengths[part], 0, 0, np.int64(0)
    pointer, index, fired = spikes.pointer, spikes.neurons, spikes.neurons[part]
    total = pointer[part, begin - spikes.start + law.delay]
    for n in range(begin, end):
        t, first, kept = n - spikes.start, total, 0
        armed_steps += armed
        for q in range(armed):
            i = np.uint32(listed[q])
            cell, threshold = cells[i], law.threshold - shift[i & law.shifted]
            if cell.last >= n:  # frozen, at reset: nothing can reach it but a current
                if can_fire(cell.x, cell.g, threshold, law):
                    listed[kept] = i
                    kept += 1
                else:
                    cell.armed = 0
                continue
            x, g = law.leak * cell.x + law.feed * cell.g, law.decay * cell.g
            cell.x, cell.g, cell.last = x, g, n
            if x > threshold and n >= cell.free:
                fired[total] = i
                total += 1
                cell.free = n + law.refractory[i]
            if can_fire(x, g, threshold, law):
                listed[kept] = i
                kept += 1
            else:
                cell.armed = 0
        armed = kept
        _sort(fired, first, total)
        pointer[part, t + law.delay + 1] = total
        for source in range(len(index)):
            for s in range(pointer[source, t], pointer[source, t + 1]):
                j = np.uint32(index[source, s])
                own = edges[row[j, part] : row[j, part + 1]]
                inputs += len(own)
                if far_apart:
                    for e in range(len(own)):
                        seen |= cells[np.uint32(own[e, 0])].last
                for e in range(len(own)):
                    i = np.uint32(own[e, 0])
                    cell = cells[i]
                    if law.freeze and n < cell.free:
                        continue
                    bring(cell, n, law)
                    cell.g += weights[np.uint32(own[e, 1])]
                    if cell.armed == 0 and can_fire(cell.x, cell.g, law.threshold - shift[i & law.shifted], law):
                        cell.armed = 1
                        listed[armed] = i
                        armed += 1
        for stimulus in range(len(kicks.amplitude)):
            amplitude, onto_g = kicks.amplitude[stimulus], kicks.onto_g[stimulus]
            kicked = _kicked(part, stimulus, n, kicks)
            inputs += len(kicked)
            if far_apart:
                for q in range(len(kicked)):
                    seen |= cells[np.uint32(kicked[q])].last
            for q in range(len(kicked)):
                i = np.uint32(kicked[q])
                cell = cells[i]
                if law.freeze and n < cell.free:
                    continue
                bring(cell, n, law)
                if onto_g:
                    cell.g += amplitude
                else:
                    cell.x += amplitude
                if cell.armed == 0 and can_fire(cell.x, cell.g, law.threshold - shift[i & law.shifted], law):
                    cell.armed = 1
                    listed[armed] = i
                    armed += 1
        for s in range(first, total):
            i = np.uint32(fired[s])
            cell = cells[i]
            cell.x, cell.g = law.reset - shift[i & law.shifted], 0.0
            cell.last = max(n, cell.free - 1) if law.freeze else n
    state.lengths[part] = armed
    state.work[part, 0] += inputs
    state.work[part, 1] += armed_steps
    state.work[part, 2] = seen  # of no use, but what is not used is not loaded


@compiled
def _step(x: Floats, g: Floats, leak: float, feed: float, decay: float, threshold: float) -> np.int32:
    # An integer OR: a maximum of floats would keep the loop from being vectorised.
    over = np.int32(0)
    for i in range(len(x)):
        ahead = leak * x[i] + feed * g[i]
        g[i] = decay * g[i]
        x[i] = ahead
        over |= np.int32(ahead > threshold)
    return over


@compiled
def _step_shifted(
    x: Floats, g: Floats, shift: Floats, leak: float, feed: float, decay: float, threshold: float
) -> np.int32:
    over = np.int32(0)
    for i in range(len(x)):
        ahead = leak * x[i] + feed * g[i]
        g[i] = decay * g[i]
        x[i] = ahead
        over |= np.int32(ahead > threshold - shift[i])
    return over


@compiled
def _any_over(x: Floats, threshold: float) -> np.int32:
    over = np.int32(0)
    for i in range(len(x)):
        over |= np.int32(x[i] > threshold)
    return over


@compiled
def _touch(edges: Int32s) -> int:
    seen = 0
    for e in range(0, len(edges), 8):
        seen |= edges[e, 0]
    return seen


@compiled
def _add(edges: Int32s, weights: Floats, g: Floats) -> None:
    for e in range(len(edges)):
        g[np.uint32(edges[e, 0])] += weights[np.uint32(edges[e, 1])]


@compiled
def _by_sweeps(
    part: int, begin: int, end: int, wiring: Wiring, law: Law, state: State, kicks: Kicks, spikes: Spikes
) -> None:
    cells, edges, row, x, g, shift = state.cells, wiring.edges, wiring.row, state.x, state.g, state.shift
    far_apart = len(edges) > _CACHED_EDGES
    low, high = wiring.bounds[part], wiring.bounds[part + 1]
    frozen, held = state.listed[low:high], state.lengths[part]
    inputs, seen = 0, np.int64(0)
    pointer, index, fired = spikes.pointer, spikes.neurons, spikes.neurons[part]
    total = pointer[part, begin - spikes.start + law.delay]
    for n in range(begin, end):
        t, first, kept = n - spikes.start, total, 0
        if far_apart:  # fetch from memory what the additions will want
            for source in range(len(index)):
                for s in range(pointer[source, t], pointer[source, t + 1]):
                    j = np.uint32(index[source, s])
                    seen |= _touch(edges[row[j, part] : row[j, part + 1]])
        for chunk in range(low, high, _CHUNK):
            stop = min(chunk + _CHUNK, high)
            own_x, own_g = x[chunk:stop], g[chunk:stop]
            if law.shifted:
                over = _step_shifted(own_x, own_g, shift[chunk:stop], law.leak, law.feed, law.decay, law.threshold)
            else:
                over = _step(own_x, own_g, law.leak, law.feed, law.decay, law.threshold)
            if not over:
                continue
            for glance in range(chunk, stop, _GLANCE):
                until = min(glance + _GLANCE, stop)
                if not law.shifted and not _any_over(x[glance:until], law.threshold):
                    continue
                for i in range(glance, until):
                    threshold = law.threshold - shift[np.uint32(i) & law.shifted]
                    if x[i] > threshold and n >= cells[i].free and cells[i].armed != CLAMPED:
                        fired[total] = i
                        total += 1
                        cells[i].free = n + law.refractory[i]
        pointer[part, t + law.delay + 1] = total
        for source in range(len(index)):
            for s in range(pointer[source, t], pointer[source, t + 1]):
                j = np.uint32(index[source, s])
                inputs += row[j, part + 1] - row[j, part]
                _add(edges[row[j, part] : row[j, part + 1]], wiring.weights, g)
        for stimulus in range(len(kicks.amplitude)):
            amplitude, onto_g = kicks.amplitude[stimulus], kicks.onto_g[stimulus]
            kicked = _kicked(part, stimulus, n, kicks)
            inputs += len(kicked)
            for q in range(len(kicked)):
                if onto_g:
                    g[np.uint32(kicked[q])] += amplitude
                else:
                    x[np.uint32(kicked[q])] += amplitude
        for q in range(held):
            j = np.uint32(frozen[q])
            x[j], g[j] = law.reset - shift[j & law.shifted], 0.0
            if n + 1 < cells[j].free:
                frozen[kept] = j
                kept += 1
        held = kept
        for s in range(first, total):
            j = np.uint32(fired[s])
            x[j], g[j] = law.reset - shift[j & law.shifted], 0.0
            if law.freeze and n + 1 < cells[j].free:
                frozen[held] = j
                held += 1
    state.lengths[part] = held
    state.work[part, 0] += inputs
    state.work[part, 2] = seen
