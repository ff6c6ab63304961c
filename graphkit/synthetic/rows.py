"""The rows of a generated connections.csv: each pair's synapses, split by neuropil, with their transmitters.

One law serves all profiles: a pair has ceil(exp(mu + sigma z)) synapses with z normal, and a file with a threshold
holds the pairs that reach it. Facts of v783 give both parameters: 15,091,983 pairs have 54,492,922 synapses, and
2,701,601 of them have five or more (Lin et al. 2024, 10.1038/s41586-024-07968-y, for the latter). Then these should
have 34.0 million synapses; the published file has 34,153,566.
"""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa

from graphkit.schema import TRANSMITTERS
from graphkit.synthetic.anatomy import NEUROPILS, PLACES, UNDECIDED
from graphkit.synthetic.population import Floats, Ints, Population
from graphkit.synthetic.tables import coded

__all__ = ["RowLaw"]

_LOG_MEAN, _LOG_SD = 0.0358, 1.4692
#: The largest pair that can come out (synapses): one in 150 million would be larger.
_MOST_SYNAPSES = 4000

#: Share of pairs in several neuropils, for 1, 2 to 4, and 5 or more synapses. The last is v783's; it and the rows per
#: pair, 3,869,878 / 2,701,601 and 16,847,997 / 15,091,983, leave the second.
_SEVERAL = (0.0, 0.104, 0.31)
#: Chance of one row more beyond two, from the same ratios, and v783's most rows of one pair.
_ONE_MORE, _MOST_ROWS = 0.285, 16
#: Shapes of the gamma variables whose ratio splits a pair, for its first row and the others: fitted so that 35 % of
#: the rows of v783's thresholded file have fewer than 5 synapses.
_FIRST_SHAPE, _OTHER_SHAPE = 1.0, 0.5
#: Share of pairs with a row outside all neuropils: our choice.
_UNASSIGNED = 0.01
#: A row's transmitter differs from the neuron's with this times (1 - best score), at most one half: fitted so that 15 %
#: of the pairs with several rows disagree, as in v783. The other transmitter is that of an undecided neuron.
_CONFUSION, _MOST_CONFUSION = 0.215, 0.5

#: Rows of one pair lie in neuropils around the postsynaptic neuron's: 0, +1, -1, +2, -2 … along the axis.
_ZIGZAG = np.array([(rank + 1) // 2 * (-1) ** (rank + 1) for rank in range(_MOST_ROWS)])


class RowLaw:
    """The law by which pairs of one population become rows.

    Parameters
    ----------
    population
        The neurons.
    min_pair_synapses
        Pairs below this count are not in the file (synapses, inclusive).
    rng
        Source of every draw.
    """

    def __init__(self, population: Population, min_pair_synapses: int, rng: np.random.Generator) -> None:
        self._population = population
        self._rng = rng
        self._least = min_pair_synapses
        self._at_most = _synapse_law(min_pair_synapses)
        best = population.scores.max(axis=1) / 100
        self._confusion = np.minimum(_CONFUSION * (1 - best), _MOST_CONFUSION)

    def rows(self, pairs: Ints) -> pa.Table:
        """Return the rows of some pairs.

        Parameters
        ----------
        pairs
            Shape (m,): presynaptic index x number of neurons + postsynaptic index.

        Returns
        -------
        rows
            pre_root_id and post_root_id (int64), neuropil and nt_type (dictionaries of strings), syn_count (int64,
            synapses): the rows of a pair beside each other, each in another neuropil.
        """
        neurons, rng = self._population, self._rng
        pre, post = np.divmod(pairs, len(neurons.root_id))
        synapses = self._least + np.searchsorted(self._at_most, rng.random(len(pairs)), side="right")
        count = self._row_counts(synapses)
        of = np.repeat(np.arange(len(pairs)), count)
        rank = np.arange(len(of)) - (np.cumsum(count) - count)[of]
        neuropil = (neurons.receives[post][of] + _ZIGZAG[rank]) % len(PLACES)
        outside = (rng.random(len(pairs)) < _UNASSIGNED)[of] & (rank == count[of] - 1)
        pre, post = pre[of], post[of]
        return pa.table({
            "pre_root_id": neurons.root_id[pre],
            "post_root_id": neurons.root_id[post],
            "neuropil": coded(np.where(outside, len(PLACES), neuropil), NEUROPILS),
            "syn_count": self._split(synapses, count, rank),
            "nt_type": coded(self._transmitters(pre), TRANSMITTERS),
        })  # fmt: skip

    def _row_counts(self, synapses: Ints) -> Ints:
        """Return how many rows each pair has: never more than synapses."""
        share = np.array(_SEVERAL)[np.digitize(synapses, [2, 5])]
        several = self._rng.random(len(synapses)) < share
        more = self._rng.geometric(1 - _ONE_MORE, len(synapses))
        return np.where(several, np.minimum(1 + more, np.minimum(synapses, _MOST_ROWS)), 1)

    def _split(self, synapses: Ints, count: Ints, rank: Ints) -> Ints:
        """Split each pair's synapses among its rows: one for each, the rest by ratios of gamma variables."""
        shape = np.where(rank == 0, _FIRST_SHAPE, _OTHER_SHAPE)
        ends = np.cumsum(self._rng.standard_gamma(shape))
        last = np.cumsum(count) - 1
        before = np.concatenate([[0.0], ends[last[:-1]]])
        share = (ends - np.repeat(before, count)) / np.repeat(ends[last] - before, count)
        upto = np.floor(share * np.repeat(synapses - count, count) + 0.5).astype(np.int64)
        return 1 + np.where(rank == 0, upto, np.diff(upto, prepend=0))

    def _transmitters(self, pre: Ints) -> Ints:
        """Return each row's transmitter: the presynaptic neuron's, or another by mistake."""
        own = self._population.transmitter[pre]
        other = self._rng.choice(len(UNDECIDED), len(pre), p=UNDECIDED)
        mistaken = self._rng.random(len(pre)) < self._confusion[pre]
        return np.where(mistaken, np.where(other == own, (own + 1) % 3, other), own)


def _synapse_law(least: int) -> Floats:
    """Return the cumulative probabilities of ``least``, ``least`` + 1, … synapses, given at least so many."""
    counts = np.arange(1, _MOST_SYNAPSES + 1)
    below = np.array([math.erf((math.log(count) - _LOG_MEAN) / (_LOG_SD * math.sqrt(2))) for count in counts])
    at_most = (1 + below) / 2
    at_most = at_most[least - 1 :] - (at_most[least - 2] if least > 1 else 0.0)
    return np.asarray(at_most / at_most[-1])
