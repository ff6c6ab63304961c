"""Connectomes that graphkit generated: FlyWire's files, nobody's data."""

from __future__ import annotations

from pathlib import Path

from graphkit.version import __version__
from loaders.flywire import FlyWire

__all__ = ["Generated"]


class Generated(FlyWire):
    """A folder that ``graphkit generate`` wrote.

    Parameters
    ----------
    paths
        The folder, or its files.
    name, version, skip_bad_rows
        As of :class:`~loaders.flywire.FlyWire`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit.synthetic import generate
    >>> from loaders.generated import Generated
    >>> with TemporaryDirectory() as folder:
    ...     report = generate(folder, neurons=50, edges=100)
    ...     Generated(folder).name
    'generated'
    """

    def __init__(
        self, *paths: str | Path, name: str = "generated", version: str = __version__, skip_bad_rows: bool = False
    ) -> None:
        super().__init__(
            *paths, name=name, version=version, citation="no published data: generated", licence="CC0 1.0",
            skip_bad_rows=skip_bad_rows,
        )  # fmt: skip
