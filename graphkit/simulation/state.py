"""Compiled state of a LIF network: the arrays that the kernels work on.

Potentials are distances from rest, ``x = v - v_rest``, in mV; times are steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = [
    "CELL", "CLAMPED", "Kicks", "Law", "Spikes", "State", "Wiring", "bring", "can_fire", "count_armed", "observe",
    "to_events", "to_sweeps", "wire",
]  # fmt: skip

#: A neuron: its state at the end of step ``last``; the first step in which it may fire; whether it is armed. Half a
#: line of the processor's cache.
CELL = np.dtype([("x", "f8"), ("g", "f8"), ("last", "i4"), ("free", "i4"), ("armed", "i4"), ("", "i4")])
#: In place of armed: never listed among them, so that it never fires.
CLAMPED = 2


class Wiring(NamedTuple):
    """Connections by presynaptic neuron, split by parts of the postsynaptic ones."""

    bounds: npt.NDArray[np.int64]  # (parts + 1,) part p holds the neurons bounds[p] … bounds[p + 1] - 1
    row: npt.NDArray[np.int64]  # (n, parts + 1) edges[row[j, p]:row[j, p + 1]] go from neuron j into part p
    edges: npt.NDArray[np.int32]  # (m, 2) postsynaptic neuron, place of the weight in weights
    weights: npt.NDArray[np.float64]  # added to g (mV)


class Law(NamedTuple):
    """The model: ``x' = leak x + feed g`` and ``g' = decay g`` in one step, and what else it takes."""

    leak: float
    feed: float
    decay: float
    near: npt.NDArray[np.float64]  # (2**bits, 3) leak, feed, decay of k steps
    far: npt.NDArray[np.float64]  # (f, 3) of k * 2**bits steps; after f * 2**bits nothing is left of x and g
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

    cells: npt.NDArray[np.void]  # (n,) of CELL
    x: npt.NDArray[np.float64]
    g: npt.NDArray[np.float64]
    listed: npt.NDArray[np.int32]  # (n,) armed neurons (by events) or frozen ones (by sweeps), from each bound on
    count: npt.NDArray[np.int64]  # (parts,) how many
    work: npt.NDArray[np.int64]  # (parts, 3) inputs delivered, armed steps taken, what only touching saw


class Kicks(NamedTuple):
    """External input of the steps from start on."""

    start: int
    pointer: npt.NDArray[np.int64]  # (parts, stimuli, steps + 1) of each step into index
    index: npt.NDArray[np.int32]  # (k,) neurons
    amplitude: npt.NDArray[np.float64]  # (stimuli,) added to x


class Spikes(NamedTuple):
    """Spikes of the steps from ``start - delay`` on; those before start are still under way."""

    start: int
    pointer: npt.NDArray[np.int64]  # (parts, delay + steps + 1) of each step into index[part]
    index: npt.NDArray[np.int32]  # (parts, room) neurons, ascending within a step


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def wire(pre, post, place, bounds, row, edges):  # type: ignore[no-untyped-def]
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


@njit(inline="always")  # type: ignore[untyped-decorator]
def bring(cell, step, law):  # type: ignore[no-untyped-def]
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


@njit(inline="always")  # type: ignore[untyped-decorator]
def can_fire(x, g, law):  # type: ignore[no-untyped-def]
    """Whether x may come to exceed the threshold without further input."""
    return max(x, 0.0) + law.peak * max(g, 0.0) > law.threshold


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def count_armed(law, state):  # type: ignore[no-untyped-def]
    """Count the neurons that would be armed by events, while the network is advanced by sweeps."""
    count = 0
    for i in range(len(state.x)):
        count += can_fire(state.x[i], state.g[i], law)
    return count


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def observe(neurons, step, sweeps, law, state, x, g):  # type: ignore[no-untyped-def]
    """Write the x and g that some neurons have at the end of a step, changing nothing."""
    copy = np.empty(1, CELL)
    for q in range(len(neurons)):
        i = neurons[q]
        if sweeps:
            x[q], g[q] = state.x[i], state.g[i]
        else:
            copy[0] = state.cells[i]
            bring(copy[0], step, law)
            x[q], g[q] = copy[0].x, copy[0].g


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def to_sweeps(step, wiring, law, state):  # type: ignore[no-untyped-def]
    """Change from events to sweeps at the end of a step."""
    for part in range(len(state.count)):
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
        state.count[part] = count


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def to_events(step, wiring, law, state):  # type: ignore[no-untyped-def]
    """Change from sweeps to events at the end of a step."""
    for part in range(len(state.count)):
        low, count = wiring.bounds[part], 0
        for i in range(low, wiring.bounds[part + 1]):
            cell = state.cells[i]
            cell.x, cell.g = state.x[i], state.g[i]
            cell.last = max(step, cell.free - 1) if law.freeze else step
            if cell.armed != CLAMPED and can_fire(cell.x, cell.g, law):
                cell.armed = 1
                state.listed[low + count] = i
                count += 1
        state.count[part] = count
