"""One trial of a LIF network, advanced slice by slice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from graphkit.simulation import state
from graphkit.simulation.compiled import Floats, Int32s, Int64s
from graphkit.simulation.experiment import Experiment
from graphkit.simulation.external import GivenStream
from graphkit.simulation.kernels import advance, fits
from graphkit.simulation.network import Drive, Network, Shift
from graphkit.simulation.poisson import PoissonStream
from graphkit.simulation.state import CELL, CLAMPED, Kicks, Spikes, State, Wiring

__all__ = ["Trial"]

# Nanoseconds that one takes, measured on 138,639 neurons: an input by events, an armed step, a neuron's step by sweeps,
# an input by sweeps. Only their ratios matter: they decide between events and sweeps.
_INPUT_NS, _ARMED_NS, _SWEPT_NS, _ADDED_NS = 9.0, 6.0, 0.3, 3.0
_HYSTERESIS = 1.2
_NEURON_STEPS = 2**25  # between two such decisions: about what changing takes
_PARALLEL_NS = 3e5  # of work in a window; handing it to another thread takes a tenth of that
_SLICE_S = 0.1  # a slice is as long as that at most, so that Ctrl-C and progress are not kept waiting
_AHEAD_EVENTS, _AHEAD_STEPS = 2**18, 2**17  # that external input is drawn ahead, at most
_WINDOW = 64  # steps between two checks for room


class Trial:
    """One trial of an experiment.

    Parameters
    ----------
    network
        What all trials share.
    number
        The trial, from 0; part of the key of its random streams.
    pool
        Threads for all parts of the network but one.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.simulation.resolving import choose_preset, resolve
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> experiment = resolve(Circuit.from_edges(edges, targets=[1]), choose_preset("shiu2024"), seed=1)
    >>> trial = Trial(Network.of(experiment), 0)
    >>> sum(len(step) for step, _ in trial.slices()) > 100, trial.step
    (True, 10000)
    """

    def __init__(self, network: Network, number: int, pool: ThreadPoolExecutor | None = None) -> None:
        experiment, n, parts = network.experiment, len(network.experiment.circuit), len(network.drives)
        cells = _aligned(n)
        cells["last"] = -1
        cells["armed"][experiment.clamped] = CLAMPED
        listed, count, work = np.empty(n, np.int32), np.zeros(parts, np.int64), np.zeros((parts, 3), np.int64)
        shift = np.zeros(n if network.law.shifted else 1)
        self._state = State(cells, np.empty(n), np.empty(n), shift, listed, count, work)
        self._sweeps = False
        self._network, self._pool, self._wiring = network, pool, network.wiring
        self._streams = [[_stream(drive, experiment, number) for drive in drives] for drives in network.drives]
        self._window = min(network.law.delay, _WINDOW)
        self._window_ns = 0.0
        self.step = 0

    def slices(self, stops: Int64s | None = None) -> Iterator[tuple[Int32s, Int32s]]:
        """Advance to the end; yield step and neuron of the spikes of each slice, sorted.

        Parameters
        ----------
        stops
            (s,) steps at which a slice has to end, ascending.
        """
        network, law, parts = self._network, self._network.law, len(self._streams)
        n, steps = len(network.experiment.circuit), network.experiment.steps
        ahead = int(max(1, min(steps, _AHEAD_STEPS, _AHEAD_EVENTS / max(network.events_per_step, 1e-9))))
        period = max(8 * self._window, _NEURON_STEPS // max(n, 1))
        apart = max(8 * self._window, period // 64)  # often at first, as nothing is known yet
        decision, since, pace = apart, 0, period
        room = int(np.diff(network.wiring.bounds).max()) * (2 + self._window // law.shortest)
        stop_at = iter(sorted({*([] if stops is None else stops.tolist()), *network.changes}))
        halt, drawn = next(stop_at, steps), 0
        spikes = Spikes(0, np.zeros((parts, law.delay + 1), np.int64), np.empty((parts, 0), np.int32))
        while self.step < steps:
            begin = self.step
            if begin == halt:
                self._change()
                halt = next(stop_at, steps)
            if begin == drawn:
                drawn = min(begin + ahead, steps)
                kicks = self._kicks(begin, drawn)
            if begin == decision:
                self._decide(begin - since)
                apart = min(8 * apart, period)
                decision, since = begin + apart, begin
            end = min(drawn, decision, halt, begin + pace)
            spikes = Spikes(begin, *state.carry(begin, end, law.delay, room, spikes))
            started = time.perf_counter()
            self._advance(end, kicks, spikes)
            took = time.perf_counter() - started
            pace = pace * 2 if took < _SLICE_S / 4 else max(1, pace // 2) if took > _SLICE_S else pace
            yield state.collect(self.step, law.delay, spikes)

    def observe(self, neurons: Int32s) -> tuple[Floats, Floats]:
        """Return v and g (mV) of some neurons as the next step finds them."""
        x, g = np.empty(len(neurons)), np.empty(len(neurons))
        state.observe(neurons, self.step - 1, self._sweeps, self._network.law, self._state, x, g)
        return x + self._network.experiment.model.v_rest_mv, g

    def _change(self) -> None:
        """Let what changes in this step change."""
        for change in self._network.changes.get(self.step, ()):
            at = (self.step - 1, self._sweeps, self._wiring, self._network.law, self._state)
            if isinstance(change, Wiring):
                self._wiring = change
            elif isinstance(change, Shift):
                state.shift_to(change.positions, change.shift_mv, *at)
            else:
                state.clamp(change.positions, change.clamped, *at)

    def _kicks(self, begin: int, end: int) -> Kicks:
        pointer = np.empty((len(self._streams), len(self._network.amplitude_mv), end - begin + 1), np.int64)
        drawn: list[Int32s] = []
        total = 0
        for part, streams in enumerate(self._streams):
            for stimulus, stream in enumerate(streams):
                own, index = stream.until(end)
                np.add(own, total, out=pointer[part, stimulus])
                drawn.append(index)
                total += len(index)
        index = np.concatenate(drawn) if len(drawn) > 1 else drawn[0] if drawn else np.empty(0, np.int32)
        return Kicks(begin, pointer, index, self._network.amplitude_mv, self._network.onto_g)

    def _decide(self, steps: int) -> None:
        """Choose between events and sweeps by the work of the last steps: the same on every machine."""
        work, n = self._state.work.sum(axis=0), len(self._network.experiment.circuit)
        armed = state.count_armed(self._network.law, self._state) * steps if self._sweeps else int(work[1])
        by_events = _INPUT_NS * int(work[0]) + _ARMED_NS * armed
        by_sweeps = _ADDED_NS * int(work[0]) + _SWEPT_NS * n * steps
        if self._sweeps and by_sweeps > _HYSTERESIS * by_events:
            state.to_events(self.step - 1, self._wiring, self._network.law, self._state)
            self._sweeps = False
        elif not self._sweeps and by_events > _HYSTERESIS * by_sweeps:
            state.to_sweeps(self.step - 1, self._wiring, self._network.law, self._state)
            self._sweeps = True
        self._window_ns = (by_sweeps if self._sweeps else by_events) / steps * self._window
        self._state.work[:] = 0

    def _advance(self, end: int, kicks: Kicks, spikes: Spikes) -> None:
        rest = (self._sweeps, self._window, self._wiring, self._network.law, self._state, kicks, spikes)
        parts = len(self._streams)
        if self._pool is None or self._window_ns < _PARALLEL_NS:
            self.step = advance(0, parts, self.step, end, *rest)
            return
        while self.step < end:
            until = min(self.step + self._window, end)
            if not fits(self.step, until, self._wiring, self._network.law, spikes):
                return
            others = [self._pool.submit(advance, part, part + 1, self.step, until, *rest) for part in range(1, parts)]
            advance(0, 1, self.step, until, *rest)
            for other in others:
                other.result()
            self.step = until


def _stream(drive: Drive, experiment: Experiment, trial: int) -> PoissonStream | GivenStream:
    if drive.given is not None:
        return GivenStream(*drive.given)
    stimulus = drive.stimulus
    return PoissonStream(
        drive.root_ids, rate_hz=stimulus.rate_hz, seed=experiment.seed, trial=trial, stimulus=stimulus.name,
        dt_ms=experiment.model.dt_ms, labels=drive.positions, start=stimulus.start, end=stimulus.end,
    )  # fmt: skip


def _aligned(n: int) -> npt.NDArray[np.void]:
    """Return n cells of zeros, none of which lies in two lines of the processor's cache."""
    room = np.zeros((n + 2) * CELL.itemsize, np.uint8)
    offset = -room.ctypes.data % 64
    return room[offset : offset + n * CELL.itemsize].view(CELL)
