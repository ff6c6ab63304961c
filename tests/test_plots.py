"""Figures: what they draw, what they say, what they leave out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
import plotly.io
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.circuit import Circuit
from graphkit.errors import DataError, SelectionError
from graphkit.plots import plot_network, plot_raster, plot_rates, style, template
from graphkit.plots.caps import fair_shares, strongest_connections
from graphkit.plots.origin import origin
from graphkit.spikes import SpikeTrains

FIRST = 720575940610059726  # above 2**53, where floats have gaps of 128


def circuit_of(
    n: int = 60, m: int = 600, *, targets: int = 4, seed: int = 3, annotated: bool = True, depth: int = 2
) -> Circuit:
    """Return a random circuit with four targets, levels by position, and annotations with gaps."""
    random = np.random.default_rng(seed)
    ids = FIRST + 3 * np.arange(n)
    level = np.where(np.arange(n) < targets, 0, 1 + (np.arange(n) * 7 % depth))
    transmitters = np.array(["ACH", "GABA", "GLUT", "DA", None], dtype=object)[np.arange(n) % 5]
    sign = pd.array(pd.Series(transmitters).map({"ACH": 1, "GABA": -1, "GLUT": -1, "DA": 1}), dtype="Int64")
    neurons = pd.DataFrame(
        {
            "root_id": ids, "is_target": level == 0, "downstream": level, "functional_nucleus": np.arange(n) % 11 == 10,
            "input_synapses": pd.array([pd.NA if k % 9 == 8 else 5000 + k for k in range(n)], dtype="Int64"),
        }
    )  # fmt: skip
    if annotated:
        kinds = np.array(["ORN", "ALPN", "ALLN", None], dtype=object)
        neurons = neurons.assign(
            cell_class=kinds[np.arange(n) % 4],
            cell_type=[f"type <{k % 3}>" if k % 2 else None for k in range(n)],
            nt_type=transmitters,
            nt_confidence=np.where(np.arange(n) % 5 == 4, np.nan, 0.5 + np.arange(n) / 200),
            sign=sign,
        )
    pairs = random.choice(n * n, size=min(m, n * n), replace=False)
    pre, post = pairs // n, pairs % n
    count = random.integers(1, 400, len(pairs))
    signs = np.asarray(sign.to_numpy(dtype=np.int64, na_value=0))[pre]
    edges = pd.DataFrame(
        {"pre_root_id": ids[pre], "post_root_id": ids[post], "syn_count": count, "weight_signed": count * signs}
    )
    return Circuit.from_tables(neurons, edges, depth=depth, source={"dataset": "toy", "version": "v1"})


def spikes_of(circuit: Circuit, *, trials: int = 2, duration_ms: float = 95.0, mean: float = 4.0) -> SpikeTrains:
    """Return spike trains in which every third neuron is silent."""
    random = np.random.default_rng(5)
    n = len(circuit)
    index, t_ms, trial = [], [], []
    for number in range(trials):
        count = random.poisson(mean * (1 + np.arange(n) % 5), n) * (np.arange(n) % 3 > 0)
        neuron = np.repeat(np.arange(n), count)
        time = np.round(random.uniform(0, duration_ms - 0.1, len(neuron)), 1)
        order = np.lexsort((neuron, time))
        index.append(neuron[order])
        t_ms.append(time[order])
        trial.append(np.full(len(order), number))
    return SpikeTrains(
        circuit.root_ids, circuit.group_labels, np.concatenate(index).astype(np.int32), np.concatenate(t_ms),
        np.concatenate(trial).astype(np.int32), duration_ms, trials,
        {"run_id": "r1", "model": {"name": "fly_lif"}, "seed": "7", "circuit": {"source": {"dataset": "toy v1"}}},
        circuit.functional_nucleus,
    )  # fmt: skip


def text_of(figure: go.Figure) -> str:
    """Return everything that a figure says in letters of its own."""
    said = [figure.layout.title.text, *(annotation.text for annotation in figure.layout.annotations)]
    return " ".join(text for text in said if text).replace("<br>", " ")


def neuron_traces(figure: go.Figure) -> list[go.Scattergl]:
    return [trace for trace in figure.data if trace.type == "scattergl" and trace.mode == "markers" and trace.text is not None
            and trace.customdata is not None and np.ndim(trace.customdata) == 1]  # fmt: skip


def curve_traces(figure: go.Figure) -> list[go.Scattergl]:
    return [trace for trace in figure.data if trace.type == "scattergl" and trace.mode == "lines"]


def end_marks(figure: go.Figure) -> dict[str, go.Scattergl]:
    return {trace.name: trace for trace in figure.data if np.ndim(trace.customdata) == 2 and trace.type == "scattergl"}


def color_of(figure: go.Figure, name: str) -> str:
    """Return the colour in which a figure shows a name."""
    colors = set()
    for trace in figure.data:
        if trace.name == name and trace.type != "box":
            marker, line = trace.marker.color, trace.line.color
            colors.add(line if trace.mode == "lines" else marker)
    assert len(colors) == 1, (name, colors)
    return str(colors.pop())


# ------------------------------------------------------------------------------------------------------- caps


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


# ---------------------------------------------------------------------------------------------------- network


def test_every_neuron_is_drawn_once_with_its_id_as_a_string() -> None:
    circuit = circuit_of()
    for layout in ("levels", "force"):
        ids = [root_id for trace in neuron_traces(plot_network(circuit, layout=layout)) for root_id in trace.customdata]
        assert sorted(ids) == sorted(str(root_id) for root_id in circuit.root_ids.tolist())


def test_connections_are_few_traces_of_curves_that_end_at_their_neurons() -> None:
    circuit = circuit_of()
    figure = plot_network(circuit)
    curves = curve_traces(figure)
    assert len(curves) <= 12  # three signs, four widths
    assert sum(int(np.isnan(np.asarray(trace.x)).sum()) for trace in curves) == len(circuit.pre)
    place = {
        int(root_id): (round(float(x)), round(float(y)))
        for trace in neuron_traces(figure)
        for root_id, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)
    }
    assert len(set(place.values())) == len(circuit)
    ends = []
    for trace in curves:
        points = np.column_stack([np.asarray(trace.x), np.asarray(trace.y)])
        curve = points.reshape(-1, int(np.flatnonzero(np.isnan(points[:, 0]))[0]) + 1, 2)
        ends += np.round(np.column_stack([curve[:, 0], curve[:, -2]])).astype(int).tolist()
    pairs = circuit.to_frame()[["pre_root_id", "post_root_id"]].to_numpy().tolist()
    wanted = [[*place[pre], *place[post]] for pre, post in pairs if pre != post]
    assert sorted(end for end in ends if end[:2] != end[2:]) == sorted(wanted)
    assert sum(end[:2] == end[2:] for end in ends) == sum(pre == post for pre, post in pairs)


@pytest.mark.parametrize("layout", ["levels", "force"])
def test_sign_shows_without_colour_in_dashes_bend_and_end_mark(layout: str) -> None:
    circuit = circuit_of(n=12, m=60)
    figure = plot_network(circuit, layout=layout)  # type: ignore[arg-type]
    assert {(trace.name, trace.line.dash) for trace in curve_traces(figure)} == {
        ("excitatory", "solid"), ("inhibitory", "dash"), ("unknown sign", "dot"),
    }  # fmt: skip
    marks = end_marks(figure)
    assert {name: trace.marker.symbol for name, trace in marks.items()} == {
        "excitatory": "triangle-up", "inhibitory": "line-ew", "unknown sign": "circle",
    }  # fmt: skip
    for trace in curve_traces(figure):
        points = np.column_stack([np.asarray(trace.x), np.asarray(trace.y)]).astype(np.float64)
        number = int(np.flatnonzero(np.isnan(points[:, 0]))[0])
        curves = points.reshape(-1, number + 1, 2)[:, :number]
        way, out = curves[:, -1] - curves[:, 0], curves[:, number // 2] - curves[:, 0]
        side = way[:, 0] * out[:, 1] - way[:, 1] * out[:, 0]  # above 0: left of the way
        side = side[np.hypot(*way.T) > 1e-3]
        expected = {"excitatory": 1, "inhibitory": -1, "unknown sign": 0}[trace.name]
        assert (np.sign(np.where(np.abs(side) < 1, 0, side)) == expected).all()
    assert "excitatory connections bend left" in text_of(figure)


def test_end_marks_point_along_the_way_and_say_who_connects_to_whom() -> None:
    edges = pd.DataFrame({"pre_root_id": [FIRST], "post_root_id": [FIRST + 1], "weight_signed": [-23]})
    figure = plot_network(Circuit.from_edges(edges, targets=[FIRST]))
    mark = end_marks(figure)["inhibitory"]
    assert mark.customdata.tolist() == [[str(FIRST), str(FIRST + 1)]]
    assert mark.text == ("23 synapses, inhibitory",)
    # Left to right, bending right (down), so the curve arrives going up and right: between 0 (up) and 90 degrees.
    assert 45 < mark.marker.angle[0] < 90


def test_width_grows_with_synapses_in_the_same_classes_in_every_figure() -> None:
    widths = {}
    for count in (1, 9, 10, 49, 50, 199, 200, 5000):
        edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [count]})
        figure = plot_network(Circuit.from_edges(edges))
        (curve,) = curve_traces(figure)
        (legend,) = [trace.name for trace in figure.data if "synapses" in (trace.name or "")]
        widths[count] = (curve.line.width, legend)
    by_class = [widths[1], widths[10], widths[50], widths[200]]
    assert [widths[9], widths[49], widths[199], widths[5000]] == by_class
    assert [name for _, name in by_class] == [
        "1–9 synapses",
        "10–49 synapses",
        "50–199 synapses",
        "200 and more synapses",
    ]
    assert sorted(width for width, _ in by_class) == [width for width, _ in by_class]


def test_hover_says_what_is_known_of_a_neuron_and_escapes_it() -> None:
    circuit = circuit_of()
    spikes = spikes_of(circuit)
    figure = plot_network(circuit, spikes)
    hover = {
        root_id: text
        for trace in neuron_traces(figure)
        for root_id, text in zip(trace.customdata, trace.text, strict=True)
    }
    table = circuit.neurons().merge(spikes.rates().drop(columns="group"), on="root_id")
    frame = circuit.to_frame()
    for row in table.itertuples():
        text = hover[str(row.root_id)]
        lines = text.split("<br>")
        assert lines[0] == str(row.root_id)
        received = frame.loc[frame["post_root_id"] == row.root_id, "syn_count"].sum()
        total = "" if pd.isna(row.input_synapses) else f" of {row.input_synapses:,}"
        assert f"in: {received:,} synapses in the circuit{total}" in lines
        assert f"{row.rate_hz:.2f} Hz (SD {row.rate_sd_hz:.2f} over trials)" in lines
        assert row.group in lines
        assert ("lost input" in text) == bool(pd.notna(row.input_synapses))
        if pd.notna(row.nt_type):
            word = "excitatory" if row.sign > 0 else "inhibitory"
            assert f"{row.nt_type}, {word}, confidence {row.nt_confidence:.2f}" in lines
        if pd.notna(row.cell_type):
            assert row.cell_type not in text  # it holds < and >, which plotly would take for markup
            assert row.cell_type.replace("<", "&lt;").replace(">", "&gt;") in text
        assert "nan" not in text.lower()
        assert "None" not in text


def test_colour_is_by_transmitter_or_by_rate_when_there_are_spikes() -> None:
    circuit = circuit_of()
    figure = plot_network(circuit)
    for name in ("ACH", "GABA", "GLUT", "DA"):
        assert color_of(figure, name) == style.TRANSMITTER_COLORS[name]
    counts = circuit.annotations["nt_type"].value_counts()
    legend = {trace.name for trace in figure.data if trace.type == "scatter"}
    assert {f"{name} {count}" for name, count in counts.items()} <= legend
    assert f"unknown transmitter {int(circuit.annotations['nt_type'].isna().sum())}" in legend

    spikes = spikes_of(circuit)
    figure = plot_network(circuit, spikes)
    (scale,) = [trace for trace in neuron_traces(figure) if trace.name == "rate (Hz)"]
    rates = spikes.rates().set_index("root_id")["rate_hz"]
    shown = [rates[int(root_id)] for root_id in scale.customdata]
    assert np.asarray(scale.marker.color) == pytest.approx(np.sqrt(shown))
    bar = scale.marker.colorbar
    assert bar.title.text == "rate (Hz)"
    assert np.square(bar.tickvals) == pytest.approx([float(text) for text in bar.ticktext])
    (silent,) = [trace for trace in neuron_traces(figure) if trace.name == "silent"]
    assert {int(root_id) for root_id in silent.customdata} == set(rates.index[rates == 0])


@pytest.mark.parametrize(
    ("color_by", "names"),
    [
        ("sign", {"excitatory", "inhibitory", "unknown sign"}),
        ("group", {"target", "downstream_1", "downstream_2"}),
        ("cell_class", {"ORN", "ALPN", "ALLN", "no cell_class"}),
        ("functional_nucleus", {"True", "False"}),
        ("nt_type", {"ACH", "GABA", "GLUT", "DA", "unknown transmitter"}),
        ("nt_confidence", {"nt_confidence", "no nt_confidence"}),
        ("input_synapses", {"input_synapses (synapses)", "no input_synapses"}),
    ],
)
def test_any_property_can_colour(color_by: str, names: set[str]) -> None:
    assert {trace.name for trace in neuron_traces(plot_network(circuit_of(), color_by=color_by))} == names


def test_more_categories_than_colours_share_one_grey() -> None:
    circuit = circuit_of(annotated=False)
    kinds = [f"k{min(k, 11)}" for k in range(len(circuit))]
    many = Circuit(**{**vars(circuit), "annotations": circuit.annotations.assign(kind=kinds)})
    figure = plot_network(many, color_by="kind")
    names = [trace.name for trace in neuron_traces(figure)]
    assert names[0] == "k11"
    assert names[-1] == "5 other"
    colors = [trace.marker.color for trace in neuron_traces(figure)]
    assert len(set(colors)) == len(colors) == 8


def test_levels_stand_left_to_right_without_two_neurons_in_one_place() -> None:
    circuit = circuit_of(n=900, m=900, targets=30)
    figure = plot_network(circuit, order_by="cell_class")
    place = pd.concat(
        pd.DataFrame({"root_id": np.asarray(trace.customdata).astype(np.int64), "x": trace.x, "y": trace.y})
        for trace in neuron_traces(figure)
    ).merge(circuit.neurons(), on="root_id")
    extent = place.groupby("group")["x"].agg(["min", "max"]).loc[["target", "downstream_1", "downstream_2"]]
    assert (extent["min"].iloc[1:].to_numpy() - extent["max"].iloc[:-1].to_numpy() > 100).all()
    assert not place.duplicated(["x", "y"]).any()
    low, high = figure.layout.yaxis.range
    assert place["y"].between(low, high).all()
    assert place["x"].between(*figure.layout.xaxis.range).all()
    # One kind of neuron is one band: bands of a level do not overlap in height.
    for _, level in place.fillna({"cell_class": "none"}).groupby("group"):
        bands = level.groupby("cell_class")["y"].agg(["min", "max"]).sort_values("min")
        assert (bands["min"].iloc[1:].to_numpy() > bands["max"].iloc[:-1].to_numpy()).all()
    said = text_of(figure)
    for name, members in circuit.slices.items():
        assert f"<b>{name}</b> {members.stop - members.start:,} neurons" in said
    assert "neurons of a level in bands by cell_class" in said
    assert "in bands by cell_type" in text_of(plot_network(circuit))  # the finest that half of the neurons have
    assert "in bands" not in text_of(plot_network(circuit_of(annotated=False)))


def test_two_thousand_neurons_and_twenty_thousand_connections_stay_a_few_traces() -> None:
    figure = plot_network(circuit_of(n=2000, m=20_000), max_connections=20_000)
    drawn = [trace for trace in figure.data if trace.type == "scattergl"]
    assert sum(len(trace.customdata) for trace in end_marks(figure).values()) == 20_000
    assert len(drawn) <= 12 + 3 + 6
    assert sum(len(trace.x) for trace in curve_traces(figure)) <= 20_000 * 10
    assert all(np.asarray(trace.x).dtype == np.float32 for trace in curve_traces(figure))


def test_force_layout_repeats_and_puts_neurons_without_connections_below() -> None:
    edges = pd.DataFrame({"pre_root_id": [1, 2, 3], "post_root_id": [2, 3, 1], "weight_signed": [5, 6, 7]})
    circuit = Circuit.from_edges(edges, root_ids=range(1, 41))
    first, again = (plot_network(circuit, layout="force") for _ in range(2))
    assert first == again
    y = {
        int(root_id): y for trace in neuron_traces(first) for root_id, y in zip(trace.customdata, trace.y, strict=True)
    }
    assert min(y[k] for k in (1, 2, 3)) > max(y[k] for k in range(4, 41))
    assert "without a connection drawn 37" in text_of(first)


def test_connected_neurons_stand_nearer_than_others_in_the_force_layout() -> None:
    random = np.random.default_rng(0)
    block = np.repeat([0, 1, 2], 30)
    pre, post = random.integers(0, 90, (2, 3000))
    inside = block[pre] == block[post]
    edges = pd.DataFrame({"pre_root_id": pre[inside], "post_root_id": post[inside], "weight_signed": 10})
    figure = plot_network(Circuit.from_edges(edges), layout="force")
    (trace,) = neuron_traces(figure)
    place = np.column_stack([trace.x, trace.y])[np.argsort(np.asarray(trace.customdata).astype(int))]
    apart = np.linalg.norm(place[:, None] - place[None], axis=2)
    same = block[:, None] == block[None]
    assert apart[same].mean() < 0.6 * apart[~same].mean()


# ----------------------------------------------------------------------------------------------------- raster


def raster_traces(figure: go.Figure) -> list[go.Scattergl]:
    return [trace for trace in figure.data if trace.type == "scattergl"]


def test_a_raster_holds_every_spike_of_the_trial_at_its_neurons_rank() -> None:
    spikes = spikes_of(circuit_of())
    figure = plot_raster(spikes, trial=1)
    frame = spikes.to_frame()
    frame = frame[frame["trial"] == 1]
    drawn = pd.concat(
        pd.DataFrame({"root_id": np.asarray(t.customdata).astype(np.int64), "t_ms": t.x, "rank": t.y, "group": t.name})
        for t in raster_traces(figure)
    )
    keys = ["root_id", "t_ms"]
    assert drawn.sort_values(keys)[keys].to_numpy().tolist() == frame.sort_values(keys)[keys].to_numpy().tolist()
    for name, part in drawn.groupby("group"):
        counts = part.groupby("root_id").agg(rank=("rank", "first"), ranks=("rank", "nunique"), spikes=("t_ms", "size"))
        assert (counts["ranks"] == 1).all()
        ordered = counts.sort_values("rank")
        assert ordered["rank"].tolist() == list(range(1, len(counts) + 1))
        assert ordered["spikes"].is_monotonic_decreasing
        assert color_of(figure, name) == style.GROUP_COLORS[name]
    first = plot_raster(spikes, trial=1, sort_by="first_spike")
    for trace in raster_traces(first):
        earliest = pd.Series(trace.x).groupby(np.asarray(trace.y)).min()
        assert earliest.is_monotonic_increasing


def test_population_rates_below_count_all_neurons_and_the_shorter_last_bin() -> None:
    circuit = circuit_of()
    spikes = spikes_of(circuit)
    figure = plot_raster(spikes, bin_ms=10)
    frame = spikes.to_frame().assign(group=spikes.groups[spikes.index])
    frame = frame[frame["trial"] == 0]
    lines = {trace.name: trace for trace in figure.data if trace.type == "scatter"}
    assert set(lines) == {"target", "downstream_1", "downstream_2", "functional_nuclei"}
    for name in ("target", "downstream_1", "downstream_2"):
        counted = frame[frame["group"] == name].groupby(frame["t_ms"] // 10).size().reindex(range(10), fill_value=0)
        expected = counted / np.array([0.01] * 9 + [0.005]) / (spikes.groups == name).sum()
        assert np.asarray(lines[name].y)[:-1] == pytest.approx(expected.to_numpy())
    nuclei = circuit.functional_nucleus[spikes.index] & (spikes.trial == 0)
    mean = (np.asarray(lines["functional_nuclei"].y)[:-1] * ([10.0] * 9 + [5.0])).sum() / 1000
    assert mean * circuit.functional_nucleus.sum() == pytest.approx(nuclei.sum())
    assert lines["target"].x[-1] == 95.0
    axis = figure.layout[lines["target"].yaxis.replace("y", "yaxis")]
    assert axis.title.text == "population rate (Hz), 10 ms bins"
    assert figure.layout.xaxis.title.text == "time (ms)"
    assert list(figure.layout.xaxis.range) == [0, 95]
    assert "10 ms bins, not smoothed" in text_of(figure)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 900))
def test_the_cap_keeps_whole_spike_trains_and_says_what_it_left_out(max_spikes: int) -> None:
    spikes = spikes_of(circuit_of())
    figure = plot_raster(spikes, max_spikes=max_spikes)
    counts = pd.Series(spikes.root_id[spikes.trial == 0]).value_counts()
    ids = np.concatenate([np.asarray(trace.customdata, dtype=str) for trace in raster_traces(figure)]).astype(np.int64)
    drawn = pd.Series(ids).value_counts()
    assert (counts[drawn.index] == drawn).all()
    assert len(ids) <= max_spikes
    left_out = int(counts.sum()) - len(ids)
    assert (f"{len(ids):,} of {counts.sum():,} spikes drawn" in text_of(figure)) == (left_out > 0)
    assert (f"{left_out:,} spikes left out" in text_of(figure)) == (left_out > 0)
    plain = plot_raster(spikes)
    rates = [trace.y for trace in figure.data if trace.type == "scatter"]
    assert all(
        np.array_equal(a, b.y) for a, b in zip(rates, [t for t in plain.data if t.type == "scatter"], strict=True)
    )


def test_a_part_of_a_run_keeps_its_time() -> None:
    part = spikes_of(circuit_of()).between(20, 60)
    figure = plot_raster(part)
    assert list(figure.layout.xaxis.range) == [20, 60]
    times = np.concatenate([trace.x for trace in raster_traces(figure)])
    assert times.min() >= 20
    assert times.max() < 60
    assert [trace.x[0] for trace in figure.data if trace.type == "scatter"] == [20.0] * 4


# ------------------------------------------------------------------------------------------------------ rates


def test_rates_show_every_neuron_that_fired_and_means_over_all() -> None:
    spikes = spikes_of(circuit_of())
    figure = plot_rates(spikes)
    rates, groups = spikes.rates(), spikes.group_rates()
    points = [trace for trace in figure.data if trace.type == "scattergl"]
    boxes = [trace for trace in figure.data if trace.type == "box"]
    for row, point, box in zip(groups.itertuples(), points, boxes, strict=True):
        mask = spikes.functional_nucleus if row.group == "functional_nuclei" else (rates["group"] == row.group)
        mine = rates[mask & (rates["spike_count"] > 0)].set_index("root_id")["rate_hz"]
        assert dict(zip(map(int, point.customdata), point.x, strict=True)) == pytest.approx(mine.to_dict())
        assert sorted(box.x) == pytest.approx(sorted(mine))
        assert point.marker.color == box.line.color == style.GROUP_COLORS[row.group]
    (means,) = [trace for trace in figure.data if trace.name == "mean over all neurons"]
    assert list(means.x) == pytest.approx(groups["rate_hz"].tolist())
    (silent,) = [trace for trace in figure.data if trace.type == "bar"]
    assert list(silent.x) == pytest.approx((100 * (1 - groups["fired"] / groups["neurons"])).tolist())
    labels = " ".join(figure.layout.yaxis.ticktext)
    for row in groups.itertuples():
        assert (
            f"<b>{row.group}</b><br>{row.neurons} neurons<br>{row.fired} fired<br>mean {row.rate_hz:.2f} Hz" in labels
        )
    assert figure.layout.xaxis.title.text == "firing rate (Hz)"
    assert figure.layout.xaxis2.title.text == "silent (%)"


def test_the_cap_of_points_is_stated_and_leaves_boxes_whole() -> None:
    spikes = spikes_of(circuit_of())
    figure = plot_rates(spikes, max_neurons=10)
    points = sum(len(trace.x) for trace in figure.data if trace.type == "scattergl")
    boxes = sum(len(trace.x) for trace in figure.data if trace.type == "box")
    assert points == 10 < boxes
    assert f"10 of {boxes} points drawn" in text_of(figure)
    assert f"{boxes - 10} left out" in text_of(figure)


# --------------------------------------------------------------------------------------------------- one look


def test_the_template_is_given_to_each_figure_and_never_made_the_default() -> None:
    before, names = plotly.io.templates.default, set(plotly.io.templates)
    circuit = circuit_of()
    spikes = spikes_of(circuit)
    for theme in get_args(style.Theme):
        for figure in (
            plot_network(circuit, theme=theme),
            plot_raster(spikes, theme=theme),
            plot_rates(spikes, theme=theme),
        ):
            assert figure.layout.template == template(theme)
    assert plotly.io.templates.default == before
    assert set(plotly.io.templates) == names


def test_a_group_has_one_colour_in_all_figures_and_both_themes() -> None:
    circuit = circuit_of()
    spikes = spikes_of(circuit)
    for name in ("target", "downstream_1", "downstream_2"):
        colors = {
            color_of(figure, name)
            for theme in get_args(style.Theme)
            for figure in (plot_network(circuit, color_by="group", theme=theme), plot_raster(spikes, theme=theme),
                           plot_rates(spikes, theme=theme))
        }  # fmt: skip
        assert colors == {style.GROUP_COLORS[name]}


# Machado, Oliveira & Fernandes 2009 (10.1109/TVCG.2009.113), table 1, severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def cielab(color: str, seen: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return a colour's place in CIELAB (D65) as an eye sees it."""
    rgb = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = seen @ np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]) @ np.clip(
        linear, 0, 1
    )
    x, y, z = np.cbrt(xyz / [0.9505, 1.0, 1.0888])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize(
    "colors",
    [{**style.TRANSMITTER_COLORS, "unknown": style.UNKNOWN}, style.SIGN_COLORS, style.GROUP_COLORS],
    ids=["transmitters", "signs", "groups"],
)
def test_colours_differ_for_every_kind_of_colour_vision(vision: str, colors: dict[str, str]) -> None:
    places = {name: cielab(color, VISION[vision]) for name, color in colors.items()}
    apart = {(a, b): np.linalg.norm(places[a] - places[b]) for a, b in itertools.combinations(places, 2)}
    assert min(apart.values()) > 12, min(apart, key=lambda pair: apart[pair])


def test_the_caption_names_dataset_run_and_parameters() -> None:
    circuit = circuit_of()
    spikes = spikes_of(circuit)
    for figure in (plot_network(circuit, spikes), plot_raster(spikes), plot_rates(spikes)):
        for part in ("toy v1", "run r1", "model fly_lif", "seed 7"):
            assert part in figure.layout.meta["caption"]
            assert part in text_of(figure)
    assert "toy v1" in text_of(plot_network(circuit))


def test_the_caption_reads_the_record_of_a_run() -> None:
    run = {
        "run_id": "r2", "engine": "event_driven", "seed": "18446744073709551615",
        "model": {"name": "fly_lif", "changed": ["delay_ms"], "parameters": {"delay_ms": 2.5, "dt_ms": 0.1}},
        "stimuli": [{"name": "target", "rate_hz": 40.0, "amplitude_mv": 21.0}],
        "silence": {"mode": "outputs", "root_ids": [str(FIRST)]},
        "circuit": {"source": {"dataset": "toy v1", "min_synapses": 5}},
    }  # fmt: skip
    assert origin({}, run) == [
        "toy v1", "min_synapses 5", "run r2", "model fly_lif", "delay_ms 2.5", "Poisson input: target 40 Hz x 21 mV",
        "1 neurons silenced (outputs)", "engine event_driven", "seed 18446744073709551615",
    ]  # fmt: skip
    assert origin({"dataset": "toy", "version": "v1"}) == ["toy v1"]
    assert origin({}) == []


# -------------------------------------------------------------------------------------------------- bad input


def empty_circuit() -> Circuit:
    edges = pd.DataFrame({"pre_root_id": [], "post_root_id": [], "weight_signed": []})
    return Circuit.from_edges(edges.astype({"pre_root_id": np.int64, "post_root_id": np.int64}))


def silent(circuit: Circuit) -> SpikeTrains:
    none = np.zeros(0, np.int32)
    return SpikeTrains(circuit.root_ids, circuit.group_labels, none, np.zeros(0), none, 100.0, 1)


def test_nothing_to_draw_gives_a_figure_that_says_so() -> None:
    empty = empty_circuit()
    assert "the circuit has no neurons" in text_of(plot_network(empty))
    assert "the circuit has no neurons" in text_of(plot_network(empty, silent(empty), layout="force"))
    assert "max_neurons=0 leaves no neuron" in text_of(plot_network(circuit_of(), max_neurons=0))
    assert "the run has no neurons" in text_of(plot_raster(silent(empty)))
    assert "the run has no neurons" in text_of(plot_rates(silent(empty)))
    assert "no neuron fired in trial 0" in text_of(plot_raster(silent(circuit_of())))


@pytest.mark.parametrize("layout", ["levels", "force"])
def test_a_single_neuron_and_a_circuit_without_connections_are_drawn(layout: str) -> None:
    nothing = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [1]}).iloc[:0]
    for ids in ([FIRST], [FIRST, FIRST + 1, FIRST + 2]):
        figure = plot_network(Circuit.from_edges(nothing, root_ids=ids), layout=layout)  # type: ignore[arg-type]
        assert [root_id for trace in neuron_traces(figure) for root_id in trace.customdata] == [str(k) for k in ids]
        assert "no connections" in text_of(figure)
        assert not curve_traces(figure)
    loop = pd.DataFrame({"pre_root_id": [FIRST], "post_root_id": [FIRST], "weight_signed": [4]})
    (curve,) = curve_traces(plot_network(Circuit.from_edges(loop), layout=layout))  # type: ignore[arg-type]
    assert np.ptp(np.asarray(curve.y)[:-1]) > 1  # a loop has an extent


def test_silent_neurons_are_all_in_the_rates() -> None:
    circuit = circuit_of()
    figure = plot_rates(silent(circuit))
    (bar,) = [trace for trace in figure.data if trace.type == "bar"]
    assert list(bar.x) == [100.0] * 3
    assert {trace.name for trace in neuron_traces(plot_network(circuit, silent(circuit)))} == {"silent"}


def test_a_circuit_that_knows_nothing_of_its_neurons_is_coloured_by_sign_or_group() -> None:
    circuit = circuit_of(annotated=False)
    assert {trace.name for trace in neuron_traces(plot_network(circuit))} == {
        "excitatory",
        "inhibitory",
        "unknown sign",
    }
    unsigned = Circuit(**{**vars(circuit), "weight": np.zeros_like(circuit.weight)})
    assert {trace.name for trace in neuron_traces(plot_network(unsigned))} == {"target", "downstream_1", "downstream_2"}


def test_unknown_properties_and_choices_name_the_known_ones() -> None:
    circuit = circuit_of()
    spikes = spikes_of(circuit)
    with pytest.raises(DataError, match="color_by='colour'.*auto, transmitter, sign, group.*nt_confidence"):
        plot_network(circuit, color_by="colour")
    with pytest.raises(DataError, match="Give spikes to colour by rate"):
        plot_network(circuit, color_by="rate")
    with pytest.raises(DataError, match="color_by='transmitter'"):
        plot_network(circuit_of(annotated=False), color_by="transmitter")
    with pytest.raises(DataError, match="order_by='shape'.*cell_class"):
        plot_network(circuit, order_by="shape")
    with pytest.raises(DataError, match="layout 'circle'.*levels, force"):
        plot_network(circuit, layout="circle")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="theme 'sepia'.*light, dark"):
        plot_network(circuit, theme="sepia")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="strongest 'few'.*per_level_pair, overall"):
        plot_network(circuit, strongest="few")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="max_connections is -1"):
        plot_network(circuit, max_connections=-1)
    with pytest.raises(DataError, match="max_neurons is -1"):
        plot_network(circuit, max_neurons=-1)
    with pytest.raises(DataError, match="trial 2.*0 to 1"):
        plot_raster(spikes, trial=2)
    with pytest.raises(DataError, match="bin_ms is 0"):
        plot_raster(spikes, bin_ms=0)
    with pytest.raises(DataError, match="sort_by 'size'.*rate, first_spike"):
        plot_raster(spikes, sort_by="size")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="max_spikes is -5"):
        plot_raster(spikes, max_spikes=-5)
    with pytest.raises(DataError, match="max_neurons is -5"):
        plot_rates(spikes, max_neurons=-5)


def test_spikes_of_another_circuit_are_refused_and_of_a_part_are_marked() -> None:
    circuit = circuit_of()
    edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [1]})
    with pytest.raises(SelectionError, match="none of the circuit's 60 neurons is in the run of 2"):
        plot_network(circuit, silent(Circuit.from_edges(edges)))
    part = circuit.subcircuit(circuit.root_ids[:10].tolist())
    traces: Sequence[go.Scattergl] = neuron_traces(plot_network(circuit, spikes_of(part)))
    (outside,) = [trace for trace in traces if trace.name == "not simulated"]
    assert {int(root_id) for root_id in outside.customdata} == set(circuit.root_ids[10:].tolist())
