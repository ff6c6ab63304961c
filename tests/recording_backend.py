"""A backend that keeps what it was asked, for tests that watch the calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pyarrow as pa

from graphkit.backends import Backend
from graphkit.progress import Progress
from graphkit.queries import ReturnedColumn, Value

__all__ = ["Call", "RecordingBackend"]


@dataclass(frozen=True)
class Call:
    """One statement, how it was run, and the rows that it was sent or that came back."""

    how: str
    text: str
    rows: int = 0


class RecordingBackend:
    """A real engine and the calls that reached it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.calls: list[Call] = []
        self.dialect = backend.dialect
        self.address = backend.address
        self.engine_version = backend.engine_version
        self.read_only = backend.read_only
        self.neurons_per_transaction = backend.neurons_per_transaction

    def read(
        self, text: str, parameters: Mapping[str, Value], *, timeout_s: float | None = None, limit: int | None = None,
        no_nulls: bool = False,
    ) -> pa.Table:  # fmt: skip
        """Run it and count what comes back."""
        answer = self._backend.read(text, parameters, timeout_s=timeout_s, limit=limit, no_nulls=no_nulls)
        self.calls.append(Call("read", text, answer.num_rows))
        return answer

    def read_each(
        self, text: str, several: Sequence[Mapping[str, Value]], columns: Sequence[ReturnedColumn]
    ) -> pa.Table:
        """Run it and count what comes back."""
        answer = self._backend.read_each(text, several, columns)
        self.calls += [Call("read", text, answer.num_rows)] * len(several)
        return answer

    def write(self, text: str, parameters: Mapping[str, Value]) -> pa.Table:
        """Run it."""
        self.calls.append(Call("write", text))
        return self._backend.write(text, parameters)

    def write_each(self, text: str, several: Sequence[Mapping[str, Value]], progress: Progress | None = None) -> None:
        """Run it."""
        self.calls += [Call("write", text)] * len(several)
        self._backend.write_each(text, several, progress)

    def write_rows(self, text: str, rows: pa.Table, progress: Progress | None = None) -> None:
        """Run it and count what was sent."""
        self.calls.append(Call("write_rows", text, rows.num_rows))
        self._backend.write_rows(text, rows, progress)

    def execute(self, text: str, parameters: Mapping[str, Value], *, timeout_s: float | None = None) -> pa.Table:
        """Run it and count what comes back."""
        answer = self._backend.execute(text, parameters, timeout_s=timeout_s)
        self.calls.append(Call("execute", text, answer.num_rows))
        return answer

    def plan(
        self, text: str, parameters: Mapping[str, Value], *, profile: bool = False, timeout_s: float | None = None
    ) -> str:
        """Ask for it."""
        self.calls.append(Call("plan", text))
        return self._backend.plan(text, parameters, profile=profile, timeout_s=timeout_s)

    def transaction(self) -> AbstractContextManager[None]:
        """Leave transactions to the engine."""
        return self._backend.transaction()

    def unknown_names(self, text: str, parameters: Mapping[str, Value]) -> list[str]:
        """Ask it."""
        return self._backend.unknown_names(text, parameters)

    def end_transactions(self, process: str) -> None:
        """Leave it to the engine."""
        self._backend.end_transactions(process)

    def stop(self) -> None:
        """Stop what the engine reads."""
        self._backend.stop()

    def close(self) -> None:
        """Release the engine."""
        self._backend.close()
