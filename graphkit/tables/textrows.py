r"""The rows of delimited text, exactly: where each ends, which fields it holds.

A line ends at ``\n``, ``\r\n`` or ``\r``, inside quotation marks too; lines are counted from 1, as an editor
shows them. Fields follow RFC 4180: one that begins with a quotation mark ends with one, and a mark within it is
doubled. The RFC's rule that an unquoted field holds none is kept: what a stray one means nobody can know.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_ROW_BYTES", "Row", "line_ends", "quotes_are_whole", "rows", "whole_rows"]

#: No row of a published table comes near it (the longest has under 1,000); csv's own limit of a field is 131,072.
MAX_ROW_BYTES = 100_000
QUOTE = ord('"')


@dataclass(frozen=True)
class Row:
    """One row: its lines, its bytes within the text, its text, its fields, or what is wrong with it."""

    line: int
    next_line: int
    start: int
    end: int
    text: str
    fields: tuple[str, ...]
    problem: str = ""


def rows(data: bytes, line: int, delimiter: str, at_end: bool = True) -> Iterator[Row]:
    """Split text into rows one by one, exactly.

    Where quotation marks do not pair, the row's first line is refused alone and reading goes on with the next
    line: one stray mark must not swallow the rows up to the next one.

    Parameters
    ----------
    data
        The text, as bytes.
    line
        The line it starts on.
    delimiter
        What separates fields.
    at_end
        No text follows. Otherwise a last row that may go on is left out.

    Yields
    ------
    Row
        Every row that is not blank.

    Examples
    --------
    >>> from graphkit.tables.textrows import rows
    >>> [row.fields for row in rows(b'17,"T4, T5"', 1, ",")]
    [('17', 'T4, T5')]
    """
    lines = data.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    whole = _whole_row(delimiter)
    first = here = 0  # the row's first line, and the line to read next

    def feed() -> Iterator[str]:
        nonlocal here
        while here < len(lines):
            if starts[here] - starts[first] > MAX_ROW_BYTES:
                raise csv.Error("the row is too long")
            here += 1
            yield lines[here - 1].decode("utf-8", "surrogateescape")

    while here < len(lines):
        reader = csv.reader(feed(), delimiter=delimiter, strict=True)
        problem = ""
        while not problem:
            try:
                fields = next(reader, None)
            except csv.Error as error:
                if here == len(lines) and not at_end:
                    return
                follows = "expected after" in str(error)
                problem = "text follows a closing quotation mark" if follows else "a quotation mark is not closed"
                fields, here = [], first + 1
            if fields is None or (here == len(lines) and not at_end and not lines[-1].endswith(b"\n")):
                return
            raw = data[starts[first] : starts[here]]
            if problem or len(fields) > 1 or "".join(fields).strip(" \t"):
                text = raw.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
                wrong = problem or _problem(raw, whole)
                yield Row(line + first, line + here, starts[first], starts[here], text, tuple(fields), wrong)
            first = here


def whole_rows(data: bytes, delimiter: str) -> int:
    """Return how many bytes of some text are whole rows, when more text follows.

    Examples
    --------
    >>> from graphkit.tables.textrows import whole_rows
    >>> whole_rows(b"17" + bytes([10]) + b"18", ",")
    3
    """
    opening, closing, limit = _quoted_spans(data, delimiter)
    while (cut := data.rfind(b"\n", 0, limit)) >= 0:
        within = int(np.searchsorted(opening, cut)) - 1
        if within < 0 or cut > closing[within]:
            return cut + 1
        limit = int(opening[within])
    # The first row's marks do not pair, or it is a file of an old Macintosh program, which has no line feeds.
    near = rows(data[: 4 * MAX_ROW_BYTES], 1, delimiter, at_end=False)
    return max((row.end for row in near), default=0)


def quotes_are_whole(data: bytes, delimiter: str) -> bool:
    """Return whether every quotation mark of some whole rows opens or closes a field, or is doubled within one.

    Examples
    --------
    >>> from graphkit.tables.textrows import quotes_are_whole
    >>> quotes_are_whole(b'17,"T4"', ","), quotes_are_whole(b'17,T"4', ",")
    (True, False)
    """
    _, closing, limit = _quoted_spans(data, delimiter)
    return limit == len(data) and (len(closing) == 0 or int(closing[-1]) < len(data))


def line_ends(data: bytes) -> int:
    r"""Return how many lines end in some text that does not end between ``\r`` and ``\n``.

    Examples
    --------
    >>> from graphkit.tables.textrows import line_ends
    >>> line_ends(b"a\r\nb\rc\nd")
    3
    """
    returns = data.count(b"\r")
    return data.count(b"\n") + (returns - data.count(b"\r\n") if returns else 0)


def _quoted_spans(data: bytes, delimiter: str) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Where quoted fields open and close in text that starts with a row, and how far that is certain.

    Marks open and close in turn as long as each that opens stands at a field's start and each that closes at its
    end (two in a row within a field close and open again, to the same effect). The last may still be open.
    """
    if b'"' not in data:
        return np.empty(0, np.int64), np.empty(0, np.int64), len(data)
    text = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero(text == QUOTE)
    opening, closing = marks[0::2], marks[1::2]
    if len(closing) < len(opening):
        closing = np.append(closing, len(data))
    edge = np.zeros(256, bool)
    edge[[ord(delimiter), ord("\r"), ord("\n"), QUOTE]] = True
    starts = (opening == 0) | edge[text[opening - 1]]
    ends = (closing >= len(data) - 1) | edge[text[np.minimum(closing + 1, len(data) - 1)]]
    wrong = np.flatnonzero(~(starts & ends) | (closing - opening > MAX_ROW_BYTES // 2))
    if len(wrong) == 0:
        return opening, closing, len(data)
    return opening[: wrong[0]], closing[: wrong[0]], int(opening[wrong[0]])


def _whole_row(delimiter: str) -> re.Pattern[bytes]:
    mark = re.escape(delimiter.encode())
    field = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^"' + mark + rb"\r\n]*+)"
    return re.compile(field + rb"(?:" + mark + field + rb")*+(?:\r\n|\r|\n)?")


def _problem(raw: bytes, whole: re.Pattern[bytes]) -> str:
    if b"\0" in raw:
        return "a NUL byte, so not text"
    if b'"' in raw and not whole.fullmatch(raw):
        return "a quotation mark inside a field that does not begin with one"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte {raw[error.start]:#04x} is not UTF-8 text (save the file as UTF-8)"
    return ""
