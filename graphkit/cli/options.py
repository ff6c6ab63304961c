"""Options that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import click

from graphkit.backends import SERVER_SCHEMES
from graphkit.connectome import Connectome, connect

__all__ = [
    "FILE", "FOLDER", "Server", "circuit_options", "format_options", "graph_options", "model_options",
    "open_connectome",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., object])

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


class Server:
    """Where the graph is and who asks; the password is looked up when the graph is opened, and kept nowhere."""

    def __init__(self, graph: str | None, user: str, database: str | None, password_file: Path | None) -> None:
        self.graph, self.user, self.database, self.password_file = graph, user, database, password_file

    def password(self) -> str | None:
        """Return the password: from the file, from NEO4J_PASSWORD, or typed at a prompt."""
        if self.password_file is not None:
            if password := self.password_file.read_text(encoding="utf-8", errors="replace").strip():
                return password
            raise click.UsageError(f"{self.password_file} is empty: it should hold the password of {self.user}")
        if given := os.environ.get("NEO4J_PASSWORD"):
            return given
        if sys.stdin.isatty():
            return str(click.prompt(f"Password of {self.user} at {self.graph}", hide_input=True, err=True))
        raise click.UsageError("no password: set NEO4J_PASSWORD, or name a file with --password-file")


def graph_options(command: F) -> F:
    """Add --graph and what a server needs; the command gets them as one ``server``."""

    def gathered(
        *, graph: str | None, user: str, database: str | None, password_file: Path | None, **others: object
    ) -> object:
        return command(server=Server(graph, user, database, password_file), **others)

    gathered.__doc__ = command.__doc__
    gathered.__name__ = command.__name__
    gathered.__dict__.update(command.__dict__)  # click keeps the options of a function there
    for option in (
        click.option("--password-file", type=FILE, help="File that holds the password of a Neo4j server."),
        click.option("--database", help="Database of a Neo4j server; its default one unless named."),
        click.option("--user", default="neo4j", show_default=True, help="User of a Neo4j server."),
        click.option("--graph", envvar="GRAPHKIT_GRAPH", help="A file, or bolt://… [variable: GRAPHKIT_GRAPH]"),
    ):
        option(gathered)
    return cast(F, gathered)


def open_connectome(server: Server, *, write: bool = False) -> Connectome:
    """Open the graph that --graph or GRAPHKIT_GRAPH names."""
    if not server.graph:
        raise click.UsageError("no graph: name it with --graph FILE, or in the variable GRAPHKIT_GRAPH")
    remote = server.graph.partition("://")[0] in SERVER_SCHEMES
    return connect(
        server.graph,
        read_only=not write,
        user=server.user,
        password=server.password() if remote else None,
        database=server.database,
    )


def circuit_options(command: F) -> F:
    """Add the options that choose a circuit."""
    for option in (
        click.option(
            "--min-input-share", type=float, help="Smallest share of input kept, inclusive. [default: as marked]"
        ),
        click.option("--min-synapses", type=int, help="Smallest connection kept, inclusive. [default: as marked]"),
        click.option(
            "--neurons", type=FILE, help="Only these neurons: a file with root_id, or a selection (TOML, JSON)."
        ),
        click.option(
            "--max-downstream", type=int, help="Deepest marked level. [default: as marked; whole graph if unmarked]"
        ),
    ):
        option(command)
    return command


def format_options(command: F) -> F:
    """Add the options that say what the files are."""
    for option in (
        click.option("--name", help="Name of the dataset, where it is not FlyWire; kept with the graph."),
        click.option("--release", help="Release of the dataset, such as 783; kept with the graph."),
        click.option("--format", "form", default="flywire", show_default=True, help="Format of the files: a loader."),
    ):
        option(command)
    return command


def model_options(command: F) -> F:
    """Add the options of a simulation."""
    for option in (
        click.option("--record-every-ms", type=float, help="Time between recorded values (ms). [default: every step]"),
        click.option(
            "--record", type=FILE, help="Record v and g of these neurons: a file with root_id, or a selection."
        ),
        click.option("--silence-end-ms", type=float, help="Silence before this time (ms). [default: to the end]"),
        click.option("--silence-start-ms", type=float, default=0, show_default=True, help="Silence from then on (ms)."),
        click.option(
            "--silence-mode", default="outputs", show_default=True, type=click.Choice(["outputs", "both", "clamp"])
        ),
        click.option("--silence", type=FILE, help="Silence these neurons: a file with root_id, or a selection."),
        click.option("--stimuli", type=FILE, help="Further stimuli, or changed ones, by name: TOML or JSON."),
        click.option("--device", help="What Brian2 runs on: numpy, cython or cpp_standalone. [default: by cost]"),
        click.option("--second-rate-hz", type=float, help="Rate of the second targets' input (Hz)."),
        click.option("--second-targets", type=FILE, help="A second group to stimulate: a file or selection."),
        click.option("--stimulate", type=FILE, help="Stimulate these, not the targets: a file or selection."),
        click.option("--rate-hz", type=float, help="Rate of the targets' input (Hz). [default: the model's]"),
        click.option("--seed", type=int, help="Random seed; drawn and recorded unless given."),
        click.option("--trials", type=int, default=1, show_default=True, help="Trials."),
        click.option("--duration-ms", type=float, default=1000, show_default=True, help="Simulated time (ms)."),
        click.option("--engine", default="auto", show_default=True, help="auto, brian2 or event_driven."),
        click.option("--dt-ms", type=float, help="Time step (ms). [default: the model's]"),
        click.option("--model", default="fly_lif", show_default=True, help="fly_lif or shiu2024."),
    ):
        option(command)
    return command
