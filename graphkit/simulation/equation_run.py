"""One run of an :class:`EquationModel`, with everything resolved that Brian2 needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.errors import SimulationError
from graphkit.selection import Selection
from graphkit.simulation.equation_model import EquationModel, Operation, PoissonEvents, Value
from graphkit.simulation.experiment import ResolvedRecording, ResolvedStimulus, SilenceMode
from graphkit.simulation.inputs import current_steps, resolve_events
from graphkit.simulation.members import members
from graphkit.simulation.recording import Recording
from graphkit.simulation.spike_times import Stimulus
from graphkit.simulation.stimuli import CurrentStimulus, NoiseStimulus, PoissonStimulus

__all__ = ["EquationRun", "EquationStimulus", "InputCurrent", "resolve_equations"]

EquationStimulus = Stimulus | PoissonEvents


@dataclass(frozen=True)
class InputCurrent:
    """A current with its neurons found: from each of its steps on, it is so many nA."""

    positions: npt.NDArray[np.int32]
    steps: tuple[int, ...]
    currents_na: tuple[float, ...]


@dataclass(frozen=True)
class EquationRun:
    """One run of an equation model.

    Parameters
    ----------
    circuit
        Neurons and connections; those of silenced neurons are gone.
    model
        The model.
    stimuli
        The external events, neurons resolved.
    on_event
        What an event of each stimulus does: Brian2's code, or "" to add its amplitude in mV.
    currents
        The external currents.
    clamped
        (n,) neurons that never spike.
    silenced
        (n,) neurons to which, or from which, a condition makes no connections: the outputs' mask, the inputs' mask.
    steps, trials, seed
        As in :class:`Experiment`.
    recording
        What is recorded beside spikes.
    operations
        What is called as it runs.
    changes
        Values of parameters, one mapping for each time that all trials are run.
    """

    circuit: Circuit
    model: EquationModel
    stimuli: tuple[ResolvedStimulus, ...]
    on_event: tuple[str, ...]
    currents: tuple[InputCurrent, ...]
    clamped: npt.NDArray[np.bool_]
    silenced: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    steps: int
    trials: int
    seed: int
    recording: ResolvedRecording | None = None
    operations: tuple[Operation, ...] = ()
    changes: tuple[Mapping[str, Value], ...] = ({},)

    @property
    def changing(self) -> set[str]:
        """The parameters whose values change."""
        return {name for change in self.changes for name in change}


def resolve_equations(
    circuit: Circuit,
    model: EquationModel,
    *,
    stimuli: Iterable[EquationStimulus],
    targets: Iterable[int] | Selection | None,
    second_targets: Iterable[int] | Selection | None,
    silence: Iterable[int] | Selection | None,
    silence_mode: SilenceMode,
    steps: int,
    trials: int,
    seed: int,
    record: Recording | None,
    operations: Iterable[Operation] = (),
) -> EquationRun:
    """Find the neurons of everything that names some.

    Raises
    ------
    SimulationError
        If the circuit is empty, or a stimulus does not go with equations.
    SelectionError
        If an id is not in the circuit.
    """
    if not len(circuit):
        raise SimulationError("the circuit has no neurons. Select some, or mark targets first.")
    given = {"target": ("targets", targets), "second_targets": ("second_targets", second_targets)}
    named = {group: members(circuit, ids, what) for group, (what, ids) in given.items() if ids is not None}
    resolved, on_event, currents = [], [], []
    for stimulus in stimuli:
        positions = members(circuit, stimulus.group, f"stimulus {stimulus.name!r}", named)
        if isinstance(stimulus, NoiseStimulus):
            raise SimulationError(
                f"stimulus {stimulus.name!r}: noise belongs into the equations of a model: add sigma*sqrt(2/tau)*xi to "
                "dv/dt, with method='euler'"
            )
        if isinstance(stimulus, CurrentStimulus):
            currents.append(InputCurrent(positions, *current_steps(stimulus, model.dt_ms)))
            continue
        if isinstance(stimulus, PoissonEvents):
            on_event.append(stimulus.on_event)
            stimulus = PoissonStimulus(stimulus.name, stimulus.group, stimulus.rate_hz, 0.0)
        else:
            on_event.append("")
        if stimulus.refractory_ms is not None:
            raise SimulationError(
                f"stimulus {stimulus.name!r}: refractory_ms is one of the LIF model; give the model a parameter for it"
            )
        resolved.append(resolve_events(stimulus, positions, circuit, steps, model.dt_ms))
    masks = {mode: np.zeros(len(circuit), np.bool_) for mode in ("outputs", "inputs", "clamp")}
    if silence is not None:
        positions = members(circuit, silence, "silence")
        for mask in {"outputs": ("outputs",), "both": ("outputs", "inputs"), "clamp": ("clamp",)}[silence_mode]:
            masks[mask][positions] = True
    return EquationRun(
        circuit=_without(circuit, masks["outputs"], masks["inputs"]), model=model, stimuli=tuple(resolved),
        on_event=tuple(on_event), currents=tuple(currents), clamped=masks["clamp"],
        silenced=(masks["outputs"], masks["inputs"]), steps=steps, trials=trials, seed=seed,
        recording=None if record is None else _recording(circuit, record, steps, model.dt_ms),
        operations=tuple(operations),
    )  # fmt: skip


def _recording(circuit: Circuit, record: Recording, steps: int, dt_ms: float) -> ResolvedRecording:
    positions = members(circuit, record.neurons, "neurons of a recording")
    return ResolvedRecording(positions, np.array(record.steps(steps, dt_ms), np.int64), tuple(record.variables))


def _without(circuit: Circuit, outputs: npt.NDArray[np.bool_], inputs: npt.NDArray[np.bool_]) -> Circuit:
    """Return the circuit without the connections of silenced neurons."""
    kept = ~(outputs[circuit.pre] | inputs[circuit.post])
    if kept.all():
        return circuit
    return replace(
        circuit, pre=circuit.pre[kept], post=circuit.post[kept], weight=circuit.weight[kept],
        syn_count=circuit.syn_count[kept],
    )  # fmt: skip
