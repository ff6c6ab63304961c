"""What is done to neurons while they are simulated: stimuli, silencing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import brian2
import numpy as np
import pytest
from brian2 import ms, nA

from graphkit import (
    CurrentStimulus,
    LIFModel,
    NoiseStimulus,
    PoissonStimulus,
    Recording,
    RegularStimulus,
    Selection,
    SpikeTimesStimulus,
    simulate,
)
from graphkit.errors import SelectionError, SimulationError
from graphkit.simulation import PRESETS
from graphkit.simulation.spike_times import Stimulus
from tests.circuits import FIRST, ids, random_net, small_circuit, steps, table

_MODELS = [PRESETS["fly_lif"].model, PRESETS["shiu2024"].model]


# --- both engines -----------------------------------------------------------------------------------------------------

_DRIVEN: dict[str, dict[str, object]] = {
    "Poisson onto g for a time": {
        "stimuli": [PoissonStimulus("a", "all", 200, 8, onto="g", start_ms=20, end_ms=90)]
    },
    "Poisson onto chosen neurons": {"stimuli": [PoissonStimulus("a", ids(3, 9), 300, 12)]},
    "regular": {"stimuli": [RegularStimulus("a", "target", 150, 8, start_ms=5.5)]},
    "regular, without refractory period": {"stimuli": [RegularStimulus("a", "target", 1000, 8, refractory_ms=0)]},
    "times of a group": {"stimuli": [SpikeTimesStimulus("a", "target", [3, 3.1, 50, 50.4], 30)]},
    "times of each neuron": {
        "stimuli": [SpikeTimesStimulus("a", "all", {FIRST + 2: [4, 30], FIRST + 5: [9.9]}, 40, onto="g")]
    },
    "steps of current": {"stimuli": [CurrentStimulus("a", "target", [0.9, -0.3, 1.4], times_ms=[10, 60, 90])]},
    "semi-random steps of current": {
        "stimuli": [
            CurrentStimulus.semi_random(
                "a", "all", low_na=0.2, high_na=1, step_ms=15, duration_ms=150, seed=4
            )
        ]
    },
    "silenced from a time on": {"silence": ids(0, 4), "silence_start_ms": 60},
    "silenced both ways for a time": {
        "silence": ids(0, 1, 7, 8, 9), "silence_mode": "both", "silence_start_ms": 30, "silence_end_ms": 110
    },
    "clamped for a time": {
        "silence": ids(0, 1, 7, 8), "silence_mode": "clamp", "silence_start_ms": 30, "silence_end_ms": 110
    },
}  # fmt: skip


@pytest.mark.parametrize("model", _MODELS, ids=["fly_lif", "shiu2024"])
@pytest.mark.parametrize("driven", _DRIVEN)
def test_both_engines_give_the_same_spikes_and_states(driven: str, model: LIFModel) -> None:
    drive = PoissonStimulus("drive", "target", 150, 21)
    options: dict[str, Any] = {**_DRIVEN[driven]}
    options["stimuli"] = [drive, *options.get("stimuli", [])]
    ours, theirs = (
        simulate(
            random_net(), model, engine=engine, duration_ms=150, trials=2, seed=1,
            record=Recording("all", every_ms=0.7, start_ms=1.4), **options,
        )
        for engine in ("event_driven", "brian2")
    )  # fmt: skip
    assert len(ours) > 20
    assert table(ours) == table(theirs)
    assert ours.states is not None
    assert theirs.states is not None
    assert ours.states.t_ms.tolist() == theirs.states.t_ms.tolist()
    for name in ("v_mv", "g_mv"):
        assert np.abs(ours.states[name] - theirs.states[name]).max() < 1e-9
        assert np.ptp(ours.states[name]) > 1


# --- currents ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["event_driven", "brian2"])
@pytest.mark.parametrize("model", _MODELS, ids=["fly_lif", "shiu2024"])
def test_the_rate_under_constant_current_is_that_of_the_formula(model: LIFModel, engine: str) -> None:
    """1 / (t_ref + tau ln(RI / (RI - theta))), where v stands still while refractory; else the longer of the two."""
    currents = [0.5, 0.7, 0.71, 0.8, 1.0, 2.0, 5.0, 40.0]
    inputs = [CurrentStimulus(f"I {k}", ids(k), current) for k, current in enumerate(currents)]
    spikes = simulate(small_circuit(len(currents)), model, engine=engine, stimuli=inputs, duration_ms=500, seed=1)
    for k, current in enumerate(currents):
        found = np.diff(steps(spikes, k))
        if current <= 0.7:  # 7 mV over 10 MOhm
            assert not len(found)
            continue
        rise_ms = 20 * np.log(10 * current / (10 * current - 7))
        rise = int(np.floor(rise_ms / 0.1)) + 1  # steps until v exceeds the threshold
        gap = max(rise, 22) if model.while_refractory == "integrate" else rise + 21  # moves on in the 22nd
        assert set(found.tolist()) == {gap}
        textbook_ms = max(rise_ms, 2.2) if model.while_refractory == "integrate" else rise_ms + 2.2
        assert gap * 0.1 == pytest.approx(textbook_ms, abs=0.1001)


def test_a_current_moves_v_as_ohms_law_says() -> None:
    current = CurrentStimulus("I", "all", [0.5, 0.0], times_ms=[10, 50])
    spikes = simulate(small_circuit(2), LIFModel(), stimuli=[current], duration_ms=100, record=Recording("all", "v"))
    assert spikes.states is not None
    t_ms = spikes.states.t_ms
    risen = 5 * -np.expm1(-np.clip(t_ms - 10, 0, 40) / 20)
    wanted = risen * np.exp(-np.maximum(t_ms - 50, 0) / 20)
    assert np.abs(spikes.states["v_mv"][0] + 52 - wanted).max() < 1e-9
    other = replace(LIFModel(), resistance_mohm=20.0)
    half = simulate(
        small_circuit(2), other, stimuli=[replace(current, currents_na=[0.25, 0])], duration_ms=100,
        record=Recording("all", "v"),
    )  # fmt: skip
    assert half.states is not None
    assert np.array_equal(half.states["v_mv"], spikes.states["v_mv"])


def test_a_neuron_that_a_current_drives_wakes_without_any_event() -> None:
    """Frozen, or clamped, it has to be looked at again by itself."""
    stimuli: dict[str, Stimulus | bool] = {"target": False, "I": CurrentStimulus("I", "all", 1.0, 5)}
    for silence in ([], ids(0)):
        spikes = simulate(
            small_circuit(1), "shiu2024", stimuli=stimuli,
            duration_ms=200, silence=silence, silence_mode="clamp", silence_start_ms=0 if not silence else 20,
            silence_end_ms=None if not silence else 100,
        )  # fmt: skip
        found = steps(spikes, 0)
        assert len(found) > 3
        assert not any(200 <= step < 1000 for step in found) or not silence
        assert not silence or found[-1] > 1000


def test_semi_random_steps_are_drawn_once() -> None:
    drawn = [
        CurrentStimulus.semi_random("a", "all", low_na=-1, high_na=2, step_ms=20, duration_ms=990, seed=seed)
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    heights = np.array(drawn[0].currents_na)
    assert len(heights) == 50
    assert -1 <= heights.min() < 0 < 1.5 < heights.max() <= 2
    with pytest.raises(SimulationError, match="seed is -1: give a whole number from 0"):
        CurrentStimulus.semi_random("a", "all", low_na=0, high_na=1, step_ms=1, duration_ms=2, seed=-1)


def test_quantities_of_brian2_are_taken() -> None:
    plain = CurrentStimulus("a", "all", [0.5, 1.0], times_ms=[10, 20])
    assert CurrentStimulus("a", "all", [0.5, 1.0] * nA, times_ms=[10, 20] * ms) == plain
    assert SpikeTimesStimulus("a", "all", [1, 2] * ms, 3) == SpikeTimesStimulus("a", "all", [1, 2], 3)


# --- events -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["event_driven", "brian2"])
def test_regular_and_given_events_arrive_when_they_are_meant_to(engine: str) -> None:
    regular = RegularStimulus("regular", ids(0), rate_hz=50, amplitude_mv=30, start_ms=10, end_ms=90)
    given = SpikeTimesStimulus("given", ids(1), times_ms=[0, 12.34, 99.9], amplitude_mv=30)
    spikes = simulate(small_circuit(2), LIFModel(), engine=engine, stimuli=[regular, given], duration_ms=100)
    assert steps(spikes, 0) == [101, 301, 501, 701]  # the threshold sees an event one step later
    assert steps(spikes, 1) == [1, 124]


@pytest.mark.parametrize("engine", ["event_driven", "brian2"])
def test_an_event_onto_g_is_a_synaptic_potential(engine: str) -> None:
    kick = SpikeTimesStimulus("kick", "all", [1.0], amplitude_mv=2.75, onto="g")
    spikes = simulate(
        small_circuit(1), LIFModel(), engine=engine, stimuli=[kick], duration_ms=50, record=Recording("all")
    )
    assert spikes.states is not None
    t_ms = np.maximum(spikes.states.t_ms - 1.1, 0)  # step 11 is the first to find it
    wanted = 2.75 * 5 / 15 * (np.exp(-t_ms / 20) - np.exp(-t_ms / 5))
    assert np.abs(spikes.states["v_mv"][0, 0] + 52 - wanted).max() < 1e-9


def test_poisson_events_of_a_part_of_the_time() -> None:
    part = PoissonStimulus("part", "all", 2000, 100, refractory_ms=0, start_ms=30, end_ms=70)
    spikes = simulate(small_circuit(200), LIFModel(), stimuli=[part], duration_ms=100, seed=1)
    assert 30 < spikes.t_ms.min() < 30.3
    assert 69.7 < spikes.t_ms.max() < 70.2
    p = 2000 * 1e-4  # an event in the step of a spike is wiped: rate r / (1 + p)
    assert len(spikes) / 200 / 0.04 == pytest.approx(2000 / (1 + p), rel=0.03)


def test_recorded_spikes_can_be_played_back(tmp_path: Path) -> None:
    """The targets' spikes of a run, given as events, let the rest of the circuit do what it did."""
    circuit = small_circuit(4, (0, 1, 400), (1, 2, 300), (0, 2, -50))
    run = simulate(circuit, LIFModel(), stimuli=[PoissonStimulus("a", "target", 80, 30)], duration_ms=300, seed=5)
    shown = run.to_frame()
    shown = shown[shown["root_id"] == FIRST].assign(t_ms=shown["t_ms"] - 0.1)  # fires one step after the event
    shown.to_csv(tmp_path / "spikes.csv", index=False)
    shown.to_parquet(tmp_path / "spikes.parquet")
    for name in ("spikes.csv", "spikes.parquet"):
        replay = SpikeTimesStimulus.read("replay", tmp_path / name, amplitude_mv=30)
        again = simulate(circuit, LIFModel(), stimuli=[replay], duration_ms=300)
        assert len(run) > 30
        assert table(again) == table(run)
        [said] = cast(Any, again.run["stimuli"])
        assert said["source"].startswith(f"{name} sha256:")
        assert "times_ms" not in said


# --- noise ------------------------------------------------------------------------------------------------------------


def test_noise_has_the_strength_and_the_memory_of_its_process() -> None:
    """An Ornstein-Uhlenbeck process: standard deviation sigma, correlation exp(-t / tau)."""
    n, state = 400, np.random.get_state(legacy=False)["state"]["key"].tolist()
    quiet = replace(LIFModel(), v_threshold_mv=1000.0)
    noise = [NoiseStimulus("a", "all", sigma_mv=1.2), NoiseStimulus("b", ids(*range(n // 2)), sigma_mv=0.9)]
    run = simulate(
        small_circuit(n), quiet, stimuli=noise, duration_ms=400, seed=3, record=Recording("all", "v", every_ms=20)
    )
    assert run.run["engine"] == "brian2"
    assert run.states is not None
    v_mv = run.states["v_mv"][0] + 52
    assert (v_mv[:, 0] == 0).all()
    late = v_mv[:, 10:]  # after ten time constants
    for part, sigma in ((late[: n // 2], 1.5), (late[n // 2 :], 1.2)):  # variances add up
        effective = part.size * (1 - np.exp(-2)) / (1 + np.exp(-2))  # samples of a process with memory
        assert part.std() == pytest.approx(sigma, abs=4 * sigma / np.sqrt(2 * effective))
    assert np.corrcoef(late[:, :-1].ravel(), late[:, 1:].ravel())[0, 1] == pytest.approx(np.exp(-1), abs=0.06)
    again = simulate(
        small_circuit(n), quiet, stimuli=noise, duration_ms=400, seed=3, record=Recording("all", "v", every_ms=20)
    )
    assert again.states is not None
    assert (again.states["v_mv"] == run.states["v_mv"]).all()
    assert np.random.get_state(legacy=False)["state"]["key"].tolist() == state


def test_noise_fires_neurons_as_xi_does() -> None:
    n, ours = 500, PRESETS["shiu2024"].model
    drive: list[Stimulus] = [CurrentStimulus("I", "all", 0.6), NoiseStimulus("a", "all", sigma_mv=2.0)]
    rates = simulate(small_circuit(n), ours, stimuli=drive, duration_ms=500, seed=2).counts()[:, 0] / 0.5
    state = np.random.get_state()
    try:
        brian2.seed(1)
        group = brian2.NeuronGroup(
            n, """dv/dt = (6*mV - v) / (20*ms) + 2*mV * sqrt(2 / (20*ms)) * xi : volt (unless refractory)""",
            method="euler", threshold="v > 7*mV", reset="v = 0*mV", refractory=2.2 * ms, dt=0.1 * ms,
        )  # fmt: skip
        monitor = brian2.SpikeMonitor(group)
        target = brian2.prefs.codegen.target
        brian2.prefs.codegen.target = "numpy"
        brian2.Network(group, monitor).run(500 * ms)
        brian2.prefs.codegen.target = target
    finally:
        np.random.set_state(state)
    theirs = np.bincount(monitor.i, minlength=n) / 0.5
    assert theirs.mean() > 10
    error = np.sqrt((rates.var() + theirs.var()) / n)
    assert abs(rates.mean() - theirs.mean()) < 4 * error + 0.01 * theirs.mean()


def test_the_event_driven_engine_refuses_noise_by_name() -> None:
    with pytest.raises(SimulationError, match=r"cannot run noise \(stimulus 'hum'\).*Take engine='brian2'"):
        simulate(small_circuit(2), stimuli=[NoiseStimulus("hum", "all", 1)], engine="event_driven", duration_ms=1)


# --- protocols --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["event_driven", "brian2"])
@pytest.mark.parametrize(("mode", "fires"), [("outputs", [0]), ("both", [0]), ("clamp", [])])
def test_stimulate_from_0_and_silence_at_750_ms(mode: str, fires: list[int], engine: str) -> None:
    circuit = small_circuit(3, (0, 1, 2000), (1, 2, 2000))
    spikes = simulate(
        circuit, LIFModel(), engine=engine, stimuli=[RegularStimulus("a", "target", 100, 30)], duration_ms=1000,
        trials=2, silence=ids(0), silence_mode=mode, silence_start_ms=750,
    )  # fmt: skip
    for trial in (0, 1):
        one = spikes.t_ms[spikes.trial == trial], spikes.root_id[spikes.trial == trial] - FIRST
        assert set(one[1][one[0] < 750].tolist()) == {0, 1, 2}
        assert sorted(set(one[1][one[0] >= 755].tolist())) == fires
    assert spikes.run["silence"] == {
        "mode": mode, "root_ids": [str(FIRST)], "start_ms": 750.0, "end_ms": None
    }  # fmt: skip


def test_neurons_are_chosen_by_a_selection() -> None:
    circuit = small_circuit(4, (0, 1, 500), (1, 2, 500), (3, 2, 500))
    cell_types = ["A", "B", "C", "B"]
    by_id = dict(zip(ids(*range(4)), cell_types, strict=True))
    circuit = replace(
        circuit, annotations=circuit.annotations.assign(cell_type=[by_id[k] for k in circuit.root_ids.tolist()])
    )
    pulse = SpikeTimesStimulus("a", Selection(cell_type=("A", "B")), [1], 30)
    spikes = simulate(circuit, LIFModel(), stimuli=[pulse], duration_ms=3)
    assert set((spikes.root_id - FIRST).tolist()) == {0, 1, 3}
    one = simulate(
        circuit, "shiu2024", targets=Selection(cell_type="A"), silence=Selection(cell_type="B"), duration_ms=50, seed=1
    )
    assert one.run["silence"] == {"mode": "outputs", "root_ids": [str(k) for k in sorted(ids(1, 3))]}
    [stimulus] = cast(Any, one.run["stimuli"])
    assert stimulus["root_ids"] == [str(FIRST)]
    with pytest.raises(SelectionError, match=r"silence: the circuit does not know side.*It knows: .*cell_type"):
        simulate(circuit, silence=Selection(side="left"))
    with pytest.raises(SelectionError, match=r"silence: no neuron of the circuit is one of .*'D'"):
        simulate(circuit, silence=Selection(cell_type="D"))


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stimuli": [PoissonStimulus("a", "all", 10_001, 1)]}, "more than one event per step"),
        ({"stimuli": [RegularStimulus("a", "all", 20_000, 1)]}, "more than one event per step"),
        (
            {"stimuli": [SpikeTimesStimulus("a", ids(3), [5, 5.04], 1)]},
            f"{FIRST + 3} has two events in the step",
        ),
        ({"stimuli": [CurrentStimulus("a", "all", [1, 2], [5, 5.04])]}, "two of its times lie in one step"),
        ({"stimuli": [NoiseStimulus("a", "al", 1)]}, "no group .* 'al'. Did you mean 'all'"),
        ({"stimuli": [NoiseStimulus("a", "all", 1), NoiseStimulus("a", "all", 2)]}, "two have one name"),
        ({"stimuli": [5]}, "stimuli: 5 is none"),
        ({"silence_start_ms": 5}, "nothing is silenced"),
        ({"silence": ids(1), "silence_start_ms": -5}, "must not be negative"),
        ({"silence": ids(1), "silence_start_ms": 5, "silence_end_ms": 5}, "must be after it"),
    ],
)
def test_experiments_that_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        simulate(random_net(), duration_ms=10, **options)


def test_times_of_a_neuron_outside_the_group() -> None:
    stimulus = SpikeTimesStimulus("a", "target", {FIRST + 30: [1]}, 1)
    with pytest.raises(SelectionError, match=f"not in its group: {FIRST + 30}"):
        simulate(random_net(), stimuli=[stimulus], duration_ms=10)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PoissonStimulus("a", "all", 1, 1, onto="w"), "no variable for stimulus 'a' to act onto: 'w'"),  # type: ignore[arg-type]  # a slip
        (lambda: PoissonStimulus("a", "all", 1, 1, start_ms=-1), "start_ms must not be negative"),
        (lambda: PoissonStimulus("a", "all", 1, 1, start_ms=5, end_ms=5), "end_ms 5 is not after start_ms"),
        (lambda: RegularStimulus("a", "all", -1, 1), "rate_hz must not be negative"),
        (lambda: NoiseStimulus("a", "all", -1), "sigma_mv must not be negative"),
        (lambda: NoiseStimulus("a", "all", float("nan")), "sigma_mv is nan"),
        (lambda: CurrentStimulus("a", "all", [1, 2]), "2 currents for 1 times"),
        (lambda: CurrentStimulus("a", "all", [1, 2], [5, 4]), "times_ms has to ascend"),
        (lambda: CurrentStimulus("a", "all", [1], [-5]), "times_ms has to ascend, from 0"),
        (lambda: CurrentStimulus("a", "all", 5 * ms), "not a quantity in nA"),
        (lambda: SpikeTimesStimulus("a", "all", [-1], 1), "-1 is negative"),
        (lambda: SpikeTimesStimulus("a", "all", {1: [float("inf")]}, 1), "is inf"),
    ],
)
def test_stimuli_that_cannot_be(make: Callable[[], object], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        make()
