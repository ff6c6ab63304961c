"""The command that loads a Neo4j database offline."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click

from graphkit.cli.graphs import find_loader, show_refused
from graphkit.cli.options import FILE, FOLDER, format_options
from graphkit.cli.showing import progress, show_report
from graphkit.loading import named_dataset
from graphkit.neo4j_import import run_import, write_import_files

__all__ = ["COMMANDS"]

#: Where a container of docker-compose.yml sees the folder.
_IN_CONTAINER = "/graphkit"


@click.command("neo4j-import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=FOLDER, help="Folder for the importer's files.")
@click.option("--database", default="neo4j", show_default=True, help="Database to fill.")
@click.option("--overwrite", is_flag=True, help="Replace the files and the database that are there.")
@click.option("--files-only", is_flag=True, help="Write the files and the command, and run nothing.")
@click.option("--skip-bad-rows", is_flag=True, help="Leave out rows that cannot be read, and write them to a file.")
@click.option("--refused", type=FILE, default="refused_rows.csv", show_default=True, help="Where refused rows go.")
@format_options
def neo4j_import(
    paths: tuple[Path, ...], out: Path, database: str, overwrite: bool, files_only: bool, skip_bad_rows: bool,
    refused: Path, form: str, name: str | None, release: str | None,
) -> None:  # fmt: skip
    """Load a connectome into a Neo4j database that is not running: a FOLDER of its files, or the files by name.

    Writes the files of Neo4j's own importer and the command that runs it. Where neo4j-admin is at hand (on the PATH,
    in NEO4J_HOME or as NEO4J_ADMIN, or through docker-compose.yml in this folder) it is run.
    """
    loader = find_loader(form, paths, skip_bad_rows=skip_bad_rows, name=name, version=release)
    admin, seen_at = ([], ".") if files_only else _admin(out)
    with progress("writing") as tick:
        files = write_import_files(
            loader, out, database=database, engine_version=_version(admin), overwrite=overwrite, progress=tick
        )
    show_report(f"wrote {named_dataset(loader.name, loader.version)} to {out}", files.report)
    show_refused(loader, refused)
    arguments = files.arguments(database, seen_at=seen_at, overwrite=overwrite)
    click.echo(shlex.join([*(admin or ["neo4j-admin"]), *arguments]) + (f"   # in {out}" if seen_at == "." else ""))
    if not admin:
        why = "" if files_only else "no neo4j-admin is at hand: "
        click.echo(f"{why}run {out / 'import.sh'} where the server is installed, while it is stopped")
        return
    with progress("importing"):
        seconds = run_import(files, admin, database=database, seen_at=seen_at, overwrite=overwrite)
    click.echo(f"imported into {database} in {seconds:.1f} s; start the server, then `graphkit predict`")


def _admin(folder: Path) -> tuple[list[str], str]:
    """Return how neo4j-admin is called here and where it sees the folder, or nothing where there is none."""
    candidates = [os.environ.get("NEO4J_ADMIN"), "neo4j-admin"]
    if home := os.environ.get("NEO4J_HOME"):
        candidates.append(str(Path(home) / "bin" / "neo4j-admin"))
    for given in filter(None, candidates):
        if found := shutil.which(given):
            return [str(Path(found).absolute())], "."
    if Path("docker-compose.yml").is_file():
        for compose in (["docker", "compose"], ["docker-compose"]):
            if shutil.which(compose[0]) and not _run([*compose, "config", "--quiet"]).returncode:
                mount = ["--volume", f"{folder.absolute()}:{_IN_CONTAINER}:ro"]
                once = ["-f", str(Path("docker-compose.yml").absolute()), "run", "--rm", "--no-deps", "-T"]
                return [*compose, *once, *mount, "neo4j", "neo4j-admin"], _IN_CONTAINER
    return [], "."


def _version(admin: list[str]) -> str:
    told = _run([*admin, "--version"]) if admin else None
    found = re.search(r"\d+\.\d+\.\d+\S*", told.stdout) if told else None
    return f"Neo4j {found[0]}" if found else "Neo4j"


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


COMMANDS = (neo4j_import,)
