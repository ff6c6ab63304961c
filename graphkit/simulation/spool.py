"""Spikes of a run on their way to its result, in memory or on disk."""

from __future__ import annotations

import math
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

__all__ = ["SpikeSpool"]

_BYTES = 24  # of a spike: 8 as it comes, 16 in the result


class SpikeSpool:
    """Collects the spikes of trials that run at the same time.

    Up to a limit they stay in memory. Beyond it they go to unnamed temporary files, which vanish with the arrays
    that are mapped onto them. So do arrays that are too large.

    Parameters
    ----------
    limit_mb
        Memory that spikes may take (MB).
    folder
        Where the files are made; without, in the system's folder for temporary files.

    Examples
    --------
    >>> import numpy as np
    >>> spool = SpikeSpool(limit_mb=1)
    >>> spool.add(0, np.array([3, 3], np.int32), np.array([0, 7], np.int32))
    >>> [array.tolist() for array in spool.result([0], dt_ms=0.1)]
    [[0, 7], [0.3, 0.3], [0, 0]]
    """

    def __init__(self, limit_mb: float, folder: str | Path | None = None) -> None:
        self._limit = limit_mb * 1e6 / _BYTES
        self._folder = folder
        self._count = 0
        self._parts: dict[int, list[npt.NDArray[np.int32] | tuple[int, int]]] = {}
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()

    def array(self, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return an array for values that are recorded: in a file, if it takes more memory than the limit allows."""
        if 8 * math.prod(shape) <= self._limit * _BYTES:
            return np.empty(shape)
        with self._temporary() as file:
            return np.memmap(file, np.float64, "w+", shape=shape)

    def add(self, trial: int, step: npt.NDArray[np.int32], index: npt.NDArray[np.int32]) -> None:
        """Take the next spikes of a trial: step and neuron's position of each."""
        if not len(step):
            return
        spikes = np.stack([step, index])
        with self._lock:
            self._count += len(step)
            parts = self._parts.setdefault(trial, [])
            if self._count <= self._limit:
                parts.append(spikes)
                return
            if self._file is None:
                self._file = self._temporary()
            parts.append((self._file.seek(0, 2), len(step)))
            self._file.write(spikes.tobytes())

    def result(
        self, trials: Sequence[int], *, dt_ms: float
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64], npt.NDArray[np.int32]]:
        """Return the spikes of some trials, in their order.

        Returns
        -------
        index : numpy.ndarray
            (k,) int32, the neuron's position.
        t_ms : numpy.ndarray
            (k,) float64 (ms).
        trial : numpy.ndarray
            (k,) int32, place in ``trials``.
        """
        dtypes = (np.int32, np.float64, np.int32)
        if self._file is None:
            parts = [self._columns(part, dt_ms, place) for place, k in enumerate(trials) for part in self._of(k)]
            empty = [np.empty(0, dtype) for dtype in dtypes]
            index, t_ms, trial = (np.concatenate(column) for column in zip(empty, *parts, strict=True))
            return index, t_ms, trial
        files = [self._temporary() for _ in dtypes]
        for place, k in enumerate(trials):
            for part in self._of(k):
                index, t_ms, trial = self._columns(part, dt_ms, place)
                for file, column in zip(files, (index.tobytes(), t_ms.tobytes(), trial.tobytes()), strict=True):
                    file.write(column)
        self._file.close()
        mapped = []
        for file, dtype in zip(files, dtypes, strict=True):
            with file:
                file.flush()
                mapped.append(np.memmap(file, dtype, "r") if file.tell() else np.empty(0, dtype))
        index, t_ms, trial = mapped
        return index, t_ms, trial

    def _of(self, trial: int) -> list[npt.NDArray[np.int32] | tuple[int, int]]:
        return self._parts.get(trial, [])

    def _columns(
        self, part: npt.NDArray[np.int32] | tuple[int, int], dt_ms: float, place: int
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64], npt.NDArray[np.int32]]:
        if isinstance(part, tuple):
            assert self._file is not None
            offset, count = part
            self._file.seek(offset)
            part = np.frombuffer(self._file.read(8 * count), np.int32).reshape(2, count)
        # 3 steps of 0.1 ms are 0.3 ms, not 0.30000000000000004
        return part[1], np.round(part[0] * dt_ms, 9), np.full(len(part[0]), place, np.int32)

    def _temporary(self) -> IO[bytes]:
        return tempfile.TemporaryFile(prefix="graphkit_spikes_", dir=self._folder)
