"""The record of a run: everything needed to repeat it, as plain JSON values."""

from __future__ import annotations

import math
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from importlib.metadata import version

from graphkit.circuit import Circuit
from graphkit.morphology import Morphology
from graphkit.selection import Selection
from graphkit.simulation.equation_model import PoissonEvents, Value
from graphkit.simulation.equation_run import EquationRun, EquationStimulus
from graphkit.simulation.experiment import Experiment
from graphkit.simulation.membranes import MembraneModel, PointCurrent
from graphkit.simulation.parameters import PRESETS, Preset
from graphkit.simulation.recording import Recording
from graphkit.simulation.spike_times import SpikeTimesStimulus, Stimulus
from graphkit.simulation.stimulus_files import TYPES
from graphkit.version import __version__

__all__ = ["record", "record_equations", "record_neuron"]

_PACKAGES = ("brian2", "numba", "numpy")


def record(
    experiment: Experiment,
    preset: Preset,
    stimuli: Iterable[Stimulus],
    *,
    given: Collection[str],
    silence: Mapping[str, object],
    recording: Recording | None,
    ran: Mapping[str, object],
    wall_s: float,
) -> dict[str, object]:
    """Return what ``SpikeTrains.run`` holds and run.json keeps.

    Parameters
    ----------
    experiment
        What was run.
    preset, stimuli
        What it was made from; the stimuli in the experiment's order.
    given
        The groups ("target", "second_targets") whose neurons were named by the caller: their ids are listed.
    silence
        What was silenced, how, and when: mode, root_ids, start_ms, end_ms.
    recording
        What was recorded beside spikes.
    ran
        What the engine says of itself.
    wall_s
        How long the engine took, in seconds.

    Returns
    -------
    dict
        run_id (sorts by time), created (UTC), dataset, model (its name, the parameters, those that differ from the
        preset of that name), stimuli, silence, engine, device, seed, trials, duration_ms, dt_ms, circuit, versions,
        wall_s. Ids and the seed are decimal strings: they exceed what a browser reads from a JSON number.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> run = simulate(Circuit.from_edges(edges), duration_ms=100, dt_ms=0.2, seed=1).run
    >>> run["model"]["changed"], run["seed"]
    (['dt_ms'], '1')
    """
    model, circuit = asdict(preset.model), experiment.circuit
    reached = experiment.reached
    usual = asdict(PRESETS[preset.name].model) if preset.name in PRESETS else {}
    return {
        **_named(circuit),
        "model": {
            "name": preset.name,
            "source": preset.source,
            "parameters": model,
            "changed": [name for name in usual if usual[name] != model[name]],
        },
        "stimuli": [
            _stimulus(stimulus)
            | {"neurons": len(reached[stimulus.name])}
            | (
                {"root_ids": _texts(circuit.root_ids[reached[stimulus.name]].tolist())}
                if isinstance(stimulus.group, Selection) or stimulus.group in given
                else {}
            )
            for stimulus in stimuli
        ],
        "silence": silence,
        **({} if recording is None else {"recording": _plain(recording)}),
        **ran,
        "seed": str(experiment.seed),
        "trials": experiment.trials,
        "duration_ms": round(experiment.steps * experiment.model.dt_ms, 9),
        "dt_ms": experiment.model.dt_ms,
        **_made_of(circuit, wall_s),
    }


def record_equations(
    run: EquationRun,
    stimuli: Iterable[EquationStimulus],
    *,
    change: Mapping[str, Value],
    silence: Mapping[str, object],
    recording: Recording | None,
    ran: Mapping[str, object],
    wall_s: float,
) -> dict[str, object]:
    """Return the record of a run of an :class:`EquationModel`: as :func:`record`, with the model's text.

    Parameters
    ----------
    run, stimuli
        What was run, and the stimuli as they were given.
    change
        Values of parameters that replaced the model's.
    silence, recording, ran, wall_s
        As in :func:`record`.
    """
    model = run.model
    synapses = {name: {key: _text(value) for key, value in vars(one).items() if value not in (None, "")}
                for name, one in model.synapses_by_name.items()}  # fmt: skip
    apart = ("name", "source", "parameters", "synapses", "dt_ms")
    rest = {key: _text(value) for key, value in vars(model).items() if key not in apart and value not in (None, "")}
    return {
        **_named(run.circuit),
        "model": {
            "name": model.name, "source": model.source, "parameters": _text({**model.parameters, **change}),
            "changed": sorted(change), **rest, "synapses": synapses,
        },
        "stimuli": [
            _plain(one) if isinstance(one, PoissonEvents) else _stimulus(one) for one in stimuli
        ],
        "silence": silence,
        **({} if recording is None else {"recording": _plain(recording)}),
        **ran,
        "seed": str(run.seed),
        "trials": run.trials,
        "duration_ms": round(run.steps * model.dt_ms, 9),
        "dt_ms": model.dt_ms,
        **_made_of(run.circuit, wall_s),
    }  # fmt: skip


def record_neuron(
    morphology: Morphology, membrane: MembraneModel, currents: Iterable[PointCurrent], *, device: str,
    every_ms: float, duration_ms: float, wall_s: float,
) -> dict[str, object]:  # fmt: skip
    """Return the record of a run of one neuron with its shape: run_id and created, the membrane, the currents.

    Parameters
    ----------
    morphology, membrane, currents
        What was run.
    device, every_ms, duration_ms
        How.
    wall_s
        How long it took, in seconds.
    """
    return {
        **_when(),
        "morphology": {
            "compartments": len(morphology), "sections": list(dict.fromkeys(morphology.section.tolist())),
            "length_um": float(morphology.length_um.sum()),
        },
        "membrane": {key: _text(value) for key, value in vars(membrane).items()},
        "currents": [
            {key: list(value) if isinstance(value, tuple) else value for key, value in vars(current).items()}
            for current in currents
        ],
        "engine": "brian2",
        "device": device,
        "every_ms": every_ms,
        "duration_ms": duration_ms,
        "dt_ms": membrane.dt_ms,
        "versions": _versions(),
        "wall_s": round(wall_s, 3),
    }  # fmt: skip


def _when() -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "run_id": f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
        "created": now.isoformat(timespec="seconds"),
    }


def _named(circuit: Circuit) -> dict[str, object]:
    return {**_when(), "dataset": str(circuit.source.get("dataset", ""))}


def _versions() -> dict[str, str]:
    return {"graphkit": __version__} | {package: version(package) for package in _PACKAGES}


def _made_of(circuit: Circuit, wall_s: float) -> dict[str, object]:
    return {
        "circuit": {
            "neurons": len(circuit),
            "connections": len(circuit.pre),
            "source": dict(circuit.source),
            "boundary": {name: None if math.isnan(value) else value for name, value in circuit.boundary().items()},
        },
        "versions": _versions(),
        "wall_s": round(wall_s, 3),
    }


def _text(value: object) -> object:
    """Return a value of a model as JSON has it; many values as their text."""
    if isinstance(value, Mapping):
        return {name: _text(one) for name, one in value.items()}
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _stimulus(stimulus: Stimulus) -> dict[str, object]:
    """Return a stimulus as :func:`~graphkit.simulation.stimulus_files.stimulus_from` reads it."""
    values = _plain(stimulus)
    if isinstance(stimulus, SpikeTimesStimulus) and stimulus.source:
        del values["times_ms"], values["group"]  # a file has them
    return {"type": next(name for name, kind in TYPES.items() if type(stimulus) is kind)} | values


def _plain(values: Stimulus | PoissonEvents | Recording) -> dict[str, object]:
    """Return the fields that are set, as JSON has them; ids as decimal strings."""
    plain: dict[str, object] = {}
    for name, default in ((field.name, field.default) for field in fields(values)):
        value = getattr(values, name)
        if isinstance(value, Selection):
            plain[name] = value.parameters()
        elif isinstance(value, Mapping):
            plain[name] = {str(root_id): list(times) for root_id, times in value.items()}
        elif name in ("group", "neurons") and not isinstance(value, str):
            plain[name] = _texts(value)
        elif (value is not None and value != default) or name == "refractory_ms":
            plain[name] = list(value) if isinstance(value, tuple) else value
    return plain


def _texts(root_ids: Iterable[int]) -> list[str]:
    return [str(int(root_id)) for root_id in root_ids]
