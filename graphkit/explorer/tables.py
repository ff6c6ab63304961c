"""The tables of a circuit, as people read them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graphkit.circuit import Circuit

__all__ = ["boundary_table", "connections_table", "neurons_table"]

_FIRST = ("root_id", "cell_type", "cell_class", "super_class", "side", "nt_type", "nt_confidence", "sign", "group")
_SIGNS = {1: "excitatory", -1: "inhibitory", 0: "unknown"}


def neurons_table(circuit: Circuit) -> pd.DataFrame:
    """Return one row per neuron: annotations first, then synapses within the circuit and in all; most synapses first.

    Columns that are empty throughout are left out.
    """
    table = circuit.neurons()
    n = len(circuit)
    table["in_circuit"] = np.bincount(circuit.post, circuit.syn_count, n).astype(np.int64)
    table["out_circuit"] = np.bincount(circuit.pre, circuit.syn_count, n).astype(np.int64)
    if "sign" in table:
        table["sign"] = table["sign"].map(_SIGNS)
    names = [name for name in _FIRST if name in table]
    names += [name for name in ("in_circuit", "out_circuit", "input_synapses", "output_synapses", "lost_input_share")
              if name in table]  # fmt: skip
    if circuit.functional_nucleus.any():
        names.append("functional_nucleus")
    kept = [name for name in names if table[name].notna().any() or not n]
    order = np.lexsort((circuit.root_ids, -(table["in_circuit"] + table["out_circuit"])))
    return pd.DataFrame(table[kept].iloc[order].reset_index(drop=True))


def connections_table(circuit: Circuit) -> pd.DataFrame:
    """Return one row per connection with what its ends are; most synapses first."""
    table = circuit.to_frame()
    for name in ("cell_type", "cell_class"):
        if name in circuit.annotations and circuit.annotations[name].notna().any():
            values = circuit.annotations[name].to_numpy()
            table.insert(1, f"pre_{name}", values[circuit.pre])
            table.insert(list(table.columns).index("post_root_id") + 1, f"post_{name}", values[circuit.post])
            break
    if "nt_type" in circuit.annotations:
        table["pre_nt_type"] = circuit.annotations["nt_type"].to_numpy()[circuit.pre]
    table["sign"] = pd.Series(np.sign(circuit.weight)).map(_SIGNS)
    table = table.drop(columns="weight_signed")
    order = np.lexsort((table["post_root_id"], table["pre_root_id"], -table["syn_count"]))
    return pd.DataFrame(table.iloc[order].reset_index(drop=True))


def boundary_table(neurons: pd.DataFrame) -> pd.DataFrame:
    """Return what each neuron of a table of :func:`neurons_table` lost of its input, most first."""
    names = [name for name in ("root_id", "cell_type", "cell_class", "side", "group", "input_synapses", "in_circuit",
                               "lost_input_share") if name in neurons]  # fmt: skip
    lost = neurons[names].dropna(subset="lost_input_share")
    return pd.DataFrame(lost.sort_values(["lost_input_share", "input_synapses"], ascending=False, kind="stable"))
