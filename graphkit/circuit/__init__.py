"""A circuit: the arrays a simulator needs of the neurons that were chosen."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graphkit.circuit.edges import tables_of_edges
from graphkit.circuit.networkx_graph import graph_of_tables, tables_of_graph
from graphkit.errors import DataError, SelectionError
from graphkit.ids import id_array

__all__ = ["Circuit"]

_FORMAT = 1  # of the saved file; raised when a field changes its meaning


@dataclass(frozen=True, eq=False)
class Circuit:
    """Chosen neurons and the merged, signed connections among them.

    Neurons are sorted by group, then by root_id, so that each group is one slice of every per-neuron array.
    Connections are sorted by pre, then by post; that is the order in which simulators sum.

    Parameters
    ----------
    root_ids
        (n,) the neurons' ids.
    pre, post
        (m,) positions in root_ids of the presynaptic and postsynaptic neuron of each connection.
    weight
        (m,) signed synapse counts, in synapses; floats only where a table of edges gave fractions.
    syn_count
        (m,) synapses of each connection, unsigned: where the sign is unknown, weight is 0 and this is not.
    group
        (n,) position in group_names of the first group that the neuron belongs to.
    group_names
        target, downstream_1 … downstream_k, functional_nuclei, rest.
    functional_nucleus
        (n,) a property of its own: a target can be in a functional nucleus too.
    lost_input_share
        (n,) share of the neuron's input synapses that come from outside the circuit or lie below its
        thresholds; NaN where the neuron's inputs were never counted.
    annotations
        n rows in the neurons' order: cell_type, super_class, side, nt_type, sign, … whatever the source knew.
    source
        Where the circuit comes from: dataset, selection, thresholds.

    Raises
    ------
    DataError
        If the arrays do not fit each other, or a weight is not finite.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 3], "weight_signed": [30, -12]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> circuit
    Circuit(3 neurons: target 1, downstream_1 1, downstream_2 1; 2 connections, 42 synapses)
    """

    root_ids: npt.NDArray[np.int64]
    pre: npt.NDArray[np.int32]
    post: npt.NDArray[np.int32]
    weight: npt.NDArray[np.int32] | npt.NDArray[np.float64]
    syn_count: npt.NDArray[np.int32]
    group: npt.NDArray[np.int16]
    group_names: tuple[str, ...]
    functional_nucleus: npt.NDArray[np.bool_]
    lost_input_share: npt.NDArray[np.float64]
    annotations: pd.DataFrame
    source: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n, m = len(self.root_ids), len(self.pre)
        per_neuron = (self.group, self.functional_nucleus, self.lost_input_share, self.annotations)
        per_connection = (self.post, self.weight, self.syn_count)
        if any(len(values) != n for values in per_neuron) or any(len(values) != m for values in per_connection):
            raise DataError(f"the arrays of a circuit of {n} neurons and {m} connections differ in length")
        if m and (min(self.pre.min(), self.post.min()) < 0 or max(self.pre.max(), self.post.max()) >= n):
            raise DataError(f"a connection names a position outside 0 … {n - 1}")
        if not np.isfinite(self.weight).all():
            raise DataError(f"connection {int(np.flatnonzero(~np.isfinite(self.weight))[0])} has no finite weight")

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {part.stop - part.start}" for name, part in self.slices.items())
        synapses = int(self.syn_count.sum(dtype=np.int64))
        return f"Circuit({len(self)} neurons: {sizes}; {len(self.pre)} connections, {synapses} synapses)"

    def __len__(self) -> int:
        return len(self.root_ids)

    @property
    def slices(self) -> dict[str, slice]:
        """The slice of the per-neuron arrays that each group takes; groups without neurons are left out."""
        starts = np.searchsorted(self.group, np.arange(len(self.group_names) + 1))
        return {
            name: slice(int(starts[k]), int(starts[k + 1]))
            for k, name in enumerate(self.group_names)
            if starts[k] < starts[k + 1]
        }

    @property
    def group_labels(self) -> npt.NDArray[np.str_]:
        """(n,) the group's name of each neuron."""
        return np.asarray(self.group_names, dtype=np.str_)[self.group]

    def positions(self, root_ids: Iterable[int]) -> npt.NDArray[np.int64]:
        """Return where the given neurons stand in the per-neuron arrays.

        Raises
        ------
        SelectionError
            If a neuron is not in the circuit.
        """
        wanted = id_array(root_ids)
        order = np.argsort(self.root_ids, kind="stable")
        found = np.searchsorted(self.root_ids, wanted, sorter=order)
        positions = order[np.minimum(found, len(order) - 1)] if len(order) else np.zeros(len(wanted), np.int64)
        missing = wanted if not len(order) else wanted[self.root_ids[positions] != wanted]
        if len(missing):
            shown = ", ".join(str(root_id) for root_id in missing[:5])
            raise SelectionError(
                f"{len(missing)} of {len(wanted)} neurons are not in the circuit of {len(self)}: {shown}. "
                "Choose a larger circuit, or leave them out."
            )
        return positions

    @classmethod
    def from_tables(
        cls,
        neurons: pd.DataFrame,
        edges: pd.DataFrame,
        *,
        depth: int,
        source: Mapping[str, object] | None = None,
    ) -> Circuit:
        """Build a circuit from a table of neurons and a table of the connections among them.

        Parameters
        ----------
        neurons
            root_id, is_target, downstream (null: not reached), functional_nucleus, input_synapses (null: not
            counted); every further column becomes an annotation.
        edges
            pre_root_id, post_root_id, weight_signed, syn_count; ends that are not among the neurons are cut.
        depth
            Downstream levels that are groups of their own.
        source
            Kept as :attr:`source`.
        """
        names = ("target", *(f"downstream_{level}" for level in range(1, depth + 1)), "functional_nuclei", "rest")
        level = neurons["downstream"].to_numpy(dtype=np.float64, na_value=np.nan)
        is_nucleus = neurons["functional_nucleus"].to_numpy(dtype=bool, na_value=False)
        group = np.where(is_nucleus, depth + 1, depth + 2)
        reached = (level >= 1) & (level <= depth)
        group[reached] = level[reached].astype(int)
        group[neurons["is_target"].to_numpy(dtype=bool, na_value=False)] = 0

        root_ids = neurons["root_id"].to_numpy(dtype=np.int64)
        order = np.lexsort((root_ids, group))
        pre, post = (_positions(edges[name], root_ids[order]) for name in ("pre_root_id", "post_root_id"))
        # One key sorts four times as fast as two; what is outside comes first.
        key = pre * np.int64(len(root_ids))
        key += post
        key[(pre < 0) | (post < 0)] = -1
        inside = np.argsort(key, kind="stable")[np.count_nonzero(key < 0) :]
        del key  # millions of connections: what is not needed makes room for what is
        pre, post = pre[inside], post[inside]
        syn_count = edges["syn_count"].to_numpy(np.int32)[inside]
        weight = _weights(edges["weight_signed"])[inside]

        received = np.bincount(post, weights=syn_count, minlength=len(root_ids)).astype(np.float64)
        total = neurons["input_synapses"].to_numpy(dtype=np.float64, na_value=np.nan)[order]
        lost = 1 - np.divide(received, total, out=np.ones_like(received), where=total > 0)
        return cls(
            root_ids=root_ids[order],
            pre=pre,
            post=post,
            weight=weight,
            syn_count=syn_count,
            group=group[order].astype(np.int16),
            group_names=names,
            functional_nucleus=is_nucleus[order],
            lost_input_share=np.where(np.isnan(total), np.nan, lost),
            annotations=neurons.drop(columns=["root_id", "functional_nucleus"]).iloc[order].reset_index(drop=True),
            source=dict(source or {}),
        )

    @classmethod
    def from_edges(
        cls, frame: pd.DataFrame, root_ids: Iterable[int] | None = None, targets: Iterable[int] | None = None
    ) -> Circuit:
        """Build a circuit from a table of edges, without any database.

        Rows are taken as they are: two rows of one pair are two parallel connections. Groups are the targets and
        what lies one and two connections downstream of them (shortest path, as marking does).

        Parameters
        ----------
        frame
            pre_root_id, post_root_id, weight_signed (in synapses), or the names that published tables give to these:
            Presynaptic_ID, Postsynaptic_ID and Excitatory x Connectivity of Shiu et al. (2024) among them.
        root_ids
            The neurons, when some have no connection or not all ends are wanted; else all ends of the rows.
        targets
            The target neurons.

        Raises
        ------
        DataError
            If a column is missing, an id is not whole, or a weight is not finite.
        SelectionError
            If a target is not among the neurons.
        """
        neurons, edges = tables_of_edges(frame, root_ids, targets, depth=2)
        return cls.from_tables(neurons, edges, depth=2, source={"from": "table of edges", "rows": len(frame)})

    def subcircuit(self, root_ids: Iterable[int]) -> Circuit:
        """Return the circuit of some of the neurons and the connections among them.

        Raises
        ------
        SelectionError
            If a neuron is not in the circuit.
        """
        kept = np.sort(self.positions(root_ids))
        neurons = self.annotations.assign(root_id=self.root_ids, functional_nucleus=self.functional_nucleus).iloc[kept]
        return Circuit.from_tables(
            neurons, self.to_frame(), depth=len(self.group_names) - 3, source={**self.source, "part": len(kept)}
        )

    def annotated(self, table: pd.DataFrame) -> Circuit:
        """Return the same circuit with further annotations.

        Parameters
        ----------
        table
            root_id, and a column per annotation; one that the circuit has is replaced. Neurons that are not in the
            table have none, rows of other neurons are left aside.

        Raises
        ------
        DataError
            If the table has no root_id, or a neuron twice.

        Examples
        --------
        >>> import pandas as pd
        >>> from graphkit import Circuit
        >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [30]})
        >>> table = pd.DataFrame({"root_id": [2], "neuropil": ["AL_R"]})
        >>> Circuit.from_edges(edges).annotated(table).neurons()["neuropil"].fillna("none").tolist()
        ['none', 'AL_R']
        """
        if "root_id" not in table or table["root_id"].duplicated().any():
            raise DataError("annotations need a column root_id in which each neuron stands once")
        added = table.set_index("root_id").astype(object).reindex(self.root_ids)
        added = added.where(added.notna(), None).infer_objects().reset_index(drop=True)
        kept = self.annotations.drop(columns=added.columns.intersection(self.annotations.columns))
        return replace(self, annotations=pd.concat([kept, added], axis=1))

    def to_frame(self) -> pd.DataFrame:
        """Return the connections: pre_root_id, post_root_id (int64), weight_signed, syn_count (synapses)."""
        return pd.DataFrame(
            {
                "pre_root_id": self.root_ids[self.pre],
                "post_root_id": self.root_ids[self.post],
                "weight_signed": self.weight,
                "syn_count": self.syn_count,
            }
        )

    def neurons(self) -> pd.DataFrame:
        """Return the neurons: root_id (int64), group, functional_nucleus, lost_input_share, annotations."""
        table = pd.DataFrame(
            {
                "root_id": self.root_ids,
                "group": self.group_labels,
                "functional_nucleus": self.functional_nucleus,
                "lost_input_share": self.lost_input_share,
            }
        )
        return pd.concat([table, self.annotations], axis=1)

    def boundary(self) -> dict[str, float]:
        """Return what the cut removed in sum.

        Returns
        -------
        dict
            neurons, input_synapses (of all neurons), kept_synapses, lost_input_share (of the sum),
            neurons_losing_half (that lose half of their input or more).
        """
        total = self.annotations["input_synapses"].to_numpy(dtype=np.float64, na_value=np.nan)
        kept = float(self.syn_count.sum(dtype=np.int64))
        known = float(np.nansum(total)) if not np.isnan(total).all() else float("nan")
        return {
            "neurons": float(len(self)),
            "input_synapses": known,
            "kept_synapses": kept,
            "lost_input_share": 1 - kept / known if known else 0.0,
            "neurons_losing_half": float((self.lost_input_share >= 0.5).sum()),
        }

    def to_networkx(self) -> nx.MultiDiGraph[int]:
        """Return a networkx graph: nodes are root_ids with their annotations, edges carry weight_signed, syn_count.

        Missing annotations and lists are left out. A MultiDiGraph, because a table of edges may hold parallel
        connections.
        """
        return graph_of_tables(self.neurons(), self.to_frame(), self.group_names)

    @classmethod
    def from_networkx(cls, graph: nx.DiGraph[int] | nx.MultiDiGraph[int]) -> Circuit:
        """Build a circuit from a networkx graph whose edges carry weight_signed; the inverse of to_networkx.

        Node ids may be integers or their decimal strings (as GraphML and GEXF hold them). The levels that are groups
        are those that to_networkx names in the graph, else those that the nodes' groups name, else two.

        Raises
        ------
        DataError
            If an edge has no weight_signed or a node id is not a whole number.
        """
        neurons, edges, depth = tables_of_graph(graph)
        return cls.from_tables(neurons, edges, depth=depth, source={"from": "networkx graph"})

    def save(self, path: str | Path) -> Path:
        """Write the circuit to an .npz file that :meth:`load` reads back equal; return the file, suffix included."""
        path = Path(path)
        path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
        table = io.BytesIO()
        arrow = pa.Table.from_pandas(self.annotations, preserve_index=False)
        with pa.ipc.new_file(table, arrow.schema) as writer:
            writer.write_table(arrow)
        np.savez(
            path, format=_FORMAT, root_ids=self.root_ids, pre=self.pre, post=self.post, weight=self.weight,
            syn_count=self.syn_count, group=self.group, group_names=np.asarray(self.group_names),
            functional_nucleus=self.functional_nucleus, lost_input_share=self.lost_input_share,
            annotations=np.frombuffer(table.getvalue(), dtype=np.uint8), source=json.dumps(dict(self.source)),
        )  # fmt: skip
        return path

    @classmethod
    def load(cls, path: str | Path) -> Circuit:
        """Read a circuit that :meth:`save` wrote.

        Raises
        ------
        DataError
            If the file is missing or is not a circuit of this version.
        """
        if not Path(path).is_file():
            raise DataError("no such file. Save a circuit with Circuit.save(path) first.", path=path)
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                if int(stored["format"]) != _FORMAT:
                    raise DataError(f"circuit format {stored['format']}, this graphkit reads {_FORMAT}", path=path)
                with pa.ipc.open_file(pa.py_buffer(stored["annotations"].tobytes())) as reader:
                    annotations = reader.read_pandas()
                arrays = {name: stored[name] for name in stored.files}
        except (KeyError, ValueError, OSError, zipfile.BadZipFile, pa.ArrowInvalid) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"not a circuit saved by graphkit ({error})", path=path) from error
        return cls(
            root_ids=arrays["root_ids"], pre=arrays["pre"], post=arrays["post"], weight=arrays["weight"],
            syn_count=arrays["syn_count"], group=arrays["group"], group_names=tuple(arrays["group_names"].tolist()),
            functional_nucleus=arrays["functional_nucleus"], lost_input_share=arrays["lost_input_share"],
            annotations=annotations, source=json.loads(str(arrays["source"])),
        )  # fmt: skip


def _positions(wanted: pd.Series[Any], root_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Return where each id stands among the neurons, -1 where it does not."""
    found = pc.index_in(pa.array(wanted, pa.int64()), value_set=pa.array(root_ids))
    found = found.fill_null(-1) if found.null_count else found
    return np.asarray(found.to_numpy(), dtype=np.int32)


def _weights(weights: pd.Series[Any]) -> npt.NDArray[np.int32] | npt.NDArray[np.float64]:
    """Return weights as whole numbers where all are, else as floats, NaN where one is missing."""
    values = weights.to_numpy()
    if values.dtype.kind != "i":
        values = weights.to_numpy(dtype=np.float64, na_value=np.nan)
    whole = values.dtype.kind == "i" or (np.isfinite(values).all() and (values == np.round(values)).all())
    fit = whole and np.abs(values).max(initial=0) < 2**31
    return values.astype(np.int32) if fit else values.astype(np.float64)
