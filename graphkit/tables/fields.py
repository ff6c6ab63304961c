"""The value that one field of a file stands for, by strict rules.

======  ==================================  =======================================================================
type    taken                               refused
======  ==================================  =======================================================================
int     digits: ``720575940596125868``;     other decimal points, and in an id any (one that went through a float is
        in a count ``5.0``, too, as pandas  another neuron's); exponents; more than int64 holds
        writes a column that had gaps
float   decimal numbers: ``0.57``, ``1e-3`` ``nan``, ``inf``, a decimal comma
str     anything, ``None`` or ``NA`` too    nothing
======  ==================================  =======================================================================

A number outside its column's bounds is refused. Blanks and tabs around a value do not count; a field without
anything else is empty, which is null.
"""

from __future__ import annotations

import math
import re

from graphkit.schema import Column

__all__ = ["BLANKS", "DECIMAL", "WHOLE", "WHOLE_FLOAT", "read_field"]

BLANKS = " \t"
INT64_MAX = 2**63 - 1
WHOLE = re.compile(r"-?[0-9]+")
WHOLE_FLOAT = r"^(-?[0-9]+)\.0+$"
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def read_field(text: str, column: Column, required: bool) -> int | float | str | None:
    """Return the value of a field, or None where it is empty.

    Parameters
    ----------
    text
        The field without its quotation marks.
    column
        What the field holds.
    required
        Whether it has to hold something.

    Returns
    -------
    int, float, str or None
        The value in the column's type.

    Raises
    ------
    ValueError
        With the reason, when the text is no value of the column.

    Examples
    --------
    >>> from graphkit.tables.fields import read_field
    >>> from graphkit.schema import ROOT_ID
    >>> read_field(" 720575940596125868 ", ROOT_ID, required=True)
    720575940596125868
    >>> read_field("7.2E+17", ROOT_ID, required=True)
    Traceback (most recent call last):
        ...
    ValueError: root_id 7.2E+17 was rounded, as spreadsheets do to long numbers: its digits are lost
    """
    text = text.strip(BLANKS)
    if not text:
        if required:
            raise ValueError(f"{column.name} is empty")
        return None
    if column.type == "str":
        return text
    if column.is_count:
        text = re.sub(WHOLE_FLOAT, r"\1", text)
    value = _whole(text, column.name) if column.type == "int" else _decimal(text, column.name)
    if column.minimum is not None and value < column.minimum:
        raise ValueError(f"{column.name} {_short(text)} is less than {column.minimum:g}")
    if column.maximum is not None and value > column.maximum:
        raise ValueError(f"{column.name} {_short(text)} is more than {column.maximum}")
    return value


def _whole(text: str, name: str) -> int:
    if WHOLE.fullmatch(text):
        digits = text.lstrip("-").lstrip("0")
        if len(digits) > 19 or int(digits or "0") > INT64_MAX:
            raise ValueError(f"{name} {_short(text)} does not fit in 64 bits")
        return int(text)
    if DECIMAL.fullmatch(text) and "e" in text.lower():
        raise ValueError(f"{name} {_short(text)} was rounded, as spreadsheets do to long numbers: its digits are lost")
    if DECIMAL.fullmatch(text) and "." in text:
        raise ValueError(f"{name} {_short(text)} has a decimal point, where only whole numbers are taken")
    raise ValueError(f"{name} {_short(text)!r} is not a whole number")


def _decimal(text: str, name: str) -> float:
    if not DECIMAL.fullmatch(text):
        raise ValueError(f"{name} {_short(text)!r} is not a number")
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{name} {_short(text)} does not fit in 64 bits")
    return value


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
