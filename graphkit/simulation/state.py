"""Compiled state of a LIF network: the arrays that the kernels work on.

Potentials are distances from where they decay to, ``x = v - v_rest - shift``, in mV, shift being what a current makes
of rest: so a current changes the threshold and the reset of a neuron, and nothing else. Times are steps.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from graphkit.simulation.compiled import Floats, Int32s, Int64s, compiled, inlined

__all__ = [
    "CELL", "CLAMPED", "Kicks", "Law", "Spikes", "State", "Wiring", "bring", "can_fire", "carry", "clamp", "collect",
    "count_armed", "is_sorted", "observe", "shift_to", "to_events", "to_sweeps", "wire",
]  # fmt: skip

#: A neuron: its state at the end of step ``last``; the first step in which it may fire; whether it is armed. Half a
#: line of the processor's cache.
CELL = np.dtype([("x", "f8"), ("g", "f8"), ("last", "i4"), ("free", "i4"), ("armed", "i4"), ("", "i4")])
#: In place of armed: never listed among them, so that it never fires.
CLAMPED = 2


class Cell(Protocol):
    """One of CELL."""

    x: float
    g: float
    last: int
    free: int
    armed: int


class Wiring(NamedTuple):
    """Connections by presynaptic neuron, split by parts of the postsynaptic ones."""

    bounds: Int64s  # (parts + 1,) part p holds the neurons bounds[p] … bounds[p + 1] - 1
    row: Int64s  # (n, parts + 1) edges[row[j, p]:row[j, p + 1]] go from neuron j into part p
    edges: Int32s  # (m, 2) postsynaptic neuron, place of the weight in weights
    weights: Floats  # added to g (mV)


class Law(NamedTuple):
    """The model: ``x' = leak x + feed g`` and ``g' = decay g`` in one step, and what else it takes."""

    leak: float
    feed: float
    decay: float
    near: Floats  # (2**bits, 3) leak, feed, decay of k steps
    far: Floats  # (f, 3) of k * 2**bits steps; after f * 2**bits nothing is left of x and g
    bits: int
    peak: float  # the largest x that g = 1 leads to
    threshold: float
    reset: float
    delay: int
    refractory: Int32s  # (n,)
    shortest: int  # of refractory, at least 1
    freeze: bool
    shifted: np.uint32  # and-ed to a neuron's position in shift: all bits where there are currents, else none


class State(NamedTuple):
    """One trial's neurons, by events (cells) or by sweeps (x, g; free and CLAMPED stay in cells)."""

    cells: npt.NDArray[np.void]  # (n,) of CELL
    x: Floats
    g: Floats
    shift: Floats  # (n,) how far currents move rest (mV); (1,) of 0 where there are no currents
    listed: Int32s  # (n,) armed neurons (by events) or frozen ones (by sweeps), from each bound on
    lengths: Int64s  # (parts,) how many
    work: Int64s  # (parts, 3) inputs delivered, armed steps taken, what only touching saw


class Kicks(NamedTuple):
    """External input of the steps from start on."""

    start: int
    pointer: Int64s  # (parts, stimuli, steps + 1) of each step into neurons
    neurons: Int32s  # (k,)
    amplitude: Floats  # (stimuli,) added to x, or to g
    onto_g: npt.NDArray[np.bool_]  # (stimuli,)


class Spikes(NamedTuple):
    """Spikes of the steps from ``start - delay`` on; those before start are still under way."""

    start: int
    pointer: Int64s  # (parts, delay + steps + 1) of each step into neurons[part]
    neurons: Int32s  # (parts, room) ascending within a step


@compiled
def is_sorted(pre: Int32s, post: Int32s) -> bool:
    """Whether connections are sorted by pre, then post."""
    descents = 0
    for e in range(1, len(pre)):
        descents += (pre[e] < pre[e - 1]) | ((pre[e] == pre[e - 1]) & (post[e] < post[e - 1]))
    return descents == 0


@compiled
def wire(pre: Int32s, post: Int32s, place: Int32s, bounds: Int64s, row: Int64s, edges: Int32s) -> None:
    """Fill row and edges of a wiring from connections that are sorted by pre, then post."""
    parts = len(bounds) - 1
    for e in range(len(pre)):
        part = 0
        while part + 1 < parts and post[e] >= bounds[part + 1]:
            part += 1
        row[pre[e], part + 1] += 1
        edges[e, 0], edges[e, 1] = post[e], place[e]
    total = 0
    for j in range(len(row)):
        for part in range(parts + 1):
            total += row[j, part]
            row[j, part] = total


@compiled
def collect(end: int, delay: int, spikes: Spikes) -> tuple[Int32s, Int32s]:
    """Return step and neuron of the spikes from start up to a step, sorted."""
    pointer, begin, total = spikes.pointer, spikes.start, 0
    for part in range(len(pointer)):
        total += pointer[part, delay + end - begin] - pointer[part, delay]
    step, index, count = np.empty(total, np.int32), np.empty(total, np.int32), 0
    for n in range(begin, end):
        for part in range(len(pointer)):
            for s in range(pointer[part, delay + n - begin], pointer[part, delay + n - begin + 1]):
                step[count], index[count] = n, spikes.neurons[part, s]
                count += 1
    return step, index


@compiled
def carry(begin: int, end: int, delay: int, room: int, spikes: Spikes) -> tuple[Int64s, Int32s]:
    """Return pointer and index for the spikes from step begin to end, headed by those that are still under way."""
    parts, first = len(spikes.pointer), begin - spikes.start
    pointer, most = np.zeros((parts, delay + end - begin + 1), np.int64), 0
    for part in range(parts):
        for t in range(delay + 1):
            pointer[part, t] = spikes.pointer[part, first + t] - spikes.pointer[part, first]
        most = max(most, pointer[part, delay])
    index = np.empty((parts, most + room), np.int32)
    for part in range(parts):
        for s in range(pointer[part, delay]):
            index[part, s] = spikes.neurons[part, spikes.pointer[part, first] + s]
    return pointer, index  # not a Spikes: Ctrl-C while numba makes one would crash the process


@inlined
def bring(cell: Cell, step: int, law: Law) -> None:
    """Bring a neuron to the end of a step, unless it is there already."""
    k = step - cell.last
    if k > 0:
        x, g = cell.x, cell.g
        far, near = k >> law.bits, k & ((1 << law.bits) - 1)
        if far >= len(law.far):
            x, g = 0.0, 0.0
        elif far:
            x = law.far[far, 0] * x + law.far[far, 1] * g
            g = law.far[far, 2] * g
        cell.x = law.near[near, 0] * x + law.near[near, 1] * g
        cell.g = law.near[near, 2] * g
        cell.last = step


@inlined
def can_fire(x: float, g: float, threshold: float, law: Law) -> bool:
    """Whether x may come to exceed a threshold without further input."""
    return max(x, 0.0) + law.peak * max(g, 0.0) > threshold


@compiled
def count_armed(law: Law, state: State) -> int:
    """Count the neurons that would be armed by events, while the network is advanced by sweeps."""
    count = 0
    for i in range(len(state.x)):
        count += can_fire(state.x[i], state.g[i], law.threshold - state.shift[np.uint32(i) & law.shifted], law)
    return count


@compiled
def observe(neurons: Int32s, step: int, sweeps: bool, law: Law, state: State, x: Floats, g: Floats) -> None:
    """Write v - v_rest and g of some neurons at the end of a step, changing nothing."""
    copy = np.empty(1, CELL)
    for q in range(len(neurons)):
        i = np.uint32(neurons[q])
        if sweeps:
            x[q], g[q] = state.x[i], state.g[i]
        else:
            copy[0] = state.cells[i]
            bring(copy[0], step, law)
            x[q], g[q] = copy[0].x, copy[0].g
        x[q] += state.shift[i & law.shifted]


@compiled
def _list_armed(step: int, wiring: Wiring, law: Law, state: State) -> None:
    """Find anew which neurons are armed, at the end of a step, among those that are not clamped."""
    for part in range(len(state.lengths)):
        low, count = wiring.bounds[part], 0
        for i in range(low, wiring.bounds[part + 1]):
            cell = state.cells[i]
            if cell.armed == CLAMPED:
                continue
            bring(cell, step, law)
            cell.armed = can_fire(cell.x, cell.g, law.threshold - state.shift[np.uint32(i) & law.shifted], law)
            if cell.armed:
                state.listed[low + count] = i
                count += 1
        state.lengths[part] = count


@compiled
def shift_to(positions: Int32s, shift: Floats, step: int, sweeps: bool, wiring: Wiring, law: Law, state: State) -> None:
    """Change the currents of some neurons, at the end of a step: v stays."""
    for q in range(len(positions)):
        i = positions[q]
        moved = state.shift[i] - shift[q]
        state.shift[i] = shift[q]
        if sweeps:
            state.x[i] += moved
        else:
            bring(state.cells[i], step, law)
            state.cells[i].x += moved
    if not sweeps:
        _list_armed(step, wiring, law, state)


@compiled
def clamp(positions: Int32s, clamped: bool, step: int, sweeps: bool, wiring: Wiring, law: Law, state: State) -> None:
    """Clamp some neurons, or let them go, at the end of a step."""
    for q in range(len(positions)):
        state.cells[positions[q]].armed = CLAMPED if clamped else 0
    if not sweeps:
        _list_armed(step, wiring, law, state)


@compiled
def to_sweeps(step: int, wiring: Wiring, law: Law, state: State) -> None:
    """Change from events to sweeps at the end of a step."""
    for part in range(len(state.lengths)):
        low, count = wiring.bounds[part], 0
        for i in range(low, wiring.bounds[part + 1]):
            cell = state.cells[i]
            bring(cell, step, law)
            state.x[i], state.g[i] = cell.x, cell.g
            if cell.armed != CLAMPED:
                cell.armed = 0
            if law.freeze and step + 1 < cell.free:
                state.listed[low + count] = i
                count += 1
        state.lengths[part] = count


@compiled
def to_events(step: int, wiring: Wiring, law: Law, state: State) -> None:
    """Change from sweeps to events at the end of a step."""
    for part in range(len(state.lengths)):
        low, count = wiring.bounds[part], 0
        for i in range(low, wiring.bounds[part + 1]):
            cell = state.cells[i]
            cell.x, cell.g = state.x[i], state.g[i]
            cell.last = max(step, cell.free - 1) if law.freeze else step
            threshold = law.threshold - state.shift[np.uint32(i) & law.shifted]
            if cell.armed != CLAMPED and can_fire(cell.x, cell.g, threshold, law):
                cell.armed = 1
                state.listed[low + count] = i
                count += 1
        state.lengths[part] = count
