"""Tables on their way to a browser."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from graphkit.explorer.table_rows import columns_of, shown_rows
from graphkit.explorer.tables import connections_table, neurons_table
from tests.figures import FIRST, circuit_of, empty_circuit


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "root_id": FIRST + np.arange(6),
            "cell_type": ["ORN_DM1", "DM1_lPN", None, "orn_va1d", "<b>x</b>", "ORN"],
            "syn_count": pd.array([5, 1, 9, pd.NA, 2, 7], dtype="Int64"),
            "share": [0.123456789, np.nan, 0.5, 1.0, 0.0, 0.25],
        }
    )


def found(table: pd.DataFrame, **request: object) -> list[int]:
    answer = shown_rows(table, {"startRow": 0, "endRow": 100, **request})
    rows = answer["rowData"]
    assert isinstance(rows, list)
    assert answer["rowCount"] == len(rows)
    return [int(row["root_id"]) - FIRST for row in rows]


def test_no_digit_of_an_id_is_lost_on_the_way_to_a_browser(table: pd.DataFrame) -> None:
    rows = json.loads(json.dumps(shown_rows(table, {"startRow": 1, "endRow": 3})))
    assert rows["rowCount"] == 6
    assert [row["root_id"] for row in rows["rowData"]] == [str(FIRST + 1), str(FIRST + 2)]
    assert rows["rowData"][1] == {"root_id": str(FIRST + 2), "cell_type": None, "syn_count": 9, "share": 0.5}


def test_large_numbers_that_are_no_ids_travel_as_texts_too() -> None:
    rows = shown_rows(pd.DataFrame({"seed": [2**60 + 1]}), {})["rowData"]
    assert rows == [{"seed": str(2**60 + 1)}]


@pytest.mark.parametrize(
    ("column", "condition", "expected"),
    [
        ("cell_type", {"filterType": "text", "type": "contains", "filter": "orn"}, [0, 3, 5]),
        ("cell_type", {"filterType": "text", "type": "notContains", "filter": "orn"}, [1, 2, 4]),
        ("cell_type", {"filterType": "text", "type": "equals", "filter": "orn"}, [5]),
        ("cell_type", {"filterType": "text", "type": "notEqual", "filter": "orn"}, [0, 1, 2, 3, 4]),
        ("cell_type", {"filterType": "text", "type": "startsWith", "filter": "DM1"}, [1]),
        ("cell_type", {"filterType": "text", "type": "endsWith", "filter": "pn"}, [1]),
        ("cell_type", {"filterType": "text", "type": "contains", "filter": "("}, []),
        ("cell_type", {"filterType": "text", "type": "blank"}, [2]),
        ("root_id", {"filterType": "text", "type": "endsWith", "filter": str(FIRST + 4)}, [4]),
        ("syn_count", {"filterType": "number", "type": "greaterThan", "filter": 5}, [2, 5]),
        ("syn_count", {"filterType": "number", "type": "greaterThanOrEqual", "filter": 5}, [0, 2, 5]),
        ("syn_count", {"filterType": "number", "type": "lessThan", "filter": 2}, [1]),
        ("syn_count", {"filterType": "number", "type": "lessThanOrEqual", "filter": 2}, [1, 4]),
        ("syn_count", {"filterType": "number", "type": "equals", "filter": 9}, [2]),
        ("syn_count", {"filterType": "number", "type": "inRange", "filter": 2, "filterTo": 5}, [0, 4]),
        ("syn_count", {"filterType": "number", "type": "notBlank"}, [0, 1, 2, 4, 5]),
        ("syn_count", {"filterType": "number", "operator": "OR", "conditions": [
            {"filterType": "number", "type": "equals", "filter": 9},
            {"filterType": "number", "type": "lessThan", "filter": 2}]}, [1, 2]),
        ("nowhere", {"filterType": "text", "type": "contains", "filter": "x"}, [0, 1, 2, 3, 4, 5]),
    ],
)  # fmt: skip
def test_filters_keep_what_they_say(
    table: pd.DataFrame, column: str, condition: dict[str, object], expected: list[int]
) -> None:
    assert found(table, filterModel={column: condition}) == expected


def test_sorting_puts_missing_values_last_and_takes_several_columns(table: pd.DataFrame) -> None:
    assert found(table, sortModel=[{"colId": "syn_count", "sort": "desc"}]) == [2, 5, 0, 4, 1, 3]
    assert found(table, sortModel=[{"colId": "share", "sort": "asc"}])[:2] == [4, 0]
    twice = table.assign(kind=["a", "b", "a", "b", "a", "b"])
    by = [{"colId": "kind", "sort": "desc"}, {"colId": "root_id", "sort": "desc"}]
    assert found(twice, sortModel=by) == [5, 3, 1, 4, 2, 0]


def test_columns_are_filtered_as_what_they_are(table: pd.DataFrame) -> None:
    kinds = {column["field"]: column["filter"] for column in columns_of(table)}
    assert kinds == {
        "root_id": "agTextColumnFilter", "cell_type": "agTextColumnFilter", "syn_count": "agNumberColumnFilter",
        "share": "agNumberColumnFilter",
    }  # fmt: skip


def test_the_tables_of_a_circuit_hold_every_neuron_and_connection_strongest_first() -> None:
    circuit = circuit_of()
    neurons, connections = neurons_table(circuit), connections_table(circuit)
    assert sorted(neurons["root_id"]) == sorted(circuit.root_ids)
    assert neurons["in_circuit"].sum() == neurons["out_circuit"].sum() == circuit.syn_count.sum()
    assert (neurons["in_circuit"] + neurons["out_circuit"]).is_monotonic_decreasing
    assert connections["syn_count"].is_monotonic_decreasing
    pairs = circuit.to_frame()[["pre_root_id", "post_root_id"]].apply(tuple, axis=1)
    assert set(connections[["pre_root_id", "post_root_id"]].apply(tuple, axis=1)) == set(pairs)
    types = neurons.set_index("root_id")["cell_type"]
    assert connections["pre_cell_type"].equals(types.loc[connections["pre_root_id"]].reset_index(drop=True))
    assert len(neurons_table(empty_circuit())) == len(connections_table(empty_circuit())) == 0
