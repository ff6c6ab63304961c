"""The rows of a delimited text file as typed Arrow record batches.

The fast way is pyarrow, block by block. A block that it cannot take, or that holds something it takes and the
rules of :mod:`graphkit.tables.fields` do not, is halved until the part in question is small and read exactly; so a good
file is read at full speed, a bad row is found wherever it is, and both ways give the same values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from graphkit.errors import BadRow, DataError
from graphkit.schema import Column, arrow_schema
from graphkit.tables.fields import BLANKS, WHOLE_FLOAT, read_field
from graphkit.tables.textfiles import BOM, blocks
from graphkit.tables.textrows import Row, line_ends, quotes_are_whole, rows, whole_rows

__all__ = ["TextTable", "Value"]

Value = int | float | str | None

#: Blocks up to this size are read row by row when the fast way fails (1,000 rows of connections.csv).
EXACT_BYTES = 1 << 16
SHOWN_BAD_ROWS = 10
#: Refused rows are kept in memory, each with some objects around it, and take long to read; more is another kind of
#: file, not some bad rows.
MAX_REFUSED_BYTES = 100_000_000
REFUSED_ROW_BYTES = 400


@dataclass(frozen=True)
class TextTable:
    r"""A delimited text file whose header has been read.

    Parameters
    ----------
    path
        The file.
    columns
        The columns it has of those asked for, in the order asked for.
    positions
        Where each of them stands in a row, from 0.
    required
        Names of the columns that may not be empty.
    header
        The first row as it stands in the file; empty for a file without a header.
    ignored
        The header names that mean no column.
    width
        Number of fields in a row.
    delimiter
        What separates them.
    start
        Bytes of text before the first row of data.
    line
        The line that the first row of data starts on.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit.schema import CONNECTION_FILE_COLUMNS
    >>> from graphkit.tables import open_table
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "connections.csv")
    ...     size = path.write_text("pre;post;weight\n720575940596125868;720575940597856265;7\n")
    ...     table = open_table(path, CONNECTION_FILE_COLUMNS, required=("pre_root_id", "post_root_id", "syn_count"))
    ...     [batch.to_pylist() for batch in table.batches()]
    [[{'pre_root_id': 720575940596125868, 'post_root_id': 720575940597856265, 'syn_count': 7}]]
    """

    path: Path
    columns: tuple[Column, ...]
    positions: tuple[int, ...]
    required: frozenset[str]
    header: tuple[str, ...]
    ignored: tuple[str, ...]
    width: int
    delimiter: str
    start: int
    line: int

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of every batch."""
        return arrow_schema(self.columns)

    def batches(self, refused: list[BadRow] | None = None) -> Iterator[pa.RecordBatch]:
        """Read the rows in blocks, so that memory does not grow with the file.

        Parameters
        ----------
        refused
            Where to put the rows that cannot be read, with reasons; without it they are an error.

        Yields
        ------
        pyarrow.RecordBatch
            Rows in the file's order, in the columns of ``schema``.

        Raises
        ------
        DataError
            The file cannot be read to its end, or rows are bad: then at its end, with the first ten and their
            number. What was yielded before is part of a bad file.
        """
        bad: list[BadRow] = []
        good_rows = bad_rows = bad_bytes = 0
        for block in blocks(self.path, self.delimiter, offset=self.start, line=self.line):
            for batch, wrong in self._read(block.data, block.line):
                good_rows += batch.num_rows
                bad_rows += len(wrong)
                if refused is None:
                    bad += wrong[: SHOWN_BAD_ROWS - len(bad)]
                else:
                    refused += wrong
                bad_bytes += sum(len(row.text) + REFUSED_ROW_BYTES for row in wrong)
                if bad_bytes > MAX_REFUSED_BYTES:
                    message = f"{bad_rows:,} rows cannot be read: is it the right file? The first:"
                    raise DataError(message, path=self.path, rows=(refused or bad)[:SHOWN_BAD_ROWS])
                if batch.num_rows and not bad:
                    yield batch
        if bad:
            message = f"{bad_rows:,} of {good_rows + bad_rows:,} rows cannot be read."
            advice = "Mend them; loading can leave them out, with skip_bad_rows (--skip-bad-rows)."
            if not good_rows and re.match(r"\w*root_id '.*' is not a whole number", bad[0].reason):
                advice = "Neurons that have names are given numbers as ids, and the names as cell types."
            raise DataError(f"{message} {advice} The first:", path=self.path, rows=bad)

    def conflicts(self, name: str, repeated: Set[int]) -> list[BadRow]:
        """Return the rows whose values are not those of an earlier row with the same key.

        Parameters
        ----------
        name
            The column of the key.
        repeated
            The keys to look at.
        """
        place = [column.name for column in self.columns].index(name)
        earlier: dict[Value, tuple[int, tuple[Value, ...]]] = {}
        found = []
        for block in blocks(self.path, self.delimiter, offset=self.start, line=self.line):
            for row in rows(block.data, block.line, self.delimiter):
                values = self._values(row)
                if isinstance(values, str) or values[place] not in repeated:
                    continue
                line, first = earlier.setdefault(values[place], (row.line, values))
                if values != first:
                    found.append(BadRow(row.line, row.text, f"disagrees with line {line:,} about {values[place]}"))
        return found

    def _read(self, data: bytes, line: int) -> Iterator[tuple[pa.RecordBatch, list[BadRow]]]:
        batch = self._read_fast(data)
        if batch is not None:
            yield batch, []
        elif len(data) > EXACT_BYTES and (middle := whole_rows(data[: len(data) // 2], self.delimiter)):
            yield from self._read(data[:middle], line)
            yield from self._read(data[middle:], line + line_ends(data[:middle]))
        else:
            yield self._read_exactly(data, line)

    def _read_fast(self, data: bytes) -> pa.RecordBatch | None:
        """Read rows with pyarrow; None where it cannot, or could take what ``_read_exactly`` does not."""
        if b"\0" in data or BOM in data or _holds_hexadecimal(data) or not quotes_are_whole(data, self.delimiter):
            return None
        try:
            if not data.isascii():
                data.decode("utf-8")
            table = self._parsed(data)
        except (UnicodeDecodeError, pa.ArrowException):
            return None
        padded = any(blank.encode() in data for blank in BLANKS)
        arrays = [
            _without_blanks(array.combine_chunks()) if padded and column.type == "str" else array.combine_chunks()
            for array, column in zip(table.columns, self.columns, strict=True)
        ]
        if all(_in_bounds(a, c, c.name in self.required) for a, c in zip(arrays, self.columns, strict=True)):
            return pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        return None

    def _parsed(self, data: bytes) -> pa.Table:
        """Read rows with pyarrow; counts that were written as floats are read as texts, which cost more."""
        types = [column.arrow_type for column in self.columns]
        try:
            return self._parsed_as(types, data)
        except pa.ArrowInvalid:
            counts = [place for place, column in enumerate(self.columns) if column.is_count]
            if not counts or b".0" not in data:
                raise
            table = self._parsed_as(
                [pa.string() if c.is_count else t for c, t in zip(self.columns, types, strict=True)], data
            )
            for place in counts:
                digits = pc.replace_substring_regex(pc.utf8_trim(table[place], BLANKS), WHOLE_FLOAT, r"\1")
                table = table.set_column(place, table.column_names[place], digits.cast(types[place]))
            return table

    def _parsed_as(self, types: list[pa.DataType], data: bytes) -> pa.Table:
        return csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(column_names=[str(place) for place in range(self.width)]),
            csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=b'"' in data),
            csv.ConvertOptions(
                include_columns=[str(place) for place in self.positions],
                column_types={str(place): kind for place, kind in zip(self.positions, types, strict=True)},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )

    def _read_exactly(self, data: bytes, line: int) -> tuple[pa.RecordBatch, list[BadRow]]:
        good: list[tuple[Value, ...]] = []
        bad: list[BadRow] = []
        for row in rows(data, line, self.delimiter):
            values = self._values(row)
            if isinstance(values, str):
                bad.append(BadRow(row.line, row.text, values))
            else:
                good.append(values)
        arrays = [
            pa.array([values[place] for values in good], column.arrow_type) for place, column in enumerate(self.columns)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema), bad

    def _values(self, row: Row) -> tuple[Value, ...] | str:
        """Return the row's values, or the reason why it has none."""
        if row.problem:
            return row.problem
        if len(row.fields) != self.width:
            many = "many" if len(row.fields) > self.width else "few"
            return f"too {many} fields: {len(row.fields)} where the first row has {self.width}"
        try:
            return tuple(
                read_field(row.fields[place], column, column.name in self.required)
                for place, column in zip(self.positions, self.columns, strict=True)
            )
        except ValueError as error:
            return str(error)


def _holds_hexadecimal(data: bytes) -> bool:
    # pyarrow reads 0x1F as 31. The single letters are looked for first: that is ten times faster.
    return (b"x" in data and b"0x" in data) or (b"X" in data and b"0X" in data)


def _without_blanks(array: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim(array, characters=BLANKS)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _in_bounds(array: pa.Array, column: Column, required: bool) -> bool:
    if required and array.null_count:
        return False
    if column.type == "float" and pc.all(pc.is_finite(array)).as_py() is False:
        return False
    if column.minimum is None and column.maximum is None:
        return True
    bounds = pc.min_max(array).as_py()
    if bounds["min"] is None:
        return True
    lowest, highest = bounds["min"], bounds["max"]
    return (column.minimum is None or lowest >= column.minimum) and (
        column.maximum is None or highest <= column.maximum
    )
