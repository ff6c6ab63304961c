"""What a process leaves beside a graph file that is killed while it commits, made whole before the file is opened.

The engine (0.20.4) logs a transaction, and with a checkpoint writes pages to a shadow file, the checkpoint's record to
the log, the pages to the graph file; then it removes the shadow file and the log. Two gaps are closed here:

* Rows of a COPY are not in the log: they come with the checkpoint that follows the commit. A process killed between the
  two leaves a log without them, and opening the graph replays it: tables are empty, values are written to rows that are
  not there, at times the opening process ends. Hence a mark lies beside the file from before the commit until after the
  checkpoint, and a log under a mark is put away unless it ends with the checkpoint's record. What the file holds then
  is the state before the transaction.
* A log that ends with that record, beside a shadow file that is empty or gone, has been carried out; the engine refuses
  to open it. It is put away.
"""

from __future__ import annotations

import os
import signal
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

__all__ = ["committing", "make_whole", "seems_half_committed"]

# A record is its size (8 bytes), its content and a checksum (8 bytes); that of a checkpoint holds its type alone.
_CHECKPOINT = struct.pack("<QB", 1, 254)
_CHECKSUM_BYTES = 8


def _mark(graph: Path) -> Path:
    return graph.with_name(graph.name + ".commit")


@contextmanager
def committing(graph: Path) -> Iterator[None]:
    """Mark a graph file in the context, in which commit and checkpoint are made; the log is empty before."""
    with _ctrl_c_waits():
        descriptor = os.open(_mark(graph), os.O_WRONLY | os.O_CREAT, 0o666)
        os.fsync(descriptor)
        os.close(descriptor)
        yield
        _mark(graph).unlink(missing_ok=True)


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Hold Ctrl-C back until the context is left: it comes to the main thread, and only that can hold it."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    came: list[FrameType | None] = []
    signal.signal(signal.SIGINT, lambda _, frame: came.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            handler(signal.SIGINT, came[0])


def seems_half_committed(graph: Path) -> bool:
    """Return whether a process was killed in a commit here, or is making one just now."""
    return _mark(graph).exists() or _carried_out(graph)


def make_whole(graph: Path) -> bool:
    """Put a log away that must not be replayed; return whether a transaction was undone by that.

    Only for who has the right to write.
    """
    logs = _logs(graph)
    done = _carried_out(graph)
    undone = _mark(graph).exists() and bool(logs) and not any(map(_ends_with_checkpoint, logs))
    if done or undone:
        for left in (*logs, _shadow(graph)):
            left.unlink(missing_ok=True)
    _mark(graph).unlink(missing_ok=True)
    return undone


def _carried_out(graph: Path) -> bool:
    return not _size(_shadow(graph)) and any(map(_ends_with_checkpoint, _logs(graph)))


def _shadow(graph: Path) -> Path:
    return graph.with_name(graph.name + ".shadow")


def _logs(graph: Path) -> list[Path]:
    beside = [graph.with_name(graph.name + suffix) for suffix in (".wal", ".wal.checkpoint")]
    return [log for log in beside if _size(log)]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _ends_with_checkpoint(log: Path) -> bool:
    try:
        content = log.read_bytes()
    except FileNotFoundError:  # a process that lives has put it away meanwhile
        return False
    return content[:-_CHECKSUM_BYTES].endswith(_CHECKPOINT)
