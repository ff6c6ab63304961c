"""A graph as one file, independent of the engine: a zip of parquet tables with their checksums."""

from __future__ import annotations

import hashlib
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from graphkit.errors import DataError, GraphStateError
from graphkit.files import replaced
from graphkit.graph import Graph
from graphkit.progress import Progress
from graphkit.schema import NODE_TABLES, RELATIONSHIP_TABLES
from graphkit.steps import Steps, now
from graphkit.version import __version__

__all__ = ["backup", "restore"]

_FORMAT = 1
_TABLES = tuple(table.name.lower() for table in (*NODE_TABLES, *RELATIONSHIP_TABLES))
_MANIFEST = "manifest.json"


def backup(graph: Graph, path: str | Path, overwrite: bool, progress: Progress | None) -> dict[str, object]:
    """Write the whole graph into one file; see :meth:`graphkit.Connectome.backup`."""
    started = time.perf_counter()
    if not overwrite and Path(path).exists():
        raise DataError(
            "is there already. Choose another name, or replace it with overwrite=True (on the command line: "
            "--overwrite).", path=path,
        )  # fmt: skip
    steps = Steps(graph)
    steps.require("load")
    if running := steps.unfinished():
        raise GraphStateError(f"{running[0].name} is {running[0].state}: a backup holds whole states only. "
                              f"Repeat `{running[0].command}` first.")  # fmt: skip
    tables: dict[str, dict[str, object]] = {}
    with replaced(path) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED, allowZip64=True) as file:
        for done, name in enumerate(_TABLES, 1):
            table = graph.table(f"backup/{name}")
            sink = pa.BufferOutputStream()
            pq.write_table(table, sink, compression="zstd")
            content = sink.getvalue()
            file.writestr(f"{name}.parquet", memoryview(content))
            tables[name] = {"rows": table.num_rows, "sha256": hashlib.sha256(content).hexdigest()}
            if progress is not None:
                progress(done, len(_TABLES), "tables")
        told = {"format": _FORMAT, "graphkit_version": __version__, "engine": graph.backend.engine_version,
                "made": now(), "tables": tables}  # fmt: skip
        file.writestr(_MANIFEST, json.dumps(told, indent=1))
    return _report(tables, started)


def restore(graph: Graph, path: str | Path, progress: Progress | None) -> dict[str, object]:
    """Put a backup into an empty graph; see :meth:`graphkit.Connectome.restore`."""
    started = time.perf_counter()
    path = Path(path)
    tables = _read(path)
    steps = Steps(graph)
    steps.refuse_data_of_others()
    begun = steps.all().get("restore")
    half_restored = begun is not None and begun.state == "interrupted"
    graph.create_schema()
    if not half_restored and len(graph.ask("select/all_root_ids")):
        raise GraphStateError(
            f"{graph.backend.address} is not empty, and a backup replaces nothing. Restore it into a new graph."
        )
    with steps.run("restore", {"file": path.name}):
        for what in ("recorded", "connections", "synapses", "runs", "neurons", "datasets"):
            graph.tell(f"write/remove_{what}")
        graph.create_schema()
        for done, (name, table) in enumerate(tables.items(), 1):
            graph.tell_rows(f"restore/{name}", table)
            if progress is not None:
                progress(done, len(tables), "tables")
    graph.tell("write/forget_step", name="restore")
    return _report({name: {"rows": table.num_rows} for name, table in tables.items()}, started)


def _read(path: Path) -> dict[str, pa.Table]:
    """Return the tables of a backup, each compared with its checksum."""
    try:
        with zipfile.ZipFile(path) as file:
            told: dict[str, Any] = json.loads(file.read(_MANIFEST))
            if told["format"] != _FORMAT:
                raise DataError(
                    f"is a backup of format {told['format']}, by graphkit {told['graphkit_version']}; this is "
                    f"{__version__}, which reads format {_FORMAT}. Restore it with that version.", path=path,
                )  # fmt: skip
            tables = {}
            for name in _TABLES:
                content = file.read(f"{name}.parquet")
                if hashlib.sha256(content).hexdigest() != told["tables"][name]["sha256"]:
                    raise DataError(f"is damaged: {name}.parquet is not what was written. Use another copy.", path=path)
                tables[name] = pq.read_table(pa.BufferReader(content))
            return tables
    except FileNotFoundError:
        raise DataError("no such file. `graphkit backup FILE` makes one.", path=path) from None
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"is no backup of graphkit, or a damaged one ({error}). Use another copy.", path=path
        ) from error


def _report(tables: dict[str, dict[str, object]], started: float) -> dict[str, object]:
    return {**{name: told["rows"] for name, told in tables.items()}, "seconds": round(time.perf_counter() - started, 3)}
