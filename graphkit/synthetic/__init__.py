"""Connectomes generated with stated statistics, for the demo, tests, benchmarks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from graphkit.errors import DataError, ParameterError
from graphkit.progress import Progress
from graphkit.synthetic.population import Ints, draw_population, sensory_neurons
from graphkit.synthetic.rows import RowLaw
from graphkit.synthetic.tables import classification_table, neurons_table, nuclei_table, target_table
from graphkit.synthetic.wiring import draw_pairs

__all__ = ["PROFILES", "GeneratedReport", "Profile", "generate"]

#: Pairs made into rows at a time: what bounds memory beside the pairs themselves (8 bytes each, a few copies).
_PAIRS_AT_A_TIME = 1 << 19
#: Rows that Arrow formats at a time.
_ROWS_AT_A_TIME = 1 << 16
#: As many target neurons as the olfactory experiment of v630 has (ORN_DM1 of the right side).
_USUAL_TARGETS = 30
_CONNECTIONS = "connections.csv"
_NEURON_FILES = ("classification.csv", "neurons.csv", "target_neurons.csv", "functional_nuclei.csv")
_FILES = (_CONNECTIONS, *_NEURON_FILES)


@dataclass(frozen=True)
class Profile:
    """A published form of FlyWire's connections, with the facts that a generated one is held against.

    Parameters
    ----------
    name
        The profile's name.
    min_pair_synapses
        Pairs below this are not in the file (synapses, inclusive).
    pairs, rows, synapses
        What the published file holds.
    several_rows
        Share of pairs in several neuropils, two to sixteen, one row each; None where it is not published.
    disagreeing
        Share of those pairs whose rows name different transmitters.
    small_rows
        Share of rows with fewer than five synapses.
    reciprocity
        Share of pairs whose reverse is a pair too.
    source
        Where the facts come from.

    Examples
    --------
    >>> from graphkit.synthetic import PROFILES
    >>> PROFILES["codex"].min_pair_synapses
    5
    """

    name: str
    min_pair_synapses: int
    pairs: int
    rows: int
    synapses: int
    several_rows: float | None
    disagreeing: float | None
    small_rows: float | None
    reciprocity: float | None
    source: str


_SOURCE = (
    "FlyWire v783: Codex downloads (codex.flywire.ai); Dorkenwald et al. 2024, 10.1038/s41586-024-07558-y; "
    "Lin et al. 2024, 10.1038/s41586-024-07968-y (reciprocity, of v630)"
)

#: The profiles by name: connections.csv as Codex publishes it, and without its threshold.
PROFILES = {
    "codex": Profile("codex", 5, 2_701_601, 3_869_878, 34_153_566, 0.31, 0.15, 0.35, 0.138, _SOURCE),
    "unthresholded": Profile("unthresholded", 1, 15_091_983, 16_847_997, 54_492_922, None, None, None, None, _SOURCE),
}


@dataclass(frozen=True)
class GeneratedReport:
    """What :func:`generate` wrote.

    Parameters
    ----------
    neurons, targets, pairs, rows, synapses
        Counts.
    files
        The files, connections.csv first.
    seconds
        The time it took (s).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit.synthetic import generate
    >>> with TemporaryDirectory() as folder:
    ...     report = generate(folder, neurons=500, edges=5000)
    >>> [file.name for file in report.files][:2]
    ['connections.csv', 'classification.csv']
    """

    neurons: int
    targets: int
    pairs: int
    rows: int
    synapses: int
    files: tuple[Path, ...]
    seconds: float


def generate(
    folder: str | Path,
    *,
    neurons: int = 139_255,
    edges: int = 2_700_000,
    profile: str = "codex",
    seed: int = 1,
    targets: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> GeneratedReport:
    """Write the files of a generated connectome, in FlyWire Codex's columns, into a folder.

    ``connections.csv``, ``classification.csv``, ``neurons.csv``, ``target_neurons.csv`` and ``functional_nuclei.csv``
    appear when all is written. The same arguments give the same bytes (on the same versions of numpy and pyarrow).

    The statistics, and what they are fitted to (FlyWire v783 unless another source is named):

    * Synapses per pair: lognormal, rounded up; one law gives 3.61 per pair without a threshold, 18 % of the pairs with
      five or more, and 12.6 synapses for each of these.
    * Rows: 31 % of the pairs of five synapses or more have 2 to 16 rows, each in another neuropil, and 15 % of those
      disagree on the transmitter; 35 % of the rows of profile "codex" have fewer than five synapses. Profile
      "unthresholded" has 1.12 rows per pair.
    * Degrees: lognormal, with standard deviation 1.1 of the natural logarithm and in- correlated with out-degree;
      14 % of pairs reciprocal (Lin et al. 2024, 10.1038/s41586-024-07968-y); 4 % of neurons without connections. GABA
      and glutamate neurons have twice the partners of others, as in the olfactory circuit of v630.
    * Neurons: shares of super classes, flows, sides, neuropils, transmitters by super class, unlabelled neurons; cell
      types in left-right pairs, as large as each super class's. nt_type follows FlyWire's rule from the six scores.
    * Target neurons: one type of olfactory receptor neurons of the right side, cholinergic; each sends to somebody when
      there are as many pairs. Their axons end in one place, so a few dozen to a hundred neurons follow them.

    Small connectomes have the same statistics as far as they fit: a nearly complete graph has no heavy tail.

    Parameters
    ----------
    folder
        Where the files go; made if it is not there.
    neurons
        Number of neurons, 2 or more.
    edges
        Number of merged ordered pairs, exactly; 1 to neurons x (neurons - 1), no self-loops.
    profile
        A name in PROFILES.
    seed
        Seed of every draw, 0 or more.
    targets
        Number of target neurons, at most the sensory neurons (12 %); by default 30, or half of the sensory neurons.
    overwrite
        Replace files of these names.
    progress
        Called with the pairs written and all pairs.

    Returns
    -------
    report
        Counts of neurons, target neurons, pairs, rows and synapses; the files; seconds.

    Raises
    ------
    ParameterError
        If an argument is not possible.
    DataError
        If a file is there already, or the folder cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit.synthetic import generate
    >>> with TemporaryDirectory() as folder:
    ...     report = generate(folder, neurons=500, edges=5000)
    >>> report.pairs
    5000
    """
    started = time.perf_counter()
    chosen, target_count = _checked(neurons, edges, profile, seed, targets)
    folder = Path(folder)
    present = [name for name in _FILES if (folder / name).exists()]
    if present and not overwrite:
        raise DataError(
            f"the folder holds {', '.join(present)} already. Choose another folder, or pass overwrite=True to replace "
            "them.",
            path=folder,
        )
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3)]
    population = draw_population(neurons, target_count, edges, streams[0])
    pairs = draw_pairs(population, edges, streams[1], progress)
    law = RowLaw(population, chosen.min_pair_synapses, streams[2])
    tables = (classification_table, neurons_table, target_table, nuclei_table)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Inside the folder, so that renaming copies nothing; gone with its files when anything fails.
        with TemporaryDirectory(prefix=".unfinished-", dir=folder) as unfinished:
            for name, table in zip(_NEURON_FILES, tables, strict=True):
                _write(Path(unfinished, name), [table(population)])
            rows, synapses = _write(Path(unfinished, _CONNECTIONS), _row_tables(law, pairs, progress))
            for name in _FILES:
                Path(unfinished, name).replace(folder / name)
    except OSError as error:
        raise DataError(f"cannot be written ({error}). Make room, or choose another folder.", path=folder) from error
    return GeneratedReport(
        neurons=neurons, targets=target_count, pairs=edges, rows=rows, synapses=synapses,
        files=tuple(folder / name for name in _FILES), seconds=round(time.perf_counter() - started, 3),
    )  # fmt: skip


def _row_tables(law: RowLaw, pairs: Ints, progress: Progress | None) -> Iterator[pa.Table]:
    for start in range(0, len(pairs), _PAIRS_AT_A_TIME):
        yield law.rows(pairs[start : start + _PAIRS_AT_A_TIME])
        if progress:
            progress(min(start + _PAIRS_AT_A_TIME, len(pairs)), len(pairs), "pairs written")


def _write(path: Path, tables: Iterable[pa.Table]) -> tuple[int, int]:
    """Write tables of equal columns as one file; return its rows, and the sum of syn_count where there is one."""
    rows = synapses = 0
    options = csv.WriteOptions(include_header=False, quoting_style="none", batch_size=_ROWS_AT_A_TIME)
    with path.open("wb") as file:
        for table in tables:
            if not rows:
                # Codex does not quote its header; Arrow always does.
                file.write(",".join(table.column_names).encode() + b"\n")
            csv.write_csv(table, file, options)
            rows += table.num_rows
            if "syn_count" in table.column_names:
                synapses += pc.sum(table["syn_count"]).as_py()
    return rows, synapses


def _checked(neurons: int, edges: int, profile: str, seed: int, targets: int | None) -> tuple[Profile, int]:
    """Return the profile and the number of target neurons, or say which argument is impossible."""
    if profile not in PROFILES:
        raise ParameterError(f"profile={profile!r} is not known. Known are {', '.join(sorted(PROFILES))}.")
    _check_whole("neurons", neurons, 2, None)
    _check_whole("edges", edges, 1, neurons * (neurons - 1), f" at neurons={neurons} (no self-loops)")
    _check_whole("seed", seed, 0, None)
    sensory = sensory_neurons(neurons)
    if targets is None:
        return PROFILES[profile], min(_USUAL_TARGETS, max(1, sensory // 2))
    _check_whole("targets", targets, 1, sensory, f", the sensory neurons at neurons={neurons}")
    return PROFILES[profile], targets


def _check_whole(name: str, value: int, least: int, most: int | None, why: str = "") -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        allowed = f"{least} or more" if most is None else f"{least} to {most}{why}"
        raise ParameterError(f"{name}={value!r} is not possible. Give a whole number, {allowed}.")
