"""The law that Poisson input follows."""

from __future__ import annotations

import hashlib
import math

import brian2 as b2
import numpy as np
import numpy.typing as npt
import pytest

from graphkit.errors import SimulationError
from graphkit.simulation import poisson
from graphkit.simulation.poisson import PoissonStream, poisson_events

_IDS = 720575940600000000 + np.arange(4000)  # neighbours, as the ids of a connectome are not


def _events(
    root_ids: npt.NDArray[np.int64] = _IDS,
    *,
    rate_hz: float = 40,
    seed: int = 1,
    trial: int = 0,
    stimulus: str = "target",
    steps: int = 10_000,
    dt_ms: float = 0.1,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    return poisson_events(
        root_ids, rate_hz=rate_hz, seed=seed, trial=trial, stimulus=stimulus, steps=steps, dt_ms=dt_ms
    )


def _pairs(events: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]) -> set[tuple[int, int]]:
    return set(zip(events[0].tolist(), events[1].tolist(), strict=True))


def _keys(
    events: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]], lag: int = 0, apart: int = 0
) -> npt.NDArray[np.int64]:
    """Return one number for each event, the events moved by some steps and neurons."""
    index = events[1].astype(np.int64) + apart
    inside = index < len(_IDS)
    return (events[0][inside].astype(np.int64) + lag) * len(_IDS) + index[inside]


def _surprise(counts: npt.NDArray[np.int64], expected: npt.NDArray[np.float64]) -> float:
    """Return Pearson's chi-square, in standard deviations from its mean."""
    freedom = len(counts) - 1
    return float((((counts - expected) ** 2 / expected).sum() - freedom) / math.sqrt(2 * freedom))


def _binomial(n: int, p: float, upto: int) -> npt.NDArray[np.float64]:
    return np.array([math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(upto)])


@pytest.mark.parametrize(("rate_hz", "dt_ms"), [(5.0, 0.1), (40.0, 0.1), (150.0, 1.0), (5000.0, 0.1)])
def test_counts_are_binomial(rate_hz: float, dt_ms: float) -> None:
    steps, p = 200, rate_hz * dt_ms / 1000
    ids = np.arange(20_000, dtype=np.int64)
    _, index = _events(ids, rate_hz=rate_hz, steps=steps, dt_ms=dt_ms)
    expected = _binomial(steps, p, steps + 1) * len(ids)
    found = np.bincount(np.bincount(index, minlength=len(ids)), minlength=steps + 1)
    common = expected >= 5
    counts = np.append(found[common], found[~common].sum())
    assert abs(_surprise(counts, np.append(expected[common], expected[~common].sum()))) < 5


@pytest.mark.parametrize("rate_hz", [40.0, 1000.0, 8000.0])
def test_gaps_are_geometric(rate_hz: float) -> None:
    p = rate_hz * 1e-4
    longest = math.ceil(5 / p)
    step, index = _events(rate_hz=rate_hz, steps=3 * longest)
    order = np.lexsort((step, index))
    step, index = step[order], index[order]
    gaps = np.append(np.where(np.diff(index) == 0, np.diff(step), longest), longest)[step < 2 * longest]
    assert gaps.min() >= 1  # one event or none in a step
    quantiles = np.log1p(-np.arange(100) / 100) / np.log1p(-p)
    edges = np.append(np.unique(quantiles.astype(np.int64)), 10 * longest)
    mass = -np.diff((1 - p) ** edges.astype(float))
    assert abs(_surprise(np.histogram(gaps - 1, edges)[0], mass * len(gaps))) < 5


def test_the_law_is_that_of_brian2(monkeypatch: pytest.MonkeyPatch) -> None:
    n, steps, rate_hz = 4000, 300, 150.0
    monkeypatch.setitem(b2.prefs, "codegen.target", "numpy")
    b2.seed(3)
    group = b2.NeuronGroup(n, "v : 1", dt=0.1 * b2.ms)
    b2.Network(group, b2.PoissonInput(group, "v", 1, rate_hz * b2.Hz, 1)).run(steps * 0.1 * b2.ms)
    theirs = np.bincount(np.rint(np.asarray(group.v)).astype(int), minlength=20)
    ours = np.bincount(np.bincount(_events(rate_hz=rate_hz, steps=steps)[1], minlength=n), minlength=20)
    common = theirs + ours >= 20
    squares = (theirs[common] - ours[common]) ** 2 / (theirs[common] + ours[common])
    assert squares.sum() < common.sum() + 5 * math.sqrt(2 * common.sum())


@pytest.mark.parametrize("changed", ["seed", "trial", "stimulus", "root_id"])
def test_streams_are_independent(changed: str) -> None:
    steps, p = 5000, 0.015
    one = _events(rate_hz=150.0, steps=steps)
    other = {
        "seed": _events(rate_hz=150.0, steps=steps, seed=2),
        "trial": _events(rate_hz=150.0, steps=steps, trial=1),
        "stimulus": _events(rate_hz=150.0, steps=steps, stimulus="background"),
        "root_id": _events(_IDS + len(_IDS), rate_hz=150.0, steps=steps),
    }[changed]
    for lag in (-2, -1, 0, 1, 2):
        both = len(np.intersect1d(_keys(one), _keys(other, lag), assume_unique=True))
        expected = len(_IDS) * (steps - abs(lag)) * p * p
        assert abs(both - expected) < 5 * math.sqrt(expected)


def test_neighbouring_neurons_are_independent() -> None:
    steps, p = 5000, 0.015
    events = _events(rate_hz=150.0, steps=steps)
    for apart in (1, 2, 3, 64, 1000):
        for lag in (0, 1):
            both = len(np.intersect1d(_keys(events), _keys(events, lag, apart), assume_unique=True))
            expected = (len(_IDS) - apart) * (steps - lag) * p * p
            assert abs(both - expected) < 5 * math.sqrt(expected)


def test_successive_gaps_are_independent() -> None:
    step, index = _events(rate_hz=150.0, steps=20_000)
    order = np.lexsort((step, index))
    gaps, same = np.diff(step[order]).astype(float), np.diff(index[order]) == 0
    following = same[:-1] & same[1:]
    correlation = np.corrcoef(gaps[:-1][following], gaps[1:][following])[0, 1]
    assert abs(correlation) < 5 / math.sqrt(following.sum())


def test_a_neuron_gets_the_same_in_any_company() -> None:
    step, index = _events()
    chosen = np.array([3999, 5, 7, 1234])
    few_step, few_index = _events(_IDS[chosen])
    assert _pairs((few_step, chosen[few_index].astype(np.int32))) == {
        pair for pair in _pairs((step, index)) if pair[1] in chosen
    }


def test_events_are_sorted_by_step_then_neuron() -> None:
    step, index = _events(rate_hz=3000.0, steps=500)
    assert step.dtype == index.dtype == np.int32
    assert (np.diff(step.astype(np.int64) * len(_IDS) + index) > 0).all()
    assert step.max() == 499


@pytest.mark.parametrize("length", [1, 7, 100, 4999])
def test_a_stream_is_the_same_in_pieces(length: int) -> None:
    step, index = _events(rate_hz=150.0, steps=5000)
    stream = PoissonStream(_IDS, rate_hz=150.0, seed=1, trial=0, stimulus="target", dt_ms=0.1)
    steps, indices = [], []
    for begin in range(0, 5000, length):
        pointer, part = stream.until(min(begin + length, 5000))
        steps.append(np.repeat(np.arange(begin, min(begin + length, 5000)), np.diff(pointer)))
        indices.append(part)
    drawn = np.concatenate(steps), np.concatenate(indices)
    assert (drawn[0] == step).all()  # sorted by step, and then in no order
    assert _pairs(drawn) == _pairs((step, index))


def test_labels_stand_for_neurons() -> None:
    labels = np.arange(0, 8000, 2, dtype=np.int32)
    plain, labelled = (
        PoissonStream(_IDS, rate_hz=40, seed=1, trial=0, stimulus="target", dt_ms=0.1, labels=given).until(1000)[1]
        for given in (None, labels)
    )
    assert (labels[plain] == labelled).all()


def test_the_streams_are_as_defined() -> None:
    """The definition written down again, with Python's integers: SplitMix64 from a hash, geometric gaps."""
    ids = [0, 1, 2**53 + 1, 720575940623600000, -5]
    key = hashlib.blake2b(b"12345|3|target", digest_size=8).digest()
    wanted = set()
    for place, root_id in enumerate(ids):
        state = _mixed(int.from_bytes(key, "little") + root_id * 0xD1342543DE82EF95)
        step = -1
        while True:
            state += 0x9E3779B97F4A7C15
            uniform = ((_mixed(state) >> 11) + 1) / 2**53
            step += 1 + math.floor(math.log(uniform) / math.log1p(-0.004))
            if step >= 50_000:
                break
            wanted.add((step, place))
    found = _pairs(_events(np.array(ids), seed=12345, trial=3, steps=50_000))
    assert found == wanted
    assert sorted(found)[:3] == [(17, 1), (30, 4), (36, 4)]  # the same on every machine


def _mixed(z: int) -> int:
    z %= 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


def test_more_events_than_expected_find_room() -> None:
    drawn = []
    for expected in (1, 100_000):
        stream = PoissonStream(_IDS, rate_hz=150.0, seed=1, trial=0, stimulus="target", dt_ms=0.1)
        drawn.append(poisson._draw(stream._state, stream._following, stream._labels, stream._scale, 0, 500, expected))
    for few, many in zip(*drawn, strict=True):
        assert (few == many).all()


def test_one_event_in_every_step() -> None:
    step, index = _events(_IDS[:3], rate_hz=10_000.0, steps=4)
    assert step.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert index.tolist() == [0, 1, 2] * 4


@pytest.mark.parametrize("rate_hz", [0.0, 1e-9, 1e-300])
def test_next_to_no_events(rate_hz: float) -> None:
    assert len(_events(rate_hz=rate_hz)[0]) == 0


def test_no_neurons() -> None:
    assert len(_events(_IDS[:0])[0]) == 0


@pytest.mark.parametrize("rate_hz", [-1.0, 10_001.0, math.nan, math.inf])
def test_a_rate_that_cannot_be(rate_hz: float) -> None:
    with pytest.raises(SimulationError, match=r"stimulus 'target'.*rate from 0 to 10000 Hz"):
        _events(rate_hz=rate_hz)
