"""Where Brian2 computes: a device that is set up for a run, with Brian2 left as its user had it."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import brian2
import numpy as np
from brian2 import Network, get_device, ms, prefs, second
from brian2.codegen.runtime.cython_rt import CythonCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import reset_device, runtime_device, set_device
from brian2.utils.logger import catch_logs

from graphkit.errors import MissingDependencyError, SimulationError
from graphkit.progress import Progress

__all__ = [
    "COMPILER",
    "DEVICES",
    "ONE_AT_A_TIME",
    "brian2_set_up",
    "compile_program",
    "cython_compiles",
    "run_here",
    "run_program",
    "run_standalone",
]

#: Where Brian2 computes: the first two in this process, the last as a C++ program compiled for the run.
DEVICES = ("numpy", "cython", "cpp_standalone")

COMPILER = "Install make and a C++ compiler (Debian: apt install build-essential; macOS: xcode-select --install)"
ONE_AT_A_TIME = threading.Lock()  # Brian2's device and preferences belong to the process


def cython_compiles() -> bool:
    """Say whether a compiler is there that cython can use."""
    with catch_logs():  # Brian2 would print the compiler's words
        return bool(CythonCodeObject.is_available())


@contextmanager
def brian2_set_up(device: str, *, seed: int | None = None) -> Iterator[None]:
    """Set Brian2 up for our run, with a seed where it draws numbers, and afterwards back to what its user had."""
    flags = [flag for flag in prefs["codegen.cpp.extra_compile_args_gcc"] if not flag.endswith("-math-only")]
    flags = [flag for flag in flags if flag != "-ffast-math"]
    wanted = {
        "codegen.target": "numpy" if device == "cpp_standalone" else device,
        "codegen.cpp.extra_compile_args": None,
        "codegen.cpp.extra_compile_args_gcc": [*flags, "-ffp-contract=off"],
        "core.default_float_dtype": np.float64,
        "core.stop_on_keyboard_interrupt": False,  # Ctrl-C is to raise KeyboardInterrupt, not to end the run early
        "devices.cpp_standalone.openmp_threads": 0,
        "legacy.refractory_timing": False,
    }
    found = {name: prefs[name] for name in wanted}
    running, state = Network._globally_running, np.random.get_state()
    set_device(CPPStandaloneDevice() if device == "cpp_standalone" else runtime_device, build_on_run=False)
    try:
        for name, value in wanted.items():
            prefs[name] = value
        if seed is not None:
            brian2.seed(seed % 2**32)
        yield
    finally:
        for name, value in found.items():
            prefs[name] = value
        reset_device()
        np.random.set_state(state)
        Network._globally_running = running  # an interrupted run leaves it set, and Brian2 would swallow later Ctrl-C


def run_here(network: Network, steps: int, dt_ms: float, progress: Progress | None) -> None:
    """Run a network in this process."""

    def report(elapsed: object, completed: float, start: object, duration: object) -> None:
        if progress is not None:
            progress(round(completed * steps), steps, "steps")

    network.run(
        steps * dt_ms * ms, report=None if progress is None else report, report_period=0.25 * second, namespace={}
    )


def run_standalone(network: Network, steps: int, dt_ms: float, folder: str, progress: Progress | None) -> None:
    """Write, compile and run a network as a program, in a folder of its own."""

    def report(completed: float) -> None:
        if progress is not None:
            progress(round(completed * steps), steps, "steps")

    device = get_device()
    compile_program(network, steps, dt_ms, folder, report=progress is not None)
    run_program(Path(folder, "main"), Path(device.results_dir), cwd=Path(folder), report=report)
    device.has_been_run = True


def compile_program(network: Network, steps: int, dt_ms: float, folder: str, *, report: bool) -> None:
    """Write and compile a network as a program in a folder; it prints what share is done where a report is asked for.

    Raises
    ------
    MissingDependencyError
        If there is no compiler, or it fails.
    """
    text = "std::cout << completed << std::endl;" if report else None
    network.run(steps * dt_ms * ms, report=text, report_period=0.25 * second, namespace={})
    get_device().build(directory=folder, compile=False, run=False)
    make = [prefs["devices.cpp_standalone.make_cmd_unix"], *prefs["devices.cpp_standalone.extra_make_args_unix"]]
    try:
        made = subprocess.run(make, cwd=folder, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise MissingDependencyError(f"cpp_standalone: {make[0]} is not installed. {COMPILER}.") from error
    if made.returncode:
        raise MissingDependencyError(f"cpp_standalone: compiling failed. {COMPILER}.\n{made.stderr[-1000:]}")


def run_program(
    program: Path, results: Path, *, cwd: Path, report: Callable[[float], None] = lambda completed: None,
    arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Run a compiled network.

    It is started here and not by Brian2, which would change the working directory and swallow Ctrl-C.

    Raises
    ------
    SimulationError
        If the program fails.
    """
    results.mkdir(exist_ok=True)
    run = subprocess.Popen(
        [program, "--results_dir", f"{results}/", *arguments], cwd=cwd, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **get_device().run_environment_variables, **(environment or {})},
    )  # fmt: skip
    with run:
        try:
            for line in run.stdout or ():
                report(float(line))
        except BaseException:  # Ctrl-C, or an error of the caller's progress
            run.kill()
            raise
    if run.returncode:
        raise SimulationError(f"the compiled program ended with code {run.returncode}; try device='numpy'")
