"""A text file, plain or gzip, read in blocks of whole rows that know their line numbers."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from graphkit.errors import DataError
from graphkit.tables.textrows import MAX_ROW_BYTES, Row, line_ends, rows, whole_rows

__all__ = ["BOM", "Block", "Head", "blocks", "read_head"]

BLOCK_BYTES = 8 << 20
DELIMITERS = (",", ";", "\t")
BOM = b"\xef\xbb\xbf"

#: How files begin that people give in place of a table, and what to say about them.
NOT_A_TABLE = {
    b"\xff\xfe": "is UTF-16 text. Save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text. Save it as UTF-8",
    b"\x1f\x8b": "is gzip inside gzip. Decompress it once",
    b"BZh": "is compressed with bzip2. Decompress it, or compress it with gzip",
    b"\xfd7zXZ": "is compressed with xz. Decompress it, or compress it with gzip",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd. Decompress it, or compress it with gzip",
    b"PK\x03\x04": "is a zip archive or an Excel workbook. Unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "is an Excel workbook. Save the sheet as CSV",
    b"PAR1": "is a Parquet file. Write it as CSV",
    b"ARROW1": "is a Feather file. Write it as CSV",
    b"<!DOCTYPE": "is a web page. Download the file again: the site may have asked to log in",
    b"<html": "is a web page. Download the file again: the site may have asked to log in",
}


@dataclass(frozen=True)
class Block:
    """Whole rows: their bytes, and the line that the first starts on."""

    data: bytes
    line: int


@dataclass(frozen=True)
class Head:
    """What the first row tells; ``start`` and ``end`` are its bytes within the file's text."""

    row: Row
    start: int
    end: int
    delimiter: str


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO | gzip.GzipFile]:
    """Open a file as text, decompressed; whatever fails while it is read is a DataError."""
    if path.is_dir():
        raise DataError("is a folder. Give a file.", path=path)
    if path.exists() and not path.is_file():
        raise DataError("is not a regular file, and it has to be read more than once. Write it to disk.", path=path)
    try:
        with path.open("rb") as stored:
            packed = stored.read(2) == b"\x1f\x8b"
            stored.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=stored) as text:
                    yield text
            else:
                yield stored
    except FileNotFoundError as error:
        raise DataError("no such file.", path=path) from error
    except EOFError as error:
        raise DataError("the gzip data end too early: the file is cut short. Download it again.", path=path) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"the gzip data are damaged ({error}). Download the file again.", path=path) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}.", path=path) from error


def read_head(path: str | Path) -> Head:
    """Read the first row of a text file.

    Parameters
    ----------
    path
        A delimited text file, plain or gzip whatever its name says.

    Returns
    -------
    Head
        The first row that is not blank, and the delimiter (comma, semicolon or tab) that splits it into most fields.

    Raises
    ------
    DataError
        No file, an empty one, or one that is not UTF-8 text.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit.tables.textfiles import read_head
    >>> with TemporaryDirectory() as folder:
    ...     written = Path(folder, "types.csv").write_text("root_id;cell_type")
    ...     read_head(Path(folder, "types.csv")).row.fields
    ('root_id', 'cell_type')
    """
    path = Path(path)
    with _opened(path) as text:
        data = text.read(2 * MAX_ROW_BYTES)
    for beginning, meaning in NOT_A_TABLE.items():
        if data[: len(beginning)].lower() == beginning.lower():
            raise DataError(f"{meaning}.", path=path)
    text_start = len(BOM) if data.startswith(BOM) else 0
    if not data[text_start:].strip():
        raise DataError("is empty.", path=path)
    _check_row_length(data, 1, path)
    at_end = len(data) < 2 * MAX_ROW_BYTES
    found = [(next(rows(data[text_start:], 1, mark, at_end), None), mark) for mark in DELIMITERS]
    good = [(row, mark) for row, mark in found if row is not None and not row.problem]
    if not good:
        problem = next((row.problem for row, _ in found if row is not None), "its first lines are blank")
        raise DataError(f"its first row cannot be read: {problem}.", path=path)
    row, delimiter = max(good, key=lambda pair: len(pair[0].fields))
    return Head(row, text_start + row.start, text_start + row.end, delimiter)


def blocks(path: str | Path, delimiter: str, *, offset: int = 0, line: int = 1) -> Iterator[Block]:
    """Read a text file in blocks that end where a row ends.

    Parameters
    ----------
    path
        A text file, plain or gzip.
    delimiter
        What separates fields.
    offset
        Bytes of text to pass over: a byte order mark, a header.
    line
        The line that the text after them starts on.

    Yields
    ------
    Block
        About 8 MB of rows. Memory does not grow with the file.

    Raises
    ------
    DataError
        The file cannot be read to its end, or holds a line longer than 100,000 bytes.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit.tables.textfiles import blocks
    >>> with TemporaryDirectory() as folder:
    ...     written = Path(folder, "ids.csv").write_bytes(b"root_id" + bytes([10]) + b"17")
    ...     [(block.data, block.line) for block in blocks(Path(folder, "ids.csv"), ",", offset=8, line=2)]
    [(b'17', 2)]
    """
    path = Path(path)
    with _opened(path) as text:
        text.read(offset)
        data = b""
        more = True
        while more:
            chunk = text.read(BLOCK_BYTES)
            more = bool(chunk)
            data += chunk
            _check_row_length(data, line, path)
            while cut := whole_rows(data, delimiter) if more else len(data):
                yield Block(data[:cut], line)
                line += line_ends(data[:cut])
                data = data[cut:]


def _check_row_length(data: bytes, line: int, path: Path) -> None:
    half = MAX_ROW_BYTES // 2
    if all(data.find(b"\n", start, start + half) >= 0 for start in range(0, len(data) - half + 1, half)):
        return
    for number, text in enumerate(data.splitlines(), line):
        if len(text) > MAX_ROW_BYTES:
            raise DataError(f"line {number:,} is longer than {MAX_ROW_BYTES:,} bytes: this is no table.", path=path)
