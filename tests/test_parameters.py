"""Models, presets, stimuli: their values, the units they take, what is refused."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import brian2
import pytest
from brian2 import Hz, Mohm, kelvin, ms, mV, second

from graphkit.errors import SimulationError
from graphkit.simulation.parameters import PRESETS, LIFModel, Preset
from graphkit.simulation.stimuli import PoissonStimulus, RegularStimulus
from graphkit.simulation.values import Unit, one_of, plain


def test_constants_are_those_of_the_papers() -> None:
    assert asdict(LIFModel()) == {
        "v_rest_mv": -52.0,
        "v_reset_mv": -52.0,
        "v_threshold_mv": -45.0,
        "tau_membrane_ms": 20.0,  # 10 MOhm x 0.002 uF
        "tau_synapse_ms": 5.0,
        "refractory_ms": 2.2,
        "delay_ms": 1.8,
        "synapse_mv": 0.275,
        "dt_ms": 0.1,
        "while_refractory": "integrate",
        "resistance_mohm": 10.0,
    }
    assert replace(PRESETS["shiu2024"].model, while_refractory="integrate") == PRESETS["fly_lif"].model


def test_stimuli_of_the_presets() -> None:
    values = {
        name: [(one.name, one.group, one.rate_hz, one.amplitude_mv, one.refractory_ms) for one in preset.stimuli]
        for name, preset in PRESETS.items()
    }
    assert values == {
        "fly_lif": [
            ("background", "all", 5.0, 3.5, None),
            ("target", "target", 40.0, 21.0, None),
            ("downstream_1", "downstream_1", 7.5, 10.5, None),
        ],
        "shiu2024": [("target", "target", 150.0, 68.75, 0.0)],
    }
    second = {name: preset.second for name, preset in PRESETS.items()}
    assert second["fly_lif"] == PoissonStimulus("second_targets", "second_targets", 40.0, 21.0)
    assert second["shiu2024"] == PoissonStimulus("second_targets", "second_targets", 150.0, 68.75, 0.0)


def test_a_preset_names_its_stimuli() -> None:
    preset = PRESETS["fly_lif"]
    assert preset.stimulus("background") is preset.stimuli[0]
    assert preset.stimulus("second_targets") is preset.second
    with pytest.raises(SimulationError, match=r"no stimulus of shiu2024 'backgroud'.*Known: target, second_targets"):
        PRESETS["shiu2024"].stimulus("backgroud")
    with pytest.raises(SimulationError, match="Known: none"):
        Preset("bare", LIFModel(), ()).stimulus("background")


def test_every_parameter_takes_a_brian2_quantity() -> None:
    units = {"mv": mV, "ms": ms, "hz": Hz, "mohm": Mohm}
    for value in (
        LIFModel(), PoissonStimulus("a", "all", 12.5, 3.3, 1.1, "v", 0.3, 9.9),
        RegularStimulus("a", "all", 12.5, 3.3, 1.1, "g", 0.3, 9.9),
    ):  # fmt: skip
        quantities = {
            each.name: getattr(value, each.name) * units[each.name.rpartition("_")[2]]
            for each in fields(value)
            if each.name.rpartition("_")[2] in units
        }
        assert len(quantities) >= 3
        changed = replace(value, **quantities)
        assert changed == value
        assert all(type(getattr(changed, name)) is float for name in quantities)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.1 * second, "ms", 100.0),
        (1.8 * ms, "ms", 1.8),
        (40 * Hz, "Hz", 40.0),
        (-52 * mV, "mV", -52.0),
        (7, "mV", 7.0),
    ],
)
def test_plain(value: brian2.Quantity | float, unit: Unit, expected: float) -> None:
    assert plain(value, unit, "x") == expected


@pytest.mark.parametrize("value", [100 * mV, 5 * kelvin, [1, 2] * ms, float("nan"), float("inf"), "100", None, [1, 2]])
def test_plain_refuses(value: Any) -> None:
    with pytest.raises(SimulationError, match=r"duration_ms is .*ms"):
        plain(value, "ms", "duration_ms")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dt_ms": 0}, "dt_ms is 0"),
        ({"dt_ms": -0.1}, "dt_ms is -0.1"),
        ({"tau_membrane_ms": 0}, "tau_membrane_ms is 0"),
        ({"tau_synapse_ms": -5}, "tau_synapse_ms is -5"),
        ({"tau_synapse_ms": 20}, "both 20"),
        ({"refractory_ms": -1}, "refractory_ms is -1"),
        ({"delay_ms": 0.05}, "delay_ms is 0.05, below one step of 0.1 ms"),
        ({"delay_ms": 0}, "below one step"),
        ({"v_threshold_mv": -52}, "not above v_rest_mv"),
        ({"v_reset_mv": -40}, "not above v_rest_mv"),
        ({"synapse_mv": float("nan")}, "synapse_mv is nan"),
        ({"while_refractory": "frozen"}, "no while_refractory 'frozen'. Did you mean 'freeze'"),
    ],
)
def test_a_model_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        replace(LIFModel(), **changes)


def test_a_stimulus_that_cannot_be_is_refused() -> None:
    with pytest.raises(SimulationError, match="'a': rate_hz must not be negative"):
        PoissonStimulus("a", "all", -1, 3.5)
    with pytest.raises(SimulationError, match="must not be negative"):
        PoissonStimulus("a", "all", 1, 3.5, refractory_ms=-1)
    with pytest.raises(SimulationError, match="amplitude_mv is inf"):
        PoissonStimulus("a", "all", 1, float("inf"))


def test_delay_is_rounded_to_steps() -> None:
    assert LIFModel().delay_steps == 18
    assert LIFModel(dt_ms=0.5).delay_steps == 4  # 3.6 steps
    assert LIFModel(delay_ms=0.1).delay_steps == 1


def test_unknown_names_get_a_suggestion() -> None:
    with pytest.raises(SimulationError, match=r"no model 'hodgkin'. Known: fly_lif, shiu2024"):
        one_of("hodgkin", PRESETS, "model")
    with pytest.raises(SimulationError, match="Did you mean 'fly_lif'"):
        one_of("fly-lif", PRESETS, "model")
