"""Importing Brian2 when a run first needs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from graphkit.errors import SimulationError

__all__ = ["importing_brian2"]


@contextmanager
def importing_brian2() -> Iterator[None]:
    """Import brian2 in this context, and not with graphkit: it takes seconds, and changes hooks of the process.

    Raises
    ------
    SimulationError
        If it cannot be imported in this thread.

    Examples
    --------
    >>> with importing_brian2():
    ...     from graphkit.simulation.brian2 import DEVICES
    >>> DEVICES
    ('numpy', 'cython', 'cpp_standalone')
    """
    hook = sys.excepthook
    try:
        yield
    except ValueError as error:  # it sets a signal handler
        raise SimulationError(
            f"brian2 is first imported in a thread, and cannot be: {error}. Import it before."
        ) from error
    sys.excepthook = hook  # brian2 would call every error of this process one of its own
