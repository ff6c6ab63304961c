"""The load step: a loader's tables, checked completely before the first of them is written."""

from __future__ import annotations

import json
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphkit.errors import DataError, GraphStateError, GraphStateWarning
from graphkit.graph import Graph
from graphkit.loading import Loader, SourceFile
from graphkit.progress import Progress
from graphkit.schema import CONNECTION_FILE_COLUMNS, NEURON, TRANSMITTERS, arrow_schema
from graphkit.steps import Step, Steps, now
from graphkit.version import __version__

__all__ = [
    "Checked",
    "checked_tables",
    "counted",
    "dataset_properties",
    "load",
    "load_parameters",
    "load_report",
    "warn_of_mixed_releases",
]

Mode = Literal["new", "add", "replace"]

#: From this share of ids without annotation on, two releases were probably mixed (a v630 file against a v783 one
#: leaves 10.5 %; the complete files of one release none).
MIXED_RELEASES = 0.05


@dataclass(frozen=True)
class Checked:
    """Everything a loader gave, read to its end: neurons in memory, connections in a file mapped into it."""

    neurons: pa.Table
    connections: pa.Table
    annotated: int
    without_annotation: int
    without_connections: int
    synapses: int


def load(graph: Graph, loader: Loader, mode: Mode, progress: Progress | None) -> dict[str, object]:
    """Load a connectome's files; see :meth:`graphkit.Connectome.load`."""
    started = time.perf_counter()
    files = loader.files()
    known = _known_files(graph)
    Steps(graph).refuse_data_of_others()
    earlier = Steps(graph).refuse_beside()["load"]
    if earlier.state == "interrupted":
        mode = _after_interruption(graph, earlier, mode)
    elif mode != "replace" and files and all(file.sha256 in known for file in files):
        return {"unchanged": True, "files": len(files), "seconds": round(time.perf_counter() - started, 3)}
    if known and mode == "new":
        raise GraphStateError(_refusal(graph, known))
    with checked_tables(loader, progress) as checked:
        # Rows already in the graph stay as they are: only new files are added.
        has_rows = mode == "add" and any(file.sha256 in known for file in files if file.role == "connections")
        connections = checked.connections.slice(0, 0) if has_rows else checked.connections
        with Steps(graph).run("load", load_parameters(mode, files)) as report:
            if mode == "replace":
                for what in ("recorded", "connections", "synapses", "runs", "neurons", "datasets"):
                    graph.tell(f"write/remove_{what}")
                graph.create_schema()
                for step in ("predict", "merge", "mark", "write_back"):
                    graph.tell("write/forget_step", name=step)
            if mode == "add" and known:
                graph.tell_rows("write/annotations", checked.neurons)
                graph.tell_rows("write/synapses", connections, progress=progress)
                graph.tell("write/clear_counts")
                graph.tell("write/count_input")
                graph.tell("write/count_output")
                totals = graph.ask("analysis/counts").iloc[0].to_dict()
            else:
                # The files are all that the graph will hold: what they sum up to needs no second look at its rows.
                graph.tell_rows("write/neurons", counted(checked.neurons, connections))
                graph.tell_rows("write/synapses", connections, progress=progress)
                totals = {
                    "rows": connections.num_rows, "neurons": checked.neurons.num_rows, "synapses": checked.synapses,
                }  # fmt: skip
            kept = [
                file for file in known.values() if mode == "add" and file["sha256"] not in {f.sha256 for f in files}
            ]
            graph.tell(
                "write/dataset",
                **dataset_properties(
                    loader, files, kept, graph.backend.engine_version,
                    rows=totals["rows"], neurons=totals["neurons"], synapses=totals["synapses"],
                ),
            )  # fmt: skip
            report.update(load_report(loader, checked, connections.num_rows, time.perf_counter() - started))
    warn_of_mixed_releases(checked)
    return report


@contextmanager
def checked_tables(loader: Loader, progress: Progress | None) -> Iterator[Checked]:
    """Read and check everything; connections go through a temporary file, so that memory does not grow with them."""
    neurons = _annotations(loader)
    annotated = neurons.column("root_id").to_numpy()
    schema = arrow_schema(CONNECTION_FILE_COLUMNS)
    with tempfile.TemporaryDirectory(prefix="graphkit-", ignore_cleanup_errors=True) as folder:
        spool = Path(folder) / "connections.arrow"
        rows = synapses = 0
        with pa.OSFile(str(spool), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for batch in loader.connections():
                batch = _full(pa.Table.from_batches([batch]), schema)
                writer.write_table(batch)
                rows += batch.num_rows
                synapses += pc.sum(batch.column("syn_count")).as_py() or 0
                if progress is not None:
                    progress(rows, None, "rows read")
        if rows == 0 and not len(annotated):
            raise DataError("the files hold no neuron and no connection")
        with pa.memory_map(str(spool)) as source, pa.ipc.open_file(source) as reader:
            connections = reader.read_all()
            both = [*connections.column(0).chunks, *connections.column(1).chunks]
            ends = pc.value_counts(pa.chunked_array(both, pa.int64()))
            connected = ends.field("values").to_numpy()
            unknown = np.setdiff1d(connected, annotated, assume_unique=True)
            new = _full(pa.table({"root_id": pa.array(unknown, pa.int64())}), neurons.schema)
            yield Checked(
                neurons=_as_new(_busiest_last(pa.concat_tables([neurons, new]), ends)),
                connections=connections,
                annotated=len(annotated),
                without_annotation=len(unknown) if len(annotated) else 0,
                without_connections=len(np.setdiff1d(annotated, connected, assume_unique=True)),
                synapses=synapses,
            )


def _as_new(neurons: pa.Table) -> pa.Table:
    """Fill in what is true of a neuron before any step: told here, none has to write it."""
    for name, value in (
        ("input_synapses", 0),
        ("output_synapses", 0),
        ("nt_tied", False),
        ("is_target", False),
        ("functional_nucleus", False),
    ):
        place = neurons.schema.get_field_index(name)
        column = pa.repeat(pa.scalar(value, neurons.schema.field(place).type), neurons.num_rows)
        neurons = neurons.set_column(place, name, column)
    return neurons


def counted(neurons: pa.Table, connections: pa.Table) -> pa.Table:
    """Return the neurons with their input and output synapses, and the share of the latter that names a transmitter."""
    names_one = pc.is_in(connections.column("nt_type"), pa.array(TRANSMITTERS))
    labelled = pc.if_else(names_one, connections.column("syn_count"), 0)
    rows = connections.append_column("labelled", labelled)
    (inputs,) = _summed(neurons, rows, "post_root_id", "syn_count")
    outputs, labelled = _summed(neurons, rows, "pre_root_id", "syn_count", "labelled")
    for name, values in (
        ("input_synapses", pc.fill_null(inputs, 0)),
        ("output_synapses", pc.fill_null(outputs, 0)),
        ("nt_known_share", pc.divide(labelled.cast(pa.float64()), outputs)),
    ):
        place = neurons.schema.get_field_index(name)
        neurons = neurons.set_column(place, name, values)
    return neurons


def _summed(neurons: pa.Table, rows: pa.Table, end: str, *names: str) -> list[pa.ChunkedArray]:
    """Return the columns' sums over the rows of each neuron; null where it has none."""
    sums = rows.group_by(end).aggregate([(name, "sum") for name in names]).combine_chunks()
    at = pc.index_in(neurons.column("root_id"), sums.column(end).combine_chunks())
    return [sums.column(f"{name}_sum").take(at) for name in names]


def _busiest_last(neurons: pa.Table, ends: pa.StructArray) -> pa.Table:
    """Return the neurons in the order of their rows, most rows last.

    The embedded engine cuts neurons into groups of 131,072 in the order in which they come, and works on a group with
    one processor: of a whole fly the second group has 6 % of the neurons and so a third of the rows.
    """
    place = pc.index_in(neurons.column("root_id"), value_set=ends.field("values"))
    rows = pc.take(ends.field("counts"), place.combine_chunks()).fill_null(0)
    return neurons.take(pa.array(np.argsort(rows.to_numpy(), kind="stable")))


def dataset_properties(
    loader: Loader, files: Sequence[SourceFile], kept: Sequence[Mapping[str, object]], engine_version: str,
    *, rows: int, neurons: int, synapses: int,
) -> dict[str, Any]:  # fmt: skip
    """Return what the graph keeps about what was loaded: the properties of (:Dataset).

    ``kept`` are the files that the graph holds already; the counts are those of the whole graph.
    """
    return {
        "name": loader.name, "version": loader.version, "citation": loader.citation, "licence": loader.licence,
        "files": json.dumps([*kept, *(_described(file) for file in files)]),
        "rows": rows, "neurons": neurons, "synapses": synapses, "min_syn_count": None,
        "loaded": now(), "graphkit_version": __version__, "engine_version": engine_version,
    }  # fmt: skip


def load_report(loader: Loader, checked: Checked, rows_kept: int, seconds: float) -> dict[str, object]:
    """Return what loading did, as :meth:`graphkit.Connectome.load` reports it."""
    return {
        "rows_read": checked.connections.num_rows + len(loader.refused),
        "rows_kept": rows_kept,
        "rows_refused": len(loader.refused),
        "neurons": checked.neurons.num_rows,
        "annotated": checked.annotated,
        "neurons_without_connections": checked.without_connections,
        "ids_without_classification": checked.without_annotation,
        "synapses": checked.synapses,
        "seconds": round(seconds, 3),
    }


def load_parameters(mode: Mode, files: Sequence[SourceFile]) -> dict[str, object]:
    """Return what the graph keeps of how the load step was asked for."""
    return {"mode": mode, "files": {file.path.name: file.sha256 for file in files}}


def _annotations(loader: Loader) -> pa.Table:
    schema = arrow_schema(NEURON.columns)
    batches = [_full(pa.Table.from_batches([batch]), schema) for batch in loader.neurons()]
    return pa.concat_tables(batches) if batches else schema.empty_table()


def _full(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the table with every column of the schema, empty where it has none."""
    columns = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _after_interruption(graph: Graph, earlier: Step, mode: Mode) -> Mode:
    """Return how to load over a load that did not end.

    Where one transaction holds a step, nothing of it is there. Elsewhere some of its rows are: they are removed,
    unless they were added to others, which nothing here can tell apart.
    """
    if graph.backend.neurons_per_transaction is None:
        return mode
    if earlier.parameters["mode"] == "add" and mode != "replace":
        raise GraphStateError(
            f"an --add that {earlier.who} began at {earlier.started} did not end: some of its rows are in "
            f"{graph.backend.address}, and cannot be told from the others. Load all files again with --replace."
        )
    return "replace"


def _known_files(graph: Graph) -> dict[str, dict[str, object]]:
    """Return the files that the graph was loaded from, by sha256."""
    if not graph.has_schema():
        return {}
    listed = graph.ask("select/datasets")["files"].tolist()
    return {file["sha256"]: file for files in listed for file in json.loads(files)}


def _described(file: SourceFile) -> dict[str, object]:
    return {"file": file.path.name, "role": file.role, "bytes": file.bytes, "sha256": file.sha256}


def _refusal(graph: Graph, known: dict[str, dict[str, object]]) -> str:
    runs = len(graph.ask("activity/runs"))
    names = ", ".join(str(file["file"]) for file in known.values())
    return (
        f"{graph.backend.address} already holds {names}. Add the new files to it with --add (add=True), or remove "
        f"everything in it, {runs} runs included, with --replace (replace=True)."
    )


def warn_of_mixed_releases(checked: Checked) -> None:
    """Warn where so many ids are without annotation that the files are probably of two releases."""
    connected = checked.neurons.num_rows - checked.without_connections
    share = checked.without_annotation / connected if connected else 0.0
    if checked.annotated and share > MIXED_RELEASES:
        warnings.warn(
            f"{checked.without_annotation} of {connected} connected neurons ({share:.1%}) are in no annotation file: "
            "the files are probably of two releases, whose ids differ",
            GraphStateWarning,
            stacklevel=4,
        )
