"""The examples of docs/cypher_examples.md, asked on both engines as they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from graphkit import Connectome, connect, simulate
from graphkit.synthetic import generate
from loaders.generated import Generated
from tests.neo4j_server import Neo4jServer

PAGE = (Path(__file__).parent.parent / "docs" / "cypher_examples.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"### \d+\. (.*?)\n.*?```cypher\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module")
def both(neo4j_server: Neo4jServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connectome, ...]]:
    """Return one generated connectome with two runs, in the embedded engine and in Neo4j."""
    folder = tmp_path_factory.mktemp("examples")
    generate(folder, neurons=1500, edges=60_000, seed=4)
    neo4j_server.clear()
    with (
        connect(folder / "examples.graph") as embedded,
        connect(neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password) as server,
    ):
        for connectome in (embedded, server):
            connectome.load(Generated(folder))
            connectome.predict_transmitters()
            connectome.merge_connections()
            connectome.mark_downstream(folder / "target_neurons.csv")
        circuit = embedded.circuit(max_downstream=2)
        for seed in (1, 2):
            spikes = simulate(circuit, duration_ms=200, seed=seed)
            for connectome in (embedded, server):
                connectome.write_back(spikes)
        yield embedded, server


def test_there_are_twenty() -> None:
    assert len(EXAMPLES) == 20


@pytest.mark.parametrize(("title", "text"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
def test_both_engines_answer_the_same(both: tuple[Connectome, ...], title: str, text: str) -> None:
    values = {name: json.loads(value) for name, value in re.findall(r"^// \$(\w+) = (.*)$", text, flags=re.MULTILINE)}
    embedded, server = (connectome.cypher(text, **values) for connectome in both)
    assert len(embedded) > 0, "an example that finds nothing teaches nothing"
    assert not (embedded.select_dtypes("number") == 0).all().all(), "an example that counts nothing teaches nothing"
    if "LIMIT" in text:  # of rows that are equal in what they are ordered by, either may be the last
        key = re.findall(r"ORDER BY (\w+)", text)[-1]
        embedded, server = embedded[[key]], server[[key]]
    pd.testing.assert_frame_equal(_in_order(embedded), _in_order(server), check_dtype=False)


def _in_order(answer: pd.DataFrame) -> pd.DataFrame:
    return answer.sort_values(list(answer.columns), ignore_index=True)
