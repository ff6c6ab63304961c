"""Selections as users write them, in Python or in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphkit import Circuit, Selection, simulate
from graphkit.errors import DataError, SelectionError

ID = 720575940610059726  # as a float: 720575940610059776


@pytest.mark.parametrize("given", [ID, str(ID), [ID], (str(ID),), np.array([ID]), pd.Series([str(ID)])])
def test_ids_are_taken_as_everywhere(given: Any) -> None:
    assert Selection(root_ids=given) == Selection(root_ids=(ID,))
    assert Selection(root_ids=given).parameters() == {"root_ids": [ID]}


@pytest.mark.parametrize("empty", [{"root_ids": []}, {"root_ids": np.array([], np.int64)}, {"cell_type": ()}])
def test_an_empty_list_does_not_mean_the_whole_graph(empty: dict[str, Any]) -> None:
    with pytest.raises(SelectionError, match="has no value, and no neuron fulfils it"):
        Selection(**empty)
    with pytest.raises(SelectionError, match="has no value"):
        Selection.from_mapping(empty)


def test_rounded_ids_are_refused() -> None:
    with pytest.raises(SelectionError, match="given as floats"):
        Selection(root_ids=[float(ID)])  # type: ignore[arg-type]  # what users do


def test_a_negative_level_is_refused() -> None:
    with pytest.raises(SelectionError, match="max_downstream of a selection is -1; give 0"):
        Selection(max_downstream=-1)  # to the query that would be every neuron


def test_a_list_of_values_chooses_in_a_circuit_as_in_a_graph() -> None:
    edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 3], "weight_signed": [9, 9]})
    circuit = Circuit.from_edges(edges, targets=[1])
    by_list: Any = [1, 2]
    silenced = [simulate(circuit, silence=Selection(root_ids=ids), duration_ms=1, seed=1) for ids in (by_list, (1, 2))]
    assert silenced[0].run["silence"] == silenced[1].run["silence"]


@pytest.mark.parametrize("text", [f"[{ID}]", f'["{ID}"]', f"[{ID}.0]", "5", '"a"', "null"])
def test_json_without_conditions_is_one_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ids.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"ids\.json: a selection in JSON names its conditions"):
        Selection.read(path)


def test_ids_in_json_may_be_texts(tmp_path: Path) -> None:
    path = tmp_path / "ids.json"
    path.write_text(f'{{"root_ids": ["{ID}"]}}')
    assert Selection.read(path) == Selection(root_ids=ID)
    assert Selection.read(Selection(root_ids=ID, side=("left",)).write(path)) == Selection(root_ids=ID, side=("left",))
