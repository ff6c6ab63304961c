"""Answers of engines as typed tables, in which no whole number passes through a float."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from graphkit.errors import QueryError
from graphkit.queries import Query
from graphkit.schema import ARROW_TYPES

__all__ = ["to_frame", "typed"]


def typed(rows: pa.Table, query: Query) -> pa.Table:
    """Return the rows with the columns and types that the query declares.

    Raises
    ------
    QueryError
        If the engine returned other columns, values of another type, or a null in one that is not declared as ``?``.
    """
    names = [column.name for column in query.columns]
    if rows.column_names != names:
        raise QueryError(f"{query.name} returned {rows.column_names}, its header declares {names}")
    columns = []
    for column in query.columns:
        values = rows.column(column.name)
        wanted = ARROW_TYPES[column.type]
        if values.type != wanted:  # sums come back as 128-bit decimals, all-null columns as nulls or text
            try:
                values = pa.nulls(len(values), wanted) if values.null_count == len(values) else values.cast(wanted)
            except pa.ArrowInvalid as error:  # a server keeps whatever others write under a property's name
                raise QueryError(
                    f"{query.name} returned in {column.name} what is no {column.type} ({error}). Did something else "
                    "than graphkit write it into the graph?"
                ) from None
        if values.null_count and not column.nullable:
            raise QueryError(
                f"{query.name} returned a null in {column.name}, which its header declares as {column.type}"
            )
        columns.append(values)
    return pa.table(columns, names=names)


def to_frame(rows: pa.Table) -> pd.DataFrame:
    """Return an answer as a DataFrame.

    Whole numbers are int64, or Int64 where one is missing; likewise bool and boolean; texts are str.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from graphkit.answers import to_frame
    >>> to_frame(pa.table({"root_id": [720575940628857211, None]}))["root_id"].tolist()
    [720575940628857211, <NA>]
    """
    columns: dict[str, object] = {}
    for name, values in zip(rows.column_names, rows.columns, strict=True):
        kind = values.type
        if pa.types.is_decimal(kind):
            values, kind = values.cast(pa.int64()), pa.int64()
        if pa.types.is_integer(kind) and values.null_count:
            columns[name] = values.to_pandas(types_mapper={kind: pd.Int64Dtype()}.get)
        elif pa.types.is_boolean(kind) and values.null_count:
            columns[name] = values.to_pandas(types_mapper={kind: pd.BooleanDtype()}.get)
        elif pa.types.is_null(kind):
            columns[name] = pd.Series([None] * len(values), dtype=object)
        elif pa.types.is_nested(kind):
            columns[name] = pd.Series(values.to_pylist(), dtype=object)
        else:
            columns[name] = values.to_pandas()
    return pd.DataFrame(columns, columns=rows.column_names)
