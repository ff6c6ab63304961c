"""The files under cypher/: what their headers say, what they answer on a connectome that is known by heart.

tests/golden/ holds an answer for each query, by its name: a line ``> parameter=value …``, then the table that the tiny
connectome gives, ids without what they all begin with. To add a query, add such a file with the line, run this test,
and copy what it shows once you have checked it by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from graphkit.connectome import Connectome
from graphkit.cypher_text import check_read_only, code_of
from graphkit.errors import GraphkitError
from graphkit.queries import Queries, Query
from tests.connectomes import BASE, ENGINES, empty_graph, fill

GOLDEN = Path(__file__).parent / "golden"
START = str(BASE)[:-2]
#: What differs from run to run.
VOLATILE = {
    "select/datasets": {"files", "loaded", "graphkit_version", "engine_version"},
    "select/steps": {"started", "finished", "token", "input_token", "report"},
}
#: What one engine alone has, for its own use.
OF_ONE_ENGINE = {"select/labels", "select/id_ranges"}

BOTH = {dialect: Queries(dialect) for dialect in ENGINES}
READING = sorted(name for name, query in BOTH["ladybug"].items() if query.columns and name not in OF_ONE_ENGINE)


@pytest.fixture(scope="module", params=ENGINES)
def connectome(request: pytest.FixtureRequest) -> Iterator[Connectome]:
    with empty_graph(request.param, request) as opened:
        fill(opened)
        yield opened


def shown(answer: pd.DataFrame, hidden: set[str]) -> str:
    """Return a table that people can read: columns at one width, a dash where a value is missing."""
    if "post_root_ids" in answer:  # lists that belong together, each connection at one place of all
        lists = answer.columns[1:]
        for row in answer.index:
            ordered = sorted(zip(*answer.loc[row, lists], strict=True))
            for name, values in zip(lists, zip(*ordered, strict=True), strict=True):
                answer.at[row, name] = list(values)
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
        answers += f"{line}\n{shown(connectome.query(name, **values), VOLATILE.get(name, set()))}\n"
    assert answers == told


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
        public = [p for p in other.parameters.values() if p.name not in ("first_id", "last_id")]
        assert list(one.parameters.values()) == public, name


def every_query() -> list[Query]:
    found = {query.text: query for queries in BOTH.values() for query in queries.values()}
    return list(found.values())


@pytest.mark.parametrize("query", every_query(), ids=lambda query: query.name)
def test_the_body_returns_what_the_header_declares(query: Query) -> None:
    code = code_of(query.text)
    returned = re.split(r"\bRETURN\b", code)[1:]
    if not query.columns:
        assert not returned or "COPY" in code, "it returns columns that it does not declare"
        return
    check_read_only(query.text)
    for part in returned:
        items = re.split(r"\b(?:ORDER BY|UNION ALL|LIMIT)\b", part)[0]
        assert re.findall(r"\bAS (\w+)\s*(?=,|$)", re.sub(r"\s+", " ", items).strip()) == [
            column.name for column in query.columns
        ]
    # One row needs no order; everything else has one.
    if "ORDER BY" not in code:
        assert query.name in ("analysis/counts", "analysis/merge_report", "analysis/prediction_report", "analysis/motifs")


@pytest.mark.parametrize("query", every_query(), ids=lambda query: query.name)
def test_thresholds_are_inclusive_and_name_no_label_of_their_own(query: Query) -> None:
    for name in (name for name in query.parameters if name.startswith("min_") and name != "min_syn_count"):
        assert re.search(rf">= \${name}\b", query.text), f"${name} is not the smallest value kept"
        assert "inclusive" in query.parameters[name].description
    assert not re.search(r"\(\w+\)\s*(?:WHERE|$)", code_of(query.text).split("\n")[0])


def test_every_statement_is_understood_by_its_engine(connectome: Connectome) -> None:
    backend, refused = connectome.graph.backend, []
    for name, query in connectome.graph.queries.items():
        if query.text.count("$rows") or backend.dialect == "ladybug" and "schema/" in name:
            continue  # tables that a plan needs to see; tables that are there
        values = {p.name: example(p.type) for p in query.parameters.values()}
        try:
            backend.execute(f"EXPLAIN {query.text}", values)
        except GraphkitError as error:
            refused.append(f"{name}: {error}")
    assert not refused


def example(kind: str) -> object:
    if kind.startswith("list["):
        return [example(kind[5:-1])]
    return {"int": 1, "float": 0.5, "str": "x", "bool": True}[kind.rstrip("?")]
