"""Poisson input: one reproducible stream of events for each neuron of a stimulus in a trial.

The law is that of Brian2's ``PoissonInput`` with N=1: in each step a neuron gets one event or none, with probability
``p = rate * dt``. The gaps between its events are then geometric, and are drawn directly (geometric skipping): a
uniform u in (0, 1] gives the gap ``floor(log(u) / log(1 - p))``.

A stream is SplitMix64 (Steele, Lea & Flood 2014, 10.1145/2660193.2660195), started at a hash of seed, trial,
stimulus and root_id. What a neuron receives depends on those four alone: not on the other neurons of the call, nor on
the order of work. The logarithm is computed here, by additions, multiplications and divisions of IEEE 754 doubles
only, so that every machine draws the same events, whatever its C library.
"""

from __future__ import annotations

import hashlib

import numpy as np

from graphkit.errors import SimulationError
from graphkit.simulation.compiled import Int32s, Int64s, UInt64s, compiled, inlined

__all__ = ["PoissonStream", "poisson_events"]

_BLOCK = 256  # neurons drawn for at once
_NEVER = 2**62  # a step beyond any run
_GAMMA = np.uint64(0x9E3779B97F4A7C15)  # step of SplitMix64
_ID_GAMMA = np.uint64(0xD1342543DE82EF95)  # spreads consecutive ids; any odd number with mixed bits does
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31, _S52 = (np.uint64(bits) for bits in (11, 27, 30, 31, 52))
# fdlibm's e_log.c (Sun Microsystems 1993): log(1 + f) on [sqrt(1/2), sqrt(2)], error below 1 ulp.
_ROOT_HALF = np.uint64(0x3FE6A09E << 32)
_TO_ONE = np.uint64((0x3FF00000 - 0x3FE6A09E) << 32)
_MANTISSA = np.uint64(0xFFFFFFFFFFFFF)
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_L1, _L2, _L3 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01
_L4, _L5, _L6 = 2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01
_L7 = 1.479819860510658591e-01


@inlined
def _mix(z: np.uint64) -> np.uint64:
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@inlined
def _log(x: float) -> float:
    """Natural logarithm of a normal number, by arithmetic alone."""
    bits = np.float64(x).view(np.uint64) + _TO_ONE
    power = np.float64(np.int64(bits >> _S52) - 1023)
    bits = (bits & _MANTISSA) + _ROOT_HALF
    f = np.uint64(bits).view(np.float64) - 1.0
    half = 0.5 * f * f
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = z * (_L1 + w * (_L3 + w * (_L5 + w * _L7))) + w * (_L2 + w * (_L4 + w * _L6))
    return s * (half + r) + power * _LN2_LOW - half + f + power * _LN2_HIGH


@inlined
def _gap(state: np.uint64, scale: float) -> np.int64:
    uniform = np.float64(np.int64(_mix(state) >> _S11) + 1) * 2.0**-53
    return np.int64(min(_log(uniform) * scale, 4e18))


@compiled
def _scale(p: float) -> float:
    """Return 1 / log(1 - p), exact to the last digits for a tiny p too (Kahan's log1p)."""
    q = 1.0 - p
    if q == 1.0:
        return -1.0 / p
    return (q - 1.0) / (-p * _log(q))


@compiled
def _start(root_ids: Int64s, base: np.uint64, scale: float, state: UInt64s, following: Int64s) -> None:
    """Seed each neuron's stream and draw its first event."""
    for i in range(len(root_ids)):
        state[i] = _mix(base + np.uint64(root_ids[i]) * _ID_GAMMA) + _GAMMA
        following[i] = _gap(state[i], scale)


@compiled
def _next(state: UInt64s, step: Int64s, scale: float) -> None:
    """Draw the next event of each neuron: a loop that is vectorised."""
    for q in range(len(state)):
        s = state[q] + _GAMMA
        state[q] = s
        step[q] += 1 + _gap(s, scale)


@compiled
def _fill(
    first: int,
    state: UInt64s,
    following: Int64s,
    scale: float,
    stop: int,
    step: Int32s,
    neuron: Int32s,
    count: int,
) -> tuple[int, int]:
    """Draw the events before stop of the neurons from first on; return the neuron where the room ended, and count."""
    own, s, t = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.uint64), np.empty(_BLOCK, np.int64)
    for low in range(first, len(state), _BLOCK):
        left = 0
        for i in range(low, min(low + _BLOCK, len(state))):
            own[left], s[left], t[left] = i, state[i], following[i]
            left += following[i] < stop
        while left:
            if count + left > len(step):
                return low, count
            for q in range(left):
                step[count + q], neuron[count + q] = t[q], own[q]
            count += left
            _next(s[:left], t[:left], scale)
            going_on = 0
            for q in range(left):
                i = own[q]
                state[i], following[i] = s[q], t[q]
                own[going_on], s[going_on], t[going_on] = i, s[q], t[q]
                going_on += t[q] < stop
            left = going_on
    return len(state), count


@compiled
def _draw(
    state: UInt64s,
    following: Int64s,
    labels: Int32s,
    scale: float,
    start: int,
    stop: int,
    expected: int,
) -> tuple[Int64s, Int32s]:
    """Draw the events of steps start … stop - 1; return them as pointers by step and labels of neurons."""
    step, neuron = np.empty(expected, np.int32), np.empty(expected, np.int32)
    first, count = _fill(0, state, following, scale, stop, step, neuron, 0)
    while first < len(state):
        step, neuron = np.append(step, np.empty_like(step)), np.append(neuron, np.empty_like(neuron))
        first, count = _fill(first, state, following, scale, stop, step, neuron, count)
    pointer = np.zeros(stop - start + 1, np.int64)
    for q in range(count):
        pointer[np.uint32(step[q] - start + 1)] += 1
    for t in range(stop - start):
        pointer[t + 1] += pointer[t]
    place, label = pointer.copy(), np.empty(count, np.int32)
    for q in range(count):  # a counting sort by step
        own_step = np.uint32(step[q] - start)
        label[place[own_step]] = labels[np.uint32(neuron[q])]
        place[own_step] += 1
    return pointer, label


@compiled
def _sort(pointer: Int64s, index: Int32s) -> None:
    """Sort the neurons of each step by insertion: they are in order but for neighbours of one block."""
    for t in range(len(pointer) - 1):
        for q in range(pointer[t] + 1, pointer[t + 1]):
            own, at = index[q], q
            while at > pointer[t] and index[at - 1] > own:
                index[at] = index[at - 1]
                at -= 1
            index[at] = own


class PoissonStream:
    """The Poisson input of some neurons in one trial, drawn from one step to the next.

    Parameters
    ----------
    root_ids
        (k,) the neurons.
    rate_hz
        Mean rate of the events of one neuron (Hz).
    seed, trial, stimulus
        With root_id, the key of a neuron's stream.
    dt_ms
        Length of a step (ms).
    labels
        (k,) what each neuron is called in the result; without, its position in root_ids.
    start, end
        Steps from which on, and before which, there are events; None: without end.

    Raises
    ------
    SimulationError
        If the rate is negative, not finite, or more than one event per step.

    Examples
    --------
    >>> import numpy as np
    >>> stream = PoissonStream(np.array([7, 8]), rate_hz=50, seed=1, trial=0, stimulus="target", dt_ms=0.1)
    >>> pointer, index = stream.until(1000)  # steps 0 to 999
    >>> len(pointer), bool(pointer[-1] == len(index))
    (1001, True)
    """

    def __init__(
        self,
        root_ids: Int64s,
        *,
        rate_hz: float,
        seed: int,
        trial: int,
        stimulus: str,
        dt_ms: float,
        labels: Int32s | None = None,
        start: int = 0,
        end: int | None = None,
    ) -> None:
        self._p = rate_hz * dt_ms / 1000
        if not 0 <= self._p <= 1 + 1e-12:
            raise SimulationError(
                f"stimulus {stimulus!r}: {rate_hz:g} Hz with a step of {dt_ms:g} ms is {self._p:g} events per step. "
                f"Choose a rate from 0 to {1000 / dt_ms:g} Hz, or a shorter step."
            )
        self._step, self._end = 0, _NEVER if end is None else end
        self._labels = np.arange(len(root_ids), dtype=np.int32) if labels is None else labels
        self._state = np.empty(len(root_ids), np.uint64)
        self._following = np.full(len(root_ids), _NEVER, np.int64)
        self._scale = _scale(self._p) if 0 < self._p < 1 else 0.0  # at one event per step every gap is 0
        if self._p > 0:
            key = hashlib.blake2b(f"{seed}|{trial}|{stimulus}".encode(), digest_size=8).digest()
            base = np.uint64(int.from_bytes(key, "little"))
            _start(np.ascontiguousarray(root_ids, np.int64), base, self._scale, self._state, self._following)
            self._following += start

    def until(self, stop: int) -> tuple[Int64s, Int32s]:
        """Draw the events from the step where the last call stopped (at first 0) up to stop, exclusive.

        Returns
        -------
        pointer : numpy.ndarray
            (steps + 1,) int64: the events of the k-th of these steps are index[pointer[k]:pointer[k + 1]].
        index : numpy.ndarray
            (e,) int32, labels of the neurons; each at most once in a step, in no order within it.
        """
        last = max(self._step, min(stop, self._end))
        mean = len(self._state) * (last - self._step) * min(self._p, 1.0)
        expected = int(mean + 8 * mean**0.5 + 64)
        drawn = _draw(self._state, self._following, self._labels, self._scale, self._step, last, expected)
        self._step = stop
        pointer, index = drawn
        return np.pad(pointer, (0, stop - last), "edge") if last < stop else pointer, index


def poisson_events(
    root_ids: Int64s, *, rate_hz: float, seed: int, trial: int, stimulus: str, steps: int, dt_ms: float, start: int = 0,
    end: int | None = None,
) -> tuple[Int32s, Int32s]:  # fmt: skip
    """Draw all events of one trial.

    Parameters
    ----------
    root_ids
        (k,) the neurons.
    rate_hz
        Mean rate of the events of one neuron (Hz).
    seed, trial, stimulus
        With root_id, the key of a neuron's stream.
    steps
        Steps of the trial.
    dt_ms
        Length of a step (ms).
    start, end
        Steps from which on, and before which, there are events; None: to the end.

    Returns
    -------
    step : numpy.ndarray
        (e,) int32, the step of each event, ascending.
    index : numpy.ndarray
        (e,) int32, its neuron's position in root_ids, ascending within each step.

    Raises
    ------
    SimulationError
        If the rate is negative, not finite, or more than one event per step.

    Examples
    --------
    >>> import numpy as np
    >>> step, index = poisson_events(
    ...     np.array([7, 8]), rate_hz=50, seed=1, trial=0, stimulus="target", steps=10_000, dt_ms=0.1)
    >>> 60 < len(step) < 140
    True
    """
    stream = PoissonStream(
        root_ids, rate_hz=rate_hz, seed=seed, trial=trial, stimulus=stimulus, dt_ms=dt_ms, start=start, end=end
    )
    pointer, index = stream.until(steps)
    _sort(pointer, index)
    return np.repeat(np.arange(steps, dtype=np.int32), np.diff(pointer)), index
