"""What a loader of published files offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from graphkit.errors import BadRow

__all__ = ["Loader", "RefusedRow", "SourceFile", "named_dataset"]


@dataclass(frozen=True)
class SourceFile:
    """A file that is loaded: its path, what it holds, its SHA-256 as hexadecimal digits, its size in bytes."""

    path: Path
    role: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class RefusedRow:
    """A row that was left out, and the file it stands in."""

    path: Path
    row: BadRow


def named_dataset(name: str, version: str) -> str:
    """Return a dataset's name with its release, where that is known.

    Examples
    --------
    >>> from graphkit.loading import named_dataset
    >>> named_dataset("FlyWire", "783"), named_dataset("FlyWire", "unknown")
    ('FlyWire 783', 'FlyWire')
    """
    return f"{name} {version}".removesuffix(" unknown")


class Loader(Protocol):
    """Published files as tables with the columns of :mod:`graphkit.schema`.

    Both tables can be read more than once. One that a dataset does not have yields nothing.

    Examples
    --------
    >>> from graphkit.loading import Loader
    >>> from loaders.flywire import FlyWire
    >>> def first_neurons(loader: Loader):
    ...     return next(iter(loader.neurons()))
    """

    @property
    def name(self) -> str:
        """The dataset's name."""

    @property
    def version(self) -> str:
        """The dataset's release, or ``unknown``."""

    @property
    def citation(self) -> str:
        """What to cite."""

    @property
    def licence(self) -> str:
        """The licence of the data."""

    @property
    def skip_bad_rows(self) -> bool:
        """Whether rows that cannot be read are left out; otherwise they are an error."""

    @property
    def refused(self) -> Sequence[RefusedRow]:
        """The rows left out so far; complete when the tables have been read to their end."""

    @property
    def notes(self) -> Sequence[str]:
        """What a user should know about the files: ignored columns, repeated rows, files left aside."""

    def files(self) -> list[SourceFile]:
        """Return the files that are loaded."""

    def neurons(self) -> Iterator[pa.RecordBatch]:
        """Yield neurons, each root_id once, in columns of ``NEURON_FILE_COLUMNS``."""

    def connections(self) -> Iterator[pa.RecordBatch]:
        """Yield rows in all columns of ``CONNECTION_FILE_COLUMNS``, null where the files have none."""
