"""Ids as users give them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graphkit import Circuit, connect, simulate
from graphkit.errors import SelectionError
from graphkit.ids import id_array

ID = 720575940610059726  # as a float: 720575940610059776


@pytest.mark.parametrize(
    "given",
    [
        [ID, 5],
        (ID, "5"),
        np.array([ID, 5]),
        np.array([ID, 5], dtype=np.uint64),
        pd.Series([ID, 5]),
        pd.Series([ID, 5], dtype="Int64"),
        pd.Series([str(ID), "5"]),
        iter([np.int64(ID), np.int64(5)]),
    ],
    ids=lambda given: f"{type(given).__name__} {getattr(given, 'dtype', '')}",
)
def test_every_digit_is_kept(given: list[int]) -> None:
    assert id_array(given).tolist() == [ID, 5]


def test_no_ids_are_no_ids() -> None:
    assert id_array([]).dtype == np.int64
    assert len(id_array(())) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([float(ID)], "given as floats"),
        (pd.Series([ID, None]), "given as floats"),
        ([ID, 5.0], "given as floats"),
        (["7.2e17"], "not every id is a whole number"),
        (pd.Series([ID, None], dtype="Int64"), "not every id is a whole number"),
        (pd.DataFrame({"root_id": [ID]}), "whole table: give its column"),
        ([2**63], "not every id is a whole number"),
    ],
    ids=str,
)
def test_what_may_have_lost_digits_is_refused(given: list[int], said: str) -> None:
    with pytest.raises(SelectionError, match=said):
        id_array(given)


def test_every_door_is_guarded() -> None:
    edges = pd.DataFrame({"pre_root_id": [ID], "post_root_id": [5], "weight_signed": [3]})
    circuit = Circuit.from_edges(edges, targets=[ID])
    rounded: list[int] = [float(ID)]  # type: ignore[list-item]  # what users do
    for door in (
        lambda: Circuit.from_edges(edges, targets=rounded),
        lambda: Circuit.from_edges(edges, root_ids=rounded),
        lambda: circuit.positions(rounded),
        lambda: circuit.subcircuit(rounded),
        lambda: simulate(circuit, silence=rounded, duration_ms=1),
        lambda: simulate(circuit, targets=rounded, duration_ms=1),
        lambda: connect(":memory:").root_ids(rounded),
    ):
        with pytest.raises(SelectionError, match="given as floats"):
            door()
