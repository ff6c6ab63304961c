"""The neurons of a generated connectome: what they are, what they release, where they connect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graphkit.schema import TRANSMITTERS
from graphkit.synthetic.anatomy import NAMES, RETINOTOPIC, SUPER_CLASSES, UNDECIDED, SuperClass, place

__all__ = ["SIDES", "Flags", "Floats", "Ints", "Population", "draw_population", "sensory_neurons"]

SIDES = ("left", "right", "center", "")
_LEFT, _RIGHT, _CENTER, _NO_SIDE = range(4)

#: FlyWire's ids all start with these digits; v783's offsets start near the second number.
_ID_BASE, _ID_OFFSET = 720_575_940_000_000_000, 596_000_000
#: Ids rise in steps of 1 to this, so that 139,255 of them span as much as v783's (56 million).
_LARGEST_ID_STEP = 800

#: Shares of neurons with side 'center' and with none (v783 classification).
_CENTER_SHARE, _NO_SIDE_SHARE = 0.0012, 0.0002
#: Share of neurons that send to the other side of the brain: our choice.
_CROSSING_SHARE = 0.12
#: Of the connected neurons without nt_type, those with six zero scores (v783: 4,832 of 14,584).
_SCORELESS_SHARE = 0.33
#: Hemilineages that v783's classification names.
_HEMILINEAGES = 200
#: How far scores lean to one transmitter; with noise over all six the best has v783's 0.73 (SD 0.15).
_LEANING, _LEANING_SD = 0.67, 0.17
#: The same where the scores decide nothing: their best has 0.41 (SD 0.06) in v783.
_UNDECIDED_LEANING = 0.8

#: Standard deviation of the natural logarithm of the partners a neuron seeks. Those found have 1.25 (out) and
#: 1.24 (in) over the 2,835 neurons of v630's olfactory circuit; sampling adds to ours.
_DEGREE_LOG_SD = 1.1
#: Correlation of the logarithms of inputs and outputs sought; degrees of v783 correlate with 0.76 (Dorkenwald et al.
#: 2024, 10.1038/s41586-024-07558-y, Fig. 3g), and sampling lowers ours.
_DEGREE_CORRELATION = 0.85
#: Partners of a GABA or glutamate neuron to those of another: in that circuit 1.8 (out) and 2.2 (in). Without it some
#: seeds give networks that fire without end.
_INHIBITORY_FACTOR = 2.0
#: Share of that variance between cell types, and inputs of afferent and outputs of efferent neurons: our choices.
_TYPE_SHARE, _FEW = 0.5, 0.15
#: Neurons of a type outside the retinotopic neuropils lie this close together (share of a neuropil): our choice.
_TYPE_WIDTH = 0.02

_ACH = TRANSMITTERS.index("ACH")
_INHIBITORY = (TRANSMITTERS.index("GABA"), TRANSMITTERS.index("GLUT"))
_OLFACTORY = "AL"
_SENSORY = next(code for code, kind in enumerate(SUPER_CLASSES) if kind.name == "sensory")
_PLACE_OF = np.array([[place(name, "L"), place(name, "R")] for name in NAMES])
_TILED = np.array([name in RETINOTOPIC for name in NAMES])

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Population:
    """Neurons in the order of their ids: arrays of shape (n,), with -1 where a code is missing.

    Parameters
    ----------
    root_id
        Unique, ascending, above 2**53.
    super_class, region
        Index in SUPER_CLASSES, and in the regions of that super class.
    side
        Index in SIDES.
    cell_type
        Number of the cell type within the super class; the target neurons' is 0 among the sensory ones.
    hemilineage
        Number of the hemilineage.
    transmitter
        Index in TRANSMITTERS of what the neuron releases, whether or not its scores say so.
    scores
        Shape (n, 6) in the order of TRANSMITTERS, hundredths; all zero where there is no score.
    receives, sends
        Index in PLACES of the neuropil of most inputs, and of most outputs.
    column
        Place within both neuropils (0 to 1).
    seeks_inputs, seeks_outputs
        Partners sought, up to a common factor; 0 for a neuron without connections.
    has_nerve
        Marks the neurons that run in the nerve of their super class.
    is_target
        Marks the target neurons.
    """

    root_id: Ints
    super_class: Ints
    region: Ints
    side: Ints
    cell_type: Ints
    hemilineage: Ints
    transmitter: Ints
    scores: Ints
    receives: Ints
    sends: Ints
    column: Floats
    seeks_inputs: Floats
    seeks_outputs: Floats
    has_nerve: Flags
    is_target: Flags

    @property
    def connected(self) -> Flags:
        """Marks the neurons that may have connections."""
        return np.asarray(self.seeks_outputs > 0)


def sensory_neurons(neurons: int) -> int:
    """Return how many of the neurons are sensory, the target neurons among them."""
    return _block_sizes(neurons)[_SENSORY]


def draw_population(neurons: int, targets: int, edges: int, rng: np.random.Generator) -> Population:
    """Draw the neurons of a connectome.

    Parameters
    ----------
    neurons, targets
        How many neurons in all, and how many target neurons.
    edges
        Pairs to come: where they would not fit otherwise, every neuron is connected.
    rng
        Source of every draw.
    """
    blocks = []
    for code, count in enumerate(_block_sizes(neurons)):
        block = _draw_block(SUPER_CLASSES[code], count, targets if code == _SENSORY else 0, rng)
        blocks.append({"super_class": np.full(count, code), **block})
    order = rng.permutation(neurons)
    columns = {name: np.concatenate([block[name] for block in blocks])[order] for name in blocks[0]}
    unconnected = columns.pop("unconnected")
    fitting = neurons - int(unconnected.sum())
    if edges > fitting * (fitting - 1):
        unconnected[:] = False
    for name in ("seeks_inputs", "seeks_outputs", "scores"):
        columns[name][unconnected] = 0
    steps = rng.integers(1, _LARGEST_ID_STEP + 1, neurons)
    return Population(root_id=_ID_BASE + _ID_OFFSET + np.cumsum(steps), **columns)


def _block_sizes(neurons: int) -> list[int]:
    """Return the size of each of SUPER_CLASSES: largest remainders, with one sensory neuron at least."""
    exact = np.array([kind.share for kind in SUPER_CLASSES])
    exact *= neurons / exact.sum()
    counts = np.floor(exact).astype(np.int64)
    counts[np.argsort(counts - exact, kind="stable")[: neurons - counts.sum()]] += 1
    if not counts[_SENSORY]:
        counts[np.argmax(counts)] -= 1
        counts[_SENSORY] = 1
    return [int(count) for count in counts]


def _draw_block(kind: SuperClass, count: int, targets: int, rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
    """Draw one super class, cell type after cell type; the target neurons are the right side of the first."""
    sizes = _type_sizes(kind, count, targets, rng)
    types, of = len(sizes), np.repeat(np.arange(len(sizes)), sizes)
    is_target = np.arange(count) < targets
    region = _apportion(sizes, [region.share for region in kind.regions], rng.permutation(types))
    if targets:
        region[0] = next(code for code, region in enumerate(kind.regions) if region.receives == _OLFACTORY)
    receives, sends = _neuropils(kind, types, region, rng)
    # Types that send to the same place follow each other, so that excitation meets its inhibition everywhere.
    released = _apportion(sizes, kind.transmitters, np.lexsort((rng.permutation(types), sends)))
    typed = _apportion(sizes, (1 - kind.untyped, kind.untyped), rng.permutation(types)) == 0
    from_lineage = _apportion(sizes, (kind.hemilineage, 1 - kind.hemilineage), rng.permutation(types)) == 0
    if targets:
        released[0], typed[0] = _ACH, True

    hand = (np.arange(count) - (np.cumsum(sizes) - sizes)[of] + rng.integers(0, 2, types)[of]) % 2
    hand = np.where(of == 0, is_target, hand) if targets else hand
    chance = rng.random(count)
    side = np.select(
        [is_target, chance < _CENTER_SHARE, chance < _CENTER_SHARE + _NO_SIDE_SHARE], [_RIGHT, _CENTER, _NO_SIDE], hand
    )
    tiled = _TILED[receives][of]
    crosses = (rng.random(count) < _CROSSING_SHARE) & (kind.flow != "afferent") & ~tiled
    near = rng.random(types)[of] + _TYPE_WIDTH * rng.random(count)

    unconnected = np.zeros(count, np.bool_)
    silent = min(round(kind.unconnected * count), count - targets)
    unconnected[rng.choice(np.arange(targets, count), silent, replace=False)] = True
    undecided = rng.random(count) < (kind.unlabelled - kind.unconnected) / (1 - kind.unconnected)
    undecided &= ~is_target
    transmitter = np.where(undecided, rng.choice(len(UNDECIDED), count, p=UNDECIDED), released[of])
    seeks_inputs, seeks_outputs = _degrees(kind, of, np.isin(transmitter, _INHIBITORY), rng)
    return {
        "region": region[of],
        "side": side,
        "cell_type": np.where(typed, np.arange(types), -1)[of],
        "hemilineage": np.where(from_lineage, rng.integers(0, _HEMILINEAGES, types), -1)[of],
        "transmitter": transmitter,
        "scores": _scores(transmitter, undecided, rng),
        "receives": _PLACE_OF[receives[of], hand],
        "sends": _PLACE_OF[sends[of], np.where(crosses, 1 - hand, hand)],
        "column": np.where(tiled, rng.random(count), near % 1),
        "seeks_inputs": seeks_inputs,
        # Target neurons differ little, so that each of them surely has partners.
        "seeks_outputs": np.where(is_target, 1.0, seeks_outputs),
        "has_nerve": rng.random(count) < kind.nerve[1],
        "is_target": is_target,
        "unconnected": unconnected,
    }


def _type_sizes(kind: SuperClass, count: int, targets: int, rng: np.random.Generator) -> Ints:
    """Return the neurons of each cell type: both sides of the target type, then even numbers, the last cut to fit."""
    first = min(count, 2 * targets)
    rest = count - first
    drawn = 2 * np.ceil(rng.lognormal(kind.type_log_mean, kind.type_log_sd, rest // 2 + 1) / 2).astype(np.int64)
    # A type may not be most of a small connectome's super class.
    ends = np.minimum(np.cumsum(np.clip(drawn, 2, max(2, rest // 20))), rest)
    sizes = np.concatenate([[first], np.diff(ends, prepend=0)])
    return np.asarray(sizes[sizes > 0])


def _apportion(sizes: Ints, shares: Sequence[float], order: Ints) -> Ints:
    """Give each type, in this order, the code that lags most behind its share of the neurons so far."""
    codes = np.zeros(len(sizes), np.int64)
    wanted = np.array(shares) / np.sum(shares)
    lag = np.zeros(len(wanted))
    for at in order:
        lag += wanted * sizes[at]
        codes[at] = np.argmax(lag)
        lag[codes[at]] -= sizes[at]
    return codes


def _neuropils(kind: SuperClass, types: int, region: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return the index in NAMES where each type receives, and where it sends."""
    anywhere = np.flatnonzero(~_TILED)
    ends = []
    for named in ([region.receives for region in kind.regions], [region.sends for region in kind.regions]):
        codes = np.array([-1 if name is None else NAMES.index(name) for name in named])[region]
        ends.append(np.where(codes < 0, rng.choice(anywhere, types), codes))
    return ends[0], ends[1]


def _degrees(kind: SuperClass, of: Ints, inhibitory: Flags, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return inputs and outputs sought: lognormal, alike within a type, correlated with each other."""
    types = int(of.max(initial=-1)) + 1
    shared, inputs, outputs = (
        np.sqrt(_TYPE_SHARE) * rng.standard_normal(types)[of] + np.sqrt(1 - _TYPE_SHARE) * rng.standard_normal(len(of))
        for _ in range(3)
    )
    both, own = np.sqrt(_DEGREE_CORRELATION), np.sqrt(1 - _DEGREE_CORRELATION)
    factor = np.where(inhibitory, _INHIBITORY_FACTOR, 1.0)
    seeks_inputs = factor * np.exp(_DEGREE_LOG_SD * (both * shared + own * inputs))
    seeks_outputs = factor * np.exp(_DEGREE_LOG_SD * (both * shared + own * outputs))
    seeks_inputs *= _FEW if kind.flow == "afferent" else 1.0
    seeks_outputs *= _FEW if kind.flow == "efferent" else 1.0
    return seeks_inputs, seeks_outputs


def _scores(transmitter: Ints, undecided: Flags, rng: np.random.Generator) -> Ints:
    """Return six scores in hundredths that lean to the transmitter, or between it and another, or are all zero."""
    count, classes = len(transmitter), len(TRANSMITTERS)
    noise = rng.exponential(size=(count, classes))
    noise /= noise.sum(axis=1, keepdims=True)
    leaning = np.where(undecided, _UNDECIDED_LEANING, np.clip(rng.normal(_LEANING, _LEANING_SD, count), 0.4, 1.0))
    other = (transmitter + rng.integers(1, classes, count)) % classes
    scores = (1 - leaning)[:, None] * noise
    scores[np.arange(count), transmitter] += np.where(undecided, 0.51, 1.0) * leaning
    scores[np.arange(count), other] += np.where(undecided, 0.49, 0.0) * leaning
    scores[undecided & (rng.random(count) < _SCORELESS_SHARE)] = 0
    return np.rint(100 * scores).astype(np.int64)
