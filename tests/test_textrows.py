"""The rows of delimited text, held against the csv module."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphkit.tables.textrows import line_ends, quotes_are_whole, rows, whole_rows

#: Text in which every rule of quoting is met within a few characters.
TANGLES = st.text(st.sampled_from('a7",;\t \n\r'), max_size=40).map(str.encode)


def test_lines_are_counted_in_quoted_fields_too() -> None:
    """A row's line is the one it starts on, whatever ends the lines before it."""
    data = b'1,a\r\n2,"b\r\nb\n\nb"\r3,c\n\n4,"d ""d"""\n'
    found = list(rows(data, 10, ","))
    assert [row.line for row in found] == [10, 11, 15, 17]
    assert [row.fields for row in found] == [("1", "a"), ("2", "b\r\nb\n\nb"), ("3", "c"), ("4", 'd "d"')]
    assert [data[row.start : row.end] for row in found] == [b"1,a\r\n", b'2,"b\r\nb\n\nb"\r', b"3,c\n", data[-12:]]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'2,"b', "a quotation mark is not closed"),
        (b'2,"b"b', "text follows a closing quotation mark"),
        (b'2,b"b', "a quotation mark inside a field that does not begin with one"),
        (b'2, "b"', "a quotation mark inside a field that does not begin with one"),
        (b"2,b\0b", "a NUL byte, so not text"),
        (b"2,M\xfcller", "byte 0xfc is not UTF-8 text"),
    ],
)
def test_a_bad_row_takes_no_other_with_it(line: bytes, problem: str) -> None:
    """The row is refused with its reason, the rows around it are read."""
    found = list(rows(b"1,a\n" + line + b"\n3,c\n4,d\n", 1, ","))
    assert [row.fields for row in found if not row.problem] == [("1", "a"), ("3", "c"), ("4", "d")]
    assert [(row.line, row.problem[: len(problem)]) for row in found if row.problem] == [(2, problem)]


def test_an_unclosed_mark_far_from_the_next_one() -> None:
    """The rows up to the next quoted field, or over 100,000 bytes, are not lost to one stray mark."""
    many = [f"{number},c" for number in range(3, 40_000)]
    for last in ('40000,"d"', "40000,d"):
        text = "\n".join(["1,a", '2,"b', *many, last])
        found = list(rows(text.encode(), 1, ","))
        assert [row.line for row in found if row.problem] == [2]
        assert len(found) == 40_000


@given(TANGLES, st.sampled_from(",;\t"))
def test_rows_are_those_of_the_csv_module(data: bytes, delimiter: str) -> None:
    """Text without a problem has the rows that Python's own reader finds in it."""
    found = list(rows(data, 1, delimiter))
    if not any(row.problem for row in found):
        text = io.StringIO(data.decode(), newline="")
        expected = [tuple(row) for row in csv.reader(text, delimiter=delimiter, strict=True)]
        assert [row.fields for row in found] == [row for row in expected if len(row) > 1 or "".join(row).strip(" \t")]


@given(TANGLES, TANGLES, st.sampled_from(",;\t"))
def test_cutting_changes_nothing(data: bytes, more: bytes, delimiter: str) -> None:
    """Rows up to the cut, and those after it, are the rows of the whole."""
    cut = whole_rows(data, delimiter)
    first, rest = data[:cut], data[cut:] + more
    found = [*rows(first, 1, delimiter), *rows(rest, 1 + line_ends(first), delimiter)]
    expected = list(rows(data + more, 1, delimiter))
    assert [(r.line, r.text, r.fields, bool(r.problem)) for r in found] == [
        (r.line, r.text, r.fields, bool(r.problem)) for r in expected
    ]


@given(TANGLES, st.sampled_from(",;\t"))
def test_whole_quotes_are_recognised(data: bytes, delimiter: str) -> None:
    """Where the quick check finds nothing wrong, the exact reader finds nothing wrong either, and the reverse."""
    problems = [row.problem for row in rows(data, 1, delimiter) if "quotation" in row.problem]
    assert quotes_are_whole(data, delimiter) == (not problems)


@given(TANGLES)
def test_line_ends(data: bytes) -> None:
    """Lines end where Python's own splitlines ends them."""
    assert line_ends(data) == len((data + b".").splitlines()) - 1
