"""Names of processes, by which the end of one is recognised."""

from __future__ import annotations

import os
import platform

import psutil

__all__ = ["has_ended", "this_process"]


def this_process() -> str:
    """Return host, id and start time of this process: ids are used again, start times are not.

    Examples
    --------
    >>> from graphkit.processes import has_ended, this_process
    >>> has_ended(this_process())
    False
    """
    return f"{platform.node()}/{os.getpid()}/{psutil.Process().create_time():.2f}"


def has_ended(process: str) -> bool:
    """Say whether a process of this host is gone; of another host nothing can be seen from here.

    Examples
    --------
    >>> from graphkit.processes import has_ended
    >>> has_ended("elsewhere/1/1764140000.00")
    False
    """
    host, pid, created = process.split("/")
    if host != platform.node():
        return False
    try:
        return bool(abs(psutil.Process(int(pid)).create_time() - float(created)) >= 1)
    except psutil.NoSuchProcess:
        return True
