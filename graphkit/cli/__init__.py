"""The command line: each command parses, calls one function, prints."""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, TextIO

import click

from graphkit.cli import asking, exploring, graphs, importing, keeping, lines, plotting, simulating
from graphkit.cli.levels import note, take_levels
from graphkit.errors import GraphkitError
from graphkit.version import __version__

__all__ = ["cli", "main", "show_warnings_in_words"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, package_name="graphkit")
def cli() -> None:
    """Connectomes in a graph database: ask in Cypher, simulate, look at wiring and activity together.

    The graph is a file (embedded engine) or a Neo4j server (bolt://…, neo4j://…). Name it with --graph, behind
    the command, or once for all commands in the variable GRAPHKIT_GRAPH.
    """


for module in (lines, graphs, keeping, importing, simulating, plotting, asking, exploring):
    for command in module.COMMANDS:
        cli.add_command(command)
take_levels(cli)


def main() -> None:
    """Run the command line; the exit code is 2 where the use was wrong, 1 where something failed."""
    show_warnings_in_words()
    with redirect_stdout(_that_may_close(sys.stdout, 1)), redirect_stderr(_that_may_close(sys.stderr, 2)):
        code = _ended(lambda: cli.main(standalone_mode=False))
    sys.exit(code)


def _ended(run: Callable[[], object]) -> int:
    try:
        run()
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("graphkit: stopped. What was finished is kept; `graphkit info` shows the state.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except GraphkitError as error:
        click.echo(f"graphkit: {error}", err=True)
        return error.exit_code
    except OSError as error:
        click.echo(f"graphkit: {error.filename or ''}: {error.strerror or error}", err=True)
        return 1
    return 0


class _MayClose(io.FileIO):
    """A pipe whose reader may leave, as in `graphkit run … | head`: what is said then is lost, the work goes on."""

    def write(self, data: Any, /) -> int:
        """Write, and count as written what nobody reads."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def _that_may_close(stream: TextIO | None, descriptor: int) -> TextIO | None:
    if stream is None or stream.isatty():
        return stream
    pipe = io.BufferedWriter(_MayClose(descriptor, "w", closefd=False))
    return io.TextIOWrapper(pipe, stream.encoding, stream.errors, line_buffering=True)


def show_warnings_in_words() -> None:
    """Show what users are warned of as a note, without the line of code that warns."""

    def show(message: Warning | str, category: type[Warning], *where: object) -> None:
        # What a library says to its developers, which is none of a user's business, may be called both.
        if issubclass(category, UserWarning) and not issubclass(category, DeprecationWarning):
            note(message)

    warnings.simplefilter("always", UserWarning)
    warnings.showwarning = show  # type: ignore[assignment]  # the standard hook takes more than it is given here
