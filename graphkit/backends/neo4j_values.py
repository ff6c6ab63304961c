"""Answers of the Neo4j driver as Arrow tables."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
from neo4j.graph import Node, Path, Relationship

__all__ = ["to_table"]

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
