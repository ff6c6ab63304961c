"""A LIF network made ready for the compiled loops; all trials of an experiment share it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.simulation.compiled import Floats, Int32s, Int64s
from graphkit.simulation.experiment import Experiment, ResolvedStimulus
from graphkit.simulation.external import current_changes
from graphkit.simulation.parameters import LIFModel
from graphkit.simulation.state import Law, Wiring, is_sorted, wire

__all__ = ["Clamp", "Drive", "Network", "Shift"]

_BITS = 14  # of the number of steps that one table look-up covers
_FEW_WEIGHTS = 2**20


@dataclass(frozen=True)
class Drive:
    """A stimulus' neurons in one part of the network: positions in the circuit, ascending, and root_ids.

    Given events are those of these neurons: step, and position in the circuit.
    """

    stimulus: ResolvedStimulus
    positions: Int32s
    root_ids: Int64s
    given: tuple[Int32s, Int32s] | None


@dataclass(frozen=True)
class Shift:
    """A change of currents: how far they move the rest of some neurons from now on (mV)."""

    positions: Int32s
    shift_mv: Floats


@dataclass(frozen=True)
class Clamp:
    """Some neurons are clamped from now on, or let go."""

    positions: Int32s
    clamped: bool


Change = Shift | Clamp | Wiring


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
    amplitude_mv, onto_g
        (stimuli,) added by an event (mV), and whether to g.
    changes
        What changes during a trial, by the step before which it does.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.simulation.resolving import choose_preset, resolve
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
    onto_g: npt.NDArray[np.bool_]
    changes: Mapping[int, tuple[Change, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, experiment: Experiment, parts: int = 1) -> Network:
        """Make an experiment ready, in a number of parts."""
        circuit, wiring = experiment.circuit, _wiring(experiment.circuit, experiment.model, parts)
        ranges = list(zip(wiring.bounds[:-1].tolist(), wiring.bounds[1:].tolist(), strict=True))
        drives = tuple(
            tuple(_drive(stimulus, circuit, low, high) for stimulus in experiment.stimuli) for low, high in ranges
        )
        amplitude_mv = np.array([stimulus.amplitude_mv for stimulus in experiment.stimuli], dtype=np.float64)
        onto_g = np.array([stimulus.onto == "g" for stimulus in experiment.stimuli], dtype=np.bool_)
        changes = _changes(experiment, wiring, parts)
        return cls(experiment, _law(experiment), wiring, drives, amplitude_mv, onto_g, changes)

    @property
    def events_per_step(self) -> float:
        """Mean number of events of external input in one step."""
        total_hz = sum(len(stimulus.positions) * stimulus.rate_hz for stimulus in self.experiment.stimuli)
        given = sum(len(stimulus.given[0]) for stimulus in self.experiment.stimuli if stimulus.given is not None)
        return total_hz * self.experiment.model.dt_ms / 1000 + given / self.experiment.steps


def _drive(stimulus: ResolvedStimulus, circuit: Circuit, low: int, high: int) -> Drive:
    first, last = np.searchsorted(stimulus.positions, [low, high])
    own = np.ascontiguousarray(stimulus.positions[first:last], dtype=np.int32)
    given = None
    if stimulus.given is not None:
        step, place = stimulus.given
        here = (place >= first) & (place < last)
        given = step[here], stimulus.positions[place[here]]
    return Drive(stimulus, own, circuit.root_ids[own], given)


def _changes(experiment: Experiment, wiring: Wiring, parts: int) -> dict[int, tuple[Change, ...]]:
    changes: dict[int, list[Change]] = {}
    for step, positions, shift_mv in current_changes(experiment):
        changes.setdefault(step, []).append(Shift(positions, shift_mv))
    if (silence := experiment.silence) is not None:
        circuit, positions = experiment.circuit, np.flatnonzero(silence.neurons).astype(np.int32)
        begin: Change = Clamp(positions, True)
        end: Change = Clamp(positions, False)
        if silence.mode != "clamp":
            kept = ~(silence.neurons[circuit.pre] | (silence.neurons[circuit.post] & (silence.mode == "both")))
            arrays = {name: getattr(circuit, name)[kept] for name in ("pre", "post", "weight", "syn_count")}
            begin, end = _wiring(replace(circuit, **arrays), experiment.model, parts, wiring.bounds), wiring
        changes.setdefault(silence.start, []).append(begin)
        if silence.end is not None:
            changes.setdefault(silence.end, []).append(end)
    return {step: tuple(those) for step, those in changes.items()}


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
        freeze=model.while_refractory == "freeze", shifted=np.uint32(2**32 - 1 if experiment.currents else 0),
    )  # fmt: skip


def _propagators(k: Floats, model: LIFModel) -> Floats:
    """Return (k, 3): x after k steps is the first of x plus the second of g; g is the third of g."""
    t_ms, membrane, synapse = k * model.dt_ms, model.tau_membrane_ms, model.tau_synapse_ms
    leak, decay = np.exp(-t_ms / membrane), np.exp(-t_ms / synapse)
    # (leak - decay) / (membrane - synapse), without losing digits where they are close
    ratio = np.maximum(leak, decay) * -np.expm1(-t_ms * abs(membrane - synapse) / (membrane * synapse))
    return np.stack([leak, synapse / abs(membrane - synapse) * ratio, decay], axis=1)


def _wiring(circuit: Circuit, model: LIFModel, parts: int, bounds: Int64s | None = None) -> Wiring:
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
    if bounds is None:
        bounds = np.array([0, *_cuts(post, len(circuit), parts), len(circuit)], dtype=np.int64)
    wire(pre, post, place, bounds, row, edges)
    return Wiring(bounds, row, edges, weights)


def _cuts(post: Int32s, n: int, parts: int) -> list[int]:
    if parts == 1 or not n:
        return [0] * (parts - 1)
    load = np.cumsum(np.bincount(post, minlength=n) + 1)
    cuts: list[int] = np.searchsorted(load, load[-1] * np.arange(1, parts) / parts).tolist()
    return cuts
