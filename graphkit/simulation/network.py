"""A LIF network made ready for the compiled loops; all trials of an experiment share it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from graphkit.circuit import Circuit
from graphkit.simulation.base import Experiment, ResolvedStimulus
from graphkit.simulation.compiled import Floats, Int32s, Int64s
from graphkit.simulation.parameters import LIFModel
from graphkit.simulation.state import Law, Wiring, is_sorted, wire

__all__ = ["Drive", "Network"]

_BITS = 14  # of the number of steps that one table look-up covers
_FEW_WEIGHTS = 2**20


@dataclass(frozen=True)
class Drive:
    """A stimulus' neurons in one part of the network: positions in the circuit, ascending, and root_ids."""

    stimulus: ResolvedStimulus
    positions: Int32s
    root_ids: Int64s


@dataclass(frozen=True)
class Network:
    """What the trials of an experiment share.

    Parameters
    ----------
    experiment
        What it was made from.
    law
        The model, in steps and mV.
    wiring
        The connections, split by parts of the postsynaptic neurons that get about as much input each.
    drives
        For each part its neurons of each stimulus.
    amplitude_mv
        (stimuli,) added to v by an event (mV).

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.simulation.experiment import choose_preset, resolve
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> experiment = resolve(Circuit.from_edges(edges, targets=[1]), choose_preset("fly_lif"), seed=1)
    >>> Network.of(experiment).law.delay
    18
    """

    experiment: Experiment
    law: Law
    wiring: Wiring
    drives: tuple[tuple[Drive, ...], ...]
    amplitude_mv: Floats

    @classmethod
    def of(cls, experiment: Experiment, parts: int = 1) -> Network:
        """Make an experiment ready, in a number of parts."""
        circuit, wiring = experiment.circuit, _wiring(experiment.circuit, experiment.model, parts)
        ranges = list(zip(wiring.bounds[:-1].tolist(), wiring.bounds[1:].tolist(), strict=True))
        drives = tuple(
            tuple(
                Drive(stimulus, own, circuit.root_ids[own])
                for stimulus in experiment.stimuli
                for own in [_within(stimulus.positions, low, high)]
            )
            for low, high in ranges
        )
        amplitude_mv = np.array([stimulus.amplitude_mv for stimulus in experiment.stimuli], dtype=np.float64)
        return cls(experiment, _law(experiment), wiring, drives, amplitude_mv)

    @property
    def events_per_step(self) -> float:
        """Mean number of events of external input in one step."""
        total_hz = sum(len(stimulus.positions) * stimulus.rate_hz for stimulus in self.experiment.stimuli)
        return total_hz * self.experiment.model.dt_ms / 1000


def _within(positions: Int32s, low: int, high: int) -> Int32s:
    first, last = np.searchsorted(positions, [low, high])
    return np.ascontiguousarray(positions[first:last], dtype=np.int32)


def _law(experiment: Experiment) -> Law:
    model = experiment.model
    slowest = max(model.tau_membrane_ms, model.tau_synapse_ms) / model.dt_ms
    horizon = min(64 * slowest, experiment.steps) + 2  # e**-64 of any v is lost in its last bit
    bits = min(_BITS, math.ceil(math.log2(horizon)))
    near = _propagators(np.arange(2**bits, dtype=np.float64), model)
    far = _propagators(np.arange(math.ceil(horizon / 2**bits) + 1, dtype=np.float64) * 2**bits, model)
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


def _propagators(k: Floats, model: LIFModel) -> Floats:
    """Return (k, 3): x after k steps is the first of x plus the second of g; g is the third of g."""
    t_ms, membrane, synapse = k * model.dt_ms, model.tau_membrane_ms, model.tau_synapse_ms
    leak, decay = np.exp(-t_ms / membrane), np.exp(-t_ms / synapse)
    # (leak - decay) / (membrane - synapse), without losing digits where they are close
    ratio = np.maximum(leak, decay) * -np.expm1(-t_ms * abs(membrane - synapse) / (membrane * synapse))
    return np.stack([leak, synapse / abs(membrane - synapse) * ratio, decay], axis=1)


def _wiring(circuit: Circuit, model: LIFModel, parts: int) -> Wiring:
    pre, post, weight = circuit.pre, circuit.post, circuit.weight
    if not is_sorted(pre, post):
        order = np.lexsort((post, pre))  # stable: parallel connections stay in their order
        pre, post, weight = pre[order], post[order], weight[order]
    low, high = (int(weight.min()), int(weight.max())) if len(weight) else (0, 0)
    if weight.dtype.kind == "i" and high - low < _FEW_WEIGHTS:  # synapse counts: each is kept once
        place, weights = (weight - low).astype(np.int32), np.arange(low, high + 1, dtype=np.float64)
    else:
        place, weights = np.arange(len(weight), dtype=np.int32), weight.astype(np.float64)
    weights *= model.synapse_mv
    row, edges = np.zeros((len(circuit), parts + 1), np.int64), np.empty((len(pre), 2), np.int32)
    bounds = np.array([0, *_cuts(post, len(circuit), parts), len(circuit)], dtype=np.int64)
    wire(pre, post, place, bounds, row, edges)
    return Wiring(bounds, row, edges, weights)


def _cuts(post: Int32s, n: int, parts: int) -> list[int]:
    if parts == 1 or not n:
        return [0] * (parts - 1)
    load = np.cumsum(np.bincount(post, minlength=n) + 1)
    cuts: list[int] = np.searchsorted(load, load[-1] * np.arange(1, parts) / parts).tolist()
    return cuts
