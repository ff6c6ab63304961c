"""What an engine must offer to hold a connectome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import pyarrow as pa

from graphkit.progress import Progress
from graphkit.queries import ReturnedColumn, Value

__all__ = ["Backend"]


class Backend(Protocol):
    """A graph database that runs Cypher text; it knows nothing of neurons.

    Differences between engines live in file names (``schema/neuron.neo4j.cypher``), not in callers' ifs.
    """

    dialect: str
    """Which ``<name>.<dialect>.cypher`` this engine speaks."""

    address: str
    """Where the graph is, without credentials."""

    engine_version: str
    """Name and version of the engine."""

    read_only: bool
    """Whether writes are refused."""

    neurons_per_transaction: int | None
    """How many neurons' connections one transaction may touch; None where one transaction holds a whole step."""

    def read(
        self, text: str, parameters: Mapping[str, Value], *, timeout_s: float | None = None, limit: int | None = None,
        no_nulls: bool = False,
    ) -> pa.Table:  # fmt: skip
        """Run one statement in a read transaction.

        Parameters
        ----------
        timeout_s
            Seconds after which the statement is stopped.
        limit
            Rows fetched at most.
        no_nulls
            No value of the answer is null.

        Raises
        ------
        QueryError
            If the engine does not understand the statement.
        BackendError
            If it fails, is stopped, or would write.
        """

    def read_each(
        self, text: str, several: Sequence[Mapping[str, Value]], columns: Sequence[ReturnedColumn]
    ) -> pa.Table:
        """Run one statement that reads for each set of parameters: side by side where the engine can.

        Parameters
        ----------
        columns
            What it returns.

        Returns
        -------
        pyarrow.Table
            The rows of all answers, those to the first set of parameters first.
        """

    def write(self, text: str, parameters: Mapping[str, Value]) -> pa.Table:
        """Run one statement in the open transaction, or in one of its own, and return its rows."""

    def write_each(self, text: str, several: Sequence[Mapping[str, Value]], progress: Progress | None = None) -> None:
        """Run one statement for each set of parameters, in any order: side by side where the engine can."""

    def write_rows(self, text: str, rows: pa.Table, progress: Progress | None = None) -> None:
        """Run a statement over the rows it gets as $rows, in as many transactions as the engine needs."""

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context whose writes are one transaction where :attr:`neurons_per_transaction` is None.

        Elsewhere each write is a transaction of its own, and a step's state tells whether all were made.
        """

    def execute(self, text: str, parameters: Mapping[str, Value], *, timeout_s: float | None = None) -> pa.Table:
        """Run a user's statement that may write, in a transaction of its own, and return its rows."""

    def plan(
        self, text: str, parameters: Mapping[str, Value], *, profile: bool = False, timeout_s: float | None = None
    ) -> str:
        """Return the engine's drawing of how it runs a statement that reads.

        ``profile`` runs it, and the drawing tells the rows and the cost of each part.
        """

    def unknown_names(self, text: str, parameters: Mapping[str, Value]) -> list[str]:
        """Return, a sentence for each, what a statement that reads names and the graph has not, and yet is answered.

        Nothing where the engine refuses such a statement.
        """

    def end_transactions(self, process: str) -> None:
        """Let nothing be committed any more of what a process wrote that is gone, or was given up.

        Parameters
        ----------
        process
            As :func:`graphkit.processes.this_process` names it.

        Raises
        ------
        BackendError
            If a transaction of it goes on.
        """

    def stop(self) -> None:
        """Stop the statement that another thread is reading with; it raises BackendError. Nothing where none is."""

    def close(self) -> None:
        """Release the engine."""
