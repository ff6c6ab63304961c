"""Overrides as users write them, in whatever form their ids, types or words are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphkit.errors import DataError, GraphkitError, SelectionError
from graphkit.overrides import Overrides, override_tables
from graphkit.transmitters import SIGN_POLICIES, SignPolicy

ID = 720575940610059726  # as a float: 720575940610059776


def told(overrides: Overrides | None) -> list[tuple[Any, ...]]:
    return [
        tuple(row.values())
        for table in override_tables(overrides, SIGN_POLICIES["shiu2024"])
        for row in table.to_pylist()
    ]


@pytest.mark.parametrize(
    "given",
    [
        {ID: "GABA"},
        {np.int64(ID): "gaba"},
        {str(ID): "GABA"},
        pd.DataFrame({"root_id": [ID], "nt_type": ["GABA"]}),
        pd.DataFrame({"root_id": [str(ID)], "nt_type": [" Gaba"]}),
        pd.DataFrame({"root_id": [ID, ID], "nt_type": ["GABA", "gaba"]}),
        pd.DataFrame({"cell_type": ["R7"], "nt_type": ["GABA"], "root_id": [ID]}),
    ],
)
def test_an_id_is_an_id_however_it_is_written(given: Overrides) -> None:
    assert told(given) == [(ID, "GABA", -1)]


def test_words_for_transmitters_have_their_sign() -> None:
    assert told({ID: "acetylcholine", "R7": "histamine", "Mi1": "glutamate"}) == [
        (ID, "ACH", 1),
        ("R7", "HIST", -1),
        ("Mi1", "GLUT", -1),
    ]


def test_a_file_may_name_neurons_in_some_rows_and_types_in_others(tmp_path: Path) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text(f"root_id;primary_type;transmitter\r\n;R7;histamine\r\n{ID};;ACH\r\n")
    assert told(path) == [(ID, "ACH", 1), ("R7", "HIST", -1)]
    path.write_text("cell_type,nt_type\n17,GABA\n")
    assert told(path) == [("17", "GABA", -1)], "a type of digits is a type where its column says so"


def test_a_policy_of_your_own_may_name_transmitters() -> None:
    own = SignPolicy("own", ("ACH", "TYR"), ("GABA",), "")
    _, by_type = override_tables({"R7": "Tyr", "Mi1": "DA"}, own)
    assert by_type.column("sign").to_pylist() == [1, 0]


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({float(ID): "GABA"}, SelectionError, "given as floats"),
        (pd.DataFrame({"root_id": [float(ID)], "nt_type": ["GABA"]}), SelectionError, "given as floats"),
        ({ID: None}, DataError, f"no nt_type for root_id {ID}"),
        (pd.DataFrame({"cell_type": ["R7"], "nt_type": [np.nan]}), DataError, "no nt_type for cell_type R7"),
        (pd.DataFrame({"root_id": [ID, ID], "nt_type": ["ACH", "GABA"]}), DataError, "both ACH and GABA"),
        (pd.DataFrame({"cell_type": ["R7", None], "nt_type": ["ACH", "GABA"]}), DataError, "row 2 .* no cell_type"),
        (pd.DataFrame({"id": [ID], "nt_type": ["ACH"]}), DataError, "has root_id or cell_type"),
        (
            {"R7": "Histamin"},
            DataError,
            "give cell_type R7 the transmitter 'Histamin', which has .* OCT, HIST, also in",
        ),
    ],
)
def test_what_says_nothing_or_two_things_is_refused(given: Any, error: type[GraphkitError], said: str) -> None:
    with pytest.raises(error, match=said):
        told(given)
