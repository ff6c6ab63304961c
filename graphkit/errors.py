"""Every error graphkit raises, in one tree.

::

    GraphkitError
    ├── DataError (ValueError)              a file or table that cannot be taken as it is
    ├── QueryError (ValueError)             a query that cannot be asked
    │   ├── UnknownQueryError (LookupError)     no file of that name under cypher/
    │   ├── ParameterError (TypeError)          a parameter missing, unknown or of another type
    │   └── WriteRefusedError (PermissionError) a query that writes, where only reading is allowed
    ├── SelectionError (LookupError)        neurons that are not in the graph or circuit
    ├── GraphStateError (RuntimeError)      a step is missing, unfinished, stale or running elsewhere
    ├── BackendError (RuntimeError)         the graph database refused or failed
    │   ├── ServerUnavailableError (ConnectionError)    nothing answers at the address
    │   ├── CredentialsError (PermissionError)          user or password refused
    │   └── GraphFileError (OSError)                    a graph file locked, damaged or of another version
    ├── SimulationError (ValueError)        a model, stimulus or circuit that cannot be simulated
    └── MissingDependencyError (ImportError)    an optional package or program is not installed

Each also inherits from the builtin that a caller would catch, so ``except ValueError`` works as well as
``except GraphkitError``. A message says what was given, what is known, and what to do next.

``GraphStateWarning`` is issued where an answer is given, and something has to be known of it: a step is older than its
input or unfinished, rows were cut off, the files are of two releases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "BackendError",
    "BadRow",
    "CredentialsError",
    "DataError",
    "GraphFileError",
    "GraphStateError",
    "GraphStateWarning",
    "GraphkitError",
    "MissingDependencyError",
    "ParameterError",
    "QueryError",
    "SelectionError",
    "ServerUnavailableError",
    "SimulationError",
    "UnknownQueryError",
    "WriteRefusedError",
]


class GraphkitError(Exception):
    """The base of all errors of graphkit.

    ``exit_code`` is what the command line ends with: 2 where the use was wrong, 1 where something failed.

    Examples
    --------
    >>> from graphkit import Circuit, GraphkitError
    >>> try:
    ...     Circuit.load("nowhere.npz")
    ... except GraphkitError as error:
    ...     print(error)
    nowhere.npz: no such file. Save a circuit with Circuit.save(path) first.
    """

    exit_code = 1

    def __str__(self) -> str:
        # KeyError and OSError would print a repr or an errno; the message is written to be read.
        return str(self.args[0]) if self.args else type(self).__name__


@dataclass(frozen=True)
class BadRow:
    """One refused row: the line it starts on (1 is the file's first line), its text and the reason."""

    line: int
    text: str
    reason: str


class DataError(GraphkitError, ValueError):
    """A file or table that cannot be taken as it is.

    Parameters
    ----------
    message
        What is wrong and what to do.
    path
        The file, when there is one.
    rows
        The first refused rows, with line numbers and reasons.
    """

    exit_code = 2

    def __init__(self, message: str, *, path: str | Path | None = None, rows: Sequence[BadRow] = ()) -> None:
        self.path = None if path is None else Path(path)
        self.rows = tuple(rows)
        listed = "".join(f"\n  line {row.line:,}: {row.reason}: {_shown(row.text)}" for row in self.rows)
        super().__init__((f"{path}: {message}" if path is not None else message) + listed)


class QueryError(GraphkitError, ValueError):
    """A query that cannot be asked: wrong header, wrong parameter, refused, or not understood by the engine."""

    exit_code = 2


class UnknownQueryError(QueryError, LookupError):
    """No query of that name is under cypher/."""


class ParameterError(QueryError, TypeError):
    """A parameter is missing, unknown, or of another type than the query's header declares."""


class WriteRefusedError(QueryError, PermissionError):
    """A query that would write, or read files of the server, was given where only reading is allowed."""


class SelectionError(GraphkitError, LookupError):
    """Neurons were named that the graph or the circuit does not hold."""

    exit_code = 2


class GraphStateError(GraphkitError, RuntimeError):
    """A step that this one builds on is missing, unfinished or stale, or another process is running it."""


class BackendError(GraphkitError, RuntimeError):
    """The graph database refused a request or failed."""


class ServerUnavailableError(BackendError, ConnectionError):
    """Nothing answers at the address, or the connection broke."""


class CredentialsError(BackendError, PermissionError):
    """The server refused the user name or password."""

    exit_code = 2


class GraphFileError(BackendError, OSError):
    """A graph file is locked by another process, damaged, unwritable, or was made by another engine version."""


class SimulationError(GraphkitError, ValueError):
    """A model, stimulus or circuit that cannot be simulated as asked."""

    exit_code = 2


class MissingDependencyError(GraphkitError, ImportError):
    """An optional package or program is missing; the message holds the line that installs it."""


class GraphStateWarning(UserWarning):
    """The answer is right for the graph as it is; what has to be known of it is in the message."""


def _shown(text: str) -> str:
    # A row may be long, and may hold control characters that a terminal would obey.
    text = text if len(text) <= 200 else f"{text[:200]}…"
    return text if text.isprintable() else repr(text)[1:-1]
