"""Compiling the inner loops of the simulation with numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["Floats", "Int32s", "Int64s", "UInt64s", "compiled", "inlined"]

F = TypeVar("F", bound=Callable[..., object])

Floats = npt.NDArray[np.float64]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]


def compiled(function: F) -> F:
    """Compile a function at its first call, and keep the code for the next process.

    Other threads go on while it runs. Numba keeps the code beside the source or, where that cannot be written to, in
    the user's folder for caches; where there is no such place either, each process compiles anew.

    Examples
    --------
    >>> @compiled
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> double(21)
    42
    """
    # numpy's way to divide: a check for zero in each division would keep loops from being vectorised
    try:
        return cast(F, njit(cache=True, nogil=True, error_model="numpy")(function))
    except RuntimeError:  # what numba raises where it finds no place for its cache
        return cast(F, njit(nogil=True, error_model="numpy")(function))


def inlined(function: F) -> F:
    """Make a function part of each compiled function that calls it.

    Examples
    --------
    >>> @inlined
    ... def double(x: int) -> int:
    ...     return 2 * x
    """
    return cast(F, njit(inline="always")(function))
