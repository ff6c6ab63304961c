"""Refusing the statements that ladybug 0.20.4 is known to answer wrongly without saying so.

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
``EXISTS { MATCH (x)-->(y) WHERE y.p = x.p }``   rows are missing, and what stands beside the rest is another row's:
                                                 where a value is missing that a subquery takes from outside (x.p), or
                                                 a neuron that an optional match did not find
``COUNT { MATCH (x)-->(y) WHERE y.p = x.p }``    wrong numbers, and rows are missing, whatever x.p is
===============================================  ==================================================================

Each was found by random statements against pandas (tests/test_fuzz.py), and each has a statement of equal meaning
that is answered rightly. A statement is refused with the words that lead to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from graphkit.backends.clauses import Item, clauses, items, subqueries, without_brackets
from graphkit.cypher_text import code_of
from graphkit.errors import QueryError
from graphkit.schema import NODE_TABLES, RELATIONSHIP_TABLES

__all__ = ["check_answerable", "check_plan", "may_close"]

_AGGREGATE = re.compile(r"\b(?:count|sum|avg|min|max|collect)\s*\(\s*(DISTINCT\b)?", re.IGNORECASE)
_STARTS_WITH = re.compile(r"\b(?:STARTS|ENDS)\s+WITH\b", re.IGNORECASE)
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
_IN_PATTERN = re.compile(r"[(\[]\s*([A-Za-z_]\w*)(?=\s*[:){\]])")
_NAME = re.compile(r"(?<![\w.:$])[A-Za-z_]\w*(?!\w|\s*[.(:])")
_AS = re.compile(r"\bAS\s+(\w+)", re.IGNORECASE)
_GUARD = re.compile(r"\s*([\w.]+)\s*(?:IS\s+NOT\s+NULL\b|[<>=]|(?:IN|CONTAINS)\b)", re.IGNORECASE)
_AND = re.compile(r"\bAND\b", re.IGNORECASE)
_KEEPS = re.compile(r"(?:^|\bAND\b)\s*(?:EXISTS\s*\{)?$", re.IGNORECASE)
_EITHER = re.compile(r"\b(?:OR|XOR|CASE)\b", re.IGNORECASE)
#: Properties that loading and deriving leave empty nowhere.
_ALWAYS_THERE = {
    "Neuron": {"root_id", "input_synapses", "output_synapses", "sign", "nt_tied", "nt_source", "is_target"},
    "SYNAPSES": {"syn_count"},
    "CONNECTS": {"syn_count", "weight_signed", "weight", "n_rows"},
    "RECORDED": {"spike_count", "rate_hz", "rate_sd_hz"},
    "Run": {"run_id", "created", "model", "engine", "seed", "trials", "duration_ms", "neurons", "spikes", "dataset"},
}


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
    for clause, start, end in clauses(code):
        if clause == "OPTIONAL MATCH":  # nothing of what it finds is always there
            for variable, _ in _VARIABLE.findall(code[start:end]):
                labels.pop(variable, None)
        elif clause == "UNWIND":
            meaning.update((name, expression) for expression, name in items(text, code, start, end))
        elif clause in ("WITH", "RETURN"):
            given = items(text, code, start, end)
            _check_distinct(code[start:end])
            _check_renamed(given, made)
            made = {name for expression, name in given if _AGGREGATE.search(expression) or expression.strip() in made}
            meaning.update((name, expression) for expression, name in given if expression.strip() != name)
        elif clause == "ORDER BY":
            keys = [key.strip() for key, _ in items(text, code, start, end)]
            _check_order([_DIRECTION.sub("", key).strip() for key in keys], meaning, labels, code)
            if re.match(r"\s*(?:SKIP|LIMIT)\b", code[end:], re.IGNORECASE):
                _check_descending([key for key in keys if re.search(r"(?i)\bDESC", key)], meaning, labels, code)
    for start, end in subqueries(code):
        _check_subquery(code, start, end, meaning, labels)


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


def _check_renamed(given: list[Item], made: set[str]) -> None:
    for place, (expression, name) in enumerate(given):
        old = expression.strip()
        if old not in made:
            continue
        if name == old:
            made = made - {old}  # given back under its own name first, all is well
        elif any(re.search(rf"\b{old}\b", later) for later, _ in given[place + 1 :]):
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


def _check_subquery(code: str, start: int, end: int, meaning: dict[str, str], labels: dict[str, str]) -> None:
    bound, optional, guarded = _bound_before(code, start, end)
    inside = code[start:end]
    counts = re.search(r"(?i)\bCOUNT\s*\{$", code[:start])
    names = {*_IN_PATTERN.findall(inside), *_NAME.findall(inside)} & bound
    values = [f"{variable}.{name}" for variable, name in _PROPERTY.findall(inside) if variable in bound]
    for word in sorted(names):
        meant = _meant(word, meaning).strip()
        if meant in optional - guarded or re.search(r"(?i)\bnull\b", meant):
            values.append(word)
        elif word in meaning and meant not in bound:
            values += [word] if counts and _equated(word, inside) else []
        values += [f"{variable}.{name}" for variable, name in _PROPERTY.findall(meant)]
    for value in values:
        variable, _, name = value.partition(".")
        label = labels.get(meaning.get(variable, variable).strip(), "")
        there = name in _ALWAYS_THERE.get(label, ())
        if counts and (not there or _equated(value, inside)):
            raise _refusal(
                f"it counts wrongly what a subquery compares with {value} from outside",
                "Count in a match: OPTIONAL MATCH … WITH …, count(…) AS found",
            )
        if not there and value not in guarded:
            raise _refusal(
                f"where {value} is missing, it loses rows, for a subquery takes it from outside",
                f"Hand on WITH …, coalesce({value}, …) AS value and take that" if name
                else f"Leave such rows out before: MATCH … WHERE {value} IS NOT NULL",
            )  # fmt: skip


def _equated(value: str, inside: str) -> bool:
    found = rf"(?<![\w.]){re.escape(value)}\b"
    return bool(re.search(rf"(?<![<>])=\s*{found}|{found}\s*=|:\s*{found}", inside))


def _bound_before(code: str, start: int, end: int) -> tuple[set[str], set[str], set[str]]:
    """Return the names that a subquery finds, those of optional matches, and what is there in every row.

    No name where the subquery is a condition that only keeps rows (WHERE EXISTS …, beside AND alone): that is
    answered rightly.
    """
    bound, optional, guarded = set[str](), set[str](), set[str]()
    outside = code
    for first, last in subqueries(code):
        if not first < start <= end < last:  # what encloses this one stays
            outside = outside[:first] + " " * (last - first) + outside[last:]
    before, found = "", set[str]()
    for clause, first, last in clauses(outside):
        if first > start:
            break
        body = outside[first:last]
        plain = without_brackets(body)
        if clause in ("MATCH", "OPTIONAL MATCH"):
            found = set(_IN_PATTERN.findall(body)) - bound
            optional |= found if clause != "MATCH" else set()
            bound |= found
        elif clause == "WHERE" and before == "OPTIONAL MATCH":
            optional -= found if last >= start else set()  # in its own condition it is there
        elif clause == "WHERE" and before == "MATCH" and not _EITHER.search(plain):
            guarded |= {part[1] for text in _AND.split(plain) if (part := _GUARD.match(text))}
            earlier = body[: start - first]
            if last >= start and earlier.count("(") == earlier.count(")") and _KEEPS.search(earlier):
                return set(), set(), set()
        bound |= set(_AS.findall(body)) if clause in ("WITH", "UNWIND") else set()
        before = clause
    return bound, optional, guarded


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
