"""Brian2 as an engine: the reference, to which every other engine is compared."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field

from graphkit.errors import MissingDependencyError, SimulationError
from graphkit.progress import Progress
from graphkit.simulation.brian2.device import (
    COMPILER,
    DEVICES,
    ONE_AT_A_TIME,
    brian2_set_up,
    cython_compiles,
    run_here,
    run_standalone,
)
from graphkit.simulation.brian2.network import Layout, LIFNetwork
from graphkit.simulation.experiment import Experiment
from graphkit.simulation.values import one_of
from graphkit.spikes import SpikeTrains

__all__ = ["Brian2"]


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
        layout = Layout.of(experiment)
        if layout.steps >= 2**31:
            raise SimulationError(
                f"{layout.steps} steps are too many for one run of Brian2: ask for fewer trials at a time"
            )
        with ONE_AT_A_TIME:
            device = self.device or _cheapest(experiment)
            with brian2_set_up(device, seed=experiment.seed if experiment.noise else None):
                if self.device == "cython" and not cython_compiles():
                    raise MissingDependencyError(f"cython: a test program does not compile. {COMPILER}.")
                built = LIFNetwork(experiment, layout)
                if device == "cpp_standalone":
                    with tempfile.TemporaryDirectory(prefix="graphkit_brian2_") as folder:
                        run_standalone(built.network, layout.steps, experiment.model.dt_ms, folder, progress)
                        return built.results({"engine": self.name, "device": device})
                run_here(built.network, layout.steps, experiment.model.dt_ms, progress)
                return built.results({"engine": self.name, "device": device})


def _cheapest(experiment: Experiment) -> str:
    # numpy takes about 10 ns a step for each neuron, and as much as 10,000 neurons for the step itself
    numpy_s = 1e-8 * experiment.trials * experiment.steps * (len(experiment.circuit) + 10_000)
    return "cython" if numpy_s > 120 and cython_compiles() else "numpy"
