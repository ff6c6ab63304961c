"""Cypher as text: what a statement names and whether it only reads."""

from __future__ import annotations

import re

from graphkit.errors import WriteRefusedError

__all__ = ["check_read_only", "code_of", "parameter_names"]

# Strings, quoted names and comments: whatever stands in them is not code.
_NOT_CODE = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|//[^\n]*|/\*.*?\*/", re.DOTALL)
_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")

# Clauses that write, change the schema, manage transactions or users, or read files and the network, in the
# Cypher of either engine. A word counts only where it is not a property, a variable after a dot, or a map key.
_REFUSED = (
    "CREATE|MERGE|SET|DELETE|DETACH|REMOVE|DROP|ALTER|RENAME|FOREACH|COPY|LOAD|INSTALL|UNINSTALL|ATTACH|USE|CALL|"
    "IMPORT|EXPORT|CHECKPOINT|BEGIN|COMMIT|ROLLBACK|INSERT|GRANT|DENY|REVOKE"
)
_WRITES = re.compile(rf"(?<![\w.$:])({_REFUSED})(?!\w|\s*:|\s*[.,)=<>])", re.IGNORECASE)
# Procedures that only describe the graph; a subquery CALL { … } or CALL (…) { … } is code of its own.
_READING_CALL = re.compile(
    r"CALL\s*(\([^)]*\)\s*)?\{|CALL\s+(db\.labels|db\.relationshipTypes|db\.propertyKeys|db\.schema\.\w+|"
    r"show_tables|table_info|show_connection|show_functions|db_version)\s*\(",
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
    return _NOT_CODE.sub(lambda found: " " * len(found.group()), text)


def parameter_names(text: str) -> set[str]:
    """Return the names that stand behind a $ in the statement's code."""
    return set(_PARAMETER.findall(code_of(text)))


def check_read_only(text: str) -> None:
    """Refuse a statement that writes, changes the schema, or reads files.

    The engines refuse writes in a read transaction too; this refuses before anything is sent, names the word, and
    covers what a read transaction allows (LOAD CSV and LOAD FROM read files where the server stands).

    Raises
    ------
    WriteRefusedError
        Names the first word that is refused, with its line and column.
    """
    code = code_of(text)
    for found in _WRITES.finditer(code):
        word = found.group(1).upper()
        if word == "CALL" and _READING_CALL.match(code, found.start()):
            continue
        line = code.count("\n", 0, found.start()) + 1
        column = found.start() - (code.rfind("\n", 0, found.start()) + 1) + 1
        raise WriteRefusedError(
            f"{word} (line {line}, column {column}) writes, changes the schema or reads files; this query may only "
            "read. Allow writing with write=True (on the command line: --write) if that is what you want."
        )
