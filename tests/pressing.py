"""Ctrl-C pressed while a statement runs."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

__all__ = ["stopped_by_ctrl_c"]


@contextmanager
def stopped_by_ctrl_c() -> Iterator[None]:
    """Press Ctrl-C after a second, and check that it ends the context, which would take a minute of itself."""
    main = threading.main_thread().ident
    assert main is not None
    pressed = threading.Timer(1.0, lambda: signal.pthread_kill(main, signal.SIGINT))
    began = time.monotonic()
    pressed.start()
    with pytest.raises(KeyboardInterrupt):
        yield
    assert time.monotonic() - began < 30  # it would be 60
