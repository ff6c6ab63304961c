"""Every command that the documentation gives is one, with options that it has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from graphkit.cli import cli

CHECKOUT = Path(__file__).parent.parent
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CHANGELOG.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]


def commands(page: Path) -> list[str]:
    """Return the lines of a page's blocks, and what stands in backticks, that begin with graphkit and a command."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("graphkit ")]
    inline = re.findall(r"`(graphkit (?!needs\b)[^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [re.sub(r"\s+#.*", "", line) for line in [*lines, *inline]]


TOLD = {page.relative_to(CHECKOUT).as_posix(): told for page in PAGES if (told := commands(page))}


@pytest.mark.parametrize("page", TOLD)
def test_commands_and_their_options_are_there(page: str) -> None:
    for line in TOLD[page]:
        command: click.Command = cli
        for word in (word.partition("=")[0] for word in shlex.split(line)[1:]):
            if word.startswith("-"):
                known = {name for option in (*command.params, *cli.params) for name in option.opts}
                assert word in known | {"--help", "--version", "-vv"}, line
            elif isinstance(command, click.Group) and word not in ("COMMAND", "…"):
                assert word in command.commands, line
                command = command.commands[word]


def test_the_pages_that_give_commands_were_found() -> None:
    assert sum(map(len, TOLD.values())) > 100
    assert {"README.md", "docs/neo4j.md", "docs/how_to/compare_runs.md"} <= set(TOLD)
