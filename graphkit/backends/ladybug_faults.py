"""What ladybug 0.20.4 is known to answer wrongly without saying so, and how a statement that meets it is recognised.

===============================================  ==================================================================
statement                                        what comes back
===============================================  ==================================================================
``RETURN k, count(DISTINCT x), sum(y)``          sum is null and count(*) 0: an aggregate behind a DISTINCT one in
                                                 grouped rows is never computed, collect() overwrites memory
``WITH a, count(*) AS n RETURN n AS x, n + 1``   n is 1: an aggregate that was named, then renamed, is computed anew
                                                 without its group wherever it stands behind the renaming
``ORDER BY name, number``                        unordered, and with LIMIT the wrong rows: once there are more than a
                                                 few hundred rows, keys behind a text are compared wrongly; a text
                                                 behind other keys is, too, where it may be missing
``ORDER BY maybe DESC LIMIT 10``                 the wrong rows: of the rows in which the key is missing, which come
                                                 first, some are lost
``(a)-[:SYNAPSES]->(b)-->(c), (a)-->(c)``        rows are missing: where a pattern of three or more closes, one of
                                                 several relationships between two neurons is found
===============================================  ==================================================================

Each was found by random statements against pandas (tests/test_fuzz.py), and each has a statement of equal meaning
that is answered rightly. A statement is refused with the words that lead to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from graphkit.cypher_text import code_of
from graphkit.errors import QueryError
from graphkit.schema import NODE_TABLES, RELATIONSHIP_TABLES

__all__ = ["check_answerable", "check_plan", "may_close"]

_AGGREGATE = re.compile(r"\b(?:count|sum|avg|min|max|collect)\s*\(\s*(DISTINCT\b)?", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?<![\w.:$])(OPTIONAL\s+MATCH|MATCH|WITH|RETURN|UNWIND|WHERE|ORDER\s+BY|SKIP|LIMIT|UNION|CREATE|MERGE|SET|DELETE)\b",
    re.IGNORECASE,
)
_STARTS_WITH = re.compile(r"\b(?:STARTS|ENDS)\s+WITH\b", re.IGNORECASE)
_NAMED = re.compile(r"(?s)(.*)\bAS\s+(\w+)\s*", re.IGNORECASE)
_DIRECTION = re.compile(r"\s+(?:ASC|DESC)(?:ENDING)?\s*$", re.IGNORECASE)
_TEXTS = "|".join(
    sorted({c.name for table in (*NODE_TABLES, *RELATIONSHIP_TABLES) for c in table.columns if c.type == "str"})
)
_CONDITION = re.compile(r"\bWHEN\b.*?\bTHEN\b", re.IGNORECASE | re.DOTALL)
_IS_TEXT = re.compile(rf"\.(?:{_TEXTS})\b|\b(?:THEN|ELSE)\s*['\"]|['\"]\s*\+|\+\s*['\"]|^\s*\[\s*['\"]", re.IGNORECASE)
_IS_NO_TEXT = re.compile(r"^\s*(?:count|size|length|sum|avg)\s*\(|\b(?:IS|IN|CONTAINS)\b|[<>=]", re.IGNORECASE)
_NEVER_MISSING = re.compile(r"^\s*(?:coalesce|count|size)\s*\(", re.IGNORECASE)
_VARIABLE = re.compile(r"[(\[]\s*(\w+)\s*:\s*(\w+)")
_PROPERTY = re.compile(r"\b([A-Za-z_]\w*)\.(\w+)")
_RELATIONSHIP = re.compile(r"\]-|--")
#: Properties that loading and deriving leave empty nowhere.
_ALWAYS_THERE = {
    "Neuron": {"root_id", "input_synapses", "output_synapses", "sign", "nt_tied", "nt_source", "is_target"},
    "SYNAPSES": {"syn_count"},
    "CONNECTS": {"syn_count", "weight_signed", "weight", "n_rows", "input_share"},
    "RECORDED": {"spike_count", "rate_hz", "rate_sd_hz"},
    "Run": {"run_id", "created", "model", "engine", "seed", "trials", "duration_ms", "neurons", "spikes", "dataset"},
}

_Item = tuple[str, str]  # expression, name


@lru_cache(maxsize=512)
def check_answerable(text: str) -> None:
    """Refuse a statement whose words show that the engine would answer it wrongly.

    Raises
    ------
    QueryError
        Says which words, and how to write it instead.

    Examples
    --------
    >>> from graphkit.backends.ladybug_faults import check_answerable
    >>> check_answerable("MATCH (n:Neuron) RETURN n.side AS side, count(*) AS n, count(DISTINCT n.sign) AS signs")
    """
    code = _STARTS_WITH.sub(lambda found: "_" * len(found.group()), code_of(text))
    labels = dict(_VARIABLE.findall(code))  # of variables that are always bound
    made: set[str] = set()  # names of aggregates
    meaning: dict[str, str] = {}  # of every name
    for clause, start, end in _clauses(code):
        if clause == "OPTIONAL MATCH":  # nothing of what it finds is always there
            for variable, _ in _VARIABLE.findall(code[start:end]):
                labels.pop(variable, None)
        elif clause == "UNWIND":
            meaning.update((name, expression) for expression, name in _items(text, code, start, end))
        elif clause in ("WITH", "RETURN"):
            items = _items(text, code, start, end)
            _check_distinct(code[start:end])
            _check_renamed(items, made)
            made = {name for expression, name in items if _AGGREGATE.search(expression) or expression.strip() in made}
            meaning.update((name, expression) for expression, name in items if expression.strip() != name)
        elif clause == "ORDER BY":
            keys = [key.strip() for key, _ in _items(text, code, start, end)]
            _check_order([_DIRECTION.sub("", key).strip() for key in keys], meaning, labels, code)
            if re.match(r"\s*(?:SKIP|LIMIT)\b", code[end:], re.IGNORECASE):
                _check_descending([key for key in keys if re.search(r"(?i)\bDESC", key)], meaning, labels, code)


def may_close(text: str) -> bool:
    """Return whether a pattern of the statement can close: whether it is worth to look at its plan.

    Examples
    --------
    >>> from graphkit.backends.ladybug_faults import may_close
    >>> may_close("MATCH (a:Neuron)-[c:CONNECTS]->(b:Neuron) RETURN count(*) AS n")
    False
    """
    return len(_RELATIONSHIP.findall(code_of(text))) > 2


def check_plan(plan: str) -> None:
    """Refuse a plan in which a pattern closes over rows that repeat a pair.

    Raises
    ------
    QueryError
        Says how to write it instead.

    Examples
    --------
    >>> from graphkit.backends.ladybug_faults import check_plan
    >>> check_plan("HASH_JOIN SCAN_REL_TABLE SYNAPSES")
    """
    if "INTERSECT_BUILD" in plan and "SYNAPSES" in plan:
        raise _refusal(
            "where a pattern closes, it finds only one of several SYNAPSES between two neurons",
            "Ask CONNECTS, which has one per pair, or close the pattern in a second MATCH behind a WITH",
        )


def _check_distinct(code: str) -> None:
    kinds = [bool(found.group(1)) for found in _AGGREGATE.finditer(code)]
    if True in kinds and False in kinds[kinds.index(True) :]:
        raise _refusal("it loses an aggregate that stands behind a DISTINCT one", "Write the DISTINCT one last")


def _check_renamed(items: list[_Item], made: set[str]) -> None:
    for place, (expression, name) in enumerate(items):
        old = expression.strip()
        if old not in made:
            continue
        if name == old:
            made = made - {old}  # given back under its own name first, all is well
        elif any(re.search(rf"\b{old}\b", later) for later, _ in items[place + 1 :]):
            raise _refusal(
                f"it computes {old} wrongly once that is renamed ({old} AS {name}) and used again beside it",
                f"Give it back under its own name first ({old} AS {old}), or rename it last",
            )


def _check_order(keys: list[str], meaning: dict[str, str], labels: dict[str, str], code: str) -> None:
    for key in keys[:-1]:
        if _is_text(key, meaning):
            raise _refusal(
                f"it orders wrongly by what stands behind a text ({key})",
                f"Put numbers first and one text last, or join texts: ORDER BY coalesce({key}, '') + '|' + …",
            )
    last = keys[-1]
    if len(keys) == 1 or not _is_text(last, meaning) or not _may_be_missing(last, meaning):
        return
    if not _PROPERTY.search(_meant(last, meaning)) or list(_missing_properties(last, meaning, labels, code)):
        raise _refusal(
            f"it orders wrongly by a text that may be missing behind other keys ({last})",
            f"Write coalesce({last}, '')",
        )


def _check_descending(keys: list[str], meaning: dict[str, str], labels: dict[str, str], code: str) -> None:
    for key in (_DIRECTION.sub("", key).strip() for key in keys):
        for name in _missing_properties(key, meaning, labels, code):
            raise _refusal(
                f"of the rows in which {name} is missing, which come first, it loses some",
                f"Leave them out (WHERE {name} IS NOT NULL), or order by coalesce({key}, …) DESC",
            )


def _missing_properties(key: str, meaning: dict[str, str], labels: dict[str, str], code: str) -> Iterator[str]:
    """Yield the properties in a key that the data may leave empty and the statement does not ask for."""
    for variable, name in _PROPERTY.findall(_meant(key, meaning)):
        label = labels.get(meaning.get(variable, variable).strip(), "")
        # A condition on what an optional match finds leaves the rows in which it finds nothing.
        conditions = r"IS\s+NOT\s+NULL|[<>=]|IN\b" if label else r"IS\s+NOT\s+NULL"
        asked = re.search(rf"\b{variable}\.{name}\b\s*(?:{conditions})", code, re.IGNORECASE)
        if not asked and name not in _ALWAYS_THERE.get(label, ()):
            yield f"{variable}.{name}"


def _meant(expression: str, meaning: dict[str, str], depth: int = 5) -> str:
    """Return the expression with every name put in terms of variables' properties."""
    if depth == 0 or _NEVER_MISSING.search(expression):
        return "" if _NEVER_MISSING.search(expression) else expression
    return re.sub(
        r"(?<![.\w$])[A-Za-z_]\w*(?!\w|\s*[.(])",
        lambda found: _meant(meaning[found[0]], meaning, depth - 1) if found[0] in meaning else found[0],
        _CONDITION.sub("THEN", expression),
    )


def _may_be_missing(expression: str, meaning: dict[str, str]) -> bool:
    if _NEVER_MISSING.search(expression):
        return False
    if expression in meaning:
        return _may_be_missing(meaning[expression], meaning)
    chosen = re.match(r"(?i)\s*CASE\b", expression) and not re.search(r"(?i)\bnull\b", expression)
    return not (chosen or "'" in expression or expression.lstrip().startswith("["))


def _is_text(expression: str, meaning: dict[str, str], depth: int = 5) -> bool:
    outcome = _CONDITION.sub("THEN", expression)
    if _IS_NO_TEXT.search(code_of(outcome)):
        return False
    if _IS_TEXT.search(outcome):
        return True
    named = [word for word in re.findall(r"(?<![.\w])\w+", code_of(outcome)) if word in meaning]
    return depth > 0 and any(_is_text(meaning[word], meaning, depth - 1) for word in named)


def _refusal(what: str, instead: str) -> QueryError:
    return QueryError(
        f"the embedded engine (ladybug 0.20.4) would answer this wrongly: {what}. {instead}. (Neo4j answers it.)"
    )


def _clauses(code: str) -> Iterator[tuple[str, int, int]]:
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


def _items(text: str, code: str, start: int, end: int) -> list[_Item]:
    """Return the items between two places: cut at the commas that stand in no brackets."""
    cuts, depth = [start - 1], 0
    for place in range(start, end):
        depth += (code[place] in "{[(") - (code[place] in "}])")
        if code[place] == "," and depth == 0:
            cuts.append(place)
    parts = [text[one + 1 : other] for one, other in zip(cuts, [*cuts[1:], end], strict=True)]
    items = []
    for part in parts:
        plain = re.sub(r"^\s*DISTINCT\b", "", part, flags=re.IGNORECASE)
        found = _NAMED.fullmatch(plain)
        items.append((found[1], found[2]) if found else (plain, plain.strip()))
    return items
