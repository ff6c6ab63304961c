"""Load files that are broken in a thousand ways: ``python -m tests.soak.inputs --files 1200``.

Each is a valid file (published ones too, where GRAPHKIT_TEST_DATA names their folder) mutated at random. It has to be
refused by one DataError that names the file, and the line where a row is at fault, and leaves the graph as it was; or
to be loaded as the strict reader reads it. The table counts both per class of mutation, and the files whose header
passed. The exit code is 1 if one was treated otherwise, or the process took more than 1 GB of memory.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from unittest import mock

from graphkit.connectome import Connectome, connect
from graphkit.errors import DataError
from graphkit.ingestion import checked_tables
from graphkit.schema import CONNECTION_FILE_COLUMNS, NEURON_FILE_COLUMNS
from graphkit.tables import read_root_ids, textfiles
from loaders.flywire import FlyWire
from tests.mutations import Malformed, bombs, malformed, published, written
from tests.strict_reader import RefusedError, Rows, read_strictly

MEMORY_MB = 1000
STORED = (
    "MATCH (a:Neuron)-[s:SYNAPSES]->(b:Neuron) "
    "RETURN a.root_id AS pre, b.root_id AS post, s.neuropil AS neuropil, s.syn_count AS syn_count, s.nt_type AS nt_type"
)


@dataclass(frozen=True)
class Found:
    """How one file was treated: whether its header passed, whether it was loaded, and what was wrong with that."""

    case: Malformed
    header_passed: bool
    loaded: bool
    fault: str = ""


def main() -> int:
    """Run the trial and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=1200)
    parser.add_argument("--bomb-mb", type=int, default=1200, help="size of a decompressed bomb")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.monotonic()
    folder = os.environ.get("GRAPHKIT_TEST_DATA")
    sources = written() | (published(Path(folder)) if folder else {})
    found: list[Found] = []
    cases = malformed(given.seed, sources)
    while len(found) < given.files:  # An engine in memory keeps the room of what was removed: a new one now and then.
        found += try_files(islice(cases, min(110, given.files - len(found))))
    found += try_files(bombs(given.bomb_mb << 20), compare=False)
    for one in found:
        if one.fault:
            print(f"{one.case.mutation} of {one.case.source}: {one.fault}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    _summarise(found)
    print(
        f"{len(found):,} files in {time.monotonic() - started:.0f} s, {memory} MB of memory at most, seed {given.seed}"
    )
    return 1 if any(one.fault for one in found) or memory > MEMORY_MB else 0


def try_files(cases: Iterable[Malformed], *, compare: bool = True) -> list[Found]:
    """Load each file beside what an earlier one left in a graph; without ``compare`` it is only read."""
    with tempfile.TemporaryDirectory(prefix="graphkit-inputs-") as folder, connect(":memory:") as connectome:
        return [_try(case, number, Path(folder), connectome, compare) for number, case in enumerate(cases)]


def _try(case: Malformed, number: int, folder: Path, connectome: Connectome, compare: bool) -> Found:
    path = folder / f"{case.kind}.csv"
    path.write_bytes(case.data)
    # Small blocks for every other file, so that what is wrong meets a block's end too.
    with mock.patch.object(textfiles, "BLOCK_BYTES", textfiles.BLOCK_BYTES if number % 2 or not compare else 1000):
        passed = False
        try:
            loader = None if case.kind == "target_neurons" else FlyWire(path)
            passed = loader is not None
            rows = _listed(path) if loader is None else _loaded(loader, case.kind, compare)
        except DataError as error:
            fault = _fault_of_refusal(error, path, case, passed, connectome, compare)
            return Found(case, passed or bool(error.rows), False, fault)
        except Exception:  # what this trial is there to find
            return Found(case, passed, False, traceback.format_exc(limit=-2))
        fault = _fault_of_load(rows, path, case, number, connectome) if compare else ""
        return Found(case, True, True, fault)


def _listed(path: Path) -> Rows:
    return [(int(i),) for i in read_root_ids(path)]


def _loaded(loader: FlyWire, kind: str, compare: bool) -> Rows:
    with checked_tables(loader, None) as checked:
        if not compare:
            return []
        table = checked.connections if kind == "connections" else checked.neurons
        columns = CONNECTION_FILE_COLUMNS if kind == "connections" else NEURON_FILE_COLUMNS
        return list(zip(*(table[column.name].to_pylist() for column in columns), strict=True))


def _fault_of_refusal(
    error: DataError, path: Path, case: Malformed, passed: bool, connectome: Connectome, compare: bool
) -> str:
    if path.name not in str(error):
        return f"does not name the file: {error}"
    if not compare:
        return ""
    try:
        read_strictly(case.data, case.kind)
    except RefusedError as reason:
        line = re.search(r"line ([\d,]+)", str(error))
        if reason.line is not None and (line is None or int(line[1].replace(",", "")) != reason.line):
            return f"line {reason.line} is at fault: {str(error)[:300]}"
    else:
        return f"is refused without reason: {str(error)[:300]}"
    if passed:
        before = _state(connectome)
        try:
            connectome.load(FlyWire(path), replace=True)
        except DataError as again:
            if str(again) != str(error):
                return f"is refused twice, otherwise: {again}"
        if _state(connectome) != before:
            return "has changed the graph although it was refused"
    return ""


def _fault_of_load(rows: Rows, path: Path, case: Malformed, number: int, connectome: Connectome) -> str:
    try:
        expected = read_strictly(case.data, case.kind)
    except RefusedError as reason:
        return f"is loaded although line {reason.line} is at fault"
    if rows != expected:
        first = next((pair for pair in zip(rows, expected, strict=False) if pair[0] != pair[1]), "")
        return f"is loaded otherwise: {len(rows)} rows for {len(expected)}: {first}"
    if case.kind == "connections" and number % 3 == 0:
        connectome.load(FlyWire(path), replace=True)
        if Counter(_asked(connectome, STORED)) != Counter(expected):
            return "is stored otherwise"
    return ""


def _state(connectome: Connectome) -> Counter[tuple[object, ...]]:
    return Counter(_asked(connectome, STORED)) if connectome.graph.has_schema() else Counter()


def _asked(connectome: Connectome, statement: str) -> Rows:
    return [tuple(row.values()) for row in connectome.graph.backend.execute(statement, {}).to_pylist()]


def _summarise(found: list[Found]) -> None:
    print("\n| class of mutation | files | header passed | loaded, as the strict reader reads | refused | wrong |")
    print("|---|---|---|---|---|---|")
    for name in [*dict.fromkeys(one.case.mutation for one in found), "all"]:
        its = [one for one in found if name in (one.case.mutation, "all")]
        wrong = sum(bool(one.fault) for one in its)
        loaded = sum(one.loaded and not one.fault for one in its)
        passed = sum(one.header_passed for one in its)
        print(f"| {name} | {len(its)} | {passed} | {loaded} | {len(its) - loaded - wrong} | {wrong} |")


if __name__ == "__main__":
    sys.exit(main())
