"""What an experiment names, resolved: neurons to positions, times to steps, currents to potentials."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.errors import SelectionError, SimulationError
from graphkit.simulation.experiment import (
    ResolvedCurrent,
    ResolvedNoise,
    ResolvedRecording,
    ResolvedStimulus,
    SilenceMode,
    TimedSilence,
)
from graphkit.simulation.members import members
from graphkit.simulation.parameters import LIFModel
from graphkit.simulation.recording import Recording
from graphkit.simulation.spike_times import SpikeTimesStimulus
from graphkit.simulation.stimuli import CurrentStimulus, NoiseStimulus, PoissonStimulus, RegularStimulus
from graphkit.simulation.values import Quantity, one_of, plain, whole_step

__all__ = [
    "current_steps",
    "resolve_current",
    "resolve_events",
    "resolve_noise",
    "resolve_recording",
    "resolve_silence",
]

_Int32s = npt.NDArray[np.int32]


def resolve_events(
    stimulus: PoissonStimulus | RegularStimulus | SpikeTimesStimulus,
    positions: _Int32s,
    circuit: Circuit,
    steps: int,
    dt_ms: float,
) -> ResolvedStimulus:
    """Resolve a stimulus of events.

    Raises
    ------
    SimulationError
        If a rate is above one event per step, or two events of a neuron fall into one step.
    SelectionError
        If times are given for a neuron that is not in the stimulus' group.
    """
    if isinstance(stimulus, SpikeTimesStimulus):
        given = _given(stimulus, positions, circuit, dt_ms)
        return ResolvedStimulus(stimulus.name, positions, 0.0, stimulus.amplitude_mv, stimulus.onto, given=given)
    if stimulus.rate_hz * dt_ms / 1000 > 1 + 1e-12:
        raise SimulationError(
            f"stimulus {stimulus.name!r}: {stimulus.rate_hz:g} Hz is more than one event per step of "
            f"{dt_ms:g} ms. Choose at most {1000 / dt_ms:g} Hz, or a shorter dt_ms."
        )
    if isinstance(stimulus, RegularStimulus):
        times = np.array([whole_step(t_ms, dt_ms) for t_ms in stimulus.times_ms(steps * dt_ms)], np.int32)
        return ResolvedStimulus(
            stimulus.name, positions, 0.0, stimulus.amplitude_mv, stimulus.onto, given=_together(times, positions)
        )
    start = whole_step(stimulus.start_ms, dt_ms)
    end = None if stimulus.end_ms is None else whole_step(stimulus.end_ms, dt_ms)
    return ResolvedStimulus(
        stimulus.name, positions, stimulus.rate_hz, stimulus.amplitude_mv, stimulus.onto, start, end
    )  # fmt: skip


def current_steps(stimulus: CurrentStimulus, dt_ms: float) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return the steps in which a current changes, and what it is from each of them on (nA).

    Raises
    ------
    SimulationError
        If two of its times lie in one step.
    """
    assert isinstance(stimulus.times_ms, tuple)
    assert isinstance(stimulus.currents_na, tuple)
    steps = tuple(whole_step(t_ms, dt_ms) for t_ms in stimulus.times_ms)
    if len(set(steps)) < len(steps):
        raise SimulationError(f"stimulus {stimulus.name!r}: two of its times lie in one step of {dt_ms:g} ms")
    return steps, stimulus.currents_na


def resolve_current(stimulus: CurrentStimulus, positions: _Int32s, model: LIFModel) -> ResolvedCurrent:
    """Resolve a current: by Ohm's law it moves the potential that v decays to."""
    steps, currents_na = current_steps(stimulus, model.dt_ms)
    shifts_mv = tuple(model.resistance_mohm * current for current in currents_na)  # MOhm nA = mV
    return ResolvedCurrent(stimulus.name, positions, steps, shifts_mv)


def resolve_noise(stimulus: NoiseStimulus, positions: _Int32s) -> ResolvedNoise:
    """Resolve noise."""
    return ResolvedNoise(stimulus.name, positions, stimulus.sigma_mv)


def resolve_silence(
    silenced: npt.NDArray[np.bool_],
    mode: SilenceMode,
    start_ms: float | Quantity,
    end_ms: float | Quantity | None,
    dt_ms: float,
) -> TimedSilence | None:
    """Return silencing with its steps; None where nothing is silenced, or all the time.

    Raises
    ------
    SimulationError
        If a time is negative, the end is not after the start, or times are given and nothing is silenced.
    """
    start = plain(start_ms, "ms", "silence_start_ms")
    end = None if end_ms is None else plain(end_ms, "ms", "silence_end_ms")
    if start < 0 or (end is not None and end <= start):
        raise SimulationError("silence_start_ms must not be negative, and silence_end_ms must be after it")
    if (start > 0 or end is not None) and not silenced.any():
        raise SimulationError("silence_start_ms and silence_end_ms are given, but nothing is silenced: give silence=…")
    if not silenced.any() or (start == 0 and end is None):
        return None
    return TimedSilence(silenced, mode, whole_step(start, dt_ms), None if end is None else whole_step(end, dt_ms))


def resolve_recording(circuit: Circuit, record: Recording, steps: int, dt_ms: float) -> ResolvedRecording:
    """Resolve what is recorded from the LIF model.

    Raises
    ------
    SimulationError
        If the model has no such variable, or a time is no step of the trial.
    """
    positions = members(circuit, record.neurons, "neurons of a recording")
    names = tuple(one_of(name, ("v", "g"), "state variable of the LIF model") for name in record.variables)
    return ResolvedRecording(positions, np.array(record.steps(steps, dt_ms), np.int64), names)


def _together(steps: _Int32s, positions: _Int32s) -> tuple[_Int32s, _Int32s]:
    """Return the events of neurons that all have the same times."""
    n = len(positions)
    return np.repeat(steps, n), np.tile(np.arange(n, dtype=np.int32), len(steps))


def _given(stimulus: SpikeTimesStimulus, positions: _Int32s, circuit: Circuit, dt_ms: float) -> tuple[_Int32s, _Int32s]:
    if isinstance(stimulus.times_ms, dict):
        places = {int(root_id): place for place, root_id in enumerate(circuit.root_ids[positions].tolist())}
        if strangers := [root_id for root_id in stimulus.times_ms if root_id not in places]:
            raise SelectionError(
                f"stimulus {stimulus.name!r}: {len(strangers)} neurons have times, but are not in its group: "
                f"{', '.join(map(str, strangers[:5]))}"
            )
        steps = np.array([whole_step(t_ms, dt_ms) for own in stimulus.times_ms.values() for t_ms in own], np.int32)
        index = np.repeat([places[k] for k in stimulus.times_ms], [len(own) for own in stimulus.times_ms.values()])
        order = np.lexsort((index, steps))
        step, place = steps[order], index.astype(np.int32)[order]
    else:
        assert isinstance(stimulus.times_ms, tuple)
        step, place = _together(
            np.array(sorted(whole_step(t_ms, dt_ms) for t_ms in stimulus.times_ms), np.int32), positions
        )
        order = np.lexsort((place, step))
        step, place = step[order], place[order]
    twice = np.flatnonzero((np.diff(step) == 0) & (np.diff(place) == 0))
    if len(twice):
        root_id = int(circuit.root_ids[positions[place[twice[0]]]])
        raise SimulationError(
            f"stimulus {stimulus.name!r}: neuron {root_id} has two events in the step at {step[twice[0]] * dt_ms:g} "
            f"ms, and a step of {dt_ms:g} ms takes one. Choose a shorter dt_ms, or two stimuli."
        )
    return step, place
