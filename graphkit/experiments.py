"""Experiments of several runs: conditions side by side, sweeps over parameters."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import pandas as pd

from graphkit.circuit import Circuit
from graphkit.errors import SimulationError
from graphkit.progress import Progress
from graphkit.simulation import LIFModel, Preset, simulate
from graphkit.simulation.resolving import choose_preset
from graphkit.spikes import SpikeTrains

__all__ = ["run_conditions", "sweep"]

_MODEL = {field.name for field in fields(LIFModel)}


def run_conditions(
    circuit: Circuit,
    conditions: Mapping[str, Mapping[str, object]],
    *,
    model: str | Preset | LIFModel = "fly_lif",
    seed: int | None = None,
    progress: Progress | None = None,
    **common: object,
) -> dict[str, SpikeTrains]:
    """Simulate a circuit under several conditions, with the same random input in each.

    A neuron's input depends on the seed, the trial and the neuron alone: what differs between two conditions is what
    the condition changes (paired noise).

    Parameters
    ----------
    circuit
        Neurons and connections.
    conditions
        Per name, the arguments of :func:`graphkit.simulate` that the condition changes; and parameters of the model,
        such as synapse_mv.
    model
        "fly_lif", "shiu2024", a :class:`Preset` or a :class:`LIFModel`.
    seed
        Of all conditions; drawn once when not given, and in each run's record.
    progress
        Called after each condition.
    common
        Arguments of :func:`graphkit.simulate` for all conditions: duration_ms, trials, targets, …

    Returns
    -------
    dict
        A run per condition, in the given order.

    Raises
    ------
    SimulationError
        If there is no condition, or one cannot be simulated as asked; its name is in the message.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.experiments import run_conditions
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> runs = run_conditions(circuit, {"control": {}, "silenced": {"silence": [1]}}, duration_ms=100, seed=1)
    >>> [run.run["seed"] for run in runs.values()]
    ['1', '1']
    """
    if not conditions:
        raise SimulationError("no condition was given: name at least one, such as {'control': {}}")
    seed = secrets.randbits(63) if seed is None else seed
    runs = {}
    for number, (name, changes) in enumerate(conditions.items(), start=1):
        of_model: dict[str, Any] = {key: value for key, value in changes.items() if key in _MODEL and key != "dt_ms"}
        others: dict[str, Any] = {**common, **{key: value for key, value in changes.items() if key not in of_model}}
        try:
            preset = choose_preset(model)
            preset = replace(preset, model=replace(preset.model, **of_model))
            runs[name] = simulate(circuit, preset, seed=seed, **others)
        except (SimulationError, TypeError) as error:
            raise SimulationError(f"condition {name!r}: {error}") from error
        if progress is not None:
            progress(number, len(conditions), "conditions")
    return runs


def sweep(
    circuit: Circuit,
    parameters: Mapping[str, Sequence[object]],
    *,
    model: str | Preset | LIFModel = "fly_lif",
    seed: int | None = None,
    progress: Progress | None = None,
    **common: object,
) -> pd.DataFrame:
    """Simulate a circuit at every combination of some parameters' values, and return each group's rates.

    Parameters
    ----------
    circuit
        Neurons and connections.
    parameters
        Per name the values: arguments of :func:`graphkit.simulate` (rate_hz, …) or parameters of the model
        (synapse_mv, tau_synapse_ms, …).
    model, seed, progress, common
        As :func:`run_conditions` takes them; the same random input at every point.

    Returns
    -------
    pandas.DataFrame
        A column per parameter, then group (str), neurons, fired (int64), group_rate_hz (float64, over all neurons of
        the group and all trials), group_rate_sd_hz (float64, SD over the trials, ddof 0). ``attrs["run"]`` is the first
        run's record, for a figure's caption.

    Raises
    ------
    SimulationError
        If a parameter has no values or is not known, or a point cannot be simulated; the point is in the message.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.experiments import sweep
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> table = sweep(circuit, {"rate_hz": [0, 100]}, duration_ms=200, seed=1)
    >>> table[table["group"] == "target"]["group_rate_hz"].is_monotonic_increasing
    True
    """
    if empty := [name for name, values in parameters.items() if not len(values)] or ["parameters"] * (not parameters):
        raise SimulationError(f"{empty[0]} has no values to sweep over")
    combinations = itertools.product(*parameters.values())
    points: list[dict[str, Any]] = [dict(zip(parameters, values, strict=True)) for values in combinations]
    named = {", ".join(f"{name} {value}" for name, value in point.items()): point for point in points}
    if len(named) < len(points):
        raise SimulationError("a value is given twice: every point of a sweep is simulated once")
    runs = run_conditions(circuit, named, model=model, seed=seed, progress=progress, **common)
    tables = [_rates(run).assign(**point) for run, point in zip(runs.values(), points, strict=True)]
    table = pd.concat(tables, ignore_index=True)
    table = table[[*parameters, "group", "neurons", "fired", "group_rate_hz", "group_rate_sd_hz"]]
    table.attrs["run"] = {**next(iter(runs.values())).run, "stimuli": None}
    return table


def _rates(run: SpikeTrains) -> pd.DataFrame:
    counts = run.counts()
    seconds = run.duration_ms / 1000
    spread = [counts[members].mean(axis=0).std() / seconds for members in run.members().values()]
    rates = run.group_rates()[["group", "neurons", "fired", "rate_hz"]]
    return rates.rename(columns={"rate_hz": "group_rate_hz"}).assign(group_rate_sd_hz=spread)
