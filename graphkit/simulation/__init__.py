"""Simulating a circuit under a model, by the engine that suits it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module

from graphkit.circuit import Circuit
from graphkit.errors import SimulationError
from graphkit.progress import Progress
from graphkit.selection import Selection
from graphkit.simulation.base import Simulator
from graphkit.simulation.equation_model import EquationModel, Operation, PoissonEvents, SynapseModel
from graphkit.simulation.equation_run import EquationStimulus
from graphkit.simulation.equations import of_lif, refuse_lif_options, simulate_changes
from graphkit.simulation.importing import importing_brian2
from graphkit.simulation.members import members
from graphkit.simulation.parameters import PRESETS, LIFModel, Preset
from graphkit.simulation.recording import Recording
from graphkit.simulation.resolving import choose_preset, choose_stimuli, resolve
from graphkit.simulation.run_record import record as record_of
from graphkit.simulation.spike_times import SpikeTimesStimulus
from graphkit.simulation.stimuli import CurrentStimulus, Group, NoiseStimulus, PoissonStimulus, RegularStimulus
from graphkit.simulation.stimulus_files import read_stimuli
from graphkit.simulation.values import Quantity, one_of, plain
from graphkit.spikes import SpikeTrains

__all__ = [
    "PRESETS", "CurrentStimulus", "EquationModel", "LIFModel", "NoiseStimulus", "Operation", "PoissonEvents",
    "PoissonStimulus", "Preset", "Recording", "RegularStimulus", "SpikeTimesStimulus", "SynapseModel", "read_stimuli",
    "simulate", "simulate_changes",
]  # fmt: skip

_LOGGER = logging.getLogger(__name__)

# Imported when first asked for: brian2 takes seconds to import, and numba is compiled code.
_ENGINES = {
    "brian2": ("graphkit.simulation.brian2", "Brian2"),
    "event_driven": ("graphkit.simulation.event_driven", "EventDriven"),
}


def simulate(
    circuit: Circuit,
    model: str | Preset | LIFModel | EquationModel = "fly_lif",
    engine: str = "auto",
    targets: Iterable[int] | Selection | None = None,
    rate_hz: float | Quantity | None = None,
    second_targets: Iterable[int] | Selection | None = None,
    second_rate_hz: float | Quantity | None = None,
    silence: Iterable[int] | Selection | None = None,
    silence_mode: str = "outputs",
    duration_ms: float | Quantity = 1000.0,
    trials: int = 1,
    seed: int | None = None,
    progress: Progress | None = None,
    *,
    stimuli: Mapping[str, EquationStimulus | bool] | Iterable[EquationStimulus] | None = None,
    dt_ms: float | Quantity | None = None,
    device: str | None = None,
    silence_start_ms: float | Quantity = 0.0,
    silence_end_ms: float | Quantity | None = None,
    record: Recording | None = None,
    operations: Iterable[Operation] = (),
    processes: int = 1,
) -> SpikeTrains:
    """Simulate a circuit.

    Rates, times and potentials are numbers in the unit of their name, or Brian2 quantities.

    Parameters
    ----------
    circuit
        Neurons and connections.
    model
        "fly_lif", "shiu2024", a changed :class:`Preset`, a bare :class:`LIFModel`, which brings no stimuli, or an
        :class:`EquationModel`, which Brian2 runs.
    engine
        "event_driven", "brian2", or "auto": event_driven, unless a device of Brian2 is asked for, or noise. Both give
        the same spikes.
    targets
        root_ids, or a Selection, that get the target drive, instead of the circuit's target group.
    rate_hz
        Rate of the target drive (Hz), instead of the model's.
    second_targets, second_rate_hz
        root_ids of a second group with a drive of its own, and its rate (Hz).
    silence
        root_ids of silenced neurons, or a Selection.
    silence_mode
        "outputs": their outgoing weights are 0, they themselves fire as they are driven (Shiu et al. 2024). "both":
        incoming weights are 0 too; a stimulus still reaches them. "clamp": input arrives, but they never fire.
    duration_ms
        Simulated time of one trial (ms), a whole number of steps.
    trials
        Number of trials; they differ in their random input only.
    seed
        The same seed gives the same spikes, whatever the engine, the device and the number of trials; without, one is
        drawn. It is in ``run["seed"]``.
    progress
        Called as the run goes.
    stimuli
        Changes to the model's stimuli, by name: False switches one off, a stimulus replaces or adds one
        (:class:`PoissonStimulus`, :class:`RegularStimulus`, :class:`SpikeTimesStimulus`, :class:`CurrentStimulus`,
        :class:`NoiseStimulus`). Those to be added can also be given as a list. downstream_2 is off, and no source
        states its values: switching it on takes a PoissonStimulus.
    dt_ms
        Time step (ms), instead of the model's.
    device
        Of Brian2: "numpy", "cython" or "cpp_standalone"; without, the cheapest.
    silence_start_ms, silence_end_ms
        When silencing is in force (ms): from start on, before end; without an end, to the end of each trial.
    record
        State variables to record; they are in ``states`` of the result.
    operations
        Functions that are called as the network of an :class:`EquationModel` runs.
    processes
        Processes that the trials of an :class:`EquationModel` are shared among.

    Returns
    -------
    SpikeTrains
        The spikes; ``run`` holds everything needed to repeat the run.

    Raises
    ------
    SimulationError
        If there is no such model, engine, device, stimulus or silence_mode, a value is out of its range, or no neuron
        gets input. Nothing has run then.
    SelectionError
        If an id is not in the circuit.
    MissingDependencyError
        If a compiler is missing that the device needs.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, PoissonStimulus, simulate
    >>> edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 3], "weight_signed": [200, 200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> simulate(circuit, duration_ms=100, seed=1).trials
    1

    Without background, and with a drive of the second level that the model does not state:

    >>> drive = PoissonStimulus("downstream_2", "downstream_2", rate_hz=7.5, amplitude_mv=7.0)
    >>> spikes = simulate(circuit, stimuli={"background": False, "downstream_2": drive}, duration_ms=100, seed=1)
    >>> [stimulus["name"] for stimulus in spikes.run["stimuli"]]
    ['target', 'downstream_1', 'downstream_2']

    A step of current instead, the membrane potential over time, and neuron 1 silenced from 50 ms on:

    >>> step = CurrentStimulus("step", [1], [0.9, 0], times_ms=[20, 80])
    >>> spikes = simulate(
    ...     circuit, LIFModel(), stimuli=[step], duration_ms=100, silence=[1], silence_start_ms=50,
    ...     record=Recording([1, 2], variables="v", every_ms=10))
    >>> spikes.states
    States(v_mv of 2 neurons at 10 times, 1 trials)
    """
    one_of(engine, ("auto", *_ENGINES), "engine")
    if record is not None and not isinstance(record, Recording):
        raise SimulationError(
            f"record is {record!r}: give a Recording, such as Recording('all') or Recording(root_ids)"
        )
    if isinstance(model, EquationModel):
        if engine == "event_driven":
            raise SimulationError(
                f"engine 'event_driven' runs the LIF model alone, not the equations of {model.name!r}: take 'brian2'"
            )
        refuse_lif_options(
            rate_hz=rate_hz, second_rate_hz=second_rate_hz, silence_end_ms=silence_end_ms,
            silence_start_ms=silence_start_ms or None,
        )  # fmt: skip
        return simulate_changes(
            circuit, model, [{}], targets=targets, second_targets=second_targets, silence=silence,
            silence_mode=silence_mode, duration_ms=duration_ms, trials=trials, seed=seed, progress=progress,
            stimuli=stimuli, dt_ms=dt_ms, device=device, record=record, operations=operations, processes=processes,
        )[0]  # fmt: skip
    if list(operations) or processes != 1:
        raise SimulationError(
            "operations and processes go with an EquationModel: take fly_lif_equations() of graphkit.simulation.models "
            "for the LIF model in equations"
        )
    preset = choose_preset(model, dt_ms)
    chosen = choose_stimuli(
        preset, circuit, changes=of_lif(stimuli), rate_hz=rate_hz, second_targets=second_targets is not None,
        second_rate_hz=second_rate_hz,
    )  # fmt: skip
    first, second, silenced = _kept(targets), _kept(second_targets), _kept(silence)
    experiment = resolve(
        circuit, preset, stimuli=chosen, targets=first, second_targets=second, silence=silenced,
        silence_mode=silence_mode, silence_start_ms=silence_start_ms, silence_end_ms=silence_end_ms,
        duration_ms=duration_ms, trials=trials, seed=seed, record=record,
    )  # fmt: skip
    simulator = _simulator("brian2" if engine == "auto" and experiment.noise else engine, device)
    _LOGGER.info(
        "simulating %s of %r with %s, seed %d, %d trials of %g ms",
        preset.name, circuit, type(simulator).__name__, experiment.seed, trials,
        plain(duration_ms, "ms", "duration_ms"),
    )  # fmt: skip
    started = time.perf_counter()
    spikes = simulator.run(experiment, progress)
    _LOGGER.info("simulated %d spikes in %.2f s", len(spikes), time.perf_counter() - started)
    run = record_of(
        experiment, preset, chosen,
        given=[group for group, ids in (("target", targets), ("second_targets", second_targets)) if ids is not None],
        silence=_silenced(circuit, silenced, silence_mode, silence_start_ms, silence_end_ms), recording=record,
        ran=spikes.run, wall_s=time.perf_counter() - started,
    )  # fmt: skip
    return replace(spikes, run=run)


def _kept(ids: Iterable[int] | Selection | None) -> Group | None:
    """Return ids that can be gone through more than once."""
    return list(ids) if isinstance(ids, Iterator) else ids


def _silenced(
    circuit: Circuit, silence: Group | None, mode: str, start_ms: float | Quantity, end_ms: float | Quantity | None
) -> dict[str, object]:
    positions = members(circuit, () if silence is None else silence, "silence")
    said: dict[str, object] = {"mode": mode, "root_ids": [str(one) for one in circuit.root_ids[positions].tolist()]}
    if plain(start_ms, "ms", "silence_start_ms") > 0 or end_ms is not None:
        said["start_ms"] = plain(start_ms, "ms", "silence_start_ms")
        said["end_ms"] = None if end_ms is None else plain(end_ms, "ms", "silence_end_ms")
    return said


def _simulator(engine: str, device: str | None) -> Simulator:
    if engine == "auto":
        engine = "event_driven" if device is None else "brian2"
    if engine != "brian2" and device is not None:
        raise SimulationError(f"device {device!r} is one of Brian2's; {engine} has none. Take engine='brian2'.")
    module, name = _ENGINES[engine]
    with importing_brian2():
        found = getattr(import_module(module), name)
    simulator: Simulator = found() if device is None else found(device=device)
    return simulator
