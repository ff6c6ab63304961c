"""Brian2 as an engine: the reference, to which every other engine is compared.

All trials are one run of one network, one after another, with a pause in which nobody fires: long enough for every
spike under way to arrive and every refractory period to end. Then v and g are set back. So a network is built, and for
C++ compiled, once.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field

import brian2
import numpy as np
import numpy.typing as npt
from brian2 import Network, ms, mV

from graphkit.errors import MissingDependencyError, SimulationError
from graphkit.progress import Progress
from graphkit.simulation.base import Experiment, events, sources, spike_trains
from graphkit.simulation.brian2.device import (
    COMPILER,
    DEVICES,
    ONE_AT_A_TIME,
    brian2_set_up,
    cython_compiles,
    run_here,
    run_standalone,
)
from graphkit.simulation.values import one_of
from graphkit.spikes import SpikeTrains

__all__ = ["Brian2"]

_EQUATIONS = """
dv/dt = (g - (v - v_rest)) / tau_membrane : volt {unless}
dg/dt = -g / tau_synapse : volt {unless}
refractory_period : second (constant)
clamped : boolean (constant)
"""


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
        with ONE_AT_A_TIME:
            device = self.device or _cheapest(experiment)
            with brian2_set_up(device):
                if self.device == "cython" and not cython_compiles():
                    raise MissingDependencyError(f"cython: a test program does not compile. {COMPILER}.")
                network, monitor = _network(experiment, period)
                if device == "cpp_standalone":
                    with tempfile.TemporaryDirectory(prefix="graphkit_brian2_") as folder:
                        run_standalone(network, steps, experiment.model.dt_ms, folder, progress)
                        index, step = _spikes(monitor, experiment.model.dt_ms)
                else:
                    run_here(network, steps, experiment.model.dt_ms, progress)
                    index, step = _spikes(monitor, experiment.model.dt_ms)
        return spike_trains(
            experiment, step=step % period, index=index, trial=(step // period).astype(np.int32),
            run={"engine": self.name, "device": device},
        )  # fmt: skip


def _cheapest(experiment: Experiment) -> str:
    # numpy takes about 10 ns a step for each neuron, and as much as 10,000 neurons for the step itself
    numpy_s = 1e-8 * experiment.trials * experiment.steps * (len(experiment.circuit) + 10_000)
    return "cython" if numpy_s > 120 and cython_compiles() else "numpy"


def _refractory_steps(experiment: Experiment) -> npt.NDArray[np.int32]:
    # at most to the end of the trial, which changes no spike of it, and keeps the pause after it short
    return np.minimum(experiment.refractory_steps, experiment.steps)


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


def _spikes(monitor: brian2.SpikeMonitor, dt_ms: float) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return neuron and step of each spike, in the order of the run."""
    return np.array(monitor.i, dtype=np.int32), np.rint(np.asarray(monitor.t / ms) / dt_ms).astype(np.int64)
