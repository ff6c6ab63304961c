"""What the soak trials compare graphs by is the same for one graph on either engine."""

from __future__ import annotations

import pytest

from tests.connectomes import BASE, ENGINES, empty_graph, fill
from tests.soak.checksums import checksums


def test_both_engines_hold_the_same_graph(request: pytest.FixtureRequest) -> None:
    found = []
    for engine in ENGINES:
        with empty_graph(engine, request) as connectome:
            fill(connectome)
            found.append(checksums(connectome))
    assert found[0] == found[1]
    assert {name: int(found[0][name].split()[0]) for name in ("Neuron", "SYNAPSES", "CONNECTS", "Run", "RECORDED")} == {
        "Neuron": 10, "SYNAPSES": 22, "CONNECTS": 19, "Run": 2, "RECORDED": 14,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ("MATCH (n:Neuron {root_id: $id}) SET n.downstream = 7", {"Neuron"}),
        ("MATCH (:Neuron {root_id: $id})-[c:CONNECTS]->(:Neuron) SET c.weight = c.weight + 1", {"CONNECTS"}),
        ("MATCH (:Run)-[r:RECORDED]->(:Neuron {root_id: $id}) SET r.spike_count = null", {"RECORDED"}),
        ("MATCH (:Run)-[r:RECORDED]->(:Neuron {root_id: $id}) SET r.rate_hz = r.rate_hz * (1 + 3e-16)", {"RECORDED"}),
    ],
)  # fmt: skip
def test_the_smallest_change_is_noticed(request: pytest.FixtureRequest, change: str, touched: set[str]) -> None:
    with empty_graph("ladybug", request) as connectome:
        fill(connectome)
        before = checksums(connectome)
        connectome.cypher(change, write=True, id=BASE + 3)
        after = checksums(connectome)
    assert {name for name in before if before[name] != after[name]} == touched
