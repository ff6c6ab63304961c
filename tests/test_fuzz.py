"""Random statements whose answers pandas knows: what an upgrade of an engine has to pass.

``GRAPHKIT_FUZZ_STATEMENTS`` asks more than the 300 of a normal run (30 on Neo4j); ``GRAPHKIT_FUZZ_SEED`` asks others;
``--log-cli-level=INFO`` shows how many were refused, and each that was answered wrongly.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import ladybug
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from graphkit.backends import Backend
from graphkit.connectome import connect
from graphkit.errors import QueryError
from graphkit.schema import RECORDED, RUN, arrow_schema
from tests.connectomes import BASE, ENGINES, TableLoader, empty_graph
from tests.neo4j_server import Neo4jServer
from tests.random_queries import Statement, World, random_statement, random_world

STATEMENTS = {
    engine: int(os.environ.get("GRAPHKIT_FUZZ_STATEMENTS", usual))
    for engine, usual in (("ladybug", 300), ("neo4j", 30))
}
SEED = int(os.environ.get("GRAPHKIT_FUZZ_SEED", "1"))
NEURONS, ROWS = 100, 1000


@dataclass(frozen=True)
class Asked:
    """A random connectome, and an engine that holds it."""

    world: World
    backend: Backend

    def wrong(self, statement: Statement) -> str | None:
        """Return what the engine answers where that is not what pandas answers."""
        table = self.backend.read(statement.text, {})
        # Sums come back as decimals.
        whole = [column.cast(pa.int64()) if pa.types.is_decimal(column.type) else column for column in table.columns]
        rows = list(zip(*(column.to_pylist() for column in whole), strict=True))
        expected = statement.answer
        if not statement.ordered:
            rows, expected = sorted(rows, key=repr), sorted(expected, key=repr)
        return None if rows == expected else f"{statement.text}\n  got {rows[:5]}\n  not {expected[:5]}"


@pytest.fixture(scope="module", params=ENGINES)
def asked(request: pytest.FixtureRequest) -> Iterator[Asked]:
    world = random_world(random.Random(SEED), NEURONS, ROWS)
    with empty_graph(request.param, request) as connectome:
        connectome.load(world.loader)
        connectome.predict_transmitters()
        connectome.merge_connections()
        yield Asked(world, connectome.graph.backend)


def test_random_statements_are_answered_as_pandas_answers_them(asked: Asked) -> None:
    draw = random.Random(SEED + 1)
    number = STATEMENTS[asked.backend.dialect]
    wrong, refused = [], 0
    for _ in range(number):
        try:
            answer = asked.wrong(random_statement(draw, asked.world))
        except QueryError as error:
            if "would answer this wrongly" not in str(error):
                raise
            refused += 1
        else:
            if answer:
                wrong.append(answer)
                logging.getLogger(__name__).warning("answered wrongly: %s", answer)
    counted = (asked.backend.engine_version, number, refused, len(wrong))
    logging.getLogger(__name__).info("%s: %d statements, %d refused, %d answered wrongly", *counted)
    assert refused < number / 8
    assert not wrong, f"{len(wrong)} of {number} statements were answered wrongly:\n" + "\n".join(wrong[:3])


@pytest.mark.parametrize("asked", ["ladybug"], indirect=True)
def test_an_engine_that_left_out_a_row_would_be_noticed(asked: Asked) -> None:
    draw = random.Random(SEED + 2)
    statements = [random_statement(draw, asked.world) for _ in range(40)]
    altered = [Statement(s.text.replace(">= ", "> "), s.answer, s.ordered) for s in statements if ">= " in s.text]
    noticed = 0
    for statement in altered:
        with suppress(QueryError):  # refused, see below
            noticed += asked.wrong(statement) is not None
    assert noticed > 3


# ------------------------------------------------------------------------- what the embedded engine answers wrongly

GROUPED = "MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron) "
FAULTS = {
    "an aggregate behind a DISTINCT one": (
        GROUPED + "RETURN post.side AS side, count(DISTINCT pre.root_id) AS partners, sum(c.syn_count) AS synapses",
        GROUPED + "RETURN post.side AS side, sum(c.syn_count) AS synapses, count(DISTINCT pre.root_id) AS partners",
    ),
    "an aggregate renamed and used again": (
        GROUPED + "WITH post.side AS side, count(*) AS pairs RETURN side, pairs AS connections, pairs + 1 AS more",
        GROUPED + "WITH post.side AS side, count(*) AS pairs RETURN side, pairs AS pairs, pairs + 1 AS more",
    ),
    "an order by a text that may be missing": (
        GROUPED + "RETURN c.syn_count AS synapses, post.cell_type AS kind ORDER BY synapses, kind",
        GROUPED + "RETURN c.syn_count AS synapses, post.cell_type AS kind ORDER BY synapses, coalesce(kind, '')",
    ),
    "a descending order of what may be missing": (
        "MATCH (n:Neuron) RETURN n.root_id AS id, n.nt_confidence AS sure ORDER BY sure DESC, id LIMIT 5",
        "MATCH (n:Neuron) WHERE n.nt_confidence > 0 RETURN n.root_id AS id, n.nt_confidence AS sure "
        "ORDER BY sure DESC, id LIMIT 5",
    ),
    "a descending order of what an optional match finds": (
        "MATCH (n:Neuron) OPTIONAL MATCH (n)-[c:CONNECTS]->(m:Neuron) WHERE c.syn_count > 30 "
        "RETURN n.root_id AS id, max(c.syn_count) AS most ORDER BY most DESC, id LIMIT 5",
        "MATCH (n:Neuron) OPTIONAL MATCH (n)-[c:CONNECTS]->(m:Neuron) WHERE c.syn_count > 30 "
        "RETURN n.root_id AS id, coalesce(max(c.syn_count), 0) AS most ORDER BY most DESC, id LIMIT 5",
    ),
    "an order by text and something else": (
        GROUPED + "RETURN post.side AS side, c.syn_count AS synapses ORDER BY side, synapses",
        GROUPED + "RETURN post.side AS side, c.syn_count AS synapses ORDER BY synapses, coalesce(side, '')",
    ),
    "a closed pattern over rows that repeat": (
        "MATCH (a:Neuron)-[x:SYNAPSES]->(b:Neuron)-[y:SYNAPSES]->(c:Neuron), (a)-[z:SYNAPSES]->(c) "
        "RETURN count(*) AS n",
        "MATCH (a:Neuron)-[x:SYNAPSES]->(b:Neuron)-[y:SYNAPSES]->(c:Neuron) WITH a, c, x MATCH (a)-[z:SYNAPSES]->(c) "
        "RETURN count(*) AS n",
    ),
    "a subquery that takes what may be missing": (
        "MATCH (x:Neuron) WHERE x.side = 'left' OR NOT EXISTS { MATCH (x)-[:CONNECTS]->(y:Neuron) "
        "WHERE y.nt_score = x.nt_score - 1 } RETURN x.root_id AS id",
        "MATCH (x:Neuron) WITH x, coalesce(x.nt_score, -1) AS score WHERE x.side = 'left' OR NOT EXISTS "
        "{ MATCH (x)-[:CONNECTS]->(y:Neuron) WHERE y.nt_score = score - 1 } RETURN x.root_id AS id",
    ),
    "a pattern as condition that takes what may be missing": (
        "MATCH (x:Neuron) WHERE NOT (x)-[:CONNECTS]->(:Neuron {cell_type: x.cell_type}) RETURN x.root_id AS id",
        "MATCH (x:Neuron) WHERE NOT (x)-[:CONNECTS]->(:Neuron {cell_type: 'PN'}) RETURN x.root_id AS id",
    ),
    "a subquery on what an optional match finds": (
        "MATCH (x:Neuron) OPTIONAL MATCH (x)-[c:CONNECTS]->(m:Neuron) WHERE c.syn_count > 60 "
        "WITH x, m WHERE NOT EXISTS { MATCH (m)-[:CONNECTS]->(:Neuron) } RETURN x.root_id AS id",
        "MATCH (x:Neuron)-[c:CONNECTS]->(m:Neuron) WHERE c.syn_count > 60 AND NOT EXISTS "
        "{ MATCH (m)-[d:CONNECTS]->(:Neuron) WHERE d.syn_count > 60 } RETURN x.root_id AS id",
    ),
    "a subquery that takes a list's missing item": (
        "UNWIND [1, null, 2] AS i WITH i WHERE NOT EXISTS { MATCH (y:Neuron) WHERE y.sign = i } RETURN i AS i",
        "UNWIND [1, 3, 2] AS i WITH i WHERE NOT EXISTS { MATCH (y:Neuron) WHERE y.sign = i } RETURN i AS i",
    ),
    "a count of what equals a value from outside": (
        "MATCH (x:Neuron) WITH x, coalesce(x.cell_type, '') AS kind WHERE COUNT { MATCH (x)-[:CONNECTS]->(y:Neuron) "
        "WHERE y.cell_type = kind } < 2 RETURN x.root_id AS id",
        "MATCH (x:Neuron) WHERE COUNT { MATCH (x)-[:CONNECTS]->(y:Neuron) WHERE y.cell_type = 'PN' } < 2 "
        "RETURN x.root_id AS id",
    ),
}


@pytest.mark.parametrize(("wrong", "right"), FAULTS.values(), ids=FAULTS)
def test_what_the_embedded_engine_answers_wrongly_is_refused(asked: Asked, wrong: str, right: str) -> None:
    assert asked.backend.read(right, {}).num_rows
    if asked.backend.dialect == "neo4j":
        assert asked.backend.read(wrong, {}).num_rows
        return
    with pytest.raises(QueryError, match="would answer this wrongly"):
        asked.backend.read(wrong, {})
    with pytest.raises(QueryError, match="would answer this wrongly"):
        asked.backend.execute(wrong, {})


@pytest.mark.parametrize(
    "statement",
    [
        "MATCH (n:Neuron) RETURN count(DISTINCT n) AS n UNION ALL MATCH (n:Neuron) RETURN max(n.input_synapses) AS n",
        "MATCH (n:Neuron) RETURN 'count(DISTINCT x), sum(y)' AS text, n.root_id AS id LIMIT 1",
        "MATCH (n:Neuron) WITH n.side AS side, count(*) AS k RETURN side, k + 1 AS more, k AS less",
        "MATCH (n:Neuron) WHERE n.cell_type STARTS WITH 'P' RETURN n.root_id AS id ORDER BY id",
        "MATCH (n:Neuron) RETURN n.root_id AS id, n.side AS side ORDER BY id, coalesce(side, '')",
        "MATCH (n:Neuron) RETURN n.cell_type AS kind ORDER BY kind DESC",
        "MATCH (n:Neuron) RETURN n.root_id AS id, n.input_synapses AS s ORDER BY s DESC, id LIMIT 3",
        "MATCH (n:Neuron)-[c:CONNECTS]->(:Neuron) WITH n AS pre, sum(c.syn_count) AS s "
        "RETURN pre.root_id AS id, s AS s ORDER BY s DESC, pre.output_synapses DESC, id LIMIT 3",
        "MATCH (n:Neuron) WHERE n.rate_hz IS NULL RETURN n.root_id AS id ORDER BY id DESC LIMIT 3",
        "MATCH (n:Neuron) RETURN n.side = 'left' AS is_left, n.root_id AS id ORDER BY is_left, id",
        "MATCH (n:Neuron) RETURN count(n.side) AS k, n.input_synapses AS s ORDER BY k, s",
        "MATCH (n:Neuron) WHERE EXISTS { MATCH (n)-[:CONNECTS]->(m:Neuron) WHERE m.cell_type = n.cell_type } "
        "RETURN n.root_id AS id",
        "MATCH (n:Neuron) WHERE n.nt_score > 0 AND NOT EXISTS { MATCH (n)-[:CONNECTS]->(m:Neuron) "
        "WHERE m.nt_score = n.nt_score - 1 AND m.nt_score > 2 } RETURN n.root_id AS id",
        "MATCH (n:Neuron) WHERE COUNT { MATCH (n)-[:CONNECTS]->(m:Neuron) WHERE m.root_id < n.root_id } > 1 "
        "RETURN n.root_id AS id",
        "MATCH (n:Neuron) OPTIONAL MATCH (n)-[c:CONNECTS]->(m:Neuron) WHERE m.nt_score < n.nt_score "
        "RETURN count(*) AS k",
    ],
)
def test_what_it_answers_rightly_is_not_refused(asked: Asked, statement: str) -> None:
    assert asked.backend.read(statement, {}).num_rows


# ------------------------------------------------------------------------------ what Neo4j answers wrongly

OPTIONAL = (
    "MATCH (:Neuron)-[e:CONNECTS]->(:Neuron)-[f:SYNAPSES]->(n:Neuron)-[g:CONNECTS]->(:Neuron) "
    "WHERE f.nt_type IS NULL AND e <> g OPTIONAL MATCH (n)-[c:CONNECTS]->(:Neuron) WHERE c.syn_count >= 47 "
)


@pytest.mark.parametrize("asked", ["neo4j"], indirect=True)
@pytest.mark.parametrize(
    ("returned", "first"),
    [
        ("RETURN DISTINCT c.syn_count AS s ORDER BY coalesce(s, -1) LIMIT 1", None),
        ("RETURN DISTINCT coalesce(c.syn_count, 0) AS s ORDER BY s LIMIT 1", 0),
    ],
)
def test_order_by_what_an_optional_match_may_not_find_is_refused(asked: Asked, returned: str, first: object) -> None:
    with pytest.raises(QueryError, match="would answer this wrongly"):
        asked.backend.read(OPTIONAL + returned, {})
    with pytest.raises(QueryError, match="would answer this wrongly"):
        asked.backend.execute(OPTIONAL + returned, {})
    assert asked.backend.read(f"{OPTIONAL} WITH * SKIP 0 {returned}", {})[0][0].as_py() == first


@pytest.mark.parametrize("asked", ["neo4j"], indirect=True)
@pytest.mark.usefixtures("asked")
def test_neo4j_still_needs_to_be_refused_these(neo4j_server: Neo4jServer) -> None:
    """When this fails after an upgrade, neo4j_faults.py can go."""
    with neo4j_server.driver() as driver:
        text = f"{OPTIONAL} RETURN DISTINCT coalesce(c.syn_count, 0) AS s ORDER BY s"
        answered = driver.execute_query(text, database_="neo4j", result_transformer_=lambda result: result.value())
    assert 0 not in answered


def test_the_engine_still_needs_to_be_refused_these() -> None:
    """When this fails after an upgrade, the checks in ladybug_faults.py can go."""
    with ladybug.Database(":memory:") as database, ladybug.Connection(database) as connection:

        def first(statement: str) -> list[object]:
            result = connection.execute(statement)
            assert isinstance(result, ladybug.QueryResult)
            return list(result.get_next())

        rows = (
            "UNWIND range(1, 30000) AS i WITH i, i % 3 AS part, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END AS kind "
        )
        assert first(rows + "RETURN part, count(DISTINCT i) AS d, sum(i) AS s ORDER BY part")[2] is None
        assert first(rows + "WITH part, count(*) AS k RETURN k AS one, k + 1 AS two, part ORDER BY part")[0] == 1
        result = connection.execute(rows + "WITH kind, i * 7919 % 30011 AS i RETURN kind, i ORDER BY kind, i")
        assert isinstance(result, ladybug.QueryResult)
        answered = [tuple(row) for row in result.get_all()]
        assert answered != sorted(answered)
        shuffled = [i * 7919 % 60_013 for i in range(60_000)]
        table = pa.table({"i": shuffled, "maybe": [None if i % 3 else i % 7 for i in shuffled]})
        connection.execute("CREATE NODE TABLE Row (i INT64 PRIMARY KEY, maybe INT64)")
        connection.execute("COPY Row FROM $rows", {"rows": table})
        assert first("MATCH (r:Row) RETURN r.i AS i, r.maybe AS m ORDER BY m DESC, i LIMIT 3")[0] != 1
        # 0 has no p; 2 and 3 are followed by their predecessor, 0 and 1 are not.
        nodes = pa.table({"i": [0, 1, 2, 3], "p": pa.array([None, 1, 2, 3], pa.int64())})
        connection.execute("CREATE NODE TABLE X (i INT64 PRIMARY KEY, p INT64)")
        connection.execute("CREATE REL TABLE E (FROM X TO X)")
        connection.execute("COPY X FROM $rows", {"rows": nodes})
        connection.execute("COPY E FROM $rows", {"rows": pa.table({"a": [0, 0, 1, 2, 3], "b": [1, 2, 2, 1, 2]})})
        inner = "MATCH (x)-[:E]->(y:X) WHERE y.p = x.p - 1"
        assert first(f"MATCH (x:X) WHERE NOT EXISTS {{ {inner} }} RETURN count(*)") != [2]


# ------------------------------------------------------------------------------ what the engine reads wrongly


def _pairs(neurons: int, drawn: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    pairs = np.unique(random.integers(0, neurons**2, drawn))
    return random, pairs // neurons, pairs % neurons


def test_the_engine_still_reads_compressed_floats_of_relationships_wrongly() -> None:
    """When this fails after an upgrade, compression can be switched on again: files are a quarter then."""
    random, pre, post = _pairs(1_000, 36_000)
    shares = random.random(len(pre))
    with ladybug.Database(":memory:", compression=True) as database, ladybug.Connection(database) as connection:
        connection.execute("CREATE NODE TABLE X (i INT64 PRIMARY KEY)")
        connection.execute("COPY X FROM $rows", {"rows": pa.table({"i": random.permutation(1_000)})})
        connection.execute("CREATE REL TABLE SHARE (FROM X TO X, share DOUBLE)")
        connection.execute("COPY SHARE FROM $rows", {"rows": pa.table({"pre": pre, "post": post, "share": shares})})
        result = connection.execute("MATCH (a:X)-[s:SHARE]->(b:X) RETURN a.i AS pre, b.i AS post, s.share AS share")
        assert isinstance(result, ladybug.QueryResult)
        read = np.array(sorted(map(tuple, result.get_all())))[:, 2]
    assert (read[read != shares] == 0).sum() > 100


def test_the_engine_still_puts_values_in_the_place_of_nulls_where_it_gathers_columns() -> None:
    """When this fails after an upgrade, every statement without parameters can be read so, in half the time."""
    with ladybug.Database(":memory:") as database, ladybug.Connection(database) as connection:
        connection.execute("CREATE NODE TABLE X (i INT64 PRIMARY KEY, maybe INT64)")
        connection.execute(
            "UNWIND range(0, 9) AS i CREATE (:X {i: i, maybe: CASE WHEN i % 2 = 0 THEN i ELSE null END})"
        )
        text = "MATCH (x:X) RETURN x.maybe AS maybe"
        gathered = connection.query_as_arrow(text, 100).get_as_arrow()
        result = connection.execute(text)
        assert isinstance(result, ladybug.QueryResult)
        assert (gathered.num_rows, gathered["maybe"].null_count) == (10, 0)
        assert result.get_as_arrow()["maybe"].null_count == 5


def test_connections_gathered_in_columns_are_those_read_row_by_row(tmp_path: Path) -> None:
    _, pre, post = _pairs(1_000, 36_000)
    rows = [(int(a), int(b), "AL_R", 1 + (a + b) % 30, "ACH") for a, b in zip(pre, post, strict=True)]
    with connect(tmp_path / "a.graph") as connectome:
        connectome.load(TableLoader(rows))
        connectome.predict_transmitters()
        connectome.merge_connections()
        gathered = connectome.query("select/all_connections")
        read = connectome.query("select/circuit_connections")
        pair = list(read.columns[:2])
        pd.testing.assert_frame_equal(
            gathered.sort_values(pair, ignore_index=True), read.sort_values(pair, ignore_index=True)
        )
        assert len(gathered) == len(pre)
        connectome.cypher("MATCH ()-[c:CONNECTS]->() WHERE c.syn_count = 30 SET c.weight_signed = null", write=True)
        with pytest.raises(QueryError, match="null in weight_signed"):
            connectome.circuit()


def test_rates_are_read_as_they_were_recorded() -> None:
    random, run, neuron = _pairs(1_000, 36_000)
    rates = random.random(len(run))
    expected = dict(zip(zip(run.tolist(), neuron.tolist(), strict=True), rates.tolist(), strict=True))
    columns = {"run_id": run.astype(str), "root_id": neuron + BASE, "spike_count": run, "rate_hz": rates}
    recorded = pa.table(
        {
            **columns,
            **{field.name: pa.nulls(len(run), field.type) for field in list(arrow_schema(RECORDED.columns))[2:]},
        }
    )
    runs = pa.table({c.name: np.arange(1_000).astype(str) if c.name == "run_id" else pa.nulls(1_000, field.type)
                     for c, field in zip(RUN.columns, arrow_schema(RUN.columns), strict=True)})  # fmt: skip
    text = (
        "MATCH (r:Run)-[x:RECORDED]->(n:Neuron) WHERE n.root_id IN $root_ids "
        "RETURN r.run_id AS run, n.root_id - $base AS neuron, x.rate_hz AS rate"
    )
    with connect(":memory:") as connectome:
        connectome.load(TableLoader([(i, (i + 1) % 1_000, None, 1, None) for i in range(1_000)]))
        connectome.graph.tell_rows("restore/run", runs)
        connectome.graph.tell_rows("restore/recorded", recorded)
        for asked in (1, 2, 5, 10, 30, 100, 1_000):
            for _ in range(20):
                root_ids = [BASE + i for i in random.choice(1_000, asked, replace=False).tolist()]
                for row in connectome.graph.backend.read(text, {"root_ids": root_ids, "base": BASE}).to_pylist():
                    assert row["rate"] == expected[int(row["run"]), row["neuron"]]
