"""Connections to the graph behind the page, each used by one request at a time.

A few read; one at a time writes.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from graphkit.connectome import Connectome
from graphkit.errors import BackendError, WriteRefusedError

__all__ = ["Graphs"]

_WAIT_S = 30.0


class Graphs:
    """Connections to one graph, each used by one request at a time.

    Writing waits until nobody reads, closes what reads, and opens the graph for as long as it takes: in between, other
    processes may write, and afterwards every connection sees what was written.

    Parameters
    ----------
    open_graph
        Opens the graph; told whether to write.
    writable
        Whether the page may write at all.
    readers
        Connections that read at the same time: one hung question leaves the others.
    """

    def __init__(self, open_graph: Callable[[bool], Connectome], *, writable: bool = False, readers: int = 4) -> None:
        self._open, self.writable, self._readers = open_graph, writable, readers
        self._free: queue.LifoQueue[Connectome | None] = queue.LifoQueue()
        for _ in range(readers - 1):
            self._free.put(None)
        self._free.put(open_graph(False))  # a graph that cannot be opened is told before there is a page
        self._one_writer = threading.Lock()
        self._closed = False
        self.generation = 0
        """How often the graph was written: what was remembered of an earlier one is out of date."""

    @contextmanager
    def reading(self) -> Iterator[Connectome]:
        """Lend a connection that reads.

        Raises
        ------
        BackendError
            If every one is in use for half a minute.
        """
        connectome = self._taken()
        try:
            if connectome is None:
                connectome = self._open(False)
            yield connectome
        finally:
            self._free.put(connectome)
            if self._closed:
                self.close()

    @contextmanager
    def writing(self) -> Iterator[Connectome]:
        """Lend the connection that writes.

        Raises
        ------
        WriteRefusedError
            If the page was opened without ``--write``.
        BackendError
            If questions are still running after half a minute.
        """
        if not self.writable:
            raise WriteRefusedError("this page only reads. Start it with --write to let it change the graph.")
        with self._one_writer:
            taken: list[Connectome | None] = []
            try:
                while len(taken) < self._readers:
                    taken.append(self._taken())
                for connectome in taken:
                    if connectome is not None:
                        connectome.close()
                taken = [None] * self._readers
                with self._open(True) as writer:
                    yield writer
                self.generation += 1
            finally:
                for connectome in taken:
                    self._free.put(connectome)

    def close(self) -> None:
        """Release every connection; one that is in use, when it is given back."""
        self._closed = True
        with suppress(queue.Empty):
            while True:
                connectome = self._free.get_nowait()
                if connectome is not None:
                    connectome.close()

    def _taken(self) -> Connectome | None:
        try:
            return self._free.get(timeout=_WAIT_S)
        except queue.Empty:
            raise BackendError(
                "every connection to the graph is busy with longer questions. Wait for them, or give them less time."
            ) from None
