"""The names by which a figure groups neurons."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.circuit import Circuit
from graphkit.errors import DataError
from graphkit.plots.coloring import neuron_signs
from graphkit.plots.style import (
    GROUP_COLORS,
    NEUTRAL,
    SIGN_COLORS,
    SIGN_NAMES,
    TRANSMITTER_COLORS,
    transmitter,
)

__all__ = ["colors_of", "labels_of", "reaching_values"]

_FIXED = {"transmitter": TRANSMITTER_COLORS, "sign": SIGN_COLORS, "group": GROUP_COLORS}


def labels_of(circuit: Circuit, by: str) -> npt.NDArray[np.object_]:
    """Return (n,) each neuron's value: "transmitter", "sign", "group" or an annotation; "no <by>" where none is known.

    Raises
    ------
    DataError
        If the neurons have no such property; the message lists those that they have.
    """
    table = circuit.neurons()
    if by == "sign":
        names = pd.Series(neuron_signs(circuit)).map(SIGN_NAMES)
    elif by == "transmitter" and "nt_type" in table:
        names = table["nt_type"].map(transmitter, na_action="ignore")
    elif by in table and by != "root_id":
        names = table[by].astype("str")  # map(str) takes whole numbers with gaps through floats before pandas 3.1
    else:
        known = ["sign", *(["transmitter"] if "nt_type" in table else []), *table.columns.drop("root_id")]
        raise DataError(f"by={by!r}: the circuit's neurons have no such property; known are {', '.join(known)}")
    return names.astype(object).where(names.notna(), f"no {by}").to_numpy(dtype=object)


def colors_of(names: Iterable[str], by: str) -> dict[str, str]:
    """Return the colour of each name: that of its transmitter, sign or group; one grey for everything else."""
    return {name: _FIXED.get(by, {}).get(name, NEUTRAL) for name in names}


def reaching_values(sizes: pd.Series, most: int) -> tuple[list[str], str]:
    """Return the largest values, largest first, and the sentence that says how many are left out."""
    order = sizes.sort_values(ascending=False, kind="stable")
    kept = [str(name) for name in order.index[:most]]
    if len(order) <= most:
        return kept, ""
    left = order.iloc[most:]
    share = left.sum() / max(order.sum(), 1)
    return kept, f"the {most:,} of {len(order):,} with most synapses; the others have {share:.1%} of them"
