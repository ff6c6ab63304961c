"""Runs in the graph: spikes written back beside the wiring, listed, deleted."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from graphkit.errors import SelectionError
from graphkit.graph import Graph
from graphkit.progress import Progress
from graphkit.spikes import SpikeTrains, by_neuron
from graphkit.steps import Steps, now
from graphkit.version import __version__

__all__ = ["delete_run", "lacking", "list_runs", "read_run", "write_back"]


def write_back(graph: Graph, spikes: SpikeTrains, *, all_trials: bool, progress: Progress | None) -> dict[str, object]:
    """Write a run into the graph; see :meth:`graphkit.Connectome.write_back`."""
    started = time.perf_counter()
    steps = Steps(graph)
    steps.require("load")
    run_id = spikes.run_id or f"run-{now()}"
    with ThreadPoolExecutor(1) as aside:  # while a server is asked
        building = aside.submit(_tables, run_id, spikes, all_trials)
        known = graph.ask("select/all_root_ids")["root_id"].to_numpy()
        neurons = np.unique(spikes.root_ids)
        if len(unknown := np.setdiff1d(neurons, known, assume_unique=True)):
            raise SelectionError(
                f"{len(unknown)} of {len(neurons)} neurons of the run are not in {graph.backend.address}: "
                f"{', '.join(map(str, unknown[:5]))}. Write the run back into the graph that its circuit came from."
            )
    recorded, latest = building.result()
    model = spikes.run.get("model", "")
    earlier = {"write_back", "restore"} & set(steps.all())
    of_all = len(neurons) == len(known)
    with steps.run("write_back", {"run_id": run_id}) as report:
        again = bool(earlier) and len(graph.ask("select/run_parameters", run_id=run_id)) > 0
        if again:
            graph.tell("write/forget_recorded", run_id=run_id)
            if not of_all:
                graph.tell("write/clear_activity")
        graph.tell(
            "write/run",
            run_id=run_id,
            created=str(spikes.run.get("created", now())),
            model=str(model.get("name", "") if isinstance(model, Mapping) else model),
            engine=str(spikes.run.get("engine", "")),
            parameters=json.dumps(dict(spikes.run), sort_keys=True),
            seed=int(str(spikes.run.get("seed", 0))),
            trials=spikes.trials,
            duration_ms=float(spikes.duration_ms),
            neurons=len(spikes.root_ids),
            spikes=len(spikes),
            dataset=str(spikes.run.get("dataset", "")),
            graphkit_version=__version__,
        )
        if "write/activity" in graph.queries:  # one statement writes into one table
            graph.tell_rows("write/recorded", recorded, progress=progress)
            graph.tell_rows("write/activity", latest, progress=progress)
        else:
            # In order as a whole: batches are put in order within a million rows, and those of all follow each other.
            both = recorded.append_column("latest_times_ms", latest.column("spike_times_ms")).sort_by("root_id")
            graph.tell_rows("write/recorded_of_all" if of_all else "write/recorded", both, progress=progress)
        # Where the run was written over an earlier one, nothing is left of that.
        if earlier and not again and not of_all:
            graph.tell("write/clear_activity", kept=run_id)
        report.update(
            run_id=run_id,
            neurons=len(spikes.root_ids),
            silent=len(spikes.root_ids) - int(np.count_nonzero(recorded.column("spike_count"))),
            spikes=len(spikes),
            seconds=round(time.perf_counter() - started, 3),
        )
    return report


def list_runs(graph: Graph) -> pd.DataFrame:
    """Return the runs in the graph, latest first; see :meth:`graphkit.Connectome.runs`."""
    Steps(graph).require("load")
    return graph.ask("activity/runs")


def delete_run(graph: Graph, run_id: str) -> None:
    """Remove a run, and take it off the neurons if it is the latest.

    Raises
    ------
    SelectionError
        If the graph holds no such run.
    """
    chosen = _chosen_run(graph, run_id)
    with Steps(graph).run("write_back", {"run_id": run_id, "delete": True}) as report:
        if bool(chosen["latest"]):
            graph.tell("write/clear_activity")
        graph.tell("write/forget_recorded", run_id=run_id)
        graph.tell("write/forget_run", run_id=run_id)
        report.update(run_id=run_id, deleted=True)


def read_run(graph: Graph, run_id: str | None) -> SpikeTrains:
    """Return a run's spikes; see :meth:`graphkit.Connectome.spikes`."""
    if any(step.name == "write_back" for step in Steps(graph).unfinished()):
        Steps(graph).require("write_back")  # says by whom and since when
    chosen = _chosen_run(graph, run_id)
    rows = graph.table("select/recorded", run_id=chosen["run_id"])
    whole = rows.column("spike_trials").null_count == 0 and rows.num_rows > 0
    times = rows.column("spike_times_ms" if whole else "latest_times_ms").combine_chunks()
    if not whole and times.null_count:
        raise SelectionError(
            f"the graph keeps only rates and counts of {chosen['run_id']}: a later run has taken its neurons. "
            "Write it back with all trials, or read it from its results folder."
        )
    index = np.repeat(np.arange(rows.num_rows, dtype=np.int32), times.value_lengths().to_numpy())
    t_ms = times.flatten().to_numpy()
    trial = np.zeros(len(index), np.int32)
    if whole:
        trial = rows.column("spike_trials").combine_chunks().flatten().to_numpy().astype(np.int32)
    order = np.lexsort((index, t_ms, trial))
    return SpikeTrains(
        root_ids=rows.column("root_id").to_numpy(),
        groups=_groups(rows),
        index=index[order],
        t_ms=t_ms[order],
        trial=trial[order],
        duration_ms=float(chosen["duration_ms"]),
        trials=int(chosen["trials"]) if whole else 1,
        run=json.loads(graph.ask("select/run_parameters", run_id=chosen["run_id"])["parameters"].iloc[0]),
        functional_nucleus=np.asarray(rows.column("functional_nucleus").fill_null(False)),
    )


def _groups(rows: pa.Table) -> npt.NDArray[np.str_]:
    """Return each neuron's group by its marks, as circuits name them."""
    marks = rows.select(["is_target", "downstream", "functional_nucleus"]).to_pylist()
    return np.array(
        [
            "target" if mark["is_target"]
            else f"downstream_{mark['downstream']}" if mark["downstream"]
            else "functional_nuclei" if mark["functional_nucleus"]
            else "rest"
            for mark in marks
        ],
        dtype=np.str_,
    )  # fmt: skip


def lacking(graph: Graph, run_id: str | None) -> str:
    """Return in a sentence that a run, or the latest for None, is not in the graph, and which are; '' if it is."""
    if run_id is not None and len(graph.ask("select/run_parameters", run_id=run_id)):
        return ""  # found by its name, which costs less than listing all runs
    runs = list_runs(graph)
    return "" if len(_chosen(runs, run_id)) else _missing(runs, run_id)


def _chosen_run(graph: Graph, run_id: str | None) -> pd.Series:
    runs = list_runs(graph)
    chosen = _chosen(runs, run_id)
    if not len(chosen):
        raise SelectionError(_missing(runs, run_id))
    return chosen.iloc[0]


def _chosen(runs: pd.DataFrame, run_id: str | None) -> pd.DataFrame:
    return runs[runs["latest"] if run_id is None else runs["run_id"] == run_id]


def _missing(runs: pd.DataFrame, run_id: str | None) -> str:
    if run_id is not None:
        asked = f"no run is called {run_id!r}"
    elif len(runs):
        asked = "the latest run was deleted: name one, or write one back again"
    else:
        return "no run was written back: `graphkit simulate --write-back` and `graphkit write-back RESULTS` do so"
    return f"{asked}. The graph has: {', '.join(runs['run_id']) or 'none'}"


def _tables(run_id: str, spikes: SpikeTrains, all_trials: bool) -> tuple[pa.Table, pa.Table]:
    """Return what the run keeps of each neuron, and what the neurons themselves keep of the latest run."""
    n, rates = len(spikes.root_ids), spikes.rates()
    times, trials = _trains(spikes, np.ones(len(spikes), bool)) if all_trials else (None, None)
    latest_times, _ = _trains(spikes, spikes.trial == 0)
    first = rates["first_spike_ms"].to_numpy()
    recorded = pa.table(
        {
            "run_id": pa.array([run_id] * n, pa.string()),
            "root_id": pa.array(spikes.root_ids, pa.int64()),
            "spike_count": pa.array(rates["spike_count"].to_numpy(), pa.int64()),
            "rate_hz": pa.array(rates["rate_hz"].to_numpy(), pa.float64()),
            "rate_sd_hz": pa.array(rates["rate_sd_hz"].to_numpy(), pa.float64()),
            "first_spike_ms": pa.array(first, pa.float64(), mask=np.isnan(first)),
            "spike_times_ms": pa.nulls(n, pa.list_(pa.float64())) if times is None else times,
            "spike_trials": pa.nulls(n, pa.list_(pa.int64())) if trials is None else trials,
        }
    )
    latest = recorded.select(["root_id", "run_id", "spike_count", "rate_hz"])
    return recorded, latest.append_column("spike_times_ms", latest_times)


def _trains(spikes: SpikeTrains, shown: npt.NDArray[np.bool_]) -> tuple[pa.Array, pa.Array]:
    """Return each neuron's spike times, trial after trial, and the trial of each, as list arrays."""
    order = by_neuron(spikes.index[shown])
    counts = np.bincount(spikes.index[shown], minlength=len(spikes.root_ids))
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    times = pa.array(spikes.t_ms[shown][order], pa.float64())
    trials = pa.array(spikes.trial[shown][order].astype(np.int64), pa.int64())
    return pa.ListArray.from_arrays(offsets, times), pa.ListArray.from_arrays(offsets, trials)
