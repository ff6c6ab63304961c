"""Running an :class:`EquationModel` whole: which device, how many processes, what comes of it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from graphkit.errors import GraphkitError, SimulationError
from graphkit.progress import Progress
from graphkit.simulation.brian2.device import DEVICES, cython_compiles
from graphkit.simulation.brian2.equations import states_of
from graphkit.simulation.brian2.trials import Job, Outcome, run_jobs
from graphkit.simulation.equation_run import EquationRun
from graphkit.simulation.values import one_of
from graphkit.spikes import SpikeTrains

__all__ = ["run_equations"]


def run_equations(
    run: EquationRun, *, device: str | None, processes: int, progress: Progress | None
) -> list[SpikeTrains]:
    """Run all trials once for each of the run's changes.

    Raises
    ------
    SimulationError
        If there is no such device, Brian2 does not take the model, a trial diverges, or a run of several processes
        cannot be sent to them.
    MissingDependencyError
        If the device needs a compiler and there is none.
    """
    chosen = _cheapest(run) if device is None else one_of(device, DEVICES, "device")
    if processes < 1:
        raise SimulationError(f"processes is {processes}: give at least 1")
    jobs = [(change, trial) for change in range(len(run.changes)) for trial in range(run.trials)]
    if chosen == "cpp_standalone" or min(processes, len(jobs)) == 1:
        outcomes = run_jobs(run, jobs, chosen, programs=processes, progress=progress)
    else:
        outcomes = _in_processes(run, jobs, chosen, min(processes, len(jobs)), progress)
    return [
        _spike_trains(run, outcomes[first : first + run.trials], chosen)
        for first in range(0, len(outcomes), run.trials)
    ]


def _cheapest(run: EquationRun) -> str:
    # numpy takes about 300 us a step for the objects of a network, and 20 ns for each neuron and line of code
    lines = 10 + run.model.equations.count("\n")
    numpy_s = run.trials * len(run.changes) * run.steps * (3e-4 + 2e-8 * lines * len(run.circuit))
    return "cython" if numpy_s > 120 and cython_compiles() else "numpy"


def _in_processes(
    run: EquationRun, jobs: list[Job], device: str, processes: int, progress: Progress | None
) -> list[Outcome]:
    try:
        parts = [pickle.dumps((run, jobs[k::processes], device)) for k in range(processes)]
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise SimulationError(
            f"the run cannot be sent to other processes ({error}): its operations have to be functions of a module, "
            "not lambdas; or take processes=1"
        ) from error
    # processes of their own, not multiprocessing's: a script needs no `if __name__ == "__main__"`
    command = [sys.executable, "-m", "graphkit.simulation.brian2.worker"]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(processes)]
    outcomes: list[Outcome | None] = [None] * len(jobs)
    try:
        with ThreadPoolExecutor(processes) as pool:
            for k, found in enumerate(pool.map(_ask, started, parts)):
                outcomes[k::processes] = found
                if progress is not None:
                    progress(sum(one is not None for one in outcomes), len(jobs), "trials")
    finally:
        for process in started:
            process.kill()
            process.wait()
    return [one for one in outcomes if one is not None]


def _ask(process: subprocess.Popen[bytes], part: bytes) -> list[Outcome]:
    answer, _ = process.communicate(part)
    if not answer:
        raise SimulationError(f"a process that ran trials ended with code {process.returncode}; try processes=1")
    found: list[Outcome] | GraphkitError = pickle.loads(answer)
    if isinstance(found, GraphkitError):
        raise found
    return found


def _spike_trains(run: EquationRun, outcomes: list[Outcome], device: str) -> SpikeTrains:
    circuit, dt_ms = run.circuit, run.model.dt_ms
    step = np.concatenate([one.step for one in outcomes])
    return SpikeTrains(
        root_ids=circuit.root_ids, groups=circuit.group_labels,
        index=np.concatenate([one.index for one in outcomes]),
        t_ms=np.round(step * dt_ms, 9),
        trial=np.repeat(np.arange(len(outcomes), dtype=np.int32), [len(one.step) for one in outcomes]),
        duration_ms=round(run.steps * dt_ms, 9), trials=len(outcomes), run={"engine": "brian2", "device": device},
        functional_nucleus=circuit.functional_nucleus, states=states_of(run, [one.states for one in outcomes]),
    )  # fmt: skip
