"""Neo4j: a connectome on a server, over Bolt."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

import neo4j
import pyarrow as pa
from neo4j import exceptions

from graphkit.backends.neo4j_batches import batches, side_by_side
from graphkit.backends.neo4j_values import one_record, rows_of, to_table
from graphkit.cypher_text import COMMITS_ITSELF, code_of
from graphkit.errors import (
    BackendError,
    CredentialsError,
    GraphkitError,
    ParameterError,
    QueryError,
    ServerUnavailableError,
    WriteRefusedError,
)
from graphkit.processes import this_process
from graphkit.progress import Progress
from graphkit.queries import ReturnedColumn, Value

__all__ = ["Neo4jBackend"]

#: Rows sent in one transaction: the server's heap holds what a transaction writes until it commits.
ROWS_PER_TRANSACTION = 10_000
#: Seconds to wait for a server that does not answer at all.
CONNECTION_TIMEOUT_S = 10.0
#: Seconds for which a transaction is sent again over a dropped connection, to a server that starts again, or after
#: a deadlock. Not where the connection broke during the commit: whether that was made is not known.
RETRY_S = 30.0

_TRANSACTIONS_OF = """SHOW TRANSACTIONS YIELD transactionId AS id, status, metaData
WHERE metaData.graphkit = $process RETURN id, status"""
_STOP = """SHOW TRANSACTIONS YIELD transactionId AS id, metaData WHERE metaData.graphkit_reading = $reading
TERMINATE TRANSACTIONS id YIELD message RETURN message"""

_Answer = TypeVar("_Answer")
_PLACE = re.compile(r"\s*\(line (\d+), column (\d+) \(offset: \d+\)\).*", re.DOTALL)
_CHOICES = re.compile(r": expected [^\n]{100,}")

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
        If there is no such database.

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
        if "@" in urlsplit(address).netloc:
            raise CredentialsError(
                "the address holds a user name or password, which would show in logs and histories. Give the address "
                "alone, user= and password= beside it (on the command line: NEO4J_PASSWORD, --password-file)."
            )
        self.address = address
        self.read_only = read_only
        self._user = user
        self._has_password = password is not None
        self._database = database
        self._writer = {"graphkit": this_process()}  # each transaction that writes tells the server who does
        self._reading = secrets.token_hex(8)  # by which the server knows what this one reads
        # One manager for all sessions: each reads at least what the ones before it wrote, on a cluster too.
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        with self._wrapping(""):
            self._driver = neo4j.GraphDatabase.driver(
                address,
                auth=None if password is None else (user, password),
                connection_timeout=CONNECTION_TIMEOUT_S,
                max_transaction_retry_time=RETRY_S,
                notifications_min_severity="OFF",
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
        self, text: str, parameters: Mapping[str, Value], *, timeout_s: float | None = None, limit: int | None = None
    ) -> pa.Table:
        """Run one statement in a read transaction; see :class:`~graphkit.backends.base.Backend`."""

        def fetch(transaction: neo4j.ManagedTransaction) -> pa.Table:
            result = transaction.run(text, _sent(parameters))
            columns = list(result.keys())
            return to_table(columns, result.values() if limit is None else [r.values() for r in result.fetch(limit)])

        named = neo4j.unit_of_work(timeout=timeout_s, metadata={"graphkit_reading": self._reading})
        work = named(self._not_retried_in_vain(fetch, text))
        with self._wrapping(text), self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(work)

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

            with self._wrapping(packed), self._session(neo4j.READ_ACCESS) as session:
                return session.execute_read(self._not_retried_in_vain(fetch, packed))

        answers: list[pa.Table] = []
        side_by_side(read, several, answers.append)
        return pa.concat_tables(answers)

    def write(self, text: str, parameters: Mapping[str, Value]) -> None:
        """Run one statement in a transaction of its own, or in those that its own text asks for."""
        self.execute(text, parameters)

    def write_each(self, text: str, several: Sequence[Mapping[str, Value]], progress: Progress | None = None) -> None:
        """Run a statement once for each set of parameters, in transactions of two sessions side by side."""
        done = 0

        def tell(_: None) -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(done, len(several), "batches")

        side_by_side(lambda parameters: self.write(text, parameters), several, tell)

    def write_rows(self, text: str, rows: pa.Table, progress: Progress | None = None) -> None:
        """Run a statement over the rows it gets as $rows, a batch in each transaction, two sessions side by side."""
        done = 0

        def write(batch: pa.Table) -> int:
            self.write(text, {"rows": batch})
            return int(batch.num_rows)

        def tell(written: int) -> None:
            nonlocal done
            done += written
            if progress is not None:
                progress(done, rows.num_rows, "rows")

        side_by_side(write, batches(rows, ROWS_PER_TRANSACTION), tell)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Leave each write a transaction of its own: one for a whole step would not fit into the server's heap."""
        yield

    def execute(self, text: str, parameters: Mapping[str, Value], *, timeout_s: float | None = None) -> pa.Table:
        """Run a statement that may write, and return its rows."""
        if self.read_only:
            raise WriteRefusedError(f"{self.address} was opened to read only; open it without read_only=True to write")

        def run(transaction: neo4j.ManagedTransaction) -> pa.Table:
            return _fetched(transaction.run(text, _sent(parameters)))

        with self._wrapping(text), self._session(neo4j.WRITE_ACCESS) as session:
            if COMMITS_ITSELF.search(code_of(text)):
                query = neo4j.Query(text, metadata=self._writer, timeout=timeout_s)
                return _fetched(session.run(query, _sent(parameters)))
            work = neo4j.unit_of_work(self._writer, timeout_s)(self._not_retried_in_vain(run, text))
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

        work = neo4j.unit_of_work(timeout=timeout_s)(self._not_retried_in_vain(run, text))
        with self._wrapping(text), self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(work)

    def end_transactions(self, process: str) -> None:
        """Terminate what the server still does for a process, and wait until it is undone or made."""
        until = time.monotonic() + RETRY_S
        while (found := self.read(_TRANSACTIONS_OF, {"process": process})).num_rows:
            if time.monotonic() > until:
                # What is terminated and not undone waits for its client, and can commit no more.
                if all(status.startswith("Terminated") for status in found["status"].to_pylist()):
                    return
                raise BackendError(
                    f"{self.address}: {', '.join(found['id'].to_pylist())} of a process that is gone goes on, though "
                    "it was terminated. Try again later, or restart the server."
                )
            self.execute("TERMINATE TRANSACTIONS $ids", {"ids": found["id"].to_pylist()})
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop the statement that another thread is reading with; see :class:`~graphkit.backends.base.Backend`."""
        # Sessions belong to one thread; anyone may end transactions of their own.
        with self._wrapping(_STOP), self._session(neo4j.READ_ACCESS) as session:
            session.run(_STOP, reading=self._reading).consume()

    def checkpoint(self) -> None:
        """Leave it to the server, which makes its own checkpoints."""

    def close(self) -> None:
        """Release the connections."""
        self._driver.close()

    def _session(self, access: str) -> neo4j.Session:
        return self._driver.session(
            database=self._database, default_access_mode=access, bookmark_manager=self._bookmarks, fetch_size=10_000
        )

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
        if isinstance(error, exceptions.IncompleteCommit):
            return ServerUnavailableError(
                f"the connection to {self.address} broke during a commit; whether that was made is not known. A step "
                "of graphkit is completed by running it again; look before you repeat a statement of your own."
            )
        if isinstance(error, exceptions.ServiceUnavailable | exceptions.SessionExpired):
            return ServerUnavailableError(
                f"no Neo4j answers at {self.address}. Is it started (`docker compose up`, then wait until healthy)? "
                f"Are host and port those of Bolt (7687 by default)? Is TLS (+s) wanted or not? ({_first_line(error)})"
            )
        if isinstance(error, exceptions.DriverError):
            return BackendError(f"{self.address}: {_first_line(error)}")
        code, message = error.code or "", error.message or str(error)
        if isinstance(error, exceptions.AuthError) or code.endswith("AuthenticationRateLimit"):
            given = "was refused" if self._has_password else "was asked for and none was given"
            return CredentialsError(
                f"{self.address}: the password of user {self._user!r} {given}. Give it as password=; the command line "
                f"takes it from NEO4J_PASSWORD, from --password-file, or asks. ({_first_line(message)})"
            )
        if isinstance(error, exceptions.Forbidden):
            return CredentialsError(f"{self.address}: user {self._user!r} may not do this ({_first_line(message)})")
        if code.endswith("AccessMode"):
            return WriteRefusedError(
                "the statement writes or changes the schema, and only reading is allowed here. Allow writing with "
                "write=True (on the command line: --write) if that is what you want."
            )
        if code.endswith("ParameterMissing"):
            return ParameterError(f"{message}: the query names it with $, and no value was given")
        if "TransactionTimedOut" in code:
            return BackendError("the query was stopped at its time limit. Narrow it, or allow more seconds.")
        if code.endswith("Transaction.Terminated"):
            return BackendError("the query was stopped")
        if "OutOfMemory" in code:
            return BackendError(
                f"{self.address}: the server's memory does not hold this ({_first_line(message)}). Ask for less at "
                "once, or give the server more (NEO4J_HEAP in docker-compose.yml)."
            )
        if code.endswith(("TransactionLogError", "TransactionCommitFailed", "TransactionStartFailed")):
            return BackendError(
                f"{self.address}: the server cannot write to its disk, which is probably full "
                f"({_first_line(message)}). Make room, start the server again (`docker compose restart`), then repeat "
                "what was not finished: `graphkit info` names it."
            )
        if code.endswith("DatabaseNotFound"):
            return BackendError(
                f"{self.address}: there is no database {self._database!r}. Community servers have one, neo4j; "
                "`SHOW DATABASES` lists them."
            )
        if code.startswith(("Neo.ClientError.Statement.", "Neo.ClientError.Procedure.")):
            return QueryError(_placed(message, text))
        return BackendError(f"{self.address}: {message} ({code})")


def _fetched(result: neo4j.Result) -> pa.Table:
    return to_table(list(result.keys()), result.values())


def _first_line(error: object) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _placed(message: str, text: str) -> str:
    """Return the server's message with the place first, and a caret under it."""
    found = _PLACE.search(message)
    shortened = _CHOICES.sub("", _PLACE.sub("", message))
    line, column = (int(found[1]), int(found[2])) if found else (0, 0)
    lines = text.splitlines()
    if not 1 <= line <= len(lines):
        return shortened
    return f"line {line}, column {column}: {shortened}\n  {lines[line - 1]}\n  {' ' * (column - 1)}^"


def _sent(parameters: Mapping[str, Value]) -> dict[str, object]:
    """Return what the driver can send: tables as lists of rows."""
    return {name: value.to_pylist() if isinstance(value, pa.Table) else value for name, value in parameters.items()}
