"""Figures of how single neurons behave."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from graphkit import Morphology, Section
from graphkit.errors import DataError
from graphkit.morphology import NeuronPotentials
from graphkit.plots import plot_frequency_curve, plot_morphology, plot_potentials
from graphkit.states import States

CELL = Morphology.from_sections([Section("axon", 100, 1, 10), Section("dendrite", 50, 2, 5)], soma_diameter_um=20)
T_MS: npt.NDArray[np.float64] = np.arange(5, dtype=np.float64)


def states(neurons: int, trials: int = 1) -> States:
    values = np.arange(trials * neurons * 5, dtype=float).reshape(trials, neurons, 5)
    return States(np.arange(10, 10 + neurons), T_MS, {"v_mv": values, "w": -values})


def curve(label: str = "input current (nA)") -> pd.DataFrame:
    frame = pd.DataFrame({"value": [0.0, 1.0], "rate_hz": [0.0, 9.0], "rate_sd_hz": [0.0, 2.0], "neurons": 3})
    frame.attrs = {"input": label, "model": "toy"}
    return frame


def test_each_neuron_is_a_line_of_its_variable() -> None:
    figure = plot_potentials(states(3, trials=2), variable="v_mv", trial=1)
    assert [trace.name for trace in figure.data] == ["10", "11", "12"]
    assert figure.data[0].y.tolist() == [15, 16, 17, 18, 19]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("time (ms)", "v (mV)")
    assert plot_potentials(states(2), variable="w").layout.yaxis.title.text == "w"
    many = plot_potentials(states(40), max_lines=4)
    assert [trace.name for trace in many.data] == ["10", "20", "30", "40"]
    assert "4 of 40 neurons drawn" in many.layout.meta["caption"]
    assert figure.layout.legend.title.text == "neuron"
    run = {"run_id": "r1", "circuit": {"source": {"dataset": "toy v1"}}}
    told = plot_potentials(states(3, trials=2), trial=1, run=run).layout.meta["caption"]
    assert all(part in told for part in ("trial 1 of 0 to 1", "toy v1", "run r1"))
    assert not plot_potentials(states(0)).data
    with pytest.raises(DataError, match=r"u_mv was not recorded\. Recorded: v_mv, w"):
        plot_potentials(states(1), variable="u_mv")
    with pytest.raises(DataError, match="trial 1"):
        plot_potentials(states(1), trial=1)


def test_places_of_a_neuron_are_lines_named_by_section_and_distance() -> None:
    potentials = NeuronPotentials(CELL, np.array([10, 0, 5]), T_MS, np.arange(15, dtype=np.float64).reshape(3, 5))
    figure = plot_potentials(potentials)
    assert [trace.name for trace in figure.data] == ["soma, 0 µm", "axon, 45 µm", "axon, 95 µm"]
    assert figure.data[0].y.tolist() == [5, 6, 7, 8, 9]


def test_a_frequency_curve_has_a_band_of_one_standard_deviation() -> None:
    figure = plot_frequency_curve({"before": curve(), "after": curve()})
    band, line = figure.data[:2]
    assert band.y.tolist() == [0, 11, 7, 0]
    assert line.y.tolist() == [0, 9]
    assert [trace.name for trace in figure.data if trace.mode == "lines+markers"] == ["before", "after"]
    assert figure.layout.yaxis.title.text == "firing rate (Hz)"
    assert "over 3 neurons" in figure.layout.meta["caption"]
    with pytest.raises(DataError, match="different inputs"):
        plot_frequency_curve({"a": curve(), "b": curve("Poisson rate (Hz)")})
    with pytest.raises(DataError, match="no column rate_sd_hz"):
        plot_frequency_curve(curve().drop(columns="rate_sd_hz"))


def test_a_neuron_is_drawn_compartment_by_compartment_in_its_own_places() -> None:
    figure = plot_morphology(CELL, CELL.distance_um, label="distance (um)")
    mesh = figure.data[0]
    assert len(mesh.x) == len(mesh.intensity) == 15 * 18 + 16 * 8 + 2  # tubes of two rings and two ends, one sphere
    assert max(mesh.x) == pytest.approx(110)
    assert min(mesh.x) == pytest.approx(-10, abs=0.3)  # a sphere of facets
    assert set(np.unique(mesh.intensity)) == set(CELL.distance_um)
    assert max(max(mesh.i), max(mesh.j), max(mesh.k)) == len(mesh.x) - 1
    assert figure.layout.scene.xaxis.title.text == "x (µm)"
    assert "distance (um): 95" in mesh.text[np.argmax(mesh.intensity)]
    by_section = plot_morphology(CELL)
    assert [trace.name for trace in by_section.data] == ["soma", "axon", "dendrite"]
    assert "drawn that wide" in plot_morphology(CELL, thinnest_um=5).layout.meta["caption"]
    with pytest.raises(DataError, match="2 values for 16 compartments"):
        plot_morphology(CELL, [1, 2])
