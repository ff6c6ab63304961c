"""What figures make of input that is out of the ordinary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from graphkit.circuit import Circuit
from graphkit.errors import DataError, SelectionError
from graphkit.plots import (
    plot_boundary,
    plot_comparison,
    plot_matrix,
    plot_network,
    plot_partners,
    plot_paths,
    plot_raster,
    plot_rates,
)
from tests.figures import (
    FIRST,
    circuit_of,
    curve_traces,
    empty_circuit,
    neuron_traces,
    silent,
    spikes_of,
    text_of,
)


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
        figure = plot_network(Circuit.from_edges(nothing, root_ids=ids), layout=layout)
        assert [root_id for trace in neuron_traces(figure) for root_id in trace.customdata] == [str(k) for k in ids]
        assert "no connections" in text_of(figure)
        assert not curve_traces(figure)
    loop = pd.DataFrame({"pre_root_id": [FIRST], "post_root_id": [FIRST], "weight_signed": [4]})
    (curve,) = curve_traces(plot_network(Circuit.from_edges(loop), layout=layout))
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
    with pytest.raises(DataError, match=r"color_by='colour'.*auto, transmitter, sign, group.*nt_confidence"):
        plot_network(circuit, color_by="colour")
    with pytest.raises(DataError, match="Give spikes to colour by rate"):
        plot_network(circuit, color_by="rate")
    with pytest.raises(DataError, match="color_by='transmitter'"):
        plot_network(circuit_of(annotated=False), color_by="transmitter")
    with pytest.raises(DataError, match=r"order_by='shape'.*cell_class"):
        plot_network(circuit, order_by="shape")
    with pytest.raises(DataError, match=r"layout 'circle'.*levels, force"):
        plot_network(circuit, layout="circle")
    with pytest.raises(DataError, match=r"theme 'sepia'.*light, dark"):
        plot_network(circuit, theme="sepia")  # type: ignore[arg-type]  # a slip
    with pytest.raises(DataError, match=r"strongest 'few'.*per_level_pair, overall"):
        plot_network(circuit, strongest="few")  # type: ignore[arg-type]  # a slip
    with pytest.raises(DataError, match=r"trial 2.*0 to 1"):
        plot_raster(spikes, trial=2)
    with pytest.raises(DataError, match="bin_ms is 0"):
        plot_raster(spikes, bin_ms=0)
    with pytest.raises(DataError, match=r"sort_by 'size'.*rate, first_spike, level"):
        plot_raster(spikes, sort_by="size")  # type: ignore[arg-type]  # a slip


CIRCUIT = circuit_of()
PATH = pd.DataFrame(
    {"step": [1], "pre_root_id": [1], "post_root_id": [2], "syn_count": [9], "weight_signed": [9]}
)  # fmt: skip
#: Each cap of a figure, and the smallest that leaves one.
CAPS: list[tuple[str, int, Callable[..., go.Figure]]] = [
    ("max_neurons", 0, partial(plot_network, CIRCUIT)),
    ("max_connections", 0, partial(plot_network, CIRCUIT)),
    ("max_spikes", 0, partial(plot_raster, spikes_of(CIRCUIT))),
    ("max_neurons", 0, partial(plot_rates, spikes_of(CIRCUIT))),
    ("max_neurons", 0, partial(plot_boundary, CIRCUIT)),
    ("max_neurons", 1, partial(plot_comparison, spikes_of(CIRCUIT), spikes_of(CIRCUIT))),
    ("max_rows", 1, partial(plot_matrix, CIRCUIT)),
    ("max_partners", 1, partial(plot_partners, CIRCUIT, int(CIRCUIT.root_ids[0]))),
    ("max_per_layer", 1, partial(plot_paths, PATH)),
]


@pytest.mark.parametrize(("name", "least", "draw"), CAPS)
def test_a_cap_that_leaves_no_figure_is_refused(name: str, least: int, draw: Callable[..., go.Figure]) -> None:
    assert draw(**{name: least}).layout.meta["title"]
    for given in (least - 1, float("nan")):
        with pytest.raises(DataError, match=f"{name} is {given}; give a whole number, {least} or more"):
            draw(**{name: given})


def test_spikes_of_another_circuit_are_refused_and_of_a_part_are_marked() -> None:
    circuit = circuit_of()
    edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [1]})
    with pytest.raises(SelectionError, match="none of the circuit's 60 neurons is in the run of 2"):
        plot_network(circuit, silent(Circuit.from_edges(edges)))
    part = circuit.subcircuit(circuit.root_ids[:10].tolist())
    traces: Sequence[go.Scattergl] = neuron_traces(plot_network(circuit, spikes_of(part)))
    (outside,) = [trace for trace in traces if trace.name == "not simulated"]
    assert {int(root_id) for root_id in outside.customdata} == set(circuit.root_ids[10:].tolist())
