"""How much of a large circuit a figure draws."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.plots import plot_network
from graphkit.plots.caps import fair_shares, strongest_connections
from tests.figures import (
    circuit_of,
    end_marks,
    neuron_traces,
    text_of,
)


@given(st.lists(st.integers(0, 200), max_size=12), st.integers(0, 800))
def test_shares_are_max_min_fair(sizes: list[int], total: int) -> None:
    shares = fair_shares(np.array(sizes, dtype=np.int64), total)
    assert shares.sum() == min(total, sum(sizes))
    assert (shares <= sizes).all()
    for share, size in zip(shares, sizes, strict=True):
        # Whoever got less than asked for got as much as anybody, to the unit.
        assert share == size or share >= shares.max() - 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 700), st.integers(1, 300), st.integers(0, 50))
def test_each_pair_of_groups_keeps_its_strongest_connections(most: int, min_synapses: int, seed: int) -> None:
    circuit = circuit_of(seed=seed)
    drawn, sentence = strongest_connections(
        circuit, np.arange(len(circuit)), most=most, min_synapses=min_synapses, strongest="per_level_pair"
    )
    table = circuit.to_frame()
    table["pair"] = [f"{pre}>{post}" for pre, post in zip(circuit.group_labels[circuit.pre],
                                                          circuit.group_labels[circuit.post], strict=True)]  # fmt: skip
    strong = table[table["syn_count"] >= min_synapses]
    kept = table.iloc[drawn]
    assert len(kept) == min(most, len(strong))
    assert (np.diff(kept["syn_count"]) >= 0).all()  # weakest first, so that strong ones are drawn over them
    for pair, part in strong.groupby("pair"):
        mine = kept[kept["pair"] == pair]["syn_count"]
        assert sorted(mine) == sorted(part["syn_count"].nlargest(len(mine)))
    assert f"{len(kept):,} of {len(table):,} connections drawn" in sentence
    if below := len(table) - len(strong):
        assert f"{below:,} of less than {min_synapses:,} synapses left out" in sentence
    else:
        assert "of less than" not in sentence


def test_the_strongest_of_all_and_what_is_left_out_are_stated() -> None:
    circuit = circuit_of(m=600)
    figure = plot_network(circuit, max_connections=100, strongest="overall")
    count = np.sort(circuit.syn_count)[::-1]
    assert f"100 of 600 connections drawn, the strongest; 500 of up to {count[100]} synapses left out" in text_of(
        figure
    )
    ids = np.concatenate([np.asarray(trace.customdata) for trace in end_marks(figure).values()])
    strongest = circuit.to_frame().nlargest(100, "syn_count", keep="all")
    wanted = set(zip(strongest["pre_root_id"].astype(str), strongest["post_root_id"].astype(str), strict=True))
    assert {tuple(pair) for pair in ids.tolist()} <= wanted
    assert len(ids) == 100


def test_a_pair_of_groups_that_lost_connections_is_named_with_its_bound() -> None:
    circuit = circuit_of()
    inside = (circuit.group[circuit.pre] == 2) & (circuit.group[circuit.post] == 2)
    others = int((~inside).sum())
    figure = plot_network(circuit, max_connections=others + 10)
    shares = fair_shares(np.unique(circuit.group[circuit.pre] * 9 + circuit.group[circuit.post], return_counts=True)[1],
                         others + 10)  # fmt: skip
    left_out = int(inside.sum()) - int(shares[-1])
    bound = np.sort(circuit.syn_count[inside])[::-1][shares[-1]]
    assert f"downstream_2 → downstream_2 {left_out} (up to {bound} synapses)" in text_of(figure)


def test_neurons_left_out_are_counted_and_targets_stay() -> None:
    circuit = circuit_of()
    figure = plot_network(circuit, max_neurons=20)
    shown = {root_id for trace in neuron_traces(figure) for root_id in trace.customdata}
    assert len(shown) == 20
    assert set(circuit.root_ids[circuit.slices["target"]].astype(str)) <= shown
    frame = circuit.to_frame()
    synapses = (
        frame.groupby("pre_root_id")["syn_count"]
        .sum()
        .add(frame.groupby("post_root_id")["syn_count"].sum(), fill_value=0)
    )
    others = synapses.drop(circuit.root_ids[circuit.slices["target"]])
    assert {int(root_id) for root_id in shown} >= set(others.nlargest(16).index)
    drawn = sum(len(trace.customdata) for trace in end_marks(figure).values())
    assert f"{600 - drawn} of neurons not drawn left out" in text_of(figure)
    assert "20 of 60 neurons drawn" in text_of(figure)
    assert "40 left out" in text_of(figure)
