"""Which neurons of a generated connectome connect.

Neurons lie along one axis through the neuropils; each receives at one place on it and sends to another. A connection
is made between an axon's place and a dendrite near by: the distance is Laplace distributed and grows with the partners
that the presynaptic neuron seeks, and one connection in ten goes anywhere. Neighbours so share partners, paths are
short, and degrees follow the heavy-tailed numbers sought.
"""

from __future__ import annotations

import numpy as np

from graphkit.progress import Progress
from graphkit.synthetic.anatomy import SUPER_CLASSES
from graphkit.synthetic.population import Flags, Ints, Population

__all__ = ["draw_pairs"]

#: Share of the pairs whose reverse is a pair too: 0.138 at 5 synapses (Lin et al. 2024, 10.1038/s41586-024-07968-y).
_RECIPROCITY = 0.138
#: Share of connections that go anywhere: our choice. Afferent axons end in one glomerulus or column, so none of theirs.
_ANYWHERE = 0.1
#: Mean distance per partner sought, in neurons passed (weighted by the inputs they seek): our choice.
_REACH, _AFFERENT_REACH = 4.0, 0.5
#: The longest mean distance as a share of the axis, or a small connectome would have no neighbourhoods: our choice.
_LONGEST_REACH = 1 / 16
#: Rounds in which pairs drawn twice are drawn again by the same law; what is missing then is drawn uniformly.
_ROUNDS = 10
#: Pairs drawn at a time, and pairs looked at to see how many are reciprocal by neighbourhood alone.
_BLOCK, _SAMPLE = 1 << 20, 50_000


def draw_pairs(population: Population, edges: int, rng: np.random.Generator, progress: Progress | None = None) -> Ints:
    """Draw ordered pairs of different neurons, so that every target neuron sends if there are pairs enough.

    Parameters
    ----------
    population
        The neurons.
    edges
        How many pairs, exactly.
    rng
        Source of every draw.
    progress
        Called with the pairs drawn and all pairs.

    Returns
    -------
    pairs
        Shape (edges,), ascending: presynaptic index x number of neurons + postsynaptic index.
    """
    axis = _Axis(population, edges, rng)

    def filled(pairs: Ints, count: int) -> Ints:
        for _ in range(_ROUNDS):
            if len(pairs) < count:
                pairs = _merge(pairs, axis.pairs(count - len(pairs)))
                if progress:
                    progress(len(pairs), edges, "pairs drawn")
        return pairs

    pairs = np.sort(axis.partners(np.flatnonzero(population.is_target)[:edges]))
    pairs = filled(pairs, max(len(pairs), round(edges * (1 - _RECIPROCITY / 2))))
    pairs = _merge(pairs, axis.answers(pairs, edges)[: edges - len(pairs)])
    pairs = filled(pairs, edges)
    while len(pairs) < edges:
        pairs = _merge(pairs, axis.free(pairs, edges - len(pairs)))
    return pairs


def _merge(pairs: Ints, more: Ints) -> Ints:
    """Return the union of two sets of pairs, the first ascending."""
    more = np.sort(more)
    more = more[np.diff(more, prepend=-1) > 0]
    more = more[~_holds(pairs, more)]
    return np.insert(pairs, np.searchsorted(pairs, more), more)


def _holds(pairs: Ints, asked: Ints) -> Flags:
    """Return which of the asked pairs are among the ascending ones."""
    at = np.searchsorted(pairs, asked)
    found: Flags = np.append(pairs, -1)[at] == asked
    return found


class _Axis:
    """The connected neurons along the axis, with the law by which they find partners."""

    def __init__(self, population: Population, edges: int, rng: np.random.Generator) -> None:
        connected = np.flatnonzero(population.connected)
        dendrites = (population.receives + population.column)[connected]
        along = np.argsort(dendrites, kind="stable")
        inputs = population.seeks_inputs[connected][along]
        self._rng = rng
        self._neurons = len(population.root_id)
        self._connected = connected
        self._order = connected[along]
        self._ends = np.cumsum(inputs / inputs.mean())
        outputs = np.cumsum(population.seeks_outputs)
        self._outputs = outputs / outputs[-1]
        self._site = np.interp(population.sends + population.column, dendrites[along], self._ends)
        afferent = np.array([kind.flow == "afferent" for kind in SUPER_CLASSES])[population.super_class]
        mean = edges / len(connected)
        sought = edges * population.seeks_outputs / outputs[-1]
        reach = np.where(afferent, _AFFERENT_REACH * mean, _REACH * np.maximum(mean, sought))
        self._reach = np.minimum(reach, _LONGEST_REACH * len(connected))
        self._roams = np.where(afferent, 0.0, _ANYWHERE)

    def pairs(self, count: int) -> Ints:
        """Draw pairs, from each neuron in proportion to the outputs it seeks; some may be equal."""
        ends = np.floor(self._outputs * count + self._rng.random())
        pre = np.repeat(np.arange(self._neurons), np.diff(ends.astype(np.int64), prepend=0))
        drawn = np.empty(len(pre), np.int64)
        for start in range(0, len(pre), _BLOCK):
            drawn[start : start + _BLOCK] = self.partners(pre[start : start + _BLOCK])
        return drawn

    def partners(self, pre: Ints) -> Ints:
        """Draw one pair for each of these presynaptic neurons."""
        length = self._ends[-1]
        site = self._site[pre] + self._reach[pre] * self._rng.laplace(size=len(pre))
        # What passes an end of the axis turns back.
        site = length - np.abs(length - np.abs(site) % (2 * length))
        site = np.where(self._rng.random(len(pre)) < self._roams[pre], length * self._rng.random(len(pre)), site)
        at = np.minimum(np.searchsorted(self._ends, site, side="right"), len(self._order) - 1)
        post = self._order[at]
        # Nobody connects to itself: the neighbour on the axis takes the place.
        post = np.where(post == pre, self._order[at - 1], post)
        return self._pairs(pre, post)

    def answers(self, pairs: Ints, edges: int) -> Ints:
        """Draw reverses of some of the pairs, as many as make the reciprocity right, in random order."""
        sample = self._rng.choice(pairs, min(_SAMPLE, len(pairs)), replace=False)
        answered = float(_holds(pairs, self._reverse(sample)).mean())
        # With B pairs of which the share a is answered, m answers to the others make 2 m + a B reciprocal pairs; of
        # the edges - B - m drawn after them the share a meets its reverse, and makes two. Solved for m:
        wanted = (_RECIPROCITY * edges - answered * (2 * edges - len(pairs))) / 2 / max(1 - answered, 1e-9)
        chosen = pairs[self._rng.random(len(pairs)) < wanted / max(1.0, (1 - answered) * len(pairs))]
        return self._rng.permutation(self._reverse(chosen))

    def free(self, pairs: Ints, count: int) -> Ints:
        """Draw pairs of connected neurons uniformly; all that are still free when most are taken."""
        connected = self._connected
        possible = len(connected) * (len(connected) - 1)
        if 4 * len(pairs) < possible:
            pre, post = self._rng.choice(connected, (2, count))
            drawn = self._pairs(pre, post)
            return np.asarray(drawn[pre != post])
        every = self._pairs(connected[:, None], connected)[~np.eye(len(connected), dtype=np.bool_)]
        return np.asarray(self._rng.choice(np.setdiff1d(every, pairs, assume_unique=True), count, replace=False))

    def _reverse(self, pairs: Ints) -> Ints:
        pre, post = np.divmod(pairs, self._neurons)
        return self._pairs(post, pre)

    def _pairs(self, pre: Ints, post: Ints) -> Ints:
        return np.asarray(pre * self._neurons + post)
