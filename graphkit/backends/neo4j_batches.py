"""Writing a table in many transactions, two of them at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, zip_longest
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphkit.backends.parts import ROUNDS, part_of

__all__ = ["batches", "side_by_side"]

#: Sessions that write at once. The server works on one statement with one processor; with two sessions it is 1.5 to
#: 1.8 times faster on a machine of two.
SESSIONS = 2
#: Rows that are sorted together: what the client holds of a table that is mapped from a file.
ROWS_SORTED = 1_000_000
#: The first columns of a table of connections.
ENDS = ("pre_root_id", "post_root_id")

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")


def batches(rows: pa.Table, size: int) -> Iterator[pa.Table]:
    """Cut a table into batches of rows that belong together.

    Rows are put in the order of their first two columns, a million at a time: a presynaptic neuron is then looked up
    once per batch, and its postsynaptic ones are near each other in the store. Where these two are the ends of
    connections, one batch and the next share no neuron, so that two sessions can write them at once.

    Parameters
    ----------
    rows
        The table; none of its first two columns holds lists.
    size
        Rows of a batch at most.

    Yields
    ------
    pyarrow.Table
        All rows, each once.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from graphkit.backends.neo4j_batches import batches
    >>> rows = pa.table({"pre": [2, 1, 3, 2], "post": [5, 6, 7, 4]})
    >>> [batch.to_pydict() for batch in batches(rows, 3)]
    [{'pre': [1, 2, 2], 'post': [6, 4, 5]}, {'pre': [3], 'post': [7]}]
    """
    for start in range(0, rows.num_rows, ROWS_SORTED):
        window = rows.slice(start, ROWS_SORTED)
        window = window.sort_by([(name, "ascending") for name in window.column_names[:2]]).combine_chunks()
        if tuple(window.column_names[:2]) != ENDS or window.num_rows <= size:
            yield from _cut(window, size)
            continue
        pre, post = (part_of(window.column(name).to_numpy()) for name in ENDS)
        for together in ROUNDS:
            between = (((pre == one) & (post == other)) | ((pre == other) & (post == one)) for one, other in together)
            turns = zip_longest(*(_cut(window.filter(pa.array(chosen)), size) for chosen in between))
            yield from (batch for batch in chain.from_iterable(turns) if batch is not None)


def _cut(rows: pa.Table, size: int) -> Iterator[pa.Table]:
    first = rows.column(0)
    changes = pc.not_equal(first.slice(1), first.slice(0, max(0, rows.num_rows - 1))).fill_null(True)
    ends = np.append(np.flatnonzero(changes.to_numpy()) + 1, rows.num_rows)
    begin = 0
    while begin < rows.num_rows:
        # The last end that fits; in the midst of what belongs together where that alone is more than a batch.
        fitting = ends[: np.searchsorted(ends, begin + size, side="right")]
        end = int(fitting[-1]) if len(fitting) and fitting[-1] > begin else begin + size
        yield rows.slice(begin, end - begin)
        begin = end


def side_by_side(
    work: Callable[[_Part], _Result], parts: Iterable[_Part], then: Callable[[_Result], object] | None = None
) -> None:
    """Do the work on each part, two parts at a time.

    When it returns, or raises, no part is being worked on any more.

    Parameters
    ----------
    work
        Called in threads of their own.
    parts
        Taken as they are needed: few of them are in memory.
    then
        Called in this thread with each result, in the order of the parts.

    Examples
    --------
    >>> from graphkit.backends.neo4j_batches import side_by_side
    >>> side_by_side(lambda part: part * 2, range(3), print)
    0
    2
    4
    """
    waiting: deque[Future[_Result]] = deque()

    def finish_first() -> None:
        result = waiting.popleft().result()
        if then is not None:
            then(result)

    with ThreadPoolExecutor(SESSIONS) as sessions:
        try:
            for part in parts:
                waiting.append(sessions.submit(work, part))
                if len(waiting) > 2 * SESSIONS:
                    finish_first()
            while waiting:
                finish_first()
        finally:
            for one in waiting:
                one.cancel()
