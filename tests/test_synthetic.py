"""Generated connectomes, as other programs find them in the written files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from graphkit.errors import DataError, GraphkitError, ParameterError
from graphkit.synthetic import PROFILES, GeneratedReport, generate

NAMES = ("connections", "classification", "neurons", "target_neurons", "functional_nuclei")
SCORES = ["da_avg", "ser_avg", "gaba_avg", "glut_avg", "ach_avg", "oct_avg"]
INHIBITORY = ["GABA", "GLUT"]


@dataclass
class Written:
    """What stands in the files, read by pandas."""

    report: GeneratedReport
    connections: pd.DataFrame
    classification: pd.DataFrame
    neurons: pd.DataFrame
    target_neurons: pd.DataFrame
    functional_nuclei: pd.DataFrame

    @cached_property
    def pairs(self) -> pd.DataFrame:
        grouped = self.connections.groupby(["pre_root_id", "post_root_id"], as_index=False)
        return grouped.agg(syn_count=("syn_count", "sum"), rows=("neuropil", "size"), kinds=("nt_type", "nunique"))

    @cached_property
    def voted(self) -> pd.Series:
        """Each presynaptic neuron's transmitter by synapses."""
        votes = self.connections.groupby(["pre_root_id", "nt_type"])["syn_count"].sum().unstack(fill_value=0)
        return votes.idxmax(axis=1)


def written(folder: Path, **arguments: Any) -> Written:
    report = generate(folder, **arguments)
    frames = [pd.read_csv(folder / f"{name}.csv", keep_default_na=False) for name in NAMES]
    return Written(report, *frames)


@pytest.fixture(scope="module")
def codex(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(tmp_path_factory.mktemp("codex"), neurons=10_000, edges=200_000)


@pytest.fixture(scope="module")
def unthresholded(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("unthresholded")
    return written(folder, neurons=5000, edges=150_000, profile="unthresholded", seed=2)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(tmp_path_factory.mktemp("small"), neurons=2000, edges=60_000, seed=3)


@pytest.fixture(params=["codex", "unthresholded", "small"])
def any_connectome(request: pytest.FixtureRequest) -> Written:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Written)
    return found


def test_columns_are_those_of_codex(codex: Written) -> None:
    assert list(codex.connections) == ["pre_root_id", "post_root_id", "neuropil", "syn_count", "nt_type"]
    assert list(codex.classification) == [
        "root_id", "flow", "super_class", "class", "sub_class", "cell_type", "hemibrain_type", "hemilineage", "side",
        "nerve",
    ]  # fmt: skip
    assert list(codex.neurons) == ["root_id", "group", "nt_type", "nt_type_score", *SCORES]
    assert list(codex.functional_nuclei) == ["root_id"]


def test_columns_are_those_of_the_real_files(codex: Written, real_data: Path) -> None:
    real = real_data / "flywire_v783"
    assert list(codex.classification) == list(pd.read_csv(real / "classification_2024-05.csv.gz", nrows=1))
    assert list(codex.neurons) == list(pd.read_csv(real / "neurons.csv.gz", nrows=1))
    assert list(codex.connections) == list(pd.read_csv(real / "al_ln_to_pn_connections.csv.gz", nrows=1))
    targets = real_data / "flywire_v630_olfactory" / "target_neurons.csv"
    assert list(codex.target_neurons) == list(pd.read_csv(targets, nrows=1))


def test_counts_are_those_asked_for_and_reported(any_connectome: Written) -> None:
    report, pairs = any_connectome.report, any_connectome.pairs
    assert len(pairs) == report.pairs
    assert len(any_connectome.connections) == report.rows
    assert any_connectome.connections["syn_count"].sum() == report.synapses
    assert len(any_connectome.neurons) == len(any_connectome.classification) == report.neurons
    assert len(any_connectome.target_neurons) == report.targets == 30
    assert {path.name for path in report.files} == {f"{name}.csv" for name in NAMES}
    assert all(path.is_file() for path in report.files)
    assert (pairs["pre_root_id"] != pairs["post_root_id"]).all()


def test_ids_are_large_unique_and_known(any_connectome: Written) -> None:
    ids = any_connectome.classification["root_id"]
    assert ids.dtype == np.int64
    assert ids.min() > 2**53
    assert ids.is_unique
    assert ids.diff().iloc[1:].between(1, 800).all()
    assert (ids.diff() > 1).mean() > 0.9
    assert (ids == any_connectome.neurons["root_id"]).all()
    for named in (
        any_connectome.connections["pre_root_id"],
        any_connectome.connections["post_root_id"],
        any_connectome.target_neurons["root_id"],
        any_connectome.functional_nuclei["root_id"],
    ):
        assert named.isin(ids).all()


def test_rows_of_a_pair_lie_in_different_neuropils(any_connectome: Written) -> None:
    rows = any_connectome.connections
    assert not rows.duplicated(["pre_root_id", "post_root_id", "neuropil"]).any()
    assert (rows["syn_count"] >= 1).all()
    assert (rows["nt_type"] != "").all()


def test_rows_and_synapses_of_the_codex_profile(codex: Written) -> None:
    pairs, stated = codex.pairs, PROFILES["codex"]
    several = pairs["rows"] > 1
    assert pairs["syn_count"].min() == stated.min_pair_synapses == 5
    assert several.mean() == pytest.approx(0.31, abs=0.01)
    assert 6 <= pairs["rows"].max() <= 16
    assert (pairs["kinds"][several] > 1).mean() == pytest.approx(0.15, abs=0.015)
    assert (codex.connections["syn_count"] < 5).mean() == pytest.approx(0.35, abs=0.01)
    assert len(codex.connections) / len(pairs) == pytest.approx(stated.rows / stated.pairs, rel=0.01)
    assert pairs["syn_count"].mean() == pytest.approx(stated.synapses / stated.pairs, rel=0.03)


def test_rows_and_synapses_of_the_unthresholded_profile(unthresholded: Written) -> None:
    pairs, stated = unthresholded.pairs, PROFILES["unthresholded"]
    assert pairs["syn_count"].min() == 1
    assert len(unthresholded.connections) / len(pairs) == pytest.approx(stated.rows / stated.pairs, rel=0.01)
    assert pairs["syn_count"].mean() == pytest.approx(stated.synapses / stated.pairs, rel=0.03)
    kept = pairs["syn_count"] >= 5
    assert kept.mean() == pytest.approx(PROFILES["codex"].pairs / stated.pairs, abs=0.005)


def test_weights_and_degrees_have_heavy_tails(any_connectome: Written) -> None:
    pairs = any_connectome.pairs
    outputs = pairs.groupby("pre_root_id").size()
    inputs = pairs.groupby("post_root_id").size()
    for found in (outputs, inputs, pairs["syn_count"]):
        assert found.mean() > 1.3 * found.median()
        assert found.quantile(0.99) > 4 * found.mean()
    for found in (outputs, inputs):
        # The real olfactory circuit has 1.25 and 1.24, a generated one the sought 1.1 and what sampling adds.
        assert 0.95 < np.log(found).std() < 1.35
    both = pd.concat([outputs, inputs], axis=1).fillna(0)
    assert 0.5 < np.corrcoef(both.to_numpy(), rowvar=False)[0, 1] < 0.9


def test_reciprocity_is_that_of_the_fly(any_connectome: Written) -> None:
    pairs = any_connectome.pairs[["pre_root_id", "post_root_id"]]
    both = pairs.merge(pairs.rename(columns={"pre_root_id": "post_root_id", "post_root_id": "pre_root_id"}))
    chance = len(pairs) / len(any_connectome.neurons) ** 2
    assert len(both) / len(pairs) == pytest.approx(0.138, abs=0.015)
    assert len(both) / len(pairs) > 5 * chance


def test_a_few_percent_of_neurons_are_unconnected(any_connectome: Written) -> None:
    ends = any_connectome.connections[["pre_root_id", "post_root_id"]].to_numpy()
    alone = ~any_connectome.neurons["root_id"].isin(np.unique(ends))
    assert alone.mean() == pytest.approx(0.037, abs=0.008)
    groups = any_connectome.neurons["group"]
    assert alone[groups == "NO_CONS"].all()


def test_nt_type_follows_the_rule_of_flywire(any_connectome: Written) -> None:
    neurons = any_connectome.neurons
    scores = neurons[SCORES].rename(columns=lambda name: name.removesuffix("_avg").upper())
    assert (scores * 100 - (scores * 100).round()).abs().max().max() < 1e-9
    ranked = np.sort(scores.to_numpy(), axis=1)
    decided = (ranked[:, -1] > 0.2) & (ranked[:, -1] > ranked[:, -2] + 0.1)
    assert (neurons["nt_type"] == scores.idxmax(axis=1).where(decided, "")).all()
    assert (neurons["nt_type_score"] == np.where(decided, ranked[:, -1], 0)).all()


def test_shares_of_neurons_are_those_of_flywire(codex: Written, real_data: Path) -> None:
    real = real_data / "flywire_v783"
    neurons = pd.read_csv(real / "neurons.csv.gz", keep_default_na=False)
    classification = pd.read_csv(real / "classification_2024-05.csv.gz", keep_default_na=False)
    for ours, theirs, names, close in (
        (codex.classification, classification, ("super_class", "flow", "side"), 0.002),
        (codex.classification, classification, ("class", "nerve"), 0.03),
        (codex.neurons, neurons, ("nt_type",), 0.03),
        (codex.neurons, neurons, ("group",), 0.05),
    ):
        for name in names:
            shares = [frame[name].value_counts(normalize=True) for frame in (ours, theirs)]
            apart = shares[0].sub(shares[1], fill_value=0).abs()
            assert apart.max() < (0.02 if name == "side" else close), (name, apart.idxmax())


def test_shares_of_neurons_are_the_stated_ones(codex: Written) -> None:
    assert codex.classification["super_class"].value_counts(normalize=True)["optic"] == pytest.approx(0.557, abs=0.001)
    shares = codex.neurons["nt_type"].value_counts(normalize=True)
    assert shares["ACH"] == pytest.approx(0.59, abs=0.03)
    assert shares["GABA"] == pytest.approx(0.115, abs=0.03)
    assert shares["GLUT"] == pytest.approx(0.14, abs=0.03)
    assert shares[""] == pytest.approx(0.14, abs=0.03)
    assert set(shares.index) == {"ACH", "GABA", "GLUT", "DA", "SER", "OCT", ""}


def test_rows_mostly_carry_the_neuron_s_transmitter(any_connectome: Written) -> None:
    published = any_connectome.neurons.set_index("root_id")["nt_type"]
    own = any_connectome.connections["pre_root_id"].map(published)
    labelled = own != ""
    agree = (own == any_connectome.connections["nt_type"])[labelled].mean()
    assert 0.85 < agree < 0.99
    voted = any_connectome.voted
    known = voted.index[published[voted.index] != ""]
    assert (voted[known] == published[known]).mean() > 0.98


def test_two_thirds_of_neurons_excite(any_connectome: Written) -> None:
    assert 0.60 < (~any_connectome.voted.isin(INHIBITORY)).mean() < 0.70


def test_cell_types_come_in_left_and_right_members(codex: Written) -> None:
    typed = codex.classification[codex.classification["cell_type"] != ""]
    assert (len(codex.classification) - len(typed)) / len(codex.classification) == pytest.approx(0.215, abs=0.03)
    sizes = typed.groupby("cell_type").size()
    assert sizes.median() in (2, 3, 4)
    assert sizes.max() > 20 * sizes.median()
    sides = typed.groupby("cell_type")["side"].value_counts().unstack(fill_value=0)
    both = (sides["left"] > 0) & (sides["right"] > 0)
    assert both[sizes > 1].mean() > 0.98
    released = codex.neurons[codex.neurons["nt_type"] != ""].merge(typed[["root_id", "cell_type"]], on="root_id")
    commonest = released.groupby("cell_type")["nt_type"].agg(lambda kinds: kinds.value_counts(normalize=True).iloc[0])
    assert commonest.mean() > 0.95


def test_neuropils_are_the_codes_of_codex(codex: Written, real_data: Path) -> None:
    codes = set(pd.read_csv(real_data / "codex" / "neuropils.csv")["neuropil"])
    assert set(codex.connections["neuropil"]) == codes


def test_target_neurons_are_one_sensory_type_of_one_side(any_connectome: Written) -> None:
    targets = any_connectome.target_neurons
    assert targets["primary_type"].nunique() == targets["side"].nunique() == 1
    described = any_connectome.classification.set_index("root_id").loc[targets["root_id"]]
    assert set(described["super_class"]) == {"sensory"}
    assert set(described["class"]) == {"olfactory"}
    assert (described["cell_type"].to_numpy() == targets["primary_type"].to_numpy()).all()
    assert set(described["side"]) == {"right"}
    assert targets["root_id"].isin(any_connectome.connections["pre_root_id"]).all()
    assert (any_connectome.voted[targets["root_id"]] == "ACH").all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_steps_from_the_targets_lies_a_circuit(tmp_path: Path, seed: int) -> None:
    connectome = written(tmp_path, neurons=2000, edges=40_000, seed=seed)
    graph = nx.DiGraph()
    graph.add_edges_from(connectome.pairs[["pre_root_id", "post_root_id"]].itertuples(index=False))
    reached = nx.multi_source_dijkstra_path_length(graph, set(connectome.target_neurons["root_id"]), cutoff=2)
    steps = pd.Series(reached).value_counts()
    assert 15 <= steps[1] <= 150
    assert 200 <= steps[2] <= 1000


def test_functional_nuclei_are_a_few_dozen_others(codex: Written) -> None:
    nuclei = codex.functional_nuclei["root_id"]
    assert len(nuclei) == 36
    assert nuclei.is_unique
    assert not nuclei.isin(codex.target_neurons["root_id"]).any()
    kinds = codex.classification.set_index("root_id").loc[nuclei, "super_class"]
    assert "sensory" not in set(kinds)


def test_the_network_neither_sleeps_nor_seizes(small: Written) -> None:
    rates, is_target, follows = simulated_rates(small, duration_ms=400)
    assert 0.5 < rates.mean() < 20
    assert 30 < rates[is_target].mean() < 50
    assert 3 * rates[~is_target & ~follows].mean() < rates[follows].mean() < rates[is_target].mean()


def simulated_rates(
    connectome: Written, duration_ms: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Integrate the fly_lif equations plainly: rates (Hz), which neurons are targets, which are their partners."""
    ids = connectome.neurons["root_id"].to_numpy()
    sign = np.where(connectome.voted.isin(INHIBITORY), -1.0, 1.0)
    signs = pd.Series(sign, connectome.voted.index)
    pairs = connectome.pairs
    pre, post = (np.searchsorted(ids, pairs[name]) for name in ("pre_root_id", "post_root_id"))
    kick = 0.275 * pairs["syn_count"].to_numpy() * signs[pairs["pre_root_id"]].to_numpy()
    starts = np.searchsorted(pre, np.arange(len(ids) + 1))
    is_target = np.isin(ids, connectome.target_neurons["root_id"])
    follows = np.isin(np.arange(len(ids)), post[is_target[pre]]) & ~is_target

    rng, dt = np.random.default_rng(0), 0.1
    x, g, spikes = np.zeros(len(ids)), np.zeros(len(ids)), np.zeros(len(ids))
    rested = np.zeros(len(ids))
    arriving = np.zeros((19, len(ids)))
    across = np.exp(-dt / 20), np.exp(-dt / 5)
    for step in range(round(duration_ms / dt)):
        x = across[0] * x + (across[0] - across[1]) * 5 / (20 - 5) * g
        g = across[1] * g
        fired = np.flatnonzero((x > 7) & (rested <= step))
        spikes[fired] += 1
        rested[fired] = step + 22
        g += arriving[step % 19]
        arriving[step % 19] = 0
        for neuron in fired:
            reached = slice(starts[neuron], starts[neuron + 1])
            arriving[(step + 18) % 19, post[reached]] += kick[reached]
        x += 3.5 * (rng.random(len(ids)) < 5 * dt / 1000) + 21 * (is_target & (rng.random(len(ids)) < 40 * dt / 1000))
        x[fired] = g[fired] = 0
    return spikes / duration_ms * 1000, is_target, follows


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("other", 6)):
        generate(tmp_path / name, neurons=700, edges=9000, seed=seed)
    for name in NAMES:
        one, two, other = ((tmp_path / folder / f"{name}.csv").read_bytes() for folder in ("one", "two", "other"))
        assert one == two
        assert one != other


@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize(
    ("neurons", "edges"), [(2, 1), (2, 2), (3, 6), (5, 7), (10, 90), (40, 200), (60, 3000), (300, 60_000), (1000, 20)]
)
def test_small_and_dense_and_sparse_connectomes(tmp_path: Path, neurons: int, edges: int, profile: str) -> None:
    connectome = written(tmp_path, neurons=neurons, edges=edges, profile=profile)
    pairs = connectome.pairs
    assert len(pairs) == edges
    assert len(connectome.neurons) == neurons
    assert (pairs["pre_root_id"] != pairs["post_root_id"]).all()
    assert pairs["syn_count"].min() >= PROFILES[profile].min_pair_synapses
    assert 1 <= len(connectome.target_neurons) <= 30
    sending = connectome.target_neurons["root_id"].isin(pairs["pre_root_id"])
    assert sending.sum() == min(edges, len(sending))
    assert len(connectome.functional_nuclei) >= 1


def test_the_number_of_targets_can_be_chosen(tmp_path: Path) -> None:
    connectome = written(tmp_path, neurons=500, edges=5000, targets=61)
    assert len(connectome.target_neurons) == 61
    assert set(connectome.target_neurons["side"]) == {"right"}


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ({"neurons": 1}, "2 or more"),
        ({"neurons": -5}, "2 or more"),
        ({"neurons": 10, "edges": 91}, "1 to 90 at neurons=10"),
        ({"neurons": 10, "edges": 0}, "1 to 90"),
        ({"neurons": 10, "edges": -1}, "1 to 90"),
        ({"neurons": 10, "edges": 2.5}, "a whole number"),
        ({"neurons": 10.0, "edges": 5}, "a whole number"),
        ({"neurons": 500, "edges": 50, "targets": 62}, "1 to 61, the sensory neurons"),
        ({"neurons": 500, "edges": 50, "targets": 0}, "1 to 61"),
        ({"profile": "hemibrain"}, "codex, unthresholded"),
        ({"seed": -1}, "0 or more"),
    ],
)
def test_impossible_arguments_say_what_would_work(tmp_path: Path, arguments: dict[str, Any], advice: str) -> None:
    folder = tmp_path / "never"
    with pytest.raises(ParameterError, match=advice) as caught:
        generate(folder, **arguments)
    name, value = list(arguments.items())[-1] if "edges" not in arguments else ("", None)
    if name:
        assert f"{name}={value!r}" in str(caught.value)
    assert isinstance(caught.value, GraphkitError)
    assert not folder.exists()


def test_present_files_are_refused_or_replaced(tmp_path: Path) -> None:
    kept = tmp_path / "neurons.csv"
    kept.write_text("mine")
    with pytest.raises(DataError, match=r"neurons\.csv.*overwrite=True"):
        generate(tmp_path, neurons=20, edges=30)
    assert [path.name for path in tmp_path.iterdir()] == ["neurons.csv"]
    assert kept.read_text() == "mine"
    generate(tmp_path, neurons=20, edges=30, overwrite=True)
    assert len(pd.read_csv(kept)) == 20


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        generate(file, neurons=20, edges=30)


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done: int, total: int | None, unit: str) -> None:
        if unit == "pairs written":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path, neurons=200, edges=2000, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_progress_rises_to_the_total(tmp_path: Path) -> None:
    heard: list[tuple[int, int | None, str]] = []
    generate(tmp_path, neurons=500, edges=5000, progress=lambda *call: heard.append(call))
    for unit in ("pairs drawn", "pairs written"):
        done = [call[0] for call in heard if call[2] == unit]
        assert done == sorted(done)
        assert done[-1] == 5000
    assert {call[1] for call in heard} == {5000}
