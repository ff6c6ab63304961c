"""What is in the files that other programs open."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphkit.circuit import Circuit
from graphkit.errors import DataError
from graphkit.exports import write_graph
from tests.figures import FIRST, circuit_of, empty_circuit

READERS = {".graphml": nx.read_graphml, ".gexf": nx.read_gexf}
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"
GEXF = "{http://www.gexf.net/1.2draft}"


def assert_equal(found: Circuit, circuit: Circuit) -> None:
    """Compare everything but what a circuit comes from; an annotation nobody has need not come back."""
    for name in ("root_ids", "pre", "post", "weight", "syn_count", "group", "functional_nucleus", "lost_input_share"):
        np.testing.assert_array_equal(getattr(found, name), getattr(circuit, name), err_msg=name)
        assert getattr(found, name).dtype == getattr(circuit, name).dtype
    assert found.group_names == circuit.group_names
    for name in circuit.annotations.columns:
        values = circuit.annotations[name]
        if values.notna().any():
            there = found.annotations[name]
            assert there.isna().tolist() == values.isna().tolist(), name
            assert there.dropna().tolist() == values.dropna().tolist(), name


@st.composite
def circuits(draw: st.DrawFn) -> Circuit:
    """Draw small circuits: parallel connections, loops, unknown signs, gaps and odd text in the annotations."""
    n = draw(st.integers(1, 6))
    ids = draw(st.lists(st.integers(0, 2**63 - 1), min_size=n, max_size=n, unique=True))
    neuron = st.integers(0, n - 1)
    rows = draw(st.lists(st.tuples(neuron, neuron, st.integers(1, 999), st.sampled_from([1, -1, 0])), max_size=12))
    depth = draw(st.integers(1, 3))
    # Files hold no carriage returns (XML 1.0, section 2.11, makes them line feeds) and no empty text apart from none.
    text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=9)
    levels = draw(st.lists(st.sampled_from([0, depth, None]), min_size=n, max_size=n))
    neurons = pd.DataFrame(
        {
            "root_id": np.array(ids, dtype=np.int64),
            "is_target": [level == 0 for level in levels],
            "downstream": pd.array(levels, dtype="Int64"),
            "functional_nucleus": draw(st.lists(st.booleans(), min_size=n, max_size=n)),
            "input_synapses": pd.array(
                draw(st.lists(st.none() | st.integers(0, 10**6), min_size=n, max_size=n)), dtype="Int64"
            ),
            "cell_type": np.array(draw(st.lists(st.none() | text, min_size=n, max_size=n)), dtype=object),
            "partner": pd.array(draw(st.lists(st.none() | st.just(FIRST + 1), min_size=n, max_size=n)), dtype="Int64"),
            "nt_confidence": draw(st.lists(st.just(np.nan) | st.floats(0, 1), min_size=n, max_size=n)),
        }
    )
    edges = pd.DataFrame(
        {
            "pre_root_id": np.array([ids[pre] for pre, *_ in rows], dtype=np.int64),
            "post_root_id": np.array([ids[post] for _, post, *_ in rows], dtype=np.int64),
            "weight_signed": np.array([count * sign for *_, count, sign in rows], dtype=np.int64),
            "syn_count": np.array([count for *_, count, _ in rows], dtype=np.int64),
        }
    )
    return Circuit.from_tables(neurons, edges, depth=depth)


@pytest.mark.parametrize("suffix", READERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(circuit=circuits())
def test_a_circuit_comes_back_from_its_file(suffix: str, circuit: Circuit, tmp_path: Path) -> None:
    path = write_graph(circuit, tmp_path / f"circuit{suffix}")
    graph = READERS[suffix](path)
    assert sorted(graph.nodes) == sorted(str(root_id) for root_id in circuit.root_ids.tolist())
    assert graph.is_directed()
    assert_equal(Circuit.from_networkx(graph), circuit)


@settings(max_examples=25, deadline=None)
@given(circuits())
def test_a_circuit_comes_back_from_networkx(circuit: Circuit) -> None:
    assert_equal(Circuit.from_networkx(circuit.to_networkx()), circuit)


def test_an_annotated_circuit_comes_back_whole(tmp_path: Path) -> None:
    circuit = circuit_of()
    for suffix, read in READERS.items():
        assert_equal(Circuit.from_networkx(read(write_graph(circuit, tmp_path / f"c{suffix}"))), circuit)


def test_fractional_weights_come_back(tmp_path: Path) -> None:
    edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 1], "weight_signed": [0.25, -3.5]})
    circuit = Circuit.from_edges(edges, targets=[1])
    for suffix, read in READERS.items():
        assert_equal(Circuit.from_networkx(read(write_graph(circuit, tmp_path / f"c{suffix}"))), circuit)


def test_graphml_declares_one_type_for_each_attribute_and_spells_booleans_as_xml_does(tmp_path: Path) -> None:
    circuit = circuit_of()
    root = ET.parse(write_graph(circuit, tmp_path / "c.graphml")).getroot()
    keys = {key.get("id"): key for key in root.iter(f"{GRAPHML}key")}
    types = {(key.get("for"), key.get("attr.name")): key.get("attr.type") for key in keys.values()}
    assert len(types) == len(keys)
    assert types["node", "functional_nucleus"] == types["node", "is_target"] == "boolean"
    assert types["node", "input_synapses"] == types["node", "sign"] == types["edge", "weight_signed"] == "long"
    assert types["node", "nt_confidence"] == "double"
    assert types["node", "cell_type"] == "string"
    assert ("node", "root_id") not in types  # the node's id is the neuron's
    words = {"boolean": {"true", "false"}}
    for data in root.iter(f"{GRAPHML}data"):
        kind = keys[data.get("key")].get("attr.type")
        assert data.text not in (None, "None", "nan", "<NA>")
        if kind == "boolean":
            assert data.text in words["boolean"]
        elif kind == "long":
            int(str(data.text))
    assert {node.get("id") for node in root.iter(f"{GRAPHML}node")} == set(circuit.root_ids.astype(str))
    graph = root.find(f"{GRAPHML}graph")
    assert graph is not None
    assert graph.get("edgedefault") == "directed"


@pytest.mark.parametrize(("suffix", "space"), [(".graphml", GRAPHML), (".gexf", GEXF)])
def test_parallel_connections_have_ids_of_their_own(suffix: str, space: str, tmp_path: Path) -> None:
    edges = pd.DataFrame({"pre_root_id": [1, 1, 2, 2], "post_root_id": [2, 2, 1, 3], "weight_signed": [5, -7, 9, 11]})
    path = write_graph(Circuit.from_edges(edges), tmp_path / f"c{suffix}")
    ids = [edge.get("id") for edge in ET.parse(path).getroot().iter(f"{space}edge")]
    assert len(ids) == len(set(ids)) == 4
    assert sorted(weight for *_, weight in READERS[suffix](path).edges(data="weight_signed")) == [-7, 5, 9, 11]


def test_gexf_holds_ids_as_text_and_the_weight_that_gephi_draws(tmp_path: Path) -> None:
    circuit = circuit_of()
    root = ET.parse(write_graph(circuit, tmp_path / "c.gexf")).getroot()
    graph = root.find(f"{GEXF}graph")
    assert graph is not None
    assert graph.get("defaultedgetype") == "directed"
    attributes = [(a.get("class"), v.get("title"), v.get("type"))
                  for a in root.iter(f"{GEXF}attributes") for v in a.iter(f"{GEXF}attribute")]  # fmt: skip
    assert len({(where, title) for where, title, _ in attributes}) == len(attributes)
    assert ("node", "functional_nucleus", "boolean") in attributes
    edges = [
        (edge.get("source"), edge.get("target"), float(str(edge.get("weight")))) for edge in root.iter(f"{GEXF}edge")
    ]
    frame = circuit.to_frame().astype({"pre_root_id": str, "post_root_id": str})
    wanted = zip(frame["pre_root_id"], frame["post_root_id"], frame["syn_count"].astype(float), strict=True)
    assert sorted(edges) == sorted(wanted)


def test_text_that_xml_cannot_hold_does_not_break_the_file(tmp_path: Path) -> None:
    circuit = circuit_of(n=5, m=10)
    kinds = ["a\x00b", "\x0bc", "<d & 'e'>", "g\ufffe", "plain"]
    odd = Circuit(**{**vars(circuit), "annotations": circuit.annotations.assign(kind=np.array(kinds, dtype=object))})
    for suffix, read in READERS.items():
        graph = read(write_graph(odd, tmp_path / f"c{suffix}"))
        found = [graph.nodes[str(root_id)]["kind"] for root_id in odd.root_ids.tolist()]
        assert found == ["a\ufffdb", "\ufffdc", "<d & 'e'>", "g\ufffd", "plain"]


def test_lists_are_left_out_of_graphs(tmp_path: Path) -> None:
    circuit = circuit_of(n=4, m=6, targets=1)
    lists = pd.Series([[1.5, 2.5], None, [], [3.5]], dtype=object)
    listed = Circuit(**{**vars(circuit), "annotations": circuit.annotations.assign(spike_times_ms=lists)})
    for suffix, read in READERS.items():
        graph = read(write_graph(listed, tmp_path / f"c{suffix}"))
        assert "spike_times_ms" not in {name for _, values in graph.nodes(data=True) for name in values}


@pytest.mark.parametrize(("suffix", "read"), [(".csv", pd.read_csv), (".parquet", pd.read_parquet)])
def test_tables_hold_the_connections_with_exact_ids(
    suffix: str, read: Callable[[Path], pd.DataFrame], tmp_path: Path
) -> None:
    circuit = circuit_of()
    found = read(write_graph(circuit, tmp_path / f"circuit{suffix}"))
    assert found["pre_root_id"].dtype == np.int64
    pd.testing.assert_frame_equal(found, circuit.to_frame(), check_dtype=False)
    assert_equal_connections(Circuit.from_edges(found), circuit)


def assert_equal_connections(found: Circuit, circuit: Circuit) -> None:
    columns = ["pre_root_id", "post_root_id", "weight_signed"]
    a, b = (one.to_frame()[columns].sort_values(columns, ignore_index=True) for one in (found, circuit))
    pd.testing.assert_frame_equal(a, b)


@pytest.mark.parametrize("suffix", [".graphml", ".gexf", ".csv", ".parquet"])
def test_an_empty_circuit_and_one_without_connections_are_written(suffix: str, tmp_path: Path) -> None:
    nothing = empty_circuit().to_frame()
    for circuit in (empty_circuit(), Circuit.from_edges(nothing, root_ids=[FIRST])):
        path = write_graph(circuit, tmp_path / f"c{suffix}")
        if suffix in READERS:
            assert_equal(Circuit.from_networkx(READERS[suffix](path)), circuit)
        else:
            assert len(pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)) == 0


def test_an_unknown_suffix_names_the_known_ones_and_the_case_does_not_count(tmp_path: Path) -> None:
    circuit = circuit_of(n=3, m=3, targets=1)
    for name in ("circuit.xlsx", "circuit"):
        with pytest.raises(DataError, match=r"known are \.graphml, \.gexf, \.csv, \.parquet"):
            write_graph(circuit, tmp_path / name)
    with pytest.raises(DataError, match="no folder"):
        write_graph(circuit, tmp_path / "nowhere" / "c.csv")
    assert list(tmp_path.iterdir()) == []
    assert write_graph(circuit, tmp_path / "c.GraphML").is_file()


def test_nodes_that_are_not_neurons_are_refused() -> None:
    for node in ("ORN", "1.5", float(FIRST), None):
        graph = nx.DiGraph()
        graph.add_edge(1, node if node is not None else (1, 2), weight_signed=3)
        with pytest.raises(DataError, match="is not a neuron's id"):
            Circuit.from_networkx(graph)
    graph = nx.DiGraph()
    graph.add_edge(1, 2)
    with pytest.raises(DataError, match="no weight_signed"):
        Circuit.from_networkx(graph)


def test_a_graph_of_someone_elses_becomes_a_circuit() -> None:
    graph = nx.DiGraph()
    graph.add_edge("720575940610059727", 5, weight_signed=-3)
    circuit = Circuit.from_networkx(graph)
    assert circuit.root_ids.tolist() == [5, 720575940610059727]
    assert circuit.syn_count.tolist() == [3]
    assert circuit.group_names == ("target", "downstream_1", "downstream_2", "functional_nuclei", "rest")


def test_the_real_circuit_comes_back(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "flywire_v630_olfactory"
    rows = pd.read_csv(folder / "connections.csv.gz", keep_default_na=False, dtype={"pre_root_id": np.int64})
    pairs = rows.groupby(["pre_root_id", "post_root_id"], as_index=False)["syn_count"].sum()
    targets = pd.read_csv(folder / "target_neurons.csv", dtype={"root_id": np.int64})["root_id"]
    strong = pairs[pairs["syn_count"] >= 100].rename(columns={"syn_count": "weight_signed"})
    ids = np.union1d(np.union1d(strong["pre_root_id"], strong["post_root_id"]), targets)
    circuit = Circuit.from_edges(strong, root_ids=ids.tolist(), targets=targets)
    assert len(circuit.pre) == (pairs["syn_count"] >= 100).sum()
    for suffix, read in READERS.items():
        assert_equal(Circuit.from_networkx(read(write_graph(circuit, tmp_path / f"c{suffix}"))), circuit)
