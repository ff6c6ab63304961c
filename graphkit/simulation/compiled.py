"""Compiling the inner loops of the simulation with numba."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
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


def _digest() -> str:
    sources = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return blake2b(b"".join(text for text in sources if b"\n@compiled" in text), digest_size=4).hexdigest()


_DIGEST = _digest()


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
    # Numba takes kept code for valid while the function's own file is unchanged, though it holds code of functions in
    # other files too. It is found by the function's name: so that stands for all of them.
    function.__qualname__ += f"_{_DIGEST}"
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
