"""How long work tells how far it is: it calls what it was given."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress"]


class Progress(Protocol):
    """What long work calls as it goes.

    Parameters
    ----------
    done
        Units finished so far.
    total
        Units in all, or None where it is not known.
    unit
        What is counted: rows, neurons, steps, trials.

    Examples
    --------
    >>> from graphkit import simulate
    >>> def show(done, total, unit):
    ...     print(f"{done} of {total} {unit}")
    """

    def __call__(self, done: int, total: int | None, unit: str) -> None:
        """Tell how far the work is."""
