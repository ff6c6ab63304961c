"""Commands around the graph: load, predict, merge, mark, info, export, generate."""

from __future__ import annotations

import csv
import importlib
import inspect
import json
import pkgutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import click

import loaders
from graphkit.circuit import Circuit
from graphkit.cli.levels import note
from graphkit.cli.options import FILE, FOLDER, Server, circuit_options, format_options, graph_options, open_connectome
from graphkit.cli.showing import progress, show_report
from graphkit.connectome import Connectome
from graphkit.errors import ParameterError
from graphkit.exports import write_graph
from graphkit.loading import Loader, named_dataset
from graphkit.selection import Selection
from graphkit.spike_files import write_spikes
from graphkit.spikes import SpikeTrains
from graphkit.synthetic import PROFILES, generate

__all__ = ["COMMANDS", "chosen_circuit", "find_loader", "load_files", "show_prediction", "show_refused"]


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@graph_options
@click.option("--add", is_flag=True, help="Add rows or annotations to what the graph holds.")
@click.option("--replace", is_flag=True, help="Remove everything in the graph first, runs included.")
@click.option("--skip-bad-rows", is_flag=True, help="Leave out rows that cannot be read, and write them to a file.")
@click.option("--refused", type=FILE, default="refused_rows.csv", show_default=True, help="Where refused rows go.")
@format_options
def load(
    server: Server, paths: tuple[Path, ...], add: bool, replace: bool, skip_bad_rows: bool, refused: Path, form: str,
    name: str | None, release: str | None,
) -> None:  # fmt: skip
    """Load a connectome: a FOLDER of its files, or the files by name."""
    loader = find_loader(form, paths, skip_bad_rows=skip_bad_rows, name=name, version=release)
    with open_connectome(server, write=True) as connectome:
        load_files(connectome, loader, add=add, replace=replace, refused=refused)


@click.command()
@graph_options
@click.option("--method", default="vote", show_default=True, type=click.Choice(["vote", "scores"]))
@click.option("--policy", default="shiu2024", show_default=True, help="shiu2024, monoamine_zero or ach_only.")
@click.option("--unknown-sign", default=0, show_default=True, type=int, help="Sign of neurons of unknown transmitter.")
@click.option("--overrides", type=FILE, help="A file with root_id or cell_type, and nt_type, that wins over both.")
def predict(
    server: Server, method: Literal["vote", "scores"], policy: str, unknown_sign: int, overrides: Path | None
) -> None:
    """Decide every neuron's transmitter and sign."""
    with open_connectome(server, write=True) as connectome, progress("predicting") as tick:
        report = connectome.predict_transmitters(
            method, policy=policy, unknown_sign=unknown_sign, overrides=overrides, progress=tick
        )
    show_prediction(report)


@click.command()
@graph_options
@click.option("--neuropil", "neuropils", multiple=True, help="Only rows of this neuropil; may be repeated.")
@click.option("--signed-by", default="neuron", show_default=True, type=click.Choice(["neuron", "row"]))
def merge(server: Server, neuropils: tuple[str, ...], signed_by: Literal["neuron", "row"]) -> None:
    """Merge the rows of each pair of neurons into one signed connection."""
    with open_connectome(server, write=True) as connectome, progress("merging") as tick:
        report = connectome.merge_connections(neuropils=neuropils, signed_by=signed_by, progress=tick)
    show_report("merged connections", report)


@click.command()
@graph_options
@click.option("--targets", required=True, type=FILE, help="Target neurons: a file with root_id, or a selection.")
@click.option("--functional-nuclei", type=FILE, help="Neurons of functional nuclei, given alike.")
@click.option("--depth", default=2, show_default=True, help="Deepest level marked.")
@click.option("--min-synapses", default=1, show_default=True, help="Smallest connection followed, inclusive.")
@click.option("--min-input-share", default=0.0, show_default=True, help="Smallest share of input, inclusive.")
@click.option("--sign", default=0, show_default=True, help="1: excitatory connections only, -1: inhibitory only.")
def mark(
    server: Server, targets: Path, functional_nuclei: Path | None, depth: int, min_synapses: int,
    min_input_share: float, sign: int,
) -> None:  # fmt: skip
    """Mark target neurons and what lies downstream and upstream of them."""
    with open_connectome(server, write=True) as connectome, progress("marking") as tick:
        report = connectome.mark_downstream(
            _neurons(targets), depth, functional_nuclei=_neurons(functional_nuclei) if functional_nuclei else (),
            min_synapses=min_synapses, min_input_share=min_input_share, sign=sign, progress=tick,
        )  # fmt: skip
    show_report("marked neurons", report)


@click.command()
@graph_options
def info(server: Server) -> None:
    """Show what the graph holds and which steps are done."""
    with open_connectome(server) as connectome:
        known: dict[str, Any] = connectome.info()
        steps = connectome.steps().values()
    click.echo(f"{known['address']}  ({known['engine']})")
    for dataset in known.get("datasets", []):
        files = ", ".join(file["file"] for file in json.loads(dataset["files"]))
        click.echo(f"  {named_dataset(dataset['name'], dataset['version'])}, loaded {dataset['loaded']}: {files}")
        click.echo(f"  cite: {dataset['citation']}  licence: {dataset['licence']}")
    if "counts" in known:
        show_report("counts", {**known["counts"], "runs": known["runs"]})
    click.echo("steps")
    for step in steps:
        when = step.finished or step.started
        shown = dict(step.parameters) if step.name != "load" else {}
        told = f"{step.state:<12} {when}  {json.dumps(shown) if shown else ''}"
        if step.state in ("running", "interrupted"):
            told = f"{step.state:<12} begun {step.started} by {step.who}"
        click.echo(f"  {step.name:<28} {told}".rstrip())


@click.command()
@click.argument("path", type=FILE)
@graph_options
@circuit_options
@click.option("--results", type=FOLDER, help="Folder of a run: write its spikes instead.")
def export(
    server: Server, path: Path, max_downstream: int | None, neurons: Path | None, min_synapses: int | None,
    min_input_share: float | None, results: Path | None,
) -> None:  # fmt: skip
    """Write a circuit, or a run's spikes, to PATH.

    \b
    A circuit: .graphml, .gexf, .csv or .parquet.
    Spikes (--results): .parquet as Shiu et al. 2024, .h5 as SONATA.
    """
    if results is not None:
        if any(option is not None for option in (max_downstream, neurons, min_synapses, min_input_share)):
            raise click.UsageError("--results writes all spikes of a run: leave out what chooses a circuit")
        spikes = SpikeTrains.load(results)
        click.echo(f"{write_spikes(spikes, path)}: {spikes!r}")
        return
    with open_connectome(server) as connectome:
        circuit = chosen_circuit(connectome, max_downstream, neurons, min_synapses, min_input_share)
    write_graph(circuit, path)
    click.echo(f"{path}: {circuit!r}")


@click.command("generate")
@click.argument("folder", type=FOLDER)
@click.option("--neurons", default=139_255, show_default=True, help="Neurons.")
@click.option("--edges", default=2_700_000, show_default=True, help="Merged pairs.")
@click.option("--profile", default="codex", show_default=True, type=click.Choice(sorted(PROFILES)))
@click.option("--seed", default=1, show_default=True, help="Random seed.")
@click.option("--overwrite", is_flag=True, help="Replace files that are there.")
def generate_command(folder: Path, neurons: int, edges: int, profile: str, seed: int, overwrite: bool) -> None:
    """Write a generated connectome of any size into FOLDER, in FlyWire Codex's files."""
    with progress("generating") as tick:
        report = generate(
            folder, neurons=neurons, edges=edges, profile=profile, seed=seed, overwrite=overwrite, progress=tick
        )
    show_report(f"generated {folder}", {name: value for name, value in vars(report).items() if name != "files"})


def find_loader(form: str, paths: Sequence[Path], *, skip_bad_rows: bool = False, **named: str | None) -> Loader:
    """Return the loader of a format: the class that the module loaders/<format>.py names in its ``__all__``."""
    known = sorted(module.name for module in pkgutil.iter_modules(loaders.__path__) if module.name[0] != "_")
    if form not in known:
        raise ParameterError(f"no loader is called {form!r}; known: {', '.join(known)}")
    module = importlib.import_module(f"loaders.{form}")
    classes = [getattr(module, name) for name in module.__all__ if inspect.isclass(getattr(module, name))]
    given = {key: value for key, value in named.items() if value is not None}
    loader: Loader = classes[0](*paths, skip_bad_rows=skip_bad_rows, **given)
    return loader


def show_prediction(report: dict[str, Any]) -> None:
    """Print what was predicted, and what a simulation will lack where most signs are zero."""
    show_report("predicted transmitters", report)
    lacking, synapses = report["synapses_of_sign_zero"], report["output_synapses"]
    if 2 * lacking > synapses:
        note(
            f"{lacking / synapses:.0%} of all synapses have sign 0, most often as their neuron's transmitter is "
            "unknown: in a simulation they have no effect. --overrides gives transmitters, --unknown-sign a sign."
        )


def load_files(connectome: Connectome, loader: Loader, *, add: bool, replace: bool, refused: Path) -> None:
    """Load, print the report, and write the refused rows."""
    with progress("loading") as tick:
        report = connectome.load(loader, add=add, replace=replace, progress=tick)
    if report.get("unchanged"):
        these = "this file" if report["files"] == 1 else f"these {report['files']} files"
        click.echo(f"unchanged: the graph was loaded from {these} already")
        return
    show_report(f"loaded {named_dataset(loader.name, loader.version)}", report)
    show_refused(loader, refused)


def show_refused(loader: Loader, refused: Path) -> None:
    """Print what a user should know about the files, and write the rows that were left out."""
    for said in loader.notes:
        note(said)
    if loader.refused:
        with refused.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file", "line", "reason", "row"])
            writer.writerows([item.path, item.row.line, item.row.reason, item.row.text] for item in loader.refused)
        click.echo(f"{len(loader.refused)} refused rows, with reasons: {refused}")


def chosen_circuit(
    connectome: Connectome,
    max_downstream: int | None,
    neurons: Path | None,
    min_synapses: int | None,
    min_input_share: float | None,
) -> Circuit:
    """Return the circuit that the options choose: named neurons, else by the marks, else the whole graph."""
    if neurons is None:
        marked = connectome.steps()["mark"]
        depth = int(str(marked.parameters["depth"])) if marked.state != "missing" else None
        if max_downstream is None:
            max_downstream = depth
        elif depth is not None and depth < max_downstream:
            note(
                f"neurons are marked to level {depth}: deeper ones are not in the circuit until "
                f"`graphkit mark --depth {max_downstream}` has marked them"
            )
    with progress("taking the circuit"):
        return connectome.circuit(
            None if neurons is None else _neurons(neurons),
            max_downstream=max_downstream,
            min_synapses=min_synapses,
            min_input_share=min_input_share,
        )


def _neurons(path: Path) -> Path | Selection:
    return Selection.read(path) if path.suffix in (".toml", ".json") else path


COMMANDS = (load, predict, merge, mark, info, export, generate_command)
