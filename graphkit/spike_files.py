"""Spike trains as other programs have them: files, objects."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.errors import DataError, MissingDependencyError
from graphkit.files import replaced
from graphkit.ids import id_array
from graphkit.spikes import SpikeTrains

if TYPE_CHECKING:
    import neo

__all__ = ["read_spikes", "to_neo", "write_spikes"]

_SHIU = ("t", "trial", "flywire_id", "exp_name")


def write_spikes(spikes: SpikeTrains, path: str | Path) -> Path:
    """Write the spikes of a run in the format that the file's suffix names; :func:`read_spikes` reads them back.

    ==========  ====================================================================================================
    .parquet    as Shiu et al. 2024 publish theirs: t (s), trial, flywire_id, exp_name (the run's name), a row a spike
    .h5         SONATA spikes: a population "trial_0", "trial_1", … for each trial, with node_ids (positions in the
                run, from 0) and timestamps (ms), by time; ``/root_ids`` has the neuron of each node id
    ==========  ====================================================================================================

    ``SpikeTrains.save`` writes graphkit's own folder, which keeps everything else of a run, too.

    Parameters
    ----------
    spikes
        The run.
    path
        The file, replaced as a whole.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        If the suffix is not one of these, or the folder does not exist.
    MissingDependencyError
        If h5py is needed and not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.spike_files import write_spikes
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=100, seed=1)
    >>> path = write_spikes(spikes, Path(tempfile.mkdtemp()) / "spikes.parquet")
    >>> pd.read_parquet(path).columns.tolist()
    ['t', 'trial', 'flywire_id', 'exp_name']
    """
    path = Path(path)
    if path.suffix == ".parquet":
        frame = pd.DataFrame({"t": spikes.t_ms / 1000, "trial": spikes.trial, "flywire_id": spikes.root_id})
        frame["trial"] = frame["trial"].astype(np.int64)
        with replaced(path) as unfinished:
            frame.assign(exp_name=spikes.run_id).to_parquet(unfinished, index=False)
        return path
    _known(path)
    h5py = _needed("h5py")
    with replaced(path) as unfinished, h5py.File(unfinished, "w") as file:
        file["root_ids"] = spikes.root_ids
        for trial in range(spikes.trials):
            chosen = spikes.trial == trial
            population = file.create_group(f"spikes/trial_{trial}")
            kind = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype=np.uint8)
            population.attrs.create("sorting", 2, dtype=kind)
            population["timestamps"] = spikes.t_ms[chosen]
            population["timestamps"].attrs["units"] = "ms"
            population["node_ids"] = spikes.index[chosen].astype(np.uint64)
    return path


def read_spikes(
    path: str | Path,
    *,
    duration_ms: float,
    trials: int | None = None,
    root_ids: Iterable[int] | None = None,
    exp_name: str | None = None,
) -> SpikeTrains:
    """Read spikes that :func:`write_spikes`, or a program that writes the same format, wrote.

    Parameters
    ----------
    path
        .parquet with t (s), trial, flywire_id, exp_name; or .h5 with SONATA spikes, each population a trial.
    duration_ms
        Simulated time of one trial, which these files do not hold.
    trials
        Number of trials; None takes those that the file names.
    root_ids
        Every neuron of the run, silent ones included; None takes those that the file names. Groups are not in these
        files: all neurons are "rest" until :meth:`SpikeTrains.grouped_by` groups them.
    exp_name
        Which experiment, where a .parquet file holds several.

    Returns
    -------
    SpikeTrains
        ``run["run_id"]`` is the experiment's name.

    Raises
    ------
    DataError
        If the file is not such a file, holds several experiments and none is chosen, or has spikes outside the
        duration, the trials or the neurons.
    MissingDependencyError
        If h5py is needed and not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from graphkit.spike_files import read_spikes
    >>> table = pd.DataFrame({"t": [0.5, 0.25], "trial": [0, 1], "flywire_id": [720575940610059726] * 2,
    ...                       "exp_name": "sugar"})
    >>> path = Path(tempfile.mkdtemp()) / "sugar.parquet"
    >>> table.to_parquet(path)
    >>> read_spikes(path, duration_ms=1000)
    SpikeTrains(2 spikes of 1 of 1 neurons, 2 x 1000 ms)
    """
    path = Path(path)
    _known(path)
    if not path.is_file():
        raise DataError("no such file", path=path)
    known, ids, t_ms, trial, name = _shiu(path, exp_name) if path.suffix == ".parquet" else _sonata(path)
    known = np.unique(known if root_ids is None else id_array(root_ids))
    trials = int(trial.max(initial=0)) + 1 if trials is None else trials
    index = np.minimum(np.searchsorted(known, ids), max(len(known) - 1, 0)).astype(np.int32)
    for wrong, why in (
        (~((t_ms >= 0) & (t_ms < duration_ms)), f"outside 0 to {duration_ms:g} ms"),
        ((trial < 0) | (trial >= trials), f"of trials beyond the {trials}"),
        (known[index] != ids if len(known) else np.ones(len(ids), bool), "of neurons that are not among root_ids"),
    ):
        if wrong.any():
            raise DataError(f"{int(wrong.sum()):,} of {len(ids):,} spikes are {why}", path=path)
    order = np.lexsort((index, t_ms, trial))
    return SpikeTrains(
        root_ids=known, groups=np.full(len(known), "rest"), index=index[order], t_ms=t_ms[order],
        trial=trial[order].astype(np.int32), duration_ms=duration_ms, trials=trials, run={"run_id": name},
    )  # fmt: skip


def to_neo(spikes: SpikeTrains) -> neo.Block:
    """Return a run as Neo's objects, for Elephant and everything else that reads them.

    Parameters
    ----------
    spikes
        The run. A train is made for every neuron and trial: take the part you need with :meth:`SpikeTrains.of`.

    Returns
    -------
    neo.Block
        Named as the run; a Segment per trial, in it a SpikeTrain per neuron, silent ones included, in the run's order:
        times in ms, annotated with ``root_id`` (text, so that no file format rounds it) and ``group``.

    Raises
    ------
    MissingDependencyError
        If neo is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.spike_files import to_neo
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> spikes = simulate(Circuit.from_edges(edges, targets=[1]), duration_ms=100, trials=2, seed=1)
    >>> [len(segment.spiketrains) for segment in to_neo(spikes).segments]
    [2, 2]
    """
    neo = _needed("neo")
    block = neo.Block(name=spikes.run_id)
    order = np.lexsort((spikes.t_ms, spikes.index, spikes.trial))
    bounds = np.concatenate([[0], np.cumsum(spikes.counts().T.ravel())])
    trains = (spikes.t_ms[order[first:last]] for first, last in pairwise(bounds))
    for trial in range(spikes.trials):
        segment = neo.Segment(name=f"trial {trial}", index=trial)
        for root_id, group in zip(spikes.root_ids.tolist(), spikes.groups.tolist(), strict=True):
            segment.spiketrains.append(
                neo.SpikeTrain(
                    next(trains), units="ms", t_start=spikes.start_ms, t_stop=spikes.start_ms + spikes.duration_ms,
                    name=str(root_id), root_id=str(root_id), group=group,
                )
            )  # fmt: skip
        block.segments.append(segment)
    return block


_Read = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.int64], str]


def _shiu(path: Path, exp_name: str | None) -> _Read:
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError(f"not a parquet file ({error})", path=path) from error
    if missing := [name for name in _SHIU if name not in frame]:
        raise DataError(f"no column {missing[0]}; spikes have {', '.join(_SHIU)}", path=path)
    names = frame["exp_name"].astype(str).unique().tolist()
    if exp_name is None and len(names) > 1:
        raise DataError(f"{len(names)} experiments ({', '.join(names[:5])}): choose one with exp_name", path=path)
    if exp_name is not None and exp_name not in names:
        raise DataError(f"no experiment {exp_name!r}; there are {', '.join(names[:5])}", path=path)
    name = exp_name or "".join(names)
    frame = frame[frame["exp_name"].astype(str) == name]
    ids = id_array(frame["flywire_id"])
    # Seconds as floats: 0.1234 * 1000 is 123.39999999999999; microseconds are finer than any step.
    t_ms = np.round(frame["t"].to_numpy(np.float64) * 1000, 6)
    return ids, ids, t_ms, frame["trial"].to_numpy(np.int64), name


def _sonata(path: Path) -> _Read:
    h5py = _needed("h5py")
    try:
        with h5py.File(path) as file:
            populations = sorted(file["spikes"], key=lambda name: (len(name), name))
            node_ids = [file["spikes"][name]["node_ids"][()].astype(np.int64) for name in populations]
            times = [file["spikes"][name]["timestamps"][()].astype(np.float64) for name in populations]
            of_node = file["root_ids"][()].astype(np.int64) if "root_ids" in file else None
    except (OSError, KeyError) as error:
        raise DataError(f"not a file of SONATA spikes ({error})", path=path) from error
    trial = np.repeat(np.arange(len(populations)), [len(part) for part in node_ids])
    nodes, t_ms = np.concatenate([np.zeros(0, np.int64), *node_ids]), np.concatenate([np.zeros(0), *times])
    if of_node is None:
        return nodes, nodes, t_ms, trial, path.stem
    return of_node, of_node[nodes], t_ms, trial, path.stem


def _known(path: Path) -> None:
    if path.suffix not in (".parquet", ".h5"):
        raise DataError(
            f"{path.suffix or 'no suffix'} is not a format of spikes; known are .parquet (Shiu et al. 2024) and .h5 "
            "(SONATA). Give the file one of these suffixes.",
            path=path,
        )


def _needed(name: str) -> ModuleType:
    try:
        return __import__(name)
    except ImportError as error:
        raise MissingDependencyError(f"{name} is not installed: pip install 'graphkit[exports]'") from error
