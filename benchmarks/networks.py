"""The networks that the benchmarks simulate, each driven to a stated activity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graphkit.circuit import Circuit
from graphkit.simulation import LIFModel
from graphkit.simulation.experiment import Experiment, ResolvedStimulus

SIZES = {"1k": (1000, 100_000), "5k": (5000, 500_000), "20k": (20_000, 2_000_000), "fly": (138_639, 15_000_000)}


@dataclass(frozen=True)
class Regime:
    """Background onto all neurons, and a drive of a few: rates in Hz, amplitudes in mV."""

    name: str
    background_hz: float
    background_mv: float
    targets: int = 20
    target_hz: float = 40.0
    target_mv: float = 21.0
    freeze: bool = False


REGIMES = (
    Regime("fly_lif", 5, 3.5),
    Regime("0.3 Hz", 7, 3.9),
    Regime("5 Hz", 5, 10.5),
    Regime("20 Hz", 15, 10.5),
    Regime("shiu2024", 0, 0, targets=21, target_hz=200, target_mv=68.75, freeze=True),
)


def draw_circuit(n: int, m: int) -> Circuit:
    """Draw degrees and weights with the tails of FlyWire's (log-normal); 70 % of the neurons excite."""
    rng = np.random.default_rng(1)
    starts, ends = (np.cumsum(np.exp(rng.normal(0, sigma, n))) for sigma in (1.1, 1.0))
    pairs = np.empty(0, np.int64)
    while len(pairs) < m:
        some = int((m - len(pairs)) * 1.08) + 1000
        pre, post = (np.searchsorted(ends_, rng.random(some) * ends_[-1]) for ends_ in (starts, ends))
        pairs = np.unique(np.concatenate([pairs, (pre * np.int64(n) + post)[pre != post]]))
    pairs = np.sort(rng.choice(pairs, m, replace=False))
    pre, post = (part.astype(np.int32) for part in np.divmod(pairs, n))
    syn_count = np.clip(np.floor(np.exp(rng.normal(0.602, 1.1, m))), 1, 2500).astype(np.int32)
    sign = np.where(rng.random(n) < 0.7, 1, -1).astype(np.int32)
    return Circuit(
        root_ids=720575940600000000 + np.arange(n), pre=pre, post=post, weight=syn_count * sign[pre],
        syn_count=syn_count, group=np.zeros(n, np.int16), group_names=("target",),
        functional_nucleus=np.zeros(n, np.bool_), lost_input_share=np.zeros(n),
        annotations=pd.DataFrame(index=range(n)),
    )  # fmt: skip


def draw_experiment(circuit: Circuit, regime: Regime, trials: int = 1) -> Experiment:
    """Return one simulated second of a regime."""
    n, model = len(circuit), LIFModel(while_refractory="freeze" if regime.freeze else "integrate")
    stimuli = (
        ResolvedStimulus("background", np.arange(n, dtype=np.int32), regime.background_hz, regime.background_mv),
        ResolvedStimulus("target", np.arange(regime.targets, dtype=np.int32), regime.target_hz, regime.target_mv),
    )
    refractory_ms = np.full(n, model.refractory_ms)
    refractory_ms[: regime.targets * regime.freeze] = 0
    return Experiment(
        circuit,
        model,
        stimuli[not regime.background_hz :],
        refractory_ms,
        np.zeros(n, np.bool_),
        10_000,
        trials,
        seed=1,
    )
