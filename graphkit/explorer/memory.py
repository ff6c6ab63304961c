"""What was computed is kept for the next request; two requests that want the same compute it once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

__all__ = ["Memory"]

_Value = TypeVar("_Value")


class Memory(Generic[_Value]):
    """The latest answers, by key.

    Parameters
    ----------
    most
        How many are kept.

    Examples
    --------
    >>> from graphkit.explorer.memory import Memory
    >>> memory = Memory(most=2)
    >>> memory.get("a", lambda: 1), memory.get("a", lambda: 2)
    (1, 1)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, Future[_Value]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], _Value]) -> _Value:
        """Return what is known under the key, or compute it; a failure is told to all who wait and then forgotten."""
        with self._lock:
            future = self._known.get(key)
            mine = future is None
            if future is None:
                future = self._known[key] = Future()
            self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        if mine:
            try:
                future.set_result(compute())
            except BaseException as error:
                future.set_exception(error)
                with self._lock:
                    if self._known.get(key) is future:
                        del self._known[key]
        return future.result()

    def peek(self, key: Hashable) -> _Value | None:
        """Return what is known under the key already, without waiting; None where nothing is."""
        with self._lock:
            future = self._known.get(key)
        return future.result() if future is not None and future.done() and not future.exception() else None
