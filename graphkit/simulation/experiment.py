"""Resolving what a user asks for into an experiment that any engine can run."""

from __future__ import annotations

import operator
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.errors import SelectionError, SimulationError
from graphkit.ids import id_array
from graphkit.simulation.base import Experiment, ResolvedStimulus
from graphkit.simulation.parameters import PRESETS, LIFModel, PoissonStimulus, Preset
from graphkit.simulation.values import Quantity, one_of, plain

__all__ = ["SilenceMode", "choose_preset", "choose_stimuli", "resolve"]

SilenceMode = Literal["outputs", "both", "clamp"]


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
    changes: Mapping[str, PoissonStimulus | bool],
    rate_hz: float | Quantity | None = None,
    second_targets: bool = False,
    second_rate_hz: float | Quantity | None = None,
) -> tuple[PoissonStimulus, ...]:
    """Return the stimuli that are on: the preset's, with the changes asked for.

    Parameters
    ----------
    preset
        Its stimuli come first.
    circuit
        Its groups are what a stimulus can go to.
    changes
        By name: False switches a stimulus off, True leaves it as the preset states it, a stimulus replaces or adds.
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
    chosen = {stimulus.name: stimulus for stimulus in preset.stimuli}
    if second_targets and preset.second is not None:
        chosen[preset.second.name] = preset.second
    for name, change in changes.items():
        if isinstance(change, PoissonStimulus):
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
        driven = [one for one in chosen.values() if one.group == group]
        if not driven:
            raise SimulationError(
                f"{name} is given, but no stimulus goes to {group!r}. Add one (stimuli=…, second_targets=…), or leave "
                f"{name} out."
            )
        chosen |= {one.name: replace(one, rate_hz=plain(rate, "Hz", name)) for one in driven}
    for stimulus in chosen.values():
        one_of(stimulus.group, groups, f"group (of stimulus {stimulus.name!r})")
    second_driven = any(one.group == "second_targets" for one in chosen.values())
    if second_targets and not second_driven:
        raise SimulationError("second_targets are given, but no stimulus goes to them. Add one by stimuli=….")
    if second_driven and not second_targets:
        raise SimulationError("a stimulus goes to second_targets, but there are none. Give second_targets=….")
    return tuple(chosen.values())


def resolve(
    circuit: Circuit,
    preset: Preset,
    *,
    stimuli: Iterable[PoissonStimulus] | None = None,
    targets: Iterable[int] | None = None,
    second_targets: Iterable[int] | None = None,
    silence: Iterable[int] | None = None,
    silence_mode: str = "outputs",
    duration_ms: float | Quantity = 1000.0,
    trials: int = 1,
    seed: int | None = None,
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
    duration_ms
        Simulated time of one trial (ms), a whole number of steps.
    trials
        Number of trials.
    seed
        From 0 to 2**63 - 1; drawn where not given.

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
    mode = one_of(silence_mode, get_args(SilenceMode), "silence_mode")
    if not len(circuit):
        raise SimulationError("the circuit has no neurons. Select some, or mark targets first.")
    model = preset.model
    ids = (("target", "targets", targets), ("second_targets", "second_targets", second_targets))
    named = {group: _positions(circuit, given, name) for group, name, given in ids if given is not None}
    resolved, refractory_ms = [], np.full(len(circuit), model.refractory_ms)
    for stimulus in preset.stimuli if stimuli is None else stimuli:
        if stimulus.rate_hz * model.dt_ms / 1000 > 1:
            raise SimulationError(
                f"stimulus {stimulus.name!r}: {stimulus.rate_hz:g} Hz is more than one event per step of "
                f"{model.dt_ms:g} ms. Choose at most {1000 / model.dt_ms:g} Hz, or a shorter dt_ms."
            )
        positions = named[stimulus.group] if stimulus.group in named else _group(circuit, stimulus.group)
        resolved.append(ResolvedStimulus(stimulus.name, positions, stimulus.rate_hz, stimulus.amplitude_mv))
        if stimulus.refractory_ms is not None:
            refractory_ms[positions] = stimulus.refractory_ms
    if not sum(len(stimulus.positions) for stimulus in resolved):
        raise SimulationError(
            "no neuron gets any input, so none would fire: the circuit has no target group, or every stimulus is off. "
            "Give targets=…, a circuit with targets, or stimuli=…; for a run without input set a rate of 0."
        )
    silenced = np.zeros(len(circuit), dtype=np.bool_)
    silenced[_positions(circuit, silence or (), "silence")] = True
    if silenced.any() and mode != "clamp":
        cut = silenced[circuit.pre] | (silenced[circuit.post] & (mode == "both"))
        circuit = replace(circuit, weight=np.where(cut, circuit.weight.dtype.type(0), circuit.weight))
    return Experiment(
        circuit=circuit,
        model=model,
        stimuli=tuple(resolved),
        refractory_ms=refractory_ms,
        clamped=silenced & (mode == "clamp"),
        steps=_steps(plain(duration_ms, "ms", "duration_ms"), model.dt_ms),
        trials=_whole(trials, 1, 2**31, "trials"),
        seed=secrets.randbits(63) if seed is None else _whole(seed, 0, 2**63, "seed"),
    )


def _group(circuit: Circuit, group: str) -> npt.NDArray[np.int32]:
    """Return the positions of a group; functional nuclei by their mask, as their rates are."""
    if group == "functional_nuclei":
        return np.flatnonzero(circuit.functional_nucleus).astype(np.int32)
    part = slice(0, len(circuit)) if group == "all" else circuit.slices.get(group, slice(0, 0))
    return np.arange(part.start, part.stop, dtype=np.int32)


def _positions(circuit: Circuit, root_ids: Iterable[int], what: str) -> npt.NDArray[np.int32]:
    try:
        whole = id_array(root_ids)
    except SelectionError as error:
        raise SelectionError(f"{what}: {error}") from error
    if not len(whole) and what != "silence":
        raise SelectionError(
            f"{what}: no ids given. Leave {what} out; to switch the drive of the targets off: "
            "stimuli={'target': False}."
        )
    return np.unique(circuit.positions(whole)).astype(np.int32)


def _steps(duration_ms: float, dt_ms: float) -> int:
    steps = round(duration_ms / dt_ms)
    if duration_ms <= 0 or steps < 1 or abs(steps * dt_ms - duration_ms) > 1e-6 * dt_ms or steps >= 2**31:
        raise SimulationError(
            f"duration_ms is {duration_ms:g}: give a positive whole number of steps of {dt_ms:g} ms (fewer than 2**31)"
        )
    return steps


def _whole(value: int, least: int, below: int, name: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise SimulationError(f"{name} is {value!r}: give a whole number") from None
    if not least <= number < below:
        raise SimulationError(f"{name} is {number}: give a whole number from {least} to {below - 1}")
    return number
