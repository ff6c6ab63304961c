"""State variables over time: what a run recorded beside its spikes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from graphkit.errors import DataError

__all__ = ["States"]

_KEYS = ("root_id", "t_ms", "trial")


@dataclass(frozen=True, eq=False)
class States:
    """State variables of some neurons, as Brian2's StateMonitor records them: at the start of a step.

    Parameters
    ----------
    root_ids
        (k,) the neurons.
    t_ms
        (s,) the times, in ms from the start of the trial.
    values
        The variables by name, with their unit at its end where they have one ("v_mv"): each (trials, k, s).

    Raises
    ------
    DataError
        If a variable has another shape.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, Recording, simulate
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> states = simulate(circuit, duration_ms=10, seed=1, record=Recording([1, 2], every_ms=1)).states
    >>> states["v_mv"].shape, states["v_mv"][0, :, 0].tolist()
    ((1, 2, 10), [-52.0, -52.0])
    """

    root_ids: npt.NDArray[np.int64]
    t_ms: npt.NDArray[np.float64]
    values: Mapping[str, npt.NDArray[np.float64]]

    def __post_init__(self) -> None:
        for name, array in self.values.items():
            if array.ndim != 3 or array.shape[1:] != (len(self.root_ids), len(self.t_ms)):
                raise DataError(
                    f"{name}: {array.shape}, not (trials, {len(self.root_ids)} neurons, {len(self.t_ms)} times)"
                )
        if len({array.shape[0] for array in self.values.values()}) > 1:
            raise DataError("the variables differ in their number of trials")

    def __repr__(self) -> str:
        names = ", ".join(self.values)
        return f"States({names} of {len(self.root_ids)} neurons at {len(self.t_ms)} times, {self.trials} trials)"

    def __getitem__(self, variable: str) -> npt.NDArray[np.float64]:
        """Return a variable, (trials, k, s).

        Raises
        ------
        DataError
            If it was not recorded.
        """
        if variable not in self.values:
            raise DataError(f"{variable} was not recorded. Recorded: {', '.join(self.values) or 'nothing'}")
        return self.values[variable]

    @property
    def trials(self) -> int:
        """Number of trials."""
        return next((len(array) for array in self.values.values()), 0)

    def between(self, start_ms: float, end_ms: float) -> States:
        """Return what was recorded at start_ms <= t < end_ms."""
        kept = (self.t_ms >= start_ms) & (self.t_ms < end_ms)
        return States(self.root_ids, self.t_ms[kept], {name: array[..., kept] for name, array in self.values.items()})

    def of(self, root_ids: npt.ArrayLike) -> States:
        """Return what was recorded of some of the neurons."""
        kept = np.isin(self.root_ids, root_ids)
        return States(self.root_ids[kept], self.t_ms, {name: array[:, kept] for name, array in self.values.items()})

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each trial, neuron and time: root_id, t_ms, trial, and a column for each variable."""
        k, s = len(self.root_ids), len(self.t_ms)
        return pd.DataFrame(
            {
                "root_id": np.tile(np.repeat(self.root_ids, s), self.trials),
                "t_ms": np.tile(self.t_ms, self.trials * k),
                "trial": np.repeat(np.arange(self.trials, dtype=np.int32), k * s),
                **{name: array.ravel() for name, array in self.values.items()},
            }
        )

    def write(self, path: str | Path) -> Path:
        """Write them as Parquet, in the columns of :meth:`to_frame`."""
        path = Path(path)
        pq.write_table(pa.Table.from_pandas(self.to_frame(), preserve_index=False), path)
        return path

    @classmethod
    def read(cls, path: str | Path) -> States:
        """Read what :meth:`write` wrote.

        Raises
        ------
        DataError
            If the file is not such a table.
        """
        try:
            frame = pq.read_table(path).to_pandas()
            columns = [frame[name].to_numpy() for name in _KEYS]
        except (KeyError, OSError, pa.ArrowInvalid) as error:
            raise DataError(f"recorded states cannot be read ({error})", path=path) from error
        root_ids, t_ms = (pd.unique(column) for column in columns[:2])
        shape = (len(pd.unique(columns[2])), len(root_ids), len(t_ms))
        if len(frame) != np.prod(shape):
            raise DataError(f"{len(frame)} rows, not one for each of {shape} trials, neurons and times", path=path)
        names = [name for name in frame.columns if name not in _KEYS]
        return cls(root_ids, t_ms, {name: frame[name].to_numpy(np.float64).reshape(shape) for name in names})

    @staticmethod
    def keep(folder: Path, states: States | None) -> None:
        """Write them among a run's results, as ``states.parquet``; without, take that of an earlier run away."""
        if states is None:
            (folder / "states.parquet").unlink(missing_ok=True)
        else:
            states.write(folder / "states.parquet")

    @classmethod
    def kept(cls, folder: Path) -> States | None:
        """Read what :meth:`keep` wrote."""
        path = folder / "states.parquet"
        return cls.read(path) if path.is_file() else None
