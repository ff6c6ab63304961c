"""The event-driven engine beside its spikes: potentials, recording, threads, memory, Ctrl-C, what it refuses.

When neurons fire is held against closed forms in test_simulation.py, every spike against Brian2's in tests/parity.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from graphkit import Circuit, SpikeTrains, States
from graphkit.errors import SimulationError
from graphkit.simulation import LIFModel, event_driven, trial
from graphkit.simulation.compiled import compiled
from graphkit.simulation.event_driven import EventDriven, Interrupted
from graphkit.simulation.experiment import Experiment, ResolvedRecording, ResolvedStimulus
from graphkit.simulation.external import events
from graphkit.simulation.network import Network
from graphkit.simulation.parameters import WhileRefractory
from graphkit.simulation.spool import SpikeSpool
from tests.circuits import FIRST, small_circuit

#: Without targets neurons stand in the order of their ids.
_circuit = partial(small_circuit, targets=())


def _experiment(
    circuit: Circuit,
    model: LIFModel | None = None,
    *stimuli: ResolvedStimulus,
    steps: int = 1000,
    trials: int = 1,
    refractory_ms: npt.NDArray[np.float64] | None = None,
) -> Experiment:
    model = LIFModel() if model is None else model
    refractory = np.broadcast_to(model.refractory_ms if refractory_ms is None else refractory_ms, len(circuit))
    silent = np.zeros(len(circuit), np.bool_)
    return Experiment(circuit, model, stimuli, np.array(refractory, float), silent, steps, trials, seed=1)


def _poisson(rate_hz: float, amplitude_mv: float, *positions: int) -> ResolvedStimulus:
    return ResolvedStimulus("input", np.array(positions, np.int32), rate_hz, amplitude_mv)


def _random(**more: Any) -> Experiment:
    n, rng = 300, np.random.default_rng(4)
    edges = zip(*rng.integers(0, n, (2, 30 * n)).tolist(), rng.integers(-20, 40, 30 * n).tolist(), strict=True)
    stimuli = (_poisson(5, 3.5, *range(n)), replace(_poisson(40, 21, *range(n // 10)), name="target"))
    return _experiment(_circuit(n, *edges), None, *stimuli, **more)


def _once(circuit: Circuit, model: LIFModel, *neurons: int) -> Experiment:
    """Let some neurons fire once, in step 1."""
    refractory = np.where(np.isin(np.arange(len(circuit)), neurons), 1e6, model.refractory_ms)
    return _experiment(circuit, model, _poisson(1e4, 21, *neurons), steps=1000, refractory_ms=refractory)


def _record(experiment: Experiment, neurons: list[int], steps: list[int] | None = None) -> SpikeTrains:
    positions = experiment.circuit.positions(neurons).astype(np.int32)
    at = np.arange(experiment.steps) if steps is None else np.array(steps)
    return EventDriven().run(replace(experiment, recording=ResolvedRecording(positions, at, ("v", "g"))))


def _states(experiment: Experiment, neurons: list[int], steps: list[int] | None = None) -> States:
    states = _record(experiment, neurons, steps).states
    assert states is not None
    return states


def _same(one: SpikeTrains, other: SpikeTrains) -> bool:
    return len(one) == len(other) and all(
        bool((getattr(one, name) == getattr(other, name)).all()) for name in ("index", "t_ms", "trial")
    )


# --- closed forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["integrate", "freeze"])
@pytest.mark.parametrize(("membrane_ms", "synapse_ms"), [(20.0, 5.0), (5.0, 20.0), (10.0, 10.0 + 1e-6), (2000.0, 5.0)])
def test_a_synaptic_potential_is_the_closed_form(rule: WhileRefractory, membrane_ms: float, synapse_ms: float) -> None:
    model = replace(LIFModel(), while_refractory=rule, tau_membrane_ms=membrane_ms, tau_synapse_ms=synapse_ms)
    recording = _states(_once(_circuit(2, (0, 1, 10)), model, 0), [FIRST + 1])
    t_ms = np.maximum(np.arange(1000) - 20, 0) * 0.1  # since g was raised, at the end of step 1 + 18
    ratio = synapse_ms / (membrane_ms - synapse_ms)
    v = 2.75 * ratio * np.exp(-t_ms / membrane_ms) * -np.expm1(-t_ms * (1 / synapse_ms - 1 / membrane_ms))
    g = np.where(np.arange(1000) >= 20, 2.75 * np.exp(-t_ms / synapse_ms), 0)
    assert np.abs(recording["v_mv"][0, 0] + 52 - v).max() < (1e-9 if membrane_ms != 10 else 1e-6)  # 1 / a - 1 / b
    assert np.abs(recording["g_mv"][0, 0] - g).max() < 1e-9
    if membrane_ms == 20:
        peak = int(recording["v_mv"][0, 0].argmax())
        assert recording.t_ms[peak] - recording.t_ms[20] == pytest.approx(9.24, abs=0.06)
        assert recording["v_mv"][0, 0].max() + 52 == pytest.approx(0.433, abs=5e-4)


def test_a_spike_acts_18_steps_later_on_g_and_19_on_v() -> None:
    recording = _states(_once(_circuit(2, (0, 1, 1)), LIFModel(), 0), [FIRST + 1])
    # what step n leaves is found by step n + 1
    assert int(np.flatnonzero(recording["g_mv"][0, 0])[0]) == 1 + 18 + 1
    assert int(np.flatnonzero(recording["v_mv"][0, 0] > -52)[0]) == 1 + 19 + 1


# --- recording --------------------------------------------------------------------------------------------------------


def test_chosen_steps_are_those_of_all_steps() -> None:
    experiment = _random(trials=2)
    chosen = [0, 1, 17, 500, 999]
    ids = [FIRST + 7, FIRST + 3]
    every, spikes = _states(experiment, ids), _record(experiment, ids, chosen)
    some = spikes.states
    assert some is not None
    assert some.root_ids.tolist() == ids
    assert some["v_mv"].shape == (2, 2, 5)
    for name in ("v_mv", "g_mv"):
        assert np.abs(some[name] - every[name][..., chosen]).max() < 1e-11  # two ways over a gap: the last bits differ
    assert some.t_ms.tolist() == [0.0, 0.1, 1.7, 50.0, 99.9]
    assert _same(spikes, EventDriven().run(experiment))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_recording_beyond_the_limit_goes_to_disk(threads: int, tmp_path: Path) -> None:
    experiment = _random(trials=3)
    recording = ResolvedRecording(np.arange(20, dtype=np.int32), np.arange(1000), ("g", "v"))
    experiment = replace(experiment, recording=recording)
    kept = EventDriven().run(experiment).states
    spilled = EventDriven(threads=threads, memory_mb=0.1, folder=tmp_path).run(experiment).states
    assert kept is not None
    assert spilled is not None
    assert list(tmp_path.iterdir()) == []  # the files have no names
    for name in ("v_mv", "g_mv"):
        assert isinstance(spilled[name], np.memmap)
        assert not isinstance(kept[name], np.memmap)
        assert (kept[name] == spilled[name]).all()


# --- what the spikes may not depend on --------------------------------------------------------------------------------


@pytest.mark.parametrize("trials", [1, 5])
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_do_not_change_spikes(threads: int, trials: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_driven, "_WORTH_SPLITTING", 0)
    monkeypatch.setattr(trial, "_PARALLEL_NS", -1.0)
    experiment = _random(trials=trials)
    assert _same(EventDriven(threads=threads).run(experiment), EventDriven(threads=1).run(experiment))


@pytest.mark.parametrize("seconds", [-1.0, 1e9])
def test_the_pace_does_not_change_spikes(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = _random(trials=2)
    usual = EventDriven(threads=1).run(experiment)
    monkeypatch.setattr(trial, "_SLICE_S", seconds)
    monkeypatch.setattr(trial, "_AHEAD_STEPS", 77)
    assert _same(EventDriven(threads=1).run(experiment), usual)


def test_a_trial_does_not_depend_on_how_many_there_are() -> None:
    many, one = EventDriven().run(_random(trials=3)), EventDriven().run(_random(trials=1))
    assert (many.t_ms[many.trial == 0] == one.t_ms).all()
    assert not np.array_equal(many.t_ms[many.trial == 1], one.t_ms)


def test_connections_in_any_order() -> None:
    rng, experiment = np.random.default_rng(1), _random()
    circuit = experiment.circuit
    order = rng.permutation(len(circuit.pre))
    arrays = {name: getattr(circuit, name)[order] for name in ("pre", "post", "weight", "syn_count")}
    shuffled = replace(experiment, circuit=replace(circuit, **arrays))
    assert _same(EventDriven().run(shuffled), EventDriven().run(experiment))


def test_weights_of_a_wide_range_and_fractions() -> None:
    """One neuron fires in each case: kept once each or not, weights are the same."""
    for weight in (np.array([200, -(2**30)], np.int32), np.array([200.0, -0.5])):
        circuit = replace(_circuit(3, (0, 1, 200), (0, 2, -1)), weight=weight)
        recording = _states(_once(circuit, LIFModel(), 0), [FIRST + 1, FIRST + 2], [20])
        assert recording["g_mv"][0, :, 0].tolist() == [200 * 0.275, float(weight[1]) * 0.275]


def test_a_gap_longer_than_one_table() -> None:
    """Two kicks a second at steps of 0.01 ms, and a membrane of 3 s: against the closed form."""
    model = replace(LIFModel(), dt_ms=0.01, tau_membrane_ms=3000.0, v_threshold_mv=1000.0)
    experiment = _experiment(_circuit(1), model, _poisson(2, 10.0, 0), steps=500_000)
    step, _ = events(experiment, 0)
    assert np.diff(step).max() > 2**14
    found = _states(experiment, [FIRST], [499_999])["v_mv"][0, 0, 0] + 52
    assert found == pytest.approx((10 * np.exp(-(499_998 - step) * 0.01 / 3000)).sum(), abs=1e-9)


def test_nothing_to_do() -> None:
    assert len(EventDriven().run(_experiment(_circuit(0)))) == 0
    assert len(EventDriven().run(_experiment(_circuit(3)))) == 0
    assert len(EventDriven().run(_experiment(_circuit(3, (0, 1, 5)), None, _poisson(0, 21, 0)))) == 0


# --- memory -----------------------------------------------------------------------------------------------------------


def test_spikes_beyond_the_limit_go_to_disk(tmp_path: Path) -> None:
    experiment = _random(trials=4)
    kept = EventDriven(threads=2).run(experiment)
    assert len(kept) * 24 > 5000
    spilled = EventDriven(threads=2, memory_mb=0.002, folder=tmp_path).run(experiment)
    assert _same(kept, spilled)
    assert all(isinstance(array, np.memmap) for array in (spilled.index, spilled.t_ms, spilled.trial))
    assert not isinstance(kept.t_ms, np.memmap)
    pd.testing.assert_frame_equal(spilled.rates(), kept.rates())
    spilled.save(tmp_path / "run")
    assert _same(SpikeTrains.load(tmp_path / "run"), kept)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]  # the files have no names


def test_a_spool_without_spikes() -> None:
    assert [array.tolist() for array in SpikeSpool(1).result([0, 1], dt_ms=0.1)] == [[], [], []]


def test_a_spool_that_went_to_disk_for_trials_that_were_not_finished() -> None:
    spool = SpikeSpool(limit_mb=1e-9)
    spool.add(1, np.array([3], np.int32), np.array([5], np.int32))
    assert [array.tolist() for array in spool.result([0], dt_ms=0.1)] == [[], [], []]


def test_connections_take_8_bytes_each() -> None:
    """15 million of them, among 138,639 neurons, take 124 MB, which all trials share."""
    n, m = 2000, 100_000
    rng = np.random.default_rng(0)
    edges = zip(*rng.integers(0, n, (2, m)).tolist(), rng.integers(-2500, 2500, m).tolist(), strict=True)
    network = Network.of(_experiment(_circuit(n, *edges)), parts=2)
    shared = sum(array.nbytes for array in network.wiring)
    assert shared <= 8 * m + 24 * (n + 1) + 8 * 5001


# --- progress, Ctrl-C -------------------------------------------------------------------------------------------------


@dataclass
class _Calls:
    """Notes progress, and presses Ctrl-C after some steps."""

    seen: list[tuple[int, int | None, str]]
    stop_after: float = np.inf

    def __call__(self, done: int, total: int | None, unit: str) -> None:
        self.seen.append((done, total, unit))
        if done > self.stop_after:
            raise KeyboardInterrupt


@pytest.mark.parametrize(("threads", "trials"), [(1, 1), (1, 4), (2, 4)])
def test_progress_is_told(threads: int, trials: int) -> None:
    calls = _Calls([])
    EventDriven(threads=threads).run(_random(trials=trials), calls)
    done = [done for done, _, _ in calls.seen]
    assert done == sorted(done)
    assert calls.seen[-1] == (1000 * trials, 1000 * trials, "steps")


@pytest.mark.parametrize("threads", [1, 2])
def test_finished_trials_outlive_ctrl_c(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_driven, "_LOOK_UP_S", 0.001)
    experiment = _random(trials=200, steps=4000)
    with pytest.raises(Interrupted, match="trials were finished") as stopped:
        EventDriven(threads=threads).run(experiment, _Calls([], stop_after=10 * 4000))
    finished = stopped.value.finished
    numbers = cast(list[int], finished.run["finished_trials"])
    assert 1 <= finished.trials == len(numbers) < 200
    whole = EventDriven().run(replace(experiment, trials=max(numbers) + 1))
    for place, number in enumerate(numbers):
        assert (finished.t_ms[finished.trial == place] == whole.t_ms[whole.trial == number]).all()


def test_ctrl_c_in_the_first_trial_is_a_keyboard_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt) as stopped:
        EventDriven(threads=1).run(_random(steps=2**29), _Calls([], stop_after=0))
    assert type(stopped.value) is KeyboardInterrupt


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("trials", [1, 3])
def test_a_signal_ends_a_run_that_would_take_hours(threads: int, trials: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_driven, "_WORTH_SPLITTING", 0)
    monkeypatch.setattr(trial, "_PARALLEL_NS", -1.0)
    experiment = _random(steps=2**29, trials=trials)
    EventDriven().run(_random())  # compiled
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        EventDriven(threads=threads).run(experiment)
    timer.join()


def test_an_error_of_the_callers_progress_comes_through() -> None:
    def broken(done: int, total: int | None, unit: str) -> None:
        raise ZeroDivisionError

    for threads in (1, 2):
        with pytest.raises(ZeroDivisionError):
            EventDriven(threads=threads).run(_random(trials=3), broken)


# --- what is refused --------------------------------------------------------------------------------------------------


class _OtherModel(LIFModel):
    """A model of another kind."""


@dataclass(frozen=True)
class _StepCurrent:
    """A stimulus of another kind."""


def test_another_model_is_refused_by_name() -> None:
    with pytest.raises(SimulationError, match=r"cannot run _OtherModel.*engine='brian2'"):
        EventDriven().run(_experiment(_circuit(2), _OtherModel()))


def test_another_stimulus_is_refused_by_name() -> None:
    with pytest.raises(SimulationError, match=r"cannot run _StepCurrent.*engine='brian2'"):
        EventDriven().run(_experiment(_circuit(2), None, cast(ResolvedStimulus, _StepCurrent())))


def test_too_many_steps() -> None:
    with pytest.raises(SimulationError, match="fewer than 2\\*\\*30"):
        EventDriven().run(_experiment(_circuit(2), steps=2**30))


@pytest.mark.parametrize("options", [{"threads": 0}, {"threads": -1}, {"memory_mb": 0}, {"memory_mb": np.nan}], ids=str)
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(SimulationError, match=next(iter(options))):
        EventDriven(**options)


def test_functions_are_compiled_where_no_cache_can_be_kept() -> None:
    space: dict[str, Callable[[int], int]] = {}
    exec("def double(x): return 2 * x", space)  # of no file: there is no place for its cache
    assert compiled(space["double"])(21) == 42
