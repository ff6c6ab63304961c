"""Spike trains: which neuron fired when, in which trial."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from graphkit.errors import DataError, SelectionError
from graphkit.ids import id_array
from graphkit.states import States

__all__ = ["SpikeTrains", "by_neuron"]


@dataclass(frozen=True, eq=False)
class SpikeTrains:
    """The spikes of one run, silent neurons included.

    Spikes are sorted by trial, then time, then the neuron's position in the circuit.

    Parameters
    ----------
    root_ids
        (n,) every neuron of the run, in the circuit's order.
    groups
        (n,) the group's name of each neuron.
    index
        (k,) position in root_ids of the neuron of each spike.
    t_ms
        (k,) time of each spike, in milliseconds from the start of its trial.
    trial
        (k,) trial of each spike, from 0.
    duration_ms
        Simulated time of one trial.
    trials
        Number of trials.
    run
        Everything needed to repeat the run; ``run["run_id"]`` is its name.
    functional_nucleus
        (n,) mask of the neurons of functional nuclei, whichever group they are in.
    states
        State variables over time, where they were recorded.

    Raises
    ------
    DataError
        If the arrays do not fit each other.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=100, seed=1)
    >>> spikes.rates().columns.tolist()
    ['root_id', 'group', 'spike_count', 'rate_hz', 'rate_sd_hz', 'first_spike_ms']
    """

    root_ids: npt.NDArray[np.int64]
    groups: npt.NDArray[np.str_]
    index: npt.NDArray[np.int32]
    t_ms: npt.NDArray[np.float64]
    trial: npt.NDArray[np.int32]
    duration_ms: float
    trials: int
    run: Mapping[str, object] = field(default_factory=dict)
    functional_nucleus: npt.NDArray[np.bool_] | None = None
    states: States | None = None

    def __post_init__(self) -> None:
        if not len(self.index) == len(self.t_ms) == len(self.trial):
            raise DataError("index, t_ms and trial of the spikes differ in length")
        if len(self.groups) != len(self.root_ids):
            raise DataError(f"{len(self.groups)} groups for {len(self.root_ids)} neurons")

    def __len__(self) -> int:
        return len(self.index)

    def __repr__(self) -> str:
        return (
            f"SpikeTrains({len(self)} spikes of {len(np.unique(self.index))} of {len(self.root_ids)} neurons, "
            f"{self.trials} x {self.duration_ms:g} ms)"
        )

    @property
    def run_id(self) -> str:
        """The run's name."""
        return str(self.run.get("run_id", ""))

    @property
    def root_id(self) -> npt.NDArray[np.int64]:
        """(k,) the neuron of each spike."""
        return self.root_ids[self.index]

    def to_frame(self) -> pd.DataFrame:
        """Return the spikes: root_id (int64), t_ms (float64, ms), trial (int32)."""
        return pd.DataFrame({"root_id": self.root_id, "t_ms": self.t_ms, "trial": self.trial})

    @property
    def start_ms(self) -> float:
        """Where the run's time begins (ms): not at 0 in a part that :meth:`between` took."""
        between = self.run.get("between_ms")
        return float(between[0]) if isinstance(between, Sequence) and not isinstance(between, str) else 0.0

    def between(self, start_ms: float, end_ms: float) -> SpikeTrains:
        """Return the spikes with start_ms <= t < end_ms, as a run of that length; times keep their origin.

        Raises
        ------
        DataError
            If the two are not in this order, or not within the run.
        """
        first, last = self.start_ms, self.start_ms + self.duration_ms
        if not first <= start_ms < end_ms <= last:
            raise DataError(f"{start_ms:g} to {end_ms:g} ms is not within the run's {first:g} to {last:g} ms")
        kept = (self.t_ms >= start_ms) & (self.t_ms < end_ms)
        return replace(
            self, index=self.index[kept], t_ms=self.t_ms[kept], trial=self.trial[kept], duration_ms=end_ms - start_ms,
            run={**self.run, "between_ms": [start_ms, end_ms]},
            states=None if self.states is None else self.states.between(start_ms, end_ms),
        )  # fmt: skip

    def of(self, root_ids: Iterable[int]) -> SpikeTrains:
        """Return the spikes of some of the neurons, as a run of these.

        Raises
        ------
        SelectionError
            If a neuron is not in the run.
        """
        wanted = np.unique(id_array(root_ids))
        kept = np.isin(self.root_ids, wanted)
        if len(missing := wanted[~np.isin(wanted, self.root_ids)]):
            raise SelectionError(
                f"{len(missing)} of {len(wanted)} neurons are not in the run of {len(self.root_ids)}: "
                f"{', '.join(map(str, missing[:5].tolist()))}. Leave them out."
            )
        position = (np.cumsum(kept) - 1).astype(np.int32)
        spikes = kept[self.index]
        nucleus = self.functional_nucleus
        return replace(
            self, root_ids=self.root_ids[kept], groups=self.groups[kept], index=position[self.index[spikes]],
            t_ms=self.t_ms[spikes], trial=self.trial[spikes],
            functional_nucleus=None if nucleus is None else nucleus[kept],
            states=None if self.states is None else self.states.of(wanted),
        )  # fmt: skip

    def grouped_by(self, neurons: pd.DataFrame, column: str) -> SpikeTrains:
        """Return the same run with an annotation's values as groups; all that is by group then is by these.

        Parameters
        ----------
        neurons
            root_id and the annotation: ``circuit.neurons()``, ``connectome.neurons()``, any table.
        column
            The annotation. Neurons without a value, and those that the table lacks, are the group "no <column>".

        Returns
        -------
        SpikeTrains
            The functional nuclei are no group of their own any more.

        Raises
        ------
        DataError
            If the table has no such column, or a neuron twice.

        Examples
        --------
        >>> import pandas as pd
        >>> from graphkit import Circuit, simulate
        >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
        >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=100, seed=1)
        >>> types = pd.DataFrame({"root_id": [1, 2], "cell_type": ["ORN_DM1", None]})
        >>> spikes.grouped_by(types, "cell_type").group_rates()["group"].tolist()
        ['ORN_DM1', 'no cell_type']
        """
        if missing := {"root_id", column}.difference(neurons):
            raise DataError(
                f"the table of neurons has no column {min(missing)!r}; it has {', '.join(map(str, neurons))}"
            )
        values = neurons.set_index("root_id", drop=False)[column]
        if not values.index.is_unique:
            raise DataError(f"neuron {values.index[values.index.duplicated()][0]} is twice in the table of neurons")
        groups = values.astype("str").reindex(self.root_ids).fillna(f"no {column}").to_numpy(np.str_)
        return replace(self, groups=groups, functional_nucleus=None)

    def members(self) -> dict[str, npt.NDArray[np.bool_]]:
        """Return the (n,) mask of each group, in the order of the neurons; functional nuclei by their own mask."""
        masks = {str(name): self.groups == name for name in dict.fromkeys(self.groups.tolist())}
        if self.functional_nucleus is not None and self.functional_nucleus.any():
            masks["functional_nuclei"] = self.functional_nucleus
        return masks

    def counts(self) -> npt.NDArray[np.int64]:
        """Return the (n, trials) spike counts."""
        flat = self.index.astype(np.int64) * self.trials + self.trial
        return np.bincount(flat, minlength=len(self.root_ids) * self.trials).reshape(len(self.root_ids), self.trials)

    def rates(self) -> pd.DataFrame:
        """Return one row per neuron, silent ones included.

        Returns
        -------
        pandas.DataFrame
            root_id (int64), group (str), spike_count (int64, all trials), rate_hz (float64, mean over the
            trials), rate_sd_hz (float64, standard deviation over the trials, ddof 0 as Shiu et al. 2024),
            first_spike_ms (float64, of the earliest trial with a spike; NaN where silent).
        """
        counts = self.counts()
        per_trial = counts / (self.duration_ms / 1000)
        first = np.full(len(self.root_ids), np.nan)
        first[self.index[::-1]] = self.t_ms[::-1]  # sorted by trial and time: what is written last is the earliest
        return pd.DataFrame(
            {
                "root_id": self.root_ids,
                "group": self.groups,
                "spike_count": counts.sum(axis=1),
                "rate_hz": per_trial.mean(axis=1),
                "rate_sd_hz": per_trial.std(axis=1),
                "first_spike_ms": first,
            }
        )

    def group_rates(self) -> pd.DataFrame:
        """Return one row per group, and one for the functional nuclei by their mask.

        Returns
        -------
        pandas.DataFrame
            group (str), neurons (int64), fired (int64, with a spike in any trial), spike_count (int64),
            rate_hz (float64, over all neurons of the group, silent ones included), rate_of_fired_hz (float64,
            over those that fired; NaN where none did).
        """
        rates = self.rates()
        rows = []
        for name, mask in self.members().items():
            part = rates[mask]
            fired = part[part["spike_count"] > 0]
            means = float(part["rate_hz"].mean()), float(fired["rate_hz"].mean())
            rows.append((name, len(part), len(fired), int(part["spike_count"].sum()), *means))
        columns = ["group", "neurons", "fired", "spike_count", "rate_hz", "rate_of_fired_hz"]
        return pd.DataFrame(rows, columns=columns)

    def save(self, folder: str | Path) -> Path:
        """Write the run into a folder.

        ``<group>_spikes.csv`` (header ``Neuron ID, Spike Times (ms)``, a row per neuron that fired in the first
        trial: its root_id and its times), ``spikes.parquet`` (root_id, t_ms, trial), ``rates.csv``,
        ``group_rates.csv``, ``neurons.parquet`` (root_id, group, functional_nucleus), ``states.parquet`` (what was
        recorded) and ``run.json``. :meth:`load` reads it back. A run that the folder holds already is replaced whole.
        """
        (folder := Path(folder)).mkdir(parents=True, exist_ok=True)
        if (folder / "run.json").is_file():  # first, so that no moment has one run's record with another's spikes
            (folder / "run.json").unlink()
            for earlier in folder.glob("*_spikes.csv"):
                earlier.unlink()
        first = self.trial == 0
        trains = dict(list(pd.Series(self.t_ms[first]).groupby(self.index[first])))
        for name in dict.fromkeys(self.groups.tolist()):
            fired = [index for index in np.flatnonzero(self.groups == name).tolist() if index in trains]
            rows = (",".join([str(self.root_ids[k]), *(f"{t:.10g}" for t in trains[k])]) + "\r\n" for k in fired)
            # A group may be a cell type, whose name may hold a slash.
            with (folder / f"{quote(name, safe=' ')}_spikes.csv").open("w", encoding="utf-8", newline="") as file:
                file.writelines(["Neuron ID, Spike Times (ms)\n", *rows])
        pq.write_table(pa.Table.from_pandas(self.to_frame(), preserve_index=False), folder / "spikes.parquet")
        nucleus = self.functional_nucleus
        neurons = {"root_id": self.root_ids, "group": self.groups.astype(object)}
        neurons["functional_nucleus"] = np.zeros(len(self.root_ids), bool) if nucleus is None else nucleus
        pq.write_table(pa.table(neurons), folder / "neurons.parquet")
        self.rates().to_csv(folder / "rates.csv", index=False)
        self.group_rates().to_csv(folder / "group_rates.csv", index=False)
        States.keep(folder, self.states)
        document = {**self.run, "duration_ms": self.duration_ms, "trials": self.trials}
        # The last file written: a folder without it is a run that was interrupted.
        (folder / "run.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> SpikeTrains:
        """Read a run that :meth:`save` wrote.

        Raises
        ------
        DataError
            If the folder is not a run, or was interrupted before it was whole.
        """
        folder = Path(folder)
        if not (folder / "run.json").is_file():
            raise DataError("no run.json here: not a folder of results, or an interrupted one", path=folder)
        try:
            run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            spikes = pq.read_table(folder / "spikes.parquet").to_pandas()
            neurons = pq.read_table(folder / "neurons.parquet").to_pandas()
            position = pd.Series(np.arange(len(neurons), dtype=np.int32), index=neurons["root_id"])
            return cls(
                neurons["root_id"].to_numpy(np.int64), neurons["group"].to_numpy(np.str_),
                index=position.loc[spikes["root_id"]].to_numpy(np.int32), t_ms=spikes["t_ms"].to_numpy(np.float64),
                trial=spikes["trial"].to_numpy(np.int32), duration_ms=float(run.pop("duration_ms")),
                trials=int(run.pop("trials")), run=run,
                functional_nucleus=neurons["functional_nucleus"].to_numpy(np.bool_),
                states=States.kept(folder),
            )  # fmt: skip
        except (KeyError, OSError, ValueError, pa.ArrowInvalid) as error:
            raise DataError(f"the results cannot be read ({error})", path=folder) from error


def by_neuron(index: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Return the order that puts spikes neuron by neuron, and leaves each neuron's spikes in theirs.

    numpy sorts numbers of 16 bits by their digits: both halves take a sixth of the time of the whole.

    Parameters
    ----------
    index
        Each spike's neuron, shape (n,), none below 0.

    Examples
    --------
    >>> import numpy as np
    >>> from graphkit.spikes import by_neuron
    >>> by_neuron(np.array([65539, 3, 70000, 65539, 3], np.int32)).tolist()
    [1, 4, 0, 3, 2]
    """
    low = np.argsort((index & 0xFFFF).astype(np.uint16), kind="stable")
    return low[np.argsort((index[low] >> 16).astype(np.uint16), kind="stable")]
