"""Resolving what a user asks for into an experiment that any engine can run."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast, get_args

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.errors import SelectionError, SimulationError
from graphkit.simulation.experiment import Experiment, ResolvedCurrent, ResolvedNoise, ResolvedStimulus, SilenceMode
from graphkit.simulation.inputs import (
    resolve_current,
    resolve_events,
    resolve_noise,
    resolve_recording,
    resolve_silence,
)
from graphkit.simulation.members import members
from graphkit.simulation.parameters import PRESETS, LIFModel, Preset
from graphkit.simulation.recording import Recording
from graphkit.simulation.spike_times import Stimulus
from graphkit.simulation.stimuli import CurrentStimulus, Group, NoiseStimulus, PoissonStimulus
from graphkit.simulation.values import Quantity, one_of, plain, whole_number, whole_steps

__all__ = ["choose_preset", "choose_stimuli", "resolve"]


def choose_preset(model: str | Preset | LIFModel, dt_ms: float | Quantity | None = None) -> Preset:
    """Return the preset meant by a name, a preset, or a bare model (which brings no stimuli).

    Parameters
    ----------
    model
        Which.
    dt_ms
        Time step that replaces the model's (ms).

    Raises
    ------
    SimulationError
        If there is no preset of that name.

    Examples
    --------
    >>> choose_preset("shiu2024").model.while_refractory
    'freeze'
    """
    if isinstance(model, LIFModel):
        preset = Preset("LIFModel", model, stimuli=())
    elif isinstance(model, Preset):
        preset = model
    else:
        preset = PRESETS[one_of(model, PRESETS, "model")]
    if dt_ms is None:
        return preset
    return replace(preset, model=replace(preset.model, dt_ms=plain(dt_ms, "ms", "dt_ms")))


def choose_stimuli(
    preset: Preset,
    circuit: Circuit,
    *,
    changes: Mapping[str, Stimulus | bool] | Iterable[Stimulus],
    rate_hz: float | Quantity | None = None,
    second_targets: bool = False,
    second_rate_hz: float | Quantity | None = None,
) -> tuple[Stimulus, ...]:
    """Return the stimuli that are on: the preset's, with the changes asked for.

    Parameters
    ----------
    preset
        Its stimuli come first.
    circuit
        Its groups are what a stimulus can go to.
    changes
        By name: False switches a stimulus off, True leaves it as the preset states it, a stimulus replaces or adds.
        Or stimuli alone, which have their names.
    rate_hz, second_rate_hz
        Rates (Hz) that replace those of the stimuli onto "target" and "second_targets".
    second_targets
        Whether second targets were named.

    Raises
    ------
    SimulationError
        If a change names nothing there is, asks for values that no source states, or does not fit its name; or a rate
        is given for a stimulus that is not on.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> [one.name for one in choose_stimuli(PRESETS["fly_lif"], circuit, changes={"background": False})]
    ['target', 'downstream_1']
    """
    groups = ("all", *circuit.group_names, "second_targets")
    chosen: dict[str, Stimulus] = {stimulus.name: stimulus for stimulus in preset.stimuli}
    if second_targets and preset.second is not None:
        chosen[preset.second.name] = preset.second
    for name, change in _by_name(changes).items():
        if not isinstance(change, bool):
            if change.name != name:
                raise SimulationError(f"stimuli[{name!r}] holds a stimulus named {change.name!r}: use one name")
            chosen[name] = change
        else:
            one_of(name, dict.fromkeys((*chosen, *groups)), "stimulus")
            if change and name not in chosen:
                raise SimulationError(
                    f"{preset.name} states no rate and amplitude for {name!r}, and no source does. Give both: "
                    f"stimuli={{{name!r}: PoissonStimulus({name!r}, {name!r}, rate_hz=…, amplitude_mv=…)}}."
                )
            if not change:
                chosen.pop(name, None)
    for group, name, rate in (("target", "rate_hz", rate_hz), ("second_targets", "second_rate_hz", second_rate_hz)):
        if rate is None:
            continue
        driven = [one for one in chosen.values() if isinstance(one, PoissonStimulus) and one.group == group]
        if not driven:
            raise SimulationError(
                f"{name} is given, but no stimulus goes to {group!r}. Add one (stimuli=…, second_targets=…), or leave "
                f"{name} out."
            )
        chosen |= {one.name: replace(one, rate_hz=plain(rate, "Hz", name)) for one in driven}
    for stimulus in chosen.values():
        if isinstance(stimulus.group, str):
            one_of(stimulus.group, groups, f"group (of stimulus {stimulus.name!r})")
    second_driven = any(one.group == "second_targets" for one in chosen.values())
    if second_targets and not second_driven:
        raise SimulationError("second_targets are given, but no stimulus goes to them. Add one by stimuli=….")
    if second_driven and not second_targets:
        raise SimulationError("a stimulus goes to second_targets, but there are none. Give second_targets=….")
    return tuple(chosen.values())


def _by_name(changes: Mapping[str, Stimulus | bool] | Iterable[Stimulus]) -> Mapping[str, Stimulus | bool]:
    if isinstance(changes, Mapping):
        return changes
    several = list(changes)
    if wrong := [one for one in several if not isinstance(one, Stimulus)]:
        raise SimulationError(f"stimuli: {wrong[0]!r} is none. Give stimuli, or a mapping from names to them or False.")
    named = {one.name: one for one in several}
    if len(named) < len(several):
        raise SimulationError(f"stimuli: two have one name ({', '.join(one.name for one in several)})")
    return dict(named)


def resolve(
    circuit: Circuit,
    preset: Preset,
    *,
    stimuli: Iterable[Stimulus] | None = None,
    targets: Group | None = None,
    second_targets: Group | None = None,
    silence: Group | None = None,
    silence_mode: str = "outputs",
    silence_start_ms: float | Quantity = 0.0,
    silence_end_ms: float | Quantity | None = None,
    duration_ms: float | Quantity = 1000.0,
    trials: int = 1,
    seed: int | None = None,
    record: Recording | None = None,
) -> Experiment:
    """Return the experiment, checked: neurons found, silencing applied, times in steps.

    Parameters
    ----------
    circuit
        Neurons and connections.
    preset
        Its model is what is run.
    stimuli
        The stimuli that are on; without, the preset's.
    targets, second_targets
        root_ids that get the stimuli onto "target" (instead of the circuit's target group) and "second_targets".
    silence
        root_ids to silence.
    silence_mode
        "outputs", "both" or "clamp".
    silence_start_ms, silence_end_ms
        When they are silenced (ms): from start on, before end; without an end, to the end of the trial.
    duration_ms
        Simulated time of one trial (ms), a whole number of steps.
    trials
        Number of trials.
    seed
        From 0 to 2**63 - 1; drawn where not given.
    record
        State variables to record.

    Raises
    ------
    SimulationError
        If a value is out of its range, the circuit is empty, or no neuron gets input.
    SelectionError
        If an id is not a whole number or not in the circuit.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> resolve(Circuit.from_edges(edges), PRESETS["fly_lif"], duration_ms=50, seed=1).steps
    500
    """
    mode = cast(SilenceMode, one_of(silence_mode, get_args(SilenceMode), "silence_mode"))
    if not len(circuit):
        raise SimulationError("the circuit has no neurons. Select some, or mark targets first.")
    model = preset.model
    steps = whole_steps(plain(duration_ms, "ms", "duration_ms"), model.dt_ms)
    ids = (("target", "targets", targets), ("second_targets", "second_targets", second_targets))
    named = {group: _some(circuit, given, name) for group, name, given in ids if given is not None}
    refractory_ms = np.full(len(circuit), model.refractory_ms)
    driven: list[ResolvedStimulus] = []
    currents: list[ResolvedCurrent] = []
    noise: list[ResolvedNoise] = []
    for stimulus in preset.stimuli if stimuli is None else stimuli:
        positions = members(circuit, stimulus.group, f"stimulus {stimulus.name!r}", named)
        if isinstance(stimulus, CurrentStimulus):
            currents.append(resolve_current(stimulus, positions, model))
        elif isinstance(stimulus, NoiseStimulus):
            noise.append(resolve_noise(stimulus, positions))
        else:
            driven.append(resolve_events(stimulus, positions, circuit, steps, model.dt_ms))
            if stimulus.refractory_ms is not None:
                refractory_ms[positions] = stimulus.refractory_ms
    silenced = np.zeros(len(circuit), dtype=np.bool_)
    if silence is not None:
        silenced[members(circuit, silence, "silence")] = True
    timed = resolve_silence(silenced, mode, silence_start_ms, silence_end_ms, model.dt_ms)
    if timed is None and silenced.any() and mode != "clamp":
        cut = silenced[circuit.pre] | (silenced[circuit.post] & (mode == "both"))
        circuit = replace(circuit, weight=np.where(cut, circuit.weight.dtype.type(0), circuit.weight))
    experiment = Experiment(
        circuit=circuit,
        model=model,
        stimuli=tuple(driven),
        refractory_ms=refractory_ms,
        clamped=silenced & (timed is None and mode == "clamp"),
        steps=steps,
        trials=whole_number(trials, 1, 2**31, "trials"),
        seed=secrets.randbits(63) if seed is None else whole_number(seed, 0, 2**63, "seed"),
        currents=tuple(currents),
        noise=tuple(noise),
        silence=timed,
        recording=None if record is None else resolve_recording(circuit, record, steps, model.dt_ms),
    )
    if not any(len(positions) for positions in experiment.reached.values()):
        raise SimulationError(
            "no neuron gets any input, so none would fire: the circuit has no target group, or every stimulus is off. "
            "Give targets=…, a circuit with targets, or stimuli=…; for a run without input set a rate of 0."
        )
    return experiment


def _some(circuit: Circuit, group: Group, what: str) -> npt.NDArray[np.int32]:
    found = members(circuit, group, what)
    if not len(found):
        raise SelectionError(
            f"{what}: no ids given. Leave {what} out; to switch the drive of the targets off: "
            "stimuli={'target': False}."
        )
    return found
