"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from graphkit.errors import DataError

__all__ = ["replaced"]


@contextlib.contextmanager
def replaced(path: str | Path) -> Iterator[Path]:
    """Give a new file's path beside the given one; when the block ends well it takes the given one's place.

    A reader sees the earlier file or the whole new one, and a failure leaves the earlier file as it was.

    Parameters
    ----------
    path
        Where the file shall be. The temporary name has the same suffix.

    Raises
    ------
    DataError
        If the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from graphkit.files import replaced
    >>> path = Path(tempfile.mkdtemp()) / "note.txt"
    >>> with replaced(path) as unfinished:
    ...     _ = unfinished.write_text("whole")
    >>> path.read_text()
    'whole'
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise DataError(f"there is no folder {path.parent}. Create it first.", path=path)
    unfinished = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
