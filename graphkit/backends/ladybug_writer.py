"""Who writes to a graph file: one process at a time, which the next one is told of.

The engine locks the file, too, but with a lock of POSIX: it ends when the same process opens and closes the file a
second time, it does not keep out that process itself, and it names nobody.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where the engine's own lock is mandatory
    fcntl = None  # type: ignore[assignment]  # mypy knows a module only

__all__ = ["Writer", "WriterBusyError", "lock"]


class WriterBusyError(Exception):
    """Another opening of the graph writes to it; the message says whose."""


class Writer:
    """The right to write to a graph file, held until :meth:`release` or the end of the process.

    Raises
    ------
    WriterBusyError
        If it is held elsewhere.
    OSError
        If the folder does not allow it.
    """

    def __init__(self, graph: Path) -> None:
        self._path = graph.with_name(graph.name + ".writer")
        while True:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                if fcntl is not None:
                    fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                owner = self._owner()
                os.close(self._file)
                raise WriterBusyError(owner) from None
            if self._is_there():
                break
            os.close(self._file)  # the one before took the file away between the two calls
        os.truncate(self._file, 0)
        here = {"pid": os.getpid(), "host": platform.node(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.write(self._file, json.dumps(here).encode())

    def release(self) -> None:
        """Give the right back."""
        if self._is_there():
            self._path.unlink()
        os.close(self._file)

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            return False

    def _owner(self) -> str:
        try:
            told = json.loads(os.pread(self._file, 1000, 0))
            this = " (this one)" if told["pid"] == os.getpid() else ""
            return f"process {told['pid']}{this} on {told['host']} since {told['since']}"
        except (ValueError, KeyError):
            return "another process"


@contextmanager
def lock(descriptor: int, *, alone: bool) -> Iterator[None]:
    """Hold an open file's lock in the context: with others who only share it, or alone. Waits for it."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
    try:
        yield
    finally:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
