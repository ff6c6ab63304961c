"""What Brian2 says of a model, in our words beside its own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import brian2
from brian2.core.base import BrianObjectException
from brian2.equations.equations import EquationError
from brian2.utils.logger import catch_logs

from graphkit.errors import GraphkitError, SimulationError

__all__ = ["in_our_words"]

_OF_BRIAN2 = (BrianObjectException, EquationError, brian2.DimensionMismatchError, SyntaxError, LookupError, TypeError,
              ValueError, NotImplementedError, AttributeError, ArithmeticError)  # fmt: skip


@contextmanager
def in_our_words(model: str) -> Iterator[None]:
    """Turn what Brian2 raises about a model into a SimulationError, and what it warns of into a warning."""
    with catch_logs() as logged:
        try:
            yield
        except _OF_BRIAN2 as error:
            if isinstance(error, GraphkitError):
                raise
            causes: list[BaseException] = [error]
            while (cause := causes[-1].__cause__) is not None:
                causes.append(cause)
            units = any(isinstance(one, brian2.DimensionMismatchError) for one in causes)
            ours = "its units do not agree" if units else "Brian2 does not take it"
            said = " ".join(dict.fromkeys(text for one in reversed(causes) if (text := _words(one))))
            raise SimulationError(f"model {model!r}: {ours}. Brian2 says: {said or type(error).__name__}") from error
    for level, name, message in logged:
        if level in ("WARNING", "ERROR") and not _of_no_concern(name, message):
            warnings.warn(f"model {model!r}: Brian2 says: {message}", UserWarning, stacklevel=3)


def _of_no_concern(name: str, message: str) -> bool:
    """Say whether a warning is of objects of a run that was given up, or that random draws depend on their order."""
    random = "rand(" in message or "randn(" in message
    return name.endswith("unused_brian_object") or ("may not be well-defined" in message and random)


def _words(error: BaseException) -> str:
    if isinstance(error, BrianObjectException):  # it tells where in our code the object was made: of no use
        return ""
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return " ".join(text.split())[:600]
