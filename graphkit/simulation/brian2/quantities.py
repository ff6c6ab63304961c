"""What the texts of a model hold, as Brian2 takes it: values, names."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from typing import Any

import brian2
from brian2.core.namespace import DEFAULT_UNITS
from brian2.units.fundamentalunits import Dimension
from brian2.utils.stringtools import get_identifiers

from graphkit.errors import SimulationError

__all__ = ["identifiers", "is_constant", "quantity", "unit_text"]

_OPERATIONS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_BASE = ("metre", "kilogram", "second", "amp", "kelvin", "mole", "candle")


def quantity(value: object, name: str) -> Any:
    """Return a value as Brian2 takes it; text such as "100*msiemens*cm**-2" is computed.

    Raises
    ------
    SimulationError
        If the text is not made of numbers, units and arithmetic.

    Examples
    --------
    >>> quantity("2*6*nS", "g")
    12. * nsiemens
    """
    if not isinstance(value, str):
        return value
    try:
        return _value(ast.parse(value.strip(), mode="eval").body)
    except (SyntaxError, LookupError, ArithmeticError) as error:
        raise SimulationError(
            f"{name} is {value!r}: not a value. Give a number times a unit that Brian2 knows, such as '6*nS'."
        ) from error
    except brian2.DimensionMismatchError as error:
        raise SimulationError(f"{name} is {value!r}: its units do not agree. Brian2 says: {error}") from error


def is_constant(value: object) -> bool:
    """Say whether text is a value, and not an expression that names variables."""
    return isinstance(value, str) and all(name in DEFAULT_UNITS for name in identifiers([value]))


def identifiers(texts: Iterable[str | None]) -> set[str]:
    """Return the names that pieces of code use."""
    return {name for text in texts if text for name in get_identifiers(str(text))}


def unit_text(dimension: Dimension) -> str:
    """Return a dimension as equations write it."""
    powers = zip(_BASE, dimension._dims, strict=True)
    # With numpy before 2.3 Brian2 takes a unit to the power of 1 for a quantity.
    return "*".join(base if power == 1 else f"{base}**{power:g}" for base, power in powers if power) or "1"


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.Name):
        return DEFAULT_UNITS[node.id]
    if isinstance(node, ast.BinOp):
        return _OPERATIONS[type(node.op)](_value(node.left), _value(node.right))
    if isinstance(node, ast.UnaryOp):
        return _OPERATIONS[type(node.op)](_value(node.operand))
    raise SyntaxError("not a value")
