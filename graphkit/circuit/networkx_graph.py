"""A circuit's tables as a graph of networkx."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pandas as pd

from graphkit.errors import DataError

__all__ = ["graph_of_tables", "tables_of_graph"]

_LAST_GROUPS = ",functional_nuclei,rest"
_MARKS = ("is_target", "downstream", "functional_nucleus", "input_synapses")


def graph_of_tables(neurons: pd.DataFrame, edges: pd.DataFrame, group_names: Sequence[str]) -> nx.MultiDiGraph[int]:
    """Return the graph that :meth:`graphkit.Circuit.to_networkx` gives.

    Parameters
    ----------
    neurons, edges
        As the circuit's neurons() and to_frame() give them.
    group_names
        Kept in the graph.

    Examples
    --------
    >>> import pandas as pd
    >>> neurons = pd.DataFrame({"root_id": [1, 2], "cell_type": ["ORN", None]})
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [30], "syn_count": [30]})
    >>> graph_of_tables(neurons, edges, ("target", "rest")).nodes[1]
    {'cell_type': 'ORN'}
    """
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(group_names=list(group_names))
    for row in neurons.astype(object).to_dict("records"):
        known = {
            str(key): _plain(value)
            for key, value in row.items()
            if key != "root_id" and pd.api.types.is_scalar(value) and not pd.isna(value)
        }
        graph.add_node(int(row["root_id"]), **known)
    columns = (edges[name].tolist() for name in ("pre_root_id", "post_root_id", "weight_signed", "syn_count"))
    for pre, post, weight, count in zip(*columns, strict=True):
        graph.add_edge(pre, post, weight_signed=weight, syn_count=count)
    return graph


def tables_of_graph(graph: nx.DiGraph[int] | nx.MultiDiGraph[int]) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return neurons, connections and depth as :meth:`graphkit.Circuit.from_tables` takes them.

    Parameters
    ----------
    graph
        As :meth:`graphkit.Circuit.from_networkx` takes it.

    Raises
    ------
    DataError
        If an edge has no weight_signed or a node id is not a whole number.

    Examples
    --------
    >>> import networkx as nx
    >>> neurons, edges, depth = tables_of_graph(nx.DiGraph([("1", "2", {"weight_signed": -3})]))
    >>> edges.astype(int).to_dict("records"), depth
    ([{'pre_root_id': 1, 'post_root_id': 2, 'weight_signed': -3, 'syn_count': 3}], 2)
    """
    ids = {node: _whole(node) for node in graph.nodes}
    try:
        rows = [
            {"pre_root_id": ids[pre], "post_root_id": ids[post], "weight_signed": values["weight_signed"],
             "syn_count": values.get("syn_count", np.ceil(abs(values["weight_signed"])))}
            for pre, post, values in graph.edges(data=True)
        ]  # fmt: skip
    except KeyError:
        raise DataError("an edge of the graph has no weight_signed (signed synapse count)") from None
    edges = pd.DataFrame(rows, columns=["pre_root_id", "post_root_id", "weight_signed", "syn_count"])
    edges = edges.astype(dict.fromkeys(("pre_root_id", "post_root_id"), np.int64))
    neurons = pd.DataFrame({"root_id": np.fromiter(ids.values(), dtype=np.int64, count=len(ids))})
    nodes = [values for _, values in graph.nodes(data=True)]
    for column in dict.fromkeys(name for values in nodes for name in values if name != "label"):
        neurons[column] = _column([values.get(column) for values in nodes])
    for column in _MARKS:
        if column not in neurons:
            neurons[column] = pd.array([pd.NA] * len(neurons), dtype="Int64")
    groups: list[str] = neurons["group"].astype(str).tolist() if "group" in neurons else []
    levels = [int(name.removeprefix("downstream_")) for name in groups if name.startswith("downstream_")]
    names = graph.graph.get("group_names") or graph.graph.get("name", "")
    if isinstance(names, str):  # files hold no lists, and GEXF nothing of the graph but its name
        names = names.split(",") if names.endswith(_LAST_GROUPS) else []
    depth = len(names) - 3 if names else max(levels, default=2)
    return neurons.drop(columns=["group", "lost_input_share"], errors="ignore"), edges, depth


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _whole(node: object) -> int:
    """Return a node's id; a float is refused, because it may have lost digits already."""
    try:
        if isinstance(node, int | np.integer | str):
            return int(node)
    except ValueError:
        pass
    raise DataError(f"node {node!r} is not a neuron's id: ids are whole numbers, or their decimal digits as text")


def _column(values: list[object]) -> pd.Series:
    """Return a column of node attributes; whole numbers stay whole where some are missing."""
    given = [value for value in values if value is not None]
    return pd.Series(values, dtype="Int64" if given and all(type(value) is int for value in given) else None)
