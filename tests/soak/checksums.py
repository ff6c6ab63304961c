"""Checksums by which graphs are compared, on whatever engine they are.

They are computed from plain statements made of the schema, not by the queries of graphkit, and do not depend on the
order in which an engine stores or answers. What tells when and by whom something was done is left out.
"""

from __future__ import annotations

import hashlib

from graphkit.connectome import Connectome
from graphkit.schema import NODE_TABLES, RELATIONSHIP_TABLES, Table

__all__ = ["checksums"]

_OF_ITS_TIME = {"loaded", "started", "finished", "token", "input_token", "report", "engine_version"}
_KEYS = {"Neuron": "root_id", "Run": "run_id"}


def checksums(connectome: Connectome) -> dict[str, str]:
    """Return, by label and type, the number of nodes or relationships and the SHA-256 of all they hold.

    Numbers are compared to their last bit, missing values as missing.
    """
    return {table.name: _checksum(connectome, table) for table in (*NODE_TABLES, *RELATIONSHIP_TABLES)}


def _checksum(connectome: Connectome, table: Table) -> str:
    items = [f"x.{column.name} AS c{place}" for place, column in enumerate(table.columns)
             if column.name not in _OF_ITS_TIME]  # fmt: skip
    pattern = f"(x:{table.name})"
    if table.ends is not None:
        start, end = table.ends
        pattern = f"(a:{start})-[x:{table.name}]->(b:{end})"
        items += [f"a.{_KEYS[start]} AS pre", f"b.{_KEYS[end]} AS post"]
    answer = connectome.graph.backend.read(f"MATCH {pattern} RETURN {', '.join(items)}", {})
    rows = sorted(repr(row) for row in zip(*(column.to_pylist() for column in answer.columns), strict=True))
    digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return f"{len(rows)} {digest}"
