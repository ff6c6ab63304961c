"""Stimuli written in a file: the data of graphkit.simulation.stimuli as TOML or JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from graphkit.errors import DataError, GraphkitError, SimulationError
from graphkit.selection import Selection
from graphkit.simulation.spike_times import SpikeTimesStimulus, Stimulus
from graphkit.simulation.stimuli import CurrentStimulus, NoiseStimulus, PoissonStimulus, RegularStimulus
from graphkit.simulation.values import one_of

__all__ = ["TYPES", "read_stimuli", "stimulus_from"]

#: What a stimulus is called in a file and in the record of a run.
TYPES: Mapping[str, type[Stimulus]] = {
    "poisson": PoissonStimulus,
    "regular": RegularStimulus,
    "spike_times": SpikeTimesStimulus,
    "current": CurrentStimulus,
    "noise": NoiseStimulus,
}


_OF_A_RUN = ("name", "neurons", "root_ids")


def read_stimuli(path: str | Path) -> dict[str, Stimulus | bool]:
    r"""Read stimuli from a TOML or JSON file: a table for each, by its name; false switches one off.

    ::

        background = false

        [steps]
        type = "current"       # or poisson, regular, spike_times, noise
        group = "target"
        currents_na = [0.8, 0]
        times_ms = [100, 600]

        [replay]
        type = "spike_times"
        file = "spikes.csv"    # root_id, t_ms; found from the folder of this file
        amplitude_mv = 21

    The fields are those of the class; "group" can be a table, the conditions of a Selection. A run's run.json gives the
    stimuli of the run.

    Raises
    ------
    DataError
        If the file is missing, is neither, or a stimulus in it is not one.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "stimuli.toml"
    >>> _ = path.write_text('[steps]\ntype = "current"\ngroup = "target"\ncurrents_na = 0.8')
    >>> read_stimuli(path)["steps"].currents_na
    (0.8,)
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror})", path=path) from error
    except ValueError as error:
        raise DataError(f"not stimuli in TOML or JSON ({error})", path=path) from error
    if not isinstance(content, dict):
        raise DataError("stimuli are a table for each, by its name", path=path)
    if isinstance(content.get("stimuli"), list):  # the record of a run
        content = {one["name"]: {k: v for k, v in one.items() if k not in _OF_A_RUN} for one in content["stimuli"]}
    stimuli: dict[str, Stimulus | bool] = {}
    for name, values in content.items():
        try:
            if not isinstance(values, bool | dict):
                raise SimulationError(f"{values!r} is neither a table of its values, nor true or false")
            stimuli[name] = values if isinstance(values, bool) else stimulus_from(name, values, path.parent)
        except GraphkitError as error:
            raise DataError(f"stimulus {name!r}: {error}", path=path) from error
    return stimuli


def stimulus_from(name: str, values: Mapping[str, object], folder: str | Path = ".") -> Stimulus:
    """Return a stimulus from its name and plain values.

    Parameters
    ----------
    name
        Its name.
    values
        Its type and its fields; of given spike times, ``file`` instead of them.
    folder
        From where a file is found.

    Raises
    ------
    SimulationError
        If there is no such type or field, one is missing, or a value is out of its range.
    DataError
        If its file cannot be read.

    Examples
    --------
    >>> stimulus_from("hum", {"type": "noise", "group": "all", "sigma_mv": 1})
    NoiseStimulus(name='hum', group='all', sigma_mv=1.0)
    """
    given: dict[str, Any] = dict(values)
    kind = TYPES[one_of(str(given.pop("type", "poisson")), TYPES, "type of stimulus")]
    if isinstance(given.get("group"), Mapping):
        given["group"] = Selection.from_mapping(given["group"])
    if kind is SpikeTimesStimulus and "file" in given:
        return SpikeTimesStimulus.read(name, Path(folder) / str(given.pop("file")), **given)
    known = [field.name for field in fields(kind) if field.name != "name"]
    for field in given:
        one_of(field, known, f"field of a {kind.__name__}")
    try:
        return kind(name, **given)
    except TypeError as error:
        raise SimulationError(f"a {kind.__name__} has the fields {', '.join(known)}; {error}") from error
