"""Small circuits for the tests of simulations, written as a handful of edges."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from graphkit.circuit import Circuit
from graphkit.spikes import SpikeTrains

FIRST = 2**60 + 1  # ids that no float holds


def ids(*neurons: int) -> list[int]:
    """Return the root_ids of neurons that are counted from 0."""
    return [FIRST + k for k in neurons]


def small_circuit(n: int, *edges: tuple[int, int, float], targets: Iterable[int] = (0,)) -> Circuit:
    """Return a circuit of n neurons, counted from 0 in the edges (pre, post, weight) and the targets."""
    frame = pd.DataFrame(edges, columns=["pre_root_id", "post_root_id", "weight_signed"])
    ends = {name: frame[name].astype("int64") + FIRST for name in ("pre_root_id", "post_root_id")}
    return Circuit.from_edges(frame.assign(**ends), root_ids=ids(*range(n)), targets=ids(*targets))


def random_net() -> Circuit:
    """Return 60 neurons with 900 connections, the first five of them targets."""
    n, rng = 60, np.random.default_rng(3)
    pairs = rng.integers(0, n, (2, 15 * n)).tolist()
    return small_circuit(n, *zip(*pairs, rng.integers(-30, 60, 15 * n).tolist(), strict=True), targets=range(5))


def steps(spikes: SpikeTrains, neuron: int, trial: int = 0, dt_ms: float = 0.1) -> list[int]:
    """Return the steps of a trial in which a neuron, counted from 0, fired."""
    shown = (spikes.root_id == FIRST + neuron) & (spikes.trial == trial)
    return [round(t / dt_ms) for t in spikes.t_ms[shown]]


def table(spikes: SpikeTrains) -> list[tuple[int, float, int]]:
    """Return root_id, time, trial of every spike."""
    return list(zip(spikes.root_id.tolist(), spikes.t_ms.tolist(), spikes.trial.tolist(), strict=True))
