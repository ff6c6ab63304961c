"""Simulating a circuit under an :class:`EquationModel`, in Brian2."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast, get_args

from graphkit.circuit import Circuit
from graphkit.errors import SimulationError
from graphkit.progress import Progress
from graphkit.selection import Selection
from graphkit.simulation.equation_model import EquationModel, Operation, PoissonEvents, Value
from graphkit.simulation.equation_run import EquationStimulus, resolve_equations
from graphkit.simulation.experiment import SilenceMode
from graphkit.simulation.importing import importing_brian2
from graphkit.simulation.members import members
from graphkit.simulation.recording import Recording
from graphkit.simulation.run_record import record_equations
from graphkit.simulation.spike_times import Stimulus
from graphkit.simulation.values import Quantity, one_of, plain, whole_number, whole_steps
from graphkit.spikes import SpikeTrains

__all__ = ["of_lif", "refuse_lif_options", "simulate_changes"]

Stimuli = Mapping[str, EquationStimulus | bool] | Iterable[EquationStimulus] | None


def simulate_changes(
    circuit: Circuit,
    model: EquationModel,
    changes: Sequence[Mapping[str, Value]],
    *,
    targets: Iterable[int] | Selection | None = None,
    second_targets: Iterable[int] | Selection | None = None,
    silence: Iterable[int] | Selection | None = None,
    silence_mode: str = "outputs",
    duration_ms: float | Quantity = 1000.0,
    trials: int = 1,
    seed: int | None = None,
    progress: Progress | None = None,
    stimuli: Stimuli = None,
    dt_ms: float | Quantity | None = None,
    device: str | None = None,
    record: Recording | None = None,
    operations: Iterable[Operation] = (),
    processes: int = 1,
) -> list[SpikeTrains]:
    """Simulate a circuit once for each of several values of parameters, in one network that is built once.

    With device="cpp_standalone" one program is compiled for all of them.

    Parameters
    ----------
    circuit, model
        Neurons and connections; the model.
    changes
        For each run the values of the parameters that it changes: [{"g_na": "20*uS"}, {"g_na": 0}].
    targets, second_targets, silence, silence_mode, duration_ms, trials, seed, progress, stimuli, dt_ms, device, record
        As in :func:`simulate`; all runs get the same random input.
    operations
        Functions that are called as the network runs.
    processes
        Processes that the trials are shared among.

    Returns
    -------
    list of SpikeTrains
        One for each of the changes.

    Raises
    ------
    SimulationError
        If the model has no such parameter, and as :func:`simulate`. Nothing has run then; a trial that diverges ends
        the run.
    SelectionError
        If an id is not in the circuit.
    MissingDependencyError
        If a compiler is missing that the device needs.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, CurrentStimulus
    >>> from graphkit.simulation import simulate_changes
    >>> from graphkit.simulation.models import leaky_integrate_and_fire
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> runs = simulate_changes(
    ...     Circuit.from_edges(edges, targets=[1]), leaky_integrate_and_fire(), [{"R": "10*Mohm"}, {"R": "5*Mohm"}],
    ...     stimuli=[CurrentStimulus("step", "target", 1.0)], duration_ms=100)
    >>> [int(run.counts()[0, 0]) for run in runs]
    [3, 0]
    """
    if not changes:
        raise SimulationError("changes is empty: give at least one mapping, {} for the model as it is")
    if dt_ms is not None:
        model = replace(model, dt_ms=plain(dt_ms, "ms", "dt_ms"))
    given = _listed(stimuli)
    run = resolve_equations(
        circuit, model, stimuli=given, targets=targets, second_targets=second_targets, silence=silence,
        silence_mode=cast(SilenceMode, one_of(silence_mode, get_args(SilenceMode), "silence_mode")),
        steps=whole_steps(plain(duration_ms, "ms", "duration_ms"), model.dt_ms),
        trials=whole_number(trials, 1, 2**31, "trials"),
        seed=secrets.randbits(63) if seed is None else whole_number(seed, 0, 2**63, "seed"),
        record=record, operations=operations,
    )  # fmt: skip
    run = replace(run, changes=tuple(dict(change) for change in changes))
    started = time.perf_counter()
    with importing_brian2():
        from graphkit.simulation.brian2.parallel import run_equations
    found = run_equations(run, device=device, processes=processes, progress=progress)
    silenced = circuit.root_ids[members(circuit, () if silence is None else silence, "silence")].tolist()
    return [
        replace(
            spikes,
            run=record_equations(
                run, given, change=change, silence={"mode": silence_mode, "root_ids": [str(one) for one in silenced]},
                recording=record, ran=spikes.run, wall_s=(time.perf_counter() - started) / len(changes),
            ),
        )
        for change, spikes in zip(changes, found, strict=True)
    ]  # fmt: skip


def refuse_lif_options(**given: object) -> None:
    """Refuse what goes with the LIF model alone.

    Raises
    ------
    SimulationError
        If one of them is given.
    """
    if names := [name for name, value in given.items() if value is not None]:
        raise SimulationError(
            f"{', '.join(names)} go with the LIF model. With equations, give rates in stimuli=, and an Operation "
            "for what changes as the network runs"
        )


def of_lif(stimuli: Stimuli) -> Mapping[str, Stimulus | bool] | Iterable[Stimulus]:
    """Return the stimuli of the LIF model.

    Raises
    ------
    SimulationError
        If one of them is made for equations.
    """
    if stimuli is None:
        return {}
    kept = stimuli if isinstance(stimuli, Mapping) else list(stimuli)
    for one in kept.values() if isinstance(kept, Mapping) else kept:
        if isinstance(one, PoissonEvents):
            raise SimulationError(
                f"stimulus {one.name!r}: PoissonEvents run code of an EquationModel; the LIF model takes a "
                "PoissonStimulus"
            )
    return cast("Mapping[str, Stimulus | bool] | Iterable[Stimulus]", kept)


def _listed(stimuli: Stimuli) -> list[EquationStimulus]:
    if stimuli is None:
        return []
    if isinstance(stimuli, Mapping):
        for name, one in stimuli.items():
            if isinstance(one, bool):
                raise SimulationError(f"stimuli[{name!r}] is {one}: equations bring no stimuli to switch on or off")
            if one.name != name:
                raise SimulationError(f"stimuli[{name!r}] holds a stimulus named {one.name!r}: use one name")
        stimuli = [one for one in stimuli.values() if not isinstance(one, bool)]
    listed = list(stimuli)
    if len({one.name for one in listed}) < len(listed):
        raise SimulationError("two stimuli have one name: random input is drawn by name, give each its own")
    return listed
