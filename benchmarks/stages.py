"""What each stage of a benchmark takes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_STATUS, _CLEAR = (Path("/proc/self", name) for name in ("status", "clear_refs"))


@dataclass(frozen=True)
class Stage:
    """What one stage took: seconds on the clock, seconds of all processors, the most memory in use (MB).

    ``kernel_seconds`` are those of processor_seconds that the kernel took: for files, and to hand out memory.
    """

    name: str
    seconds: float
    processor_seconds: float
    kernel_seconds: float
    peak_mb: float

    @property
    def own_seconds(self) -> float:
        """Seconds of all processors without the kernel's, which are counted in hundredths."""
        return max(0.0, self.processor_seconds - self.kernel_seconds)


class Stages:
    """Stages of a benchmark in their order, each with its own peak of memory (Linux; elsewhere NaN)."""

    def __init__(self) -> None:
        self.done: list[Stage] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what the context does."""
        _forget_peak()
        started, used, kernel = time.perf_counter(), time.process_time(), os.times().system
        yield
        seconds, used, kernel = time.perf_counter() - started, time.process_time() - used, os.times().system - kernel
        self.done.append(Stage(name, seconds, used, kernel, _peak_mb()))

    def __getitem__(self, name: str) -> Stage:
        return next(stage for stage in self.done if stage.name == name)

    def total(self) -> Stage:
        """Return all stages in sum, with the highest of their peaks."""
        return Stage(
            "in all",
            sum(stage.seconds for stage in self.done),
            sum(stage.processor_seconds for stage in self.done),
            sum(stage.kernel_seconds for stage in self.done),
            max((stage.peak_mb for stage in self.done), default=float("nan")),
        )


def _forget_peak() -> None:
    if sys.platform == "linux":
        _CLEAR.write_text("5")


def _peak_mb() -> float:
    if sys.platform != "linux":
        return float("nan")
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6
