"""Files that are no table, or not whole: one DataError each."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from graphkit.errors import DataError
from graphkit.tables import textfiles
from graphkit.tables.textfiles import blocks, read_head

ROWS = b"pre,post,weight\n" + b"720575940596125868,720575940597856265,7\n" * 1000


def _read(path: Path) -> bytes:
    head = read_head(path)
    return b"".join(block.data for block in blocks(path, head.delimiter, offset=head.start, line=head.row.line))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \r\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (gzip.compress(b""), "is empty"),
        ("root_id,flow\n1,x\n".encode("utf-16"), "is UTF-16 text. Save it as UTF-8"),
        ("root_id,flow\n1,x\n".encode("utf-16-le"), "a NUL byte, so not text"),
        ("root_id,Größe\n1,x\n".encode("latin-1"), "byte 0xf6 is not UTF-8 text"),
        (b'root_id,"flow\n1,x\n', "a quotation mark is not closed"),
        (gzip.compress(gzip.compress(ROWS)), "is gzip inside gzip"),
        (b"PK\x03\x04rest", "zip archive or an Excel workbook"),
        (b"PAR1rest", "is a Parquet file"),
        (b"<!doctype html>\n<html>", "is a web page"),
        (gzip.compress(ROWS)[:-9], "cut short. Download it again"),
        (gzip.compress(ROWS)[:5], "cut short. Download it again"),
        (gzip.compress(ROWS)[:-8] + b"\0" * 8, "gzip data are damaged"),
        (gzip.compress(ROWS) + b"more", "gzip data are damaged"),
        (b"x" * 100_001, "line 1 is longer than 100,000 bytes"),
        (ROWS + b"x" * 100_001, "line 1,002 is longer than 100,000 bytes"),
        (gzip.compress(ROWS + b"1," * 50_000_000), "line 1,002 is longer than 100,000 bytes"),
    ],
)
def test_no_table(tmp_path: Path, content: bytes, message: str) -> None:
    """The message names the file and says what it is."""
    path = tmp_path / "connections.csv.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        _read(path)
    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path}: ")


def test_no_file(tmp_path: Path) -> None:
    """A missing file, a folder, a pipe."""
    os.mkfifo(tmp_path / "pipe")
    for name, message in (("nowhere.csv", "no such file"), ("", "is a folder"), ("pipe", "is not a regular file")):
        with pytest.raises(DataError, match=message):
            read_head(tmp_path / name)


def test_gzip_is_recognised_whatever_the_suffix(tmp_path: Path) -> None:
    """Text named .gz, gzip named .csv, and gzip of several members, as command line tools join them."""
    contents = {
        "a.csv.gz": ROWS,
        "b.csv": gzip.compress(ROWS),
        "c.csv": gzip.compress(ROWS[:99]) + gzip.compress(ROWS[99:]),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        assert _read(tmp_path / name) == ROWS


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a,b;c,d\n1,2,3\n", ("a", "b;c", "d")),
        ("a;b,c;d\n", ("a", "b,c", "d")),
        ("a\tb\n", ("a", "b")),
        ('"a;1";"b,2,3";c\n', ("a;1", "b,2,3", "c")),
        ("\ufeffa;b", ("a", "b")),
        ("\n \r\na,b\n", ("a", "b")),
        ("root_id\n", ("root_id",)),
    ],
)
def test_delimiter(tmp_path: Path, text: str, fields: tuple[str, ...]) -> None:
    """The delimiter is the one that splits the first row into most fields."""
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode())
    assert read_head(path).row.fields == fields


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_blocks_end_where_rows_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, end: bytes) -> None:
    """Nothing is lost between blocks, and each knows its line."""
    monkeypatch.setattr(textfiles, "BLOCK_BYTES", size)
    row = b'17,"a' + end + b'b",""' + end
    path = tmp_path / "table.csv"
    path.write_bytes(row * 40 + b"18,c,d")
    found = list(blocks(path, ","))
    assert b"".join(block.data for block in found) == row * 40 + b"18,c,d"
    assert all(block.data.endswith(row) for block in found[:-1])
    assert [block.line for block in found[1:]] == [
        1 + 2 * sum(earlier.data.count(row) for earlier in found[:place]) for place in range(1, len(found))
    ]


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No block holds more than what is read at once and one row, whatever the quotation marks are like."""
    monkeypatch.setattr(textfiles, "BLOCK_BYTES", 10_000)
    rows = b'1,2,"AL\nR",7\n' * 20 + b'1,2,"AL_R,7\n' + b"1,2,AL_R,7\n" * 20
    path = tmp_path / "table.csv"
    path.write_bytes(rows * 1000)
    found = [len(block.data) for block in blocks(path, ",")]
    assert sum(found) == len(rows) * 1000
    assert max(found) <= 10_000 + len(rows)
