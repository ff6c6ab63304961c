"""Commands of activity: simulate, write-back, runs, statistics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graphkit.circuit import Circuit
from graphkit.cli.graphs import chosen_circuit
from graphkit.cli.options import FILE, FOLDER, Server, circuit_options, graph_options, model_options, open_connectome
from graphkit.cli.showing import FORMATS, progress, show_report, show_table
from graphkit.connectome import Connectome
from graphkit.selection import Selection
from graphkit.simulation import Recording, read_stimuli, simulate
from graphkit.spikes import SpikeTrains
from graphkit.statistics import group_statistics
from graphkit.tables import read_root_ids

__all__ = ["COMMANDS", "run_model", "save_results"]


@click.command("simulate")
@graph_options
@circuit_options
@model_options
@click.option("--out", required=True, type=FOLDER, help="Folder for spikes, rates, the run's record and figures.")
@click.option("--write-back", "write", is_flag=True, help="Write the run into the graph, too.")
def simulate_command(
    server: Server, max_downstream: int | None, neurons: Path | None, min_synapses: int | None,
    min_input_share: float | None, out: Path, write: bool, **model: object,
) -> None:  # fmt: skip
    """Simulate a circuit and save spikes, rates and figures."""
    with open_connectome(server, write=write) as connectome:
        circuit = chosen_circuit(connectome, max_downstream, neurons, min_synapses, min_input_share)
        spikes = run_model(circuit, model)
        save_results(out, circuit, spikes)
        if write:
            _write_back(connectome, spikes, all_trials=False)


@click.command("write-back")
@click.argument("results", type=FOLDER)
@graph_options
@click.option("--all-trials", is_flag=True, help="Keep the spike times of every trial on the run.")
def write_back(server: Server, results: Path, all_trials: bool) -> None:
    """Write the run of a RESULTS folder into the graph."""
    spikes = SpikeTrains.load(results)
    with open_connectome(server, write=True) as connectome:
        _write_back(connectome, spikes, all_trials=all_trials)


@click.group()
def runs() -> None:
    """List and delete the runs in the graph."""


@runs.command("list")
@graph_options
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(FORMATS))
@click.option("--out", type=FILE, help="Write to this file.")
def list_runs(server: Server, form: str, out: Path | None) -> None:
    """List the runs in the graph, latest first."""
    with open_connectome(server) as connectome:
        show_table(connectome.runs(), form, out)


@runs.command("delete")
@click.argument("run_id")
@graph_options
def delete_run(server: Server, run_id: str) -> None:
    """Delete the run RUN_ID from the graph."""
    with open_connectome(server, write=True) as connectome:
        connectome.delete_run(run_id)
    click.echo(f"deleted {run_id}")


@click.command("statistics")
@click.argument("results", required=False, type=FOLDER)
@graph_options
@click.option(
    "--by", help="Group by this property of the neurons in the graph, such as cell_type. [default: as marked]"
)
@click.option("--from-ms", type=float, help="Only spikes from this time on (ms).")
@click.option("--to-ms", type=float, help="Only spikes before this time (ms).")
@click.option("--bin-ms", default=5.0, show_default=True, help="Bins in which synchrony is counted (ms).")
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(FORMATS))
@click.option("--out", type=FILE, help="Write to this file.")
def statistics(
    server: Server, results: Path | None, by: str | None, from_ms: float | None, to_ms: float | None, bin_ms: float,
    form: str, out: Path | None,
) -> None:  # fmt: skip
    """Show rate, latency, regularity, variability and synchrony of each group.

    Of the run in the folder RESULTS, or else of the latest run in the graph (its first trial, unless all were written).
    """
    spikes = SpikeTrains.load(results) if results else None
    if spikes is None or by:
        with open_connectome(server) as connectome:
            spikes = connectome.spikes() if spikes is None else spikes
            spikes = spikes.grouped_by(connectome.neurons(), by) if by else spikes
    start, end = spikes.start_ms, spikes.start_ms + spikes.duration_ms
    if from_ms is not None or to_ms is not None:
        spikes = spikes.between(start if from_ms is None else from_ms, end if to_ms is None else to_ms)
    show_table(group_statistics(spikes, bin_ms=bin_ms), form, out)


def run_model(circuit: Circuit, model: dict[str, Any]) -> SpikeTrains:
    """Simulate with the options of :func:`model_options`."""
    model["targets"] = model.pop("stimulate")
    for group in ("targets", "second_targets", "silence", "record"):
        if model[group] is not None:
            model[group] = _chosen(model[group])
    every_ms = model.pop("record_every_ms")
    if model["record"] is not None:
        model["record"] = Recording(model["record"], every_ms=every_ms)
    elif every_ms is not None:
        raise click.UsageError("--record-every-ms is given, but nothing is recorded: name neurons with --record")
    if model["stimuli"] is not None:
        model["stimuli"] = read_stimuli(model["stimuli"])
    with progress("simulating") as tick:
        return simulate(circuit, **model, progress=tick)


def _chosen(path: Path) -> list[int] | Selection:
    return Selection.read(path) if path.suffix in (".toml", ".json") else read_root_ids(path).tolist()


def save_results(out: Path, circuit: Circuit, spikes: SpikeTrains) -> None:
    """Save spikes, rates and figures into a folder, and say what came out."""
    from graphkit.plots import save_figures  # plotly and matplotlib are slow to import

    with progress("saving"):
        spikes.save(out)
        save_figures(out, circuit, spikes)
    click.echo(repr(spikes))
    show_table(spikes.group_rates(), "table", None)
    click.echo(f"results in {out}: " + ", ".join(sorted(path.name for path in out.iterdir())))


def _write_back(connectome: Connectome, spikes: SpikeTrains, *, all_trials: bool) -> None:
    with progress("writing back") as tick:
        report = connectome.write_back(spikes, all_trials=all_trials, progress=tick)
    show_report("wrote back", report)


COMMANDS = (simulate_command, write_back, runs, statistics)
