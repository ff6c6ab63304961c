"""What each field of a file stands for: the strict rules."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphkit.schema import ROOT_ID, Column
from graphkit.tables.fields import read_field

COUNT = Column("syn_count", "int", minimum=1, maximum=2**31 - 1)
SCORE = Column("ach_avg", "float", minimum=0)
TEXT = Column("neuropil", "str")
UNBOUNDED = Column("offset", "int")


@pytest.mark.parametrize(
    ("text", "column", "value"),
    [
        ("720575940596125868", ROOT_ID, 720575940596125868),
        (" \t720575940596125868 ", ROOT_ID, 720575940596125868),
        ("9223372036854775807", ROOT_ID, 2**63 - 1),
        ("000007", ROOT_ID, 7),
        ("0", ROOT_ID, 0),
        ("-12", UNBOUNDED, -12),
        ("1", COUNT, 1),
        ("12.0", COUNT, 12),
        (" 7.000", COUNT, 7),
        ("0.57", SCORE, 0.57),
        (".5", SCORE, 0.5),
        ("1e-3", SCORE, 0.001),
        ("", SCORE, None),
        ("None", TEXT, "None"),
        ("NA", TEXT, "NA"),
        ("nan", TEXT, "nan"),
        (" AL_R\t", TEXT, "AL_R"),
        ("  ", TEXT, None),
    ],
)
def test_taken(text: str, column: Column, value: object) -> None:
    """A value comes back exactly, in its column's type."""
    found = read_field(text, column, required=False)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("7.2E+17", ROOT_ID, "was rounded, as spreadsheets do"),
        ("7,2E+17", ROOT_ID, "is not a whole number"),
        ("7.20575940596125868e17", ROOT_ID, "was rounded"),
        ("720575940596125868.0", ROOT_ID, "has a decimal point"),
        ("9223372036854775808", ROOT_ID, "does not fit in 64 bits"),
        ("9" * 5000, ROOT_ID, "does not fit in 64 bits"),
        ("-1", ROOT_ID, "is less than 0"),
        ("", ROOT_ID, "root_id is empty"),
        (" ", ROOT_ID, "root_id is empty"),
        ("nan", ROOT_ID, "is not a whole number"),
        ("0x1F", ROOT_ID, "is not a whole number"),
        ("1_000", ROOT_ID, "is not a whole number"),
        ("+5", ROOT_ID, "is not a whole number"),
        ("٣", ROOT_ID, "is not a whole number"),
        ("\N{NO-BREAK SPACE}5", ROOT_ID, "is not a whole number"),
        ("2.5", COUNT, "has a decimal point"),
        ("5.0000000000000000001", COUNT, "has a decimal point"),
        ("5.", COUNT, "has a decimal point"),
        (".0", COUNT, "has a decimal point"),
        ("5e1", COUNT, "was rounded"),
        ("0.0", COUNT, "is less than 1"),
        ("2147483648.0", COUNT, "is more than 2147483647"),
        ("-3", COUNT, "is less than 1"),
        ("0", COUNT, "is less than 1"),
        ("0,57", SCORE, "is not a number"),
        ("-0.1", SCORE, "is less than 0"),
        ("nan", SCORE, "is not a number"),
        ("inf", SCORE, "is not a number"),
        ("1e999", SCORE, "does not fit in 64 bits"),
    ],
)
def test_refused(text: str, column: Column, reason: str) -> None:
    """Each refusal names the column and says why."""
    with pytest.raises(ValueError, match=reason) as caught:
        read_field(text, column, required=True)
    assert column.name in str(caught.value)


@given(st.integers(0, 2**63 - 1))
def test_ids_are_exact(root_id: int) -> None:
    """No id loses a digit."""
    assert read_field(str(root_id), ROOT_ID, required=True) == root_id


@given(st.floats(0, allow_nan=False, allow_infinity=False))
def test_floats_are_exact(value: float) -> None:
    """A float as Python writes it comes back bit for bit."""
    found = read_field(repr(value), SCORE, required=True)
    assert isinstance(found, float)
    assert math.copysign(1, found) * abs(found) == value
