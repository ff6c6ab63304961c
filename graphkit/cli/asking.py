"""Commands that ask: query, queries, cypher."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from graphkit.cli.options import FILE, Server, graph_options, open_connectome
from graphkit.cli.showing import FORMATS, show_list, show_table
from graphkit.errors import ParameterError
from graphkit.queries import Queries
from graphkit.reference import query_reference

__all__ = ["COMMANDS"]

_FORMAT = click.option("--format", "form", default="table", show_default=True, type=click.Choice(FORMATS))
_OUT = click.option("--out", type=FILE, help="Write the answer to this file.")
_PARAM = click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated.")
_EXPLAIN = click.option("--explain", is_flag=True, help="Show how the engine would answer, without asking.")
_PROFILE = click.option(
    "--profile", is_flag=True, help="Ask, and show what each part of the answer cost, instead of it."
)
_TIMEOUT = click.option("--timeout", default=60.0, show_default=True, help="Seconds after which it is stopped.")


@click.command()
@click.argument("name")
@graph_options
@_PARAM
@_FORMAT
@_OUT
@_EXPLAIN
@_PROFILE
def query(
    server: Server, name: str, params: tuple[str, ...], form: str, out: Path | None, explain: bool, profile: bool
) -> None:
    """Ask the named query NAME; `graphkit queries` lists them."""
    with open_connectome(server) as connectome:
        asked = connectome.graph.queries[name]
        given = {}
        for key, text in _pairs(params):
            if key not in asked.parameters:
                asked.bind(**{key: text})  # says which parameters there are
            given[key] = asked.parameters[key].parse(text, name)
        if explain or profile:
            click.echo(connectome.plan(name, profile=profile, timeout_s=None, **given))
            return
        answer = connectome.query(name, **given)
    show_table(answer, form, out)


@click.command()
@click.argument("name", required=False)
@click.option("--all", "every", is_flag=True, help="Those that only write, too.")
@click.option("--reference", is_flag=True, help="All of them with parameters and columns, as a Markdown page.")
def queries(name: str | None, every: bool, reference: bool) -> None:
    """List the named queries, or show one: its parameters, columns and Cypher."""
    known = Queries("ladybug")
    if reference:
        click.echo(query_reference(known), nl=False)
        return
    if name is not None:
        click.echo(known[name].text.rstrip())
        return
    shown = {key: asked for key, asked in known.items() if asked.columns or every}
    show_list({key: asked.headline for key, asked in shown.items()})


@click.command()
@click.argument("text")
@graph_options
@_PARAM
@_FORMAT
@_OUT
@click.option("--write", is_flag=True, help="Let the statement write.")
@_EXPLAIN
@_PROFILE
@_TIMEOUT
@click.option("--limit", default=10_000, show_default=True, help="Rows shown at most; it is said when there are more.")
def cypher(
    server: Server,
    text: str,
    params: tuple[str, ...],
    form: str,
    out: Path | None,
    write: bool,
    explain: bool,
    profile: bool,
    timeout: float,
    limit: int,
) -> None:
    """Run a Cypher statement of your own; it may only read unless --write is given."""
    given = {key: _value(value) for key, value in _pairs(params)}
    with open_connectome(server, write=write) as connectome:
        if explain or profile:
            click.echo(connectome.plan(text, profile=profile, timeout_s=timeout, **given))
            return
        answer = connectome.cypher(text, write=write, timeout_s=timeout, row_limit=limit, **given)
    if len(answer.columns):
        show_table(answer, form, out)


def _pairs(params: Iterable[str]) -> list[tuple[str, str]]:
    pairs = []
    for param in params:
        key, separator, value = param.partition("=")
        if not separator:
            raise ParameterError(f"--param {param} is not NAME=VALUE")
        pairs.append((key.strip(), value))
    return pairs


def _value(text: str) -> object:
    """Read a value as JSON: numbers, true, false, lists; anything else is a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


COMMANDS = (query, queries, cypher)
