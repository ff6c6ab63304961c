"""What is known of each neuron of a circuit, line by line."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.circuit import Circuit
from graphkit.plots.coloring import neuron_signs
from graphkit.plots.style import plain, transmitter

__all__ = ["neuron_texts"]

_SIGNS = {1: ", excitatory", -1: ", inhibitory", 0: ""}


def neuron_texts(circuit: Circuit, rates: pd.DataFrame | None) -> npt.NDArray[np.object_]:
    """Return (n,) the hover text of each neuron: what is not known has no line.

    root_id (as text), type and classes, group, transmitter with sign and confidence, input and output synapses, lost
    share of input, rate.

    Parameters
    ----------
    circuit
        The neurons.
    rates
        rate_hz and rate_sd_hz (Hz) in the circuit's order, NaN where not simulated; None without a run.
    """
    n = len(circuit)
    table = circuit.neurons()
    lines = [[str(root_id)] for root_id in circuit.root_ids.tolist()]

    def add(texts: Iterable[str]) -> None:
        for line, text in zip(lines, texts, strict=True):
            if text:
                line.append(text)

    def column(name: str) -> list[object]:
        values = table[name] if name in table else pd.Series([None] * n, dtype=object)
        return [None if pd.isna(value) else value for value in values]

    names = zip(*(column(name) for name in ("cell_type", "cell_class", "super_class", "side")), strict=True)
    add(", ".join(plain(value) for value in values if value is not None) for values in names)
    add(plain(name) for name in table["group"])
    add(
        "" if nt is None else f"{plain(transmitter(str(nt)))}{_SIGNS[sign]}{'' if share is None else _share(share)}"
        for nt, sign, share in zip(
            column("nt_type"), neuron_signs(circuit).tolist(), column("nt_confidence"), strict=True
        )
    )
    for name, ends, direction in (("input_synapses", circuit.post, "in"), ("output_synapses", circuit.pre, "out")):
        inside = np.bincount(ends, weights=circuit.syn_count, minlength=n).astype(np.int64)
        add(
            f"{direction}: {within:,} synapses in the circuit" + ("" if total is None else f" of {total:,.0f}")
            for within, total in zip(inside.tolist(), column(name), strict=True)
        )
    add("" if np.isnan(share) else f"lost input: {share:.1%}" for share in circuit.lost_input_share)
    if rates is not None:
        add(
            "not simulated" if np.isnan(rate) else f"{rate:.2f} Hz (SD {sd:.2f} over trials)"
            for rate, sd in zip(rates["rate_hz"], rates["rate_sd_hz"], strict=True)
        )
    return np.array(["<br>".join(line) for line in lines], dtype=object)


def _share(share: object) -> str:
    return f", confidence {share:.2f}" if isinstance(share, float) else f", confidence {plain(share)}"
