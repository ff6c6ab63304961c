"""Neo4j: a connectome on a server, over Bolt."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import neo4j
import pyarrow as pa
from neo4j import exceptions

from graphkit.backends.neo4j_batches import batches, side_by_side
from graphkit.backends.neo4j_errors import in_our_words
from graphkit.backends.neo4j_faults import check_plan, may_order_wrongly
from graphkit.backends.neo4j_values import one_record, rows_of, to_table
from graphkit.cypher_text import COMMITS_ITSELF, code_of
from graphkit.errors import (
    BackendError,
    CredentialsError,
    GraphkitError,
    ParameterError,
    WriteRefusedError,
)
from graphkit.processes import this_process
from graphkit.progress import Progress
from graphkit.queries import ReturnedColumn, Value

__all__ = ["Neo4jBackend"]

#: Rows sent in one transaction: the server's heap holds what a transaction writes until it commits.
ROWS_PER_TRANSACTION = 10_000
#: Bytes of a table sent in one transaction, which counts where rows hold lists of spike times: boxed and written, the
#: server's heap holds some twenty times as much. Neurons with ten spikes each are written fastest 5,000 at a time.
BYTES_PER_TRANSACTION = 1_000_000
#: Seconds to wait for a server that does not answer at all.
CONNECTION_TIMEOUT_S = 10.0
#: Seconds for which a transaction is sent again over a dropped connection, to a server that starts again, or after
#: a deadlock. Not where the connection broke during the commit: whether that was made is not known.
RETRY_S = 30.0

#: What transactions are tagged with: the process that writes, the backend that reads. A user may terminate their own.
_WRITER, _READER = "graphkit", "graphkit_reading"
_TERMINATE = """SHOW TRANSACTIONS YIELD transactionId AS id, status, metaData WHERE metaData[$tag] = $value
TERMINATE TRANSACTIONS id YIELD message RETURN id, status"""

#: GQL's codes of a label, a relationship type and a property that the database does not have.
_UNKNOWN = ("01N50", "01N51", "01N52")

_Answer = TypeVar("_Answer")

# What the driver logs it also raises; without a handler Python would print it on stderr as well.
logging.getLogger("neo4j").addHandler(logging.NullHandler())


class Neo4jBackend:
    """A graph on a Neo4j server, or on a cluster behind ``neo4j://``.

    Parameters
    ----------
    address
        ``bolt://host:port`` or ``neo4j://host:port``, with ``+s`` for TLS and ``+ssc`` for a self-signed certificate.
    read_only
        Refuse every write.
    user
        User name.
    password
        Password; None for a server that asks for none.
    database
        Name of the database; the user's home database if None.

    Raises
    ------
    ServerUnavailableError
        If nothing answers at the address.
    CredentialsError
        If the user name or password is refused, or written into the address.
    BackendError
        If there is no such database, or the address is none of a server.

    Examples
    --------
    >>> from graphkit.backends.neo4j import Neo4jBackend
    >>> backend = Neo4jBackend("bolt://localhost:7687", password="secret-password")  # doctest: +SKIP
    >>> backend.read("RETURN 720575940628857210 AS root_id", {}).to_pylist()  # doctest: +SKIP
    [{'root_id': 720575940628857210}]
    """

    dialect = "neo4j"
    # Making or deleting a relationship takes 1.2 kB of the heap until the commit. Two times 500 neurons of a fly
    # without a threshold have 108,000 connections: 130 MB.
    neurons_per_transaction: int | None = 500

    def __init__(
        self,
        address: str,
        *,
        read_only: bool = False,
        user: str = "neo4j",
        password: str | None = None,
        database: str | None = None,
    ) -> None:
        _check_address(address)
        self.address = address
        self.read_only = read_only
        self._user = user
        self._has_password = password is not None
        self._database = database
        self._writer, self._reader = this_process(), secrets.token_hex(8)
        # One manager for all sessions: each reads at least what the ones before it wrote, on a cluster too.
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        with self._wrapping(""):
            self._driver = neo4j.GraphDatabase.driver(
                address,
                auth=None if password is None else (user, password),
                connection_timeout=CONNECTION_TIMEOUT_S,
                max_transaction_retry_time=RETRY_S,
            )
        try:
            with self._wrapping(""), self._session(neo4j.READ_ACCESS) as session:
                # Not in a managed transaction, which would go on trying for half a minute.
                summary = session.run("RETURN 1").consume()
        except BaseException:
            self._driver.close()
            raise
        self._database = summary.database
        self.engine_version = summary.server.agent.replace("/", " ")

    def __repr__(self) -> str:
        return f"Neo4jBackend({self.address!r}, database={self._database!r})"

    def read(
        self, text: str, parameters: Mapping[str, Value], *, timeout_s: float | None = None, limit: int | None = None,
        no_nulls: bool = False,
    ) -> pa.Table:  # fmt: skip
        """Run one statement in a read transaction; see :class:`~graphkit.backends.base.Backend`."""

        def fetch(transaction: neo4j.ManagedTransaction) -> pa.Table:
            _check_answerable(transaction, text, parameters)
            result = transaction.run(text, _sent(parameters))
            columns = list(result.keys())
            return to_table(columns, result.values() if limit is None else [r.values() for r in result.fetch(limit)])

        return self._reading(fetch, text, timeout_s)

    def read_each(
        self, text: str, several: Sequence[Mapping[str, Value]], columns: Sequence[ReturnedColumn]
    ) -> pa.Table:
        """Run one statement that reads for each set of parameters, in transactions of two sessions side by side.

        The driver works 20 µs on each record, however little is in it: the server puts each answer into one.
        """
        packed = one_record(text, columns)

        def read(parameters: Mapping[str, Value]) -> pa.Table:
            def fetch(transaction: neo4j.ManagedTransaction) -> pa.Table:
                return rows_of(transaction.run(packed, _sent(parameters)).single(strict=True).values(), columns)

            return self._reading(fetch, packed)

        answers: list[pa.Table] = []
        side_by_side(read, several, answers.append)
        return pa.concat_tables(answers)

    def write(self, text: str, parameters: Mapping[str, Value]) -> pa.Table:
        """Run one statement in a transaction of its own, or in those that its own text asks for; return its rows."""
        return self.execute(text, parameters)

    def write_each(self, text: str, several: Sequence[Mapping[str, Value]], progress: Progress | None = None) -> None:
        """Run a statement once for each set of parameters, in transactions of two sessions side by side."""
        done = 0

        def tell(_: pa.Table) -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(done, len(several), "batches")

        side_by_side(lambda parameters: self.write(text, parameters), several, tell)

    def write_rows(self, text: str, rows: pa.Table, progress: Progress | None = None) -> None:
        """Run a statement over rows, a batch in each transaction, two sessions side by side.

        It gets a batch as $rows, a map of columns: ``UNWIND range(0, size($rows.root_id) - 1) AS i`` goes through the
        rows, and ``$rows.root_id[i]`` is a value of one.
        """
        done = 0

        def write(batch: pa.Table) -> int:
            self.write(text, {"rows": batch})
            return int(batch.num_rows)

        def tell(written: int) -> None:
            nonlocal done
            done += written
            if progress is not None:
                progress(done, rows.num_rows, "rows")

        size = min(ROWS_PER_TRANSACTION, BYTES_PER_TRANSACTION * rows.num_rows // (rows.nbytes + 1) + 1)
        side_by_side(write, batches(rows, size), tell)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Leave each write a transaction of its own: one for a whole step would not fit into the server's heap."""
        yield

    def execute(self, text: str, parameters: Mapping[str, Value], *, timeout_s: float | None = None) -> pa.Table:
        """Run a statement that may write, and return its rows."""
        if self.read_only:
            raise WriteRefusedError(f"{self.address} was opened to read only; open it without read_only=True to write")

        def run(transaction: neo4j.ManagedTransaction) -> pa.Table:
            _check_answerable(transaction, text, parameters)
            return _fetched(transaction.run(text, _sent(parameters)))

        with self._wrapping(text), self._stoppable(neo4j.WRITE_ACCESS, _WRITER, self._writer) as session:
            if COMMITS_ITSELF.search(code_of(text)):
                query = neo4j.Query(text, metadata={_WRITER: self._writer}, timeout=timeout_s)
                return _fetched(session.run(query, _sent(parameters)))
            work = neo4j.unit_of_work({_WRITER: self._writer}, timeout_s)(self._not_retried_in_vain(run, text))
            return session.execute_write(work)

    def plan(
        self, text: str, parameters: Mapping[str, Value], *, profile: bool = False, timeout_s: float | None = None
    ) -> str:
        """Return the server's drawing of how it runs a statement; see :class:`~graphkit.backends.base.Backend`."""

        def run(transaction: neo4j.ManagedTransaction) -> str:
            word = "PROFILE" if profile else "EXPLAIN"
            told = transaction.run(f"{word} {text}", _sent(parameters)).consume()
            plan = told.profile if profile else told.plan
            return str((plan or {})["args"]["string-representation"]).strip()

        return self._reading(run, text, timeout_s)

    def unknown_names(self, text: str, parameters: Mapping[str, Value]) -> list[str]:
        """Return the labels, types and properties of a statement that the database has not: most often misspelt."""

        def explain(transaction: neo4j.ManagedTransaction) -> list[str]:
            told = transaction.run(f"EXPLAIN {text}", _sent(parameters)).consume().gql_status_objects
            return [one.status_description.partition(". ")[2] for one in told if one.gql_status in _UNKNOWN]

        with self._wrapping(text), self._session(neo4j.READ_ACCESS, "WARNING") as session:
            return session.execute_read(explain)

    def end_transactions(self, process: str) -> None:
        """Terminate what the server still does for a process, and wait until it is undone or made."""
        until = time.monotonic() + RETRY_S
        while found := self._terminate(_WRITER, process):
            if time.monotonic() > until:
                # What is terminated and not undone waits for its client, and can commit no more.
                if all(status.startswith("Terminated") for _, status in found):
                    return
                raise BackendError(
                    f"{self.address}: {', '.join(name for name, _ in found)} of a process that is gone goes on, though "
                    "it was terminated. Try again later, or restart the server."
                )
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop the statement that another thread is reading with; see :class:`~graphkit.backends.base.Backend`."""
        self._terminate(_READER, self._reader)

    def close(self) -> None:
        """Release the connections."""
        self._driver.close()

    def _session(self, access: str, notes: Literal["OFF", "WARNING"] = "OFF") -> neo4j.Session:
        return self._driver.session(
            database=self._database, default_access_mode=access, bookmark_manager=self._bookmarks, fetch_size=10_000,
            notifications_min_severity=notes,
        )  # fmt: skip

    def _reading(
        self, work: Callable[[neo4j.ManagedTransaction], _Answer], text: str, timeout_s: float | None = None
    ) -> _Answer:
        """Do the work of a statement in a read transaction that :meth:`stop` ends."""
        named = neo4j.unit_of_work({_READER: self._reader}, timeout_s)(self._not_retried_in_vain(work, text))
        with self._wrapping(text), self._stoppable(neo4j.READ_ACCESS, _READER, self._reader) as session:
            return session.execute_read(named)

    @contextmanager
    def _stoppable(self, access: str, tag: str, value: str) -> Iterator[neo4j.Session]:
        """Open a session whose work, tagged so, ends when Ctrl-C is pressed; to be closed it would wait for its end."""
        with self._session(access) as session:
            try:
                yield session
            except KeyboardInterrupt:
                with suppress(GraphkitError):
                    self._terminate(tag, value)
                with suppress(exceptions.Neo4jError, exceptions.DriverError):
                    session.close()  # is told that it was terminated
                raise

    def _terminate(self, tag: str, value: str) -> list[tuple[str, str]]:
        """Terminate the transactions that are tagged so; return their names, and the status that each had."""

        def run(transaction: neo4j.ManagedTransaction) -> list[tuple[str, str]]:
            return [(name, status) for name, status in transaction.run(_TERMINATE, tag=tag, value=value).values()]

        with self._wrapping(_TERMINATE), self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(run)

    def _not_retried_in_vain(
        self, work: Callable[[neo4j.ManagedTransaction], _Answer], text: str
    ) -> Callable[[neo4j.ManagedTransaction], _Answer]:
        # The server calls a statement that does not fit into its memory transient, and the driver would send it
        # again for half a minute.
        def guarded(transaction: neo4j.ManagedTransaction) -> _Answer:
            try:
                return work(transaction)
            except exceptions.TransientError as error:
                if "OutOfMemory" in (error.code or ""):
                    raise self._wrapped(error, text) from error
                raise

        return guarded

    @contextmanager
    def _wrapping(self, text: str) -> Iterator[None]:
        try:
            yield
        except (exceptions.Neo4jError, exceptions.DriverError) as error:
            raise self._wrapped(error, text) from error
        except OverflowError as error:
            raise ParameterError("a parameter holds a whole number that does not fit into 64 bits") from error

    def _wrapped(self, error: exceptions.Neo4jError | exceptions.DriverError, text: str) -> GraphkitError:
        return in_our_words(
            error, text, address=self.address, user=self._user, has_password=self._has_password,
            database=self._database,
        )  # fmt: skip


def _check_address(address: str) -> None:
    if "@" in address:  # anywhere: a / in a password ends the part that the host is looked for in
        raise CredentialsError(
            "the address holds a user name or password, which would show in logs and histories. Give the address "
            "alone, user= and password= beside it (on the command line: NEO4J_PASSWORD, --password-file)."
        )
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number or too large, a bracket that is not closed
        usable = False
    if not usable:
        scheme = address.partition("://")[0]
        raise BackendError(
            f"{address} is no address of a server. Give {scheme}://host:port, such as {scheme}://localhost:7687"
        )
    if name := parts.path.strip("/"):  # the driver leaves it aside, and another database would be written
        raise BackendError(
            f"{address} has {parts.path} behind host and port, which names nothing. Is {name} the database? Give it as "
            f"database={name!r} (on the command line: --database {name})."
        )


def _check_answerable(transaction: neo4j.ManagedTransaction, text: str, parameters: Mapping[str, Value]) -> None:
    if may_order_wrongly(text):
        plan = transaction.run(f"EXPLAIN {text}", _sent(parameters)).consume().plan
        check_plan(plan or {"operatorType": "", "args": {}})


def _fetched(result: neo4j.Result) -> pa.Table:
    return to_table(list(result.keys()), result.values())


class _Columns(dict[str, list[object]]):
    """A table as one map of columns, which takes the client half as long to send as a map for each row."""

    def __repr__(self) -> str:
        # The driver makes a text of all that it sends, for a debug log that nobody keeps: longer work than sending it.
        return f"<table of {', '.join(self)}>"


def _columns(rows: pa.Table) -> _Columns:
    return _Columns(rows.select([name for name in rows.column_names if rows[name].null_count < len(rows)]).to_pydict())


def _sent(parameters: Mapping[str, Value]) -> dict[str, object]:
    """Return what the driver can send; columns without any value are left out: to Cypher what a map lacks is null."""
    return {name: _columns(value) if isinstance(value, pa.Table) else value for name, value in parameters.items()}
