"""Single values as a caller gives them, checked: numbers in a unit, names out of a list."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from typing import Literal, Protocol

from graphkit.errors import SimulationError

__all__ = ["Quantity", "Unit", "one_of", "plain"]

Unit = Literal["ms", "Hz", "mV"]

# Exponents of metre, kilogram, second, ampere; then how many of the unit are one SI unit.
_UNITS: dict[Unit, tuple[tuple[int, int, int, int], float]] = {
    "ms": ((0, 0, 1, 0), 1e3),
    "Hz": ((0, 0, -1, 0), 1.0),
    "mV": ((2, 1, -3, -1), 1e3),
}
_BASE = ("m", "kg", "s", "A", "K", "mol", "cd")


class _Dimension(Protocol):
    def get_dimension(self, d: str, /) -> float: ...


class Quantity(Protocol):
    """A number with a physical dimension, such as Brian2's ``100*ms``; recognised without importing brian2."""

    @property
    def dim(self) -> _Dimension:
        """The dimension."""

    def __float__(self) -> float: ...


def plain(value: float | Quantity, unit: Unit, name: str) -> float:
    """Return a value as a finite float in a unit.

    Parameters
    ----------
    value
        A number that is in the unit already, or a Brian2 quantity of its dimension.
    unit
        The unit wanted.
    name
        Names the parameter in errors.

    Raises
    ------
    SimulationError
        If it is not one finite number, or a quantity of another dimension.

    Examples
    --------
    >>> plain(100, "ms", "duration_ms")
    100.0
    """
    exponents, factor = _UNITS[unit]
    dimension = getattr(value, "dim", None)
    try:
        if isinstance(value, str):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise SimulationError(f"{name} is {value!r}: give one number in {unit}") from None
    if dimension is not None:
        if any(dimension.get_dimension(base) != k for base, k in zip(_BASE, (*exponents, 0, 0, 0), strict=True)):
            raise SimulationError(f"{name} is {value}: not a quantity in {unit}")
        # 12 digits: 1.8*ms is held as 0.0018 s, and 0.0018 * 1000 is not 1.8 in every last digit
        number = float(f"{number * factor:.12g}")
    if not math.isfinite(number):
        raise SimulationError(f"{name} is {number}: give a finite number in {unit}")
    return number


def one_of(given: str, known: Iterable[str], what: str) -> str:
    """Return the given name if it is known.

    Parameters
    ----------
    given
        The name.
    known
        All names there are.
    what
        What is named, for the error.

    Raises
    ------
    SimulationError
        If it is not; the message lists what is known.

    Examples
    --------
    >>> one_of("both", ("outputs", "both", "clamp"), "silence_mode")
    'both'
    """
    names = list(known)
    if given in names:
        return given
    near = difflib.get_close_matches(str(given), names, n=1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    raise SimulationError(f"there is no {what} {given!r}.{meant} Known: {', '.join(names) or 'none'}.")
