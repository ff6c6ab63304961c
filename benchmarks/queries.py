"""Seconds that each named query takes on a whole fly with one run written back, on the embedded engine.

Run ``python benchmarks/queries.py FOLDER`` on a folder that ``graphkit generate`` wrote, or without FOLDER to generate
a whole fly (``--short``: a tenth of one); ``--graph FILE`` asks a graph that is there, on which every step was done.

Parameters without a default are the target neurons (30), the functional nuclei (36) and the run. A query is asked
twice and the shorter time taken, so reading the file from disk does not count; typing and fetching the answer does.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from machine import describe
from time_to_answer import answer, draw_fly

from graphkit import Connectome, connect
from graphkit.answers import typed
from graphkit.errors import BackendError

#: The goal: every query answers within this, or its header says that it is long.
GOAL_S = 2.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--graph", type=Path)
    parser.add_argument("--short", action="store_true", help="a tenth of a fly")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds after which a query is stopped")
    given = parser.parse_args()
    print(describe("ladybug", "pyarrow"))
    with ExitStack() as stack:
        graph = given.graph
        if graph is None:
            scratch = Path(stack.enter_context(TemporaryDirectory()))
            graph = scratch / "fly.graph"
            answer(given.folder or draw_fly(scratch / "fly", "codex", 0.1 if given.short else 1.0), graph, trials=1)
        with connect(graph, read_only=True) as connectome:
            times = sorted(time_queries(connectome, given.timeout), key=lambda row: -row[1])
    print(f"\n{'query':40}{'seconds':>9}{'processors':>12}{'rows':>12}")
    for name, seconds, used, rows in times:
        print(f"{name:40}{seconds:9.2f}{used:12.2f}{rows:>12}{'  over the goal' if seconds > GOAL_S else ''}")
    within = sum(seconds <= GOAL_S for _, seconds, _, _ in times)
    print(f"\n{within} of {len(times)} queries within {GOAL_S:g} s")


def time_queries(connectome: Connectome, timeout_s: float) -> list[tuple[str, float, float, str]]:
    """Return each query's name, its seconds, those of all processors, and its rows or why it has none."""
    graph = connectome.graph
    targets = connectome.neurons(is_target=True)["root_id"].tolist()
    nuclei = connectome.neurons(functional_nucleus=True)["root_id"].tolist()
    run = connectome.runs()["run_id"].iloc[0]
    values = {
        "root_ids": targets, "pre_root_ids": targets, "post_root_ids": nuclei, "pre_root_id": targets[0],
        "post_root_id": nuclei[0], "run_id": run, "run_a": run, "run_b": run, "size": 10_000,
        **connectome.steps()["mark"].parameters,
    }  # fmt: skip
    times = []
    for name, query in graph.queries.items():
        if not query.columns:
            continue
        bound = query.bind(**{p.name: values[p.name] for p in query.parameters.values() if p.required})
        took = []
        try:
            for _ in range(2):
                started, busy = time.perf_counter(), time.process_time()
                rows = typed(graph.backend.read(query.text, bound, timeout_s=timeout_s), query).num_rows
                took.append((time.perf_counter() - started, time.process_time() - busy))
            times.append((name, *min(took), f"{rows:,}"))
        except BackendError:
            times.append((name, time.perf_counter() - started, time.process_time() - busy, "stopped"))
    return times


if __name__ == "__main__":
    main()
