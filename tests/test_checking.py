"""Each check finds what breaks its invariant, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphkit.cli import cli
from graphkit.connectome import Connectome, connect
from graphkit.errors import GraphStateError
from graphkit.queries import Queries
from tests.connectomes import BASE, ENGINES, empty_graph, fill


@pytest.fixture(params=ENGINES)
def connectome(request: pytest.FixtureRequest) -> Iterator[Connectome]:
    with empty_graph(request.param, request) as opened:
        fill(opened)
        yield opened


CONNECTS = "MATCH (:Neuron {root_id: $id + 3})-[c:CONNECTS]->(:Neuron {root_id: $id + 5}) "
NEURON = "MATCH (n:Neuron {root_id: $id + 5}) SET "
RECORD = "MATCH (r:Run {run_id: 'second'})-[x:RECORDED]->(:Neuron {root_id: $id + 5}) "
#: What breaks the graph, and the checks that find it.
BROKEN = {
    "a weight": (CONNECTS + "SET c.weight = 14", {"weight_is_magnitude"}),
    "a number": (CONNECTS + "SET c.syn_count = null", {"numbers_of_connections", "sums_of_rows"}),
    "a sign": (CONNECTS + "SET c.weight_signed = -15", {"one_sign"}),
    "a connection too few": (CONNECTS + "DELETE c", {"sums_of_rows"}),
    "a connection twice": (
        "MATCH (a:Neuron {root_id: $id + 7}), (b:Neuron {root_id: $id + 8}) CREATE (a)-[:CONNECTS {syn_count: 3, "
        "weight_signed: -3, weight: 3, n_rows: 1}]->(b)", {"unique_pairs"}),
    "a connection without rows": (
        "MATCH (a:Neuron {root_id: $id + 7}), (b:Neuron {root_id: $id + 10}) CREATE (a)-[:CONNECTS {syn_count: 1, "
        "weight_signed: -1, weight: 1, n_rows: 1}]->(b)", {"merged_from_rows"}),
    "a count": (NEURON + "n.input_synapses = n.input_synapses + 1", {"input_synapses", "all_input_synapses"}),
    "another count": (NEURON + "n.output_synapses = null", {"output_synapses"}),
    "a share": (NEURON + "n.nt_known_share = 0.5", {"known_share"}),
    "a neuron's sign": (NEURON + "n.sign = 2", {"sign_of_transmitter", "one_sign"}),
    "a mark too far": (NEURON + "n.downstream = 1", {"downstream_unfounded", "downstream_missed"}),
    "a mark too few": (NEURON + "n.downstream = null", {"downstream_missed"}),
    "a mark upstream": (NEURON + "n.upstream = 1", {"upstream_unfounded", "upstream_missed"}),
    "a target": (NEURON + "n.is_target = true", {"targets"}),
    "rows": ("MATCH (:Neuron)-[s:SYNAPSES]->(:Neuron {root_id: $id + 9}) DELETE s",
             {"loaded_rows", "loaded_synapses", "all_input_synapses", "output_synapses",
              "merged_from_rows"}),
    "a row's count": ("MATCH (:Neuron)-[s:SYNAPSES]->(:Neuron {root_id: $id + 9}) SET s.syn_count = 4",
                      {"loaded_synapses", "input_synapses", "all_input_synapses", "output_synapses", "sums_of_rows"}),
    "a record": (RECORD + "DELETE x", {"recorded_neurons", "recorded_spikes", "latest_run"}),
    "spikes": (RECORD + "SET x.spike_count = 9", {"recorded_spikes", "latest_run"}),
    "the latest activity": (NEURON + "n.rate_hz = 99.5", {"latest_run"}),
}  # fmt: skip


def test_nothing_is_found_in_a_whole_graph_and_each_break_by_its_checks(connectome: Connectome, tmp_path: Path) -> None:
    assert connectome.check().empty
    summaries = {query.summary.partition(" Else: ")[0]: name.removeprefix("check/")
                 for name, query in Queries("ladybug").items() if name.startswith("check/")}  # fmt: skip
    connectome.backup(tmp_path / "whole.zip")
    seen = set()
    for what, (statement, checks) in BROKEN.items():
        connectome.cypher(statement, write=True, id=BASE)
        findings = connectome.check()
        assert {summaries[name] for name in findings["check"]} == checks, what
        assert findings["what_to_do"].str.contains("graphkit|load the files|write", case=False).all()
        seen |= checks
        for table in ("recorded", "connections", "synapses", "runs", "neurons", "datasets"):
            connectome.graph.tell(f"write/remove_{table}")
        connectome.cypher("MATCH (s:Step) DELETE s", write=True)
        connectome.restore(tmp_path / "whole.zip")
    # The engines themselves keep ids unique.
    assert seen | {"unique_neurons"} == set(summaries.values())


def test_a_stale_step_is_a_finding(connectome: Connectome) -> None:
    connectome.predict_transmitters(policy="ach_only")
    findings = connectome.check()
    assert findings["check"].tolist() == ["merge is stale", "mark is stale"]
    assert findings["what_to_do"].iloc[0] == "Repeat `graphkit merge`."


def test_the_command_ends_with_1_when_something_is_found(tmp_path: Path) -> None:
    path = tmp_path / "brain.graph"
    with connect(path) as connectome:
        with pytest.raises(GraphStateError, match="load has not been run"):
            connectome.check()
        fill(connectome)
    told = CliRunner().invoke(cli, ["check", "--graph", str(path)])
    assert (told.exit_code, told.output.split(":")[0]) == (0, "nothing was found")
    with connect(path) as connectome:
        connectome.cypher(BROKEN["a sign"][0], write=True, id=BASE)
    told = CliRunner().invoke(cli, ["check", "--graph", str(path), "--format", "csv"])
    assert told.exit_code == 1
    assert f"{BASE + 3},{BASE + 5},-15.0,15.0,Repeat graphkit merge." in told.output
