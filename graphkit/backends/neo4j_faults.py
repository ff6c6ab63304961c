"""Refusing the statements that Neo4j is known to answer wrongly without saying so.

``MATCH (n)… OPTIONAL MATCH (n)-[c]->() RETURN coalesce(c.syn_count, 0) AS synapses, n.root_id AS id ORDER BY synapses``
is sometimes answered by joining all rows with what the optional match finds by itself. 2026.08.1 then computes what is
returned, and orders by it, before that join: where nothing was found it is missing, not 0, and stands last. Whether a
statement is answered so depends on how many nodes and relationships there are, hence the look at the plan. Found by
random statements against pandas (tests/test_fuzz.py); alike to neo4j/neo4j#13859.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from graphkit.cypher_text import code_of
from graphkit.errors import QueryError

__all__ = ["check_plan", "may_order_wrongly"]

_OPTIONAL_AND_ORDERED = re.compile(r"\bOPTIONAL\s+MATCH\b.*\bORDER\s+BY\b", re.IGNORECASE | re.DOTALL)
_SHOWS_A_PLAN = re.compile(r"\s*(?:EXPLAIN|PROFILE)\b", re.IGNORECASE)
#: Which of an operator's two inputs is the optional one; Optional itself has one alone.
_OPTIONAL_INPUT = {"LeftOuterHashJoin": 1, "RightOuterHashJoin": 0, "Optional": 0}
#: A property handed on as it is: missing where the optional match found nothing, as it should be.
_PROPERTY = re.compile(r"(?:cache\w*\[)?(\w+)\.\w+\]? AS (?:\w+|`[^`]*`)(?:, |$)")


@lru_cache(maxsize=512)
def may_order_wrongly(text: str) -> bool:
    """Return whether it is worth to look at the plan of a statement.

    Examples
    --------
    >>> from graphkit.backends.neo4j_faults import may_order_wrongly
    >>> may_order_wrongly("MATCH (n:Neuron) RETURN n.root_id AS root_id ORDER BY root_id")
    False
    """
    code = code_of(text)
    return bool(_OPTIONAL_AND_ORDERED.search(code)) and not _SHOWS_A_PLAN.match(code)


def check_plan(plan: Mapping[str, Any]) -> None:
    """Refuse a plan that orders rows before it is known which of them an optional match finds nothing for.

    Parameters
    ----------
    plan
        As the driver gives it: operatorType, args and children.

    Raises
    ------
    QueryError
        Says how to write it instead.

    Examples
    --------
    >>> from graphkit.backends.neo4j_faults import check_plan
    >>> check_plan({"operatorType": "AllNodesScan@neo4j", "args": {"Details": "n"}})
    """
    for operator in _below(plan):
        name = operator["operatorType"].split("@")[0].removeprefix("Node").removeprefix("Value")
        if name not in _OPTIONAL_INPUT:
            continue
        joined = set(re.findall(r"\w+", str(operator["args"].get("Details", ""))))
        optional = list(_below(operator["children"][_OPTIONAL_INPUT[name]]))
        if any(re.match(r"(?:Partial)?(?:Sort|Top)", each["operatorType"]) for each in optional) and any(
            _computes(str(each["args"].get("Details", "")), joined)
            for each in optional
            if each["operatorType"].startswith("Projection")
        ):
            raise QueryError(
                "Neo4j would answer this wrongly: it computes what rows are ordered by before it knows where the "
                "OPTIONAL MATCH finds nothing. Write WITH * SKIP 0 behind the OPTIONAL MATCH (and its WHERE), or leave "
                "out ORDER BY and sort the table. (The embedded engine answers it.)"
            )


def _below(operator: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield operator
    for child in operator.get("children", ()):
        yield from _below(child)


def _computes(projected: str, joined: set[str]) -> bool:
    """Return whether anything but properties of what the optional match alone finds is projected."""
    variables = {found[1] for found in _PROPERTY.finditer(projected)}
    return bool(_PROPERTY.sub("", projected).strip() or variables & joined)
