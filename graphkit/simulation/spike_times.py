"""Input events at given times, such as those in a file of spikes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from graphkit.errors import DataError, SimulationError
from graphkit.simulation.stimuli import (
    CurrentStimulus,
    Group,
    NoiseStimulus,
    Onto,
    PoissonStimulus,
    RegularStimulus,
    check_stimulus,
)
from graphkit.simulation.values import Quantity, plain, plain_all

__all__ = ["SpikeTimesStimulus", "Stimulus"]


@dataclass(frozen=True)
class SpikeTimesStimulus:
    """Events at given times, as Brian2's SpikeGeneratorGroup: of a whole group, or of each neuron its own.

    Parameters
    ----------
    name
        Names the input.
    group
        As in :class:`PoissonStimulus`.
    times_ms
        Times of the events (ms) of every neuron of the group; or a mapping from root_id to the neuron's own times.
    amplitude_mv
        Added by one event (mV).
    refractory_ms, onto
        As in :class:`PoissonStimulus`.
    source
        Where the times come from, if from a file: the record of a run names it instead of listing them.

    Raises
    ------
    SimulationError
        If a value is not a finite number, or a time is negative.

    Examples
    --------
    >>> SpikeTimesStimulus("pulses", "target", times_ms=[10, 20, 30], amplitude_mv=21).times_ms
    (10.0, 20.0, 30.0)
    """

    name: str
    group: Group
    times_ms: Iterable[float] | Mapping[int, Iterable[float]]
    amplitude_mv: float
    refractory_ms: float | None = None
    onto: Onto = "v"
    source: str = ""

    def __post_init__(self) -> None:
        check_stimulus(self)
        given, name = self.times_ms, f"times_ms of stimulus {self.name!r}"
        times: tuple[float, ...] | dict[int, tuple[float, ...]]
        if isinstance(given, Mapping):
            times = {int(root_id): plain_all(own, "ms", name) for root_id, own in given.items()}
            latest = [min(own, default=0.0) for own in times.values()]
        else:
            times = plain_all(given, "ms", name)
            latest = list(times)
        if min(latest, default=0.0) < 0:
            raise SimulationError(f"{name}: {min(latest):g} is negative; time starts at 0 ms")
        object.__setattr__(self, "times_ms", times)

    @classmethod
    def from_frame(
        cls, name: str, frame: pd.DataFrame, amplitude_mv: float | Quantity, *, onto: Onto = "v",
        refractory_ms: float | None = None, source: str = "",
    ) -> SpikeTimesStimulus:  # fmt: skip
        """Make a stimulus of a table of spikes: root_id, t_ms, as :meth:`SpikeTrains.to_frame` gives them.

        Raises
        ------
        DataError
            If a column is missing, or there are several trials: choose one.

        Examples
        --------
        >>> import pandas as pd
        >>> spikes = pd.DataFrame({"root_id": [1, 1, 2], "t_ms": [5.0, 9.0, 7.5]})
        >>> SpikeTimesStimulus.from_frame("replay", spikes, amplitude_mv=21).times_ms
        {1: (5.0, 9.0), 2: (7.5,)}
        """
        if missing := [column for column in ("root_id", "t_ms") if column not in frame.columns]:
            raise DataError(f"no column {' or '.join(missing)}: spikes have root_id and t_ms", path=source or None)
        if "trial" in frame.columns and frame["trial"].nunique() > 1:
            raise DataError(
                f"spikes of {frame['trial'].nunique()} trials: choose one, such as frame[frame['trial'] == 0]",
                path=source or None,
            )
        if frame["root_id"].dtype.kind == "f":
            raise DataError("root_id is a column of floats, which do not hold all digits of an id", path=source or None)
        times: dict[int, list[float]] = {}
        for root_id, t_ms in frame.sort_values(["root_id", "t_ms"])[["root_id", "t_ms"]].itertuples(index=False):
            times.setdefault(int(root_id), []).append(float(t_ms))
        amplitude = plain(amplitude_mv, "mV", "amplitude_mv")
        return cls(name, tuple(times), times, amplitude, refractory_ms, onto, source)

    @classmethod
    def read(
        cls, name: str, path: str | Path, amplitude_mv: float | Quantity, *, onto: Onto = "v",
        refractory_ms: float | None = None,
    ) -> SpikeTimesStimulus:  # fmt: skip
        """Read a file of spikes: a CSV or Parquet file with root_id, t_ms, such as a run's spikes.parquet.

        Raises
        ------
        DataError
            If the file cannot be read, or is not such a table.
        """
        path = Path(path)
        try:
            frame = (
                pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={"root_id": "Int64"})
            )
        except (OSError, ValueError) as error:
            raise DataError(f"not a file of spikes with root_id and t_ms ({error})", path=path) from error
        try:
            source = f"{path.name} sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
            return cls.from_frame(name, frame, amplitude_mv, onto=onto, refractory_ms=refractory_ms, source=source)
        except SimulationError as error:
            raise DataError(str(error), path=path) from error


Stimulus = PoissonStimulus | RegularStimulus | SpikeTimesStimulus | CurrentStimulus | NoiseStimulus
