"""What the command line prints: reports, tables, progress."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
import pandas as pd
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from graphkit.cli.levels import is_plain
from graphkit.progress import Progress as Tick

__all__ = ["FORMATS", "progress", "show_list", "show_report", "show_table"]

_TEXT = 22  # letters of a text in a line of a narrow terminal; the rest follows below
_GAP = 2  # between columns
FORMATS = ("table", "csv", "json", "parquet")


@contextmanager
def progress(doing: str) -> Iterator[Tick]:
    """Draw how far the work in the context is, on standard error and only for people."""
    console = Console(stderr=True)
    if not (console.is_terminal and is_plain()):
        yield lambda done, total, unit: None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[unit]}"),
        _Speed(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as drawn:
        # Until the work tells how far it is, a moving bar says that it goes on.
        tasks: dict[str, TaskID] = {"": drawn.add_task(doing, total=None, unit="")}

        def tick(done: int, total: int | None, unit: str) -> None:
            if "" in tasks:
                tasks[unit] = tasks.pop("")
            if unit not in tasks:
                tasks[unit] = drawn.add_task(doing, unit=unit)
            drawn.update(tasks[unit], completed=done, total=total, unit=unit)

        yield tick


class _Speed(ProgressColumn):
    """How many units a second, where they go by the dozen."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed or 0.0
        return Text(f"{speed:,.0f}/s" if speed >= 10 else "")


def show_report(title: str, report: Mapping[str, object]) -> None:
    """Print what a step did, a line each."""
    click.echo(title)
    for name, value in report.items():
        if isinstance(value, Mapping):
            shown = ", ".join(f"{key}: {_number(part)}" for key, part in value.items())
        else:
            shown = _number(value)
        click.echo(f"  {name.replace('_', ' '):<28} {shown}")


def _number(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return "none" if value is None else "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def show_table(frame: pd.DataFrame, form: str, out: Path | None) -> None:
    """Print a table, or write it to a file; ids keep every digit in each of the formats."""
    if form == "parquet":
        if out is None:
            raise click.UsageError("parquet is not text: name a file with --out")
        frame.to_parquet(out, index=False)
    elif form == "csv":
        _put(frame.to_csv(index=False), out)
    elif form == "json":
        rows = [_ids_as_texts("", row) for row in json.loads(frame.to_json(orient="records"))]
        _put(json.dumps(rows, indent=1) + "\n", out)
    elif out is not None:
        out.write_text(frame.to_string(index=False) + "\n", encoding="utf-8")
    else:
        _draw(frame)


def _ids_as_texts(name: str, value: object) -> object:
    """Return what stands under a name, in nodes and lists, too, with ids as texts: most readers keep 53 bits."""
    if isinstance(value, dict):
        return {key: _ids_as_texts(key, one) for key, one in value.items()}
    if isinstance(value, list):
        return [_ids_as_texts(name, one) for one in value]
    return str(value) if name.endswith(("root_id", "root_ids")) and value is not None else value


def _put(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


def _draw(frame: pd.DataFrame) -> None:
    # Where nobody watches, a table is as wide as it needs to be: a pipe must not lose a digit to a narrow screen.
    console = Console(width=None if sys.stdout.isatty() else 10_000)
    cells = {str(name): [_cell(value) for value in column] for name, column in frame.items()}
    whole = {
        str(name) for name, column in frame.items()
        if pd.api.types.is_numeric_dtype(column) or str(name).endswith(("root_id", "run_id"))
    }  # fmt: skip
    for number, names in enumerate(_side_by_side(cells, whole, console.width)):
        if number:
            console.print()
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in names:
            numeric = pd.api.types.is_numeric_dtype(frame[name])
            table.add_column(name, justify="right" if numeric else "left", no_wrap=name in whole, overflow="fold")
        for row in zip(*(cells[name] for name in names), strict=True):
            table.add_row(*map(Text, row))
        console.print(table)
    console.print(f"{len(frame):,} row{'' if len(frame) == 1 else 's'}", style="dim")


def _side_by_side(cells: Mapping[str, list[str]], whole: Collection[str], width: int) -> list[list[str]]:
    """Return the columns that fit beside each other, block after block, each behind the first: no number is cut."""
    widths = {name: max(map(len, [name, *column])) + _GAP for name, column in cells.items()}
    widths = {name: wide if name in whole else min(wide, max(_TEXT, len(name)) + _GAP) for name, wide in widths.items()}
    blocks: list[list[str]] = [[]]
    for name, wide in widths.items():
        if len(blocks[-1]) > 1 and sum(widths[one] for one in blocks[-1]) + wide > width + _GAP:
            blocks.append([blocks[0][0]])
        blocks[-1].append(name)
    return blocks


def show_list(lines: Mapping[str, str]) -> None:
    """Print names and what each is; for people, wrapped behind its name to the width of the terminal."""
    width = max(map(len, lines)) + 2
    for name, told in lines.items():
        room = max(shutil.get_terminal_size().columns - width, _TEXT) if sys.stdout.isatty() else None
        wrapped = textwrap.wrap(told, room) if room else [told]
        click.echo((f"{name:<{width}}" + f"\n{'':<{width}}".join(wrapped)).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, list):
        return f"[{len(value)} values]" if len(value) > 4 else str(value)
    if isinstance(value, dict):  # a neuron, a connection, a map: what it has, and of lists how long they are
        return ", ".join(f"{name}: {shown}" for name, one in value.items() if (shown := _cell(one)))
    if value is None or (not isinstance(value, str) and pd.isna(value)):  # type: ignore[call-overload]  # what cells hold
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
