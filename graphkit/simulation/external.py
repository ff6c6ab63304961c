"""The external input of an experiment, the same for every engine: events of a trial, changes of currents."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graphkit.simulation.equation_run import EquationRun
from graphkit.simulation.experiment import Experiment
from graphkit.simulation.poisson import poisson_events

__all__ = ["GivenStream", "current_changes", "events", "sources"]


class GivenStream:
    """Given events of some neurons, taken from one step to the next as those of a PoissonStream are drawn.

    Parameters
    ----------
    step, label
        (e,) step of each event, ascending, and what its neuron is called in the result.

    Examples
    --------
    >>> stream = GivenStream(np.array([2, 5], np.int32), np.array([7, 8], np.int32))
    >>> [part.tolist() for part in stream.until(4)]
    [[0, 0, 0, 1, 1], [7]]
    """

    def __init__(self, step: npt.NDArray[np.int32], label: npt.NDArray[np.int32]) -> None:
        self._step, self._label, self._begin = step, label, 0

    def until(self, stop: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """Return the events from where the last call stopped to stop, exclusive; see PoissonStream.until."""
        at = np.searchsorted(self._step, np.arange(self._begin, stop + 1))
        self._begin = stop
        return (at - at[0]).astype(np.int64), self._label[at[0] : at[-1]]


def events(experiment: Experiment | EquationRun, trial: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the external input of one trial by its sources.

    A source is one neuron of one stimulus; sources are counted through the stimuli in the experiment's order, and
    within a stimulus through its positions: the order in which an engine adds the events of a step.

    Returns
    -------
    step : numpy.ndarray
        (k,) int32, the step in which each event arrives, ascending.
    source : numpy.ndarray
        (k,) int32, ascending within a step.
    """
    steps, indices, first = [np.empty(0, np.int32)], [np.empty(0, np.int32)], 0
    for stimulus in experiment.stimuli:
        if stimulus.given is not None:
            before = np.searchsorted(stimulus.given[0], experiment.steps)
            step, index = (column[:before] for column in stimulus.given)
        else:
            step, index = poisson_events(
                experiment.circuit.root_ids[stimulus.positions], rate_hz=stimulus.rate_hz, seed=experiment.seed,
                trial=trial, stimulus=stimulus.name, steps=experiment.steps, dt_ms=experiment.model.dt_ms,
                start=stimulus.start, end=stimulus.end,
            )  # fmt: skip
        steps.append(step)
        indices.append(index + np.int32(first))
        first += len(stimulus.positions)
    step, source = np.concatenate(steps), np.concatenate(indices)
    order = np.argsort(step, kind="stable")  # the parts follow the stimuli already
    return step[order], source[order]


def sources(
    experiment: Experiment,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return of each source of :func:`events` the neuron's position, the amplitude (mV), and whether it is onto g."""
    parts = experiment.stimuli
    sizes = [len(part.positions) for part in parts]
    index = np.concatenate([np.empty(0, np.int32), *(part.positions for part in parts)])
    amplitude = np.repeat(np.array([part.amplitude_mv for part in parts], np.float64), sizes)
    return index, amplitude, np.repeat(np.array([part.onto == "g" for part in parts], np.bool_), sizes)


def current_changes(
    experiment: Experiment,
) -> list[tuple[int, npt.NDArray[np.int32], npt.NDArray[np.float64]]]:
    """Return when the sum of the currents changes: the step, the neurons' positions, how far rest is moved now (mV)."""
    changes, before = [], np.zeros(len(experiment.circuit))
    for step in sorted({step for current in experiment.currents for step in current.steps}):
        now = np.zeros_like(before)
        for current in experiment.currents:
            last = int(np.searchsorted(current.steps, step, side="right")) - 1
            if last >= 0:
                now[current.positions] += current.shifts_mv[last]
        changed = np.flatnonzero(now != before).astype(np.int32)
        if len(changed):
            changes.append((step, changed, now[changed]))
        before = now
    return changes
