"""Answers of the Neo4j driver as Arrow tables."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
from neo4j.graph import Node, Path, Relationship

from graphkit.errors import QueryError
from graphkit.queries import ReturnedColumn
from graphkit.schema import ARROW_TYPES

__all__ = ["one_record", "rows_of", "to_table"]

_PLAIN = frozenset({bool, int, float, str, bytes, type(None)})


def to_table(names: Sequence[str], records: Sequence[Sequence[object]]) -> pa.Table:
    """Return an answer as a table; the columns are there without records too.

    Whole numbers stay exact. Nodes, relationships and paths become structs with the fields ``_LABEL``, ``_NODES`` and
    ``_RELS`` that the embedded engine gives them, dates and durations ISO texts. A column that mixes what no Arrow
    type holds becomes text, its parts that are no text JSON.

    Parameters
    ----------
    names
        The columns.
    records
        One sequence of values per row, in the order of the columns.

    Examples
    --------
    >>> from graphkit.backends.neo4j_values import to_table
    >>> to_table(["root_id", "side"], [[720575940628857211, "left"], [None, "right"]]).to_pylist()
    [{'root_id': 720575940628857211, 'side': 'left'}, {'root_id': None, 'side': 'right'}]
    >>> to_table(["x"], [[2**60 + 1], [0.5]])["x"].to_pylist()
    ['1152921504606846977', '0.5']
    """
    columns = [_array([record[place] for record in records]) for place in range(len(names))]
    return pa.table(columns, names=list(names))


def one_record(text: str, columns: Sequence[ReturnedColumn]) -> str:
    """Return a statement that answers with one record, in which each column of another's answer is a list.

    Parameters
    ----------
    text
        A statement that reads.
    columns
        What it returns.

    Examples
    --------
    >>> from graphkit.backends.neo4j_values import one_record
    >>> from graphkit.queries import ReturnedColumn
    >>> columns = [ReturnedColumn("id", "int", nullable=False), ReturnedColumn("side", "str", nullable=True)]
    >>> print(one_record("MATCH (n:Neuron) RETURN n.root_id AS id, n.side AS side", columns))
    CALL () {
    MATCH (n:Neuron) RETURN n.root_id AS id, n.side AS side
    }
    WITH collect(id) AS id, collect([side]) AS side
    RETURN id AS id, [one IN side | one[0]] AS side
    """
    # collect() leaves nulls out, but no list that holds one.
    kept = ", ".join(f"collect({f'[{c.name}]' if c.nullable else c.name}) AS {c.name}" for c in columns)
    returned = ", ".join(f"{f'[one IN {c.name} | one[0]]' if c.nullable else c.name} AS {c.name}" for c in columns)
    return f"CALL () {{\n{text.strip()}\n}}\nWITH {kept}\nRETURN {returned}"


def rows_of(record: Sequence[Sequence[object]], columns: Sequence[ReturnedColumn]) -> pa.Table:
    """Return the rows that the record of :func:`one_record` holds.

    Raises
    ------
    QueryError
        If a column that may not have nulls had one.

    Examples
    --------
    >>> from graphkit.backends.neo4j_values import rows_of
    >>> from graphkit.queries import ReturnedColumn
    >>> columns = [ReturnedColumn("id", "int", nullable=False), ReturnedColumn("side", "str", nullable=True)]
    >>> rows_of([[720575940628857211, 3], ["left", None]], columns).to_pylist()
    [{'id': 720575940628857211, 'side': 'left'}, {'id': 3, 'side': None}]
    """
    rows = max(map(len, record))
    for values, column in zip(record, columns, strict=True):
        if len(values) != rows:
            raise QueryError(f"a query returned a null in {column.name}, which its header declares as {column.type}")
    arrays = [pa.array(values, ARROW_TYPES[column.type]) for values, column in zip(record, columns, strict=True)]
    return pa.table(arrays, names=[column.name for column in columns])


def _array(values: list[object]) -> pa.Array:
    plain = values if _PLAIN.issuperset(map(type, values)) else [_plain(value) for value in values]
    try:
        return pa.array(plain)
    except pa.ArrowException:
        texts = [
            value if value is None or isinstance(value, str) else json.dumps(value, default=str) for value in plain
        ]
        return pa.array(texts, pa.string())


def _plain(value: object) -> object:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Node):
        return {"_LABEL": ":".join(sorted(value.labels))} | {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Relationship):
        return {"_LABEL": value.type} | {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Path):
        return {"_NODES": [_plain(node) for node in value.nodes], "_RELS": [_plain(r) for r in value.relationships]}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return value if _PLAIN.issuperset(map(type, value)) else [_plain(item) for item in value]
    return value.iso_format() if hasattr(value, "iso_format") else str(value)  # dates, durations, points
