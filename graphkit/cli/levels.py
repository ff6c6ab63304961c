"""How much a command says on standard error: -q, -v, -vv."""

from __future__ import annotations

import logging

import click

__all__ = ["is_plain", "note", "take_levels"]

_LOGGER = logging.getLogger("graphkit")


class _Echo(logging.Handler):
    """Hands records to click, which knows the standard error of the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        click.echo(self.format(record), err=True)


_HANDLER = _Echo()
_HANDLER.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))


def take_levels(command: click.Command, *, hidden: bool = False) -> None:
    """Give a command -v and -q, and all commands below it, too, where help does not repeat them."""
    command.params += [
        click.Option(["-q", "--quiet"], is_flag=True, expose_value=False, hidden=hidden, callback=_quiet, is_eager=True,
                     help="No progress, no notes: results and errors alone."),
        click.Option(["-v", "--verbose"], count=True, expose_value=False, hidden=hidden, callback=_verbose,
                     help="Log each step with its figures and seconds; -vv each query, too."),
    ]  # fmt: skip
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        take_levels(below, hidden=True)


def note(text: object) -> None:
    """Print a note to the user on standard error, unless -q was given."""
    if _LOGGER.isEnabledFor(logging.WARNING):
        click.echo(f"graphkit: note: {text}", err=True)


def is_plain() -> bool:
    """Return whether neither -q nor -v was given: whether progress is drawn."""
    return _LOGGER.getEffectiveLevel() == logging.WARNING


def _quiet(context: click.Context, option: click.Parameter, given: bool) -> None:
    if given or context.parent is None:
        _LOGGER.setLevel(logging.ERROR if given else logging.WARNING)


def _verbose(context: click.Context, option: click.Parameter, times: int) -> None:
    if times:
        _LOGGER.setLevel(logging.INFO if times == 1 else logging.DEBUG)
    if _HANDLER not in _LOGGER.handlers:
        _LOGGER.addHandler(_HANDLER)
