"""The LIF model with its input as objects of Brian2.

All trials are one run of one network, one after another, with a pause in which nobody fires: long enough for every
spike under way to arrive and every refractory period to end. Then v and g are set back. So a network is built, and for
C++ compiled, once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import brian2
import numpy as np
import numpy.typing as npt
from brian2 import ms, mV

from graphkit.simulation.base import spike_trains
from graphkit.simulation.experiment import Experiment
from graphkit.simulation.external import current_changes, events, sources
from graphkit.spikes import SpikeTrains

__all__ = ["LIFNetwork", "Layout"]

_EQUATIONS = """
dv/dt = (g - (v - v_rest){current}) / tau_membrane : volt {unless}
dg/dt = -g / tau_synapse : volt {unless}
refractory_period : second (constant)
clamped : boolean (constant)
"""
_CURRENT = """
current = shift(t_in_timesteps % period * step, course) : volt (constant over dt)
course : integer (constant)
"""


@dataclass(frozen=True)
class Layout:
    """Where the trials lie in the run: trial k starts at step k * period.

    Parameters
    ----------
    period
        Steps from the start of one trial to that of the next.
    steps
        Steps of the run.
    stride
        Steps between two samples of the recording.
    """

    period: int
    steps: int
    stride: int

    @classmethod
    def of(cls, experiment: Experiment) -> Layout:
        """Lay out the trials of an experiment."""
        pause = max(experiment.model.delay_steps, int(_refractory_steps(experiment).max())) + 2
        period, recording = experiment.steps + pause, experiment.recording
        stride = 0 if recording is None else int(np.gcd.reduce(recording.steps))  # of step 0 alone it is 0
        if stride:
            period = math.ceil(period / stride) * stride
        return cls(period, (experiment.trials - 1) * period + experiment.steps, stride or period)


class LIFNetwork:
    """An experiment built in Brian2; the objects are named, so that Brian2 finds their compiled code again.

    Parameters
    ----------
    experiment
        What is run.
    layout
        Where its trials lie.
    """

    def __init__(self, experiment: Experiment, layout: Layout) -> None:
        self._experiment, self._layout = experiment, layout
        self._clock = brian2.Clock(dt=experiment.model.dt_ms * ms, name="graphkit_clock")
        neurons = self._neurons()
        begin = neurons.run_regularly(
            "v = v_rest; g = 0*volt", dt=layout.period * experiment.model.dt_ms * ms, when="start",
            name="graphkit_begin_trial",
        )  # fmt: skip
        self._spikes = brian2.SpikeMonitor(neurons, name="graphkit_monitor")
        self._states = None
        self.network = brian2.Network(neurons, begin, self._spikes, name="graphkit_network")
        if experiment.noise:
            self.network.add(self._noise(neurons))
        if experiment.recording is not None:
            self._states = brian2.StateMonitor(
                neurons, list(experiment.recording.variables), record=experiment.recording.positions,
                dt=layout.stride * experiment.model.dt_ms * ms, order=1, name="graphkit_states",
            )  # fmt: skip
            self.network.add(self._states)
        if len(experiment.circuit.pre):
            self.network.add(self._synapses(neurons))
        self.network.add(*self._events(neurons))

    def results(self, run: Mapping[str, object]) -> SpikeTrains:
        """Return what the run found."""
        dt_ms, period = self._experiment.model.dt_ms, self._layout.period
        index = np.array(self._spikes.i, dtype=np.int32)
        step = np.rint(np.asarray(self._spikes.t / ms) / dt_ms).astype(np.int64)
        return spike_trains(
            self._experiment, step=step % period, index=index, trial=(step // period).astype(np.int32), run=run,
            recorded=self._recorded(),
        )  # fmt: skip

    def _recorded(self) -> dict[str, npt.NDArray[np.float64]]:
        recording = self._experiment.recording
        if recording is None:
            return {}
        first = np.arange(self._experiment.trials) * self._layout.period
        sample = (first[:, None] + recording.steps) // self._layout.stride
        return {
            name: np.asarray(getattr(self._states, name) / mV)[:, sample].transpose(1, 0, 2)
            for name in recording.variables
        }

    def _window(self) -> str:
        """Return the condition that silencing is in force."""
        silence, period = self._experiment.silence, self._layout.period
        assert silence is not None
        end = period if silence.end is None else silence.end
        return f"t_in_timesteps % {period} >= {silence.start} and t_in_timesteps % {period} < {end}"

    def _neurons(self) -> brian2.NeuronGroup:
        experiment, model, silence = self._experiment, self._experiment.model, self._experiment.silence
        clamped = "not clamped"
        if silence is not None and silence.mode == "clamp":
            clamped = f"not (clamped and {self._window()})"
        equations, more = _EQUATIONS.format(
            unless="(unless refractory)" if model.while_refractory == "freeze" else "",
            current=" + current" if experiment.currents else "",
        ), {}  # fmt: skip
        if experiment.currents:
            shift, course = self._currents()
            equations, more = equations + _CURRENT, {"shift": shift, "step": model.dt_ms * ms}
        if experiment.noise:
            equations += "noise_sd : volt (constant)\n"
        neurons = brian2.NeuronGroup(
            len(experiment.circuit),
            equations,
            method="exact",
            threshold=f"v > v_threshold and {clamped} and t_in_timesteps % period < steps",
            reset="v = v_reset; g = 0*volt",
            refractory="refractory_period",
            namespace={
                "v_rest": model.v_rest_mv * mV, "v_reset": model.v_reset_mv * mV,
                "v_threshold": model.v_threshold_mv * mV, "tau_membrane": model.tau_membrane_ms * ms,
                "tau_synapse": model.tau_synapse_ms * ms, "steps": experiment.steps, "period": self._layout.period,
                **more,
            },
            clock=self._clock,
            name="graphkit_neurons",
        )  # fmt: skip
        neurons.refractory_period = _refractory_steps(experiment) * model.dt_ms * ms
        timed = silence is not None and silence.mode == "clamp"
        neurons.clamped = silence.neurons if timed and silence is not None else experiment.clamped
        if experiment.currents:
            neurons.course = course
        return neurons

    def _currents(self) -> tuple[brian2.TimedArray, npt.NDArray[np.int32]]:
        """Return how far rest is moved, over time for each course of currents, and which course each neuron has."""
        experiment = self._experiment
        reached = np.zeros((len(experiment.currents), len(experiment.circuit)), np.bool_)
        for own, current in zip(reached, experiment.currents, strict=True):
            own[current.positions] = True
        _, first, course = np.unique(reached, axis=1, return_index=True, return_inverse=True)
        changes = current_changes(experiment)
        stride = int(np.gcd.reduce([0, *(step for step, _, _ in changes)])) or experiment.steps
        last = max((step for step, _, _ in changes), default=0)
        shift = np.zeros((last // stride + 1, len(first)))
        now = np.zeros(len(experiment.circuit))
        for step, positions, shift_mv in changes:
            now[positions] = shift_mv
            shift[step // stride :] = now[first]
        timed = brian2.TimedArray(shift * mV, dt=stride * experiment.model.dt_ms * ms, name="graphkit_shift")
        return timed, course.ravel().astype(np.int32)

    def _noise(self, neurons: brian2.NeuronGroup) -> brian2.BrianObject:
        """Add what sigma sqrt(2 / tau) xi adds to v in one step, exactly: an Ornstein-Uhlenbeck process."""
        model, variance = self._experiment.model, np.zeros(len(self._experiment.circuit))
        for noise in self._experiment.noise:
            variance[noise.positions] += noise.sigma_mv**2
        sd_mv = np.sqrt(variance * -math.expm1(-2 * model.dt_ms / model.tau_membrane_ms))
        neurons.noise_sd = sd_mv * mV
        free = " * int(not_refractory)" if model.while_refractory == "freeze" else ""
        # after the state update, before the threshold
        return neurons.run_regularly(f"v += noise_sd * randn(){free}", when="groups", order=1, name="graphkit_noise")

    def _synapses(self, neurons: brian2.NeuronGroup) -> brian2.Synapses:
        circuit, model, silence = self._experiment.circuit, self._experiment.model, self._experiment.silence
        equations, on_pre = "weight : volt (constant)", "g_post += weight"
        cut = np.zeros(len(circuit.pre), np.bool_)
        if silence is not None and silence.mode != "clamp":
            cut = silence.neurons[circuit.pre] | (silence.neurons[circuit.post] & (silence.mode == "both"))
            equations += "\ncut : boolean (constant)"
            on_pre = f"g_post += weight * int(not (cut and {self._window()}))"
        synapses = brian2.Synapses(
            neurons, neurons, equations, on_pre=on_pre, delay=model.delay_steps * model.dt_ms * ms, clock=self._clock,
            name="graphkit_synapses",
        )  # fmt: skip
        synapses.connect(i=circuit.pre, j=circuit.post, namespace={})
        synapses.weight = circuit.weight * model.synapse_mv * mV
        if "cut" in equations:
            synapses.cut = cut
        return synapses

    def _events(self, neurons: brian2.NeuronGroup) -> list[brian2.BrianObject]:
        """Feed the events of all trials in, after the recurrent synapses of the same step."""
        experiment, dt_ms = self._experiment, self._experiment.model.dt_ms
        index, amplitude_mv, onto_g = sources(experiment)
        trials = [events(experiment, trial) for trial in range(experiment.trials)]
        step = np.concatenate([step + np.int64(k * self._layout.period) for k, (step, _) in enumerate(trials)])
        if not len(step):
            return []
        generator = brian2.SpikeGeneratorGroup(
            len(index), np.concatenate([source for _, source in trials]), step * dt_ms * ms,
            clock=self._clock, sorted=True, name="graphkit_events",
        )  # fmt: skip
        added: list[brian2.BrianObject] = [generator]
        for variable, onto in (("v", ~onto_g), ("g", onto_g)):
            if onto.any():
                kicks = brian2.Synapses(
                    generator, neurons, "amplitude : volt (constant)", on_pre=f"{variable}_post += amplitude",
                    clock=self._clock, name=f"graphkit_kicks_{variable}",
                )  # fmt: skip
                kicks.connect(i=np.flatnonzero(onto), j=index[onto], namespace={})
                kicks.amplitude = amplitude_mv[onto] * mV
                kicks.pre.order = 1
                added.append(kicks)
        return added


def _refractory_steps(experiment: Experiment) -> npt.NDArray[np.int32]:
    # at most to the end of the trial, which changes no spike of it, and keeps the pause after it short
    return np.minimum(experiment.refractory_steps, experiment.steps)
