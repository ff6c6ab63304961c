"""The files under cypher/: what their headers say, what they answer on a connectome that is known by heart.

tests/golden/ holds an answer for each query, by its name: a line ``> parameter=value …``, then the table that the tiny
connectome gives, ids without what they all begin with. To add a query, add such a file with the line, run this test,
and copy what it shows once you have checked it by hand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphkit.connectome import Connectome
from graphkit.cypher_text import check_read_only, code_of
from graphkit.errors import GraphkitError, GraphStateWarning, ParameterError, QueryError, UnknownQueryError
from graphkit.queries import Queries, Query
from tests.connectomes import BASE, ENGINES, empty_graph, fill

GOLDEN = Path(__file__).parent / "golden"
START = str(BASE)[:-2]
#: What differs from run to run.
VOLATILE = {
    "select/datasets": {"files", "loaded", "graphkit_version", "engine_version"},
    "backup/dataset": {"files", "loaded", "graphkit_version", "engine_version"},
    "backup/run": {"graphkit_version"},
    "backup/step": {"started", "finished", "token", "input_token", "report"},
    "select/steps": {"started", "finished", "token", "input_token", "report"},
}
#: What one engine alone has, for its own use.
OF_ONE_ENGINE = {
    "select/columns",
    "select/compressed_numbers",
    "select/connections_by_node",
    "select/id_ranges",
    "select/label_counts",
    "select/labels",
    "select/nodes",
}

#: Answers without an order: of one row, or compared as a set.
UNORDERED = {
    "select/columns",
    "select/compressed_numbers",
    "analysis/counts",
    "analysis/merge_report",
    "analysis/prediction_report",
    "analysis/motifs",
    "select/all_connections",
    "select/connections_by_node",
    "select/label_counts",
    "select/nodes",
    "select/circuit_connections",
    "select/circuit_neurons",
    "select/chosen_connections",
}

BOTH = {dialect: Queries(dialect) for dialect in ENGINES}
READING = sorted(name for name, query in BOTH["ladybug"].items() if query.columns and name not in OF_ONE_ENGINE)


@pytest.fixture(scope="module", params=ENGINES)
def connectome(request: pytest.FixtureRequest) -> Iterator[Connectome]:
    with empty_graph(request.param, request) as opened:
        fill(opened)
        yield opened


def shown(answer: pd.DataFrame, hidden: set[str]) -> str:
    """Return a table that people can read: columns at one width, a dash where a value is missing."""
    rows = [[cell(value) for value in row] for row in answer.drop(columns=list(hidden)).astype(object).to_numpy()]
    table = [[name for name in answer.columns if name not in hidden], *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    return "".join("  ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in table)


def cell(value: object) -> str:
    if isinstance(value, float):
        return "-" if pd.isna(value) else f"{value:.12g}"
    if isinstance(value, list):
        return "[" + ", ".join(map(cell, value)) + "]"
    return "-" if value is None or value is pd.NA else str(value).replace(START, "…")


@pytest.mark.filterwarnings("ignore:.* are not in the graph", "ignore:no run is called 'none'")
@pytest.mark.parametrize("name", READING)
def test_the_tiny_connectome_gives_the_golden_answer(connectome: Connectome, name: str) -> None:
    path = GOLDEN / f"{name}.txt"
    assert path.is_file(), f"add {path} with a line '> parameter=value …' and run this again"
    query = connectome.graph.queries[name]
    told = path.read_text(encoding="utf-8")
    answers = ""
    for line in re.findall(r"^>.*$", told, re.MULTILINE):
        given = dict(word.split("=", 1) for word in line.removeprefix(">").replace("…", START).split())
        values = {key: query.parameters[key].parse(text, name) for key, text in given.items()}
        answer = connectome.query(name, **values)
        if name in UNORDERED:
            answer = answer.sort_values(list(answer.columns))
        answers += f"{line}\n{shown(answer, VOLATILE.get(name, set()))}\n"
    assert answers == told


def test_ids_that_are_not_in_the_graph_are_told(connectome: Connectome) -> None:
    for name, given in (
        ("analysis/partners_downstream", {"root_ids": [BASE + 1, 5]}),
        ("analysis/shortest_paths", {"pre_root_id": BASE + 1, "post_root_id": 5}),
    ):
        with pytest.warns(GraphStateWarning, match="1 of . .*root_ids? are not in the graph: 5. Ids change"):
            connectome.query(name, **given)


def test_runs_that_are_not_in_the_graph_are_told(connectome: Connectome) -> None:
    for name, given in (
        ("activity/compare_runs", {"run_a": "first", "run_b": "third"}),
        ("activity/run_neurons", {"run_id": "third"}),
    ):
        with pytest.warns(GraphStateWarning, match="no run is called 'third'. The graph has: second, first$"):
            connectome.query(name, **given)


NO_AMOUNTS: list[tuple[str, Callable[[Connectome], object]]] = [
    (r"\$limit is -1; give 0 or more", lambda c: c.query("analysis/hubs", limit=-1)),
    (r"\$min_synapses is -1; give 0 or more", lambda c: c.query("analysis/hubs", min_synapses=-1)),
    (r"\$min_synapses is -1; give 0 or more", lambda c: c.neurons(min_synapses=-1)),
    (r"\$limit is -1; give 0 or more", lambda c: c.check(limit=-1)),
    (r"\$min_synapses is -1; give 0 or more", lambda c: c.circuit(min_synapses=-1)),
    (r"\$min_input_share is nan; give 0 to 1", lambda c: c.circuit([BASE + 1], min_input_share=math.nan)),
    (r"\$min_input_share is 1.5; give 0 to 1", lambda c: c.mark_downstream([BASE + 1], min_input_share=1.5)),
    ("sign is 2; give 1 ", lambda c: c.mark_downstream([BASE + 1], sign=2)),
    ("row_limit is -1; give 0 or more", lambda c: c.cypher("RETURN 1 AS x", row_limit=-1)),
    ("timeout_s is 0; give seconds above 0", lambda c: c.cypher("RETURN 1 AS x", timeout_s=0)),
    ("timeout_s is nan; give seconds above 0", lambda c: c.plan("RETURN 1 AS x", timeout_s=math.nan)),
]


@pytest.mark.parametrize(("message", "ask"), NO_AMOUNTS, ids=[message for message, _ in NO_AMOUNTS])
def test_a_number_that_is_no_amount_is_refused_before_anything_is_done(
    connectome: Connectome, message: str, ask: Callable[[Connectome], object]
) -> None:
    before = connectome.steps()
    with pytest.raises(ParameterError, match=message):
        ask(connectome)
    assert connectome.steps() == before


def test_every_golden_answer_is_that_of_a_query() -> None:
    told = {str(path.relative_to(GOLDEN).with_suffix("")).replace("\\", "/") for path in GOLDEN.rglob("*.txt")}
    assert told <= set(READING)


# -------------------------------------------------------------------------------------------------- header and body


@pytest.mark.parametrize("dialect", ENGINES)
def test_both_engines_have_the_same_queries_with_the_same_columns(dialect: str) -> None:
    for name in READING:
        one, other = BOTH["ladybug"][name], BOTH[dialect][name]
        assert one.columns == other.columns, name
        assert one.summary == other.summary, name
        public = [[p for p in q.parameters.values() if p.name not in ("first_id", "last_id")] for q in (one, other)]
        assert public[0] == public[1], name
        assert other.no_nulls_if is None or other.no_nulls_if in BOTH[dialect], name


def every_query() -> list[Query]:
    found = {query.text: query for queries in BOTH.values() for query in queries.values()}
    return list(found.values())


@pytest.mark.parametrize("query", every_query(), ids=lambda query: query.name)
def test_the_body_returns_what_the_header_declares(query: Query) -> None:
    code = code_of(query.text)
    returned = re.split(r"\bRETURN\b", code)[1:]
    if not query.columns:
        counted = [f" count(reached) AS {query.counts}"] if query.counts else []
        assert [part.rstrip() for part in returned] == counted or "COPY" in code, "it returns what it does not declare"
        return
    check_read_only(query.text)
    for part in returned:
        items = re.split(r"\b(?:ORDER BY|UNION ALL|LIMIT)\b", part)[0]
        assert re.findall(r"\bAS (\w+)\s*(?=,|$)", re.sub(r"\s+", " ", items).strip()) == [
            column.name for column in query.columns
        ]
    # One row needs no order; everything else has one.
    if "ORDER BY" not in code:
        assert query.name in UNORDERED


@pytest.mark.parametrize("query", every_query(), ids=lambda query: query.name)
def test_thresholds_are_inclusive_and_nodes_and_relationships_have_a_name(query: Query) -> None:
    for name in (name for name in query.parameters if name.startswith("min_") and name != "min_syn_count"):
        assert re.search(rf">= \${name}\b", query.text), f"${name} is not the smallest value kept"
        assert "inclusive" in query.parameters[name].description
    # What has no label or type makes a server look through everything.
    ends = r"WHERE|USING|RETURN|WITH|UNWIND|SET|DELETE|CREATE|MATCH|OPTIONAL"
    patterns = re.findall(rf"\bMATCH\b(.*?)(?=\b(?:{ends})\b|$)", code_of(query.text), re.DOTALL)
    known: set[str] = set()
    for pattern in patterns:
        ends_of_it = re.findall(r"\((\w*)(:\w+)?[^()]*\)", pattern)
        found = any(label or variable in known for variable, label in ends_of_it)
        for variable, label in ends_of_it:
            # The other end is found by the relationship and its type, and so is one that nothing is asked of.
            assert label or variable in known or ("-[" in pattern and (found or not variable)), (
                f"({variable}) has no label"
            )
            known.add(variable)
        assert all(":" in relationship for relationship in re.findall(r"-\[([^\]]*)\]", pattern))


def test_every_statement_is_understood_by_its_engine(connectome: Connectome) -> None:
    backend, refused = connectome.graph.backend, []
    for name, query in connectome.graph.queries.items():
        seen = {"map", "table"} & {parameter.type for parameter in query.parameters.values()}
        if backend.dialect == "ladybug" and (seen or "schema/" in name):
            continue  # what a plan needs to see; tables that are there
        values = {p.name: example(p.type) for p in query.parameters.values()}
        try:
            backend.execute(f"EXPLAIN {query.text}", values)
        except GraphkitError as error:
            refused.append(f"{name}: {error}")
    assert not refused


def example(kind: str) -> object:
    if kind.startswith("list["):
        return [example(kind[5:-1])]
    return {"int": 1, "float": 0.5, "str": "x", "bool": True, "map": {}, "table": None}[kind.rstrip("?")]


# ------------------------------------------------------------------------------------------------ reading the headers


STATEMENT = "MATCH (n:Neuron) WHERE n.sign = $sign RETURN n.root_id AS root_id ORDER BY root_id"
HEADER = "// Neurons of a sign.\n// :param sign: int = 1 -- the sign\n// :returns root_id: int\n"


def test_a_header_is_read() -> None:
    more = "// With a second sentence.\n// :needs merge, mark\n"
    query = Query.parse("analysis/signs", HEADER.replace("\n", "\n" + more, 1) + STATEMENT)
    assert query.summary == "Neurons of a sign. With a second sentence."
    assert query.headline == "Neurons of a sign."
    assert query.needs == ("merge", "mark")
    assert query.bind() == {"sign": 1}
    assert query.bind(sign=np.int64(-1)) == {"sign": -1}
    assert [(c.name, c.type, c.nullable) for c in query.columns] == [("root_id", "int", False)]
    assert query.counts is None
    writes = Query.parse("q", "// Forget signs.\n// :counts n\nMATCH (a:Neuron) SET a.sign = 0 RETURN count(a) AS n")
    assert writes.counts == "n"
    assert not writes.columns


def test_a_server_keeps_the_plan_of_a_statement_that_says_so(tmp_path: Path) -> None:
    kept, planned = ("// Steps.\n// :keeps_plan\nMATCH (s:Step) DELETE s", "// Steps.\nMATCH (s:Step) DELETE s")
    (tmp_path / "kept.cypher").write_text(kept, encoding="utf-8")
    (tmp_path / "planned.cypher").write_text(planned, encoding="utf-8")
    assert {name: query.text for name, query in Queries("neo4j", tmp_path).items()} == {
        "kept": f"CYPHER replan=skip\n{kept}", "planned": planned,
    }  # fmt: skip
    assert Queries("ladybug", tmp_path)["kept"].text == kept


def test_a_map_is_a_parameter() -> None:
    query = Query.parse("q", "// Name.\n// :param step: map -- of Step\nMERGE (s:Step {name: $step.name})")
    assert query.bind(step={"name": "load"}) == {"step": {"name": "load"}}
    with pytest.raises(ParameterError, match=r"\$step is 'load' \(str\), expected map: of Step"):
        query.bind(step="load")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + STATEMENT.replace("$sign", "1"), r"declared and used parameters differ: \$sign"),
        (HEADER + STATEMENT + " LIMIT $limit", r"declared and used parameters differ: \$limit"),
        (HEADER.replace("root_id: int", "id: int") + STATEMENT, "id is declared but no RETURN item ends in AS id"),
        (HEADER.replace("sign: int =", "sign: integer =") + STATEMENT, "q:2: not understood: // :param sign: integer"),
        (HEADER.replace("root_id: int", "root_id int") + STATEMENT, "q:3: not understood"),
        (HEADER + "// :counts neurons\n" + STATEMENT, "neurons is declared but no RETURN item ends in AS neurons"),
        (HEADER + "// :needs everything\n" + STATEMENT, "q:4: not understood"),
        (HEADER + "// :wants merge\n" + STATEMENT, "q:4: not understood"),
        (HEADER.removeprefix("// Neurons of a sign.\n") + STATEMENT, "q:1: the header begins with sentences"),
        (HEADER.replace("= 1", "= one") + STATEMENT, "sign=one, expected int"),
    ],
)
def test_a_header_that_does_not_fit_its_statement_is_refused(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        Query.parse("q", text)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"analysis/adjacency needs root_ids: list\[int\]"),
        ({"root_id": [1]}, "has no parameter 'root_id'. Did you mean root_ids\\? It has: root_ids"),
        ({"root_ids": [1], "depth": 2}, "has no parameter 'depth'. It has: root_ids: "),
        ({"root_ids": 1}, r"\$root_ids is 1 \(int\), expected list\[int\]"),
        ({"root_ids": "12"}, r"\$root_ids is '12' \(str\)"),
        ({"root_ids": [1.5]}, r"\$root_ids is 1.5 \(float\)"),
        ({"root_ids": [True]}, r"\$root_ids is True \(bool\)"),
        ({"root_ids": [2**63]}, "does not fit into 64 bits"),
        ({"root_ids": [1], "min_synapses": "5"}, r"\$min_synapses is '5' \(str\), expected int: smallest connection"),
        ({"root_ids": [1], "min_synapses": None}, r"\$min_synapses is None"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        BOTH["ladybug"]["analysis/adjacency"].bind(**given)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("most_active", "no query is called 'most_active'. Did you mean activity/most_active\\?"),
        ("analysis/hub", "Did you mean analysis/hubs\\?"),
        ("everything", "called 'everything'. `graphkit queries` lists them"),
    ],
)
def test_an_unknown_query_is_named_with_what_may_be_meant(name: str, message: str) -> None:
    with pytest.raises(UnknownQueryError, match=message):
        BOTH["ladybug"][name]


def test_the_file_of_a_dialect_wins_over_the_common_one(tmp_path: Path) -> None:
    (tmp_path / "analysis").mkdir()
    for name in ("signs.cypher", "signs.neo4j.cypher", "other.neo4j.cypher"):
        text = f"// {name}.\n// :returns root_id: int\nMATCH (n:Neuron) RETURN n.root_id AS root_id ORDER BY root_id"
        (tmp_path / "analysis" / name).write_text(text)
    assert Queries("ladybug", tmp_path)["analysis/signs"].summary == "signs.cypher."
    assert Queries("neo4j", tmp_path)["analysis/signs"].summary == "signs.neo4j.cypher."
    assert list(Queries("ladybug", tmp_path)) == ["analysis/signs"]
    assert list(Queries("neo4j", tmp_path)) == ["analysis/other", "analysis/signs"]
