"""Every analysis query on random connectomes, against answers computed without a graph database."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import asdict, replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphkit.connectome import Connectome, connect
from graphkit.errors import GraphStateWarning
from graphkit.transmitters import SIGN_POLICIES
from tests.connectomes import BASE, TableLoader
from tests.oracles import ORACLES, SIX, Asked, Wiring

NOT_ASKED = {"analysis/downstream_counts"}  # tests/test_derivation.py

quickly = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def connectome() -> Iterator[Connectome]:
    with connect(":memory:") as opened:
        yield opened


def annotated() -> st.SearchStrategy[dict[str, object]]:
    def some(*words: str) -> st.SearchStrategy[str | None]:
        return st.sampled_from((None, *words))

    told = st.fixed_dictionaries({
        "flow": some("intrinsic"), "super_class": some("central", "optic"), "cell_class": some("ALPN"),
        "cell_type": some("KC", "PN", "APL"), "side": some("left", "right"),
        "nt_type_published": some("ACH", "GABA"), "nt_score": st.sampled_from((None, 0.5, 0.75)),
    })  # fmt: skip
    score = st.sampled_from((0.0, 0.1, 0.2, 0.3, 0.35, 0.9))
    scores = st.fixed_dictionaries({f"{nt.lower()}_avg": score for nt in SIX})
    return st.builds(lambda one, other: {**one, **other}, told, st.one_of(st.just({}), scores))


@st.composite
def loaders(draw: st.DrawFn) -> TableLoader:
    """Draw a connectome of a few neurons; pairs repeat, values are missing, some neurons are in no annotation."""
    neurons = st.integers(0, draw(st.integers(1, 6)))
    row = st.tuples(
        neurons, neurons, st.sampled_from((None, "AL_L", "CA_L")), st.integers(1, 9),
        st.sampled_from((None, "UNCLEAR", *SIX, "ACH", "GABA", "GLUT")),
    )  # fmt: skip
    rows = draw(st.lists(row, max_size=40))
    return TableLoader(rows, draw(st.dictionaries(neurons, annotated(), min_size=0 if rows else 1)))


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    """Draw values for every parameter; ids may be in no graph, and may be given twice."""
    root_id = st.integers(BASE, BASE + 7)
    root_ids = st.lists(root_id, max_size=5)
    return Asked(
        root_ids=draw(root_ids), pre_root_ids=draw(root_ids), post_root_ids=draw(root_ids), pre_root_id=draw(root_id),
        post_root_id=draw(root_id), cell_types=draw(st.lists(st.sampled_from(("KC", "PN", "none")), max_size=2)),
        min_synapses=draw(st.integers(1, 12)), min_input_share=draw(st.sampled_from((0.0, 0.1, 0.25, 0.5, 1.0))),
        min_neurons=draw(st.integers(1, 3)), limit=draw(st.sampled_from((1, 2, 5, 2**63 - 1))),
    )  # fmt: skip


def rows(answer: pd.DataFrame) -> list[tuple[object, ...]]:
    return [tuple(plain(value) for value in row) for row in answer.astype(object).itertuples(index=False)]


def plain(value: object) -> object:
    """Return a value for comparison: sums of floats depend on the order of summing in their last digits."""
    if value is None or value is pd.NA or value != value:
        return None
    return float(f"{value:.12g}") if isinstance(value, float) else value


def load(connectome: Connectome, loader: TableLoader) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GraphStateWarning)  # neurons in no annotation are meant
        connectome.load(loader, replace=True)


def test_every_analysis_query_has_an_oracle(connectome: Connectome) -> None:
    asked = {name for name, query in connectome.graph.queries.items() if name.startswith("analysis/") and query.columns}
    assert set(ORACLES) == asked - NOT_ASKED


@quickly
@given(
    loader=loaders(), asked=questions(), policy=st.sampled_from(sorted(SIGN_POLICIES)),
    unknown_sign=st.sampled_from((-1, 0, 1)),
)  # fmt: skip
def test_every_analysis_query_answers_as_its_oracle(
    connectome: Connectome, loader: TableLoader, asked: Asked, policy: str, unknown_sign: int
) -> None:
    load(connectome, loader)
    connectome.predict_transmitters(policy=policy, unknown_sign=unknown_sign)
    connectome.merge_connections()
    wiring = Wiring.of(loader, SIGN_POLICIES[policy], unknown_sign)
    for name, oracle in ORACLES.items():
        query = connectome.graph.queries[name]
        values = {key: value for key, value in asdict(asked).items() if key in query.parameters}
        wanted = asked if "min_input_share" in values else replace(asked, min_input_share=0.0)
        expected = [tuple(plain(value) for value in row) for row in oracle(wiring, wanted)]
        assert rows(connectome.graph.ask(name, **values)) == expected, name
