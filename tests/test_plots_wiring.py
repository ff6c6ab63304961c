"""Figures of wiring: matrices, flows, distributions, transmitters, partners, paths, boundary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from graphkit import Circuit
from graphkit.errors import DataError, SelectionError
from graphkit.plots import (
    plot_boundary,
    plot_distributions,
    plot_flow,
    plot_matrix,
    plot_partners,
    plot_paths,
    plot_transmitters,
    style,
)
from graphkit.plots.labels import labels_of
from tests.figures import FIRST, circuit_of, empty_circuit, text_of

CIRCUIT = circuit_of()


def cells(figure: go.Figure) -> dict[tuple[str, str], str]:
    """Return what a matrix shows of each pair that has synapses."""
    (trace,) = figure.data
    rows = zip(trace.customdata, trace.text, trace.z, strict=True)
    return {tuple(pair): text for row in rows for pair, text, z in zip(*row, strict=True) if not np.isnan(z)}


def counted(by: str) -> pd.DataFrame:
    table = CIRCUIT.to_frame()
    labels = CIRCUIT.root_ids.astype(str) if by == "neuron" else labels_of(CIRCUIT, by)
    table["pre"], table["post"] = labels[CIRCUIT.pre], labels[CIRCUIT.post]
    return table.groupby(["pre", "post"])[["syn_count", "weight_signed"]].sum()


@pytest.mark.parametrize("order", ["cluster", "synapses", "name", "group"])
@pytest.mark.parametrize("by", ["neuron", "cell_class", "transmitter", "group"])
def test_a_matrix_holds_the_synapses_of_every_pair(
    by: str, order: Literal["cluster", "synapses", "name", "group"]
) -> None:
    expected = counted(by)
    figure = plot_matrix(CIRCUIT, by=by, order=order)
    found = cells(figure)
    assert len(found) == len(expected)
    for pair, row in zip(expected.index, expected.to_dict("records"), strict=True):
        net = f"{row['weight_signed']:+,.0f} net"
        assert found[pair] == f"{row['syn_count']:,.0f} synapses, {net}"
    what = by.replace("_", " ")
    assert figure.layout.xaxis.title.text == f"postsynaptic {what}"
    assert figure.layout.yaxis.title.text == f"presynaptic {what}"
    assert figure.data[0].colorbar.title.text == "signed synapses"
    assert sorted(row[0][0] for row in figure.data[0].customdata) == sorted(
        set(expected.index.get_level_values(0)) | set(expected.index.get_level_values(1))
    )


def test_clustering_puts_alike_wiring_side_by_side() -> None:
    # Two kinds of neurons, each connected with its own kind only, their ids interleaved.
    ids = np.arange(12)
    pre, post = np.meshgrid(ids, ids)
    alike = (pre % 2 == post % 2) & (pre != post)
    edges = pd.DataFrame({"pre_root_id": pre[alike], "post_root_id": post[alike], "weight_signed": 10})
    figure = plot_matrix(Circuit.from_edges(edges), by="neuron", order="cluster")
    order = [int(row[0][0]) % 2 for row in figure.data[0].customdata]
    assert sorted([order[:6], order[6:]]) == [[0] * 6, [1] * 6]


def test_shares_of_input_are_of_the_column() -> None:
    figure = plot_matrix(CIRCUIT, by="cell_class", value="input_share")
    expected = counted("cell_class")["syn_count"]
    share = 100 * expected / expected.groupby(level="post").transform("sum")
    for pair, text in cells(figure).items():
        assert text.endswith(f"{share[pair]:.2f} % of the column's")
    assert figure.data[0].colorbar.title.text == "share of input (%)"


def test_matrices_of_query_answers() -> None:
    answer = pd.DataFrame(
        {"pre_cell_type": ["a", "b", None], "post_cell_type": ["b", "a", "a"], "connections": [1, 1, 1],
         "synapses": [30, 20, 5], "weight_signed": [30, -20, 0]}
    )  # fmt: skip
    figure = plot_matrix(answer, source={"dataset": "toy v1"})
    assert cells(figure) == {("a", "b"): "30 synapses, +30 net", ("b", "a"): "20 synapses, -20 net",
                             ("no cell_type", "a"): "5 synapses, +0 net"}  # fmt: skip
    assert "toy v1" in text_of(figure)
    neuropils = pd.DataFrame(
        {"input_neuropil": ["AL_R"], "output_neuropil": ["LH_R"], "neurons": [3], "synapses": [2.5]}
    )
    assert plot_matrix(neuropils).layout.yaxis.title.text == "presynaptic neuropil"
    assert plot_matrix(neuropils).data[0].colorbar.title.text == "synapses"
    pairs = pd.DataFrame({"pre_root_id": [FIRST], "post_root_id": [FIRST + 1], "syn_count": [4], "weight_signed": [4]})
    assert list(cells(plot_matrix(pairs))) == [(str(FIRST), str(FIRST + 1))]
    with pytest.raises(DataError, match=r"two sides and their synapses; the table has a\. Give a circuit"):
        plot_matrix(pd.DataFrame({"a": [1]}))


def test_a_matrix_by_what_is_not_known_says_so() -> None:
    neuropils = pd.DataFrame({"input_neuropil": [None], "output_neuropil": [None], "synapses": [5]}, dtype=object)
    figure = plot_matrix(neuropils.astype({"synapses": int}))
    assert "no neuropil is known" in text_of(figure)
    assert not figure.data


def test_one_neuron_is_cut_out_in_the_singular() -> None:
    figure = plot_boundary(CIRCUIT.subcircuit(CIRCUIT.root_ids[:1]))
    assert figure.layout.meta["title"] == "What cutting out 1 neuron took away"


def test_levels_that_nothing_drawn_reaches_have_no_heading() -> None:
    edges = pd.DataFrame({"pre_root_id": [1, 4, 5], "post_root_id": [2, 1, 4], "weight_signed": [30, 9, 9]})
    circuit = Circuit.from_edges(edges, targets=[1])
    assert "rest" in circuit.group_names
    assert [note.text for note in plot_flow(circuit).layout.annotations] == ["<b>target</b>", "<b>downstream_1</b>"]


def test_long_names_are_cut_in_a_flow_and_whole_in_its_hover_text() -> None:
    name = "multiglomerular projection neurons of the <antennal> lobe"
    circuit = CIRCUIT.annotated(pd.DataFrame({"root_id": CIRCUIT.root_ids, "kind": name}))
    node = plot_flow(circuit, by="kind").data[0].node
    assert set(node.label) == {"multiglomerula…nal&gt; lobe"}, "kinds differ at their ends"
    assert set(node.customdata) == {name.replace("<", "&lt;").replace(">", "&gt;")}


def test_rows_left_out_of_a_matrix_are_counted() -> None:
    figure = plot_matrix(CIRCUIT, by="neuron", max_rows=10)
    synapses = np.bincount(CIRCUIT.pre, CIRCUIT.syn_count, 60) + np.bincount(CIRCUIT.post, CIRCUIT.syn_count, 60)
    largest = CIRCUIT.root_ids[np.argsort(-synapses, kind="stable")[:10]].astype(str)
    assert {row[0][0] for row in figure.data[0].customdata} == set(largest)
    others = 1 - np.sort(synapses)[-10:].sum() / synapses.sum()
    assert f"the 10 of 60 with most synapses; the others have {others:.1%} of them" in text_of(figure)


def test_a_flow_between_levels_holds_what_goes_onward_and_counts_the_rest() -> None:
    figure = plot_flow(CIRCUIT, by="cell_class")
    sankey = figure.data[0]
    onward = CIRCUIT.group[CIRCUIT.post].astype(int) == CIRCUIT.group[CIRCUIT.pre].astype(int) + 1
    assert sum(sankey.link.value) == CIRCUIT.syn_count[onward].sum()
    assert f"{CIRCUIT.syn_count[~onward].sum():,} synapses within a level" in text_of(figure)
    assert [note.text for note in figure.layout.annotations] == [
        "<b>target</b>", "<b>downstream_1</b>", "<b>downstream_2</b>",
    ]  # fmt: skip
    kinds = labels_of(CIRCUIT, "cell_class")
    first = onward & (CIRCUIT.group[CIRCUIT.pre] == 0)
    table = pd.DataFrame({"pre": kinds[CIRCUIT.pre], "post": kinds[CIRCUIT.post], "synapses": CIRCUIT.syn_count})
    expected = table[first].groupby(["pre", "post"])["synapses"].sum().to_dict()
    found: dict[tuple[str, str], int] = {}
    for source, target, value in zip(sankey.link.source, sankey.link.target, sankey.link.value, strict=True):
        if sankey.node.x[source] < 0.1:
            pair = sankey.node.label[source], sankey.node.label[target]
            found[pair] = found.get(pair, 0) + value
    assert found == expected


def test_a_flow_from_senders_to_receivers_holds_every_synapse_by_sign() -> None:
    figure = plot_flow(CIRCUIT, by="transmitter", columns="pre_post")
    sankey = figure.data[0]
    assert sum(sankey.link.value) == CIRCUIT.syn_count.sum()
    told = [text.split(",")[0] for text in sankey.link.customdata]
    for sign, name in ((1, "excitatory"), (-1, "inhibitory"), (0, "unknown sign")):
        found = sum(value for value, of in zip(sankey.link.value, told, strict=True) if of == name)
        assert found == CIRCUIT.syn_count[np.sign(CIRCUIT.weight) == sign].sum()
    # The sign shows without colour: what excites is pale, what inhibits full.
    opacity = {
        name: float(color.rstrip(")").split(",")[-1]) for name, color in zip(told, sankey.link.color, strict=True)
    }
    assert opacity["excitatory"] < 0.5 * opacity["inhibitory"]
    colors = dict(zip(sankey.node.label, sankey.node.color, strict=True))
    assert colors["GABA"] == style.TRANSMITTER_COLORS["GABA"]


def test_distributions_are_cumulative_shares() -> None:
    figure = plot_distributions(CIRCUIT)
    lines = {trace.name.split(",")[0].split(" 1")[0].split(" 2")[0]: trace for trace in figure.data}
    degree = np.bincount(CIRCUIT.post, minlength=60)
    for at, share in zip(lines["in-degree"].x, lines["in-degree"].y, strict=True):
        assert share == pytest.approx(100 * (degree >= at).mean())
    excited = CIRCUIT.syn_count[CIRCUIT.weight > 0]
    (line,) = [trace for trace in figure.data if trace.name.startswith("excitatory")]
    for at, share in zip(line.x, line.y, strict=True):
        assert share == pytest.approx(100 * (excited >= at).mean())
    assert f"{len(excited):,}, mean {excited.mean():,.1f} synapses" in line.name
    assert line.line.color == style.SIGN_COLORS["excitatory"]
    assert figure.layout.yaxis.title.text == "neurons with at least so many (%)"
    assert figure.layout.yaxis2.title.text == "connections with at least so many (%)"
    with pytest.raises(DataError, match="no column direction; give the answers of analysis/degree_distribution"):
        plot_distributions((pd.DataFrame(), pd.DataFrame()))


def test_transmitters_are_shares_of_each_group_in_their_colours() -> None:
    figure = plot_transmitters(CIRCUIT, by="cell_class")
    table = CIRCUIT.neurons()
    kinds = table["cell_class"].astype(object).where(table["cell_class"].notna(), "no cell_class")
    share = 100 * pd.crosstab(kinds, table["nt_type"].astype(object).fillna("unknown"), normalize="index")
    for bar in (trace for trace in figure.data if trace.type == "bar"):
        names = [row[0] for row in bar.customdata]
        assert list(bar.x) == pytest.approx(share[bar.name].reindex(names).tolist())
        assert bar.marker.color == style.TRANSMITTER_COLORS.get(bar.name, style.UNKNOWN)
    (box,) = [trace for trace in figure.data if trace.type == "box" and trace.name == "GABA"]
    confidence = table.loc[table["nt_type"] == "GABA", "nt_confidence"]
    assert (box.q1[0], box.median[0], box.q3[0]) == pytest.approx(tuple(confidence.quantile([0.25, 0.5, 0.75])))
    assert figure.layout.xaxis.title.text == "neurons (%)"
    assert "confidence" in figure.layout.xaxis2.title.text
    with pytest.raises(DataError, match=r"no property 'nt_type'.*Predict the transmitters first"):
        plot_transmitters(circuit_of(annotated=False))
    with pytest.raises(DataError, match=r"no property 'shape'; they have root_id"):
        plot_transmitters(CIRCUIT, by="shape")


@pytest.mark.parametrize("kind", [None, "HIST"])
def test_transmitters_without_any_confidence_have_no_second_panel(kind: str | None) -> None:
    neurons = pd.DataFrame(
        {"root_id": [1, 2], "nt_type": [kind] * 2, "nt_confidence": [np.nan] * 2, "cell_class": ["a", "b"]}
    )
    figure = plot_transmitters(neurons, by="cell_class")
    assert [trace.name for trace in figure.data] == [kind or "unknown"]
    assert figure.layout.template.layout.showlegend is True, "a single colour is named, too"
    assert figure.layout.xaxis.domain == (0, 1)
    # An axis that no trace is on does not exist in the browser, where fitting its title would fail.
    assert "xaxis2" not in figure.layout
    assert "boxes" not in figure.layout.meta["caption"]


@pytest.mark.parametrize("direction", ["in", "out"])
def test_partners_have_their_share_of_a_neurons_synapses(direction: Literal["in", "out"]) -> None:
    position = 20
    root_id = int(CIRCUIT.root_ids[position])
    figure = plot_partners(CIRCUIT, root_id, direction=direction)
    table = CIRCUIT.to_frame()
    mine, other = ("post_root_id", "pre_root_id")[:: 1 if direction == "in" else -1]
    expected = table[table[mine] == root_id].groupby(other)["syn_count"].sum()
    total = CIRCUIT.annotations["input_synapses"].iloc[position] if direction == "in" else expected.sum()
    bars = [trace for trace in figure.data if trace.name in style.SIGN_COLORS]
    found = {int(str(who).split()[-1]): (count, share) for bar in bars for (who, count), share in
             zip(bar.customdata, bar.x, strict=True)}  # fmt: skip
    assert {who: count for who, (count, _) in found.items()} == expected.to_dict()
    for who, (count, share) in found.items():
        assert share == pytest.approx(100 * count / total), who
    cut = [trace.x[0] for trace in figure.data if trace.name not in style.SIGN_COLORS]
    assert cut == (pytest.approx([100 * (1 - expected.sum() / total)]) if direction == "in" else [])
    assert figure.layout.xaxis.title.text == f"share of {direction}put (%)"


def test_partners_put_together_and_partners_left_out() -> None:
    root_id = int(CIRCUIT.root_ids[20])
    figure = plot_partners(CIRCUIT, root_id, by="cell_class")
    kinds = CIRCUIT.neurons().set_index("root_id")["cell_type"]
    for one, said in ((kinds.isna().idxmax(), "neuron"), (kinds.eq("type <1>").idxmax(), "type <1>")):
        assert plot_partners(CIRCUIT, int(str(one))).layout.meta["title"] == f"Input of {said} {one}"
    chosen = CIRCUIT.post == 20
    expected = pd.Series(CIRCUIT.syn_count[chosen]).groupby(labels_of(CIRCUIT, "cell_class")[CIRCUIT.pre[chosen]]).sum()
    found: dict[str, int] = {}
    for bar in (trace for trace in figure.data if trace.name in style.SIGN_COLORS):
        for who, count in bar.customdata:
            found[who] = found.get(who, 0) + count
    assert found == expected.to_dict()
    few = plot_partners(CIRCUIT, root_id, max_partners=2)
    assert f"{chosen.sum() - 2} further partners with" in text_of(few)
    with pytest.raises(SelectionError, match="not in the circuit"):
        plot_partners(CIRCUIT, 5)
    with pytest.raises(DataError, match="give its root_id"):
        plot_partners(CIRCUIT)
    answer = pd.DataFrame(
        {"cell_type": ["a", None], "synapses": [30, 10], "weight_signed": [30, -10], "input_share": [0.3, 0.1]}
    )
    assert [list(bar.x) for bar in plot_partners(answer).data] == [[30.0], [10.0]]
    with pytest.raises(DataError, match="partners are drawn of a circuit, or of the answer"):
        plot_partners(pd.DataFrame({"a": [1]}))


PATHS = pd.DataFrame(
    {"step": [1, 1, 2, 2], "pre_root_id": [FIRST, FIRST, FIRST + 1, FIRST + 2],
     "pre_cell_type": ["ORN", "ORN", "LN <1>", None], "post_root_id": [FIRST + 1, FIRST + 2, FIRST + 3, FIRST + 3],
     "post_cell_type": ["LN <1>", None, "PN", "PN"], "syn_count": [30, 5, 20, 9], "weight_signed": [30, 5, -20, 9]}
)  # fmt: skip


def test_paths_stand_in_columns_by_step() -> None:
    figure = plot_paths(PATHS, source={"dataset": "toy v1"})
    (neurons,) = [trace for trace in figure.data if trace.mode == "markers+text"]
    column = dict(zip(neurons.customdata, np.asarray(neurons.x) / 600, strict=True))
    assert column == {str(FIRST): 0, str(FIRST + 1): 1, str(FIRST + 2): 1, str(FIRST + 3): 2}
    labels = dict(zip(neurons.customdata, neurons.text, strict=True))
    assert labels == {str(FIRST): "ORN", str(FIRST + 1): "LN &lt;1&gt;", str(FIRST + 2): str(FIRST + 2),
                      str(FIRST + 3): "PN"}  # fmt: skip
    assert figure.layout.meta["title"] == f"Paths of 2 connections from {FIRST} to {FIRST + 3}"
    assert "toy v1" in text_of(figure)
    ends = [tuple(pair) for trace in figure.data if np.ndim(trace.customdata) == 2 for pair in trace.customdata]
    assert sorted(ends) == sorted(zip(PATHS["pre_root_id"].astype(str), PATHS["post_root_id"].astype(str), strict=True))
    few = plot_paths(PATHS, max_per_layer=1)
    assert "2 of 4 connections drawn" in text_of(few)
    assert "1 neurons between left out" in text_of(few)
    assert "no path of up to 8 connections" in text_of(plot_paths(PATHS.iloc[:0]))
    with pytest.raises(DataError, match="no column step; paths are drawn of the answer of analysis/shortest_paths"):
        plot_paths(pd.DataFrame({"a": [1]}))


def test_the_boundary_shows_what_each_neuron_and_group_lost() -> None:
    figure = plot_boundary(CIRCUIT)
    total = CIRCUIT.annotations["input_synapses"].to_numpy(np.float64, na_value=np.nan)
    found = {int(root_id): (x, y) for trace in figure.data if trace.type == "scattergl"
             for root_id, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)}  # fmt: skip
    counted_neurons = np.flatnonzero(~np.isnan(total))
    assert set(found) == set(CIRCUIT.root_ids[counted_neurons].tolist())
    received = np.bincount(CIRCUIT.post, CIRCUIT.syn_count, 60)
    for k in counted_neurons.tolist():
        assert found[int(CIRCUIT.root_ids[k])] == pytest.approx((total[k], 100 * (1 - received[k] / total[k])))
    kept, lost = (trace for trace in figure.data if trace.type == "bar")
    inside = counted_neurons[CIRCUIT.group[counted_neurons] == 1]
    assert kept.x[1] == pytest.approx(100 * received[inside].sum() / total[inside].sum())
    assert kept.x[1] + lost.x[1] == pytest.approx(100)
    assert figure.layout.yaxis.title.text == "lost share of input (%)"
    assert f"{60 - len(counted_neurons)} neurons without any input counted" in text_of(figure)
    assert sum(len(t.x) for t in plot_boundary(CIRCUIT, max_neurons=9).data if t.type == "scattergl") == 9
    unknown = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [1]})
    assert "input synapses were not counted" in text_of(plot_boundary(Circuit.from_edges(unknown)))


def without_input() -> Circuit:
    neurons = pd.DataFrame({"root_id": [1], "is_target": True, "downstream": 0, "functional_nucleus": False,
                            "input_synapses": 0})  # fmt: skip
    edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [1], "weight_signed": [1], "syn_count": [1]}).iloc[:0]
    return Circuit.from_tables(neurons, edges, depth=1)


def test_empty_circuits_give_figures_that_say_so() -> None:
    empty = empty_circuit()
    for figure in (plot_matrix(empty), plot_flow(empty), plot_distributions(empty)):
        assert "no connections" in text_of(figure)
    assert "no neurons" in text_of(plot_boundary(empty))
    assert "no neurons" in text_of(plot_transmitters(CIRCUIT.subcircuit([])))
    neuropils = pd.DataFrame({"input_neuropil": [], "output_neuropil": [], "neurons": [], "synapses": []}, dtype=object)
    assert "no neuron has both input and output" in text_of(plot_matrix(neuropils))
    lonely = CIRCUIT.subcircuit(CIRCUIT.root_ids[:1].tolist())
    for figure in (plot_matrix(lonely), plot_flow(lonely), plot_transmitters(lonely), plot_boundary(lonely)):
        assert figure.layout.meta["title"]
    assert "no input synapses in the whole dataset" in text_of(plot_boundary(without_input()))
    nowhere = Circuit(**{**vars(lonely), "pre": lonely.pre[:0], "post": lonely.post[:0], "weight": lonely.weight[:0],
                         "syn_count": lonely.syn_count[:0]})  # fmt: skip
    assert "no input in the circuit" in text_of(plot_partners(nowhere, int(lonely.root_ids[0])))


def test_unknown_choices_name_the_known_ones() -> None:
    with pytest.raises(DataError, match=r"by='shape'.*known are sign, transmitter, group.*cell_class"):
        plot_matrix(CIRCUIT, by="shape")
    with pytest.raises(DataError, match=r"order 'size'.*cluster, synapses, name, group"):
        plot_matrix(CIRCUIT, order="size")  # type: ignore[arg-type]  # a slip
    with pytest.raises(DataError, match=r"value 'rate'.*weight_signed, synapses, input_share"):
        plot_matrix(CIRCUIT, value="rate")  # type: ignore[arg-type]  # a slip
    with pytest.raises(DataError, match=r"columns 'rings'.*levels, pre_post"):
        plot_flow(CIRCUIT, columns="rings")  # type: ignore[arg-type]  # a slip
    with pytest.raises(DataError, match=r"direction 'up'.*in, out"):
        plot_partners(CIRCUIT, FIRST, direction="up")  # type: ignore[arg-type]  # a slip
    draws: list[Callable[..., go.Figure]] = [
        plot_matrix,
        plot_flow,
        plot_distributions,
        plot_transmitters,
        plot_boundary,
    ]
    for draw in draws:
        with pytest.raises(DataError, match=r"theme 'sepia'.*light, dark"):
            draw(CIRCUIT, theme="sepia")
        assert draw(CIRCUIT, theme="dark").layout.template.layout.paper_bgcolor == style.THEMES["dark"].ground


def test_whole_numbers_of_which_some_are_missing_are_named_as_they_are() -> None:
    bodies = pd.array([FIRST, FIRST + 1, pd.NA], dtype="Int64")
    table = pd.DataFrame({"pre_root_id": bodies, "post_root_id": bodies[::-1], "synapses": 5})
    first, second = str(FIRST), str(FIRST + 1)
    assert set(cells(plot_matrix(table))) == {("no neuron", first), (second, second), (first, "no neuron")}
    named = [str(text) for text in plot_partners(table).layout.yaxis.ticktext]
    assert sorted(named) == [first, second, "no pre_root_id"]
    neurons = pd.DataFrame({"root_id": [1, 2, 3], "body": bodies, "nt_type": "ACH", "nt_confidence": 0.9})
    named = [str(text).split("<br>")[0] for text in plot_transmitters(neurons, by="body").layout.yaxis.ticktext]
    assert sorted(named) == [first, second, "no body"]
    counts = {str(5000 + k) for k in range(60) if k % 9 < 8}
    assert set(labels_of(CIRCUIT, "input_synapses")) == {*counts, "no input_synapses"}
