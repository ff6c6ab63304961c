"""A statement cut up: its clauses, their items, the subqueries in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["Item", "clauses", "items", "subqueries", "without_brackets"]

_CLAUSE = re.compile(
    r"(?<![\w.:$])(OPTIONAL\s+MATCH|MATCH|WITH|RETURN|UNWIND|WHERE|ORDER\s+BY|SKIP|LIMIT|UNION|CREATE|MERGE|SET|DELETE)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?s)(.*)\bAS\s+(\w+)\s*", re.IGNORECASE)
_SUBQUERY = re.compile(r"\b(?:EXISTS|COUNT)\s*\{", re.IGNORECASE)
_PATTERN = re.compile(r"\([^()]*\)(?:\s*<?-(?:\[[^\]]*\])?->?\s*\([^()]*\))+")

Item = tuple[str, str]  # expression, name


def clauses(code: str) -> Iterator[tuple[str, int, int]]:
    """Yield each clause's word, and where what follows it begins and ends."""
    found = list(_CLAUSE.finditer(code))
    for place, clause in enumerate(found):
        end = found[place + 1].start() if place + 1 < len(found) else len(code)
        closed = _end_of_braces(code, clause.end(), end)
        yield re.sub(r"\s+", " ", clause.group(1).upper()), clause.end(), closed


def _end_of_braces(code: str, start: int, end: int) -> int:
    depth = 0
    for place in range(start, end):
        depth += (code[place] in "{[(") - (code[place] in "}])")
        if depth < 0:
            return place
    return end


def items(text: str, code: str, start: int, end: int) -> list[Item]:
    """Return the items between two places: cut at the commas that stand in no brackets."""
    cuts, depth = [start - 1], 0
    for place in range(start, end):
        depth += (code[place] in "{[(") - (code[place] in "}])")
        if code[place] == "," and depth == 0:
            cuts.append(place)
    parts = [text[one + 1 : other] for one, other in zip(cuts, [*cuts[1:], end], strict=True)]
    cut = []
    for part in parts:
        plain = re.sub(r"^\s*DISTINCT\b", "", part, flags=re.IGNORECASE)
        found = _NAMED.fullmatch(plain)
        cut.append((found[1], found[2]) if found else (plain, plain.strip()))
    return cut


def subqueries(code: str) -> Iterator[tuple[int, int]]:
    """Yield where subqueries begin and end, and patterns that are conditions."""
    spans = [(found.end(), _end_of_braces(code, found.end(), len(code))) for found in _SUBQUERY.finditer(code)]
    yield from spans
    for clause, first, last in clauses(code):
        for found in _PATTERN.finditer(code, first, last) if clause == "WHERE" else ():
            yield found.span()


def without_brackets(code: str) -> str:
    """Return what stands in no round brackets."""
    while (shorter := re.sub(r"\([^()]*\)", " ", code)) != code:
        code = shorter
    return code
