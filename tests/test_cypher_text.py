"""What graphkit reads out of the text of a statement before an engine gets it.

Whether it only reads, which parameters it names; the engines then have to take it, or to refuse it, alike.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator

import pytest

from graphkit.connectome import Connectome
from graphkit.cypher_text import check_read_only, code_of, parameter_names
from graphkit.errors import (
    BackendError,
    GraphkitError,
    GraphStateWarning,
    ParameterError,
    QueryError,
    WriteRefusedError,
)
from graphkit.queries import Queries
from tests.connectomes import ENGINES, empty_graph, fill

# Words that look like clauses and are none.
HARMLESS = [
    "RETURN 'CREATE (n) DELETE n' AS text",
    'RETURN "it\'s SET n.x = 1" AS text',
    r"RETURN 'a quote \' then SET n.x = 1' AS text",
    "// CREATE (n)\nMATCH (n:Neuron) RETURN count(*) AS n",
    "MATCH (n:Neuron) /* DELETE n; DROP TABLE Neuron */ RETURN count(*) AS n",
    "MATCH (n:Neuron) RETURN count(*) AS n;",
    "MATCH (n:Neuron) RETURN count(*) AS n ;\n ; // the end",
    "MATCH (n:Neuron) RETURN n.root_id AS created, n.sign AS setting LIMIT 1",
    "MATCH (loaded:Neuron) RETURN loaded.root_id AS offset LIMIT 1",
    "WITH {set: 1, load: 2, call: 3} AS map RETURN map.set + map.load AS n",
    "WITH {delete: 1} AS m RETURN m . delete AS n",
    "MATCH (n:Neuron) WHERE n.root_id IN [1, 2] RETURN n.root_id AS id",
    "MATCH (n:Neuron) WHERE EXISTS { MATCH (n)-[:CONNECTS]->(:Neuron) } RETURN count(*) AS n",
    "EXPLAIN MATCH (n:Neuron) RETURN n.root_id AS id",
    "PROFILE MATCH (n:Neuron) RETURN n.root_id AS id",
    "UNWIND ['LOAD CSV FROM'] AS text RETURN text",
    "MATCH (n:Neuron) RETURN n.cell_type AS `set`, count(*) AS n",
    r"RETURN 'caf\u00e9' AS text",
]
# By one engine alone.
HARMLESS_ON = {
    "ladybug": ["CALL show_tables() RETURN name AS name", "CALL table_info('Neuron') RETURN name AS name"],
    "neo4j": [
        "CALL db.labels() YIELD label RETURN label",
        "MATCH (n:Neuron) CALL (n) { MATCH (n)-[c:CONNECTS]->() RETURN count(c) AS k } RETURN sum(k) AS n",
        "MATCH (n:Neuron) CALL { WITH n RETURN n.sign AS s } RETURN sum(s) AS n",
        "MATCH (load) WHERE load.root_id > 0 RETURN load.root_id AS id, load ORDER BY id LIMIT 1",
        "MATCH (n)-[r:CONNECTS|SET|LOAD]->(m) RETURN count(*) AS n",
        "SHOW INDEXES YIELD name RETURN name",
    ],
}

HARMFUL = [
    "CREATE (n:Neuron {root_id: 1})",
    "create (n:Neuron {root_id: 1})",
    "MATCH (n:Neuron) SET n.sign = 1",
    "MATCH (n:Neuron) SeT n.sign=1 RETURN n.root_id AS id",
    "MATCH (n:Neuron)\nSET\nn.sign = 1",
    "MATCH (n:Neuron) SET/* a remark */n.sign = 1",
    "MATCH (n:Neuron) WHERE n.set = 1 SET n.set = 2",
    "MATCH (n:Neuron) WHERE n.nt_score > 1.SET n.sign = 1",
    "MATCH (n:Neuron) RETURN 'it''s' AS text SET n.sign = 1",
    "MATCH (n:Neuron) DELETE n",
    "MATCH (n:Neuron) DETACH DELETE n",
    "MATCH (n:Neuron) REMOVE n.sign",
    "MERGE (n:Neuron {root_id: 1})",
    "MERGE(n:Neuron {root_id: 1}) ON MATCH SET n.sign = 1",
    "MATCH (n:Neuron) FOREACH (x IN [1] | SET n.sign = x)",
    "MATCH (n:Neuron) CALL (n) { SET n.sign = 1 } RETURN 1 AS one",
    "MATCH (n:Neuron) CALL { WITH n SET n.sign = 1 } IN TRANSACTIONS RETURN 1 AS one",
    "MATCH (n:Neuron) CALL (n) { RETURN 1 AS one } IN TRANSACTIONS OF 10 ROWS RETURN one",
    "MATCH (n:Neuron) CALL (n) { RETURN 1 AS one } IN 2 CONCURRENT TRANSACTIONS RETURN one",
    "OPTIONAL CALL apoc.load.csv('neurons.csv') YIELD map RETURN map",
    "CALL dbms.setConfigValue('dbms.security.allow_csv_import_from_file_urls', 'true')",
    "CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()",
    "CALL apoc.export.csv.all('out.csv', {})",
    "CYPHER 25 LOAD CSV FROM 'file:///x' AS row RETURN row",
    "DROP TABLE Neuron",
    "DROP CONSTRAINT neuron_root_id",
    "ALTER TABLE Neuron ADD x INT64",
    "CREATE INDEX i FOR (n:Neuron) ON (n.x)",
    "COPY Neuron FROM 'neurons.csv'",
    "COPY (MATCH (n:Neuron) RETURN n.root_id) TO 'ids.csv'",
    "EXPORT DATABASE 'folder'",
    "IMPORT DATABASE 'folder'",
    "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
    "LOAD\tCSV WITH HEADERS FROM 'http://example.org' AS row RETURN row",
    "load csv with headers from 'http://example.org' as row return row",
    "MATCH (n:Neuron) CALL (n) { LOAD CSV FROM 'file:///x' AS row RETURN row } RETURN row",
    "LOAD FROM '/etc/passwd' (HEADER=false) RETURN *",
    "LOAD EXTENSION httpfs",
    "INSTALL httpfs",
    "ATTACH 'other.graph' AS other (dbtype lbug)",
    "DETACH other",
    "USE other MATCH (n) RETURN n",
    "CALL dbms.listConfig() YIELD name RETURN name",
    "CALL apoc.load.json('http://example.org') YIELD value RETURN value",
    "CALL apoc.cypher.runWrite('CREATE (n)', {}) YIELD value RETURN value",
    "CALL db.createLabel('X')",
    "CALL threads = 1",
    "CALL\n/* a remark */ dbms.components() YIELD name RETURN name",
    "BEGIN TRANSACTION",
    "COMMIT",
    "ROLLBACK",
    "CHECKPOINT",
    "COMMENT ON TABLE Neuron IS 'x'",
    "TERMINATE TRANSACTION 'neo4j-transaction-1'",
    "STOP DATABASE neo4j",
    "GRANT ROLE admin TO someone",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
    "EXPLAIN CREATE (n:Neuron)",
    "PROFILE MATCH (n:Neuron) SET n.sign = 1",
    "MATCH (n:Neuron) RETURN n.root_id AS id; MATCH (n:Neuron) RETURN count(*) AS n",
    "MATCH (n:Neuron) RETURN ';' AS text; DROP TABLE Neuron",
    # What Neo4j reads as CREATE, and as a string that ends before CREATE.
    r"\u0043REATE (n:Neuron)",
    r"MATCH (n:Neuron) RETURN '\u0027 AS text CREATE (m:Neuron) //'",
    r"MATCH (n:Neuron) /\u002f CREATE" + "\nRETURN 1 AS one CREATE (n)",
]


@pytest.fixture(scope="module", params=ENGINES)
def connectome(request: pytest.FixtureRequest) -> Iterator[Connectome]:
    with empty_graph(request.param, request) as opened:
        fill(opened)
        yield opened


@pytest.mark.parametrize("statement", [*HARMLESS, *HARMLESS_ON["ladybug"], *HARMLESS_ON["neo4j"]])
def test_what_only_reads_is_not_refused(statement: str) -> None:
    check_read_only(statement)


@pytest.mark.parametrize("statement", HARMFUL)
def test_what_does_more_is_refused(statement: str) -> None:
    with pytest.raises(WriteRefusedError, match=r"\(line \d+, column \d+\) .*; this query may only read"):
        check_read_only(statement)


def test_the_refusal_names_the_word_and_its_place() -> None:
    with pytest.raises(WriteRefusedError, match=r"^SET \(line 3, column 3\) writes"):
        check_read_only("MATCH (n:Neuron)\n/* two\n*/SET n.sign = 1")


@pytest.mark.filterwarnings("ignore:The relationship type `(SET|LOAD)`")
def test_the_engines_take_what_is_not_refused(connectome: Connectome) -> None:
    called_writing = []
    for statement in [*HARMLESS, *HARMLESS_ON[connectome.graph.backend.dialect]]:
        try:
            connectome.cypher(statement)
        except WriteRefusedError:
            called_writing.append(statement)
        except QueryError:  # some of it only the other engine knows
            continue
    assert not called_writing


def test_a_refused_statement_never_reaches_the_engine_and_changes_nothing(connectome: Connectome) -> None:
    before = connectome.query("analysis/counts")
    for statement in HARMFUL:
        with pytest.raises(WriteRefusedError):
            connectome.cypher(statement)
    assert connectome.query("analysis/counts").equals(before)


@pytest.mark.parametrize("statement", [statement for statement in HARMFUL if ";" not in statement][:16])
def test_the_engines_refuse_writing_on_their_own(connectome: Connectome, statement: str) -> None:
    before = connectome.query("select/neurons")
    with pytest.raises(GraphkitError):
        connectome.graph.backend.read(statement, {})
    assert connectome.query("select/neurons").equals(before)


LONG = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b % 7) AS n"


@pytest.mark.parametrize("write", [False, True])
def test_a_statement_is_stopped_at_its_time_limit(connectome: Connectome, write: bool) -> None:
    began = time.monotonic()

    with pytest.raises(BackendError, match=r"stopped at its time limit\. Narrow it, or allow more seconds"):
        connectome.cypher(LONG, timeout_s=0.5, write=write)

    assert time.monotonic() - began < 30  # it would run for minutes; the retries of a driver for half of one
    assert connectome.cypher("MATCH (n:Neuron) RETURN count(*) AS n")["n"].tolist() == [10]


def test_a_row_limit_is_announced_when_it_bites_and_only_then(connectome: Connectome) -> None:
    text = "MATCH (n:Neuron) RETURN n.root_id AS id ORDER BY id"
    with pytest.warns(GraphStateWarning, match="only the first 3 rows are shown; there are more"):
        assert len(connectome.cypher(text, row_limit=3)) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(connectome.cypher(text, row_limit=10)) == 10


def test_names_that_the_graph_does_not_have_are_told(connectome: Connectome) -> None:
    text = "MATCH (n:Neurn)-[:CONECTS]->(m:Neuron) WHERE m.rootid = $id RETURN count(*) AS n"
    if connectome.graph.backend.dialect == "ladybug":
        with pytest.raises(QueryError, match="Neurn"):
            connectome.cypher(text, id=1)
        return
    with pytest.warns(GraphStateWarning) as told:
        assert connectome.cypher(text, id=1)["n"].tolist() == [0]
    for name in ("label `Neurn`", "relationship type `CONECTS`", "property `rootid`"):
        assert [str(one.message) for one in told if f"The {name} does not exist" in str(one.message)], name
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        connectome.cypher("MATCH (n:Neuron) RETURN count(*) AS n")
        connectome.cypher("SHOW INDEXES")
        connectome.cypher("CALL db.labels()")


def test_a_plan_is_drawn_without_running_and_a_profile_counts_rows(connectome: Connectome) -> None:
    text = "MATCH (n:Neuron) WHERE n.sign = $sign RETURN n.root_id AS id"
    n = len(connectome.cypher(text, sign=-1))
    scan, rows = {
        "ladybug": ("SCAN_NODE_TABLE", f"NumOutputTuples: {n} "), "neo4j": ("NodeByLabelScan", f"| {n:>4} |")
    }[connectome.graph.backend.dialect]  # fmt: skip

    assert scan in connectome.plan(text, sign=-1)
    assert rows in connectome.plan(text, sign=-1, profile=True)
    assert rows not in connectome.plan(text, sign=-1)
    assert connectome.plan("analysis/hubs", limit=3).count("\n") > 5
    with pytest.raises(WriteRefusedError):
        connectome.plan("MATCH (n:Neuron) SET n.sign = 1", profile=True)
    with pytest.raises(ParameterError, match=r"\$sign without a value"):
        connectome.plan(text)


def test_slow_queries_are_logged_with_their_plan_on_request(
    connectome: Connectome, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("graphkit.graph.SLOW_S", 0.0)
    caplog.set_level("WARNING", "graphkit")  # whatever a command's -vv has left
    text = "MATCH (n:Neuron) WHERE n.root_id = $secret RETURN n.side AS side"
    connectome.cypher(text, secret=4711)
    assert not caplog.records

    caplog.set_level("INFO", "graphkit.slow_queries")
    connectome.cypher(text, secret=4711)
    connectome.query("analysis/hubs")

    told = [record.getMessage() for record in caplog.records]
    assert any(f"s for\n{text}\n" in one and len(one) > len(text) + 100 for one in told)
    assert any("Operator" in one or "HASH" in one or "SCAN" in one for one in told)
    assert "4711" not in "".join(told)  # values may be what is not to be kept


def test_every_reading_query_passes_and_every_writing_one_is_refused() -> None:
    for dialect in ENGINES:
        for query in Queries(dialect).values():
            if query.columns:
                check_read_only(query.text)
            else:
                with pytest.raises(WriteRefusedError):
                    check_read_only(query.text)


def test_names_behind_a_dollar_count_in_code_only() -> None:
    text = "MATCH (n) WHERE n.x = $one AND n.y = '$two' // $three\nRETURN $four_4 AS `$five`"
    assert parameter_names(text) == {"one", "four_4"}


def test_blanking_keeps_every_place() -> None:
    text = "RETURN 'a\nb' AS x, /* c\n */ 1 AS y"
    assert len(code_of(text)) == len(text)
    assert code_of(text).count("\n") == text.count("\n")
    assert code_of(text).index("AS y") == text.index("AS y")
