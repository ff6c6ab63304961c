"""Loading offline: a connectome as the files of Neo4j's own importer, which fills an empty database in seconds.

What comes up is the graph that loading over Bolt makes, property by property. Neurons get compact ids in the
importer's files, which the store takes as they are (``--id-type=actual``): its own id spaces end at 2^56, below
FlyWire's ids, and texts as ids take twice as long. ``root_id`` is a property like any other.
"""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from graphkit.errors import BackendError, DataError
from graphkit.ingestion import (
    checked_tables,
    counted,
    dataset_properties,
    load_parameters,
    load_report,
    warn_of_mixed_releases,
)
from graphkit.loading import Loader
from graphkit.progress import Progress
from graphkit.queries import Queries
from graphkit.schema import DATASET, NEURON, STEP, SYNAPSES, Column, Table
from graphkit.steps import Step, new_token, now, step_properties

__all__ = ["ImportFiles", "run_import", "write_import_files"]

_NODES = {table.name: f"{table.name.lower()}s.csv" for table in (NEURON, DATASET, STEP)}
_RELATIONSHIPS = {SYNAPSES.name: "synapses.csv"}
_FILES = (*_NODES.values(), *_RELATIONSHIPS.values(), "schema.cypher", "import.sh")
_TYPES = {"bool": "boolean", "int": "long", "float": "double", "str": "string"}
#: Rows written at a time.
_ROWS = 500_000


@dataclass(frozen=True)
class ImportFiles:
    """The importer's files in their folder.

    Parameters
    ----------
    folder
        Where they are.
    multiline
        Whether a text among them holds a line end, which the importer has to be told.
    report
        What was written, as :meth:`graphkit.Connectome.load` reports it.
    """

    folder: Path
    multiline: bool
    report: Mapping[str, object]

    def arguments(self, database: str = "neo4j", *, seen_at: str = ".", overwrite: bool = False) -> list[str]:
        """Return what to give to neo4j-admin.

        Parameters
        ----------
        database
            The database to fill; it must not be running.
        seen_at
            The folder as neo4j-admin sees it, in a container for example; by default it is started in it.
        overwrite
            Replace the database if it is there.

        Examples
        --------
        >>> from pathlib import Path
        >>> from graphkit.neo4j_import import ImportFiles
        >>> ImportFiles(Path("fly"), False, {}).arguments()[:5]
        ['database', 'import', 'full', 'neo4j', '--id-type=actual']
        """
        return [
            "database", "import", "full", database, "--id-type=actual",
            *(f"--nodes={label}={seen_at}/{name}" for label, name in _NODES.items()),
            *(f"--relationships={kind}={seen_at}/{name}" for kind, name in _RELATIONSHIPS.items()),
            *(["--multiline-fields=true"] if self.multiline else []),
            *(["--overwrite-destination"] if overwrite else []),
        ]  # fmt: skip


def write_import_files(
    loader: Loader,
    folder: str | Path,
    *,
    database: str = "neo4j",
    engine_version: str = "Neo4j",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> ImportFiles:
    """Write a connectome as the files of ``neo4j-admin database import``, with the command and the schema.

    ``neurons.csv``, ``synapses.csv``, ``datasets.csv`` and ``steps.csv`` are what is imported; ``import.sh`` is the
    command; ``schema.cypher`` holds the constraints and indexes, which graphkit's next step makes by itself. They
    appear when all is written. Memory does not grow with the connections.

    Parameters
    ----------
    loader
        The files, such as ``loaders.flywire.FlyWire(…)``.
    folder
        Where to write; made if it is not there.
    database
        The database that import.sh fills.
    engine_version
        The version of the server, kept with the dataset: what ``neo4j-admin --version`` says.
    overwrite
        Replace files of these names.
    progress
        Called with the rows read and written.

    Returns
    -------
    ImportFiles
        Where they are, and what was written.

    Raises
    ------
    DataError
        If a file cannot be taken as it is, or the folder holds files of these names.

    Warns
    -----
    GraphStateWarning
        If the files are probably of two releases.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit.neo4j_import import write_import_files
    >>> from graphkit.synthetic import generate
    >>> from loaders.generated import Generated
    >>> with TemporaryDirectory() as folder:
    ...     made = generate(folder, neurons=50, edges=100)
    ...     files = write_import_files(Generated(folder), folder + "/import")
    ...     (files.folder / "neurons.csv").read_text().splitlines()[0][:30]
    '":ID","root_id:long","flow:str'
    """
    started, since = time.perf_counter(), now()
    folder = Path(folder)
    if not overwrite and (present := [name for name in _FILES if (folder / name).exists()]):
        raise DataError(
            f"the folder holds {', '.join(present)} already. Choose another, or replace them with overwrite=True "
            "(on the command line: --overwrite).",
            path=folder,
        )
    files = loader.files()
    with checked_tables(loader, progress) as checked:
        folder.mkdir(parents=True, exist_ok=True)
        # Inside the folder, so that renaming copies nothing; gone with its files when anything fails.
        with TemporaryDirectory(prefix=".unfinished-", dir=folder) as unfinished:
            new = Path(unfinished)
            neurons = counted(checked.neurons.sort_by("root_id"), checked.connections)
            ids = neurons.column("root_id").to_numpy()  # a neuron's place here is its compact id
            _write_synapses(checked.connections, ids, new / _RELATIONSHIPS[SYNAPSES.name], progress)
            _write_nodes(NEURON, neurons, 0, new)
            dataset = dataset_properties(
                loader, files, [], engine_version,
                rows=checked.connections.num_rows, neurons=neurons.num_rows, synapses=checked.synapses,
            )  # fmt: skip
            _write_nodes(DATASET, _one_row(DATASET, dataset), neurons.num_rows, new)
            report = load_report(loader, checked, checked.connections.num_rows, time.perf_counter() - started)
            step = Step("load", "done", load_parameters("new", files), since, now(), new_token(), "", report)
            steps = _one_row(STEP, step_properties(step))
            _write_nodes(STEP, steps, neurons.num_rows + 1, new)
            schema = [query.text for name, query in Queries("neo4j").items() if name.startswith("schema/")]
            (new / "schema.cypher").write_text("".join(f"{text.rstrip()};\n" for text in schema), encoding="utf-8")
            multiline = any(_holds_line_ends(table) for table in (neurons, _one_row(DATASET, dataset), steps))
            written = ImportFiles(folder, multiline, report)
            script = new / "import.sh"
            script.write_text(_script(written.arguments(database)), encoding="utf-8")
            script.chmod(0o755)
            for name in _FILES:
                (new / name).replace(folder / name)
    warn_of_mixed_releases(checked)
    return written


def run_import(
    files: ImportFiles, admin: Sequence[str], *, database: str = "neo4j", seen_at: str = ".", overwrite: bool = False
) -> float:
    """Fill a database from the files.

    Parameters
    ----------
    files
        What :func:`write_import_files` wrote.
    admin
        How neo4j-admin is called, such as ``["neo4j-admin"]``.
    database
        The database; the server must not be running it.
    seen_at
        The folder as neo4j-admin sees it, where that is in a container.
    overwrite
        Replace the database if it is there.

    Returns
    -------
    float
        The seconds it took.

    Raises
    ------
    BackendError
        If the importer cannot be started, or fails; with the last of what it says.

    Examples
    --------
    >>> from graphkit.neo4j_import import run_import, write_import_files
    >>> from loaders.flywire import FlyWire
    >>> files = write_import_files(FlyWire("flywire_v783/"), "import/")  # doctest: +SKIP
    >>> run_import(files, ["neo4j-admin"])  # doctest: +SKIP
    """
    started = time.perf_counter()
    command = [*admin, *files.arguments(database, seen_at=seen_at, overwrite=overwrite)]
    try:
        done = subprocess.run(command, cwd=files.folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BackendError(f"{admin[0]} cannot be started ({error.strerror or error}).") from error
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise BackendError(
            f"neo4j-admin could not import {files.folder} into {database}. Is the server stopped? A database that is "
            "there is only replaced when asked to (overwrite=True; on the command line: --overwrite). It says:\n"
            + "\n".join(said[-8:])
        )
    return time.perf_counter() - started


def _write_synapses(rows: pa.Table, ids: npt.NDArray[np.int64], path: Path, progress: Progress | None) -> None:
    names = [":START_ID", ":END_ID", *(_header(column) for column in SYNAPSES.columns)]
    schema = pa.schema(
        [pa.field(name, pa.int64()) for name in names[:2]]
        + [pa.field(name, column.arrow_type) for name, column in zip(names[2:], SYNAPSES.columns, strict=True)]
    )
    with csv.CSVWriter(path, schema) as writer:
        for start in range(0, rows.num_rows, _ROWS):
            part = rows.slice(start, _ROWS)
            pre, post = (np.searchsorted(ids, part.column(place).to_numpy()) for place in (0, 1))
            columns = [pa.array(pre), pa.array(post), *(part.column(column.name) for column in SYNAPSES.columns)]
            writer.write_table(pa.table(columns, schema=schema))
            if progress is not None:
                progress(start + part.num_rows, rows.num_rows, "rows")


def _write_nodes(table: Table, rows: pa.Table, first_id: int, folder: Path) -> None:
    known = [column for column in table.columns if rows.column(column.name).null_count < rows.num_rows]
    columns = {":ID": pa.array(np.arange(first_id, first_id + rows.num_rows))}
    columns |= {_header(column): rows.column(column.name) for column in known}
    csv.write_csv(pa.table(columns), folder / _NODES[table.name])


def _one_row(table: Table, values: Mapping[str, object]) -> pa.Table:
    return pa.table({column.name: pa.array([values[column.name]], column.arrow_type) for column in table.columns})


def _header(column: Column) -> str:
    return f"{column.name}:{_TYPES[column.type]}"


def _holds_line_ends(table: pa.Table) -> bool:
    texts = [column for column in table.columns if pa.types.is_string(column.type)]
    return any(pc.any(pc.match_substring_regex(column, "[\r\n]")).as_py() for column in texts)


def _script(arguments: Sequence[str]) -> str:
    return (
        "#!/bin/sh\n"
        "# Fills a database that is empty or not there yet; the server must not be running it.\n"
        "# --overwrite-destination replaces one that is there.\n"
        'cd "$(dirname "$0")" || exit 1\n'
        f'exec "${{NEO4J_ADMIN:-neo4j-admin}}" {shlex.join(arguments)} "$@"\n'
    )
