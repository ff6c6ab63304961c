"""What a figure draws of a circuit that is too large to draw whole, with the sentence that says so."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.errors import DataError
from graphkit.plots.style import counted, known

__all__ = ["Strongest", "check_cap", "fair_shares", "most_connected", "strongest_connections", "synapses"]

Strongest = Literal["per_level_pair", "overall"]

_NAMED_PAIRS = 3  # further pairs of groups are counted together in the sentence


def check_cap(name: str, given: int, least: int = 0) -> None:
    """Refuse a cap that a figure cannot keep.

    Raises
    ------
    DataError
        If it is no whole number, or below the least.
    """
    if not isinstance(given, int | np.integer) or given < least:
        raise DataError(f"{name} is {given}; give a whole number, {least} or more")


def fair_shares(sizes: npt.NDArray[np.int64], total: int) -> npt.NDArray[np.int64]:
    """Share a total: every part gets the same, small parts whole, what they leave goes to the others.

    The max-min fair allocation (Bertsekas & Gallager, Data Networks, 1992, section 6.5.2), in whole numbers.

    Parameters
    ----------
    sizes
        (k,) what each part asks for.
    total
        What there is to give.

    Returns
    -------
    numpy.ndarray
        (k,) int64, never above sizes; sums to min(total, sum of sizes).

    Examples
    --------
    >>> import numpy as np
    >>> from graphkit.plots.caps import fair_shares
    >>> fair_shares(np.array([333, 7796, 40803, 1]), 2000).tolist()
    [333, 833, 833, 1]
    """
    shares = np.zeros(len(sizes), dtype=np.int64)
    left = total
    for rank, part in enumerate(np.argsort(sizes, kind="stable")):
        # Ascending: what rounding down leaves goes to the larger parts that follow.
        shares[part] = min(int(sizes[part]), left // (len(sizes) - rank))
        left -= int(shares[part])
    return shares


def synapses(circuit: Circuit) -> npt.NDArray[np.float64]:
    """Return (n,) the synapses of each neuron within the circuit, in and out."""
    n = len(circuit)
    count = circuit.syn_count.astype(np.float64)
    return (np.bincount(circuit.pre, count, n) + np.bincount(circuit.post, count, n)).astype(np.float64)


def most_connected(circuit: Circuit, most: int) -> tuple[npt.NDArray[np.int64], str]:
    """Return the positions of the neurons to draw, and the sentence that says which are left out.

    Targets come first, then those with most synapses within the circuit.

    Raises
    ------
    DataError
        If the cap is negative.
    """
    check_cap("max_neurons", most)
    n = len(circuit)
    if n <= most:
        return np.arange(n), ""
    kept = np.sort(np.lexsort((np.arange(n), -synapses(circuit), circuit.group > 0))[:most])
    return kept, f"{most:,} of {n:,} neurons drawn: targets, then those with most synapses; {n - most:,} left out"


def strongest_connections(
    circuit: Circuit, among: npt.NDArray[np.int64], *, most: int, min_synapses: int, strongest: Strongest
) -> tuple[npt.NDArray[np.int64], str]:
    """Return the connections to draw, weakest first, and the sentence that says which are left out.

    Parameters
    ----------
    circuit
        Neurons and connections.
    among
        Positions of the neurons that are drawn.
    most
        Most connections drawn.
    min_synapses
        Smallest connection drawn (synapses), inclusive.
    strongest
        "per_level_pair": the ordered pairs of groups share the cap fairly, each keeps its strongest. "overall": the
        strongest of all, which can leave a small group without any.

    Raises
    ------
    DataError
        If the cap is negative or the rule is not known.
    """
    known(strongest, ("per_level_pair", "overall"), "strongest")
    check_cap("max_connections", most)
    drawn = np.zeros(len(circuit), dtype=np.bool_)
    drawn[among] = True
    inside = drawn[circuit.pre] & drawn[circuit.post]
    candidates = np.flatnonzero(inside & (circuit.syn_count >= min_synapses))
    count = circuit.syn_count[candidates]
    groups = len(circuit.group_names)
    pair = circuit.group[circuit.pre[candidates]].astype(np.int64) * groups + circuit.group[circuit.post[candidates]]
    if strongest == "overall":
        pair = np.zeros_like(pair)
    order = np.lexsort((candidates, -count, pair))
    pairs, starts, sizes = np.unique(pair[order], return_index=True, return_counts=True)
    shares = fair_shares(sizes, most)
    rank_in_pair = np.arange(len(order)) - np.repeat(starts, sizes)
    kept = order[rank_in_pair < np.repeat(shares, sizes)]
    left_out = np.flatnonzero(shares < sizes)
    total = len(circuit.pre)
    sentence = f"{len(kept):,} of {counted(total, 'connection')} drawn" if total else "no connections"
    if len(left_out):
        strongest_out = count[order[starts[left_out] + shares[left_out]]]
        numbers = (sizes - shares)[left_out]
        bounds = list(zip(numbers.tolist(), strongest_out.tolist(), pairs[left_out].tolist(), strict=True))
        sentence += _left_out(bounds, circuit.group_names, strongest)
    if below := int((inside & (circuit.syn_count < min_synapses)).sum()):
        sentence += f"; {below:,} of less than {min_synapses:,} synapses left out"
    if outside := total - int(inside.sum()):
        sentence += f"; {outside:,} of neurons not drawn left out"
    return candidates[kept[np.lexsort((kept, count[kept]))]], sentence


def _left_out(bounds: list[tuple[int, int, int]], names: tuple[str, ...], strongest: Strongest) -> str:
    if strongest == "overall" or len({pair for *_, pair in bounds}) == 1 == len(names):
        return f", the strongest; {bounds[0][0]:,} of up to {bounds[0][1]:,} synapses left out"
    bounds = sorted(bounds, reverse=True)
    named = [
        f"{names[pair // len(names)]} → {names[pair % len(names)]} {number:,} (up to {bound:,} synapses)"
        for number, bound, pair in bounds[:_NAMED_PAIRS]
    ]
    if rest := bounds[_NAMED_PAIRS:]:
        named.append(f"{sum(number for number, *_ in rest):,} in {counted(len(rest), 'other pair')}")
    return f", the strongest of each pair of groups; left out: {', '.join(named)}"
