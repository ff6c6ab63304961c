"""Which connections two sessions may write at once.

A server that makes or deletes a connection locks both its neurons until the commit, and the commit is most of the
work: two sessions that meet at one neuron do it one after the other. So neurons are dealt into four parts, and the
sessions write between one pair of parts each, which have no part in common. After five rounds all pairs had their turn.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["PARTS", "ROUNDS", "part_of"]

#: With fewer, connections between different parts could not be written by two sessions.
PARTS = 4
#: Every pair of parts once, those together that two sessions may write at once.
ROUNDS = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)), ((0, 0), (1, 1)), ((2, 2), (3, 3)))


def part_of(root_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return the part that each id is dealt into, about as many into each, however ids were given out.

    Parameters
    ----------
    root_ids
        Any ids, shape (n,).

    Returns
    -------
    numpy.ndarray
        0 to 3, shape (n,); by multiplicative hashing, Knuth, The Art of Computer Programming 3, section 6.4.

    Examples
    --------
    >>> import numpy as np
    >>> from graphkit.backends.parts import part_of
    >>> np.bincount(part_of(720575940628857210 + 8 * np.arange(1000)))
    array([246, 250, 253, 251])
    """
    return ((root_ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(62)).astype(np.intp)
