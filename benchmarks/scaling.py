"""How the cost of every stage grows with the rows of connections.

Run ``python benchmarks/scaling.py --figure docs/_static/scaling.png`` from a checkout (``--short``: up to a million
rows). Generated connectomes of one form: the whole fly without a threshold (16.8 million rows), and as many rows as
some of its neurons, drawn at random, have among themselves. ``--whole FOLDER`` takes the whole one from disk. Each size
runs in a process of its own, ``--repeat`` times in turns with the others; of each stage the run counts that took the
least of the processors, because what else a machine does can only add to it.

What is called growth is the slope between two sizes on logarithmic axes: 1 is in proportion to the rows. Rows x log
rows has 1.06 to 1.1. Stages below 50 ms are left out of it: there the fixed part counts.

The kernel's part stands apart, because memory has its price: most of that part is for pages that are touched for the
first time, and on a virtual machine a page can cost the more, the more of them there are. What a page costs here is
measured beside each size, by a process that does nothing but touch as many as the stages had at their peak.
"""

from __future__ import annotations

import argparse
import json
import math
import mmap
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from machine import describe
from matplotlib.figure import Figure
from stages import Stage, Stages
from time_to_answer import answer, draw_fly

ROWS_OF_A_FLY = 16_852_727
SIZES = (10_000, 100_000, 1_000_000, 4_000_000, ROWS_OF_A_FLY)


@dataclass(frozen=True)
class Size:
    """What was measured for one size: its stages, at last with their sum, and microseconds of a page touched."""

    rows: int
    stages: list[Stage]
    page: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="up to a million rows")
    parser.add_argument("--figure", type=Path, help="PNG file")
    parser.add_argument("--whole", type=Path, help="folder of the whole fly without a threshold")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each size (default: 3)")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)  # what each process of its own does
    parser.add_argument("--touch", type=float, help=argparse.SUPPRESS)  # what the process beside it does
    given = parser.parse_args()
    if given.touch:
        print(microseconds_of_a_page(given.touch))
        return
    if given.one:
        with TemporaryDirectory() as scratch:
            stages, counts = answer(given.one, Path(scratch, "fly.graph"))
        print(json.dumps([counts["rows"], [asdict(stage) for stage in stages.done]]))
        return
    print(describe("ladybug", "pyarrow", "numpy", "numba"), "\n", sep="")
    with TemporaryDirectory() as scratch:
        folders = []
        for rows in SIZES[: 3 if given.short else None]:
            there = given.whole if rows == ROWS_OF_A_FLY else None
            folders.append(there or draw_fly(Path(scratch, str(rows)), "unthresholded", rows / ROWS_OF_A_FLY))
        turns = [[measure(folder) for folder in folders] for _ in range(given.repeat)]
    measured = [least(runs) for runs in zip(*turns, strict=True)]
    print_table(measured)
    if given.figure:
        draw(measured).savefig(given.figure, dpi=150, bbox_inches="tight")


def measure(folder: Path) -> Size:
    """Run the whole line in a process of its own, then touch as much memory as it had in another."""
    rows, stages = json.loads(_alone("--one", str(folder)))
    line = [Stage(**stage) for stage in stages]
    return Size(rows, line, float(_alone("--touch", str(max(stage.peak_mb for stage in line)))))


def least(runs: Sequence[Size]) -> Size:
    """Return one size with each stage from the run that took the least of the processors for it, and their sum."""
    stages = Stages()
    for same in zip(*(run.stages for run in runs), strict=True):
        stages.done.append(min(same, key=lambda stage: stage.processor_seconds))
    return Size(runs[0].rows, [*stages.done, stages.total()], min(run.page for run in runs))


def _alone(*arguments: str) -> str:
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]


def microseconds_of_a_page(megabytes: float) -> float:
    """Touch so much new memory, page by page; return the kernel's microseconds for one."""
    pages = int(megabytes * 1e6) // mmap.PAGESIZE
    with mmap.mmap(-1, pages * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_NOHUGEPAGE)
        bytes_of_memory = np.frombuffer(memory, np.uint8)
        kernel = os.times().system
        bytes_of_memory[:: mmap.PAGESIZE] = 1
        kernel = os.times().system - kernel
        del bytes_of_memory
    return kernel / pages * 1e6


def print_table(measured: list[Size]) -> None:
    """Print seconds on the clock and of all processors, and the peak of memory, for each stage and size."""
    print("seconds (of all processors: own + kernel); last columns: largest growth from one size to the next\n")
    print(f"{'rows':10}" + "".join(f"{size.rows:>23,}" for size in measured) + f"{'own':>7}{'all':>6}")
    for place, name in enumerate(stage.name for stage in measured[0].stages):
        line = [size.stages[place] for size in measured]
        cells = "".join(
            f"{stage.seconds:9.2f}{f'({stage.own_seconds:.2f} + {stage.kernel_seconds:.2f})':>14}" for stage in line
        )
        own = growth(measured, [stage.own_seconds for stage in line])
        print(f"{name:10}{cells}{own:7.2f}{growth(measured, [stage.processor_seconds for stage in line]):6.2f}")
    peaks = [size.stages[-1].peak_mb for size in measured]
    print(f"{'peak MB':10}" + "".join(f"{peak:23,.0f}" for peak in peaks) + f"{growth(measured, peaks):7.2f}")
    print(f"{'page, µs':10}" + "".join(f"{size.page:23.2f}" for size in measured))


def growth(measured: list[Size], costs: list[float]) -> float:
    """Return the largest slope of costs over rows on logarithmic axes."""
    slopes = [
        math.log(after / before) / math.log(more.rows / fewer.rows)
        for (fewer, before), (more, after) in pairwise(zip(measured, costs, strict=True))
        if before >= 0.05
    ]
    return max(slopes, default=float("nan"))


def draw(measured: list[Size]) -> Figure:
    """Draw seconds and memory over rows; a dotted line grows in proportion to the rows."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    rows = [size.rows for size in measured]
    for place, stage in enumerate(measured[0].stages):
        total = stage.name == "in all"
        seconds = [size.stages[place].processor_seconds for size in measured]
        left.plot(rows, seconds, marker="o", label=stage.name, color="black" if total else None, lw=2 if total else 1)
    first = measured[0].stages[-1].processor_seconds
    left.plot(rows, [first * count / rows[0] for count in rows], ":", color="grey", label="in proportion")
    left.set(xscale="log", yscale="log", xlabel="rows of connections", ylabel="seconds of all processors")
    left.legend(fontsize=7, ncols=2)
    right.plot(rows, [size.stages[-1].peak_mb / 1000 for size in measured], marker="o", color="black")
    right.set(xscale="log", yscale="log", xlabel="rows of connections", ylabel="peak memory (GB)", ylim=(0.1, 10))
    for axes in (left, right):
        axes.grid(alpha=0.3)
    return figure


if __name__ == "__main__":
    main()
