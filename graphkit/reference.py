"""The reference of the named queries, made from their headers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from graphkit.queries import Query

__all__ = ["query_reference"]

_FOLDERS = {
    "check": "Whether the graph is what its steps should have made of it",
    "backup": "Everything in the graph, table by table",
    "activity": "Questions that join wiring and activity",
    "analysis": "Questions about wiring and transmitters",
    "select": "Choosing neurons, and what graphkit asks of the graph itself",
}
#: What a header gives as the default of a limit that does not limit.
_NO_LIMIT = 2**63 - 1


def query_reference(queries: Mapping[str, Query]) -> str:
    """Return a Markdown page of every query that answers something: what it asks, takes and returns.

    Examples
    --------
    >>> from graphkit.queries import Queries
    >>> from graphkit.reference import query_reference
    >>> query_reference(Queries("ladybug")).splitlines()[0]
    '# Named queries'
    """
    lines = [
        "# Named queries",
        "",
        "Each is a file under `cypher/`, asked by its name: `connectome.query(name, …)` in Python,",
        "`graphkit query NAME --param name=value` in a shell. `graphkit queries NAME` shows its Cypher. A parameter",
        "without a default has to be given; a column with `?` may be empty. This page is made by",
        "`graphkit queries --reference`.",
    ]
    asked = [query for query in queries.values() if query.columns]
    for folder, found in groupby(asked, key=lambda query: query.name.partition("/")[0]):
        group = list(found)
        lines += ["", f"## {_FOLDERS[folder]}", "", "| query | answers |", "|---|---|"]
        lines += [f"| [{query.name}](#{query.name.replace('/', '')}) | {query.headline} |" for query in group]
        for query in group:
            lines += ["", f"### {query.name}", "", query.summary, ""]
            if query.needs:
                lines += [f"Reads what {' and '.join(f'`{step}`' for step in query.needs)} wrote.", ""]
            if query.parameters:
                lines += ["| parameter | type | default | |", "|---|---|---|---|"]
                for parameter in query.parameters.values():
                    default = "" if parameter.required else f"`{parameter.shown_default}`"
                    default = "no limit" if parameter.default == _NO_LIMIT else default
                    lines.append(f"| `{parameter.name}` | {parameter.type} | {default} | {parameter.description} |")
                lines.append("")
            columns = ", ".join(f"`{c.name}` {c.type}{'?' if c.nullable else ''}" for c in query.columns)
            lines.append(f"Returns {columns}.")
    return "\n".join(lines) + "\n"
