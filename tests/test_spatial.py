"""Spatial neurons, from the file of a shape to spikes that travel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphkit import Morphology, Section, read_swc, simulate_neuron
from graphkit.errors import DataError, SimulationError
from graphkit.morphology import Place
from graphkit.simulation.membranes import MembraneModel, PointCurrent, hodgkin_huxley_membrane, passive_membrane

CELL = """# made by hand
1 1 0 0 0 10 -1
2 3 5 0 0 3 1
3 3 30 0 0 1 2
4 3 50 0 0 1 3
5 3 50 20 0 0.5 4
6 3 70 0 0 0.5 4
7 2 0 -40 0 1 1
"""


def test_a_file_becomes_the_tree_it_draws(tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    path.write_text(CELL)
    cell = read_swc(path)
    assert repr(cell) == "Morphology(6 compartments: soma 1, dendrite 4, axon 1; 110 um)"
    assert cell.parent.tolist() == [-1, 0, 1, 2, 2, 0]
    # point 2 lies within the soma; what follows begins on its surface, 10 um from the centre
    assert cell.start_um[1].tolist() == [10, 0, 0]
    assert cell.distance_um.tolist() == [0, 10, 30, 50, 50, 15]
    assert cell.diameter_um[3].tolist() == [2, 1]
    assert cell.compartment((70.0, 1.0, 0.0)) == 4
    assert cell.compartment(("dendrite", 45.0)) in (3, 4)
    path.write_text(
        "# the three points of NeuroMorpho.Org\n1 1 0 0 0 5 -1\n2 1 0 -5 0 5 1\n3 1 0 5 0 5 1\n4 3 25 0 0 1 1"
    )
    assert repr(read_swc(path)) == "Morphology(2 compartments: soma 1, dendrite 1; 20 um)"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            CELL.replace("3 3 30 0 0 1 2", "3 3 30 0 0 1 6"),
            r"cell.swc: a cycle of 3 points.*\n  line 4: point 3 descends",
        ),
        ("1 1 0 0 0 1 1\n", r"a cycle of 1 points.*\n  line 1"),
        (CELL.replace("6 3 70 0 0 0.5 4", "6 3 70 0 0 0.5 14"), r"\n  line 7: there is no point 14"),
        (CELL.replace("7 2 0 -40 0 1 1", "7 2 0 -40 0 1 -1"), r"2 roots.*\n  line 2: a root.*\n  line 8"),
        (CELL.replace("7 2", "6 2"), r"line 8: point 6 is on line 7 already"),
        (CELL.replace("50 20 0 0.5", "50 20 0 0"), r"line 6: a radius has to be above 0"),
        (CELL.replace("50 20 0 0.5", "50 x 0 0.5"), r"line 6: not a number"),
        (CELL.replace("50 20 0 0.5", "50 20 0.5"), r"line 6: 6 values, not the 7"),
        ("# nothing\n", r"no points"),
        ("1 2 0 0 0 1 -1\n", r"no membrane"),
    ],
)
def test_a_file_that_is_no_tree_is_refused_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "cell.swc"
    path.write_text(text)
    with pytest.raises(DataError, match=told):
        read_swc(path)


def test_sections_that_do_not_make_a_tree_are_refused() -> None:
    stem = Section("stem", 10, 1)
    for sections, told in [
        ([Section("tip", 10, 1, parent="stem"), stem], "its parent 'stem' is not among the sections before"),
        ([Section("loop", 10, 1, parent="loop")], "cannot be its own ancestor"),
        ([stem, stem], "two sections are called"),
        ([stem, Section("other", 10, 1)], "'stem' is the root already"),
        ([], "without compartments"),
    ]:
        with pytest.raises(DataError, match=told):
            Morphology.from_sections(sections)
    with pytest.raises(DataError, match="above 0"):
        Section("thin", 10, 0)
    for compartments in (0, 1.5):
        with pytest.raises(DataError, match=r"'thin': compartments is .*; give a whole number from 1"):
            Section("thin", 10, 1, compartments=compartments)  # type: ignore[arg-type]  # a slip
    with pytest.raises(DataError, match="no section 'axon'; it has stem"):
        Morphology.from_sections([stem]).compartment("axon")
    with pytest.raises(DataError, match="20 um is not on section 'stem', which is 10 um long"):
        Morphology.from_sections([stem]).compartment(("stem", 20.0))


@pytest.mark.parametrize("device", ["numpy", pytest.param("cpp_standalone", marks=pytest.mark.long)])
def test_a_passive_cable_attenuates_as_its_formula(device: str) -> None:
    d_um, length_um, sections = 2.0, 1500.0, 150
    cable = Morphology.from_sections([Section("dendrite", length_um, d_um, sections)])
    membrane = passive_membrane()  # g_l 1 S/m2, R_i 1 Ohm m
    length_constant = np.sqrt(d_um * 1e-6 / 4) * 1e6
    potentials = simulate_neuron(
        cable,
        membrane,
        currents=[PointCurrent("dendrite", 0.02, start_ms=5)],
        duration_ms=120,
        every_ms=1,
        device=device,
    )
    rise = potentials.v_mv[:, -1] + 65
    assert potentials.v_mv[:, 0] == pytest.approx(np.full(sections, -65))
    # injected at the sealed end x = 0 of a cable with the other end sealed (Rall 1969)
    x = cable.distance_um
    wanted = np.cosh((length_um - x) / length_constant) / np.cosh((length_um - x[0]) / length_constant)
    assert rise / rise[0] == pytest.approx(wanted, rel=2e-3)
    input_resistance = 2 / (np.pi * (d_um * 1e-6) ** 1.5) / np.tanh(length_um / length_constant)  # Ohm
    at_end = rise[0] * np.cosh(length_um / length_constant) / np.cosh((length_um - x[0]) / length_constant)
    assert at_end == pytest.approx(0.02e-9 * input_resistance * 1e3, rel=2e-3)
    assert potentials.at(("dendrite", 5.0)) is not None
    kept = json.loads(json.dumps(dict(potentials.run)))
    assert kept["currents"] == [{"at": "dendrite", "current_na": 0.02, "start_ms": 5, "end_ms": None}]
    assert (kept["device"], kept["duration_ms"], kept["membrane"]["equations"]) == (device, 120, membrane.equations)


def test_spikes_travel_along_an_axon_at_a_steady_speed_and_not_into_a_passive_dendrite() -> None:
    cell = Morphology.from_sections(
        [
            Section("axon", 3000, 3, 60),
            Section("dendrite", 400, 2, 8, direction=(-1, 0, 0)),
            Section("left", 100, 1, 2, parent="dendrite", direction=(-1, 1, 0)),
            Section("right", 100, 1, 2, parent="dendrite", direction=(-1, -1, 0)),
        ],
        soma_diameter_um=20,
    )
    active = {"soma": "120*msiemens/cm**2", "axon": "120*msiemens/cm**2"}
    membrane = hodgkin_huxley_membrane().changed(g_na=active)
    places: list[Place] = [("axon", 750.0), ("axon", 1500.0), ("axon", 2250.0), "left"]
    potentials = simulate_neuron(
        cell, membrane, currents=[PointCurrent("soma", 2.0, start_ms=1, end_ms=2)], duration_ms=12, every_ms=0.1,
        record_at=places,
    )  # fmt: skip
    first, second, third, dendrite = potentials.spikes_ms
    assert [len(one) for one in potentials.spikes_ms] == [1, 1, 1, 0]
    speeds = 0.75 / np.array([second[0] - first[0], third[0] - second[0]])  # mm/ms = m/s
    assert speeds[0] == pytest.approx(speeds[1], rel=0.05)
    assert 0.5 < speeds[0] < 1.5  # 20 m/s * sqrt(3 um / 476 um) = 1.6 m/s at 18.5 C; half of that at 6.3 C
    assert -65 < potentials.at("left").max() < -20
    assert len(dendrite) == 0
    nothing = simulate_neuron(
        cell, membrane.changed(g_na=0), currents=[PointCurrent("soma", 2.0, end_ms=1)], duration_ms=3
    )
    assert not any(len(one) for one in nothing.spikes_ms)


CABLE = Morphology.from_sections([Section("cable", 100, 1, 4)])


@pytest.mark.parametrize(
    ("membrane", "options", "told"),
    [
        (passive_membrane().changed(g_l="1*volt"), {}, "units"),
        (passive_membrane().changed(E_l={"cable": "1*mV"}), {}, "E_l differs by section, but is no parameter"),
        (passive_membrane().changed(g_l={"axon": "1*siemens/meter**2"}), {}, "no section 'axon'"),
        (MembraneModel(equations="Im = g*(E - v) : amp/meter**2"), {}, "Brian2 does not take it"),
        (passive_membrane(), {"duration_ms": -1}, "duration_ms is -1"),
        (passive_membrane(), {"every_ms": 0.15}, "every_ms is 0.15"),
        (passive_membrane(), {"every_ms": 0}, "every_ms is 0"),
        (passive_membrane(), {"device": "gpu"}, "no device 'gpu'"),
        (
            MembraneModel(
                equations="Im = k*(v + 65*mV) : amp/meter**2", parameters={"k": "50*siemens/meter**2"}, name="wild",
                initial={"v": "-60*mV"},
            ),
            {"duration_ms": 200},
            r"'wild' diverged: v of compartment 0 \(cable\) .* ms",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused(membrane: MembraneModel, options: dict[str, Any], told: str) -> None:
    with pytest.raises(SimulationError, match=told):
        simulate_neuron(CABLE, membrane, **{"duration_ms": 5} | options)


def test_values_are_checked_as_they_are_given() -> None:
    with pytest.raises(SimulationError, match="no Im"):
        MembraneModel(equations="x = 1 : 1")
    with pytest.raises(SimulationError, match="axial_resistance_ohm_cm is 0"):
        MembraneModel(equations="Im = 0*amp/meter**2 : amp/meter**2", axial_resistance_ohm_cm=0)
    with pytest.raises(SimulationError, match="start_ms must not be negative"):
        PointCurrent("soma", 1, start_ms=5, end_ms=5)
    with pytest.raises(SimulationError, match="'g_x'"):
        passive_membrane().changed(g_x=1)
    with pytest.raises(DataError, match="give 'all', or a list"):
        simulate_neuron(CABLE, record_at="cable")
    potentials = simulate_neuron(CABLE, duration_ms=1, record_at=["cable"])
    with pytest.raises(DataError, match="nothing was recorded at"):
        potentials.at(("cable", 90.0))
    assert potentials.to_frame().columns.tolist() == ["compartment", "section", "distance_um", "t_ms", "v_mv"]
