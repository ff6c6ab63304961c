"""How the neurons of a figure are coloured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.circuit import Circuit
from graphkit.errors import DataError
from graphkit.plots.style import (
    GROUP_COLORS,
    NEUTRAL,
    SIGN_COLORS,
    SIGN_NAMES,
    SILENT,
    TRANSMITTER_COLORS,
    UNKNOWN,
    category_colors,
    transmitter,
)

__all__ = ["Coloring", "color_neurons", "neuron_signs"]

_CATEGORIES = 8  # as many as the palette tells apart; rarer values share one grey
_UNITS = {"input_synapses": "synapses", "output_synapses": "synapses", "rate_hz": "Hz"}


@dataclass(frozen=True)
class Coloring:
    """One colour for each neuron.

    Parameters
    ----------
    title
        What the colours mean, with its unit.
    labels
        (n,) the category of each neuron; "" where values colour it.
    colors
        The colour of each category, in the legend's order.
    values
        (n,) places on a scale, NaN where a category colours the neuron; None where all have categories.
    least
        The scale's lower end; None for the smallest value.
    ticks
        Marks of the scale: place and text; empty where the values are the places.
    """

    title: str
    labels: npt.NDArray[np.object_]
    colors: Mapping[str, str]
    values: npt.NDArray[np.float64] | None = None
    least: float | None = None
    ticks: Mapping[float, str] = field(default_factory=dict)


def neuron_signs(circuit: Circuit) -> npt.NDArray[np.int64]:
    """Return (n,) +1, -1 or 0: the annotation, or where there is none the sign of the neuron's outputs in sum."""
    out = np.bincount(circuit.pre, weights=circuit.weight, minlength=len(circuit))
    if "sign" not in circuit.annotations:
        return np.sign(out).astype(np.int64)
    given = circuit.annotations["sign"].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(np.sign(np.nan_to_num(given)), dtype=np.int64)


def color_neurons(circuit: Circuit, color_by: str, rate_hz: npt.NDArray[np.float64] | None) -> Coloring:
    """Colour every neuron of a circuit.

    Parameters
    ----------
    circuit
        The neurons.
    color_by
        "transmitter", "sign", "group", "rate", any column of ``circuit.neurons()``; or "auto": the rate when there
        is one, else the first of transmitter, sign, group that is known.
    rate_hz
        (n,) firing rates (Hz), NaN where not simulated; None without a run.

    Raises
    ------
    DataError
        If the property is not known; the message lists those that are.
    """
    table = circuit.neurons()
    usable = [str(name) for name in table.columns if name != "root_id" and _is_usable(table[name])]
    if color_by == "auto":
        has_sign = bool(neuron_signs(circuit).any())
        color_by = ("rate" if rate_hz is not None else "transmitter" if "nt_type" in usable
                    else "sign" if has_sign else "group")  # fmt: skip
    if color_by == "rate" and rate_hz is not None:
        return _rates(rate_hz)
    if color_by in ("transmitter", "nt_type") and "nt_type" in usable:
        names = table["nt_type"].map(transmitter, na_action="ignore")
        return _by_category("transmitter", names, TRANSMITTER_COLORS, missing="unknown transmitter")
    if color_by == "sign":
        names = pd.Series(neuron_signs(circuit)).map(SIGN_NAMES)
        return _by_category("sign", names, SIGN_COLORS, missing="unknown sign")
    if color_by == "group":
        return _by_category("group", table["group"], GROUP_COLORS, missing="no group")
    if color_by not in usable:
        ways = [*(["rate"] if rate_hz is not None else []), *(["transmitter"] if "nt_type" in usable else []), "sign"]
        hint = " Give spikes to colour by rate." if color_by == "rate" else ""
        raise DataError(
            f"color_by={color_by!r}: the circuit's neurons have no such property.{hint} "
            f"Known are auto, {', '.join(dict.fromkeys([*ways, *usable]))}."
        )
    column = table[color_by]
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if is_number and column.nunique() > _CATEGORIES:
        title = f"{color_by} ({_UNITS[color_by]})" if color_by in _UNITS else color_by
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        labels = np.where(np.isnan(values), f"no {color_by}", "").astype(object)
        return Coloring(title, labels, {f"no {color_by}": NEUTRAL}, values)
    return _by_category(color_by, column.astype("str"), {}, missing=f"no {color_by}")


def _is_usable(column: pd.Series) -> bool:
    given = column.dropna()
    return len(given) > 0 and bool(pd.api.types.is_scalar(given.iloc[0]))


def _rates(rate_hz: npt.NDArray[np.float64]) -> Coloring:
    """Colour rates on a scale of their square root, on which counts have the same spread everywhere (Bartlett 1936)."""
    silent = rate_hz == 0
    labels = np.where(silent, "silent", np.where(np.isnan(rate_hz), "not simulated", "")).astype(object)
    values = np.sqrt(np.where(silent, np.nan, rate_hz))
    top = float(np.sqrt(np.nanmax(rate_hz, initial=0.0)))
    ticks: dict[float, str] = {}
    for rate in (0, 1, 5, 10, 20, 50, 100, 200, 400):
        if rate**0.5 <= top and rate**0.5 - max(ticks, default=-top) >= 0.09 * top:  # room for a line of text
            ticks[rate**0.5] = str(rate)
    if top - max(ticks) >= 0.09 * top > 0:  # nobody can read a scale beyond its last mark
        ticks[top] = f"{top**2:.3g}"
    return Coloring("rate (Hz)", labels, {"silent": SILENT, "not simulated": NEUTRAL}, values, 0.0, ticks)


def _by_category(title: str, names: pd.Series, fixed: Mapping[str, str], *, missing: str) -> Coloring:
    counts = names.value_counts()
    names_in_order = [name for name in fixed if name in counts.index]
    others = sorted((name for name in counts.index if name not in fixed), key=lambda name: (-counts[name], name))
    room = max(_CATEGORIES - len(names_in_order), 0)
    shown = names_in_order + (others if len(others) <= room else others[: max(room - 1, 0)])
    labels = names.astype(object).where(names.isin(shown), None)
    rest = f"{len(counts) - len(shown)} other"
    labels = labels.mask(labels.isna() & names.notna(), rest).mask(names.isna(), missing)
    colors = category_colors(shown, fixed)
    colors.update({name: UNKNOWN for name in (rest, missing) if (labels == name).any()})
    return Coloring(title, labels.to_numpy(dtype=object), colors)
