"""Running the trials of an :class:`EquationModel`: one network, built once, for all of them.

A trial begins with the network as it was built, its random numbers seeded by the run's seed and the trial, and its
variables at their initial values. So a trial is the same however many others are run, and in whatever process.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brian2
import numpy as np
import numpy.typing as npt
from brian2 import get_device, ms
from brian2.devices.device import runtime_device

from graphkit.errors import MissingDependencyError, SimulationError
from graphkit.progress import Progress
from graphkit.simulation.brian2.device import (
    COMPILER,
    ONE_AT_A_TIME,
    brian2_set_up,
    compile_program,
    cython_compiles,
    run_program,
)
from graphkit.simulation.brian2.equations import Built, Events, build, events_of, recorded, spikes_of
from graphkit.simulation.brian2.neurons import check_divergence, set_variable, start_trial
from graphkit.simulation.brian2.quantities import is_constant, quantity
from graphkit.simulation.brian2.running import add_operations
from graphkit.simulation.brian2.words import in_our_words
from graphkit.simulation.equation_model import Value
from graphkit.simulation.equation_run import EquationRun

__all__ = ["Job", "Outcome", "run_jobs"]

Job = tuple[int, int]  # which of the run's changes, which trial


@dataclass(frozen=True)
class Outcome:
    """What came of a job: steps and neurons of its spikes, and what was recorded."""

    step: npt.NDArray[np.int64]
    index: npt.NDArray[np.int32]
    states: dict[str, npt.NDArray[np.float64]]


def run_jobs(
    run: EquationRun, jobs: list[Job], device: str, *, programs: int = 1, progress: Progress | None = None
) -> list[Outcome]:
    """Run jobs in one network.

    Parameters
    ----------
    run
        What is run.
    jobs
        The jobs.
    device
        "numpy", "cython" or "cpp_standalone".
    programs
        Compiled programs that run at the same time; of cpp_standalone alone.
    progress
        Called with trials done.
    """
    with ONE_AT_A_TIME, brian2_set_up(device), _random_state_kept(), in_our_words(run.model.name):
        if device == "cython" and not cython_compiles():
            raise MissingDependencyError(f"cython: a test program does not compile. {COMPILER}.")
        if device == "cpp_standalone":
            return _run_standalone(run, jobs, programs, progress)
        return _run_here(run, jobs, progress)


def _run_here(run: EquationRun, jobs: list[Job], progress: Progress | None) -> list[Outcome]:
    brian2.seed(_seed(run))
    built = build(run, events_of(run, jobs[0][1]))
    now = add_operations(built, run)
    built.network.store()
    outcomes = []
    for done, (change, trial) in enumerate(jobs):
        built.network.restore()
        now.trial = trial
        brian2.seed(_seed(run, trial))
        for name, value in run.changes[change].items():
            for group in _owners(built, name):
                set_variable(group, name, value)
        start_trial(built.neurons, run)
        if built.generator is not None:
            events = events_of(run, trial)
            built.generator.set_spikes(events.source, events.step * run.model.dt_ms * ms, sorted=True)
        with np.errstate(all="ignore"):  # of a model that diverges, more is said than numpy would
            built.network.run(run.steps * run.model.dt_ms * ms, namespace={})
        check_divergence(built.neurons, run, trial)
        outcomes.append(Outcome(*spikes_of(built, run.model.dt_ms), recorded(built, run)))
        if progress is not None:
            progress(done + 1, len(jobs), "trials")
    return outcomes


def _run_standalone(run: EquationRun, jobs: list[Job], programs: int, progress: Progress | None) -> list[Outcome]:
    """Compile one program, run it once for each job, with its seed, its events and its parameters as arguments."""
    if run.operations:
        raise SimulationError("operations are called in this process: take device='numpy' or 'cython' with them")
    trials = {trial: events_of(run, trial) for _, trial in jobs}
    most = max(len(events.step) for events in trials.values())
    trials = {trial: events.padded(most, run.steps) for trial, events in trials.items()}
    device = get_device()
    brian2.seed(_seed(run))
    built = build(run, next(iter(trials.values())))
    if built.generator is not None:
        for name in ("neuron_index", "_timebins"):
            built.generator.variables[name].read_only = False  # so that the program takes others as arguments
    device.insert_code("main", "set_from_command_line(args);")
    device.insert_code("main", '_random_generators[0].seed(std::strtoul(std::getenv("GRAPHKIT_SEED"), NULL, 10));')
    start_trial(built.neurons, run)
    with tempfile.TemporaryDirectory(prefix="graphkit_brian2_") as name:
        folder = Path(name)
        compile_program(built.network, run.steps, run.model.dt_ms, name, report=False)

        def work(number: int) -> None:
            change, trial = jobs[number]
            run_program(
                folder / "main", folder / f"results_{number}", cwd=folder,
                arguments=list(_arguments(built, run.changes[change], trials[trial], folder, number)),
                environment={"GRAPHKIT_SEED": str(_seed(run, trial))},
            )  # fmt: skip

        with ThreadPoolExecutor(programs) as pool:
            try:
                for done, _ in enumerate(pool.map(work, range(len(jobs)))):
                    if progress is not None:
                        progress(done + 1, len(jobs), "trials")
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return [_read(run, built, folder / f"results_{number}", job) for number, job in enumerate(jobs)]


def _read(run: EquationRun, built: Built, results: Path, job: Job) -> Outcome:
    device = get_device()
    device.results_dir, device.has_been_run = f"{results}/", True
    for group in (built.neurons, built.spikes, built.states):
        for variable in () if group is None else group.variables.values():
            if variable in device.array_cache:
                device.array_cache[variable] = None
    check_divergence(built.neurons, run, job[1])
    return Outcome(*spikes_of(built, run.model.dt_ms), recorded(built, run))


def _arguments(built: Built, change: Mapping[str, Value], events: Events, folder: Path, number: int) -> Iterator[str]:
    if built.generator is not None:
        for name, values in (("neuron_index", events.source), ("_timebins", events.step)):
            path = folder / f"{name}_{number}"
            values.astype(np.int32).tofile(path)
            yield f"{built.generator.name}.{name}={path}"
    for name, value in change.items():
        if isinstance(value, str) and not is_constant(value):
            raise SimulationError(
                f"{name} is {value!r}: a compiled program takes values, not expressions; or take device='numpy'"
            )
        plain = np.asarray(quantity(value, name), np.float64)
        for group in _owners(built, name):
            if plain.ndim:
                path = folder / f"{group.name}_{name}_{number}"
                plain.tofile(path)
            yield f"{group.name}.{name}={path if plain.ndim else repr(float(plain))}"


def _owners(built: Built, name: str) -> list[Any]:
    """Return the groups that have a parameter of that name."""
    return [group for group in (built.neurons, *built.synapses.values()) if name in _own(group)]


def _own(group: Any) -> set[str]:
    return {name for name, variable in group.variables.items() if getattr(variable.owner, "name", "") == group.name}


def _seed(run: EquationRun, trial: int | None = None) -> int:
    """Return the seed of a trial; without, of what is drawn once for all trials."""
    key = np.random.SeedSequence([run.seed, 0 if trial is None else 1 + trial])
    return int(key.generate_state(1, np.uint32)[0])


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Leave the random numbers of numpy, which Brian2 seeds, as they were."""
    device = runtime_device
    before, own = np.random.get_state(), device.get_random_state()
    try:
        yield
    finally:
        device.set_random_state(own)
        np.random.set_state(before)
