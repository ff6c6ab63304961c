"""The machine that a benchmark ran on, as it is printed beside its figures."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

_CPUINFO = Path("/proc/cpuinfo")


def describe(*packages: str) -> str:
    """Return the machine, what else it is doing, and the versions of Python, graphkit and these packages."""
    memory = psutil.virtual_memory().total / 1e9
    named = ", ".join(f"{name} {version(name)}" for name in ("graphkit", *packages))
    return (
        f"{os.cpu_count()} processors ({processor()}), {memory:.0f} GB, load {os.getloadavg()[0]:.1f}; "
        f"{platform.platform()}, Python {platform.python_version()}, {named}"
    )


def processor() -> str:
    """Return the processor's name as far as the system tells it."""
    if _CPUINFO.exists():
        for line in _CPUINFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
