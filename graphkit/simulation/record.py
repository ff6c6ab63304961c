"""The record of a run: everything needed to repeat it, as plain JSON values."""

from __future__ import annotations

import math
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version

from graphkit.simulation.base import Experiment
from graphkit.simulation.parameters import PRESETS, PoissonStimulus, Preset
from graphkit.version import __version__

__all__ = ["record"]

_PACKAGES = ("brian2", "numba", "numpy")


def record(
    experiment: Experiment,
    preset: Preset,
    stimuli: Iterable[PoissonStimulus],
    *,
    given: Collection[str],
    silence: Iterable[int],
    silence_mode: str,
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
    silence, silence_mode
        root_ids that were silenced, how.
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
    now = datetime.now(UTC)
    model, circuit = asdict(preset.model), experiment.circuit
    usual = asdict(PRESETS[preset.name].model) if preset.name in PRESETS else {}
    return {
        "run_id": f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
        "created": now.isoformat(timespec="seconds"),
        "dataset": str(circuit.source.get("dataset", "")),
        "model": {
            "name": preset.name,
            "source": preset.source,
            "parameters": model,
            "changed": [name for name in usual if usual[name] != model[name]],
        },
        "stimuli": [
            asdict(stimulus)
            | {"neurons": len(found.positions)}
            | ({"root_ids": _texts(circuit.root_ids[found.positions].tolist())} if stimulus.group in given else {})
            for stimulus, found in zip(stimuli, experiment.stimuli, strict=True)
        ],
        "silence": {"mode": silence_mode, "root_ids": _texts(silence)},
        **ran,
        "seed": str(experiment.seed),
        "trials": experiment.trials,
        "duration_ms": round(experiment.steps * experiment.model.dt_ms, 9),
        "dt_ms": experiment.model.dt_ms,
        "circuit": {
            "neurons": len(circuit),
            "connections": len(circuit.pre),
            "source": dict(circuit.source),
            "boundary": {name: None if math.isnan(value) else value for name, value in circuit.boundary().items()},
        },
        "versions": {"graphkit": __version__} | {package: version(package) for package in _PACKAGES},
        "wall_s": round(wall_s, 3),
    }


def _texts(root_ids: Iterable[int]) -> list[str]:
    return [str(int(root_id)) for root_id in root_ids]
