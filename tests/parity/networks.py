"""Random networks that span what the event-driven engine has to run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
import pandas as pd

from graphkit import Circuit
from graphkit.simulation import LIFModel
from graphkit.simulation.experiment import Experiment, ResolvedCurrent, ResolvedStimulus, TimedSilence

__all__ = ["Case", "random_case"]

_WORK = 8_000_000  # neurons x steps of a case, at most


@dataclass(frozen=True)
class Case:
    """An experiment; what it contains, for the test that says that all is covered."""

    experiment: Experiment
    features: frozenset[str]


def random_case(number: int) -> Case:
    """Draw a network and what is done to it; the same number draws the same."""
    rng = np.random.default_rng([20, number])
    n = {0: 2, 2: 5000}.get(number % 20, round(float(np.exp(rng.uniform(np.log(2), np.log(5000))))))
    dt_ms = float(rng.choice([0.1, 0.1, 0.1, 0.05, 0.2, 0.025, 0.5, 1.0]))
    presets = rng.random() < 0.4
    model = LIFModel(
        dt_ms=dt_ms,
        delay_ms=dt_ms * int(rng.choice([1, 2, 3, 18, 40])) if rng.random() < 0.7 else max(1.8, dt_ms),
        while_refractory="freeze" if rng.random() < 0.5 else "integrate",
        **{} if presets else {
            "v_reset_mv": -52.0 + float(rng.choice([0, 0, 3.5, -6])),
            "tau_membrane_ms": float(rng.choice([20.0, 10.0, 4.0])),
            "tau_synapse_ms": float(rng.choice([5.0, 1.0, 12.0])),
            "refractory_ms": float(rng.choice([2.2, 0.0, 1.0, 7.35])),
        },
    )  # fmt: skip
    steps = int(min(_WORK / n, 3000))
    trials = int(rng.choice([1, 1, 2, 3]))
    refractory = np.full(n, model.refractory_ms)
    if mixed := rng.random() < 0.5:
        refractory = rng.choice([0.0, model.dt_ms, model.refractory_ms, 5.0], n)
    circuit, parallel, loops, fractions = _random_circuit(rng, n, connected=number % 20 != 3)
    silenced = rng.random(n) < (0.1 if rng.random() < 0.3 else 0)
    weight = np.where(silenced[circuit.pre], circuit.weight.dtype.type(0), circuit.weight)
    circuit = Circuit(**{**vars(circuit), "weight": weight})
    clamped = rng.random(n) < (0.2 if rng.random() < 0.3 else 0)
    inputs = 0 if number % 20 == 1 else int(rng.integers(1, 4))
    stimuli = tuple(_random_stimulus(rng, k, n, dt_ms) for k in range(inputs))
    experiment = Experiment(circuit, model, stimuli, refractory, clamped, steps, trials, seed=int(rng.integers(2**62)))
    experiment = _with_more_input(np.random.default_rng([21, number]), experiment)
    stimuli, silence = experiment.stimuli, experiment.silence
    found = {
        "onto g": any(s.onto == "g" for s in stimuli), "given times": any(s.given is not None for s in stimuli),
        "start": any(s.start for s in stimuli), "end": any(s.end is not None for s in stimuli),
        "currents": bool(experiment.currents), "overlapping currents": len(experiment.currents) > 1,
        "current above threshold": any(max(c.shifts_mv) > 7 for c in experiment.currents),
        "silenced for a time": silence is not None and silence.mode == "outputs",
        "silenced both ways for a time": silence is not None and silence.mode == "both",
        "clamped for a time": silence is not None and silence.mode == "clamp",
        "freeze": model.while_refractory == "freeze", "integrate": model.while_refractory == "integrate",
        "reset apart from rest": model.v_reset_mv != model.v_rest_mv, "dt": dt_ms != 0.1,
        "slow synapse": model.tau_synapse_ms > model.tau_membrane_ms, "one step of delay": model.delay_steps == 1,
        "long delay": model.delay_steps >= 40, "refractory 0": bool((experiment.refractory_steps == 0).any()),
        "mixed refractory": mixed, "silenced": bool(silenced.any()), "clamped": bool(experiment.clamped.any()),
        "self-loops": loops, "parallel": parallel, "fractions": fractions, "trials": trials > 1,
        "inhibition": bool((weight < 0).any()), "no connections": not len(weight), "no input": not stimuli,
        "several stimuli": len(stimuli) > 1, "every step": any(s.rate_hz == 1000 / dt_ms for s in stimuli),
        "two neurons": n == 2, "thousands": n >= 1000,
    }  # fmt: skip
    return Case(experiment, frozenset(name for name, true in found.items() if true))


def _with_more_input(rng: np.random.Generator, experiment: Experiment) -> Experiment:
    """Let stimuli act onto g, at given times, and for a part of the time; add currents and timed silencing."""
    n, steps = len(experiment.circuit), experiment.steps
    if not experiment.stimuli or rng.random() < 0.4:
        return experiment
    stimuli = []
    for stimulus in experiment.stimuli:
        if rng.random() < 0.3:
            stimulus = replace(stimulus, onto="g", amplitude_mv=stimulus.amplitude_mv * 4)
        if rng.random() < 0.3:
            start, end = np.sort(rng.integers(0, steps, 2))
            stimulus = replace(stimulus, start=int(start), end=int(end) + 1 if rng.random() < 0.7 else None)
        elif rng.random() < 0.3:
            places = len(stimulus.positions)
            events = np.unique(rng.integers(0, [steps, places], (1 + steps * places // 400, 2)), axis=0).astype(
                np.int32
            )
            stimulus = replace(stimulus, rate_hz=0.0, given=(events[:, 0], events[:, 1]))
        stimuli.append(stimulus)
    currents = []
    for k in range(rng.choice([0, 1, 2])):
        positions = np.flatnonzero(rng.random(n) < rng.choice([0.1, 0.6, 1])).astype(np.int32)
        at = np.unique(rng.integers(0, steps, rng.integers(1, 8)))
        shifts = np.round(rng.choice([rng.normal(2, 3, len(at)), rng.normal(7, 6, len(at))]), 3)
        currents.append(ResolvedCurrent(f"current {k}", positions, tuple(at.tolist()), tuple(shifts.tolist())))
    silence = None
    if rng.random() < 0.5 and steps > 1:
        start, end = np.sort(rng.choice(steps, 2, replace=False))
        mode = cast(Literal["outputs", "both", "clamp"], rng.choice(["outputs", "both", "clamp"]))
        silence = TimedSilence(rng.random(n) < 0.3, mode, int(start), int(end) if rng.random() < 0.7 else None)
        experiment = replace(experiment, clamped=experiment.clamped & (mode != "clamp"))
    return replace(experiment, stimuli=tuple(stimuli), currents=tuple(currents), silence=silence)


def _random_circuit(rng: np.random.Generator, n: int, *, connected: bool) -> tuple[Circuit, bool, bool, bool]:
    m = int(n * rng.uniform(0.5, 60)) * connected
    hubs = rng.permutation(n)[: max(1, n // 10)]
    pre = rng.integers(0, n, m)
    post = np.where(rng.random(m) < 0.3, rng.choice(hubs, m), rng.integers(0, n, m))
    if no_loops := rng.random() < 0.5:
        pre, post = pre[pre != post], post[pre != post]
    if rng.random() < 0.5:
        pairs = np.unique(np.stack([pre, post]), axis=1)
        pre, post = pairs[0], pairs[1]
    inhibitory = rng.random(n) < rng.choice([0, 0.3, 0.6])
    size = np.minimum(np.ceil(rng.lognormal(0.6, 1.1, len(pre)) * rng.choice([1, 4, 20])), 2500)
    weight = np.where(inhibitory[pre], -size, size)
    if fractions := rng.random() < 0.2:
        weight = weight + rng.normal(0, 0.2, len(pre))
    ids = 720575940600000000 + np.sort(rng.choice(10**9, n, replace=False))
    edges = pd.DataFrame({"pre_root_id": ids[pre], "post_root_id": ids[post], "weight_signed": weight})
    circuit = Circuit.from_edges(edges, root_ids=ids.tolist(), targets=ids[:: max(1, n // 20)].tolist())
    parallel = len(pre) > len(np.unique(np.stack([pre, post]), axis=1)[0])
    return circuit, parallel, not no_loops and bool((pre == post).any()), fractions and len(pre) > 0


def _random_stimulus(rng: np.random.Generator, k: int, n: int, dt_ms: float) -> ResolvedStimulus:
    positions = np.arange(n) if rng.random() < 0.5 else np.sort(rng.choice(n, max(1, n // 8), replace=False))
    rate_hz = float(rng.choice([0.0, 1, 5, 5, 20, 40, 40, 150, 150, 1000 / dt_ms if n < 200 else 40]))
    amplitude_mv = float(rng.choice([3.5, 3.5, 5.1, 6.9, 10.5, 10.5, 21, 68.75, -4.0 if k else 7.1]))
    return ResolvedStimulus(f"stimulus {k}", positions.astype(np.int32), rate_hz, amplitude_mv)
