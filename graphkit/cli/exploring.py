"""The command that shows the page: explore."""

from __future__ import annotations

import gc
import os
import webbrowser
from pathlib import Path

import click

from graphkit.backends import SERVER_SCHEMES
from graphkit.cli.options import FOLDER, Server, graph_options
from graphkit.connectome import Connectome, connect

__all__ = ["COMMANDS"]


@click.command()
@graph_options
@click.option("--write", is_flag=True, help="Let the page mark targets, write runs back and delete them.")
@click.option(
    "--runs", "folder", type=FOLDER, default="graphkit-runs", show_default=True, help="Folder that keeps runs."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8420,
    show_default=True,
    help="Port of the page; 0: any that is free.",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True,
    help="Where to listen. Beyond this machine a token is needed: GRAPHKIT_TOKEN, or one that is drawn.",
)  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def explore(server: Server, write: bool, folder: Path, port: int, host: str, no_browser: bool) -> None:
    """Explore circuits, ask, simulate and look, on a page in the browser."""
    # dash and plotly take a second to import, which no other command should wait for. What they bring stays: the
    # collector, which would look through all of it while it comes and every few requests, for 0.15 s, leaves it alone.
    gc.disable()
    from graphkit.explorer import Site

    gc.freeze()
    gc.enable()

    if not server.graph:
        raise click.UsageError("no graph: name it with --graph FILE, or in the variable GRAPHKIT_GRAPH")
    address, remote = server.graph, server.graph.partition("://")[0] in SERVER_SCHEMES
    password = server.password() if remote else None  # asked for once, not for every connection

    def open_graph(writing: bool) -> Connectome:
        return connect(address, read_only=not writing, user=server.user, password=password, database=server.database)

    with Site(
        open_graph, folder, writable=write, host=host, port=port, token=os.environ.get("GRAPHKIT_TOKEN") or None
    ) as site:
        click.echo(f"graphkit explore: {site.url}  (Ctrl-C ends it)")
        if not no_browser:
            webbrowser.open(site.url)
        try:
            site.serve()
        except KeyboardInterrupt:
            click.echo("")


COMMANDS = (explore,)
