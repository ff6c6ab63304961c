"""Neo4j's backend beyond the contract: errors, credentials, schemes, values that only a server has."""

from __future__ import annotations

import ast
import errno
import json
import logging
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pytest

from graphkit import connect
from graphkit.backends.neo4j import Neo4jBackend
from graphkit.cli import main
from graphkit.errors import (
    BackendError,
    CredentialsError,
    GraphkitError,
    GraphStateError,
    QueryError,
    ServerUnavailableError,
    WriteRefusedError,
)
from graphkit.graph import Graph
from graphkit.queries import Queries, ReturnedColumn
from graphkit.synthetic import generate
from loaders.generated import Generated
from tests.connectomes import fill
from tests.neo4j_server import Neo4jServer
from tests.pressing import stopped_by_ctrl_c

SECRET = "korrekt-pferd-batterie"


@pytest.fixture
def backend(empty_neo4j: Neo4jServer) -> Iterator[Neo4jBackend]:
    backend = Neo4jBackend(empty_neo4j.uri, password=empty_neo4j.password)
    yield backend
    backend.close()


@pytest.fixture
def nobody() -> Iterator[str]:
    """Return an address whose port is taken by something that does not listen."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{silent.getsockname()[1]}"


def everything_said(error: BaseException | None) -> str:
    said = ""
    while error is not None:
        said += f"{error} {error!r} {error.args}"
        error = error.__cause__
    return said


# ---------------------------------------------------------------------------------------------- opening


def test_wrong_password(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(CredentialsError, match="NEO4J_PASSWORD") as refusal:
        Neo4jBackend(neo4j_server.uri, password=SECRET)

    assert "was refused" in str(refusal.value)
    assert SECRET not in everything_said(refusal.value)


def test_no_password(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(CredentialsError, match="none was given"):
        Neo4jBackend(neo4j_server.uri)


def test_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(CredentialsError) as refusal:
        Neo4jBackend(f"bolt://neo4j:{SECRET}@localhost:7687")

    assert SECRET not in everything_said(refusal.value)


@pytest.mark.parametrize("address", ["bolt://neo4j:{}/1@localhost", "bolt://neo4j:{}#1@localhost:7687"])
def test_password_with_signs_in_the_address_is_not_repeated(address: str) -> None:
    with pytest.raises(CredentialsError) as refusal:
        Neo4jBackend(address.format(SECRET), password=SECRET)
    assert SECRET not in everything_said(refusal.value)


@pytest.mark.parametrize("rest", ["", ":7687", "localhost:bolt", "localhost:99999", "localhost:0", "[::1"])
def test_address_of_no_server(rest: str) -> None:
    with pytest.raises(BackendError, match=r"no address of a server. Give bolt://host:port"):
        Neo4jBackend(f"bolt://{rest}", password=SECRET)


def test_database_in_the_address_is_not_left_aside(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(BackendError, match="--database flywire"):
        Neo4jBackend(f"{neo4j_server.uri}/flywire", password=neo4j_server.password)
    Neo4jBackend(f"{neo4j_server.uri}/", password=neo4j_server.password).close()


def test_database_of_users_holds_no_connectome(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(BackendError, match="holds users and databases, no connectome"):
        Neo4jBackend(neo4j_server.uri, password=neo4j_server.password, database="system")


def test_password_is_in_nothing_that_is_shown_logged_or_kept(
    empty_neo4j: Neo4jServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", empty_neo4j.password)
    monkeypatch.setenv("GRAPHKIT_GRAPH", empty_neo4j.uri)
    caplog.set_level(logging.DEBUG)
    generate(tmp_path / "files", neurons=60, edges=300, seed=1)
    targets = str(tmp_path / "files" / "target_neurons.csv")
    for arguments in (
        ["load", str(tmp_path / "files")],
        ["predict"],
        ["merge"],
        ["mark", "--targets", targets],
        ["simulate", "--duration-ms", "10", "--engine", "event_driven", "--out", str(tmp_path / "out"), "--write-back"],
        ["info"],
        ["cypher", "RETRUN 1"],
        ["cypher", "CREATE (n)"],
        ["query", "analysis/nothing"],
        ["load", str(tmp_path / "nowhere")],
        ["info", "--graph", "bolt://127.0.0.1:1"],
    ):
        monkeypatch.setattr("sys.argv", ["graphkit", "-vv", *arguments])
        with pytest.raises(SystemExit):
            main()
    shown = "".join(capfd.readouterr())
    with connect(empty_neo4j.uri, password=empty_neo4j.password) as connectome:
        shown += repr(connectome) + repr(connectome.graph.backend) + json.dumps(connectome.info(), default=str)
        kept = connectome.graph.backend.read("MATCH (n) RETURN properties(n) AS kept", {})
        assert connectome.info()["runs"] == 1
    shown += str(kept.to_pylist())
    for path in (tmp_path / "out").rglob("*"):
        shown += path.read_bytes().decode("latin-1") if path.is_file() else ""

    assert "a_avg" in shown
    assert len(caplog.text) > 1000
    assert empty_neo4j.password not in shown
    assert empty_neo4j.password not in caplog.text


def test_password_is_not_shown(backend: Neo4jBackend, empty_neo4j: Neo4jServer) -> None:
    with pytest.raises(QueryError) as refusal:
        backend.read("RETRUN 1", {})

    for shown in (repr(backend), str(backend), backend.address, everything_said(refusal.value)):
        assert empty_neo4j.password not in shown


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_nobody_answers(scheme: str, nobody: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ServerUnavailableError, match="docker compose up") as refusal:
        Neo4jBackend(f"{scheme}://{nobody}", password=SECRET)

    assert nobody in str(refusal.value)
    assert str(refusal.value).endswith(f"({os.strerror(errno.ECONNREFUSED)})")
    assert SECRET not in everything_said(refusal.value)
    assert capfd.readouterr().err == ""


def test_address_that_does_not_exist() -> None:
    with pytest.raises(ServerUnavailableError, match=r"nowhere\.invalid"):
        Neo4jBackend("bolt://nowhere.invalid:7687", password=SECRET)


def test_tls_where_the_server_has_none(neo4j_server: Neo4jServer) -> None:
    for scheme in ("bolt+s", "bolt+ssc", "neo4j+s", "neo4j+ssc"):
        with pytest.raises(ServerUnavailableError, match="TLS"):
            Neo4jBackend(neo4j_server.uri.replace("bolt", scheme), password=neo4j_server.password)


def test_unknown_database(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(BackendError, match="no database 'brain'"):
        Neo4jBackend(neo4j_server.uri, password=neo4j_server.password, database="brain")


def test_routing_reads_what_was_written(empty_neo4j: Neo4jServer) -> None:
    backend = Neo4jBackend(empty_neo4j.uri.replace("bolt", "neo4j"), password=empty_neo4j.password, database="neo4j")
    for number in range(5):
        backend.write("CREATE (:Step {name: $name})", {"name": str(number)})
        found = backend.read("MATCH (s:Step) RETURN count(s) AS n", {})
        assert found.to_pylist() == [{"n": number + 1}]
    backend.close()


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_reads_and_writes_are_sent_with_mode_database_and_bookmarks(
    empty_neo4j: Neo4jServer, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "neo4j.io")
    backend = Neo4jBackend(empty_neo4j.uri.replace("bolt", scheme), password=empty_neo4j.password, database="neo4j")
    backend.write("CREATE (:Step {name: 'load'})", {})
    backend.read("MATCH (s:Step) RETURN count(s) AS n", {})
    backend.write("MATCH (s:Step) SET s.state = 'done'", {})
    backend.close()

    sent = [message.partition("C: BEGIN ")[2] for message in caplog.messages]
    first, reading, second = [ast.literal_eval(one) for one in sent if one]
    assert [one.get("mode", "w") for one in (first, reading, second)] == ["w", "r", "w"]
    assert {one["db"] for one in (first, reading, second)} == {"neo4j"}
    assert reading["bookmarks"] != first.get("bookmarks")
    assert reading["bookmarks"]
    assert second["bookmarks"]
    assert any("C: ROUTE" in message for message in caplog.messages) == (scheme == "neo4j")
    assert empty_neo4j.password not in caplog.text


def test_database_is_named(backend: Neo4jBackend) -> None:
    assert repr(backend).endswith("database='neo4j')")


# ---------------------------------------------------------------------------------------------- what reading refuses


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX FOR (n:Neuron) ON (n.side)",
        "CREATE CONSTRAINT FOR (n:Neuron) REQUIRE n.root_id IS UNIQUE",
        "DROP INDEX nothing IF EXISTS",
        "CALL db.createLabel('Neuron')",
        "MATCH (n) CALL (n) { CREATE (:Copy) } RETURN count(n) AS n",
        "FOREACH (i IN [1] | CREATE (:Copy))",
    ],
)
def test_reading_refuses(backend: Neo4jBackend, text: str) -> None:
    backend.write("CREATE (:Neuron)", {})

    with pytest.raises(WriteRefusedError, match="write=True"):
        backend.read(text, {})

    assert backend.read("MATCH (n) RETURN count(n) AS n", {}).to_pylist() == [{"n": 1}]
    assert backend.read("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name", {}).num_rows == 0


def test_reading_files_of_the_server_fails_even_when_it_is_sent(backend: Neo4jBackend) -> None:
    with pytest.raises(GraphkitError):
        backend.read("LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line", {})


# ---------------------------------------------------------------------------------------------- errors


def test_syntax_error_shows_the_line_and_leaves_out_the_list_of_words(backend: Neo4jBackend) -> None:
    with pytest.raises(QueryError) as refusal:
        backend.read("// header\nMATCH (n:Neuron)\nRETRUN n.root_id AS root_id", {})

    assert str(refusal.value).splitlines()[-2:] == ["  RETRUN n.root_id AS root_id", "  ^"]
    assert str(refusal.value).startswith("line 3, column 1: ")
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    "text",
    [
        "RETURN 1 / 0 AS x",
        "RETURN toInteger({a: 1}) AS x",
        "CALL no.such.procedure() YIELD x RETURN x",
        "MATCH (n) RETURN n; MATCH (m) RETURN m",
    ],
)
def test_statement_that_cannot_be_run_is_a_query_error(backend: Neo4jBackend, text: str) -> None:
    with pytest.raises(QueryError):
        backend.read(text, {})


def test_statement_that_does_not_fit_into_memory(backend: Neo4jBackend) -> None:
    with pytest.raises(BackendError, match="memory") as refusal:
        backend.read(
            "UNWIND range(1, 1000000) AS i WITH collect($long + toString(i)) AS many RETURN size(many) AS n",
            {"long": "x" * 100_000},
        )

    assert "NEO4J_HEAP" in str(refusal.value)


# ---------------------------------------------------------------------------------------------- values


def test_values_of_the_server_become_plain(backend: Neo4jBackend) -> None:
    found = backend.read(
        "RETURN date('2026-01-02') AS date, duration('P1DT2S') AS duration, datetime('2026-01-02T03:04:05Z') AS time, "
        "point({x: 1, y: 2}) AS point, {a: 1, b: [date('2026-01-02')]} AS map",
        {},
    )

    (row,) = found.to_pylist()
    assert row["date"] == "2026-01-02"
    assert row["duration"] == "P1DT2S"
    assert row["time"].startswith("2026-01-02T03:04:05")
    assert "1.0 2.0" in row["point"] or "1.0, 2.0" in row["point"]
    assert row["map"] == {"a": 1, "b": ["2026-01-02"]}


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ("1, 'a', null, [1]", pa.string(), ["1", "a", None, "[1]"]),
        ("1, 0.5", pa.float64(), [1.0, 0.5]),
        # 2^60 + 1 is no float, and must not become one because a fraction stands below it.
        ("1152921504606846977, 0.5", pa.string(), ["1152921504606846977", "0.5"]),
        ("true, 1", pa.string(), ["true", "1"]),
        ("null, null", pa.null(), [None, None]),
        ("{a: 1}, {b: 'x'}", None, [{"a": 1, "b": None}, {"a": None, "b": "x"}]),
    ],
)
def test_mixed_column(backend: Neo4jBackend, values: str, kind: pa.DataType | None, expected: list[object]) -> None:
    found = backend.read(f"UNWIND [{values}] AS x RETURN x", {})

    assert found["x"].to_pylist() == expected
    assert kind is None or found["x"].type == kind


def test_missing_value_where_none_may_be_is_refused(backend: Neo4jBackend) -> None:
    columns = [ReturnedColumn("id", "int", nullable=False), ReturnedColumn("syn_count", "int", nullable=False)]
    text = "UNWIND [1, 2] AS id RETURN id AS id, CASE id WHEN 2 THEN 5 ELSE null END AS syn_count ORDER BY id"

    with pytest.raises(QueryError, match="a null in syn_count, which its header declares as int"):
        backend.read_each(text, [{}], columns)


def test_circuit_is_the_same_in_one_part_and_in_many(empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(empty_neo4j.uri, password=empty_neo4j.password) as connectome:
        fill(connectome)
        ids = connectome.query("select/all_root_ids")["root_id"].tolist()
        ways: list[dict[str, Any]] = [{"max_downstream": 1}, {"neurons": ids[1:]}, {}]
        before = [connectome.circuit(**way) for way in ways]
        assert len(before[-1].pre) == len(connectome.query("select/all_connections"))
        monkeypatch.setattr("graphkit.graph.READ_RATIO", 1)
        monkeypatch.setattr("graphkit.graph.ALONE_RATIO", 1)
        monkeypatch.setattr(Neo4jBackend, "neurons_per_transaction", 2)
        assert connectome.query("select/all_root_ids")["root_id"].tolist() == ids
        for whole, way in zip(before, ways, strict=True):
            parts = connectome.circuit(**way)
            assert len(whole.pre) > 2
            pd.testing.assert_frame_equal(whole.to_frame(), parts.to_frame())
            pd.testing.assert_frame_equal(whole.neurons(), parts.neurons())


# ---------------------------------------------------------------------------------------------- writing


@pytest.mark.parametrize("signed_by", ["neuron", "row"])
def test_pairs_are_the_same_merged_at_once_and_in_parts(
    signed_by: Literal["neuron", "row"], empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(empty_neo4j.uri, password=empty_neo4j.password) as connectome:
        fill(connectome)
        connectome.cypher(
            "MATCH (n:Neuron) WITH n ORDER BY n.root_id LIMIT 1 "
            "CREATE (n)-[:SYNAPSES {neuropil: 'AL_L', syn_count: 3, nt_type: 'ACH'}]->(n)", write=True,
        )  # fmt: skip
        merged = []
        for neurons in (500, 1):
            monkeypatch.setattr(Neo4jBackend, "neurons_per_transaction", neurons)
            connectome.merge_connections(
                signed_by=signed_by, neuropils=connectome.query("analysis/neuropils")["neuropil"]
            )
            merged.append(
                connectome.query("backup/connects").sort_values(["pre_root_id", "post_root_id"], ignore_index=True)
            )
        assert len(merged[0]) > 5
        assert (merged[0]["pre_root_id"] == merged[0]["post_root_id"]).any()
        pd.testing.assert_frame_equal(merged[0], merged[1])


@pytest.mark.parametrize("label", ["Neuron", "Run"])
def test_a_database_with_data_of_others_is_left_as_it_is(
    backend: Neo4jBackend, empty_neo4j: Neo4jServer, tmp_path: Path, label: str
) -> None:
    generate(tmp_path / "brain", neurons=50, edges=200)
    with connect(tmp_path / "brain.graph") as embedded:
        fill(embedded)
        embedded.backup(tmp_path / "brain.zip")
    backend.execute("CREATE (:Person)", {})  # under a label of its own it is in nobody's way
    backend.execute(f"CREATE (:{label} {{bodyId: 1, root_id: 'AVAL'}})-[:ConnectsTo]->(:{label} {{bodyId: 2}})", {})
    with connect(empty_neo4j.uri, password=empty_neo4j.password) as connectome:
        for replace in (False, True):
            with pytest.raises(GraphStateError, match=f"2 :{label}. Give graphkit a database of its own"):
                connectome.load(Generated(tmp_path / "brain"), replace=replace)
        with pytest.raises(GraphStateError, match=f"2 :{label}"):
            connectome.restore(tmp_path / "brain.zip")
        everything = "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN count(n) AS nodes, count(r) AS relationships"
        assert connectome.cypher(everything).iloc[0].tolist() == [3, 1]
        assert connectome.cypher("SHOW CONSTRAINTS").empty
        connectome.cypher(f"MATCH (n:{label}) DETACH DELETE n", write=True)
        connectome.load(Generated(tmp_path / "brain"))
        # What others write afterwards is told, too.
        connectome.cypher("CREATE (:Neuron {root_id: 'AVAL'})", write=True)
        with pytest.raises(QueryError, match=r"no int .*AVAL.*something else than graphkit"):
            connectome.predict_transmitters()


def test_ctrl_c_ends_a_long_statement_that_writes_on_the_server_too(backend: Neo4jBackend) -> None:
    endless = "UNWIND range(1, 10000000000) AS a WITH a WHERE a % 7 = 9 CREATE (:Step)"
    with stopped_by_ctrl_c():
        backend.execute(f"{endless} RETURN count(*) AS n", {}, timeout_s=60)
    running = "SHOW TRANSACTIONS YIELD currentQuery AS text WHERE text STARTS WITH 'UNWIND' RETURN text"
    assert backend.read(running, {}).num_rows == 0


def test_rows_are_sent_in_batches(backend: Neo4jBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphkit.backends.neo4j.ROWS_PER_TRANSACTION", 10)
    told: list[tuple[int, int | None]] = []

    backend.write_rows(
        "CREATE (t:Transaction {rows: size($rows.root_id), first: $rows.root_id[0]})",
        pa.table({"root_id": pa.chunked_array([range(7), range(7, 25)], pa.int64())}),
        lambda done, total, unit: told.append((done, total)),
    )

    found = backend.read("MATCH (t:Transaction) RETURN t.rows AS rows, t.first AS first ORDER BY first", {})
    assert found.to_pylist() == [{"rows": 10, "first": 0}, {"rows": 10, "first": 10}, {"rows": 5, "first": 20}]
    assert told == [(10, 25), (20, 25), (25, 25)]


def test_the_drivers_log_is_not_given_what_tables_hold(backend: Neo4jBackend, caplog: pytest.LogCaptureFixture) -> None:
    # The driver makes the text of every message, logged or not: of a batch of spike times it takes longer than sending.
    rows = pa.table({"run_id": ["run"], "root_id": [720575940628857210], "spike_times_ms": [[0.123456]]})
    with caplog.at_level(logging.DEBUG, "neo4j"):
        backend.write_rows("CREATE (t:Sent {root_id: $rows.root_id[0], times: $rows.spike_times_ms[0]})", rows)

    assert "table of run_id, root_id, spike_times_ms" in caplog.text
    assert not {"720575940628857210", "0.123456"} & set(re.findall(r"[\d.]+", caplog.text))
    found = backend.read("MATCH (t:Sent) RETURN t.root_id AS root_id, t.times AS times", {})
    assert found.to_pylist() == [{"root_id": 720575940628857210, "times": [0.123456]}]


def test_columns_without_any_value_are_not_sent(backend: Neo4jBackend) -> None:
    rows = pa.table({"root_id": [1, 2], "side": pa.nulls(2, pa.string()), "sign": [None, 1]})
    answer = backend.read("RETURN size(keys($rows)) AS sent, $rows.side[1] AS side, $rows.sign AS sign", {"rows": rows})
    assert answer.to_pylist() == [{"sent": 2, "side": None, "sign": [None, 1]}]


def test_a_run_of_all_is_not_written_past_a_neuron_that_it_lacks(backend: Neo4jBackend) -> None:
    queries, ids = Queries("neo4j"), [1, 2, 3]
    for root_id in ids:
        backend.write("CREATE (:Neuron {root_id: $id})", {"id": root_id})
    backend.write("CREATE (:Run {run_id: 'one'})", {})
    values = {name: pa.array([4] * 3) for name in ("spike_count", "rate_hz", "rate_sd_hz", "first_spike_ms")}
    lists = {name: pa.nulls(3) for name in ("spike_times_ms", "spike_trials", "latest_times_ms")}
    rows = pa.table({"run_id": ["one"] * 3, "root_id": ids, **values, **lists})
    with pytest.raises(QueryError, match="range"):
        backend.write_rows(queries["write/recorded_of_all"].text, rows.take([0, 2]))
    recorded = (
        "MATCH (:Run {run_id: 'one'})-[r:RECORDED]->(n:Neuron) RETURN n.root_id AS id, n.run_id AS run ORDER BY id"
    )
    assert backend.read(recorded, {}).num_rows == 0

    backend.write_rows(queries["write/recorded_of_all"].text, rows)
    assert backend.read(recorded, {}).to_pylist() == [{"id": root_id, "run": "one"} for root_id in ids]


def test_fewer_rows_are_sent_at_once_where_each_holds_much(
    backend: Neo4jBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphkit.backends.neo4j.BYTES_PER_TRANSACTION", 4_000)
    rows = pa.table({"run_id": ["run"] * 6, "root_id": range(6), "spike_times_ms": [[0.5] * 200] * 6})

    backend.write_rows("CREATE (t:Transaction {rows: size($rows.root_id), first: $rows.root_id[0]})", rows)

    found = backend.read("MATCH (t:Transaction) RETURN t.rows AS rows, t.first AS first ORDER BY first", {})
    assert found.to_pylist() == [{"rows": 3, "first": 0}, {"rows": 3, "first": 3}]


def test_statement_may_commit_in_parts_of_its_own(backend: Neo4jBackend) -> None:
    backend.write("UNWIND range(1, 25) AS i CREATE (:Neuron {root_id: i})", {})

    backend.write("MATCH (n:Neuron) CALL (n) { SET n.sign = 1 } IN TRANSACTIONS OF 10 ROWS", {})
    backend.write("MATCH (n:Neuron) CALL (n) { SET n.sign = n.sign + 1 } IN 2 CONCURRENT TRANSACTIONS OF 10 ROWS", {})

    assert backend.read("MATCH (n:Neuron) RETURN sum(n.sign) AS n", {}).to_pylist() == [{"n": 50}]


# ---------------------------------------------------------------------------------------------- packaged statements


def test_schema_is_made_once_and_holds(backend: Neo4jBackend) -> None:
    graph = Graph(backend)
    assert not graph.has_schema()

    graph.create_schema()
    graph.create_schema()

    assert graph.has_schema()
    for label, key in (("Neuron", "root_id"), ("Run", "run_id"), ("Dataset", "name"), ("Step", "name")):
        backend.write(f"CREATE (:{label} {{{key}: 1}})", {})
        with pytest.raises(BackendError, match="already exists"):
            backend.write(f"CREATE (:{label} {{{key}: 1}})", {})
    made = backend.read("SHOW INDEXES YIELD name, state WHERE name STARTS WITH 'neuron_' RETURN name, state", {})
    assert set(made["name"].to_pylist()) >= {"neuron_root_id", "neuron_cell_type", "neuron_downstream"}
