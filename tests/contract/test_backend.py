"""What every engine promises: the Backend protocol, on a real engine each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from graphkit.backends import Backend, open_backend
from graphkit.errors import BackendError, GraphkitError, ParameterError, QueryError, WriteRefusedError
from graphkit.queries import ReturnedColumn
from tests.neo4j_server import Neo4jServer
from tests.pressing import stopped_by_ctrl_c

# Two neighbours above 2^53 that a float would make one.
FIRST, SECOND = 720575940628857210, 720575940628857211

Open = Callable[..., Backend]


@dataclass(frozen=True)
class Engine:
    """How an engine is addressed, what it needs to be told its own way, and what it cannot do."""

    name: str
    schema: tuple[str, ...]
    add_neurons: str
    add_connections: str
    cannot: frozenset[str] = frozenset()


ENGINES = (
    Engine(
        "ladybug",
        schema=(
            "CREATE NODE TABLE IF NOT EXISTS Neuron (root_id INT64 PRIMARY KEY, cell_type STRING, rate_hz DOUBLE, "
            "is_target BOOL, spike_times_ms DOUBLE[])",
            "CREATE REL TABLE IF NOT EXISTS CONNECTS (FROM Neuron TO Neuron, syn_count INT64)",
        ),
        add_neurons="COPY Neuron FROM $rows",
        add_connections="COPY CONNECTS FROM $rows",
        cannot=frozenset({"miss a parameter"}),
    ),
    Engine(
        "neo4j",
        schema=("CREATE CONSTRAINT neuron IF NOT EXISTS FOR (n:Neuron) REQUIRE n.root_id IS UNIQUE",),
        add_neurons="UNWIND range(0, size($rows.root_id) - 1) AS i CREATE (:Neuron {root_id: $rows.root_id[i], "
        "cell_type: $rows.cell_type[i], rate_hz: $rows.rate_hz[i], is_target: $rows.is_target[i], "
        "spike_times_ms: $rows.spike_times_ms[i]})",
        add_connections="UNWIND range(0, size($rows.pre) - 1) AS i MATCH (a:Neuron {root_id: $rows.pre[i]}) "
        "MATCH (b:Neuron {root_id: $rows.post[i]}) CREATE (a)-[:CONNECTS {syn_count: $rows.syn_count[i]}]->(b)",
        cannot=frozenset({"undo several writes"}),
    ),
)

NEURONS = pa.schema(
    {
        "root_id": pa.int64(),
        "cell_type": pa.string(),
        "rate_hz": pa.float64(),
        "is_target": pa.bool_(),
        "spike_times_ms": pa.list_(pa.float64()),
    }
)


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.name)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return each engine in turn; a test that needs what it cannot do has to fail there."""
    chosen: Engine = request.param
    for marker in request.node.iter_markers("needs"):
        if marker.args[0] in chosen.cannot:
            request.applymarker(pytest.mark.xfail(reason=f"{chosen.name} cannot {marker.args[0]}", strict=True))
    return chosen


@pytest.fixture
def connect(engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Return a function that opens the same empty graph, again and again; all are closed in the end."""
    opened: list[Backend] = []
    if engine.name == "neo4j":
        server: Neo4jServer = request.getfixturevalue("empty_neo4j")
        address, password = server.uri, server.password
    else:
        address, password = str(tmp_path / "contract.graph"), None

    def open_one(*, read_only: bool = False) -> Backend:
        backend = open_backend(address, password=password, read_only=read_only)
        opened.append(backend)
        return backend

    yield open_one
    for backend in opened:
        backend.close()


@pytest.fixture
def backend(engine: Engine, connect: Open) -> Backend:
    """Return an open engine with a schema and no data."""
    backend = connect()
    for statement in engine.schema:
        backend.write(statement, {})
    return backend


def neurons(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([{name: row.get(name) for name in NEURONS.names} for row in rows], schema=NEURONS)


def ids(backend: Backend) -> list[int]:
    found = backend.read("MATCH (n:Neuron) RETURN n.root_id AS root_id ORDER BY root_id", {})
    return [int(value) for value in found["root_id"].to_pylist()]


# ---------------------------------------------------------------------------------------------- what it says of itself


def test_names_itself(engine: Engine, backend: Backend) -> None:
    assert backend.dialect == engine.name
    assert backend.engine_version.lower().startswith(engine.name)
    assert any(digit.isdigit() for digit in backend.engine_version)
    assert backend.read_only is False
    assert backend.neurons_per_transaction is None or backend.neurons_per_transaction > 0
    assert backend.address in repr(backend)


# ---------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (SECOND, pa.int64()),
        (-(2**63), pa.int64()),
        (2**63 - 1, pa.int64()),
        (0.1, pa.float64()),
        (-0.0, pa.float64()),
        (True, pa.bool_()),
        ("", pa.string()),
        ('O\'Brien said "MATCH (n) DELETE n" // $x \\ `x` \\n \n\t;', pa.string()),
        ("Kleinhirn-Übergang 小脳 🧠 e\u0301", pa.string()),
        ([FIRST, SECOND], pa.list_(pa.int64())),
        ([0.5, 1.25], pa.list_(pa.float64())),
        (["a", "b"], pa.list_(pa.string())),
    ],
)
def test_parameter_comes_back_exactly(backend: Backend, value: object, kind: pa.DataType) -> None:
    found = backend.read("RETURN $x AS x", {"x": value})

    assert found["x"].to_pylist() == [value]
    assert str(found["x"].to_pylist()) == str([value])  # -0.0 is not 0.0, True is not 1
    assert found["x"].type.equals(kind) or found["x"].type.value_type.equals(kind.value_type)


def test_null_parameter_is_null(backend: Backend) -> None:
    assert backend.read("RETURN $x AS x, $x IS NULL AS missing", {"x": None}).to_pylist() == [
        {"x": None, "missing": True}
    ]


def test_empty_list_is_a_list(engine: Engine, backend: Backend) -> None:
    backend.write_rows(engine.add_neurons, neurons({"root_id": FIRST}))

    for condition, found in (("n.root_id IN $x", []), ("size($x) = 0 OR n.root_id IN $x", [FIRST])):
        answer = backend.read(f"MATCH (n:Neuron) WHERE {condition} RETURN n.root_id AS root_id", {"x": []})
        assert answer["root_id"].to_pylist() == found


def test_parameter_is_data(engine: Engine, backend: Backend) -> None:
    backend.write_rows(engine.add_neurons, neurons({"root_id": FIRST, "cell_type": "x'}) DETACH DELETE n //"}))

    found = backend.read(
        "MATCH (n:Neuron) WHERE n.cell_type = $t RETURN n.root_id AS root_id", {"t": "x'}) DETACH DELETE n //"}
    )

    assert found["root_id"].to_pylist() == [FIRST]


def test_whole_number_beyond_64_bits_is_refused(backend: Backend) -> None:
    with pytest.raises(GraphkitError):
        backend.read("RETURN $x AS x", {"x": 2**63})


@pytest.mark.needs("miss a parameter")
def test_missing_parameter_is_an_error(backend: Backend) -> None:
    with pytest.raises(ParameterError, match="x"):
        backend.read("RETURN $x AS x", {})


# ---------------------------------------------------------------------------------------------- rows written


def test_rows_come_back_as_written(engine: Engine, backend: Backend) -> None:
    rows = neurons(
        {"root_id": FIRST, "cell_type": "ORN_DM6", "rate_hz": 0.1, "is_target": True, "spike_times_ms": [0.1, 2.5]},
        {"root_id": SECOND},
        {"root_id": -5, "cell_type": "", "rate_hz": 0.0, "is_target": False, "spike_times_ms": []},
    )

    backend.write_rows(engine.add_neurons, rows)

    found = backend.read(
        "MATCH (n:Neuron) RETURN n.root_id AS root_id, n.cell_type AS cell_type, n.rate_hz AS rate_hz, "
        "n.is_target AS is_target, n.spike_times_ms AS spike_times_ms ORDER BY root_id",
        {},
    )
    assert found.to_pylist() == rows.sort_by("root_id").to_pylist()
    assert found.schema.field("root_id").type == pa.int64()


def test_relationships_join_what_the_rows_name(engine: Engine, backend: Backend) -> None:
    backend.write_rows(engine.add_neurons, neurons({"root_id": FIRST}, {"root_id": SECOND}))
    backend.write_rows(engine.add_connections, pa.table({"pre": [FIRST], "post": [SECOND], "syn_count": [7]}))

    found = backend.read(
        "MATCH (a:Neuron)-[c:CONNECTS]->(b:Neuron) RETURN a.root_id AS pre, b.root_id AS post, c.syn_count AS n", {}
    )
    assert found.to_pylist() == [{"pre": FIRST, "post": SECOND, "n": 7}]


def test_no_rows_write_nothing(engine: Engine, backend: Backend) -> None:
    backend.write_rows(engine.add_neurons, neurons())

    assert ids(backend) == []


def test_many_rows_are_all_written_and_told(engine: Engine, backend: Backend) -> None:
    count = 10_123  # no multiple of a batch
    rows = pa.table(
        {
            "root_id": pa.array(range(FIRST, FIRST + count), pa.int64()),
            "cell_type": pa.nulls(count, pa.string()),
            "rate_hz": pa.nulls(count, pa.float64()),
            "is_target": pa.nulls(count, pa.bool_()),
            "spike_times_ms": pa.nulls(count, pa.list_(pa.float64())),
        }
    )
    told: list[tuple[int, int | None, str]] = []

    backend.write_rows(engine.add_neurons, rows, lambda done, total, unit: told.append((done, total, unit)))

    assert ids(backend) == list(range(FIRST, FIRST + count))
    assert told[-1] == (count, count, "rows")
    assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})


def test_duplicate_key_is_an_error_and_leaves_the_graph(engine: Engine, backend: Backend) -> None:
    backend.write_rows(engine.add_neurons, neurons({"root_id": FIRST}))

    with pytest.raises(BackendError):
        backend.write_rows(engine.add_neurons, neurons({"root_id": SECOND}, {"root_id": FIRST}))

    assert ids(backend) == [FIRST]


# ---------------------------------------------------------------------------------------------- answers


def test_columns_are_in_the_order_of_the_statement(backend: Backend) -> None:
    assert backend.read("RETURN 1 AS z, 2 AS a, 3 AS m", {}).column_names == ["z", "a", "m"]


def test_empty_answer_keeps_its_columns(backend: Backend) -> None:
    found = backend.read("MATCH (n:Neuron) RETURN n.rate_hz AS rate_hz, n.root_id AS root_id", {})

    assert found.num_rows == 0
    assert found.column_names == ["rate_hz", "root_id"]


def test_null_among_ids_leaves_them_exact(backend: Backend) -> None:
    found = backend.read("UNWIND $ids AS id RETURN CASE WHEN id > 0 THEN id ELSE null END AS id", {"ids": [FIRST, -1]})

    assert found["id"].type == pa.int64()
    assert found["id"].to_pylist() == [FIRST, None]


def test_collected_ids_are_exact(backend: Backend) -> None:
    found = backend.read("UNWIND $ids AS id RETURN collect(id) AS ids", {"ids": [FIRST, SECOND]})

    assert found["ids"].to_pylist() == [[FIRST, SECOND]]


def test_node_and_relationship_come_as_structs(engine: Engine, backend: Backend) -> None:
    backend.write_rows(engine.add_neurons, neurons({"root_id": FIRST, "cell_type": "PN"}, {"root_id": SECOND}))
    backend.write_rows(engine.add_connections, pa.table({"pre": [FIRST], "post": [SECOND], "syn_count": [7]}))

    (row,) = backend.read("MATCH (a:Neuron)-[c:CONNECTS]->(b:Neuron) RETURN a, c", {}).to_pylist()

    assert (row["a"]["_LABEL"], row["a"]["root_id"], row["a"]["cell_type"]) == ("Neuron", FIRST, "PN")
    assert (row["c"]["_LABEL"], row["c"]["syn_count"]) == ("CONNECTS", 7)


def test_path_comes_as_nodes_and_relationships(engine: Engine, backend: Backend) -> None:
    backend.write_rows(engine.add_neurons, neurons({"root_id": FIRST}, {"root_id": SECOND}))
    backend.write_rows(engine.add_connections, pa.table({"pre": [FIRST], "post": [SECOND], "syn_count": [7]}))

    (row,) = backend.read("MATCH p = (a:Neuron)-[c:CONNECTS]->(b:Neuron) RETURN p", {}).to_pylist()

    assert [node["root_id"] for node in row["p"]["_NODES"]] == [FIRST, SECOND]
    assert [connection["syn_count"] for connection in row["p"]["_RELS"]] == [7]


@pytest.mark.parametrize(("limit", "rows"), [(0, 0), (1, 1), (10, 10), (11, 10), (None, 10)])
def test_limit_bounds_the_rows(backend: Backend, limit: int | None, rows: int) -> None:
    found = backend.read("UNWIND range(1, 10) AS i RETURN i AS i ORDER BY i", {}, limit=limit)

    assert found["i"].to_pylist() == list(range(1, rows + 1))
    assert found.column_names == ["i"]


def test_several_answers_come_as_one_table_in_their_order(backend: Backend) -> None:
    columns = (ReturnedColumn("id", "int", nullable=False), ReturnedColumn("side", "str", nullable=True))
    text = (
        "// Two lines,\n// and a column that has nothing in one of the answers.\n"
        "UNWIND $ids AS id WITH id WHERE id > 0 "
        "RETURN id AS id, CASE WHEN id > 5 THEN 'left' ELSE null END AS side ORDER BY id"
    )

    found = backend.read_each(text, [{"ids": ids} for ids in ([SECOND, FIRST], [-1], [2, 1], [9])], columns)

    assert found.column_names == ["id", "side"]
    assert found["id"].to_pylist() == [FIRST, SECOND, 1, 2, 9]
    assert found["side"].to_pylist() == ["left", "left", None, None, "left"]


# ---------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (n:Neuron {root_id: 1})",
        "MATCH (n:Neuron) SET n.rate_hz = 1.0",
        "MATCH (n:Neuron) DETACH DELETE n",
        "MERGE (n:Neuron {root_id: 1})",
    ],
)
def test_reading_refuses_to_write(engine: Engine, backend: Backend, text: str) -> None:
    backend.write_rows(engine.add_neurons, neurons({"root_id": FIRST, "rate_hz": 2.0}))

    with pytest.raises(WriteRefusedError):
        backend.read(text, {})

    found = backend.read("MATCH (n:Neuron) RETURN n.root_id AS root_id, n.rate_hz AS rate_hz", {})
    assert found.to_pylist() == [{"root_id": FIRST, "rate_hz": 2.0}]


def test_opened_to_read_only_it_refuses_to_write(engine: Engine, backend: Backend, connect: Open) -> None:
    backend.write_rows(engine.add_neurons, neurons({"root_id": FIRST}))
    backend.close()

    reader = connect(read_only=True)

    assert reader.read_only is True
    assert ids(reader) == [FIRST]
    with pytest.raises(WriteRefusedError):
        reader.write("CREATE (n:Neuron {root_id: 1})", {})
    with pytest.raises(WriteRefusedError):
        reader.execute("CREATE (n:Neuron {root_id: 1})", {})
    with pytest.raises(WriteRefusedError):
        reader.write_rows(engine.add_neurons, neurons({"root_id": SECOND}))
    assert ids(reader) == [FIRST]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("RETRUN 1 AS x", r"line:? 1.*(\n.*)*\^"),
        ("// a comment\nMATCH (n:Neuron)\nRETURN n.root_id AS root_id ORDR BY root_id", r"line:? 3.*(\n.*)*\^"),
        ("MATCH (n:Neuron) RETURN nobody.root_id AS x", "nobody"),
        ("MATCH (n:Neuron) RETURN nonsense(n) AS x", "(?i)nonsense"),
        ("", "."),
    ],
)
def test_what_is_not_understood_is_named(backend: Backend, text: str, place: str) -> None:
    with pytest.raises(QueryError, match=place):
        backend.read(text, {})

    assert backend.read("RETURN 1 AS x", {}).to_pylist() == [{"x": 1}]  # and the engine goes on


ENDLESS = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a * b AS c WHERE c % 7 = 3 RETURN sum(c) AS c"


def test_time_limit_stops_a_long_query(backend: Backend) -> None:
    with pytest.raises(BackendError, match="time limit"):
        backend.read(ENDLESS, {}, timeout_s=0.3)

    assert backend.read("RETURN 1 AS x", {}, timeout_s=30).to_pylist() == [{"x": 1}]


def test_another_thread_stops_a_long_query_and_no_other(connect: Open) -> None:
    asking, bystander = connect(), connect(read_only=True)
    bystander.stop()  # reads nothing
    timer = threading.Timer(1.0, asking.stop)
    timer.start()

    with pytest.raises(BackendError, match=r"the query was stopped$"):
        asking.read(ENDLESS, {}, timeout_s=120)

    timer.join()
    assert asking.read("RETURN 1 AS x", {}, timeout_s=30).to_pylist() == [{"x": 1}]
    assert bystander.read("RETURN 2 AS x", {}).to_pylist() == [{"x": 2}]
    with pytest.raises(BackendError, match="time limit"):  # and a limit is told as one again
        asking.read(ENDLESS, {}, timeout_s=0.3)


def test_ctrl_c_ends_a_long_query(backend: Backend) -> None:
    with stopped_by_ctrl_c():
        backend.read(ENDLESS, {}, timeout_s=60)

    assert backend.read("RETURN 1 AS x", {}, timeout_s=30).to_pylist() == [{"x": 1}]


def test_another_thread_stops_reading_in_parts(backend: Backend) -> None:
    timer = threading.Timer(1.0, backend.stop)
    timer.start()

    with pytest.raises(BackendError, match=r"the query was stopped$"):
        backend.read_each(ENDLESS, [{}], [ReturnedColumn("c", "int", nullable=False)])

    timer.join()


# ---------------------------------------------------------------------------------------------- writing


def test_execute_writes_and_answers(backend: Backend) -> None:
    found = backend.execute("CREATE (n:Neuron {root_id: $id}) RETURN n.root_id AS root_id", {"id": FIRST})

    assert found.to_pylist() == [{"root_id": FIRST}]
    assert ids(backend) == [FIRST]


def test_execute_without_rows_answers_with_none(backend: Backend) -> None:
    assert backend.execute("MATCH (n:Neuron) WHERE n.root_id = 1 RETURN n.root_id AS x", {}).num_rows == 0


def test_transaction_keeps_its_writes_and_sees_them(engine: Engine, backend: Backend) -> None:
    with backend.transaction():
        backend.write("CREATE (n:Neuron {root_id: $id})", {"id": FIRST})
        backend.write_rows(engine.add_neurons, neurons({"root_id": SECOND}))
        assert ids(backend) == [FIRST, SECOND]

    assert ids(backend) == [FIRST, SECOND]


@pytest.mark.needs("undo several writes")
def test_transaction_that_raises_is_undone_whole(engine: Engine, backend: Backend) -> None:
    def interrupted() -> None:
        with backend.transaction():
            backend.write("CREATE (n:Neuron {root_id: $id})", {"id": FIRST})
            backend.write_rows(engine.add_neurons, neurons({"root_id": SECOND}))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert ids(backend) == []


def test_engine_says_whether_a_transaction_holds_a_step(engine: Engine, backend: Backend) -> None:
    assert (backend.neurons_per_transaction is None) == ("undo several writes" not in engine.cannot)


def test_failed_transaction_leaves_the_engine_usable(backend: Backend) -> None:
    with pytest.raises(QueryError), backend.transaction():
        backend.write("CREATE (n:Neuron {root_id: 1) nonsense", {})

    with backend.transaction():
        backend.write("CREATE (n:Neuron {root_id: $id})", {"id": SECOND})
    assert ids(backend) == [SECOND]


def test_what_was_written_is_there_when_opened_again(engine: Engine, backend: Backend, connect: Open) -> None:
    backend.write_rows(engine.add_neurons, neurons({"root_id": FIRST, "cell_type": "PN"}))
    backend.write("MATCH (n:Neuron) SET n.rate_hz = $rate", {"rate": 1.5})
    backend.close()

    found = connect().read("MATCH (n:Neuron) RETURN n.root_id AS id, n.cell_type AS type, n.rate_hz AS rate", {})

    assert found.to_pylist() == [{"id": FIRST, "type": "PN", "rate": 1.5}]
