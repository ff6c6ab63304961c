"""The LIF model, held against what is known of it without graphkit.

The event-driven engine has to give Brian2's spikes in tests/parity.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import brian2
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from brian2 import Hz, ms, mV, second
from brian2.codegen.runtime.cython_rt import CythonCodeObject
from brian2.core.functions import timestep
from brian2.devices.device import previous_devices

from graphkit.circuit import Circuit
from graphkit.errors import MissingDependencyError, SelectionError, SimulationError
from graphkit.simulation import PRESETS, LIFModel, PoissonStimulus, Preset, read_stimuli, simulate
from graphkit.simulation.brian2 import Brian2
from graphkit.simulation.experiment import Experiment
from graphkit.simulation.external import events, sources
from graphkit.simulation.resolving import choose_preset, choose_stimuli, resolve
from graphkit.spikes import SpikeTrains
from tests.circuits import FIRST, small_circuit, steps, table

EVERY_STEP = PoissonStimulus("target", "target", rate_hz=10_000, amplitude_mv=21, refractory_ms=10_000)
QUIET: dict[str, PoissonStimulus | bool] = {"background": False, "downstream_1": False}
ONE_SPIKE = QUIET | {"target": EVERY_STEP}  # each target fires in step 1, and never again

on_both = pytest.mark.parametrize("engine", ["brian2", "event_driven"])


@pytest.fixture(autouse=True)
def brian2_untouched() -> Iterator[None]:
    """Every test must leave Brian2 as a user has it."""
    before, device, state = dict(brian2.prefs), brian2.get_device(), pickle.dumps(np.random.get_state())
    stack = len(previous_devices)
    yield
    assert dict(brian2.prefs) == before
    assert brian2.get_device() is device
    assert len(previous_devices) == stack
    assert not brian2.Network._globally_running
    assert pickle.dumps(np.random.get_state()) == state


def random_edges(neurons: int, connections: int) -> pd.DataFrame:
    """Return random connections, self-loops and parallel ones among them, a third inhibitory."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "pre_root_id": rng.integers(0, neurons, connections) + FIRST,
            "post_root_id": rng.integers(0, neurons, connections) + FIRST,
            "weight_signed": rng.integers(-30, 60, connections),
        }
    )


def alone(neurons: int) -> Circuit:
    """Return neurons without connections, all of them targets."""
    return small_circuit(neurons, targets=range(neurons))


def run(circuit: Circuit, *args: Any, **options: Any) -> SpikeTrains:
    device = "numpy" if options.get("engine", "brian2") == "brian2" else None
    return simulate(circuit, *args, **{"engine": "brian2", "device": device, "seed": 1} | options)


# --- closed forms -----------------------------------------------------------------------------------------------------


def psp_mv(t_ms: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return v - v_rest after one synapse at t=0: the solution of the two equations of the model."""
    decay: npt.NDArray[np.floating] = np.exp(-t_ms / 20) - np.exp(-t_ms / 5)
    return 0.275 * 5 / (20 - 5) * decay


@on_both
@pytest.mark.parametrize("model", ["fly_lif", "shiu2024"])
@pytest.mark.parametrize("synapses", [161, 162, 200, 1000, 100_000])
def test_threshold_is_reached_when_the_closed_form_says(model: str, synapses: int, engine: str) -> None:
    peak_at = np.log(20 / 5) * 20 * 5 / (20 - 5)
    assert peak_at == pytest.approx(9.24, abs=0.005)
    assert psp_mv(np.array([peak_at]))[0] == pytest.approx(0.0433, abs=5e-5)
    above = np.flatnonzero(synapses * psp_mv(np.arange(400) * 0.1) > 7)

    circuit = small_circuit(2, (0, 1, synapses))
    stimuli = ONE_SPIKE if model == "fly_lif" else {"target": EVERY_STEP}
    spikes = run(circuit, model, stimuli=stimuli, duration_ms=40, engine=engine)
    assert steps(spikes, 0) == [1]
    assert bool(len(above)) == (synapses >= 162)
    assert steps(spikes, 1)[:1] == [1 + 18 + k for k in above[:1]]  # 18 steps to g; v follows one step later
    if synapses == 100_000:
        assert steps(spikes, 1)[0] == 1 + 19


@on_both
def test_delay_and_step_of_another_length(engine: str) -> None:
    model = replace(LIFModel(), delay_ms=3.0)
    circuit = small_circuit(2, (0, 1, 100_000))
    for dt_ms, delay in ((0.2, 15), (0.1, 30), (0.5, 6), (3.0, 1)):
        target = replace(EVERY_STEP, rate_hz=1000 / dt_ms)
        spikes = run(circuit, model, stimuli={"target": target}, duration_ms=60, dt_ms=dt_ms, engine=engine)
        assert steps(spikes, 0, dt_ms=dt_ms) == [1]
        assert steps(spikes, 1, dt_ms=dt_ms)[0] == 1 + delay + 1
        assert spikes.run["dt_ms"] == dt_ms
        assert spikes.duration_ms == 60


@on_both
@pytest.mark.parametrize(
    ("model", "refractory_ms", "rate_hz"),
    [
        ("shiu2024", 0.0, 200 / (1 + 200 * 1e-4)),  # an event in the step of a spike is wiped by the reset
        ("shiu2024", None, 1e4 / (22 + 1 / 0.02)),  # and with 2.2 ms every event of 22 steps is lost
        ("fly_lif", None, 1e4 / (22 + (1 - 0.02) ** 21 / 0.02)),  # events of the refractory time add up
    ],
)
def test_rate_of_a_driven_neuron(model: str, refractory_ms: float | None, rate_hz: float, engine: str) -> None:
    assert round(rate_hz, 1) in (196.1, 138.9, 182.8)
    target = replace(PRESETS[model].stimulus("target"), rate_hz=200, refractory_ms=refractory_ms)
    stimuli = {"target": target} | (QUIET if model == "fly_lif" else {})
    spikes = run(alone(2000), model, stimuli=stimuli, duration_ms=250, engine=engine)
    counts = spikes.counts()[:, 0]
    error = counts.std() / np.sqrt(len(counts)) / 0.25
    assert abs(spikes.rates()["rate_hz"].mean() - rate_hz) < 4 * error
    assert error < 0.7  # so that 196.1 and 200 Hz are told apart


@on_both
@pytest.mark.parametrize(
    ("model", "refractory_ms", "interval"),
    [("fly_lif", None, 22), ("shiu2024", None, 23), ("shiu2024", 0.0, 2), ("fly_lif", 1.0, 10), ("shiu2024", 1.0, 11)],
)
def test_shortest_interval(model: str, refractory_ms: float | None, interval: int, engine: str) -> None:
    target = PoissonStimulus("target", "target", 10_000, 68.75, refractory_ms)
    stimuli = {"target": target} | (QUIET if model == "fly_lif" else {})
    spikes = run(alone(2), model, stimuli=stimuli, duration_ms=30, engine=engine)
    assert steps(spikes, 1) == list(range(1, 300, interval))


@on_both
def test_refractory_rules_differ_in_what_arrives(engine: str) -> None:
    """A kick of 30 mV by a second neuron, 0.9 ms after a spike: kept by one rule, lost by the other."""
    circuit = small_circuit(4, (0, 2, 1e6), (1, 2, 1e6), (1, 3, 1e6), targets=(0, 1))
    for model, late in ((LIFModel(while_refractory="integrate"), [20 + 22]), (LIFModel(while_refractory="freeze"), [])):
        stimuli = {
            "first": PoissonStimulus("first", "target", 10_000, 21, refractory_ms=1000),
            "second": PoissonStimulus("second", "second_targets", 10_000, 0.8, refractory_ms=1000),
        }
        spikes = run(
            circuit, model, targets=[FIRST], second_targets=[FIRST + 1], stimuli=stimuli, duration_ms=8, engine=engine
        )  # fmt: skip
        [second_spike] = steps(spikes, 1)  # 0.8 mV a step: fires some steps later
        assert 1 < second_spike < 22
        assert steps(spikes, 2) == [20, *late]
        assert steps(spikes, 3)[0] == second_spike + 19


# --- Brian2 as its users write it -------------------------------------------------------------------------------------


def by_hand(
    frame: pd.DataFrame,
    neurons: int,
    duration_ms: float,
    inputs: list[tuple[npt.NDArray[np.int64], float, float]],
    *,
    unless: str = "",
    refractory_ms: npt.NDArray[np.float64] | float = 2.2,
    given: tuple[npt.NDArray[np.integer], npt.NDArray[np.integer], npt.NDArray[np.float64]] | None = None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return neuron and step of each spike of a script with PoissonInput, or with given (step, neuron, mV) events."""
    namespace = {"V_rest": -52 * mV, "V_th": -45 * mV, "T_mbr": 20 * ms, "tau": 5 * ms, "W_syn": 0.275 * mV}
    group = brian2.NeuronGroup(
        neurons,
        f"""dv/dt = (g - (v - V_rest)) / T_mbr : volt {unless}
        dg/dt = -g / tau : volt {unless}
        ref : second""",
        method="exact", threshold="v > V_th", reset="v = V_rest; g = 0*mV", refractory="ref", namespace=namespace,
    )  # fmt: skip
    group.v = -52 * mV
    group.ref = refractory_ms * ms
    objects: list[brian2.BrianObject] = [group]
    if len(frame):
        synapses = brian2.Synapses(
            group, group, "w : 1", on_pre="g_post += w * W_syn", delay=1.8 * ms, namespace=namespace
        )
        synapses.connect(i=(frame["pre_root_id"] - FIRST).to_numpy(), j=(frame["post_root_id"] - FIRST).to_numpy())
        synapses.w = frame["weight_signed"].to_numpy()
        objects.append(synapses)
    for members, rate_hz, amplitude_mv in inputs:
        part = group[int(members[0]) : int(members[-1]) + 1]
        objects.append(brian2.PoissonInput(part, "v", 1, rate_hz * Hz, amplitude_mv * mV))
    if given is not None:
        step, index, amplitude = given
        source = np.arange(len(step))  # an own source for each event: nothing of how the engine numbers them
        feed = brian2.SpikeGeneratorGroup(len(step), source, step * 0.1 * ms)
        onto = brian2.Synapses(feed, group, "a : volt", on_pre="v_post += a")
        onto.connect(i=source, j=index)
        onto.a = amplitude * mV
        objects += [feed, onto]
    monitor = brian2.SpikeMonitor(group)
    network = brian2.Network(*objects, monitor)
    target = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    try:
        network.run(duration_ms * ms, namespace={})
    finally:
        brian2.prefs.codegen.target = target
    return np.array(monitor.i, dtype=np.int64), np.rint(np.asarray(monitor.t / ms) / 0.1).astype(np.int64)


@pytest.mark.parametrize("model", ["fly_lif", "shiu2024"])
def test_every_spike_is_that_of_a_script_fed_with_the_same_events(model: str) -> None:
    neurons, silent = 150, 7
    frame = random_edges(neurons, 4000).sort_values(["pre_root_id", "post_root_id"], kind="stable", ignore_index=True)
    circuit = Circuit.from_edges(frame, root_ids=range(FIRST, FIRST + neurons), targets=[FIRST, FIRST + silent])
    preset = PRESETS[model]
    experiment = resolve(circuit, preset, duration_ms=150, trials=3, seed=11)
    spikes = run(circuit, model, duration_ms=150, trials=3, seed=11)
    assert len(spikes) > 300
    refractory = np.full(neurons, 2.2)
    if model == "shiu2024":
        refractory[[0, silent]] = 0
    for trial in range(3):
        arrives, source = events(experiment, trial)
        position, amplitude_mv, _ = sources(experiment)
        index, step = by_hand(
            frame, neurons, 150, [],
            unless="(unless refractory)" if model == "shiu2024" else "", refractory_ms=refractory,
            given=(arrives, circuit.root_ids[position[source]] - FIRST, amplitude_mv[source]),
        )  # fmt: skip
        shown = spikes.trial == trial
        found = set(
            zip((spikes.root_id[shown] - FIRST).tolist(), np.rint(spikes.t_ms[shown] * 10).tolist(), strict=True)
        )
        assert len(found) == shown.sum()
        assert found == set(zip(index.tolist(), step.tolist(), strict=True))


def test_rates_are_those_of_a_script_with_poisson_input() -> None:
    """200 copies of a motif of 5 neurons: each place's mean rate has a standard error, in both."""
    copies, brian2_state = 200, np.random.get_state()
    motif = [(0, 1, 120), (0, 2, 80), (1, 2, 60), (2, 3, 150), (3, 1, -90), (2, 4, -70), (4, 3, 200), (4, 4, 30)]
    # place k of copy c is neuron k * copies + c: targets come first, then what they reach
    rows = [(a * copies + c, b * copies + c, w) for c in range(copies) for a, b, w in motif]
    circuit = small_circuit(5 * copies, *rows, targets=range(copies))
    assert {name: part.stop - part.start for name, part in circuit.slices.items()} == {
        "target": copies, "downstream_1": 2 * copies, "downstream_2": 2 * copies
    }  # fmt: skip
    spikes = run(circuit, duration_ms=300, seed=3)
    try:
        brian2.seed(3)
        index, _ = by_hand(
            circuit.to_frame(), 5 * copies, 300,
            [(np.arange(5 * copies), 5, 3.5), (np.arange(copies), 40, 21), (np.arange(copies, 3 * copies), 7.5, 10.5)],
        )  # fmt: skip
    finally:
        np.random.set_state(brian2_state)
    ours = spikes.counts()[np.argsort(spikes.root_ids), 0].reshape(5, copies)
    theirs = np.bincount(index, minlength=5 * copies).reshape(5, copies)
    assert theirs.sum() > 2000
    error = np.sqrt((ours.var(axis=1) + theirs.var(axis=1)) / copies)
    assert (np.abs(ours.mean(axis=1) - theirs.mean(axis=1)) < 4 * error).all()


# --- one seed, the same spikes ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def net() -> Circuit:
    return Circuit.from_edges(random_edges(120, 3000), targets=[FIRST + 3, FIRST + 50, FIRST + 90])


@pytest.mark.parametrize("model", ["fly_lif", "shiu2024"])
def test_a_seed_repeats_the_run_bit_for_bit(net: Circuit, model: str) -> None:
    first, again = (run(net, model, duration_ms=100, trials=2) for _ in range(2))
    assert len(first) > 30
    assert table(first) == table(again)
    assert table(first) != table(run(net, model, duration_ms=100, trials=2, seed=2))
    drawn = run(net, model, duration_ms=100, seed=None)
    assert table(drawn) == table(run(net, model, duration_ms=100, seed=int(str(drawn.run["seed"]))))
    assert drawn.run["seed"] != run(net, model, duration_ms=1, seed=None).run["seed"]


@pytest.mark.parametrize("model", ["fly_lif", pytest.param("shiu2024", marks=pytest.mark.long)])  # each is compiled
def test_cython_gives_the_spikes_of_numpy(net: Circuit, model: str) -> None:
    here, compiled = (run(net, model, duration_ms=200, trials=2, device=device) for device in ("numpy", "cython"))
    assert compiled.run["device"] == "cython"
    assert len(here) > 100
    assert table(here) == table(compiled)


@pytest.mark.long
def test_standalone_gives_the_spikes_of_numpy_and_leaves_nothing(
    net: Circuit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(Path(tempfile.gettempdir()).glob("graphkit_brian2_*"))
    told: list[tuple[int, int | None, str]] = []
    compiled = run(
        net, "shiu2024", duration_ms=200, trials=4, device="cpp_standalone", progress=lambda *x: told.append(x)
    )
    assert table(compiled) == table(run(net, "shiu2024", duration_ms=200, trials=4))
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert list(tmp_path.iterdir()) == []
    assert set(Path(tempfile.gettempdir()).glob("graphkit_brian2_*")) == before


def test_trials_differ_and_do_not_depend_on_each_other(net: Circuit) -> None:
    many, one = run(net, duration_ms=60, trials=3), run(net, duration_ms=60, trials=1)
    by_trial = [[(a, b) for a, b, c in table(many) if c == trial] for trial in range(3)]
    assert by_trial[0] == [(a, b) for a, b, _ in table(one)]
    assert by_trial[0] != by_trial[1] != by_trial[2] != by_trial[0]
    assert many.trials == 3
    assert many.t_ms.max() < 60


def test_spikes_under_way_at_the_end_of_a_trial_do_not_reach_the_next() -> None:
    """The target fires in step 1 of every trial; a trial may end while its spike is under way."""
    circuit = small_circuit(2, (0, 1, 100_000))
    for duration, expected in ((10, []), (20, []), (21, [20]), (30, [20])):
        spikes = run(circuit, stimuli=ONE_SPIKE, duration_ms=duration / 10, trials=3)
        assert [steps(spikes, 0, trial) for trial in range(3)] == [[1]] * 3
        assert [steps(spikes, 1, trial) for trial in range(3)] == [expected] * 3


@pytest.mark.parametrize("model", ["fly_lif", "shiu2024"])
def test_neurons_that_fire_reproduce_the_whole(model: str) -> None:
    circuit = Circuit.from_edges(random_edges(300, 3000), targets=[FIRST + k for k in range(4)])
    whole = run(circuit, model, duration_ms=150)
    fired = np.unique(whole.root_id)
    assert 5 < len(fired) < 250
    targets = circuit.root_ids[circuit.slices["target"]]
    groups = dict(zip(circuit.root_ids.tolist(), circuit.group.tolist(), strict=True))
    part = circuit.subcircuit(fired)
    assert [groups[root_id] for root_id in part.root_ids.tolist()] == part.group.tolist()
    assert np.isin(targets, fired).all()
    assert table(run(part, model, duration_ms=150)) == table(whole)


def test_the_order_of_the_rows_does_not_matter() -> None:
    frame = random_edges(120, 3000).groupby(["pre_root_id", "post_root_id"], as_index=False).sum()
    targets = [FIRST + 3, FIRST + 50]
    sorted_, shuffled = (
        run(Circuit.from_edges(rows, targets=targets), duration_ms=150)
        for rows in (frame, frame.sample(frac=1, random_state=5))
    )
    assert len(sorted_) > 50
    assert table(sorted_) == table(shuffled)


def test_parallel_connections_add_up() -> None:
    split, whole = small_circuit(2, (0, 1, 80), (0, 1, 81), (0, 1, 1)), small_circuit(2, (0, 1, 162))
    one, other = (run(circuit, stimuli=ONE_SPIKE, duration_ms=40) for circuit in (split, whole))
    assert table(one) == table(other)
    assert len(one) == 2


# --- stimuli ----------------------------------------------------------------------------------------------------------


def chosen(circuit: Circuit, preset: str | Preset | LIFModel = "fly_lif", **options: Any) -> dict[str, float]:
    options = {"changes": {}} | options
    stimuli = choose_stimuli(choose_preset(preset), circuit, **options)
    return {one.name: one.rate_hz for one in stimuli if isinstance(one, PoissonStimulus)}


def test_stimuli_are_switched_and_changed_by_name(net: Circuit) -> None:
    drive = PoissonStimulus("downstream_2", "downstream_2", 3, 10.5)
    assert chosen(net) == {"background": 5, "target": 40, "downstream_1": 7.5}
    assert chosen(net, changes={"background": False, "downstream_2": False}) == {"target": 40, "downstream_1": 7.5}
    assert chosen(net, changes={"background": True, "downstream_2": drive}) == {
        "background": 5, "target": 40, "downstream_1": 7.5, "downstream_2": 3
    }  # fmt: skip
    weaker = replace(PRESETS["fly_lif"].stimulus("background"), rate_hz=1)
    assert chosen(net, changes={"background": weaker}, rate_hz=60) == {
        "background": 1,
        "target": 60,
        "downstream_1": 7.5,
    }
    assert chosen(net, rate_hz=0.06 * brian2.kHz)["target"] == 60
    assert chosen(net, second_targets=True)["second_targets"] == 40
    assert chosen(net, second_targets=True, second_rate_hz=9)["second_targets"] == 9
    assert chosen(net, "shiu2024", rate_hz=200) == {"target": 200}
    assert chosen(net, LIFModel()) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"changes": {"downstream_2": True}}, "states no rate and amplitude for 'downstream_2'.*PoissonStimulus"),
        ({"changes": {"backgrund": False}}, "no stimulus 'backgrund'. Did you mean 'background'"),
        ({"changes": {"a": PoissonStimulus("b", "all", 1, 1)}}, "holds a stimulus named 'b'"),
        ({"changes": {"a": PoissonStimulus("a", "downstream", 1, 1)}}, "Did you mean 'downstream_"),
        ({"changes": {"a": PoissonStimulus("a", "second_targets", 1, 1)}}, "there are none"),
        ({"second_rate_hz": 5}, "no stimulus goes to 'second_targets'"),
        ({"changes": {"target": False}, "rate_hz": 5}, "rate_hz is given, but no stimulus goes to 'target'"),
        ({"preset": LIFModel(), "second_targets": True}, "no stimulus goes to them"),
        ({"rate_hz": float("nan")}, "rate_hz is nan"),
        ({"rate_hz": 5 * mV}, "not a quantity in Hz"),
        ({"rate_hz": -5}, "must not be negative"),
    ],
)
def test_stimuli_that_cannot_be_are_refused(net: Circuit, options: dict[str, Any], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        chosen(net, **options)


def test_each_stimulus_reaches_its_neurons(net: Circuit) -> None:
    targets, second = [FIRST + 80, FIRST + 2], [FIRST + 2, FIRST + 9]
    stimuli = (*PRESETS["fly_lif"].stimuli, PRESETS["fly_lif"].second)
    experiment = resolve(
        net, PRESETS["fly_lif"], stimuli=[one for one in stimuli if one], targets=targets, second_targets=second, seed=1
    )
    reached = [set(net.root_ids[one.positions].tolist()) for one in experiment.stimuli]
    assert reached == [
        set(net.root_ids.tolist()), set(targets), set(net.root_ids[net.slices["downstream_1"]].tolist()), set(second)
    ]  # fmt: skip
    assert all((np.diff(one.positions) > 0).all() for one in experiment.stimuli)
    assert resolve(net, PRESETS["shiu2024"], targets=targets).refractory_ms[net.positions(targets)].tolist() == [0, 0]


def test_functional_nuclei_are_driven_by_their_mask(net: Circuit) -> None:
    """A target in a functional nucleus belongs to both."""
    nucleus = np.zeros(len(net), dtype=bool)
    nucleus[net.positions([FIRST + 3, FIRST + 7])] = True
    drive = PoissonStimulus("nuclei", "functional_nuclei", 10, 21)
    experiment = resolve(replace(net, functional_nucleus=nucleus), PRESETS["fly_lif"], stimuli=[drive])
    assert set(net.root_ids[experiment.stimuli[0].positions].tolist()) == {FIRST + 3, FIRST + 7}


def test_events_are_sorted_and_complete(net: Circuit) -> None:
    experiment = resolve(net, PRESETS["fly_lif"], duration_ms=500, seed=4)
    step, source = events(experiment, trial=1)
    index, amplitude, onto_g = sources(experiment)
    assert not onto_g.any()
    assert (np.diff(step) >= 0).all()
    assert (np.diff(source)[np.diff(step) == 0] > 0).all()  # within a step: by stimulus, then by neuron
    assert len(index) == sum(len(one.positions) for one in experiment.stimuli)
    assert [str(part.dtype) for part in (index, step, amplitude)] == ["int32", "int32", "float64"]
    expected = 0.5 * sum(one.rate_hz * len(one.positions) for one in experiment.stimuli)
    assert abs(len(step) - expected) < 4 * np.sqrt(expected)


@on_both
def test_no_rate_gives_silence(engine: str) -> None:
    spikes = run(alone(3), "shiu2024", rate_hz=0, duration_ms=10, trials=2, engine=engine)
    assert len(spikes) == 0
    assert spikes.rates()["rate_hz"].tolist() == [0, 0, 0]


def test_second_targets_have_a_drive_of_their_own() -> None:
    circuit = alone(400)
    ids = circuit.root_ids
    spikes = run(
        circuit,
        "shiu2024",
        targets=ids[:200],
        rate_hz=50,
        second_targets=ids[200:],
        second_rate_hz=150,
        duration_ms=200,
    )
    rates = spikes.rates()["rate_hz"].to_numpy()
    for part, rate in ((rates[:200], 50), (rates[200:], 150)):
        assert abs(part.mean() - rate / (1 + rate * 1e-4)) < 4 * part.std() / np.sqrt(200)


# --- silencing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "silence", "fired"),
    [
        ("outputs", [], [0, 1, 2]),
        ("outputs", [0], [0]),
        ("outputs", [1], [0, 1]),
        ("both", [0], [0]),  # a stimulus still reaches it
        ("both", [1], [0]),
        ("clamp", [0], []),
        ("clamp", [1], [0]),
        ("clamp", [2], [0, 1]),
    ],
)
def test_silencing(mode: str, silence: list[int], fired: list[int]) -> None:
    circuit = small_circuit(3, (0, 1, 500), (1, 2, 500))
    ids = [FIRST + k for k in silence]
    spikes = run(circuit, stimuli=ONE_SPIKE, silence=iter(ids), silence_mode=mode, duration_ms=20)
    assert sorted({int(root_id) - FIRST for root_id in spikes.root_id}) == fired
    assert spikes.run["silence"] == {"mode": mode, "root_ids": [str(root_id) for root_id in ids]}
    assert circuit.weight.tolist() == [500, 500]  # the caller's circuit is left alone


def test_a_clamped_neuron_receives_and_is_no_brake_on_itself() -> None:
    """Clamped, a neuron integrates on; it must not be reset by spikes that it does not make."""
    circuit = small_circuit(3, (0, 1, 500), (0, 2, 500))
    spikes = run(circuit, stimuli=ONE_SPIKE, silence=[FIRST + 1], silence_mode="clamp", duration_ms=20)
    free = run(circuit, stimuli=ONE_SPIKE, duration_ms=20)
    assert steps(spikes, 2) == steps(free, 2) == steps(free, 1)
    assert steps(spikes, 1) == []


# --- what a run is ----------------------------------------------------------------------------------------------------


def test_a_run_can_be_repeated_from_its_record(net: Circuit, tmp_path: Path) -> None:
    preset = replace(PRESETS["fly_lif"], model=replace(PRESETS["fly_lif"].model, delay_ms=1.5))
    first = run(
        net, preset, targets=[FIRST + 7], rate_hz=80, second_targets=[FIRST + 8], silence=[FIRST + 50],
        silence_mode="both", duration_ms=100, trials=2, seed=2**62 + 1, dt_ms=0.2, stimuli={"background": False},
    )  # fmt: skip
    kept = json.loads((first.save(tmp_path) / "run.json").read_text())
    stimuli = read_stimuli(tmp_path / "run.json")
    ids = {one["group"]: [int(root_id) for root_id in one.get("root_ids", ())] for one in kept["stimuli"]}
    again = simulate(
        net, LIFModel(**kept["model"]["parameters"]), engine=kept["engine"], device=kept["device"], stimuli=stimuli,
        targets=ids["target"], second_targets=ids["second_targets"],
        silence=[int(root_id) for root_id in kept["silence"]["root_ids"]], silence_mode=kept["silence"]["mode"],
        duration_ms=kept["duration_ms"], trials=kept["trials"], seed=int(kept["seed"]),
    )  # fmt: skip
    assert len(first) > 10
    assert table(again) == table(first)
    assert kept["model"]["name"] == "fly_lif"
    assert kept["model"]["changed"] == ["delay_ms", "dt_ms"]
    assert ids == {"target": [FIRST + 7], "downstream_1": [], "second_targets": [FIRST + 8]}
    assert kept["circuit"]["source"] == net.source
    assert kept["circuit"]["boundary"]["lost_input_share"] is None  # never counted; NaN is not JSON
    assert set(kept["versions"]) == {"graphkit", "brian2", "numba", "numpy"}
    assert re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{8}", kept["run_id"])
    assert first.run_id == kept["run_id"] != again.run_id
    assert "NaN" not in (tmp_path / "run.json").read_text()


def test_groups_and_ids_come_back_in_the_order_of_the_circuit(net: Circuit) -> None:
    spikes = run(net, duration_ms=20, trials=2)
    assert spikes.root_ids.tolist() == net.root_ids.tolist()
    assert spikes.groups.tolist() == net.group_labels.tolist()
    order = np.lexsort((spikes.index, spikes.t_ms, spikes.trial))
    assert order.tolist() == list(range(len(spikes)))
    assert spikes.t_ms.tolist() == [float(f"{t:.1f}") for t in spikes.t_ms]  # 0.3, not 0.30000000000000004


def test_progress_is_told(net: Circuit) -> None:
    told: list[tuple[int, int | None, str]] = []
    run(net, duration_ms=20, trials=2, progress=lambda done, total, unit: told.append((done, total, unit)))
    assert told[0] == (0, told[0][1], "steps")
    assert told[-1][0] == told[-1][1]
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_brian2_quantities_are_accepted(net: Circuit) -> None:
    plain = run(net, rate_hz=60, duration_ms=50, dt_ms=0.2)
    assert table(run(net, rate_hz=60 * Hz, duration_ms=0.05 * second, dt_ms=200 * brian2.us)) == table(plain)
    assert plain.duration_ms == 50


def test_ctrl_c_stops_the_run(net: Circuit) -> None:
    def interrupt(done: int, total: int | None, unit: str) -> None:
        if done:  # not in the report that comes before the first step
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(net, duration_ms=2000, progress=interrupt)
    # the fixture checks that Brian2 is as it was, and the next run is right
    assert len(run(net, duration_ms=20)) > 0


def test_a_network_of_the_user_is_left_alone(net: Circuit) -> None:
    mine = brian2.NeuronGroup(2, "dv/dt = -v / (10*ms) : 1", method="exact", name="graphkit_neurons_of_mine")
    mine.v = 1
    network = brian2.Network(mine)
    target = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    try:
        network.run(10 * ms)
        run(net, duration_ms=10)
        assert brian2.prefs.codegen.target == "numpy"
        network.run(10 * ms)
    finally:
        brian2.prefs.codegen.target = target
    assert np.asarray(mine.v) == pytest.approx(np.exp(-2.0))
    assert brian2.defaultclock.dt == 0.1 * ms


# --- refused before anything runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "fly_lfi"}, "no model 'fly_lfi'. Did you mean 'fly_lif'"),
        ({"engine": "brain2"}, "no engine 'brain2'. Did you mean 'brian2'"),
        ({"device": "cuda"}, "no device 'cuda'. Known: numpy, cython, cpp_standalone"),
        ({"engine": "event_driven", "device": "numpy"}, "one of Brian2's"),
        ({"silence_mode": "output"}, "no silence_mode 'output'. Did you mean 'outputs'"),
        ({"duration_ms": 0}, "duration_ms is 0"),
        ({"duration_ms": -5}, "duration_ms is -5"),
        ({"duration_ms": float("nan")}, "duration_ms is nan"),
        ({"duration_ms": 0.25}, "whole number of steps of 0.1 ms"),
        ({"duration_ms": 5 * mV}, "not a quantity in ms"),
        ({"trials": 0}, "trials is 0"),
        ({"trials": 1.5}, "trials is 1.5"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**63}, "seed is 9223372036854775808"),
        ({"dt_ms": 0}, "dt_ms is 0"),
        ({"dt_ms": 4.0}, "below one step of 4 ms"),
        ({"rate_hz": 10_001}, "'target': 10001 Hz is more than one event per step"),
        ({"stimuli": {"target": False}, "model": "shiu2024"}, "no neuron gets any input"),
        ({"model": LIFModel()}, "no neuron gets any input"),
        ({"trials": 2**31 - 1}, "too many for one run of Brian2"),
    ],
)
def test_what_cannot_be_run_is_refused(net: Circuit, options: dict[str, object], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        run(net, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": [5]}, "1 of 1 neurons are not in the circuit"),
        ({"silence": [FIRST, 5]}, "1 of 2 neurons"),
        ({"targets": []}, "targets: no ids given"),
        ({"second_targets": [float(FIRST)]}, "second_targets: ids are given as floats"),
        ({"silence": [2**64]}, "silence: not every id is a whole number"),
        ({"targets": FIRST}, "targets: ids are given as .*: give a list"),
    ],
)
def test_neurons_that_are_not_there_are_refused(net: Circuit, options: dict[str, object], message: str) -> None:
    with pytest.raises(SelectionError, match=message):
        run(net, **options)


def test_a_missing_compiler_is_named(
    net: Circuit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Cython's test compilation is made to fail; make is not found; neither leaves or prints anything."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(CythonCodeObject, "is_available", lambda: False)
    monkeypatch.setenv("PATH", str(tmp_path))
    for device, message in (("cython", "cython: .* Install make and a C"), ("cpp_standalone", "make is not installed")):
        with pytest.raises(MissingDependencyError, match=message):
            run(net, duration_ms=10, device=device)
    assert list(tmp_path.glob("graphkit*")) == []  # Brian2 itself keeps a log there until Python ends
    assert capfd.readouterr() == ("", "")


def python(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script that imports brian2 by graphkit alone, in an empty folder."""
    start = """
import sys, threading
import pandas as pd
from graphkit.circuit import Circuit
from graphkit.simulation import simulate
def work():
    try:
        simulate(circuit, engine="brian2", duration_ms=1, seed=1)
    except ValueError as error:
        print(error)
circuit = Circuit.from_edges(pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [3]}))
"""
    path = os.pathsep.join([str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", start + script], capture_output=True, text=True, check=True, cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def test_brian2_first_imported_in_a_thread_is_explained(tmp_path: Path) -> None:
    told = python("thread = threading.Thread(target=work); thread.start(); thread.join()", tmp_path).stdout
    assert told.startswith("brian2 is first imported in a thread, and cannot be: signal")


@pytest.mark.parametrize(
    "work",
    [
        "work()",
        "from graphkit import Morphology, Section, simulate_neuron;"
        "simulate_neuron(Morphology.from_sections([Section('axon', 10, 1)]), duration_ms=1)",
    ],
    ids=["network", "neuron"],
)
def test_brian2_prints_nothing_and_does_not_take_over_the_errors_of_the_process(tmp_path: Path, work: str) -> None:
    ran = python(f"{work}; print('brian2' in sys.modules, sys.excepthook is sys.__excepthook__)", tmp_path)
    assert (ran.stdout, ran.stderr) == ("True True\n", "")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_circuit_is_refused() -> None:
    with pytest.raises(SimulationError, match="the circuit has no neurons"):
        run(small_circuit(0, targets=()))


def test_a_device_is_chosen_by_cost(net: Circuit) -> None:
    assert run(net, device=None, duration_ms=1).run["device"] == "numpy"
    assert Brian2().device is None


def test_engine_auto_is_event_driven_unless_a_device_is_asked_for(net: Circuit) -> None:
    fast, reference = (
        simulate(net, engine="auto", device=device, duration_ms=50, trials=2, seed=8) for device in (None, "numpy")
    )
    assert (fast.run["engine"], reference.run["engine"]) == ("event_driven", "brian2")
    assert "device" not in fast.run
    assert len(fast) > 10
    assert table(fast) == table(reference)


def test_refractory_steps_are_rounded_as_brian2_does(net: Circuit) -> None:
    def refractory(dt_ms: float) -> int:
        experiment: Experiment = resolve(net, choose_preset("fly_lif", dt_ms), duration_ms=33)
        return int(experiment.refractory_steps[0])

    for dt_ms in (0.1, 0.2, 0.3, 0.5, 1.0, 1.1):
        assert refractory(dt_ms) == int(timestep(2.2e-3, dt_ms * 1e-3))
