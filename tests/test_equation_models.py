"""Models in Brian2's words, held against what is known of them without graphkit."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import brian2
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from brian2 import mV

from graphkit import (
    PRESETS,
    Circuit,
    CurrentStimulus,
    EquationModel,
    LIFModel,
    NoiseStimulus,
    Operation,
    PoissonEvents,
    PoissonStimulus,
    Recording,
    SpikeTimesStimulus,
    SynapseModel,
    frequency_curve,
    simulate,
)
from graphkit.errors import SimulationError
from graphkit.simulation import simulate_changes
from graphkit.simulation.equation_model import RunningNetwork
from graphkit.simulation.models import (
    dimensionless_lif,
    fly_lif_equations,
    hodgkin_huxley,
    leaky_integrate_and_fire,
    short_term_plasticity,
    static_synapses,
    stdp,
    with_toxin,
)
from graphkit.simulation.parameters import WhileRefractory
from graphkit.spikes import SpikeTrains


def circuit_of(*edges: tuple[int, int, float], neurons: int | None = None, targets: tuple[int, ...] = (1,)) -> Circuit:
    frame = pd.DataFrame(edges, columns=["pre_root_id", "post_root_id", "weight_signed"])
    frame = frame.astype({"pre_root_id": np.int64, "post_root_id": np.int64})
    return Circuit.from_edges(frame, root_ids=None if neurons is None else range(1, neurons + 1), targets=targets)


def random_circuit(neurons: int, edges: int, seed: int) -> Circuit:
    rng = np.random.default_rng(seed)
    ends = rng.integers(1, neurons + 1, (edges, 2))
    weights = rng.integers(20, 200, edges) * rng.choice([1, 1, 1, -1], edges)
    return circuit_of(*zip(*ends.T.tolist(), weights.tolist(), strict=True), neurons=neurons, targets=(1, 2, 3))


def table(spikes: SpikeTrains) -> list[tuple[float, ...]]:
    return list(spikes.to_frame().itertuples(index=False, name=None))


# A probe: v counts what arrives and never leaks, no neuron spikes but by being kicked.
COUNTER = EquationModel(
    name="counter", equations="dv/dt = 0*volt/second : volt\narrived : 1", threshold="v > 10*mV", reset="v = 0*mV"
)


def kicks(name: str, root_ids: list[int], times_ms: list[float]) -> SpikeTimesStimulus:
    return SpikeTimesStimulus(name, root_ids, times_ms, amplitude_mv=20)


@pytest.mark.parametrize("while_refractory", ["integrate", "freeze"])
def test_the_fly_model_spelled_as_equations_fires_as_the_preset(while_refractory: WhileRefractory) -> None:
    circuit = random_circuit(60, 700, seed=4)
    lif = LIFModel(while_refractory=while_refractory)
    stimuli = PRESETS["fly_lif"].stimuli
    options: dict[str, Any] = {"duration_ms": 150, "trials": 2, "seed": 5, "silence": [9, 10]}
    preset = simulate(circuit, replace(PRESETS["fly_lif"], model=lif), **options)
    equations = simulate(circuit, fly_lif_equations(lif), stimuli=list(stimuli), **options)
    assert preset.run["engine"] == "event_driven"
    assert len(preset) > 100
    assert table(equations) == table(preset)


def test_lif_neurons_fire_at_the_rates_of_their_closed_forms() -> None:
    currents = [0.6, 0.75, 1.0, 2.0]
    curve = frequency_curve(leaky_integrate_and_fire(), currents, neurons=1, duration_ms=500)
    drive = 10.0 * np.array(currents)  # MOhm nA = mV above rest
    interval = 2.2 + 20 * np.log(drive / np.maximum(drive - 7, 1e-9), where=drive > 7, out=np.full(4, np.inf))
    assert curve["rate_hz"].to_numpy() == pytest.approx(np.floor(500 / interval) / 0.5, abs=2)
    assert curve["rate_hz"].iloc[0] == 0
    assert curve["rate_hz"].iloc[1] > 0

    curve = frequency_curve(dimensionless_lif(), [0.9, 1.1, 2.0], of="v0", neurons=1, duration_ms=500)
    interval = 2 + 10 * np.log(np.array([1.1, 2.0]) / np.array([0.1, 1.0]))
    assert curve["rate_hz"].tolist() == pytest.approx([0, *(np.floor(500 / interval) / 0.5)], abs=2)
    assert curve.attrs["input"] == "v0"


def traub_miles(
    current_na: npt.NDArray[np.float64], g_na_us: float, g_kd_us: float, ms: float
) -> npt.NDArray[np.int64]:
    """Integrate the Hodgkin-Huxley model by Runge-Kutta, in mV, ms, nA, uS, and count crossings of -40 mV upwards."""

    def rates(v: npt.NDArray[np.float64]) -> list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
        u = v + 63
        return [
            (0.32 * (13 - u) / np.expm1((13 - u) / 4), 0.28 * (u - 40) / np.expm1((u - 40) / 5)),
            (0.128 * np.exp((17 - u) / 18), 4 / (1 + np.exp((40 - u) / 5))),
            (0.032 * (15 - u) / np.expm1((15 - u) / 5), 0.5 * np.exp((10 - u) / 40)),
        ]

    def slope(y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        v, m, h, n = y
        current = 0.01 * (-65 - v) + g_na_us * m**3 * h * (50 - v) + g_kd_us * n**4 * (-90 - v) + current_na
        gates = [a * (1 - x) - b * x for x, (a, b) in zip((m, h, n), rates(v), strict=True)]
        return np.array([current / 0.2, *gates])  # nA / nF = mV / ms

    v = np.full(len(current_na), -65.0)
    y, step, count = np.array([v, *(a / (a + b) for a, b in rates(v))]), 0.02, np.zeros(len(current_na), np.int64)
    for _ in range(round(ms / step)):
        before = y[0]
        k1 = slope(y)
        k2 = slope(y + step / 2 * k1)
        k3 = slope(y + step / 2 * k2)
        k4 = slope(y + step * k3)
        y = y + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        count += (before <= -40) & (y[0] > -40)
    return count


def test_hodgkin_huxley_fires_as_an_integration_of_our_own_and_toxins_do_what_they_do() -> None:
    currents = np.array([0.0, 0.03, 0.1, 0.2, 0.5, 0.7])
    model = replace(hodgkin_huxley(), dt_ms=0.04)
    rates = frequency_curve(model, currents.tolist(), neurons=1, duration_ms=150)["rate_hz"].to_numpy()
    counted = traub_miles(currents, 20.0, 6.0, 150)
    assert counted[0] == 0
    assert counted[2] > 0  # the rheobase lies between
    assert rates * 0.15 == pytest.approx(counted, abs=1)

    step = CurrentStimulus("step", "all", 0.5, times_ms=5)
    record = Recording("all", "v")
    healthy, without_na, without_k = (
        simulate(circuit_of(neurons=1), one, stimuli=[step], duration_ms=40, seed=1, record=record)
        for one in (model, with_toxin(model, "tetrodotoxin"), with_toxin(model, "tetraethylammonium", blocked=0.9))
    )
    assert len(healthy) > 1
    assert len(without_na) == 0  # and v stays below what a spike reaches
    assert healthy.states is not None
    assert without_na.states is not None
    assert without_na.states["v_mv"].max() < 0 < healthy.states["v_mv"].max()

    def first_width_ms(spikes: SpikeTrains) -> float:
        assert spikes.states is not None
        up = np.flatnonzero(spikes.states["v_mv"][0, 0] > -20)
        return 0.04 * (1 + np.argmax(np.append(np.diff(up) > 1, True)))

    assert first_width_ms(without_k) > 1.3 * first_width_ms(healthy)  # repolarisation is slower


def test_short_term_plasticity_settles_at_its_closed_form() -> None:
    U, facilitation, depression, period = 0.2, 300.0, 150.0, 25.0
    synapses = short_term_plasticity(
        amplitude="0.001*mV", U=U, tau_facilitation_ms=facilitation, tau_depression_ms=depression
    )
    released: list[float] = []
    spikes = simulate(
        circuit_of((1, 2, 1)), replace(COUNTER, method="euler").with_synapses(synapses), duration_ms=2000, seed=1,
        dt_ms=0.5, stimuli=[kicks("drive", [1], np.arange(0, 2000, period).tolist())],
        operations=[Operation(period, lambda now: released.append(float(now.get("released", "synapses")[0])))],
    )  # fmt: skip
    assert len(spikes) == 80
    u = U / (1 - (1 - U) * np.exp(-period / facilitation))
    x = (1 - np.exp(-period / depression)) / (1 - (1 - u) * np.exp(-period / depression))
    assert released[1] == pytest.approx(U)  # the first spike: at rest
    assert released[-1] == pytest.approx(u * x, rel=1e-6)


def test_stdp_changes_a_synapse_as_its_window_says() -> None:
    lags = [-40.0, -20.0, -5.0, -1.0, 1.0, 5.0, 20.0, 40.0]
    circuit = circuit_of(*((k, k + 100, 1) for k in range(1, 9)))
    model = COUNTER.with_synapses(
        stdp(amplitude="0.001*mV", tau_plus_ms=20, tau_minus_ms=30, A_plus=0.02, A_minus=-0.03)
    )
    final: list[npt.NDArray[np.float64]] = []
    simulate(
        circuit, model, duration_ms=120, seed=1,
        stimuli=[
            SpikeTimesStimulus("pre", list(range(1, 9)), {k: [50.0] for k in range(1, 9)}, amplitude_mv=20),
            SpikeTimesStimulus(
                "post", list(range(101, 109)), {101 + k: [50.0 + lag] for k, lag in enumerate(lags)}, amplitude_mv=20
            ),
        ],
        operations=[Operation(119, lambda now: final.append(now.get("w", "synapses")))],
    )  # fmt: skip
    wanted = [-0.03 * np.exp(lag / 30) if lag < 0 else 0.02 * np.exp(-lag / 20) for lag in lags]
    assert final[-1] - 0.5 == pytest.approx(np.array(wanted), rel=1e-9)


def test_the_strength_of_plastic_synapses_is_set_as_a_network_runs() -> None:
    model = COUNTER.with_synapses(stdp(w_max=2.0, w_initial=1.5))
    seen: list[list[float]] = []

    def step(now: RunningNetwork) -> None:
        seen.append(now.get("w", "synapses").tolist())
        now.set("w", 0.25, synapses="synapses")

    simulate(circuit_of((1, 2, 1), (2, 3, 1)), model, duration_ms=20, seed=1, operations=[Operation(10, step)])
    assert seen == [[1.5, 1.5], [0.25, 0.25]]
    with pytest.raises(SimulationError, match="w_max is -1: it must be above 0"):
        stdp(w_max=-1)


def test_release_with_a_probability_has_its_mean_and_variance() -> None:
    p, posts, spikes = 0.3, 400, 20
    circuit = circuit_of(*((1, k, 1) for k in range(2, posts + 2)))
    model = EquationModel(
        name="count", equations="dv/dt = 0*volt/second : volt\nn : 1", threshold="v > 10*mV", reset="v = 0*mV",
        synapses=static_synapses(onto="n", amplitude=1.0, release_probability=p),
    )  # fmt: skip
    counts: list[npt.NDArray[np.float64]] = []
    simulate(
        circuit, model, duration_ms=110, seed=2, stimuli=[kicks("drive", [1], [5.0 * k for k in range(spikes)])],
        operations=[Operation(109, lambda now: counts.append(now.get("n")))],
    )  # fmt: skip
    released = counts[-1][1:]
    assert set(released.tolist()) <= set(range(spikes + 1))
    assert released.mean() == pytest.approx(spikes * p, abs=4 * np.sqrt(spikes * p * (1 - p) / posts))
    assert released.var() == pytest.approx(spikes * p * (1 - p), rel=0.3)


def test_noise_alone_leads_to_the_standard_deviation_that_is_stated() -> None:
    model = leaky_integrate_and_fire(noise_mv=1.5).changed(v_threshold="1*volt")
    spikes = simulate(
        circuit_of(neurons=800), model, duration_ms=100, seed=3, record=Recording("all", "v", times_ms=[99.0])
    )
    assert spikes.states is not None
    v = spikes.states["v_mv"][0, :, 0]
    assert v.mean() == pytest.approx(-52, abs=4 * 1.5 / np.sqrt(800))
    assert v.std() == pytest.approx(1.5, rel=0.12)


def test_every_connection_can_have_its_own_delay() -> None:
    circuit = circuit_of((1, 2, 1), (1, 3, 1), (1, 4, -1))
    ids, delays = circuit.root_ids[circuit.post], [2.0, 7.5, 4.0]
    synapses = SynapseModel(on_pre="v_post += weight*20*mV", delay=np.array(delays) * brian2.ms, connections="circuit")
    spikes = simulate(
        circuit, COUNTER.with_synapses(synapses), duration_ms=30, seed=1, stimuli=[kicks("drive", [1], [5.0])]
    )
    first = dict(zip(spikes.root_id.tolist(), spikes.t_ms.tolist(), strict=True))
    wanted = {int(k): delay for k, delay in zip(ids, delays, strict=True) if k != 4}  # 4 is inhibited
    # a kick acts on v in its step, is a spike in the next; so is a spike that arrives
    assert first == pytest.approx({1: 5.1} | {k: 5.2 + delay for k, delay in wanted.items()})

    by_sign = COUNTER.with_synapses(
        fast=replace(synapses, delay="1*ms", connections="excitatory"),
        slow=replace(synapses, on_pre="v_post += 20*mV", delay="3*ms", connections="inhibitory"),
    )
    spikes = simulate(circuit, by_sign, duration_ms=30, seed=1, stimuli=[kicks("drive", [1], [5.0])])
    assert dict(zip(spikes.root_id.tolist(), spikes.t_ms.tolist(), strict=True)) == pytest.approx(
        {1: 5.1, 2: 6.2, 3: 6.2, 4: 8.2}
    )


def test_connections_by_condition_and_probability_leave_silenced_neurons_out() -> None:
    seen: dict[str, npt.NDArray[np.float64]] = {}

    def look(now: RunningNetwork) -> None:
        seen["pre"], seen["post"] = now.get("i", "ring"), now.get("j", "ring")

    def ring(probability: float | None, condition: str | None, **options: Any) -> list[tuple[int, int]]:
        model = COUNTER.with_synapses(
            ring=SynapseModel(on_pre="v_post += 1*mV", connections="none", condition=condition, probability=probability)
        )
        simulate(circuit_of(neurons=50), model, duration_ms=1, seed=1, operations=[Operation(1, look)], **options)
        return list(zip(seen["pre"].astype(int).tolist(), seen["post"].astype(int).tolist(), strict=True))

    assert ring(None, "i != j and abs(i - j) < 2") == [(i, j) for i in range(50) for j in (i - 1, i + 1) if 0 <= j < 50]
    assert ring(0.2, None) == ring(0.2, None)
    assert len(ring(0.2, None)) == pytest.approx(500, abs=4 * np.sqrt(2500 * 0.16))
    left = ring(None, "i != j", silence=[1, 2], silence_mode="both")
    assert len(left) == 48 * 47
    assert not {0, 1} & {end for pair in left for end in pair}


def test_an_operation_sees_sets_and_resets_the_running_network() -> None:
    model = leaky_integrate_and_fire().changed(I="1*nA")
    seen: list[tuple[float, int, float]] = []

    def work(now: RunningNetwork) -> None:
        seen.append((now.t_ms, int(now.spike_counts()[0]), float(now.get("v")[0])))
        if now.t_ms == 40:
            now.set("I", 0.0)
        if now.t_ms == 60:
            now.reset()

    spikes = simulate(circuit_of(neurons=1), model, duration_ms=100, seed=1, operations=[Operation(20, work)], trials=2)
    assert [t for t, _, _ in seen] == [0, 20, 40, 60, 80] * 2
    assert sum(count for _, count, _ in seen) == len(spikes) == 2  # one spike, at 24.2 ms, in each trial
    assert seen[4][2] == pytest.approx(-0.052)  # after the reset, without current
    assert -0.052 < seen[3][2] < -0.045


def test_a_trial_is_the_same_alone_among_others_and_in_other_processes() -> None:
    circuit = circuit_of((1, 2, 100), (2, 3, 100), (3, 1, -50))
    model = leaky_integrate_and_fire(noise_mv=3.0)
    drive = [PoissonStimulus("drive", "target", 200, 8)]
    options: dict[str, Any] = {"stimuli": drive, "duration_ms": 60, "seed": 7}
    three = simulate(circuit, model, trials=3, **options)
    one = simulate(circuit, model, trials=1, **options)
    assert len(one) > 3
    assert table(one) == [row for row in table(three) if row[2] == 0]
    state = np.random.get_state(legacy=False)["state"]["key"].copy()
    assert table(simulate(circuit, model, trials=3, processes=2, **options)) == table(three)
    assert (np.random.get_state(legacy=False)["state"]["key"] == state).all()


def test_one_compiled_program_runs_all_trials_and_all_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(Path(tempfile.gettempdir()).glob("graphkit_brian2_*"))
    circuit = circuit_of((1, 2, 15), (2, 3, 15), (3, 1, -5))
    changes = [{}, {"R": "20*Mohm"}, {"tau": "5*ms", "amplitude": "1*mV"}, {"I": np.array([1.0, 0.0, 0.5]) * brian2.nA}]
    options: dict[str, Any] = {
        "stimuli": [PoissonStimulus("drive", "target", 800, 3), CurrentStimulus("step", [2], [0.4, 0], [10, 30])],
        "duration_ms": 60, "seed": 7, "trials": 2, "record": Recording("all", "v", every_ms=10),
    }  # fmt: skip
    model = leaky_integrate_and_fire().changed(I="0.3*nA")
    here = simulate_changes(circuit, model, changes, **options)
    compiled = simulate_changes(circuit, model, changes, device="cpp_standalone", processes=2, **options)
    assert len({tuple(table(run)) for run in here}) == 4
    for ours, theirs in zip(here, compiled, strict=True):
        assert table(ours) == table(theirs)
        assert ours.states is not None
        assert theirs.states is not None
        assert theirs.states["v_mv"] == pytest.approx(ours.states["v_mv"], abs=1e-9)
    with pytest.raises(SimulationError, match="diverged"):
        simulate(circuit, EXPLODES, device="cpp_standalone", duration_ms=20, seed=1)
    assert set(Path(tempfile.gettempdir()).glob("graphkit_brian2_*")) == before
    assert not list(tmp_path.iterdir())


@pytest.mark.long  # compiling takes a minute
@pytest.mark.parametrize("synapses", [static_synapses, short_term_plasticity, stdp])
def test_cython_gives_what_numpy_gives(synapses: Callable[..., SynapseModel]) -> None:
    options: dict[str, Any] = {
        "stimuli": [PoissonStimulus("drive", "target", 200, 10)], "duration_ms": 100, "seed": 5, "trials": 2,
        "record": Recording([1, 20], variables=["v"], every_ms=5),
    }  # fmt: skip
    model = leaky_integrate_and_fire().with_synapses(synapses(amplitude="0.2*mV"))
    seen: list[int] = []
    watch = Operation(20, lambda now: seen.append(int(now.spike_counts().sum())))
    here, compiled = (
        simulate(random_circuit(60, 700, seed=4), model, device=device, operations=[watch], **options)
        for device in ("numpy", "cython")
    )
    assert compiled.run["device"] == "cython"
    assert len(here) > 50
    assert table(compiled) == table(here)
    assert seen[:10] == seen[10:]
    assert len(seen) == 20
    assert here.states is not None
    assert compiled.states is not None
    assert compiled.states["v_mv"] == pytest.approx(here.states["v_mv"], abs=1e-9)


EXPLODES = EquationModel(
    name="explodes", equations="dv/dt = v**3/(0.1*ms) : 1", method="euler", initial={"v": "0.1 + 0.9*int(i == 1)"}
)


def test_a_model_that_diverges_stops_with_neuron_and_time() -> None:
    with pytest.raises(SimulationError, match=r"'explodes' diverged: .* neuron 2 .* at [12](\.\d)? ms of trial 0"):
        simulate(circuit_of((1, 2, 1), (2, 3, 1)), EXPLODES, duration_ms=500, seed=1)


def test_a_run_keeps_its_model_and_can_be_saved(tmp_path: Path) -> None:
    model = hodgkin_huxley().changed(g_na=0.0)
    drive = PoissonEvents("drive", "target", rate_hz=100, on_event="g_e_post += 10*nS")
    spikes = simulate(circuit_of((1, 2, 5)), model, stimuli=[drive], duration_ms=1, seed=1)
    kept = json.loads(json.dumps(dict(spikes.run)))
    assert kept["model"]["parameters"]["g_na"] == "0*(20*uS)"
    assert kept["model"]["equations"] == model.equations
    of_ids = simulate(circuit_of((1, 2, 5)), model, stimuli=[replace(drive, group=[2])], duration_ms=1, seed=1)
    assert json.loads(json.dumps(of_ids.run["stimuli"]))[0]["group"] == ["2"]
    assert kept["model"]["synapses"]["synapses"]["on_pre"].startswith("g_e_post += weight*w_e")
    assert kept["stimuli"][0]["on_event"] == "g_e_post += 10*nS"
    spikes.save(tmp_path / "run")
    assert SpikeTrains.load(tmp_path / "run").run["engine"] == "brian2"


BAD_UNITS = EquationModel(name="wrong", equations="dv/dt = (E - v)/tau : volt", parameters={"E": "1*mV", "tau": "5*mV"})
LEAKY = leaky_integrate_and_fire()


@pytest.mark.parametrize(
    ("model", "options", "told"),
    [
        (BAD_UNITS, {}, r"'wrong': its units do not agree. Brian2 says: .*metre"),
        (replace(BAD_UNITS, parameters={"E": "1*mV"}), {}, r"'wrong': Brian2 does not take it.*tau"),
        (replace(BAD_UNITS, parameters={"E": "1*mV", "tua": "5*ms"}), {}, r"'tua'. Did you mean 'tau'"),
        (replace(LEAKY, equations="dv/dt = : volt"), {}, r"Brian2 does not take it"),
        (LEAKY.changed(tau="20*milisec"), {}, r"parameter tau is '20\*milisec': not a value"),
        (LEAKY.changed(tau=20 * mV), {}, r"its units do not agree"),
        (LEAKY.changed(I=np.ones(3)), {}, r"I has 3 values for 2"),
        (LEAKY, {"engine": "event_driven"}, r"'event_driven' runs the LIF model alone.*'brian2'"),
        (LEAKY, {"rate_hz": 5}, r"rate_hz go with the LIF model"),
        (LEAKY, {"stimuli": {"target": False}}, r"no stimuli to switch"),
        (LEAKY, {"stimuli": [NoiseStimulus("n", "all", 1.0)]}, r"xi"),
        (LEAKY, {"stimuli": [PoissonStimulus("p", "all", 10, 1, onto="g")]}, r"onto"),
        (dimensionless_lif(), {"stimuli": [PoissonStimulus("p", "all", 10, 1)]}, r"PoissonEvents"),
        (LEAKY, {"stimuli": [PoissonStimulus("p", "all", 10, 1), CurrentStimulus("p", "all", 1)]}, r"one name"),
        (LEAKY, {"record": Recording("all", "w")}, r"variable of leaky_integrate_and_fire 'w'. .*Known: I, v"),
        (LEAKY, {"device": "gpu"}, r"no device 'gpu'"),
        (LEAKY, {"processes": 0}, r"processes is 0"),
        (LEAKY, {"duration_ms": 0.05}, r"whole number of steps"),
        (replace(LEAKY, initial={"u": 1}), {}, r"variable of leaky_integrate_and_fire 'u'"),
        (LEAKY.with_synapses(SynapseModel(on_pre="v_post += weight")), {}, r"units do not agree"),
        (LEAKY.with_synapses(SynapseModel(on_pre="v_post += 1*mV", delay=np.ones(5) * brian2.ms)), {}, r"5 values"),
        (LEAKY, {"operations": [Operation(1, print)], "device": "cpp_standalone"}, r"operations are called in this"),
        (LEAKY, {"operations": [Operation(1, lambda now: now)], "processes": 2, "trials": 2}, r"functions of a module"),
        ("fly_lif", {"stimuli": [PoissonEvents("p", "all", 10, "v_post += 1*mV")]}, r"PoissonStimulus"),
        ("fly_lif", {"operations": [Operation(1, print)]}, r"fly_lif_equations"),
    ],
)
def test_what_cannot_be_run_is_refused_in_words(model: EquationModel, options: dict[str, Any], told: str) -> None:
    with pytest.raises(SimulationError, match=told):
        simulate(circuit_of((1, 2, 5)), model, **{"duration_ms": 1, "seed": 1} | options)


def test_parts_of_a_model_are_checked_as_they_are_made() -> None:
    with pytest.raises(SimulationError, match="no equations"):
        EquationModel(equations=" ")
    with pytest.raises(SimulationError, match="does nothing"):
        SynapseModel()
    with pytest.raises(SimulationError, match="connections='none'"):
        SynapseModel(on_pre="v_post += 1*mV", probability=0.1)
    with pytest.raises(SimulationError, match=r"probability is 1\.5"):
        SynapseModel(on_pre="v_post += 1*mV", probability=1.5, connections="none")
    with pytest.raises(SimulationError, match=r"'g_no'\. Did you mean 'g_na'"):
        hodgkin_huxley().changed(g_no=1)
    with pytest.raises(SimulationError, match="no toxin 'tetrodotoxine'"):
        with_toxin(hodgkin_huxley(), "tetrodotoxine")
    with pytest.raises(SimulationError, match="has no parameter g_na"):
        with_toxin(LEAKY, "tetrodotoxin")
    twice = CurrentStimulus("a", "all", [1, 2], [5, 5.04])
    with pytest.raises(SimulationError, match="two of its times lie in one step"):
        simulate(circuit_of((1, 2, 5)), LEAKY, stimuli=[twice], duration_ms=10)
    with pytest.raises(SimulationError, match="changes is empty"):
        simulate_changes(circuit_of((1, 2, 5)), LEAKY, [])
    with pytest.raises(SimulationError, match="no parameter of leaky_integrate_and_fire 'x'"):
        simulate_changes(circuit_of((1, 2, 5)), LEAKY, [{"x": 1}], duration_ms=1)


def test_a_frequency_curve_against_poisson_rates_rises_with_them() -> None:
    curve = frequency_curve(
        hodgkin_huxley_fast(), [0, 200, 800], of="poisson", on_event="g_e_post += 20*nS", neurons=6, duration_ms=150
    )
    assert curve["rate_hz"].iloc[0] == 0
    assert curve["rate_hz"].is_monotonic_increasing
    assert curve["rate_sd_hz"].iloc[1] > 0
    lif = frequency_curve("fly_lif", [0, 50, 200], of="poisson", amplitude_mv=21, neurons=30, duration_ms=1000)
    assert lif["rate_hz"].tolist() == pytest.approx([0, 50 / (1 + 50 * 0.0022), 182.8], rel=0.05)
    drawn = EquationModel(
        equations="dv/dt = (E - v)/tau : volt\nE : volt", threshold="v > 10*mV", reset="v = 0*mV", method="exact",
        parameters={"tau": "10*ms", "E": "0*mV"},
    )  # fmt: skip
    by_potential = frequency_curve(drawn, [5, 20], of="E", unit="mV", neurons=1)
    assert by_potential["rate_hz"].tolist() == pytest.approx([0, 100 / np.log(2)], rel=0.02)
    assert by_potential.attrs["input"] == "E (mV)"
    with pytest.raises(SimulationError, match="amplitude_mv, or on_event"):
        frequency_curve("fly_lif", [1], of="poisson")
    with pytest.raises(SimulationError, match="at least one"):
        frequency_curve("fly_lif", [])
    with pytest.raises(SimulationError, match="'current' or 'poisson'"):
        frequency_curve("fly_lif", [1], of="tau")


def hodgkin_huxley_fast() -> EquationModel:
    return replace(hodgkin_huxley(), dt_ms=0.05)
