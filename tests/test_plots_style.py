"""One look: template, colours, captions."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt
import plotly.io
import pytest

from graphkit import Selection, connect
from graphkit.plots import (
    plot_comparison,
    plot_distributions,
    plot_network,
    plot_raster,
    plot_rates,
    plot_transmitters,
    style,
    template,
)
from graphkit.plots.origin import origin
from tests.connectomes import BASE, fill
from tests.figures import (
    FIRST,
    circuit_of,
    color_of,
    spikes_of,
    text_of,
)


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


def test_one_neuron_is_one_neuron() -> None:
    circuit = circuit_of(n=1, m=0, targets=1, depth=1)
    spikes = spikes_of(circuit, trials=1)
    figures = (
        plot_network(circuit), plot_raster(spikes), plot_rates(spikes), plot_transmitters(circuit, by="group"),
        plot_distributions(circuit), plot_comparison(spikes, spikes),
    )  # fmt: skip
    for figure in figures:
        said = figure.to_json()
        assert "1 neuron" in said
        assert not re.search(r"\b1 (neuron|connection|trial)s", said)


def test_the_caption_names_dataset_run_and_parameters() -> None:
    circuit = circuit_of()
    spikes = spikes_of(circuit)
    for figure in (plot_network(circuit, spikes), plot_raster(spikes), plot_rates(spikes)):
        for part in ("toy v1", "run r1", "model fly_lif", "seed 7"):
            assert part in figure.layout.meta["caption"]
            assert part in text_of(figure)
    assert "toy v1" in text_of(plot_network(circuit))


def test_a_caption_fits_into_the_cell_of_a_notebook() -> None:
    figure = plot_network(circuit_of(n=400, m=20_000), spikes_of(circuit_of(n=400, m=20_000)), max_connections=300)
    lines = [re.sub(r"<[^>]+>", "", line) for line in figure.layout.title.text.split("<br>")]
    assert len(figure.layout.meta["caption"]) > 240
    assert max(map(len, lines)) <= 120, "plotly wraps nothing itself: what is longer is cut off"


def test_the_caption_reads_the_record_of_a_run() -> None:
    run = {
        "run_id": "r2", "engine": "event_driven", "seed": "18446744073709551615",
        "model": {"name": "fly_lif", "changed": ["delay_ms"], "parameters": {"delay_ms": 2.5, "dt_ms": 0.1}},
        "stimuli": [{"name": "target", "rate_hz": 40.0, "amplitude_mv": 21.0}],
        "silence": {"mode": "outputs", "root_ids": [str(FIRST)]},
        "circuit": {"source": {"dataset": "toy v1", "min_synapses": 5}},
    }  # fmt: skip
    assert origin({}, run) == [
        "toy v1", "connections of 5 synapses or more", "run r2", "model fly_lif", "delay_ms 2.5",
        "Poisson input: target 40 Hz x 21 mV", "1 neuron silenced (outputs)", "engine event_driven",
        "seed 18446744073709551615",
    ]  # fmt: skip
    assert origin({"dataset": "toy", "version": "v1"}) == ["toy v1"]
    assert origin({}) == []
    assert origin({"min_input_share": 0.05}) == ["connections of 5% of the input or more"]


def test_the_caption_says_in_words_how_the_neurons_were_chosen(tmp_path: Path) -> None:
    (ids := tmp_path / "ids.csv").write_text(f"root_id\n{BASE + 1}\n{BASE + 3}\n")
    with connect(tmp_path / "tiny.graph") as connectome:
        fill(connectome)
        circuits = {
            "whole graph": connectome.circuit(),
            "up to level 1 downstream": connectome.circuit(max_downstream=1),
            "neurons chosen by id": connectome.circuit([BASE + 1]),
            f"neurons of {ids}": connectome.circuit(ids),
            "2 neurons chosen by id": connectome.circuit(Selection(root_ids=(BASE + 1, BASE + 2))),
            "cell_class ALPN or ALLN, side left": connectome.circuit(
                Selection(cell_class=("ALPN", "ALLN"), side="left")
            ),
        }
    for words, circuit in circuits.items():
        assert origin(circuit.source) == ["tiny 1", words], "thresholds that leave nothing out are not told"
    part = circuits["whole graph"].subcircuit([BASE + 3, BASE + 4])
    assert origin(part.source)[1:3] == ["whole graph", "a part of 2 neurons"]
    many = origin({"chosen_by": {"cell_type": [f"T{number}" for number in range(9)]}})
    assert many == ["cell_type T0 or T1 or T2 or T3 or T4 or T5 or 3 others"]
