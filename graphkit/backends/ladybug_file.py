"""The file of an embedded graph, open to many readers or one writer at a time.

The engine lets readers open a file that a process writes to, and then rewrites pages under them: they end in wrong
memory. Here readers and the writer take turns, and a reader opens the file again after it was written to.
"""

from __future__ import annotations

import os
import struct
import time
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import ladybug

from graphkit.backends.ladybug_commit import committing, make_whole, seems_half_committed
from graphkit.backends.ladybug_writer import Writer, WriterBusyError, lock
from graphkit.errors import GraphFileError, GraphStateWarning

__all__ = ["GraphFile"]

#: Seconds for which a reader waits for another process to put away what a killed one left.
WAIT_S = 10.0

_MAGIC = struct.Struct("<4sQ")  # "LBUG" and the storage version, the first bytes of every graph file


class GraphFile:
    """A graph file, or ``:memory:``; of those who open it, one may write.

    Raises
    ------
    GraphFileError
        If it cannot be read or made, is no graph of this version of the engine, or is open for writing elsewhere.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self._read_only = read_only
        self._in_memory = str(path) == ":memory:"
        self._descriptor: int | None = None
        self._seen: tuple[int, int] | None = None
        self._writer: Writer | None = None
        # The engine makes the file when it opens it; one that nothing was written to is taken away again.
        self._unwanted = False
        if self._in_memory:
            return
        self._check()
        if not read_only:
            self._writer = self._only_writer()
        self._unwanted = not path.exists()
        try:
            self._descriptor = os.open(path, os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT, 0o666)
            self._make_whole()
        except OSError as error:
            self.close()
            if isinstance(error, GraphFileError):
                raise
            raise GraphFileError(f"{path}: cannot be opened ({error.strerror})") from error

    def _check(self) -> None:
        path = self.path
        if path.is_dir():
            raise GraphFileError(f"{path} is a folder; name a file, such as {path / 'brain.graph'}")
        if not path.exists():
            if self._read_only:
                raise GraphFileError(f"{path}: no such graph. Make one with `graphkit load FOLDER --graph {path}`.")
            if not path.parent.is_dir():
                raise GraphFileError(f"{path}: the folder {path.parent} does not exist; make it first")
            return
        try:
            with path.open("rb") as file:
                head = file.read(_MAGIC.size)
        except OSError as error:
            raise GraphFileError(f"{path}: cannot be read ({error.strerror})") from error
        if not head:
            return  # the engine makes a graph of an empty file
        magic, version = _MAGIC.unpack(head) if len(head) == _MAGIC.size else (b"", 0)
        if magic != b"LBUG":
            raise GraphFileError(f"{path} is not a graph file. Name another, or remove it and load again.")
        if version != ladybug.storage_version:
            raise GraphFileError(
                f"{path} was written by another engine version (storage format {version}; ladybug "
                f"{ladybug.__version__} reads {ladybug.storage_version}). The file can be rebuilt: remove it and load "
                "the CSV files again."
            )

    def _only_writer(self) -> Writer:
        try:
            return Writer(self.path)
        except WriterBusyError as owner:
            raise GraphFileError(
                f"{self.path} is open for writing: {owner}. Wait until that ends or close it, or only read "
                "(read_only=True) beside it."
            ) from None
        except OSError as error:
            raise GraphFileError(
                f"{self.path}: nothing can be written into the folder {self.path.absolute().parent} "
                f"({error.strerror}). Open the graph to read only (read_only=True), or copy it to where you may write."
            ) from error

    def _make_whole(self) -> None:
        """Put away what a killed process had half committed, where one did."""
        started = time.monotonic()
        while self._half_committed():
            try:
                writer = self._writer or Writer(self.path)
            except WriterBusyError as owner:
                if time.monotonic() - started > WAIT_S:
                    raise GraphFileError(
                        f"{self.path} is being written to: {owner}. Try again when that is done."
                    ) from None
                time.sleep(0.05)
                continue
            except OSError as error:
                raise GraphFileError(
                    f"{self.path}: a process was killed while it wrote, and what it left cannot be put away "
                    f"({error.strerror}). Open the graph once where its folder may be written to."
                ) from error
            undone = make_whole(self.path)
            if writer is not self._writer:
                writer.release()
            if undone:
                self.warn_of_killed_process()

    def _half_committed(self) -> bool:
        with self.turn(alone=False):
            return seems_half_committed(self.path)

    @contextmanager
    def turn(self, *, alone: bool, closing: bool = False) -> Iterator[None]:
        """Wait until nobody writes or, ``alone``, nobody reads either, and keep it so in the context.

        Closing is possible without the file, too.

        Raises
        ------
        GraphFileError
            If the file was removed, or another was put in its place.
        """
        if self._descriptor is None:
            yield
            return
        with lock(self._descriptor, alone=alone):
            if not closing and not self._is_there():
                raise GraphFileError(
                    f"{self.path} was removed, or another file put in its place, while it was open: what is in it now "
                    "is lost when this process closes it. Close it, and open or load the graph again."
                )
            yield

    def _is_there(self) -> bool:
        assert self._descriptor is not None
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def committing(self) -> AbstractContextManager[None]:
        """Return a context for commit and checkpoint, which are made both or neither."""
        return nullcontext() if self._in_memory else committing(self.path)

    def was_written(self) -> bool:
        """Return whether the file was written to since this was last asked."""
        if self._descriptor is None:
            return False
        now = os.fstat(self._descriptor)
        seen, self._seen = self._seen, (now.st_mtime_ns, now.st_size)
        return seen is not None and seen != self._seen

    def wanted(self) -> None:
        """Keep a file that was new: something is written to it."""
        self._unwanted = False

    def cannot_open(self, error: RuntimeError) -> GraphFileError:
        """Return the error that says why the engine does not open the file."""
        if "lock" in str(error).lower():
            return GraphFileError(
                f"{self.path} is open for writing in another process. Wait until it ends, or only read "
                "(read_only=True) beside it."
            )
        return GraphFileError(
            f"{self.path} cannot be opened ({str(error).splitlines()[0]}). If it is damaged, remove it and what lies "
            f"beside it ({self.path.name}.wal, .shadow), then load the CSV files again or restore a backup."
        )

    def warn_of_killed_process(self) -> None:
        """Say that a killed process left a transaction that was undone."""
        warnings.warn(
            f"{self.path}: a process was killed, or found the disk full, while it wrote; its unfinished transaction "
            "was dropped, every finished one is kept",
            GraphStateWarning,
            stacklevel=7,
        )

    def close(self) -> None:
        """Release the file, and take one away that was made for nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._unwanted and self._writer is not None:
            for path in (self.path, self.path.with_name(self.path.name + ".wal")):
                path.unlink(missing_ok=True)
        if self._writer is not None:
            self._writer.release()
            self._writer = None
