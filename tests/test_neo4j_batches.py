"""How what is written in many transactions is shared out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphkit.backends import neo4j_batches
from graphkit.backends.neo4j_batches import batches, side_by_side
from graphkit.backends.parts import PARTS, ROUNDS, part_of


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=60), st.integers(1, 12), st.integers(5, 40))
def test_batches_hold_every_row_once_and_keep_together_what_fits(
    pairs: list[tuple[int, int]], size: int, window: int
) -> None:
    columns = {"pre": [pre for pre, _ in pairs], "post": [post for _, post in pairs], "place": list(range(len(pairs)))}
    rows = pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neo4j_batches, "ROWS_SORTED", window)
        cut = list(batches(rows, size))

    assert all(0 < batch.num_rows <= size for batch in cut)
    found = pa.concat_tables(cut) if cut else rows
    assert sorted(found["place"].to_pylist()) == list(range(len(pairs)))
    assert found.sort_by("place").equals(rows.combine_chunks())
    for batch in cut:
        assert batch.to_pylist() == sorted(batch.to_pylist(), key=lambda row: (row["pre"], row["post"]))
    if window >= len(pairs):
        for one, other in pairwise(cut):
            last, first = one["pre"][-1].as_py(), other["pre"][0].as_py()
            # Only what is more than a batch is cut in its midst.
            assert last != first or columns["pre"].count(first) > size


def test_rounds_hold_each_pair_of_parts_once_and_none_beside_one_of_its_own() -> None:
    pairs = [frozenset(pair) for together in ROUNDS for pair in together]

    assert sorted(map(sorted, pairs)) == sorted(
        sorted({one, other}) for one in range(PARTS) for other in range(one, PARTS)
    )
    assert not any(set(one) & set(other) for one, other in ROUNDS)


def test_batches_of_connections_share_no_neuron_with_the_next() -> None:
    draw = np.random.default_rng(1)
    ids = 720575940628857210 + 3 * draw.integers(0, 2000, (2, 20_000))
    rows = pa.table({"pre_root_id": ids[0], "post_root_id": ids[1], "place": range(20_000)})

    cut = list(batches(rows, 100))

    assert sorted(place for batch in cut for place in batch["place"].to_pylist()) == list(range(20_000))
    assert all(batch.num_rows <= 100 for batch in cut)
    neurons = [{*batch["pre_root_id"].to_pylist(), *batch["post_root_id"].to_pylist()} for batch in cut]
    # Where a round ends, and where one of its two ways is longer than the other, they may.
    assert sum(not one & other for one, other in pairwise(neurons)) > 0.9 * len(cut)
    assert all(len(set(part_of(np.array([*batch])))) <= 2 for batch in neurons)


def test_texts_and_missing_values_may_come_first() -> None:
    rows = pa.table({"cell_type": ["b", None, "a", None], "sign": [1, 2, 3, 4]})

    cut = list(batches(rows, 2))

    assert sorted(row["sign"] for batch in cut for row in batch.to_pylist()) == [1, 2, 3, 4]


def test_two_work_at_once_and_results_come_in_order() -> None:
    both = threading.Barrier(2, timeout=20)
    told: list[int] = []

    def work(part: int) -> int:
        both.wait()  # passes only when another part is being worked on
        time.sleep(0.01 * (part % 2))
        return part

    side_by_side(work, range(10), told.append)

    assert told == list(range(10))


def test_parts_are_taken_as_they_are_needed() -> None:
    taken = finished = ahead = 0

    def parts() -> Iterator[int]:
        nonlocal taken, ahead
        for part in range(100):
            taken += 1
            ahead = max(ahead, taken - finished)
            yield part

    def finish(_: int) -> None:
        nonlocal finished
        finished += 1

    side_by_side(lambda part: part, parts(), finish)

    assert finished == 100
    assert ahead <= 6


@pytest.mark.parametrize("where", ["work", "then"])
def test_an_error_stops_what_was_not_begun_and_waits_for_what_was(where: str) -> None:
    running: set[int] = set()
    begun: list[int] = []

    def work(part: int) -> int:
        begun.append(part)
        running.add(part)
        time.sleep(0.02)
        if where == "work" and part == 3:
            running.discard(part)
            raise ValueError("three")
        running.discard(part)
        return part

    def then(part: int) -> None:
        if where == "then" and part == 3:
            raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        side_by_side(work, range(1000), then)

    assert not running
    assert len(begun) < 20
    assert np.isin(range(3), begun).all()
