"""How the cost of every stage grows with the rows of connections.

Run ``python benchmarks/scaling.py --figure docs/_static/scaling.png`` from a checkout (``--short``: up to a million
rows). Generated connectomes of one form: the whole fly without a threshold (16.8 million rows), and as many rows as
some of its neurons, drawn at random, have among themselves. ``--whole FOLDER`` takes the whole one from disk. Each size
runs in a process of its own.

What is called growth is the slope between two sizes on logarithmic axes: 1 is in proportion to the rows. Rows x log
rows has 1.06 to 1.1. Stages below 50 ms are left out of it: there the fixed part counts.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from machine import describe
from matplotlib.figure import Figure
from stages import Stage
from time_to_answer import answer, draw_fly

ROWS_OF_A_FLY = 16_852_727
SIZES = (10_000, 100_000, 1_000_000, 4_000_000, ROWS_OF_A_FLY)
Measured = list[tuple[int, list[Stage]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="up to a million rows")
    parser.add_argument("--figure", type=Path, help="PNG file")
    parser.add_argument("--whole", type=Path, help="folder of the whole fly without a threshold")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)  # what each process of its own does
    given = parser.parse_args()
    if given.one:
        with TemporaryDirectory() as scratch:
            stages, counts = answer(given.one, Path(scratch, "fly.graph"))
        print(json.dumps([counts["rows"], [asdict(stage) for stage in (*stages.done, stages.total())]]))
        return
    print(describe("ladybug", "pyarrow", "numpy", "numba"), "\n", sep="")
    measured: Measured = []
    with TemporaryDirectory() as scratch:
        for rows in SIZES[: 3 if given.short else None]:
            there = given.whole if rows == ROWS_OF_A_FLY else None
            measured.append(measure(there or draw_fly(Path(scratch, str(rows)), "unthresholded", rows / ROWS_OF_A_FLY)))
    print_table(measured)
    if given.figure:
        draw(measured).savefig(given.figure, dpi=150, bbox_inches="tight")


def measure(folder: Path) -> tuple[int, list[Stage]]:
    """Run the whole line in a process of its own; return the rows, and what each stage took."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", str(folder)], check=True, stdout=subprocess.PIPE, text=True
    )
    rows, stages = json.loads(done.stdout.splitlines()[-1])
    return rows, [Stage(**stage) for stage in stages]


def print_table(measured: Measured) -> None:
    """Print seconds on the clock and of all processors, and the peak of memory, for each stage and size."""
    names = [stage.name for stage in measured[0][1]]
    print("seconds (of all processors); last column: largest growth from one size to the next\n")
    print(f"{'rows':12}" + "".join(f"{rows:>18,}" for rows, _ in measured) + f"{'growth':>9}")
    for place, name in enumerate(names):
        line = [stages[place] for _, stages in measured]
        cells = "".join(f"{stage.seconds:9.2f}{f'({stage.processor_seconds:.2f})':>9}" for stage in line)
        print(f"{name:12}{cells}{growth([rows for rows, _ in measured], line):9.2f}")
    print(f"{'peak MB':12}" + "".join(f"{stages[-1].peak_mb:18,.0f}" for _, stages in measured))


def growth(rows: list[int], line: list[Stage]) -> float:
    """Return the largest slope of processor seconds over rows on logarithmic axes."""
    ends = list(zip(rows, (stage.processor_seconds for stage in line), strict=True))
    slopes = [
        math.log(after / before) / math.log(more / fewer)
        for (fewer, before), (more, after) in pairwise(ends)
        if before >= 0.05
    ]
    return max(slopes, default=float("nan"))


def draw(measured: Measured) -> Figure:
    """Draw seconds and memory over rows; a dotted line grows in proportion to the rows."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    rows = [rows for rows, _ in measured]
    for place, stage in enumerate(measured[0][1]):
        total = stage.name == "in all"
        seconds = [stages[place].processor_seconds for _, stages in measured]
        left.plot(rows, seconds, marker="o", label=stage.name, color="black" if total else None, lw=2 if total else 1)
    first = measured[0][1][-1].processor_seconds
    left.plot(rows, [first * count / rows[0] for count in rows], ":", color="grey", label="in proportion")
    left.set(xscale="log", yscale="log", xlabel="rows of connections", ylabel="seconds of all processors")
    left.legend(fontsize=7, ncols=2)
    right.plot(rows, [stages[-1].peak_mb / 1000 for _, stages in measured], marker="o", color="black")
    right.set(xscale="log", xlabel="rows of connections", ylabel="peak memory (GB)", ylim=(0, None))
    for axes in (left, right):
        axes.grid(alpha=0.3)
    return figure


if __name__ == "__main__":
    main()
