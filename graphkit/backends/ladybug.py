"""The embedded engine: ladybug, a graph database in one file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path

import ladybug
import psutil
import pyarrow as pa

from graphkit.backends.ladybug_faults import check_answerable, check_plan, may_close
from graphkit.backends.ladybug_file import GraphFile
from graphkit.errors import BackendError, GraphFileError, QueryError, WriteRefusedError
from graphkit.progress import Progress
from graphkit.queries import ReturnedColumn, Value

__all__ = ["LadybugBackend"]

#: Memory the engine may use for pages, a bound and not what it takes: merging 17 million rows needs 4.4 GB, and where
#: it may have only 4 the engine puts pages away on disk and fetches them again. Its own default would be 80 % of the
#: machine.
BUFFER_POOL_BYTES = min(5 << 30, psutil.virtual_memory().total * 6 // 10)

_ROWS_OF_A_CHUNK = 1 << 20
_Run = Callable[[str, Mapping[str, Value]], ladybug.QueryResult]

_ASKED_WRONGLY = ("Binder exception", "Parser exception", "Catalog exception", "Conversion exception", "Function",
                 "Connection exception: Query is empty")  # fmt: skip


class LadybugBackend:
    """A graph in a file, with no server: one process writes, others read beside it.

    Parameters
    ----------
    path
        The graph file; made if it does not exist.
    read_only
        Open beside a writing process, refuse every write.

    Raises
    ------
    GraphFileError
        If the file is locked by a writing process, damaged, of another engine version, or cannot be made.
    """

    dialect = "ladybug"
    neurons_per_transaction: int | None = None

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self.address = str(path)
        self.read_only = read_only
        self.engine_version = f"ladybug {ladybug.__version__}"
        self._in_transaction = self._half_committed = self._stopped = False
        self._file = GraphFile(Path(path), read_only=read_only)
        try:
            with self._file.turn(alone=not read_only):
                self._open()
        except BaseException:
            self._file.close()
            raise

    def _open(self) -> None:
        try:
            self._database = self._opened()
            self._connection = ladybug.Connection(self._database)
        except RuntimeError as error:
            if "WAL" not in str(error) or self.read_only:
                raise self._file.cannot_open(error) from error
            self._recover()

    def _opened(self, *, lenient: bool = False) -> ladybug.Database:
        # Floats of relationships that were stored compressed are read as 0 where one answer of the engine crosses two
        # pieces of a column (shown by tests/test_fuzz.py), and there is no other switch.
        return ladybug.Database(
            self.address, read_only=self.read_only, buffer_pool_size=BUFFER_POOL_BYTES, compression=False,
            throw_on_wal_replay_failure=not lenient,
        )  # fmt: skip

    def _recover(self) -> None:
        # A process killed while it wrote can leave a torn last record in the write-ahead log. What was committed
        # before it is whole; strict replay refuses all of it, lenient replay drops the torn record only.
        try:
            self._database = self._opened(lenient=True)
            self._connection = ladybug.Connection(self._database)
            self._connection.execute("CHECKPOINT")
        except RuntimeError as error:
            raise self._file.cannot_open(error) from error
        self._file.warn_of_killed_process()

    def __repr__(self) -> str:
        return f"LadybugBackend({self.address!r})"

    def _run(self, text: str, parameters: Mapping[str, Value]) -> ladybug.QueryResult:
        if self._half_committed:
            raise GraphFileError(
                f"{self.address}: its last transaction could not be written. Close it and open it again."
            )
        try:
            result = self._connection.execute(text, dict(parameters))
        except RuntimeError as error:
            raise self._wrapped(error) from error
        return _last(result)

    def _run_into_columns(self, text: str, _: Mapping[str, Value]) -> ladybug.QueryResult:
        """Let the engine gather the answer in Arrow's columns: half the time, but any value stands where a null should.

        That fault is shown by tests/test_fuzz.py.
        """
        try:
            return self._connection.query_as_arrow(text, _ROWS_OF_A_CHUNK)
        except RuntimeError as error:
            raise self._wrapped(error) from error

    def _wrapped(self, error: RuntimeError) -> BackendError | QueryError:
        message = str(error)
        if re.search("read-only (transaction|mode|database)|READ ONLY", message):
            return WriteRefusedError(f"{self.address}: the statement writes, and only reading is allowed here")
        if message.startswith(_ASKED_WRONGLY):
            # The parser repeats the whole statement and every word it knows; the place and the line are what helps.
            return QueryError(re.sub(r"(?s)Invalid input <.*>: | expecting \{.*?\}", "", message))
        if re.search("Cannot write to file|checkpoint failed|No space left", message):
            return GraphFileError(
                f"{self.address} cannot grow: the disk is full, or a quota is reached. What was begun is undone; make "
                f"room, then repeat it. ({message.splitlines()[0][:200]})"
            )
        if message.startswith("Interrupted"):
            if self._stopped:
                return BackendError("the query was stopped")
            return BackendError("the query was stopped at its time limit. Narrow it, or allow more seconds.")
        if "buffer" in message.lower() and "memory" in message.lower():
            return BackendError(f"{message.splitlines()[0]} Close other programs, or ask for less at once.")
        return BackendError(f"{self.address}: {message}")

    def read(
        self, text: str, parameters: Mapping[str, Value], *, timeout_s: float | None = None, limit: int | None = None,
        no_nulls: bool = False,
    ) -> pa.Table:  # fmt: skip
        """Run one statement in a read transaction; see :class:`~graphkit.backends.base.Backend`."""
        self._stopped = False
        if self._in_transaction:
            self._check(text, parameters)
            return self._fetched(self._run(text, parameters), limit)
        # Columns take no parameters.
        run = self._run_into_columns if no_nulls and not parameters else self._run
        if not self.read_only:
            return self._read(run, text, parameters, timeout_s, limit)
        with self._file.turn(alone=False):
            if self._file.was_written():
                self._open_again()
            return self._read(run, text, parameters, timeout_s, limit)

    def read_each(
        self, text: str, several: Sequence[Mapping[str, Value]], columns: Sequence[ReturnedColumn]
    ) -> pa.Table:
        """Run one statement that reads for each set of parameters, one after the other."""
        return pa.concat_tables([self.read(text, values) for values in several], promote_options="permissive")

    def _read(
        self, run: _Run, text: str, parameters: Mapping[str, Value], timeout_s: float | None, limit: int | None
    ) -> pa.Table:
        self._check(text, parameters)
        self._run("BEGIN TRANSACTION READ ONLY", {})
        try:
            self._limit_time(timeout_s)
            return self._aside(lambda: self._fetched(run(text, parameters), limit))
        finally:
            self._limit_time(None)
            # A statement that was refused or stopped has ended the transaction already.
            with suppress(RuntimeError):
                self._connection.execute("ROLLBACK")
            self._forget_plans()

    def _aside(self, reading: Callable[[], pa.Table]) -> pa.Table:
        """Read in a thread of its own, and stop at Ctrl-C: while the engine works in this one, it is not heard."""
        with ThreadPoolExecutor(1) as aside:
            answer = aside.submit(reading)
            try:
                return answer.result()
            except KeyboardInterrupt:
                while not answer.done():  # it may not have begun yet
                    self.stop()
                    wait([answer], timeout=0.1)
                raise

    def _check(self, text: str, parameters: Mapping[str, Value]) -> None:
        """Refuse a statement that this version of the engine is known to answer wrongly."""
        check_answerable(text)
        if may_close(text):
            # Where there is no plan, the statement is told what is wrong with it when it is run.
            with suppress(RuntimeError):
                check_plan(str(_last(self._connection.execute(f"EXPLAIN {text}", dict(parameters))).get_all()))

    @staticmethod
    def _fetched(result: ladybug.QueryResult, limit: int | None) -> pa.Table:
        table = result.get_as_arrow() if result.get_column_names() else pa.table({})
        return table if limit is None else table.slice(0, limit)

    def write(self, text: str, parameters: Mapping[str, Value]) -> pa.Table:
        """Run one statement in the open transaction, or in one of its own, and return its rows."""
        return self._fetched(self._written(text, parameters), None)

    def _written(self, text: str, parameters: Mapping[str, Value]) -> ladybug.QueryResult:
        self._file.wanted()
        if self._in_transaction:
            return self._run(text, parameters)
        with self._file.turn(alone=True):
            return self._run(text, parameters)

    def write_each(self, text: str, several: Sequence[Mapping[str, Value]], progress: Progress | None = None) -> None:
        """Run one statement for each set of parameters."""
        for done, parameters in enumerate(several, 1):
            self.write(text, parameters)
            if progress is not None:
                progress(done, len(several), "batches")

    def write_rows(self, text: str, rows: pa.Table, progress: Progress | None = None) -> None:
        """Run a statement over the rows it gets as $rows: the engine scans the Arrow table itself."""
        # The engine stops scanning at the first empty batch, silently.
        batches = [batch for batch in rows.to_batches() if batch.num_rows]
        if batches:
            self._written(text, {"rows": pa.Table.from_batches(batches)})
        if progress is not None:
            progress(rows.num_rows, rows.num_rows, "rows")

    def execute(self, text: str, parameters: Mapping[str, Value], *, timeout_s: float | None = None) -> pa.Table:
        """Run a user's statement that may write, and return its rows."""
        self._check(text, parameters)
        try:
            self._limit_time(timeout_s)
            return self._fetched(self._written(text, parameters), None)
        finally:
            self._limit_time(None)
            self._forget_plans()

    def plan(
        self, text: str, parameters: Mapping[str, Value], *, profile: bool = False, timeout_s: float | None = None
    ) -> str:
        """Return the engine's drawing of how it runs a statement; see :class:`~graphkit.backends.base.Backend`."""
        word = "PROFILE" if profile else "EXPLAIN"
        (drawing,) = self.read(f"{word} {text}", parameters, timeout_s=timeout_s).column(0).to_pylist()
        return "\n".join(line.rstrip() for line in drawing.splitlines())

    def _limit_time(self, seconds: float | None) -> None:
        # set_query_timeout(0) is the engine's word for no limit.
        self._connection.set_query_timeout(0 if seconds is None else max(1, int(seconds * 1000)))

    def _forget_plans(self) -> None:
        # A connection keeps the plan of every statement with parameters. One that was made before a table was
        # dropped and made again still points at the dropped one: wrong memory, and a crash. One with LIMIT $limit
        # keeps the first value it was given.
        self._connection.close()
        self._connection = ladybug.Connection(self._database)

    def _let_go_of_pages(self) -> None:
        # What a step wrote stays in the engine's memory up to its bound. What reads it next is faster so, where it does
        # not need that memory.
        bound, used = self._run("CALL bm_info() RETURN *", {}).get_as_arrow().to_pylist()[0].values()
        if self.address == ":memory:" or used < bound / 4:
            self._forget_plans()
            return
        with self._file.turn(alone=True):
            self._open_again()

    def _open_again(self) -> None:
        self._connection.close()
        self._database.close()
        self._open()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make every write in the context one transaction, undone whole if the context raises or the process ends."""
        if not self.read_only:
            with self._file.turn(alone=True):
                self._run("CHECKPOINT", {})  # what was committed before must not be undone with it
        self._forget_plans()
        # Where the engine masks what a join will keep it first gathers all of it: for all rows of a fly as much memory
        # as merging them takes.
        self._run("CALL enable_semi_mask=false", {})
        self._run("BEGIN TRANSACTION", {})
        self._in_transaction = True
        try:
            yield
        except BaseException:
            self._in_transaction = False
            # A statement that failed while it ran has undone the transaction already.
            with suppress(RuntimeError):
                self._connection.execute("ROLLBACK")
            raise
        self._in_transaction = False
        try:
            with self._file.turn(alone=True), self._file.committing():
                self._run("COMMIT", {})
                self._run("CHECKPOINT", {})
        except BackendError:
            # The engine holds it for committed. The mark stays: who opens the file next gets the state before.
            self._half_committed = True
            raise
        self._let_go_of_pages()

    def unknown_names(self, text: str, parameters: Mapping[str, Value]) -> list[str]:
        """Return nothing: a label or property that no table has is refused."""
        return []

    def end_transactions(self, process: str) -> None:
        """Do nothing: what a process had not committed ended with it."""

    def stop(self) -> None:
        """Stop the statement that another thread is reading with; see :class:`~graphkit.backends.base.Backend`."""
        self._stopped = True
        self._connection.interrupt()

    def close(self) -> None:
        """Release the file."""
        with self._file.turn(alone=not self.read_only, closing=True):
            self._connection.close()
            self._database.close()
        self._file.close()


def _last(result: ladybug.QueryResult | list[ladybug.QueryResult]) -> ladybug.QueryResult:
    """Return the result of the last of several statements."""
    return result[-1] if isinstance(result, list) else result
