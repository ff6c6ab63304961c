"""Circuits drawn as networks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from graphkit.circuit import Circuit
from graphkit.errors import DataError
from graphkit.plots import plot_network, style
from tests.figures import (
    FIRST,
    circuit_of,
    color_of,
    curve_traces,
    end_marks,
    neuron_traces,
    spikes_of,
    text_of,
)


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
    figure = plot_network(circuit, layout=layout)
    assert {(trace.name, trace.line.dash) for trace in curve_traces(figure)} == {
        ("excitatory", "solid"), ("inhibitory", "5px,3px"), ("unknown sign", "2px,3px"),
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
    for row in table.to_dict("records"):
        text = hover[str(row["root_id"])]
        lines = text.split("<br>")
        assert lines[0] == str(row["root_id"])
        received = frame.loc[frame["post_root_id"] == row["root_id"], "syn_count"].sum()
        total = "" if pd.isna(row["input_synapses"]) else f" of {row['input_synapses']:,}"
        assert f"in: {received:,} synapses in the circuit{total}" in lines
        assert f"{row['rate_hz']:.2f} Hz (SD {row['rate_sd_hz']:.2f} over trials)" in lines
        assert row["group"] in lines
        assert ("lost input" in text) == (not pd.isna(row["input_synapses"]))
        if not pd.isna(row["nt_type"]):
            word = "excitatory" if row["sign"] > 0 else "inhibitory"
            assert f"{row['nt_type']}, {word}, confidence {row['nt_confidence']:.2f}" in lines
        if not pd.isna(row["cell_type"]):
            assert row["cell_type"] not in text  # it holds < and >, which plotly would take for markup
            assert row["cell_type"].replace("<", "&lt;").replace(">", "&gt;") in text
        assert "nan" not in text.lower()
        assert "None" not in text


def test_colour_is_by_transmitter_or_by_rate_when_there_are_spikes() -> None:
    circuit = circuit_of()
    figure = plot_network(circuit)
    for name in ("ACH", "GABA", "GLUT", "DA"):
        assert color_of(figure, name) == style.TRANSMITTER_COLORS[name]
    counts = circuit.annotations["nt_type"].value_counts()
    legend = {trace.name for trace in figure.data if trace.type == "scatter"}
    assert {f"{name} ({count})" for name, count in counts.items()} <= legend
    assert f"unknown transmitter ({int(circuit.annotations['nt_type'].isna().sum())})" in legend
    signs = {trace.name for trace in plot_network(circuit, color_by="sign").data if trace.type == "scatter"}
    excitatory = int((circuit.weight > 0).sum())
    assert {f"excitatory connections ({excitatory})", "excitatory (24)"} <= signs, "connections and neurons stay apart"

    spikes = spikes_of(circuit)
    figure = plot_network(circuit, spikes)
    (scale,) = [trace for trace in neuron_traces(figure) if trace.name == "rate (Hz)"]
    rates = spikes.rates().set_index("root_id")["rate_hz"]
    shown = [rates[int(root_id)] for root_id in scale.customdata]
    assert np.asarray(scale.marker.color) == pytest.approx(np.sqrt(shown))
    assert (scale.marker.cmin, scale.marker.cmax) == pytest.approx((0, np.sqrt(rates.max())))
    bar = scale.marker.colorbar
    assert bar.title.text == "rate (Hz)"
    assert np.square(bar.tickvals) == pytest.approx([float(text) for text in bar.ticktext], rel=0.005)
    assert max(bar.tickvals) > 0.9 * np.sqrt(rates.max()), "the upper end of the scale can be read"
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


def test_kinds_that_are_whole_numbers_are_named_as_they_are() -> None:
    neurons = circuit_of().neurons().drop(columns="group")
    neurons["cell_type"] = pd.array([FIRST + k % 3 if k % 5 else pd.NA for k in range(len(neurons))], dtype="Int64")
    figure = plot_network(Circuit.from_tables(neurons, circuit_of().to_frame(), depth=2), color_by="cell_type")
    names = {str(FIRST), str(FIRST + 1), str(FIRST + 2), "no cell_type"}
    assert {str(trace.name).split(" (")[0] for trace in neuron_traces(figure)} == names
    assert all(name in text_of(figure) for name in names)


def test_two_thousand_neurons_and_twenty_thousand_connections_stay_a_few_traces() -> None:
    figure = plot_network(circuit_of(n=2000, m=20_000), max_connections=20_000)
    drawn = [trace for trace in figure.data if trace.type == "scattergl"]
    assert sum(len(trace.customdata) for trace in end_marks(figure).values()) == 20_000
    assert len(drawn) <= 12 + 3 + 6
    assert {trace.type for trace in curve_traces(figure)} == {"scattergl"}
    # A texture and a draw call of its own for each: a page of 2,000 different angles takes a second a frame.
    assert all(len(set(np.atleast_1d(trace.marker.angle))) <= 8 for trace in end_marks(figure).values())
    few = plot_network(circuit_of(n=2000, m=20_000), max_connections=1_000)
    assert {trace.type for trace in curve_traces(few)} == {"scatter"}
    assert 8 < max(len(set(np.atleast_1d(trace.marker.angle))) for trace in end_marks(few).values()) <= 24
    assert sum(len(trace.x) for trace in curve_traces(figure)) <= 20_000 * 6
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


def test_neurons_without_levels_are_placed_by_force_unless_asked_otherwise() -> None:
    edges = pd.DataFrame({"pre_root_id": [1, 2, 3], "post_root_id": [2, 3, 1], "weight_signed": [5, 6, 7]})
    unmarked, marked = Circuit.from_edges(edges), Circuit.from_edges(edges, targets=[1])
    assert plot_network(unmarked) == plot_network(unmarked, layout="force") != plot_network(unmarked, layout="levels")
    assert plot_network(marked) == plot_network(marked, layout="levels")
    assert "diamonds" not in text_of(plot_network(unmarked))
    assert "diamonds" in text_of(plot_network(marked, layout="force"))


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


def test_any_annotation_is_a_layout_and_a_table_adds_one() -> None:
    circuit = circuit_of()
    table = pd.DataFrame({"root_id": circuit.root_ids[:40], "neuropil": [f"np{k % 9}" for k in range(40)]})
    annotated = circuit.annotated(table)
    figure = plot_network(annotated, layout="neuropil")
    names = [note.text for note in figure.layout.annotations if note.name == "level"]
    assert len(names) == 7
    assert names[0] == "<b>no neuropil</b><br>20 neurons"
    assert names[-1].startswith("<b>4 other</b>")
    place = {int(root_id): float(x) for trace in neuron_traces(figure) for root_id, x in
             zip(trace.customdata, trace.x, strict=True)}  # fmt: skip
    assert max(place[root_id] for root_id in circuit.root_ids[40:].tolist()) < min(
        place[root_id] for root_id in circuit.root_ids[:40].tolist()
    )
    sides = np.array(["right", "left", "center"])[np.arange(60) % 3]
    sided = plot_network(circuit.annotated(pd.DataFrame({"root_id": circuit.root_ids, "side": sides})), layout="side")
    told = [note.text.split("<br>")[0] for note in sided.layout.annotations if note.name == "level"]
    assert told == ["<b>left</b>", "<b>center</b>", "<b>right</b>"]
    with pytest.raises(DataError, match="a column root_id in which each neuron stands once"):
        circuit.annotated(pd.DataFrame({"root_id": [1, 1]}))


def test_curves_name_the_end_mark_that_is_theirs() -> None:
    figure = plot_network(circuit_of())
    place = {root_id: (x, y) for trace in neuron_traces(figure) for root_id, x, y in
             zip(trace.customdata, trace.x, trace.y, strict=True)}  # fmt: skip
    ends = end_marks(figure)
    seen = dict.fromkeys(ends, 0)
    for trace in curve_traces(figure):
        for number, end in enumerate(trace.meta["ends"]):
            pre, post = ends[trace.name].customdata[end]
            at = number * trace.meta["points"]
            assert (trace.x[at], trace.y[at]) == pytest.approx(place[pre], abs=20 if pre == post else 1e-3)
            seen[trace.name] += 1
    assert seen == {name: len(trace.x) for name, trace in ends.items()}


def test_no_curve_leaves_the_drawing() -> None:
    figure = plot_network(circuit_of(n=12, m=60), layout="force")
    for axis in "xy":
        low, high = figure.layout[f"{axis}axis"].range
        ends = np.concatenate([np.asarray(trace[axis]) for trace in figure.data if trace.meta and "ends" in trace.meta])
        assert low <= np.nanmin(ends)
        assert high >= np.nanmax(ends)


def test_the_caption_explains_only_marks_that_are_there() -> None:
    circuit = circuit_of()
    told = plot_network(circuit, layout="force").layout.meta["caption"]
    assert "targets are diamonds, functional nuclei are squares" in told
    plain = Circuit.from_edges(circuit.to_frame(), targets=circuit.root_ids[:2].tolist())
    told = plot_network(plain, layout="force").layout.meta["caption"]
    assert "targets are diamonds" in told
    assert "nuclei" not in told
