"""The event-driven engine against a plain Brian2 script, on Brian2's numpy target: every spike, no exception."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest

from graphkit.simulation import event_driven, state, trial
from graphkit.simulation.base import Simulator
from graphkit.simulation.brian2 import Brian2
from graphkit.simulation.event_driven import EventDriven
from graphkit.simulation.experiment import Experiment, ResolvedRecording
from graphkit.simulation.poisson import poisson_events
from tests.parity.networks import random_case
from tests.parity.reference import Input, Ints, Recorded, Silence, run_reference

_QUICK, _ALL = 40, 240

#: How the engine goes about it; the spikes may not depend on that.
_WAYS: dict[str, dict[str, float]] = {
    "as it decides": {},
    "events alone": {"_SWEPT_NS": 1e12},
    "sweeps as soon as it may": {"_ADDED_NS": -1e12, "_SWEPT_NS": -1e12},
    "changing all the time": {"_HYSTERESIS": -1.0},
    "split": {"_PARALLEL_NS": -1.0},
    "split and changing": {"_HYSTERESIS": -1.0, "_PARALLEL_NS": -1.0},
}


def _reference(experiment: Experiment, recorded: Ints | None = None) -> Recorded:
    circuit, model = experiment.circuit, asdict(experiment.model)
    del model["refractory_ms"], model["resistance_mohm"]  # given for each neuron; currents are given as potentials
    inputs = []
    for stimulus in experiment.stimuli:
        events = [
            stimulus.given or poisson_events(
                circuit.root_ids[stimulus.positions], rate_hz=stimulus.rate_hz, seed=experiment.seed, trial=k,
                stimulus=stimulus.name, steps=experiment.steps, dt_ms=experiment.model.dt_ms,
                start=stimulus.start, end=stimulus.end,
            )
            for k in range(experiment.trials)
        ]  # fmt: skip
        wide = [(step.astype(np.int64), place.astype(np.int64)) for step, place in events]
        inputs.append(Input(stimulus.positions.astype(np.int64), stimulus.amplitude_mv, wide, stimulus.onto))
    current_mv = np.zeros((experiment.steps, len(circuit))) if experiment.currents else None
    for current in experiment.currents:
        assert current_mv is not None
        course = np.zeros(experiment.steps)
        for step, shift_mv in zip(current.steps, current.shifts_mv, strict=True):
            course[step:] = shift_mv
        current_mv[:, current.positions] += course[:, None]
    timed = experiment.silence
    silence, steps = None, experiment.steps
    if timed is not None:
        silence = Silence(timed.neurons, timed.mode, min(timed.start, steps), min(timed.end or steps, steps))
    return run_reference(
        pre=circuit.pre.astype(np.int64), post=circuit.post.astype(np.int64), weight=circuit.weight.astype(float),
        refractory_ms=experiment.refractory_ms, clamped=experiment.clamped, inputs=inputs, steps=experiment.steps,
        trials=experiment.trials, recorded=recorded, current_mv=current_mv, silence=silence, **model,
    )  # fmt: skip


def _compare(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> int:
    """Compare all ways of running it with the reference; return the number of spikes."""
    wanted = _reference(experiment)
    monkeypatch.setattr(trial, "_NEURON_STEPS", 1)  # decide every few steps
    for name, constants in _WAYS.items():
        with monkeypatch.context() as patch:
            for constant, value in constants.items():
                patch.setattr(trial, constant, value)
            if "_PARALLEL_NS" in constants:
                patch.setattr(event_driven, "_WORTH_SPLITTING", 0)
            found = EventDriven(threads=3).run(experiment)
        step = np.rint(found.t_ms / experiment.model.dt_ms).astype(np.int64)
        same = len(found) == len(wanted.step) and all(
            (ours == theirs).all()
            for ours, theirs in ((found.trial, wanted.trial), (step, wanted.step), (found.index, wanted.index))
        )
        assert same, f"{name}: {len(found)} spikes, Brian2 {len(wanted.step)}"
    return len(wanted.step)


@pytest.mark.parametrize("number", [pytest.param(k, marks=() if k < _QUICK else pytest.mark.long) for k in range(_ALL)])
def test_every_spike_is_that_of_brian2(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _compare(random_case(number).experiment, monkeypatch)


@pytest.mark.parametrize("number", [4, 12, 15, 27, 33, 34])
@pytest.mark.parametrize("way", ["as it decides", "sweeps as soon as it may", "changing all the time"])
def test_v_and_g_are_those_of_a_state_monitor(number: int, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = random_case(number).experiment
    experiment = replace(experiment, steps=min(experiment.steps, 600), trials=min(experiment.trials, 2))
    chosen = np.unique(np.linspace(0, len(experiment.circuit) - 1, 40).astype(np.int64))
    wanted = _reference(experiment, chosen)
    monkeypatch.setattr(trial, "_NEURON_STEPS", 1)
    for constant, value in _WAYS[way].items():
        monkeypatch.setattr(trial, constant, value)
    for steps in (np.arange(experiment.steps), np.arange(3, experiment.steps, 97), np.arange(0, experiment.steps, 40)):
        recording = ResolvedRecording(chosen.astype(np.int32), steps, ("v", "g"))
        engines: list[Simulator] = [EventDriven(), Brian2("numpy")] if way == "as it decides" else [EventDriven()]
        for engine in engines:
            found = engine.run(replace(experiment, recording=recording))
            assert found.states is not None
            assert np.abs(found.states["v_mv"] - wanted.v_mv[..., steps]).max() < 1e-9
            assert np.abs(found.states["g_mv"] - wanted.g_mv[..., steps]).max() < 1e-9
            assert len(found) == len(wanted.step)
    assert np.ptp(wanted.v_mv) > 1


@pytest.mark.parametrize("number", [4, 7, 17, 33])
def test_our_brian2_engine_agrees(number: int) -> None:
    experiment = random_case(number).experiment
    ours, theirs = EventDriven().run(experiment), Brian2("numpy").run(experiment)
    assert len(ours) > 100
    assert all(np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in ("index", "t_ms", "trial"))


@pytest.mark.long
@pytest.mark.parametrize("number", [4, 15, 22, 33])
def test_the_compiled_program_agrees(number: int) -> None:
    """Compiled as graphkit does it, without -ffast-math: not one spike differs."""
    experiment = random_case(number).experiment
    ours, theirs = EventDriven().run(experiment), Brian2("cpp_standalone").run(experiment)
    assert len(ours) > 100
    assert all(np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in ("index", "t_ms", "trial"))


def test_the_quick_networks_hold_everything() -> None:
    held: Counter[str] = Counter()
    for number in range(_QUICK):
        case = random_case(number)
        experiment = case.experiment
        seconds = experiment.steps * experiment.model.dt_ms / 1000 * experiment.trials
        rate_hz = len(EventDriven(threads=1).run(experiment)) / len(experiment.circuit) / seconds
        activity = "silent" if not rate_hz else next(f"below {top} Hz" for top in (1, 10, 100, 10**5) if rate_hz < top)
        held.update([*case.features, activity])
    wanted = {
        "freeze", "integrate", "reset apart from rest", "dt", "slow synapse", "one step of delay", "long delay",
        "refractory 0", "mixed refractory", "silenced", "clamped", "self-loops", "parallel", "fractions", "trials",
        "inhibition", "no connections", "no input", "several stimuli", "every step", "two neurons", "thousands",
        "onto g", "given times", "start", "end", "currents", "overlapping currents", "current above threshold",
        "silenced for a time", "silenced both ways for a time", "clamped for a time",
        "silent", "below 1 Hz", "below 10 Hz", "below 100 Hz", "below 100000 Hz",
    }  # fmt: skip
    assert {name for name in wanted if held[name] < 2} == set()


def test_the_ways_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, taken = random_case(2).experiment, {}
    monkeypatch.setattr(trial, "_NEURON_STEPS", 1)
    for name, constants in _WAYS.items():
        calls: Counter[str] = Counter()
        with monkeypatch.context() as patch:
            for constant, value in constants.items():
                patch.setattr(trial, constant, value)
            for function in (state.to_sweeps, state.to_events):
                patch.setattr(state, function.__name__, _counted(function, calls))
            EventDriven(threads=1).run(experiment)
        taken[name] = calls["to_sweeps"], calls["to_events"]
    assert taken["events alone"] == (0, 0)
    assert taken["sweeps as soon as it may"] == (1, 0)
    assert min(taken["changing all the time"]) > 3


def _counted(function: Callable[..., None], calls: Counter[str]) -> Callable[..., None]:
    def call(*args: object) -> None:
        calls[function.__name__] += 1
        function(*args)

    return call
