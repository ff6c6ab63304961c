"""Circuits: built of tables, cut, saved, made of other programs' graphs."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.circuit import Circuit
from graphkit.errors import DataError, SelectionError

BASE = 720575940600000000


def edge_table(rows: list[tuple[int, int, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["pre_root_id", "post_root_id", "weight_signed"])
    return frame.astype({"pre_root_id": "int64", "post_root_id": "int64"}).assign(
        pre_root_id=lambda table: table["pre_root_id"] + BASE, post_root_id=lambda table: table["post_root_id"] + BASE
    )


random_edges = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(-40, 40).map(float)), min_size=1, max_size=60
)


@settings(max_examples=60, deadline=None)
@given(random_edges, st.sets(st.integers(0, 12), max_size=3))
def test_groups_are_shortest_paths_from_the_targets(rows: list[tuple[int, int, float]], wanted: set[int]) -> None:
    ids = {end for pre, post, _ in rows for end in (pre, post)}
    targets = sorted(wanted & ids)
    circuit = Circuit.from_edges(edge_table(rows), targets=[BASE + k for k in targets])
    oracle = nx.DiGraph([(pre, post) for pre, post, _ in rows])
    lengths = nx.multi_source_dijkstra_path_length(oracle, set(targets)) if targets else {}
    for root_id, group in zip(circuit.root_ids.tolist(), circuit.group_labels.tolist(), strict=True):
        length = lengths.get(root_id - BASE)
        expected = "target" if length == 0 else f"downstream_{length}" if length in (1, 2) else "rest"
        assert group == expected


@settings(max_examples=60, deadline=None)
@given(random_edges, st.integers(0, 9))
def test_arrays_hold_every_edge_whatever_its_row(rows: list[tuple[int, int, float]], seed: int) -> None:
    table = edge_table(rows)
    shuffled = table.sample(frac=1, random_state=seed)
    circuit, other = Circuit.from_edges(table), Circuit.from_edges(shuffled)
    columns = ["pre_root_id", "post_root_id", "weight_signed"]
    expected = table.sort_values(columns).reset_index(drop=True)
    found = circuit.to_frame()[columns].sort_values(columns).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert circuit.weight.dtype == np.int32
    np.testing.assert_array_equal(circuit.root_ids, other.root_ids)
    assert list(zip(circuit.pre, circuit.post, strict=True)) == sorted(zip(circuit.pre, circuit.post, strict=True))
    for name, part in circuit.slices.items():
        assert set(circuit.group_labels[part]) == {name}


@settings(max_examples=25, deadline=None)
@given(random_edges)
def test_a_saved_circuit_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, float]]
) -> None:
    circuit = Circuit.from_edges(edge_table(rows), targets=[BASE + rows[0][0]])
    back = Circuit.load(circuit.save(tmp_path_factory.mktemp("circuit") / "circuit"))
    np.testing.assert_array_equal(back.root_ids, circuit.root_ids)
    pd.testing.assert_frame_equal(back.to_frame(), circuit.to_frame())
    assert back.group_labels.tolist() == circuit.group_labels.tolist()


def test_the_table_of_shiu_and_others_is_understood_as_it_is() -> None:
    edges = edge_table([(1, 2, 5), (2, 3, -7)])
    names = {
        "pre_root_id": "Presynaptic_ID",
        "post_root_id": "Postsynaptic_ID",
        "weight_signed": "Excitatory x Connectivity",
    }
    theirs = edges.rename(columns=names).assign(Presynaptic_Index=[0, 1], Connectivity=[5, 7], Excitatory=[1, -1])
    pd.testing.assert_frame_equal(Circuit.from_edges(theirs).to_frame(), Circuit.from_edges(edges).to_frame())


def test_fractional_weights_stay_fractions() -> None:
    assert Circuit.from_edges(edge_table([(1, 2, 0.5)])).weight.tolist() == [0.5]


def test_lost_input_is_what_the_cut_removed() -> None:
    neurons = pd.DataFrame(
        {
            "root_id": [BASE + 1, BASE + 2, BASE + 3],
            "is_target": [True, False, False],
            "downstream": pd.array([0, 1, None], dtype="Int64"),
            "functional_nucleus": [False, False, True],
            "input_synapses": pd.array([0, 40, 10], dtype="Int64"),
        }
    )
    edges = edge_table([(1, 2, 30), (9, 2, 10), (2, 3, -10)]).assign(syn_count=[30, 10, 10])
    circuit = Circuit.from_tables(neurons, edges, depth=1)
    assert circuit.slices == {"target": slice(0, 1), "downstream_1": slice(1, 2), "functional_nuclei": slice(2, 3)}
    assert circuit.lost_input_share.tolist() == [0.0, 0.25, 0.0]
    assert circuit.boundary() == {
        "neurons": 3, "input_synapses": 50, "kept_synapses": 40, "lost_input_share": pytest.approx(0.2),
        "neurons_losing_half": 0,
    }  # fmt: skip


def test_subcircuit_keeps_the_groups_and_the_edges_among_its_neurons() -> None:
    circuit = Circuit.from_edges(edge_table([(1, 2, 5), (2, 3, -5), (3, 1, 5)]), targets=[BASE + 1])
    part = circuit.subcircuit([BASE + 1, BASE + 2])
    assert part.group_labels.tolist() == ["target", "downstream_1"]
    assert part.to_frame()["weight_signed"].tolist() == [5]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"from": [1]}), "no column pre_root_id, post_root_id, weight_signed; it has from"),
        (pd.DataFrame({"source": [1], "target": [2], "weight": [3]}), "no column weight_signed; it has source, target"),
        (
            edge_table([(1, 2, 3)])
            .assign(**{"Excitatory x Connectivity": 1})
            .rename(columns={"weight_signed": "Weight_signed"}),
            "several columns of the table of edges mean weight_signed",
        ),
        (edge_table([(1, 2, 3)]).astype({"pre_root_id": "float64"}), "ids must be whole numbers"),
        (edge_table([(1, 2, float("nan"))]), "row 0 of the table of edges has no finite weight_signed"),
    ],
)
def test_bad_tables_of_edges(frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(DataError, match=words):
        Circuit.from_edges(frame)


def test_unknown_neurons_are_named() -> None:
    circuit = Circuit.from_edges(edge_table([(1, 2, 3)]))
    with pytest.raises(SelectionError, match=f"1 of 2 neurons are not in the circuit of 2: {BASE + 7}"):
        circuit.positions([BASE + 1, BASE + 7])
    with pytest.raises(SelectionError, match="1 targets are not among the neurons"):
        Circuit.from_edges(edge_table([(1, 2, 3)]), targets=[5])


def test_files_that_are_no_circuit(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        Circuit.load(tmp_path / "none.npz")
    (tmp_path / "torn.npz").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(DataError, match="not a circuit saved by graphkit"):
        Circuit.load(tmp_path / "torn.npz")
