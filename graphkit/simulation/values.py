"""Values as a caller gives them, checked: numbers in a unit, names out of a list."""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Literal, Protocol

from graphkit.errors import SimulationError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "Quantity",
    "Unit",
    "one_of",
    "plain",
    "plain_all",
    "plain_fields",
    "whole_number",
    "whole_step",
    "whole_steps",
]

Unit = Literal["ms", "Hz", "mV", "nA", "MOhm"]

# Exponents of metre, kilogram, second, ampere; then how many of the unit are one SI unit.
_UNITS: dict[Unit, tuple[tuple[int, int, int, int], float]] = {
    "ms": ((0, 0, 1, 0), 1e3),
    "Hz": ((0, 0, -1, 0), 1.0),
    "mV": ((2, 1, -3, -1), 1e3),
    "nA": ((0, 0, 0, 1), 1e9),
    "MOhm": ((2, 1, -3, -2), 1e-6),
}
_UNIT_OF_SUFFIX: dict[str, Unit] = {"ms": "ms", "hz": "Hz", "mv": "mV", "na": "nA", "mohm": "MOhm"}
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


def plain_all(values: object, unit: Unit, name: str) -> tuple[float, ...]:
    """Return one value, or each of several, as :func:`plain` does.

    Raises
    ------
    SimulationError
        As :func:`plain`.

    Examples
    --------
    >>> plain_all([100, 200], "ms", "times_ms"), plain_all(5, "ms", "times_ms")
    ((100.0, 200.0), (5.0,))
    """
    if isinstance(values, Iterable) and not isinstance(values, str) and getattr(values, "ndim", 1) > 0:
        return tuple(plain(value, unit, name) for value in values)
    return (plain(values, unit, name),)  # type: ignore[arg-type]  # refuses anything else


def plain_fields(values: DataclassInstance) -> None:
    """Turn every field whose name ends in a unit and that is one value into a float in that unit; None stays.

    Fields that hold several values have a plural name (``times_ms``) and are left to :func:`plain_all`.
    """
    for name in (each.name for each in fields(values)):
        quantity, _, suffix = name.rpartition("_")
        if suffix in _UNIT_OF_SUFFIX and not quantity.endswith("s") and getattr(values, name) is not None:
            object.__setattr__(values, name, plain(getattr(values, name), _UNIT_OF_SUFFIX[suffix], name))


def whole_step(t_ms: float, dt_ms: float) -> int:
    """Return the step that a time lies in, as Brian2's ``timestep()`` does.

    Examples
    --------
    >>> whole_step(0.3, 0.1), whole_step(0.29, 0.1)
    (3, 2)
    """
    return math.floor(t_ms / dt_ms + 1e-3)


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


def whole_steps(duration_ms: float, dt_ms: float) -> int:
    """Return a duration in steps.

    Raises
    ------
    SimulationError
        If it is no positive whole number of them.
    """
    steps = round(duration_ms / dt_ms)
    if duration_ms <= 0 or steps < 1 or abs(steps * dt_ms - duration_ms) > 1e-6 * dt_ms or steps >= 2**31:
        raise SimulationError(
            f"duration_ms is {duration_ms:g}: give a positive whole number of steps of {dt_ms:g} ms (fewer than 2**31)"
        )
    return steps


def whole_number(value: int, least: int, below: int, name: str) -> int:
    """Return a whole number within bounds.

    Raises
    ------
    SimulationError
        If it is none.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise SimulationError(f"{name} is {value!r}: give a whole number") from None
    if not least <= number < below:
        raise SimulationError(f"{name} is {number}: give a whole number from {least} to {below - 1}")
    return number
