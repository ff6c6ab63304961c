"""Neuron ids as users give them, taken without losing a digit."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.errors import SelectionError

__all__ = ["id_array"]


def id_array(ids: Iterable[int | str]) -> npt.NDArray[np.int64]:
    """Return ids as int64; whole numbers and their digits as text are taken, floats are refused.

    FlyWire's ids exceed 2^53: a column that once was float64 (one missing value makes pandas do it) holds other ids
    than its file, and some of them are ids of other neurons.

    Parameters
    ----------
    ids
        (n,) whole numbers, or texts of digits.

    Returns
    -------
    numpy.ndarray
        (n,) int64, in the given order.

    Raises
    ------
    SelectionError
        If they are no list, are floats, or one is not whole.

    Examples
    --------
    >>> from graphkit.ids import id_array
    >>> id_array(["720575940610059726", 5])
    array([720575940610059726,                  5])
    """
    if not isinstance(ids, Iterable) or isinstance(ids, str):
        raise SelectionError(f"ids are given as {ids!r}: give a list of whole numbers")
    if isinstance(ids, pd.DataFrame):
        raise SelectionError("ids are given as a whole table: give its column of ids, such as table['root_id']")
    array = isinstance(ids, np.ndarray) or (isinstance(ids, pd.Series) and not ids.hasnans)
    given = np.asarray(ids) if array else np.asarray(list(ids), dtype=object)
    if given.dtype.kind in "iu" and given.ndim == 1:
        return given.astype(np.int64)
    if given.dtype.kind == "f" or any(isinstance(one, float | np.floating) for one in given):
        first = next((str(one) for one in given if not isinstance(one, int | str)), "")
        raise SelectionError(
            f"ids are given as floats ({first}), which do not hold all the digits of an id. Read that column as "
            "text or as Int64: pandas.read_csv(…, dtype={'root_id': 'Int64'})."
        )
    try:
        return np.fromiter((int(one) for one in given), np.int64, count=len(given))
    except (TypeError, ValueError, OverflowError) as error:
        raise SelectionError(f"not every id is a whole number of 64 bits: {error}") from error
