"""What a file holds by the documented rules, read row by row with Python's csv module.

Only the vocabulary (the columns with their aliases, the transmitters' names) is the library's own. A file that the
rules do not take raises ``RefusedError`` with the first line at fault, or without one where the file or its header is.
"""

from __future__ import annotations

import csv
import io
import math
import re
import zlib
from collections.abc import Iterator, Sequence

from graphkit.schema import CONNECTION_FILE_COLUMNS, NEURON_FILE_COLUMNS, ROOT_ID, TRANSMITTER_ALIASES, Column

Value = int | float | str | None
Rows = list[tuple[Value, ...]]

ENDS = ("pre_root_id", "post_root_id")
ANNOTATIONS = (*NEURON_FILE_COLUMNS, Column("hemibrain_type", "str"))
#: By the name of the file: its columns, those that may not be empty, and its layouts where it has no header.
KINDS: dict[str, tuple[Sequence[Column], tuple[str, ...], tuple[tuple[str, ...], ...]]] = {
    "connections": (
        CONNECTION_FILE_COLUMNS,
        (*ENDS, "syn_count"),
        ((*ENDS, "neuropil", "syn_count", "nt_type"), (*ENDS, "neuropil", "syn_count")),
    ),
    **dict.fromkeys(
        ("classification", "neurons", "consolidated_cell_types"),
        (ANNOTATIONS, ("root_id",), (("root_id", "flow", "super_class", "cell_class", "sub_class", "cell_type"),)),
    ),
    "target_neurons": ((ROOT_ID,), ("root_id",), (("root_id",),)),
}
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
LONGEST = 100_000


class RefusedError(Exception):
    """The file is none of the format's; ``line`` is the first at fault, or None."""

    def __init__(self, line: int | None = None) -> None:
        super().__init__(line)
        self.line = line


def read_strictly(data: bytes, kind: str) -> Rows:
    """Return the rows of a file as the loader has to give them, or raise ``RefusedError``.

    Connections are in the file's order, lists in that of the first mention, neurons in ascending order, each once.
    """
    names, rows = _published(data, kind)
    if kind == "target_neurons":
        return list(dict.fromkeys(values for _, values in rows))
    if not rows:
        raise RefusedError
    if kind == "connections":
        found = [dict(zip(names, values, strict=True)) for _, values in rows]
    else:
        neurons: dict[Value, tuple[Value, ...]] = {}
        for line, values in rows:
            if neurons.setdefault(values[names.index("root_id")], values) != values:
                raise RefusedError(line)
        found = [dict(zip(names, values, strict=True)) for _, values in sorted(neurons.items())]
        for row in found:
            row["cell_type"] = row.get("cell_type") or row.get("hemibrain_type")
    wanted = CONNECTION_FILE_COLUMNS if kind == "connections" else NEURON_FILE_COLUMNS
    return [tuple(_named(column.name, row.get(column.name)) for column in wanted) for row in found]


def _published(data: bytes, kind: str) -> tuple[list[str], list[tuple[int, tuple[Value, ...]]]]:
    """Return the known columns of a file, and the line and values of each row."""
    text = _text(data)
    for number, whole in enumerate(io.StringIO(text, newline=""), 1):
        if len(whole.rstrip("\r\n").encode("utf-8", "surrogateescape")) > LONGEST:
            raise RefusedError(number)
    columns, required, layouts = KINDS[kind]
    parsed = list(_rows(text, _delimiter(text)))
    first = [field.strip(" \t") for field in parsed[0][1]]
    if re.fullmatch("-?[0-9]+", first[0]):
        names = _layout(first, columns, layouts)
    else:
        known = {_folded(alias): c.name for c in reversed(columns) for alias in (c.name, *c.aliases)}
        names = [known.get(_folded(field)) for field in first]
        parsed = parsed[1:]
    present = [name for name in names if name]
    if len(set(present)) < len(present) or not set(required) <= set(present):
        raise RefusedError
    by_name = {column.name: column for column in columns}
    rows = []
    for line, fields, good in parsed:
        if not good or len(fields) != len(names):
            raise RefusedError(line)
        values = (
            _value(field.strip(" \t"), by_name[name], name in required, line)
            for field, name in zip(fields, names, strict=True)
            if name
        )
        rows.append((line, tuple(values)))
    return present, rows


def _named(name: str, value: Value) -> Value:
    if name in ("nt_type", "nt_type_published") and isinstance(value, str):
        return TRANSMITTER_ALIASES.get(value.strip().casefold(), value.strip().upper())
    return value


def _text(data: bytes) -> str:
    if data[:2] == b"\x1f\x8b":
        data = _decompressed(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"PK") or not data.strip():
        raise RefusedError
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def _decompressed(data: bytes) -> bytes:
    parts = []
    while data.rstrip(b"\0"):
        member = zlib.decompressobj(31)
        try:
            parts.append(member.decompress(data))
        except zlib.error:
            raise RefusedError from None
        if not member.eof:
            raise RefusedError
        data = member.unused_data
    return b"".join(parts)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str], bool]]:
    """Yield each row that is not blank: its first line, its fields, whether it is text by the RFC."""
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    first = 0
    while True:
        try:
            fields = next(reader, None)
        except csv.Error:
            yield first + 1, [], False
            return
        if fields is None:
            return
        raw = "".join(lines[first : reader.line_num])
        if len(fields) > 1 or "".join(fields).strip(" \t"):
            quoted = re.sub(rf'(^|[{delimiter}\r\n])"(?:[^"]|"")*"', r"\1", raw)
            good = '"' not in quoted and "\0" not in raw and not re.search("[\ud800-\udfff]", raw)
            yield first + 1, fields, good and len(raw) <= LONGEST
        first = reader.line_num


def _delimiter(text: str) -> str:
    """Return the mark that splits the first row into most fields."""
    firsts = {mark: next(_rows(text, mark), (0, [], False)) for mark in ",;\t"}
    good = {mark: len(fields) for mark, (_, fields, is_text) in firsts.items() if is_text}
    if not good:
        raise RefusedError
    return max(good, key=lambda mark: good[mark])


def _layout(first: list[str], columns: Sequence[Column], layouts: tuple[tuple[str, ...], ...]) -> list[str | None]:
    numbers = {column.name for column in columns if column.type != "str"}
    for layout in layouts:
        if len(layout) == len(first) and all(
            NUMBER.fullmatch(field) for field, name in zip(first, layout, strict=True) if name in numbers
        ):
            return list(layout)
    raise RefusedError


def _value(text: str, column: Column, required: bool, line: int) -> Value:
    if not text:
        if required:
            raise RefusedError(line)
        return None
    if column.type == "str":
        return text
    if column.type == "int":
        if column.name == "syn_count" and re.fullmatch(r"-?[0-9]+\.0+", text):
            text = text.split(".")[0]
        if not re.fullmatch("-?[0-9]+", text) or len(text.lstrip("-0")) > 19 or int(text) >= 2**63:
            raise RefusedError(line)
        value: int | float = int(text)
    else:
        if not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise RefusedError(line)
        value = float(text)
    if value < 0 or (column.name == "syn_count" and not 1 <= value < 2**31):
        raise RefusedError(line)
    return value


def _folded(header: str) -> str:
    return re.sub("[ _]", "", header.strip().strip("\ufeff")).casefold()
