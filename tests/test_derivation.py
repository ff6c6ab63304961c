"""What the derived steps write, held against their rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graphkit.connectome import Connectome, connect
from graphkit.graph import Graph
from graphkit.transmitters import SIGN_POLICIES, SignPolicy
from loaders.flywire import FlyWire
from tests.connectomes import BASE, ENGINES, Row, TableLoader, empty_graph, fill
from tests.oracles import SIX, Connection, levels, merged, scored, voted
from tests.recording_backend import RecordingBackend
from tests.test_query_answers import load, loaders

quickly = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
policies = st.sampled_from(sorted(SIGN_POLICIES))
signs = st.sampled_from((-1, 0, 1))

# Ties within a sign and across, votes for none of the six, silent neurons, pairs that disagree row by row.
DIFFICULT = TableLoader(
    [
        (0, 1, "AL_L", 5, "ACH"), (0, 1, None, 5, "DA"), (1, 0, "AL_L", 4, "GABA"), (1, 2, "CA_L", 4, "ACH"),
        (2, 0, "AL_L", 3, "GLUT"), (2, 2, "AL_L", 3, "GABA"), (3, 0, "CA_L", 7, None), (3, 0, "AL_L", 2, "UNCLEAR"),
        (4, 5, "AL_L", 6, "SER"), (4, 5, "AL_L", 6, "OCT"), (4, 5, "CA_L", 1, "HIST"), (5, 4, "AL_L", 9, "ACH"),
        (5, 4, "AL_L", 9, "ACH"), (5, 4, "CA_L", 1, "GABA"), (5, 6, None, 1, "GABA"),
    ],
    {number: {"super_class": "central"} for number in range(8)},
)  # fmt: skip


@pytest.fixture(scope="module")
def connectome() -> Iterator[Connectome]:
    with connect(":memory:") as opened:
        yield opened


@pytest.fixture(scope="module", params=ENGINES)
def either(request: pytest.FixtureRequest) -> Iterator[Connectome]:
    with empty_graph(request.param, request) as opened:
        yield opened


def fetched(connectome: Connectome, statement: str) -> list[tuple[Any, ...]]:
    answer = connectome.graph.cypher(statement, {})
    return [tuple(None if pd.isna(value) else value for value in row) for row in answer.astype(object).to_numpy()]


def predicted(connectome: Connectome) -> list[tuple[Any, ...]]:
    return fetched(
        connectome,
        "MATCH (n:Neuron) RETURN n.root_id AS id, n.nt_type AS nt, n.sign AS sign, n.nt_confidence AS c, "
        "n.nt_known_share AS k, n.nt_tied AS tied, n.nt_source AS source ORDER BY id",
    )


def connections(connectome: Connectome) -> list[Connection]:
    found = fetched(
        connectome,
        "MATCH (a:Neuron)-[c:CONNECTS]->(b:Neuron) RETURN a.root_id AS pre, b.root_id AS post, c.syn_count AS n, "
        "c.weight_signed AS signed, c.n_rows AS n_rows, c.syn_count * 1.0 / b.input_synapses AS share, "
        "c.weight AS weight ORDER BY pre, post",
    )
    assert all(weight == abs(signed) for *_, signed, _, _, weight in found), "weight is not that of weight_signed"
    return [Connection(*row[:-1]) for row in found]


def rows_of(loader: TableLoader) -> list[Row]:
    return [(BASE + row[0], BASE + row[1], *row[2:]) for row in loader.rows]


# ----------------------------------------------------------------------------------------------------- transmitters


def by_vote(loader: TableLoader, policy: SignPolicy, unknown_sign: int) -> list[tuple[Any, ...]]:
    """Return what the vote should leave at every neuron."""
    rows = rows_of(loader)
    ids = {BASE + number for number in loader.annotations} | {row[0] for row in rows} | {row[1] for row in rows}
    answer = []
    for root_id in sorted(ids):
        mine = [(row[3], row[4]) for row in rows if row[0] == root_id]
        source = "vote" if any(nt_type in SIX for _, nt_type in mine) else "none"
        answer.append((root_id, *voted(mine, policy, unknown_sign), source))
    return answer


@quickly
@given(loader=loaders(), policy=policies, unknown_sign=signs)
def test_the_vote_follows_the_rule(connectome: Connectome, loader: TableLoader, policy: str, unknown_sign: int) -> None:
    load(connectome, loader)
    connectome.predict_transmitters(policy=policy, unknown_sign=unknown_sign)
    assert predicted(connectome) == by_vote(loader, SIGN_POLICIES[policy], unknown_sign)


@pytest.mark.parametrize("policy", sorted(SIGN_POLICIES))
@pytest.mark.parametrize("unknown_sign", [0, -1])
def test_both_engines_follow_the_rules_where_they_are_difficult(
    either: Connectome, policy: str, unknown_sign: int
) -> None:
    load(either, DIFFICULT)
    signs = SIGN_POLICIES[policy]
    either.predict_transmitters(policy=policy, unknown_sign=unknown_sign)
    expected = by_vote(DIFFICULT, signs, unknown_sign)
    assert predicted(either) == expected
    by_neuron = {row[0]: row[2] for row in expected}
    for neuropils in ([], ["AL_L"]):
        either.merge_connections(neuropils=neuropils)
        assert connections(either) == merged(rows_of(DIFFICULT), lambda row: by_neuron[row[0]], neuropils)
        either.merge_connections(neuropils=neuropils, signed_by="row")
        assert connections(either) == merged(rows_of(DIFFICULT), sign_of_row(signs, unknown_sign), neuropils)


SCORES = st.one_of(st.sampled_from((0.0, 0.1, 0.2, 0.21, 0.3, 0.31, 0.5)), st.floats(0, 1))


@quickly
@given(scores=st.lists(st.tuples(*[SCORES] * 6), min_size=1, max_size=5), policy=policies, unknown_sign=signs)
# In 64-bit floats 0.4 is not above 0.3 + 0.1, 0.8 is above 0.7 + 0.1, and 0.3 is not above 0.2 + 0.1.
@example(
    scores=[(0.4, 0.3, 0, 0, 0, 0), (0, 0.8, 0.7, 0, 0, 0), (0, 0, 0, 0.3, 0, 0.2), (0.2, 0, 0, 0, 0, 0)],
    policy="shiu2024", unknown_sign=0,
)  # fmt: skip
def test_the_scores_follow_flywires_rule(
    connectome: Connectome, scores: list[tuple[float, ...]], policy: str, unknown_sign: int
) -> None:
    names = [f"{nt_type.lower()}_avg" for nt_type in SIX]
    told: dict[int, dict[str, object]] = {1 + k: dict(zip(names, its, strict=True)) for k, its in enumerate(scores)}
    load(connectome, TableLoader((), {0: {"side": "left"}, **told}))
    connectome.predict_transmitters("scores", policy=policy, unknown_sign=unknown_sign)
    expected: list[tuple[Any, ...]] = [(BASE, None, unknown_sign, None, None, False, "none")]
    for number, its in enumerate(scores, 1):
        nt_type = scored(dict(zip(SIX, its, strict=True)))
        sign = unknown_sign if nt_type is None else SIGN_POLICIES[policy].sign(nt_type)
        expected.append((BASE + number, nt_type, sign, max(its), None, False, "scores"))
    assert predicted(connectome) == expected


def test_overrides_win_and_those_of_a_neuron_over_those_of_its_type(either: Connectome) -> None:
    rows: list[Row] = [(1, 2, None, 5, "ACH"), (2, 1, None, 5, "GABA"), (3, 1, None, 5, "ACH")]
    load(either, TableLoader(rows, {1: {"cell_type": "R7"}, 2: {"cell_type": "R7"}, 3: {"cell_type": "L1"}}))
    report = either.predict_transmitters(overrides={"R7": "HIST", BASE + 2: "OCT", BASE + 3: "GLUT"})
    found = [(row[0], row[1], row[2], row[6]) for row in predicted(either)]
    assert found == [
        (BASE + 1, "HIST", -1, "override"),
        (BASE + 2, "OCT", 1, "override"),
        (BASE + 3, "GLUT", -1, "override"),
    ]
    assert report["overridden"] == 3


# ----------------------------------------------------------------------------------------------------------- merging


def sign_of_row(policy: SignPolicy, unknown_sign: int) -> Callable[[Row], int]:
    known = {*SIX, *policy.excitatory, *policy.inhibitory}
    return lambda row: policy.sign(row[4]) if row[4] is not None and row[4] in known else unknown_sign


@quickly
@given(
    loader=loaders(), policy=policies, unknown_sign=signs, by_row=st.booleans(),
    neuropils=st.sampled_from(([], ["AL_L"], ["AL_L", "CA_L"])), at_once=st.sampled_from((1, 4, 1000)),
)  # fmt: skip
def test_merging_equals_grouping_by_pair(
    connectome: Connectome, monkeypatch: pytest.MonkeyPatch, loader: TableLoader, policy: str, unknown_sign: int,
    by_row: bool, neuropils: list[str], at_once: int,
) -> None:  # fmt: skip
    monkeypatch.setattr("graphkit.derivation.ROWS_AT_ONCE", at_once)
    rows = rows_of(loader)
    neuropils = [name for name in neuropils if name in {row[2] for row in rows}]
    load(connectome, loader)
    connectome.predict_transmitters(policy=policy, unknown_sign=unknown_sign)
    report = connectome.merge_connections(neuropils=neuropils, signed_by="row" if by_row else "neuron")
    signs = {row[0]: row[2] for row in predicted(connectome)}
    if by_row:
        expected = merged(rows, sign_of_row(SIGN_POLICIES[policy], unknown_sign), neuropils)
    else:
        expected = merged(rows, lambda row: signs[row[0]], neuropils)
    assert connections(connectome) == expected
    # The engine can lose a whole column without saying so: count what is there.
    columns = ("syn_count", "weight_signed", "weight", "n_rows")
    counted = ", ".join(f"count(c.{name}) AS {name}" for name in columns)
    assert fetched(connectome, f"MATCH (:Neuron)-[c:CONNECTS]->(:Neuron) RETURN {counted}") == [(len(expected),) * 4]
    assert report["pairs"] == len(expected)
    assert report["synapses_without_effect"] == sum(c.syn_count - abs(c.weight_signed) for c in expected)
    if not by_row:  # Dale's law: one sign on all outputs, so nothing cancels where there is a sign
        assert all(abs(c.weight_signed) == c.syn_count for c in expected if signs[c.pre])


# ----------------------------------------------------------------------------------------------------------- marking


@quickly
@given(
    loader=loaders(), depth=st.integers(1, 4), min_synapses=st.integers(1, 6), sign=signs,
    min_input_share=st.sampled_from((0.0, 0.2, 0.5)), chosen=st.lists(st.integers(0, 6), min_size=1, max_size=3),
)  # fmt: skip
def test_marks_are_shortest_path_lengths(
    connectome: Connectome, loader: TableLoader, depth: int, min_synapses: int, sign: int, min_input_share: float,
    chosen: list[int],
) -> None:  # fmt: skip
    load(connectome, loader)
    connectome.predict_transmitters()
    connectome.merge_connections()
    known = connectome.root_ids(connectome.neurons()["root_id"])
    targets = [BASE + number for number in chosen if BASE + number in known] or known[:1]
    report = connectome.mark_downstream(
        targets, depth, functional_nuclei=known[-1:], min_synapses=min_synapses, min_input_share=min_input_share,
        sign=sign,
    )  # fmt: skip
    followed = [
        c for c in connections(connectome)
        if c.syn_count >= min_synapses and c.input_share >= min_input_share and (not sign or c.weight_signed * sign > 0)
    ]  # fmt: skip
    downstream = levels(followed, targets, depth)
    upstream = levels([Connection(c.post, c.pre, 0, 0, 0, 0) for c in followed], targets, depth)
    assert fetched(
        connectome,
        "MATCH (n:Neuron) RETURN n.root_id AS id, n.downstream AS d, n.upstream AS u, n.is_target AS t, "
        "n.functional_nucleus AS f ORDER BY id",
    ) == [(i, downstream.get(i), upstream.get(i), i in targets, i == known[-1]) for i in known]
    counts = connectome.query("analysis/downstream_counts")
    for direction, marked in (("downstream", downstream), ("upstream", upstream)):
        its = counts[counts["direction"] == direction]
        expected = pd.Series(list(marked.values())).value_counts().sort_index()
        assert its["level"].tolist() == expected.index.tolist()
        assert its["neurons"].tolist() == expected.tolist()
        assert report[direction] == {str(level): n for level, n in expected.items()}


# --------------------------------------------------------------------------------------------- how it is computed


@pytest.mark.parametrize("engine", ENGINES)
def test_every_step_runs_packaged_queries_and_fetches_nothing_that_it_computes(
    engine: str, request: pytest.FixtureRequest
) -> None:
    with empty_graph(engine, request) as opened:
        recording = RecordingBackend(opened.graph.backend)
        connectome = Connectome(Graph(recording))
        fill(connectome)
        recording.calls.clear()
        connectome.predict_transmitters(overrides={BASE + 6: "GABA"})
        connectome.merge_connections(neuropils=["AL_L", "CA_L"])
        connectome.merge_connections(signed_by="row")
        connectome.mark_downstream([BASE + 1, BASE + 2], depth=3)
        connectome.predict_transmitters("scores")
        names = {query.text: name for name, query in connectome.graph.queries.items()}
        assert {call.text for call in recording.calls} <= set(names)
        sent = [call for call in recording.calls if call.how == "write_rows"]
        assert {names[call.text] for call in sent} == {"write/override_by_type", "write/override_by_neuron"}
        assert sum(call.rows for call in sent) == 1, "the override, and no other row"
        read = {names[call.text] for call in recording.calls if call.how == "read"}
        # Their own state, the ids and neuropils that the caller named, and sums for the report.
        assert read <= {
            "select/steps", "select/labels", "select/id_ranges", "select/known_root_ids", "analysis/neuropils",
            "analysis/prediction_report", "analysis/merge_report", "analysis/downstream_counts", "select/datasets",
        }  # fmt: skip
        written = {names[call.text] for call in recording.calls if call.how == "write"}
        assert {"analysis/predict_by_vote", "analysis/merge_connections", "analysis/mark_downstream"} <= written


def test_every_step_ends_in_the_same_state_however_often_it_runs(either: Connectome) -> None:
    def derive() -> tuple[object, ...]:
        either.predict_transmitters()
        either.merge_connections()
        either.mark_downstream([BASE], depth=2)
        marks = fetched(
            either, "MATCH (n:Neuron) RETURN n.root_id AS id, n.downstream AS d, n.upstream AS u ORDER BY id"
        )
        return predicted(either), connections(either), marks

    load(either, DIFFICULT)
    once = derive()
    either.predict_transmitters("scores", policy="ach_only")
    either.merge_connections(neuropils=["CA_L"], signed_by="row")
    either.mark_downstream([BASE + 5], depth=4, functional_nuclei=[BASE + 1])
    assert derive() == once


def test_one_neuropil_may_stand_alone(connectome: Connectome) -> None:
    load(connectome, DIFFICULT)
    connectome.predict_transmitters()
    connectome.merge_connections(neuropils=["CA_L"])
    of_a_list = connections(connectome)
    connectome.merge_connections(neuropils="CA_L")
    assert connections(connectome) == of_a_list != []


def test_marks_that_a_step_left_when_it_was_cut_off_while_it_cleared_are_cleared(either: Connectome) -> None:
    load(either, DIFFICULT)
    either.predict_transmitters()
    either.merge_connections()
    either.mark_downstream([BASE], depth=1)
    # On a server the targets' range of neurons may be cleared when that of the functional nuclei is not yet.
    either.cypher(
        "MATCH (n:Neuron) SET n.is_target = false, n.downstream = null, n.upstream = null, "
        "n.functional_nucleus = (n.root_id = $id)", write=True, id=BASE + 6,
    )  # fmt: skip
    either.cypher("MATCH (s:Step {name: 'mark'}) SET s.state = 'interrupted'", write=True)

    either.mark_downstream([BASE + 5], depth=1)

    assert fetched(either, "MATCH (n:Neuron) WHERE n.functional_nucleus = true RETURN n.root_id AS id") == []


@pytest.mark.parametrize("left", [True, False, None])
def test_a_prediction_depends_on_nothing_that_an_earlier_one_left(either: Connectome, left: bool | None) -> None:
    load(either, DIFFICULT)
    either.predict_transmitters()
    once = predicted(either)
    assert {row[5] for row in once} == {True, False}
    either.cypher("MATCH (n:Neuron) SET n.nt_tied = $left, n.nt_type = 'OCT', n.sign = 1", write=True, left=left)
    either.predict_transmitters()
    assert predicted(either) == once


@pytest.mark.parametrize("engine", ENGINES)
def test_merging_again_under_other_signs_only_signs_and_anything_else_merges_anew(
    engine: str, request: pytest.FixtureRequest
) -> None:
    with empty_graph(engine, request) as opened:
        recording = RecordingBackend(opened.graph.backend)
        connectome = Connectome(Graph(recording))
        names = {query.text: name for name, query in connectome.graph.queries.items()}

        def merge(**how: Any) -> bool:
            """Merge, check what came of it, and return whether connections were made anew."""
            recording.calls.clear()
            connectome.merge_connections(**how)
            written = {names[call.text] for call in recording.calls if call.how == "write"}
            assert ("write/sign_connections" in written) != ("write/remove_connections" in written)
            return "write/remove_connections" in written

        def expected(loader: TableLoader) -> list[Connection]:
            signs = {row[0]: row[2] for row in predicted(connectome)}
            return merged(rows_of(loader), lambda row: signs[row[0]])

        load(connectome, DIFFICULT)
        connectome.predict_transmitters()
        assert merge()
        for policy, unknown_sign in (("ach_only", -1), ("monoamine_zero", 1), ("shiu2024", 0)):
            connectome.predict_transmitters(policy=policy, unknown_sign=unknown_sign)
            assert not merge()
            assert connections(connectome) == expected(DIFFICULT)
        assert merge(signed_by="row")
        assert merge(neuropils=["AL_L"])
        assert merge()
        more = TableLoader([(6, 0, "AL_L", 8, "ACH"), (0, 1, "AL_L", 1, "ACH")])
        connectome.load(more, add=True)
        connectome.predict_transmitters()
        assert merge()
        assert connections(connectome) == expected(TableLoader([*DIFFICULT.rows, *more.rows]))


# ------------------------------------------------------------------------------------------------ the published files


@pytest.mark.parametrize(
    "name",
    [
        "flywire_v630_olfactory/connections.csv.gz",
        "flywire_v783/al_ln_to_pn_connections.csv.gz",
        "flywire_v447_sample/syn_proof_analysis_filtered_447.csv",
    ],
)
def test_merged_pairs_of_a_published_file_equal_grouping_it(real_data: Path, name: str) -> None:
    table = pd.read_csv(real_data / name, keep_default_na=False, dtype=str)
    table.columns = [column.replace("pt_root_id", "root_id") for column in table.columns]
    table["syn_count"] = table["syn_count"].astype("int64")
    pairs = table.groupby(["pre_root_id", "post_root_id"])["syn_count"].agg(["sum", "size"])
    received = table.groupby("post_root_id")["syn_count"].sum()
    with connect(":memory:") as connectome:
        connectome.load(FlyWire(real_data / name))
        connectome.predict_transmitters()
        connectome.merge_connections()
        found = pd.DataFrame(connections(connectome)).astype({"pre": str, "post": str}).set_index(["pre", "post"])
    assert found.index.sort_values().tolist() == pairs.index.sort_values().tolist()
    assert (found["syn_count"] == pairs["sum"].rename_axis(["pre", "post"])).all()
    assert (found["n_rows"] == pairs["size"].rename_axis(["pre", "post"])).all()
    total = received.reindex(found.index.get_level_values("post")).to_numpy()
    assert (found["input_share"] == found["syn_count"] / total).all()


def test_flywires_rule_gives_the_published_transmitter_of_every_neuron(real_data: Path) -> None:
    with connect(":memory:") as connectome:
        connectome.load(FlyWire(real_data / "flywire_v783" / "neurons.csv.gz"))
        connectome.predict_transmitters("scores")
        agreement = connectome.query("analysis/transmitter_agreement")
    assert agreement.loc[agreement["agree"], "neurons"].sum() == agreement["neurons"].sum() == 139_255
    assert agreement.loc[agreement["nt_type"].isna(), "neurons"].tolist() == [19_658]
