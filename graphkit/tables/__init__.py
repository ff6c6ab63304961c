"""Published tables in delimited text files: their columns, whatever each file calls them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphkit.errors import DataError
from graphkit.schema import ROOT_ID, Column, canonical_name
from graphkit.tables.fields import BLANKS, DECIMAL, WHOLE
from graphkit.tables.textfiles import read_head
from graphkit.tables.texttable import TextTable

__all__ = ["fingerprint", "header_columns", "open_table", "read_header", "read_root_ids"]


def open_table(
    path: str | Path,
    columns: Sequence[Column],
    *,
    required: Sequence[str] = (),
    layouts: Sequence[Sequence[str]] = (),
) -> TextTable:
    """Open a delimited text file and find the columns it has.

    Plain or gzip whatever the suffix says, with or without a byte order mark, any line ends, separated by commas,
    semicolons or tabs.

    Parameters
    ----------
    path
        The file.
    columns
        The columns to look for, by name and alias.
    required
        Names of columns that have to be there and may not be empty.
    layouts
        Names of columns by position, for files whose first row is no header: one entry for each number of fields
        that is understood.

    Returns
    -------
    TextTable
        The file's columns; its rows are read by ``batches``.

    Raises
    ------
    DataError
        The file cannot be read, lacks a column, or has two for one.

    Examples
    --------
    >>> from graphkit.errors import DataError
    >>> from graphkit.schema import NEURON_FILE_COLUMNS
    >>> from graphkit.tables import open_table
    >>> try:
    ...     open_table("nowhere.csv", NEURON_FILE_COLUMNS)
    ... except DataError as error:
    ...     print(error)
    nowhere.csv: no such file.
    """
    path = Path(path)
    head = read_head(path)
    first = tuple(field.strip(BLANKS) for field in head.row.fields)
    names = header_columns(first, columns, layouts)
    headed = not _is_data(first)
    for name, count in Counter(name for name in names if name).items():
        if count > 1:
            several = ", ".join(field for field, found in zip(first, names, strict=True) if found == name)
            raise DataError(f"{count} columns mean {name}: {several}. Rename or remove all but one.", path=path)
    missing = [column for column in columns if column.name in required and column.name not in names]
    if missing and headed:
        accepted = "; ".join(f"{c.name} (also {', '.join(c.aliases)})" if c.aliases else c.name for c in missing)
        raise DataError(f"no column for {accepted}. Its header is: {_listed(first)}. Rename a column.", path=path)
    if not any(names):
        known = " or ".join(f"{len(layout)} ({', '.join(layout)})" for layout in layouts)
        wanted = f"; without one, {known} columns are understood" if layouts else ""
        raise DataError(f"no header of known columns{wanted}. Its first row is: {_listed(first)}.", path=path)
    present = tuple(column for column in columns if column.name in names)
    return TextTable(
        path=path,
        columns=present,
        positions=tuple(names.index(column.name) for column in present),
        required=frozenset(required),
        header=first if headed else (),
        ignored=tuple(field for field, name in zip(first, names, strict=True) if name is None) if headed else (),
        width=len(first),
        delimiter=head.delimiter,
        start=head.end if headed else head.start,
        line=head.row.next_line if headed else head.row.line,
    )


def header_columns(
    first_row: Sequence[str], columns: Sequence[Column], layouts: Sequence[Sequence[str]] = ()
) -> tuple[str | None, ...]:
    """Return the column that each field of a file's first row stands for, or None.

    Parameters
    ----------
    first_row
        The fields: a header, or data when the first is a whole number.
    columns, layouts
        As for ``open_table``.

    Examples
    --------
    >>> from graphkit.schema import CONNECTION_FILE_COLUMNS
    >>> from graphkit.tables import header_columns
    >>> header_columns(["Source neuron", "Target neuron", "colour"], CONNECTION_FILE_COLUMNS)
    ('pre_root_id', 'post_root_id', None)
    >>> header_columns(["17", "18", "4"], CONNECTION_FILE_COLUMNS, [("pre_root_id", "post_root_id", "syn_count")])
    ('pre_root_id', 'post_root_id', 'syn_count')
    """
    if not _is_data(first_row):
        return tuple(canonical_name(field, tuple(columns)) for field in first_row)
    numbers = {column.name for column in columns if column.type != "str"}
    for layout in layouts:
        if len(layout) == len(first_row) and all(
            DECIMAL.fullmatch(field.strip(BLANKS))
            for field, name in zip(first_row, layout, strict=True)
            if name in numbers
        ):
            return tuple(layout)
    return (None,) * len(first_row)


def read_header(path: str | Path) -> tuple[str, ...]:
    """Return the first row of a file, its blanks removed: the header, where there is one.

    Raises
    ------
    DataError
        The file cannot be read, or is no text.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit.tables import read_header
    >>> with TemporaryDirectory() as folder:
    ...     size = Path(folder, "types.csv").write_text("root_id; primary_type")
    ...     read_header(Path(folder, "types.csv"))
    ('root_id', 'primary_type')
    """
    return tuple(field.strip(BLANKS) for field in read_head(path).row.fields)


def read_root_ids(path: str | Path) -> NDArray[np.int64]:
    r"""Read a list of neurons: a file with a column of root ids, or with nothing else and no header.

    Parameters
    ----------
    path
        The file, as target_neurons.csv and functional_nuclei.csv.

    Returns
    -------
    numpy.ndarray
        Root ids, shape (n,), int64, each once, in the file's order.

    Raises
    ------
    DataError
        The file cannot be read, has no such column, or holds what is no root id.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit.tables import read_root_ids
    >>> with TemporaryDirectory() as folder:
    ...     size = Path(folder, "target_neurons.csv").write_text("720575940610059726\n")
    ...     read_root_ids(Path(folder, "target_neurons.csv"))
    array([720575940610059726])
    """
    if not Path(path).exists():
        raise DataError("no such file. Neurons are named by a file with a column root_id, one id a line.", path=path)
    table = open_table(path, (ROOT_ID,), required=(ROOT_ID.name,), layouts=((ROOT_ID.name,),))
    found = pa.Table.from_batches(table.batches(), table.schema)[ROOT_ID.name]
    return np.asarray(pc.unique(found).to_numpy(), dtype=np.int64)


def fingerprint(path: str | Path) -> tuple[str, int]:
    """Return a file's SHA-256, as hexadecimal digits, and its size in bytes, as it lies on disk.

    Raises
    ------
    DataError
        The file cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit.tables import fingerprint
    >>> with TemporaryDirectory() as folder:
    ...     size = Path(folder, "ids.csv").write_text("root_id")
    ...     fingerprint(Path(folder, "ids.csv"))[1]
    7
    """
    try:
        with Path(path).open("rb") as stored:
            return hashlib.file_digest(stored, "sha256").hexdigest(), stored.tell()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}.", path=path) from error


def _is_data(first_row: Sequence[str]) -> bool:
    # A frame written without names has the header 0, 1, 2, …, which is no row.
    counted = [field.strip(BLANKS) for field in first_row] == [str(place) for place in range(len(first_row))]
    return WHOLE.fullmatch(first_row[0].strip(BLANKS)) is not None and not (counted and len(first_row) > 1)


def _listed(fields: Sequence[str]) -> str:
    text = ", ".join(fields)
    return repr(text if len(text) <= 300 else f"{text[:300]}…")[1:-1]
