"""A view in words that run elsewhere, as Cypher or as Python."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from graphkit.explorer.looking import Statement

__all__ = ["as_cypher", "as_python"]


def as_cypher(statements: Iterable[Statement]) -> str:
    """Return the statements as they were asked, with the values of their parameters before each.

    Values stand as ``:param`` lines, which Neo4j's own shell and browser understand.
    """
    blocks = []
    for statement in statements:
        values = "".join(f":param {name} => {json.dumps(value)}\n" for name, value in statement.values.items()
                         if f"${name}" in statement.text)  # fmt: skip
        named = f"// {statement.name}\n" if statement.name else ""
        body = "\n".join(line for line in statement.text.strip().splitlines() if not line.startswith("// :"))
        blocks.append(f"{values}{named}{body};")
    return "\n\n".join(blocks)


def as_python(address: str, lines: Sequence[str]) -> str:
    """Return a program that comes to the same circuit."""
    body = "\n".join(f"    {line}" for line in lines or ["print(connectome.info())"])
    program = f"with connect({address!r}, read_only=True) as connectome:\n{body}"
    names = [name for name in ("SpikeTrains", "connect", "simulate") if re.search(rf"(?<![.\w]){name}[.(]", program)]
    return f"from graphkit import {', '.join(names)}\n\n{program}"
