"""The part of a table that a browser shows, cut out here, where all of the table is.

Filters and order, too, are those of the whole table.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

__all__ = ["columns_of", "rows_of", "shown_rows"]

_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "equals": operator.eq, "notEqual": operator.ne, "lessThan": operator.lt, "lessThanOrEqual": operator.le,
    "greaterThan": operator.gt, "greaterThanOrEqual": operator.ge,
}  # fmt: skip
_MEASURED = 100  # rows
_EXACT = 2**53  # beyond, a browser's numbers have gaps


def is_id(frame: pd.DataFrame, name: str) -> bool:
    """Return whether a column holds ids, or whole numbers that a browser would round."""
    column = frame[name]
    if name.endswith("root_id"):
        return True
    return bool(pd.api.types.is_integer_dtype(column) and len(column.dropna()) and column.abs().max() >= _EXACT)


def columns_of(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return what the grid has to know of each column."""
    columns: list[dict[str, object]] = []
    for name in map(str, frame.columns):
        number = pd.api.types.is_numeric_dtype(frame[name]) and not is_id(frame, name)
        number = number and not pd.api.types.is_bool_dtype(frame[name])
        column: dict[str, object] = {
            "field": name, "headerName": name.replace("_", " "), "headerTooltip": name,
            "filter": "agNumberColumnFilter" if number else "agTextColumnFilter",
            "type": "rightAligned" if number else None,
            "width": _width(frame, name),
        }  # fmt: skip
        columns.append({key: value for key, value in column.items() if value is not None})
    return columns


def _width(frame: pd.DataFrame, name: str) -> int:
    """Return the pixels of a column, by its first rows: a browser that measures them draws the table twice."""
    shown = frame[name].head(_MEASURED).dropna()
    if pd.api.types.is_float_dtype(shown):
        shown = shown.map("{:.6g}".format)
    letters = max((len(str(value)) for value in shown), default=0)
    return int(np.clip(8 * max(letters, len(name)) + 32, 110, 340))


def rows_of(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return rows as JSON holds them without loss: ids as texts, nothing for what is missing."""
    shown = pd.DataFrame(index=frame.index)
    for name in map(str, frame.columns):
        column = frame[name]
        missing = column.isna()
        if is_id(frame, name):
            values = column.astype("Int64").astype(str) if pd.api.types.is_integer_dtype(column) else column.astype(str)
        elif pd.api.types.is_float_dtype(column):
            values = column.map(lambda value: float(f"{value:.6g}"))
        else:
            values = column.astype(object).map(_plain)
        shown[name] = values.astype(object).where(~missing, None)
    return cast(list[dict[str, object]], shown.to_dict("records"))


def shown_rows(frame: pd.DataFrame, request: Mapping[str, object]) -> dict[str, object]:
    """Return the answer to a request of the grid: the rows from startRow to endRow, and how many there are.

    Parameters
    ----------
    frame
        The whole table.
    request
        filterModel, sortModel, startRow and endRow, as AG Grid's infinite row model sends them.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit.explorer.table_rows import shown_rows
    >>> table = pd.DataFrame({"root_id": [720575940610059726, 5], "syn_count": [3, 9]})
    >>> shown_rows(table, {"sortModel": [{"colId": "syn_count", "sort": "desc"}], "startRow": 0, "endRow": 1})
    {'rowData': [{'root_id': '5', 'syn_count': 9}], 'rowCount': 2}
    """
    filters = cast(Mapping[str, Mapping[str, object]], request.get("filterModel") or {})
    for name, condition in filters.items():
        if name in frame:
            frame = frame[_kept(frame, name, condition)]
    sorting = [part for part in cast(list[dict[str, str]], request.get("sortModel") or []) if part["colId"] in frame]
    if sorting:
        frame = frame.sort_values(
            [part["colId"] for part in sorting], ascending=[part["sort"] == "asc" for part in sorting], kind="stable"
        )
    start, end = int(str(request.get("startRow", 0))), int(str(request.get("endRow", 100)))
    return {"rowData": rows_of(frame.iloc[start:end]), "rowCount": len(frame)}


def _kept(frame: pd.DataFrame, name: str, condition: Mapping[str, object]) -> pd.Series:
    if parts := cast("Sequence[Mapping[str, object]]", condition.get("conditions") or []):
        kept = [_kept(frame, name, part) for part in parts]
        together = np.logical_or if condition.get("operator") == "OR" else np.logical_and
        return cast(pd.Series, together.reduce(kept))
    column, kind = frame[name], str(condition.get("type", "contains"))
    wanted: Any = condition.get("filter")
    if kind == "blank":
        return column.isna()
    if kind == "notBlank":
        return column.notna()
    if condition.get("filterType") == "number":
        if kind == "inRange":
            end: Any = condition.get("filterTo")
            return cast(pd.Series, column.ge(wanted) & column.le(end)).fillna(False).astype(bool)
        return cast(pd.Series, _COMPARED[kind](column, wanted)).fillna(False).astype(bool)
    words = column.astype(str).str.casefold().where(column.notna(), "")
    wanted = str(wanted or "").casefold()
    tests: dict[str, Callable[[], pd.Series]] = {
        "contains": lambda: words.str.contains(wanted, regex=False),
        "notContains": lambda: ~words.str.contains(wanted, regex=False),
        "equals": lambda: words.eq(wanted), "notEqual": lambda: words.ne(wanted),
        "startsWith": lambda: words.str.startswith(wanted), "endsWith": lambda: words.str.endswith(wanted),
    }  # fmt: skip
    return tests[kind]()


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list):
        return ", ".join(map(str, value[:20])) + (f" … {len(value) - 20} more" if len(value) > 20 else "")
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
