"""Seconds per simulated second of the event-driven engine, beside Brian2's C++ in the same run.

Run ``python benchmarks/simulation.py`` from a checkout for networks of 1,000 to 20,000 neurons (minutes), and with
``--sizes fly`` for 138,639 neurons and 15 million connections (half an hour, 6 GB).

Brian2 runs the network twice: with PoissonInput, as users write it, and fed with the events that our engine gets.
Neither counts compiling, nor making the connections. Ours counts drawing its input. Of repeated runs, which take
turns, the shortest is shown.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from graphkit.circuit import Circuit
from graphkit.simulation import LIFModel
from graphkit.simulation.base import Experiment, ResolvedStimulus
from graphkit.simulation.event_driven import EventDriven
from graphkit.simulation.external import events, sources
from graphkit.simulation.network import Network
from graphkit.simulation.trial import Trial

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1k,5k,20k", help="of " + ", ".join(SIZES))
    parser.add_argument("--regimes", default=",".join(regime.name for regime in REGIMES))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--without-brian2", action="store_true", help="time our engine alone")
    parser.add_argument("--prototype", type=Path, help="folder with engine2.py, timed as a baseline")
    parser.add_argument("--trials", type=int, default=1000, help="of 5,000 neurons; 0 leaves them out")
    given = parser.parse_args()
    print(
        f"{os.cpu_count()} processors ({_processor()}), load {os.getloadavg()[0]:.1f}, {platform.platform()}, "
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "brian2"))
    )
    _print_first_call()
    regimes = [regime for regime in REGIMES if regime.name in given.regimes.split(",")]
    print("\nseconds per simulated second\n")
    print(
        f"{'':28}{'':10}{'ours':>9}{'ours,':>10}{'':10}{'Brian2 C++,':>14}{'':7}{'Brian2 C++,':>13}\n"
        f"{'neurons':>8} {'regime':9}{'mean Hz':>9}{'spikes':>11}{'':9}{'2 threads':>10}{'prototype':>10}"
        f"{'PoissonInput':>14}{'ratio':>7}{'same events':>13}{'ratio':>7}{'spikes that differ':>20}"
    )
    for size in given.sizes.split(","):
        circuit = draw_circuit(*SIZES[size])
        for regime in regimes:
            _print_line(circuit, regime, given)
    if given.trials:
        _print_trials(given.trials)
    # Linux counts kilobytes, macOS bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(f"\npeak memory of this process {peak / 1e6:,.0f} MB")


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


def run_once(network: Network, pool: ThreadPoolExecutor | None = None) -> tuple[float, np.ndarray, np.ndarray]:
    """Return seconds, and step and neuron of each spike."""
    started = time.perf_counter()
    slices = list(Trial(network, 0, pool).slices())
    seconds = time.perf_counter() - started
    step, index = (np.concatenate(part) for part in zip(*slices, strict=True))
    return seconds, step, index


def _print_line(circuit: Circuit, regime: Regime, given: argparse.Namespace) -> None:
    experiment = draw_experiment(circuit, regime)
    network, halves = Network.of(experiment), Network.of(experiment, parts=2)
    times: dict[str, list[float]] = {}
    with TemporaryDirectory() as scratch, ThreadPoolExecutor(1) as pool:
        folder = Path(scratch)
        programs = {} if given.without_brian2 else _brian2_programs(experiment, regime, folder)
        prototype = _Prototype(given.prototype, experiment, regime) if given.prototype else None
        for _ in range(given.repeats + 1):  # the first compiles, or reads what was compiled
            seconds, step, index = run_once(network)
            times.setdefault("ours", []).append(seconds)
            times.setdefault("2 threads", []).append(run_once(halves, pool)[0])
            if prototype:
                times.setdefault("prototype", []).append(prototype.seconds())
            for name, program in programs.items():
                subprocess.run(["./main"], cwd=program, check=True, stdout=subprocess.DEVNULL)
                taken = float((program / "results" / "last_run_info.txt").read_text().split()[0])
                times.setdefault(name, []).append(taken)
        differ = _differing(programs["same events"], step, index) if programs else None
    best = {name: min(taken[1:]) for name, taken in times.items()}
    cells = [f"{len(circuit):8,} {regime.name:9}{len(step) / len(circuit):9.2f}{len(step):11,}"]
    cells += [f"{best['ours']:9.4f}", f"{best['2 threads']:10.4f}"]
    cells.append(f"{best['prototype']:10.4f}" if prototype else f"{'-':>10}")
    for name, width in (("PoissonInput", 14), ("same events", 13)):
        shown = name in best
        cells.append(f"{best[name]:{width}.3f}{best[name] / best['ours']:7.0f}" if shown else f"{'-':>{width}}{'-':>7}")
    print("".join(cells) + (f"{'-':>20}" if differ is None else f"{differ:20,}"), flush=True)


class _Prototype:
    """The engine's first version, given the same network and law of input."""

    def __init__(self, folder: Path, experiment: Experiment, regime: Regime) -> None:
        sys.path.insert(0, str(folder))
        import engine2

        circuit, self._engine, self._freeze = experiment.circuit, engine2, regime.freeze
        n = len(circuit)
        self._groups = [(s.positions, s.rate_hz, s.amplitude_mv / 1000) for s in experiment.stimuli]
        self._sim = engine2.Sim(n, circuit.pre, circuit.post, circuit.weight)
        self._sim.ref[: regime.targets * regime.freeze] = 0

    def seconds(self) -> float:
        """Return the time of the quicker of its two ways: it does not choose by itself."""
        taken = []
        for mode in ("lazy", "dense"):
            started = time.perf_counter()
            kicks = self._engine.kicks(1, self._groups, 10_000)
            self._sim.run(1.0, kicks, mode, freeze=self._freeze, cap=50 * self._sim.N + 10_000)
            taken.append(time.perf_counter() - started)
        return min(taken)


def _brian2_programs(experiment: Experiment, regime: Regime, folder: Path) -> dict[str, Path]:
    """Compile Brian2's two programs, each in a process of its own; return their folders."""
    circuit, arrays = experiment.circuit, folder / "network.npz"
    step, source = events(experiment, 0)
    index, amplitude_mv, _ = sources(experiment)
    np.savez(
        arrays, pre=circuit.pre, post=circuit.post, weight=circuit.weight, refractory_ms=experiment.refractory_ms,
        step=step, source=source, index=index, amplitude_mv=amplitude_mv, freeze=regime.freeze,
        stimuli=[(len(s.positions), s.rate_hz, s.amplitude_mv) for s in experiment.stimuli],
    )  # fmt: skip
    script = Path(__file__).with_name("brian2_standalone.py")
    programs = {}
    for name in ("PoissonInput", "same events"):
        programs[name] = folder / name.replace(" ", "_")
        subprocess.run([sys.executable, script, arrays, programs[name], name], check=True, stdout=subprocess.DEVNULL)
        (programs[name] / "results").mkdir(exist_ok=True)
    return programs


def _differing(program: Path, step: np.ndarray, index: np.ndarray) -> int:
    """Count the spikes that one of the two has and the other has not."""
    results = program / "results"
    [neurons] = results.glob("_dynamic_array_spikes_i_*")
    [times] = results.glob("_dynamic_array_spikes_t_*")
    theirs = np.rint(np.fromfile(times) / 1e-4).astype(np.int64) << 32 | np.fromfile(neurons, np.int32)
    return len(np.setxor1d(theirs, step.astype(np.int64) << 32 | index))


def _print_trials(trials: int) -> None:
    circuit = draw_circuit(*SIZES["5k"])
    experiment = draw_experiment(circuit, REGIMES[0], trials)
    print(f"\n{trials:,} trials of 1 s, 5,000 neurons, fly_lif:")
    for threads in (1, 2):
        engine = EventDriven(threads=threads)
        engine.run(replace(experiment, trials=2))
        seconds = []
        for _ in range(3):
            started = time.perf_counter()
            spikes = engine.run(experiment)
            seconds.append(time.perf_counter() - started)
        print(f"  {threads} threads: {min(seconds):.2f} s, {len(spikes):,} spikes")


def _print_first_call() -> None:
    """Time a process that finds nothing compiled, and one that finds all."""
    code = (
        "import time; started = time.perf_counter();"
        "from benchmarks.simulation import *;"
        "network = Network.of(draw_experiment(draw_circuit(100, 1000), REGIMES[0]));"
        "first = time.perf_counter(); run_once(network); print(time.perf_counter() - first)"
    )
    with TemporaryDirectory() as cache:
        taken = [
            float(
                subprocess.run(
                    [sys.executable, "-c", code], check=True, capture_output=True, text=True,
                    cwd=Path(__file__).parents[1], env={**os.environ, "NUMBA_CACHE_DIR": cache},
                ).stdout
            )
            for _ in range(2)
        ]  # fmt: skip
    print(f"first call: {taken[0]:.1f} s where nothing is compiled yet, {taken[1]:.2f} s afterwards")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
