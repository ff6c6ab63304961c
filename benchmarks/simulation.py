"""Seconds per simulated second of the event-driven engine, beside Brian2's C++ in the same run.

Run ``python benchmarks/simulation.py`` from a checkout for networks of 1,000 to 20,000 neurons (minutes), and with
``--sizes fly`` for 138,639 neurons and 15 million connections (half an hour, 6 GB).

Brian2 runs the network twice: with PoissonInput, as users write it, and fed with the events that our engine gets.
Neither counts compiling, nor making the connections. Ours counts drawing its input. Of repeated runs, which take
turns, the shortest is shown, on the clock and in processor time: where other work goes on, the latter tells more.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from graphkit.circuit import Circuit
from graphkit.simulation.event_driven import EventDriven
from graphkit.simulation.experiment import Experiment
from graphkit.simulation.external import events, sources
from graphkit.simulation.network import Network
from graphkit.simulation.trial import Trial

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.machine import describe
from benchmarks.networks import REGIMES, SIZES, Regime, draw_circuit, draw_experiment

#: Runs of ours in one turn: they are so short that what waited while Brian2 ran has to be fetched into memory again.
_IN_A_ROW = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1k,5k,20k", help="of " + ", ".join(SIZES))
    parser.add_argument("--regimes", default=",".join(regime.name for regime in REGIMES))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--without-brian2", action="store_true", help="time our engine alone")
    parser.add_argument("--trials", type=int, default=1000, help="of 5,000 neurons; 0 leaves them out")
    given = parser.parse_args()
    print(describe("numpy", "numba", "brian2"))
    _print_first_call()
    regimes = [regime for regime in REGIMES if regime.name in given.regimes.split(",")]
    for size in given.sizes.split(","):
        circuit = draw_circuit(*SIZES[size])
        for regime in regimes:
            _print_regime(circuit, regime, given)
        _print_memory(circuit, regimes[0])
    if given.trials:
        _print_trials(given.trials)


@dataclass
class Times:
    """Seconds on the clock and of the processor, of each repeat."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @contextmanager
    def measured(self) -> Iterator[None]:
        clock, processor = time.perf_counter(), time.process_time()
        yield
        self.clock.append(time.perf_counter() - clock)
        self.processor.append(time.process_time() - processor)

    def best(self) -> tuple[float, float]:
        """Return the shortest, but for the first: it compiles, or reads what was compiled."""
        return min(self.clock[1:]), min(self.processor[1:])


def run_once(network: Network, pool: ThreadPoolExecutor | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return step and neuron of each spike."""
    step, index = (np.concatenate(part) for part in zip(*Trial(network, 0, pool).slices(), strict=True))
    return step, index


def _print_regime(circuit: Circuit, regime: Regime, given: argparse.Namespace) -> None:
    experiment = draw_experiment(circuit, regime)
    network, halves = Network.of(experiment), Network.of(experiment, parts=2)
    times: dict[str, Times] = defaultdict(Times)
    with TemporaryDirectory() as scratch, ThreadPoolExecutor(1) as pool:
        folder = Path(scratch)
        programs = {} if given.without_brian2 else _brian2_programs(experiment, regime, folder)
        for _ in range(given.repeats + 1):
            for _ in range(_IN_A_ROW if programs else 1):
                with times["graphkit, 1 thread"].measured():
                    step, index = run_once(network)
                with times["graphkit, 2 threads"].measured():
                    run_once(halves, pool)
            for name, program in programs.items():
                subprocess.run(["./main"], cwd=program, check=True, stdout=subprocess.DEVNULL)
                results, own = program / "results", times[f"Brian2 C++, {name}"]
                own.clock.append(float((results / "last_run_info.txt").read_text().split()[0]))
                own.processor.append(float((results / "processor_s.txt").read_text()))
        differ = _differing(programs["same events"], step, index) if programs else None
    print(
        f"\n{len(circuit):,} neurons, {len(circuit.pre):,} connections, {regime.name}: mean rate "
        f"{len(step) / len(circuit):.2f} Hz, {len(step):,} spikes\n\n"
        "| seconds per simulated second | on the clock | of the processor | ratio, clock | ratio, processor |\n"
        "|---|---|---|---|---|"
    )
    ours = times["graphkit, 1 thread"].best()
    for name, own in times.items():
        clock, processor = own.best()
        print(f"| {name} | {clock:.4f} | {processor:.4f} | {clock / ours[0]:.2f} | {processor / ours[1]:.2f} |")
    if differ is not None:
        print(f"\nspikes that differ from Brian2's C++ with its own settings, -ffast-math among them: {differ:,}")
    sys.stdout.flush()


def _print_memory(circuit: Circuit, regime: Regime) -> None:
    experiment = draw_experiment(circuit, regime)
    network = Network.of(experiment)
    shared = sum(array.nbytes for array in network.wiring) + network.law.near.nbytes + network.law.refractory.nbytes
    tracemalloc.start()
    trial = Trial(network, 0)
    for _ in trial.slices():
        pass
    own, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(
        f"\nmemory: connections {shared / 1e6:,.0f} MB, shared by all trials; a trial {own / 1e6:,.0f} MB, "
        f"{peak / 1e6:,.0f} MB at most with its input and spikes"
    )


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
    print(
        f"\n{trials:,} trials of 1 s, 5,000 neurons, {len(circuit.pre):,} connections, fly_lif\n\n"
        "| seconds | on the clock | of the processor | spikes |\n|---|---|---|---|"
    )
    for threads in (1, 2):
        engine, times = EventDriven(threads=threads), Times()
        for _ in range(4):
            with times.measured():
                spikes = engine.run(experiment)
        clock, processor = times.best()
        print(f"| {threads} threads | {clock:.2f} | {processor:.2f} | {len(spikes):,} |")


def _print_first_call() -> None:
    """Time a process that finds nothing compiled, and one that finds all."""
    code = (
        "import time; started = time.perf_counter();"
        "from benchmarks.simulation import *; from benchmarks.networks import *;"
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


if __name__ == "__main__":
    main()
