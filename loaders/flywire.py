"""The files of FlyWire Codex, as they are published or as users keep them.

=================  ==============================================================  ===========================
role               recognised by                                                   published as
=================  ==============================================================  ===========================
connections        columns for both ends of a connection                           connections.csv
classification     columns root_id with flow, super_class or cell_class            classification.csv
neurons            columns root_id with a transmitter or scores                    neurons.csv
cell_types         columns root_id with cell_type, without the above               consolidated_cell_types.csv
targets            the file's name, as there are no columns of its own             target_neurons.csv
functional_nuclei  the same                                                        functional_nuclei.csv
=================  ==============================================================  ===========================

Annotations are joined by root_id; a neuron of any file is kept. Where two files give one column, the first of
cell_types, classification, neurons that has a value wins: FlyWire moved the cell types out of the classification and
mends them in the consolidated file. hemibrain_type stands in where no file gives a cell_type.

Files without a header are taken as the older two-file scripts wrote them: connections as pre_root_id, post_root_id,
neuropil, syn_count, nt_type (or without the last), classification as root_id, flow, super_class, cell_class,
sub_class, cell_type.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphkit.errors import BadRow, DataError
from graphkit.loading import RefusedRow, SourceFile
from graphkit.schema import CONNECTION_FILE_COLUMNS, NEURON_FILE_COLUMNS, Column, arrow_schema, canonical_transmitter
from graphkit.tables import fingerprint, header_columns, open_table, read_header
from graphkit.tables.texttable import TextTable

__all__ = ["FlyWire"]

#: The name of each role's file as published, without suffixes.
PUBLISHED = {
    "connections": "connections",
    "classification": "classification",
    "neurons": "neurons",
    "cell_types": "consolidated_cell_types",
    "targets": "target_neurons",
    "functional_nuclei": "functional_nuclei",
}
LISTS = ("targets", "functional_nuclei")
#: Annotations in the order in which they win.
ANNOTATIONS = ("cell_types", "classification", "neurons")
SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz")

ANNOTATION_COLUMNS = (*NEURON_FILE_COLUMNS, Column("hemibrain_type", "str", "", "type of the neuron in the hemibrain"))
CITATION = (
    "Dorkenwald et al. 2024, 10.1038/s41586-024-07558-y; Schlegel et al. 2024, 10.1038/s41586-024-07686-5; "
    "Eckstein, Bates et al. 2024, 10.1016/j.cell.2024.03.016"
)
CONNECTION_SCHEMA = arrow_schema(CONNECTION_FILE_COLUMNS)
CONNECTION_LAYOUTS = (tuple(CONNECTION_SCHEMA.names), tuple(CONNECTION_SCHEMA.names[:4]))
ANNOTATION_LAYOUTS = (("root_id", "flow", "super_class", "cell_class", "sub_class", "cell_type"),)

#: Columns that tell an annotation file's role.
TELLING = {
    "classification": {"flow", "super_class", "cell_class"},
    "neurons": {"nt_type_published", "nt_score", "da_avg", "ser_avg", "gaba_avg", "glut_avg", "ach_avg", "oct_avg"},
    "cell_types": {"cell_type", "additional_types", "hemibrain_type"},
}


class FlyWire:
    r"""FlyWire's connections with their annotations, from files of the roles above.

    Parameters
    ----------
    paths
        Files in any order, or a folder that holds them. In a folder, files of other kinds are left aside, and of
        several files for one role the one under its published name is taken.
    name
        The dataset's name.
    version
        The release, for example ``783``.
    citation, licence
        What to cite, and the licence of the data; FlyWire's own where the name says that they are FlyWire's.
    skip_bad_rows
        Leave out rows that cannot be read, and list them in ``refused``; otherwise they are an error.

    Attributes
    ----------
    targets_path, functional_nuclei_path
        The lists of neurons among the files, or None.
    notes
        What a user should know about the files.

    Raises
    ------
    DataError
        A file cannot be read, is of no known role, or of the same as another; or none was given.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from loaders.flywire import FlyWire
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "connections.csv")
    ...     size = path.write_text("pre_root_id,post_root_id,neuropil,syn_count,nt_type\n1,2,AL_R,7,ACH\n")
    ...     [batch.num_rows for batch in FlyWire(folder).connections()]
    [1]
    """

    def __init__(
        self, *paths: str | Path, name: str = "FlyWire", version: str = "unknown", citation: str | None = None,
        licence: str | None = None, skip_bad_rows: bool = False,
    ) -> None:  # fmt: skip
        others = "flywire" not in name.casefold()
        self.name = name
        self.citation = citation or ("its authors" if others else CITATION)
        self.licence = licence or ("not given" if others else "CC BY-NC 4.0")
        self.version = version
        self.skip_bad_rows = skip_bad_rows
        self.notes: list[str] = []
        self._refused: dict[Path, list[BadRow]] = {}
        found: dict[str, Path] = {}
        for path in map(Path, paths):
            for role, file in (self._in_folder(path) if path.is_dir() else {_role(path): path}).items():
                if role in found:
                    raise DataError(f"{found[role]} and {file} are both {role}. Give one of them.")
                found[role] = file
        self.targets_path = found.pop("targets", None)
        self.functional_nuclei_path = found.pop("functional_nuclei", None)
        if not found:
            raise DataError("nothing to load was given. Give connections.csv and classification.csv, or their folder.")
        self._tables = {role: _open(path, role) for role, path in found.items()}
        for table in self._tables.values():
            if table.ignored:
                self._note(table.path, f"left aside the columns {', '.join(table.ignored)}")

    @property
    def refused(self) -> list[RefusedRow]:
        """The rows left out so far, in each file's order."""
        return [RefusedRow(path, row) for path, rows in self._refused.items() for row in rows]

    def files(self) -> list[SourceFile]:
        """Return the files that are loaded; lists of targets and functional nuclei are not."""
        return [SourceFile(table.path, role, *fingerprint(table.path)) for role, table in self._tables.items()]

    def neurons(self) -> Iterator[pa.RecordBatch]:
        """Join the annotations by root_id.

        Yields
        ------
        pyarrow.RecordBatch
            Neurons in ascending order of root_id, each once, in those columns of ``NEURON_FILE_COLUMNS`` that some
            file has. All neurons of a fly are one batch of 30 MB.

        Raises
        ------
        DataError
            Rows cannot be read, a file has none, or two rows of one disagree about a neuron.
        """
        parts = [self._annotations(self._tables[role]) for role in ANNOTATIONS if role in self._tables]
        if parts:
            yield from _joined(parts).to_batches()

    def connections(self) -> Iterator[pa.RecordBatch]:
        """Read the connections as published: rows that repeat are kept.

        Yields
        ------
        pyarrow.RecordBatch
            Rows in the file's order, in all columns of ``CONNECTION_FILE_COLUMNS``; neuropil or nt_type is null
            where the file has none. nt_type is FlyWire's short name, or the file's word in capitals.

        Raises
        ------
        DataError
            Rows cannot be read, or there is none.
        """
        if (table := self._tables.get("connections")) is None:
            return
        rows = 0
        for batch in table.batches(self._refused_of(table)):
            rows += batch.num_rows
            columns = [
                batch[field.name] if field.name in batch.schema.names else pa.nulls(batch.num_rows, field.type)
                for field in CONNECTION_SCHEMA
            ]
            columns[-1] = _transmitters(columns[-1])
            yield pa.RecordBatch.from_arrays(columns, schema=CONNECTION_SCHEMA)
        if not rows:
            raise DataError("holds no connection, only a header or rows that cannot be read.", path=table.path)

    def _in_folder(self, folder: Path) -> dict[str, Path]:
        """Return the file for each role in a folder."""
        # macOS puts ._connections.csv beside connections.csv in archives.
        files = sorted(file for file in folder.glob("[!.]*") if file.name.lower().endswith(SUFFIXES))
        candidates: dict[str, list[Path]] = {}
        for file in files:
            try:
                candidates.setdefault(_role(file), []).append(file)
            except DataError:
                if _published_role(file) is not None:
                    raise
                self._note(file, "left aside, neither connections nor annotations")
        if not candidates.keys() - set(LISTS):
            listed = ", ".join(file.name for file in files) or "none"
            raise DataError(f"neither connections nor annotations here. CSV files: {listed}.", path=folder)
        chosen: dict[str, Path] = {}
        for role, several in candidates.items():
            named = [file for file in several if _published_role(file) == role]
            if len(several) > 1 and len(named) != 1:
                listed = ", ".join(file.name for file in several)
                raise DataError(f"{len(several)} files are {role}: {listed}. Give files by name.", path=folder)
            chosen[role] = (named or several)[0]
            for file in set(several) - {chosen[role]}:
                self._note(file, f"left aside for {chosen[role].name}")
        return chosen

    def _note(self, path: Path, what: str) -> None:
        # Tables can be read more than once.
        if f"{path}: {what}" not in self.notes:
            self.notes.append(f"{path}: {what}")

    def _refused_of(self, table: TextTable) -> list[BadRow] | None:
        """Return a new list for the rows that are refused in a table, or None where they are an error."""
        self._refused[table.path] = []
        return self._refused[table.path] if self.skip_bad_rows else None

    def _annotations(self, table: TextTable) -> pa.Table:
        """Return a file's rows in ascending order of root_id, each once."""
        refused = self._refused_of(table)
        rows = pa.Table.from_batches(table.batches(refused), table.schema)
        if not rows.num_rows:
            raise DataError("holds no neuron, only a header or rows that cannot be read.", path=table.path)
        ids, first, counts = np.unique(rows["root_id"].to_numpy(), return_index=True, return_counts=True)
        if len(ids) < rows.num_rows:
            conflicts = table.conflicts("root_id", set(ids[counts > 1].tolist()))
            if conflicts and refused is None:
                message = f"{len(conflicts)} rows disagree with an earlier row of the same neuron. Keep one of each."
                raise DataError(message, path=table.path, rows=conflicts[:10])
            if refused is not None:
                refused += conflicts
            self._note(table.path, f"{rows.num_rows - len(ids) - len(conflicts):,} rows repeat an earlier one")
        return rows.take(first)


def _role(path: Path) -> str:
    """Return what a file holds, by its columns, or by its name where they do not tell."""
    first_row = read_header(path)
    ends = header_columns(first_row, CONNECTION_FILE_COLUMNS, CONNECTION_LAYOUTS)
    if {"pre_root_id", "post_root_id"} <= set(ends):
        return "connections"
    by_name = _published_role(path)
    if by_name in LISTS:
        return by_name
    columns = set(header_columns(first_row, ANNOTATION_COLUMNS, ANNOTATION_LAYOUTS))
    by_columns = (role for role, telling in TELLING.items() if "root_id" in columns and columns & telling)
    role = next(by_columns, by_name)
    if role is not None:
        return role
    raise DataError(
        "neither connections (pre_root_id, post_root_id, syn_count) nor annotations (root_id with classes, cell types "
        f"or transmitters). Its first row is {str(first_row)[:300]}.",
        path=path,
    )


def _published_role(path: Path) -> str | None:
    stem = path.name.lower().split(".")[0]
    matching = (r for r, name in PUBLISHED.items() if stem == name or (r in LISTS and stem.startswith(name)))
    return next(matching, None)


def _open(path: Path, role: str) -> TextTable:
    if role == "connections":
        required = ("pre_root_id", "post_root_id", "syn_count")
        return open_table(path, CONNECTION_FILE_COLUMNS, required=required, layouts=CONNECTION_LAYOUTS)
    return open_table(path, ANNOTATION_COLUMNS, required=("root_id",), layouts=ANNOTATION_LAYOUTS)


def _joined(parts: list[pa.Table]) -> pa.Table:
    """Join tables with ascending root ids, each once; the first that has a value wins."""
    ids = np.unique(np.concatenate([part["root_id"].to_numpy() for part in parts]))
    found: dict[str, list[pa.ChunkedArray]] = {"cell_type": [], "hemibrain_type": []}
    for part in parts:
        its_ids = part["root_id"].to_numpy()
        places = pa.array(np.searchsorted(its_ids, ids), mask=~np.isin(ids, its_ids))
        for name in part.column_names:
            found.setdefault(name, []).append(part[name].take(places))
    found["cell_type"] += found.pop("hemibrain_type")
    columns = [column for column in NEURON_FILE_COLUMNS if found.get(column.name)]
    joined = {column.name: pc.coalesce(*found[column.name]) for column in columns}
    if "nt_type_published" in joined:
        joined["nt_type_published"] = _transmitters(joined["nt_type_published"].combine_chunks())
    return pa.table(joined, schema=arrow_schema(tuple(columns))).combine_chunks()


def _transmitters(words: pa.Array) -> pa.Array:
    """Return transmitters as the graph writes them."""
    coded = words.dictionary_encode()
    names = [canonical_transmitter(word) for word in coded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(coded.indices)
