"""Whole connectomes come out the same on both engines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphkit import Circuit, SpikeTrains, connect, simulate
from graphkit.synthetic import generate
from loaders.flywire import FlyWire
from tests.neo4j_server import Neo4jServer

Both = dict[str, tuple[Circuit, dict[str, object]]]


@pytest.fixture(scope="module")
def both(neo4j_server: Neo4jServer, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Return the circuit and the reports of one generated connectome from each engine."""
    folder = tmp_path_factory.mktemp("files")
    generate(folder, neurons=400, edges=6000, seed=5)
    neo4j_server.clear()
    addresses = {"ladybug": str(folder / "brain.graph"), "neo4j": neo4j_server.uri}
    found: Both = {}
    for engine, address in addresses.items():
        with connect(address, user=neo4j_server.user, password=neo4j_server.password) as connectome:
            reports = {
                "load": connectome.load(FlyWire(folder)),
                "predict": connectome.predict_transmitters(),
                "merge": connectome.merge_connections(),
                "mark": connectome.mark_downstream(
                    folder / "target_neurons.csv", functional_nuclei=folder / "functional_nuclei.csv"
                ),
            }
            circuit = connectome.circuit(max_downstream=2)
            spikes = simulate(circuit, duration_ms=100, seed=1)
            connectome.write_back(spikes, all_trials=True)
            stored = connectome.spikes()
        np.testing.assert_array_equal(stored.t_ms, spikes.t_ms)
        found[engine] = (circuit, {step: without_seconds(report) for step, report in reports.items()})
    return found


def without_seconds(report: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in report.items() if name != "seconds"}


def test_every_step_reports_the_same(both: Both) -> None:
    assert both["ladybug"][1] == both["neo4j"][1]


def test_the_circuit_is_the_same_array_by_array(both: Both) -> None:
    one, other = both["ladybug"][0], both["neo4j"][0]
    for name in ("root_ids", "pre", "post", "weight", "syn_count", "group", "functional_nucleus", "lost_input_share"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    pd.testing.assert_frame_equal(one.annotations, other.annotations)


def test_brian2_fires_the_same_spikes_whichever_engine_held_the_circuit(both: Both) -> None:
    def spikes(engine: str) -> SpikeTrains:
        return simulate(both[engine][0], engine="brian2", device="numpy", duration_ms=50, seed=2)

    one, other = spikes("ladybug"), spikes("neo4j")
    assert len(one) > 20
    np.testing.assert_array_equal(one.root_id, other.root_id)
    np.testing.assert_array_equal(one.t_ms, other.t_ms)


def test_the_real_folder_gives_the_expected_figures(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "flywire_v630_olfactory"
    expected = pd.read_json(folder / "expected_figures.json", typ="series")
    with connect(tmp_path / "brain.graph") as connectome:
        loaded = connectome.load(FlyWire(folder))
        connectome.predict_transmitters()
        merged = connectome.merge_connections()
        marked = connectome.mark_downstream(folder / "target_neurons.csv", depth=2)
        at_ten = connectome.mark_downstream(folder / "target_neurons.csv", depth=2, min_synapses=10)
    assert loaded["rows_kept"] == expected["n_rows"]
    assert loaded["neurons"] == expected["n_neurons"]
    assert loaded["synapses"] == merged["synapses"] == expected["sum_syn_count"]
    assert merged["pairs"] == expected["n_pairs"]
    assert merged["pairs_of_several_rows"] == expected["n_pairs_multi_row"]
    assert marked["downstream"] == {"0": expected["n_target"], "1": expected["hop1_new"], "2": expected["hop2_new"]}
    assert at_ten["downstream"] == {"0": 30, "1": 13, "2": 1673}
