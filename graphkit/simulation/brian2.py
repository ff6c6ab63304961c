"""Brian2 as an engine: the reference, to which every other engine is compared.

All trials are one run of one network, one after another, with a pause in which nobody fires: long enough for every
spike under way to arrive and every refractory period to end. Then v and g are set back. So a network is built, and for
C++ compiled, once.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import brian2
import numpy as np
import numpy.typing as npt
from brian2 import Network, get_device, ms, mV, prefs, second
from brian2.codegen.runtime.cython_rt import CythonCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import reset_device, runtime_device, set_device
from brian2.utils.logger import catch_logs

from graphkit.errors import MissingDependencyError, SimulationError
from graphkit.progress import Progress
from graphkit.simulation.base import Experiment, events, sources, spike_trains
from graphkit.simulation.values import one_of
from graphkit.spikes import SpikeTrains

__all__ = ["DEVICES", "Brian2"]

#: Where Brian2 computes: the first two in this process, the last as a C++ program compiled for the run.
DEVICES = ("numpy", "cython", "cpp_standalone")

_EQUATIONS = """
dv/dt = (g - (v - v_rest)) / tau_membrane : volt {unless}
dg/dt = -g / tau_synapse : volt {unless}
refractory_period : second (constant)
clamped : boolean (constant)
"""
_COMPILER = "Install make and a C++ compiler (Debian: apt install build-essential; macOS: xcode-select --install)"
_ONE_AT_A_TIME = threading.Lock()  # Brian2's device and preferences belong to the process


@dataclass(frozen=True)
class Brian2:
    """Brian2 as an engine.

    Compiled code runs without -ffast-math or fused multiply-add, which Brian2 switches on: so the devices agree in
    every spike. What a user has set in Brian2 (preferences, device, random state, own networks) is left as it was.

    Parameters
    ----------
    device
        "numpy", "cython", "cpp_standalone", or None: numpy, or cython where numpy would take minutes and a compiler
        is there. Compiling takes about a minute for cython, once for all runs, and half a minute for
        cpp_standalone, for each run.

    Raises
    ------
    SimulationError
        If there is no such device.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> simulate(circuit, engine="brian2", device="numpy", duration_ms=100, seed=1).run["engine"]
    'brian2'
    """

    device: str | None = None
    name: str = field(default="brian2", init=False)

    def __post_init__(self) -> None:
        if self.device is not None:
            one_of(self.device, DEVICES, "device")

    def run(self, experiment: Experiment, progress: Progress | None = None) -> SpikeTrains:
        """Run all trials.

        Raises
        ------
        MissingDependencyError
            If the device needs a compiler and there is none.
        SimulationError
            If there are too many steps for one run.
        """
        pause = max(experiment.model.delay_steps, int(_refractory_steps(experiment).max())) + 2
        period = experiment.steps + pause
        steps = experiment.trials * period - pause
        if steps >= 2**31:
            raise SimulationError(f"{steps} steps are too many for one run of Brian2: ask for fewer trials at a time")
        with _ONE_AT_A_TIME:
            device = self.device or _cheapest(experiment)
            with _brian2_set_up(device):
                if self.device == "cython" and not _cython_compiles():
                    raise MissingDependencyError(f"cython: a test program does not compile. {_COMPILER}.")
                network, monitor = _network(experiment, period)
                if device == "cpp_standalone":
                    with tempfile.TemporaryDirectory(prefix="graphkit_brian2_") as folder:
                        _run_standalone(network, steps, experiment.model.dt_ms, folder, progress)
                        index, step = _spikes(monitor, experiment.model.dt_ms)
                else:
                    _run_here(network, steps, experiment.model.dt_ms, progress)
                    index, step = _spikes(monitor, experiment.model.dt_ms)
        return spike_trains(
            experiment, step=step % period, index=index, trial=(step // period).astype(np.int32),
            run={"engine": self.name, "device": device},
        )  # fmt: skip


def _cheapest(experiment: Experiment) -> str:
    # numpy takes about 10 ns a step for each neuron, and as much as 10,000 neurons for the step itself
    numpy_s = 1e-8 * experiment.trials * experiment.steps * (len(experiment.circuit) + 10_000)
    return "cython" if numpy_s > 120 and _cython_compiles() else "numpy"


def _cython_compiles() -> bool:
    with catch_logs():  # Brian2 would print the compiler's words
        return bool(CythonCodeObject.is_available())


def _refractory_steps(experiment: Experiment) -> npt.NDArray[np.int32]:
    # at most to the end of the trial, which changes no spike of it, and keeps the pause after it short
    return np.minimum(experiment.refractory_steps, experiment.steps)


@contextmanager
def _brian2_set_up(device: str) -> Iterator[None]:
    """Set Brian2 up for our run, and afterwards back to what its user had."""
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
    running = Network._globally_running
    set_device(CPPStandaloneDevice() if device == "cpp_standalone" else runtime_device, build_on_run=False)
    try:
        for name, value in wanted.items():
            prefs[name] = value
        yield
    finally:
        for name, value in found.items():
            prefs[name] = value
        reset_device()
        Network._globally_running = running  # an interrupted run leaves it set, and Brian2 would swallow later Ctrl-C


def _network(experiment: Experiment, period: int) -> tuple[Network, brian2.SpikeMonitor]:
    """Build the network of all trials; its objects are named, so that Brian2 finds their compiled code again."""
    circuit, model = experiment.circuit, experiment.model
    clock = brian2.Clock(dt=model.dt_ms * ms, name="graphkit_clock")
    neurons = brian2.NeuronGroup(
        len(circuit),
        _EQUATIONS.format(unless="(unless refractory)" if model.while_refractory == "freeze" else ""),
        method="exact",
        threshold="v > v_threshold and not clamped and t_in_timesteps % period < steps",
        reset="v = v_reset; g = 0*volt",
        refractory="refractory_period",
        namespace={
            "v_rest": model.v_rest_mv * mV, "v_reset": model.v_reset_mv * mV, "v_threshold": model.v_threshold_mv * mV,
            "tau_membrane": model.tau_membrane_ms * ms, "tau_synapse": model.tau_synapse_ms * ms,
            "steps": experiment.steps, "period": period,
        },
        clock=clock,
        name="graphkit_neurons",
    )  # fmt: skip
    neurons.refractory_period = _refractory_steps(experiment) * model.dt_ms * ms
    neurons.clamped = experiment.clamped
    begin = neurons.run_regularly(
        "v = v_rest; g = 0*volt", dt=period * model.dt_ms * ms, when="start", name="graphkit_begin_trial"
    )
    monitor = brian2.SpikeMonitor(neurons, name="graphkit_monitor")
    network = Network(neurons, begin, monitor, name="graphkit_network")
    if len(circuit.pre):
        synapses = brian2.Synapses(
            neurons, neurons, "weight : volt (constant)", on_pre="g_post += weight",
            delay=model.delay_steps * model.dt_ms * ms, clock=clock, name="graphkit_synapses",
        )  # fmt: skip
        synapses.connect(i=circuit.pre, j=circuit.post)
        synapses.weight = circuit.weight * model.synapse_mv * mV
        network.add(synapses)
    network.add(*_input(experiment, period, neurons, clock))
    return network, monitor


def _input(
    experiment: Experiment, period: int, neurons: brian2.NeuronGroup, clock: brian2.Clock
) -> list[brian2.BrianObject]:
    """Feed the events of all trials in, after the recurrent synapses of the same step."""
    index, amplitude_mv = sources(experiment)
    trials = [events(experiment, trial) for trial in range(experiment.trials)]
    step = np.concatenate([step + np.int64(trial * period) for trial, (step, _) in enumerate(trials)])
    if not len(step):
        return []
    generator = brian2.SpikeGeneratorGroup(
        len(index), np.concatenate([source for _, source in trials]), step * experiment.model.dt_ms * ms,
        clock=clock, sorted=True, name="graphkit_events",
    )  # fmt: skip
    kicks = brian2.Synapses(
        generator, neurons, "amplitude : volt (constant)", on_pre="v_post += amplitude", clock=clock,
        name="graphkit_kicks",
    )  # fmt: skip
    kicks.connect(i=np.arange(len(index)), j=index)
    kicks.amplitude = amplitude_mv * mV
    kicks.pre.order = 1
    return [generator, kicks]


def _run_here(network: Network, steps: int, dt_ms: float, progress: Progress | None) -> None:
    def report(elapsed: object, completed: float, start: object, duration: object) -> None:
        if progress is not None:
            progress(round(completed * steps), steps, "steps")

    network.run(
        steps * dt_ms * ms, report=None if progress is None else report, report_period=0.25 * second, namespace={}
    )


def _run_standalone(network: Network, steps: int, dt_ms: float, folder: str, progress: Progress | None) -> None:
    """Write, compile and run the program, in a folder of its own.

    The program is started here and not by Brian2, which would change the working directory and swallow Ctrl-C.
    """
    device = get_device()
    report = None if progress is None else "std::cout << completed << std::endl;"
    network.run(steps * dt_ms * ms, report=report, report_period=0.25 * second, namespace={})
    device.build(directory=folder, compile=False, run=False)
    make = [prefs["devices.cpp_standalone.make_cmd_unix"], *prefs["devices.cpp_standalone.extra_make_args_unix"]]
    try:
        made = subprocess.run(make, cwd=folder, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise MissingDependencyError(f"cpp_standalone: {make[0]} is not installed. {_COMPILER}.") from error
    if made.returncode:
        raise MissingDependencyError(f"cpp_standalone: compiling failed. {_COMPILER}.\n{made.stderr[-1000:]}")
    Path(device.results_dir).mkdir(exist_ok=True)
    program = subprocess.Popen(
        [Path(folder, "main"), "--results_dir", device.results_dir],
        cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ, **device.run_environment_variables},
    )  # fmt: skip
    with program:
        try:
            for line in program.stdout or ():
                if progress is not None:
                    progress(round(float(line) * steps), steps, "steps")
        except BaseException:  # Ctrl-C, or an error of the caller's progress
            program.kill()
            raise
    if program.returncode:
        raise SimulationError(f"the compiled program ended with code {program.returncode}; try device='numpy'")
    device.has_been_run = True


def _spikes(monitor: brian2.SpikeMonitor, dt_ms: float) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return neuron and step of each spike, in the order of the run."""
    return np.array(monitor.i, dtype=np.int32), np.rint(np.asarray(monitor.t / ms) / dt_ms).astype(np.int64)
