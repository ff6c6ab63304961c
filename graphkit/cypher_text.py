"""Cypher as text: what a statement names, whether it only reads."""

from __future__ import annotations

import re

from graphkit.errors import WriteRefusedError

__all__ = ["COMMITS_ITSELF", "check_read_only", "code_of", "parameter_names"]

# Strings, quoted names and comments: whatever stands in them is not code.
_NOT_CODE = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|//[^\n]*|/\*.*?\*/", re.DOTALL)
_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")
_PROPERTY = re.compile(r"(?:\b[A-Za-z_]\w*|[)\]}])\s*\.\s*[A-Za-z_]\w*")
_ESCAPE = re.compile(r"\\u+([0-9A-Fa-f]{4})")

# Clauses that write, change the schema, or read files and the network, in the Cypher of either engine. A word counts
# where a clause may begin: not as a label or a parameter, and not where it can only be a variable or a map's key.
_WRITES = re.compile(
    r"(?<![\w$:|])(CREATE|MERGE|SET|DELETE|DETACH|REMOVE|FOREACH|INSERT|LOAD(?=\s+(?:CSV|FROM|WITH)\b)|CALL|USE)"
    r"(?!\w|\s*$|\s*[:.,)\]}=<>+*/%]|\s+AS\b)",
    re.IGNORECASE,
)
# What a statement begins with that is no query: transactions, users, databases, extensions, files.
_BEGINS = re.compile(
    r"\s*(?:(?:EXPLAIN|PROFILE)\b\s*)*(ALTER|ATTACH|BEGIN|CHECKPOINT|COMMENT|COMMIT|COPY|DEALLOCATE|DENY|DROP|"
    r"DRYRUN|ENABLE|EXPORT|GRANT|IMPORT|INSTALL|LOAD|REALLOCATE|RENAME|REVOKE|ROLLBACK|START|STOP|TERMINATE|UNINSTALL|UPDATE)\b",
    re.IGNORECASE,
)
#: What a subquery ends with that commits in transactions of its own.
COMMITS_ITSELF = re.compile(r"\bIN\s+(\S+\s+CONCURRENT\s+|CONCURRENT\s+)?TRANSACTIONS\b", re.IGNORECASE)
# Procedures that only describe the graph; a subquery CALL { … } or CALL (…) { … } is code of its own.
_READING_CALL = re.compile(
    r"CALL\s*(\([^)]*\)\s*)?\{|CALL\s+(db\.labels|db\.relationshipTypes|db\.propertyKeys|db\.schema\.\w+|"
    r"show_tables|table_info|storage_info|show_connection|show_functions|db_version)\s*\(",
    re.IGNORECASE,
)


def code_of(text: str) -> str:
    """Return the statement with the content of strings, quoted names and comments blanked out.

    Examples
    --------
    >>> from graphkit.cypher_text import code_of
    >>> code_of("RETURN 'CREATE' AS word").split()
    ['RETURN', 'AS', 'word']
    """
    return _NOT_CODE.sub(_blanks, text)


def parameter_names(text: str) -> set[str]:
    """Return the names that stand behind a $ in the statement's code."""
    return set(_PARAMETER.findall(code_of(text)))


def check_read_only(text: str) -> None:
    r"""Refuse a statement that writes, changes the schema, or reads files, and several statements in one.

    The engines refuse writes in a read transaction too; this refuses before anything is sent, names the word, and
    covers what a read transaction allows (LOAD CSV, LOAD FROM and COPY … TO reach files where the server stands).

    Raises
    ------
    WriteRefusedError
        Names the first word that is refused, with its line and column.

    Examples
    --------
    >>> from graphkit.cypher_text import check_read_only
    >>> check_read_only("MATCH (n:Neuron) WHERE n.set = 'DELETE' RETURN n.root_id AS root_id")
    """
    _check(text)
    # Neo4j decodes \u0027 before it reads the statement, the embedded engine does not: as either would see it.
    decoded = _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), text)
    if decoded != text:
        _check(decoded)


def _check(text: str) -> None:
    code = code_of(text)
    end = code.find(";")
    if end >= 0 and code[end + 1 :].strip(" \t\r\n;"):
        raise _refusal(code, end, ";", "begins another statement", "Ask one statement at a time.")
    if found := _BEGINS.match(code):
        raise _refusal(code, found.start(1), found.group(1).upper(), "is no question to the graph", _ALLOW)
    clauses = _PROPERTY.sub(lambda found: "_" * len(found.group()), code)
    for found in _WRITES.finditer(clauses):
        word = found.group(1).upper()
        if word != "CALL" or not _READING_CALL.match(code, found.start()):
            raise _refusal(code, found.start(), word, "writes, changes the schema or reads files", _ALLOW)
    if found := COMMITS_ITSELF.search(clauses):
        raise _refusal(code, found.start(), "IN TRANSACTIONS", "commits what it writes part by part", _ALLOW)


_ALLOW = "Allow writing with write=True (on the command line: --write) if that is what you want."


def _refusal(code: str, place: int, word: str, what: str, instead: str) -> WriteRefusedError:
    line = code.count("\n", 0, place) + 1
    column = place - (code.rfind("\n", 0, place) + 1) + 1
    return WriteRefusedError(f"{word} (line {line}, column {column}) {what}; this query may only read. {instead}")


def _blanks(found: re.Match[str]) -> str:
    return "".join("\n" if character == "\n" else " " for character in found.group())
