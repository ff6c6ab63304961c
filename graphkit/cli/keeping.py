"""Commands that keep a graph right: check, backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from graphkit.cli.options import FILE, Server, graph_options, open_connectome
from graphkit.cli.showing import FORMATS, progress, show_report, show_table

__all__ = ["COMMANDS"]


@click.command()
@graph_options
@click.option("--limit", default=100, show_default=True, help="Findings shown of each check at most.")
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(FORMATS))
@click.option("--out", type=FILE, help="Write the findings to this file.")
def check(server: Server, limit: int, form: str, out: Path | None) -> None:
    """Check that the graph is what its steps should have made of it; ends with 1 when something is found."""
    with open_connectome(server) as connectome, progress("checking") as tick:
        findings = connectome.check(limit=limit, progress=tick)
    if findings.empty:
        click.echo("nothing was found: the graph is what its steps should have made of it")
        return
    show_table(findings, form, out)
    sys.exit(1)


@click.command()
@click.argument("path", type=FILE, metavar="FILE")
@graph_options
@click.option("--overwrite", is_flag=True, help="Replace a file that is there, when the new one is whole.")
def backup(server: Server, path: Path, overwrite: bool) -> None:
    """Write the whole graph into FILE, from which either engine can be filled."""
    with open_connectome(server) as connectome, progress("backing up") as tick:
        report = connectome.backup(path, overwrite=overwrite, progress=tick)
    show_report(f"backed up to {path}", report)


@click.command()
@click.argument("path", type=FILE, metavar="FILE")
@graph_options
def restore(server: Server, path: Path) -> None:
    """Fill a new graph, on either engine, from the backup FILE."""
    with open_connectome(server, write=True) as connectome, progress("restoring") as tick:
        report = connectome.restore(path, progress=tick)
    show_report(f"restored {path}", report)


COMMANDS = (check, backup, restore)
