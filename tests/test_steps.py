"""What a graph says of its steps: done, unfinished, stale, interrupted."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from graphkit.connectome import Connectome, connect
from graphkit.errors import GraphStateError, GraphStateWarning, SelectionError
from graphkit.spikes import SpikeTrains
from loaders.flywire import FlyWire
from tests.connectomes import ENGINES, empty_graph, fill

A, B, C = (720575940600000000 + k for k in (1, 2, 3))


@pytest.fixture
def connectome(tmp_path: Path) -> Iterator[Connectome]:
    path = tmp_path / "connections.csv"
    path.write_text(f"pre_root_id,post_root_id,neuropil,syn_count,nt_type\n{A},{B},AL_R,5,ACH\n{B},{C},AL_R,6,GABA\n")
    with connect(tmp_path / "brain.graph") as opened:
        opened.load(FlyWire(path))
        yield opened


def states(connectome: Connectome) -> list[str]:
    return [step.state for step in connectome.steps().values()]


@pytest.mark.parametrize(
    "ask",
    [
        lambda graph: graph.predict_transmitters(),
        lambda graph: graph.predict_transmitters(overrides={A: "ACH"}),
        lambda graph: graph.merge_connections(neuropils=["AL_R"]),
        lambda graph: graph.mark_downstream([A]),
        lambda graph: graph.circuit(),
        lambda graph: graph.neurons(side="left"),
        lambda graph: graph.runs(),
        lambda graph: graph.spikes(),
        lambda graph: graph.delete_run("first"),
        lambda graph: graph.backup("graph.zip"),
        lambda graph: graph.query("analysis/counts"),
        lambda graph: graph.cypher("MATCH (n:Neuron) RETURN n.root_id AS root_id"),
        lambda graph: graph.plan("analysis/counts"),
    ],
)
def test_what_needs_a_loaded_graph_says_so(tmp_path: Path, ask: Callable[[Connectome], object]) -> None:
    with (
        connect(tmp_path / "new.graph") as new,
        pytest.raises(GraphStateError, match=r"load has not been run on this graph\. Run `graphkit load FOLDER`"),
    ):
        ask(new)
    assert list(tmp_path.iterdir()) == []


def test_a_step_needs_the_one_before_it(connectome: Connectome) -> None:
    assert states(connectome) == ["done", "missing", "missing", "missing"]
    with pytest.raises(GraphStateError, match=r"predict has not been run on this graph\. Run `graphkit predict`"):
        connectome.merge_connections()
    with pytest.raises(GraphStateError, match="predict has not been run"):
        connectome.circuit()
    connectome.predict_transmitters()
    connectome.merge_connections()
    with pytest.raises(GraphStateError, match=r"mark has not been run on this graph\. Run `graphkit mark"):
        connectome.circuit(max_downstream=2)
    assert len(connectome.circuit()) == 3


def test_a_step_before_that_was_run_again_makes_the_later_ones_stale(connectome: Connectome) -> None:
    connectome.predict_transmitters()
    connectome.merge_connections()
    connectome.mark_downstream([A], depth=2)
    assert states(connectome) == ["done"] * 4
    connectome.predict_transmitters(policy="ach_only")
    assert states(connectome) == ["done", "done", "stale", "stale"]
    with pytest.warns(GraphStateWarning, match="Repeat `graphkit merge`, then `graphkit mark --targets FILE`"):
        assert connectome.circuit(max_downstream=2).weight.tolist() == [5, -6]
    connectome.merge_connections()
    with pytest.warns(GraphStateWarning, match="Repeat `graphkit mark"):
        assert connectome.circuit(max_downstream=2).weight.tolist() == [5, 0]
    connectome.mark_downstream([A], depth=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connectome.circuit(max_downstream=2)


def test_a_failed_step_leaves_the_earlier_state(connectome: Connectome) -> None:
    connectome.predict_transmitters()
    done = connectome.steps()["predict"]

    def stop(done: int, total: int | None, unit: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        connectome.predict_transmitters(policy="ach_only", progress=stop)
    assert connectome.steps()["predict"] == done
    assert connectome.cypher("MATCH (n:Neuron) WHERE n.sign = -1 RETURN n.root_id AS id")["id"].tolist() == [B]


def test_a_killed_step_is_recognised_and_repeated(connectome: Connectome, tmp_path: Path) -> None:
    connectome.predict_transmitters()
    connectome.close()
    script = f"""
        import os, signal
        from graphkit import connect
        def die(done, total, unit):
            os.kill(os.getpid(), signal.SIGKILL)
        connect({str(tmp_path / "brain.graph")!r}).merge_connections(progress=die)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert killed.returncode == -9
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphStateWarning)  # a torn log may be recovered
        again = connect(tmp_path / "brain.graph")
    with again:
        assert again.steps()["merge"].state == "interrupted"
        with pytest.raises(GraphStateError, match=r"merge was interrupted: process .* Repeat it with `graphkit merge`"):
            again.circuit()
        with pytest.warns(GraphStateWarning, match="merge is unfinished"):
            again.cypher("MATCH (n:Neuron) RETURN count(*) AS n")
        again.merge_connections()
        assert again.circuit().to_frame()["weight_signed"].tolist() == [5, -6]


def test_a_step_that_another_process_runs_is_not_run_twice(connectome: Connectome) -> None:
    # Another process that is alive: its token under a step is what a second client of a server would find.
    with subprocess.Popen(["sleep", "60"]) as other:
        host = connectome.steps()["load"].token.split("/")[0]
        connectome.cypher(
            "MERGE (s:Step {name: 'predict'}) SET s.state = 'running', s.parameters = '{}', s.report = '{}', "
            "s.started = 'now', s.finished = '', s.token = $token, s.input_token = ''",
            write=True, token=f"{host}/{other.pid}/{psutil.Process(other.pid).create_time():.2f}/x",
        )  # fmt: skip
        assert connectome.steps()["predict"].state == "running"
        with pytest.raises(GraphStateError, match=rf"predict is being run by process {other.pid} on .* since now"):
            connectome.predict_transmitters()
        other.kill()
    assert connectome.steps()["predict"].state == "interrupted"
    with pytest.warns(GraphStateWarning, match="predict is unfinished"):
        connectome.cypher("MATCH (s:Step {name: 'predict'}) SET s.token = $t", write=True, t="elsewhere/1/0.0/x")
    with pytest.raises(GraphStateError, match="process 1 on elsewhere"):
        connectome.predict_transmitters()


def test_runs_are_kept_side_by_side(connectome: Connectome) -> None:
    first, second = run("first", [5.0, 9.0]), run("second", [7.0])
    connectome.write_back(first, all_trials=True)
    connectome.write_back(second)
    assert connectome.runs()[["run_id", "latest"]].to_dict("list") == {
        "run_id": ["second", "first"], "latest": [True, False],
    }  # fmt: skip
    nodes = connectome.cypher(
        "MATCH (n:Neuron) RETURN n.root_id AS id, n.run_id AS run, n.spike_count AS k, n.rate_hz AS rate, "
        "n.spike_times_ms AS times ORDER BY id"
    )
    assert nodes["id"].tolist() == [A, B, C]
    assert nodes["k"].tolist() == [1, 0, pd.NA]  # B was silent; C was not in the circuit
    assert nodes["rate"].tolist()[:2] == [10.0, 0.0]
    assert nodes["times"].tolist() == [[7.0], [], None]
    for written in (first, second):
        back = connectome.spikes(written.run_id)
        pd.testing.assert_frame_equal(back.to_frame(), written.to_frame())
        assert dict(back.run) == dict(written.run)
    connectome.delete_run("second")
    assert connectome.runs()["run_id"].tolist() == ["first"]
    left = connectome.cypher("MATCH (n:Neuron) WHERE n.run_id IS NOT NULL RETURN n.root_id AS id")
    assert len(left) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_activity_of_a_latest_run_that_was_deleted_is_told(engine: str, request: pytest.FixtureRequest) -> None:
    with empty_graph(engine, request) as connectome:
        fill(connectome)
        assert connectome.query("activity/active_with_input_from", nt_type="OCT").empty, "nothing is so, and no warning"
        connectome.delete_run("second")
        for name in ("most_active", "silent", "rate_by_group", "rate_by_cell_type", "active_with_input_from"):
            with pytest.warns(GraphStateWarning, match="the latest run was deleted.*The graph has: first$"):
                assert connectome.query(f"activity/{name}").empty
        with pytest.raises(SelectionError, match=r"the latest run was deleted.*The graph has: first$"):
            connectome.spikes()
        connectome.delete_run("first")
        with pytest.warns(GraphStateWarning, match="no run was written back: `graphkit simulate --write-back`"):
            connectome.query("activity/most_active")


@pytest.mark.parametrize("name", ["first", "again"])
def test_a_run_of_all_neurons_leaves_nothing_of_the_one_before(connectome: Connectome, name: str) -> None:
    both = run("first", [5.0, 9.0])
    connectome.write_back(both, all_trials=True)
    run_of_all = {**both.run, "run_id": name}
    everyone = replace(both, root_ids=np.array([C, B, A]), groups=np.repeat("rest", 3), run=run_of_all)
    connectome.write_back(everyone)
    nodes = connectome.cypher(
        "MATCH (:Run {run_id: $name})-[r:RECORDED]->(n:Neuron) RETURN n.root_id AS id, n.run_id AS run, "
        "n.spike_times_ms AS times, r.spike_count AS k, r.spike_trials IS NULL AS few ORDER BY id", name=name,
    )  # fmt: skip
    assert nodes["id"].tolist() == [A, B, C]
    assert nodes["run"].tolist() == [name] * 3
    assert nodes["times"].tolist() == [[], [], [5.0, 9.0]]
    assert nodes["k"].tolist() == [0, 0, 2]
    assert nodes["few"].all()


def test_a_run_written_twice_is_one_run(connectome: Connectome) -> None:
    connectome.write_back(run("again", [5.0]))
    connectome.write_back(run("again", [5.0]))
    recorded = connectome.cypher("MATCH (:Run)-[r:RECORDED]->(:Neuron) RETURN count(*) AS n")
    assert recorded["n"].tolist() == [2]


@pytest.mark.parametrize("name", ["first", "again"])
def test_neurons_outside_the_latest_run_have_none(connectome: Connectome, name: str) -> None:
    both = run("first", [5.0])
    connectome.write_back(both)
    alone = both.of([B])
    connectome.write_back(replace(alone, run={**alone.run, "run_id": name}))
    nodes = connectome.cypher(
        "MATCH (n:Neuron) RETURN n.root_id AS id, coalesce(n.run_id, 'none') AS run, n.spike_count AS k, "
        "n.spike_times_ms AS times ORDER BY id"
    )
    assert nodes["run"].tolist() == ["none", name, "none"]
    assert nodes["k"].tolist() == [pd.NA, 0, pd.NA]
    assert nodes["times"].tolist() == [None, [], None]


def run(run_id: str, times: list[float]) -> SpikeTrains:
    return SpikeTrains(
        root_ids=np.array([A, B]),
        groups=np.array(["rest", "rest"]),
        index=np.zeros(len(times), np.int32),
        t_ms=np.array(times),
        trial=np.zeros(len(times), np.int32),
        duration_ms=100.0,
        trials=1,
        run={"run_id": run_id, "created": f"2026-01-0{1 if run_id == 'first' else 2}", "seed": 3, "model": "fly_lif"},
    )
