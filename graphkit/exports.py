"""Circuits as files that other programs open."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pyarrow as pa
import pyarrow.parquet as pq
from networkx.readwrite.graphml import GraphMLWriter

from graphkit.circuit import Circuit
from graphkit.errors import DataError
from graphkit.files import replaced

__all__ = ["write_graph"]

# XML 1.0, section 2.2: no other control characters, no halves of surrogate pairs.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_graph(circuit: Circuit, path: str | Path) -> Path:
    """Write a circuit in the format that the file's suffix names.

    ==========  ====================================================================================
    .graphml    GraphML, for networkx, Gephi, Cytoscape, yEd: neurons with annotations, connections
    .gexf       GEXF 1.2, for networkx and Gephi: the same
    .csv        the connections: pre_root_id, post_root_id, weight_signed, syn_count (synapses)
    .parquet    the connections, the same columns, int64 ids
    ==========  ====================================================================================

    In GraphML and GEXF ids are strings, so that no program rounds them; what is not known of a neuron is left out;
    every connection has ``weight``, its synapses, which is what Gephi and Cytoscape draw, beside ``weight_signed``.
    ``Circuit.from_networkx(networkx.read_graphml(path))`` gives the circuit back.

    Parameters
    ----------
    circuit
        Neurons and connections.
    path
        The file, replaced as a whole.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        If the suffix is not one of these, or the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import networkx as nx
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.exports import write_graph
    >>> edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 3], "weight_signed": [30, -12]})
    >>> path = write_graph(Circuit.from_edges(edges, targets=[1]), Path(tempfile.mkdtemp()) / "circuit.graphml")
    >>> Circuit.from_networkx(nx.read_graphml(path))
    Circuit(3 neurons: target 1, downstream_1 1, downstream_2 1; 2 connections, 42 synapses)
    """
    path = Path(path)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise DataError(
            f"{path.suffix or 'no suffix'} is not a format of a circuit; known are {', '.join(_WRITERS)}. "
            "Give the file one of these suffixes.",
            path=path,
        )
    with replaced(path) as unfinished:
        write(circuit, unfinished)
    return path


def _portable(circuit: Circuit) -> nx.DiGraph[str]:
    """Return the circuit as a graph that XML can hold: string ids, edge ids that are unique in the file."""
    source = circuit.to_networkx()
    # A plain digraph where it can be: programs take it for what it is, and networkx writes no edge ids that repeat.
    parallel = len(source.edges) > len(set(source.edges(keys=False)))
    graph: nx.DiGraph[str] = nx.MultiDiGraph() if parallel else nx.DiGraph()
    graph.graph["name"] = ",".join(circuit.group_names)  # all that GEXF keeps of a graph as a whole
    for node, values in source.nodes(data=True):
        graph.add_node(str(node), **{name: _text(value) for name, value in values.items()})
    for number, (pre, post, values) in enumerate(source.edges(data=True)):
        key = {"key": number} if parallel else {}
        graph.add_edge(str(pre), str(post), **key, **values, weight=values["syn_count"])
    return graph


def _text(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))


class _GraphMLWriter(GraphMLWriter):  # type: ignore[misc]  # networkx has no types
    """Writes booleans as XML Schema spells them: networkx writes Python's True."""

    def add_data(self, name: str, element_type: type, value: str, *rest: object) -> object:
        return super().add_data(name, element_type, value.lower() if element_type is bool else value, *rest)


def _write_graphml(circuit: Circuit, path: Path) -> None:
    writer = _GraphMLWriter()
    writer.add_graph_element(_portable(circuit))
    writer.dump(str(path))


def _write_gexf(circuit: Circuit, path: Path) -> None:
    nx.write_gexf(_portable(circuit), path, version="1.2draft")


def _write_csv(circuit: Circuit, path: Path) -> None:
    circuit.to_frame().to_csv(path, index=False)


def _write_parquet(circuit: Circuit, path: Path) -> None:
    pq.write_table(pa.Table.from_pandas(circuit.to_frame(), preserve_index=False), path)


_WRITERS: dict[str, Callable[[Circuit, Path], None]] = {
    ".graphml": _write_graphml,
    ".gexf": _write_gexf,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
