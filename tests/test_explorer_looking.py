"""What a view shows, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import networkx as nx
import pytest

from graphkit.circuit import Circuit
from graphkit.connectome import Connectome
from graphkit.errors import BackendError, GraphkitError, ParameterError, SelectionError, WriteRefusedError
from graphkit.explorer import looking
from graphkit.explorer.looking import look
from graphkit.explorer.saying import as_cypher
from graphkit.explorer.view import View
from tests.connectomes import BASE, ENGINES, empty_graph, fill, tiny


@pytest.fixture(scope="module", params=ENGINES)
def connectome(request: pytest.FixtureRequest) -> Iterator[Connectome]:
    with empty_graph(request.param, request) as opened:
        fill(opened)
        yield opened


def ids(*numbers: int) -> list[str]:
    return [str(BASE + number) for number in numbers]


def numbers(circuit: Circuit | None) -> list[int]:
    assert circuit is not None
    return sorted(int(root_id) - BASE for root_id in circuit.root_ids)


def by_ids(*chosen: int) -> View:
    return View().with_pick(by="ids", root_ids=ids(*chosen))


def grown(start: int, direction: str, least: int = 1, most: int = 9) -> View:
    return by_ids(start).with_step(do="partners", direction=direction, of=[], min_synapses=least, most=most)


VIEWS = {
    "marks": (View(), [1, 2, 3, 4, 5, 6]),
    "marks at level 0": (View().with_pick(by="marks", level=0), [1, 2]),
    "class": (View().with_pick(by="annotation", where={"super_class": ["sensory"]}), [1, 2]),
    "class and side": (View().with_pick(by="annotation", where={"super_class": ["sensory"], "side": ["left"]}), [1]),
    "ids": (by_ids(3, 5), [3, 5]),
    "cypher": (View().with_pick(by="cypher", text="MATCH (a:Neuron)-[c:CONNECTS]->(b:Neuron) WHERE c.syn_count >= 15 "
                                "RETURN a.root_id AS pre_root_id, b.root_id AS post_root_id"), [1, 3, 5]),
    "downstream": (grown(1, "downstream"), [1, 3, 4]),
    "downstream, strong": (grown(1, "downstream", least=10), [1, 3]),
    "the strongest": (grown(3, "downstream", most=1), [3, 5]),
    "upstream": (grown(3, "upstream"), [1, 2, 3, 4, 6]),
    "both": (grown(8, "both"), [5, 7, 8]),
    "paths": (by_ids(1).with_step(do="paths", of=ids(1), to=ids(8)[0], min_synapses=1), [1, 3, 4, 5, 7, 8]),
    "kept": (by_ids(1, 3, 5).with_step(do="keep", of=ids(3, 5)), [3, 5]),
    "removed": (by_ids(1, 3, 5).with_step(do="remove", of=ids(3)), [1, 5]),
}  # fmt: skip


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_shows_its_neurons_and_its_python_comes_to_the_same(connectome: Connectome, name: str) -> None:
    view, expected = VIEWS[name]
    looked = look(connectome, view)
    assert looked.circuit is not None
    assert numbers(looked.circuit) == expected
    space: dict[str, Any] = {"connectome": connectome}
    exec("\n".join(looked.python), space)
    assert space["circuit"].to_frame().equals(looked.circuit.to_frame())
    assert space["circuit"].root_ids.tolist() == looked.circuit.root_ids.tolist()
    assert len(looked.told) > len(view.steps)


def test_the_shortest_paths_are_those_of_networkx(connectome: Connectome) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    for pre, post, *_ in tiny().rows:
        graph.add_edge(pre, post)
    for start, end in ((1, 8), (2, 7), (9, 5)):
        on_paths = {node for path in nx.all_shortest_paths(graph, start, end) for node in path}
        view = by_ids(start).with_step(do="paths", of=ids(start), to=ids(end)[0], min_synapses=1)
        assert numbers(look(connectome, view).circuit) == sorted(on_paths)


def test_the_cypher_behind_a_view_runs_as_it_stands(connectome: Connectome) -> None:
    looked = look(connectome, VIEWS["both"][0])
    said = as_cypher(looked.statements)
    assert f":param root_ids => [{BASE + 8}]" in said
    for statement in looked.statements:
        assert statement.text.strip().splitlines()[-1] in said
        connectome.graph.cypher(
            statement.text, {k: v for k, v in statement.values.items() if f"${k}" in statement.text}
        )


@pytest.mark.parametrize(
    ("view", "error", "words"),
    [
        (by_ids(77), SelectionError, "not in the graph"),
        (by_ids(1).with_step(do="partners", direction="both", of=ids(77)), SelectionError, "not in the graph"),
        (by_ids(10).with_step(do="paths", of=ids(10), to=ids(1)[0]), SelectionError, "no path"),
        (by_ids(1).with_step(do="paths", of=[], to=ids(1)[0]), ParameterError, "select where they begin"),
        (View().with_pick(by="cypher", text="MATCH (n:Neuron) RETURN count(*) AS n"), ParameterError, "no root_id"),
        (View().with_pick(by="cypher", text="MATCH (n:Neuron) SET n.side = 'x'"), WriteRefusedError, "SET"),
        (View().with_pick(by="cypher", text="RETURN 5 AS root_id"), SelectionError, "not in the graph"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_told(
    connectome: Connectome, view: View, error: type[GraphkitError], words: str
) -> None:
    with pytest.raises(error, match=words):
        look(connectome, view)


def test_nothing_chosen_is_no_circuit(connectome: Connectome) -> None:
    for view in (View().with_pick(by="annotation", where={}), by_ids(1).with_step(do="remove", of=ids(1))):
        assert look(connectome, view).circuit is None


def test_a_circuit_that_no_page_can_show_is_refused(connectome: Connectome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "LARGEST", 3)
    with pytest.raises(SelectionError, match="10 neurons are more than this page can show"):
        look(connectome, View().with_pick(by="cypher", text="MATCH (n:Neuron) RETURN n.root_id AS root_id"))


def test_a_search_for_paths_ends_at_its_time_limit(connectome: Connectome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "_TIME_LIMIT_S", 0.0)
    with pytest.raises(BackendError, match="stopped after 0 s, with 0 of 2 neurons done"):
        look(connectome, by_ids(1).with_step(do="paths", of=ids(1, 3), to=ids(8)[0]))


def test_one_more_step_says_what_the_whole_view_says(connectome: Connectome) -> None:
    views = {name: view for name, (view, _) in VIEWS.items() if view.steps}
    assert views
    for name, view in views.items():
        before = look(connectome, replace(view, steps=view.steps[:-1]))
        anew, continued = look(connectome, view), look(connectome, view, before)
        assert numbers(continued.circuit) == numbers(anew.circuit), name
        assert (continued.python, continued.told) == (anew.python, anew.told), name
        assert continued.statements == anew.statements, name
