"""Taking a circuit out of the graph, as arrays."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graphkit.circuit import Circuit
from graphkit.errors import ParameterError, SelectionError
from graphkit.graph import Graph
from graphkit.loading import named_dataset
from graphkit.steps import Steps

__all__ = ["cut_circuit"]

_LOGGER = logging.getLogger(__name__)


def cut_circuit(
    graph: Graph,
    root_ids: Sequence[int] | None,
    *,
    max_downstream: int | None,
    min_synapses: int | None,
    min_input_share: float | None,
    chosen_by: object,
) -> Circuit:
    """Return a circuit; see :meth:`graphkit.Connectome.circuit`."""
    if max_downstream is not None and max_downstream < 0:
        raise ParameterError(f"max_downstream is {max_downstream}; give 0 (the targets alone) or more")
    began = time.perf_counter()
    steps = Steps(graph)
    steps.require("merge" if max_downstream is None else "mark")
    marked = steps.all()["mark"].parameters
    thresholds: dict[str, Any] = {
        "min_synapses": marked.get("min_synapses", 1) if min_synapses is None else min_synapses,
        "min_input_share": marked.get("min_input_share", 0.0) if min_input_share is None else min_input_share,
    }
    graph.queries["select/circuit_connections"].bind(**thresholds)  # refused here, whichever query is asked
    if root_ids is None:
        level = -1 if max_downstream is None else max_downstream
        neurons = graph.ask("select/circuit_neurons", max_downstream=level)
        if max_downstream is None and thresholds["min_input_share"] == 0 and thresholds["min_synapses"] <= 1:
            edges = _edges(_all_connections(graph))  # half the work: nothing is held against a condition
        else:
            edges = _edges(graph.table("select/circuit_connections", max_downstream=level, **thresholds))
    else:
        graph.require_known(root_ids, "neurons")
        neurons = graph.ask("select/chosen_neurons", root_ids=root_ids)
        parts = [{"root_ids": part, **thresholds} for part in graph.in_parts(root_ids)]
        edges = _edges(graph.table_each("select/chosen_connections", parts))
    if not len(neurons):
        raise SelectionError("no neuron was chosen: the selection, or the graph, is empty")
    datasets = graph.ask("select/datasets")
    named = [named_dataset(name, version) for name, version in zip(datasets["name"], datasets["version"], strict=True)]
    circuit = Circuit.from_tables(
        neurons,
        edges,
        depth=max_downstream or int(str(marked.get("depth", 2))),
        source={"dataset": ", ".join(named), "chosen_by": chosen_by, **thresholds},
    )
    _LOGGER.info("took %r in %.2f s", circuit, time.perf_counter() - began)
    return circuit


def _all_connections(graph: Graph) -> pa.Table:
    if "select/connections_by_node" not in graph.queries:
        return graph.table("select/all_connections")
    # Reading the id of the other end would be half of what a server does for a connection.
    rows = graph.table("select/connections_by_node")
    nodes = graph.table("select/nodes")

    def ids(ends: pa.ChunkedArray) -> pa.ChunkedArray:
        return nodes.column("root_id").take(pc.index_in(ends, value_set=nodes.column("node").combine_chunks()))

    for place, end in enumerate(("pre", "post")):
        rows = rows.set_column(place, f"{end}_root_id", ids(rows.column(f"{end}_node")))
    return rows


def _edges(rows: pa.Table) -> pd.DataFrame:
    """Return the connections as from_tables takes them: without the copy that a frame which users change would need."""
    edges: pd.DataFrame = rows.to_pandas(types_mapper=pd.ArrowDtype)
    return edges
