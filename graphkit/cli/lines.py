"""Commands that go the whole line: run, demo."""

from __future__ import annotations

from pathlib import Path

import click

from graphkit.cli.graphs import find_loader, load_files, show_prediction
from graphkit.cli.options import FOLDER, Server, format_options, graph_options, model_options, open_connectome
from graphkit.cli.showing import progress, show_report, show_table
from graphkit.cli.simulating import run_model, save_results
from graphkit.errors import DataError
from graphkit.synthetic import generate

__all__ = ["COMMANDS"]


@click.command()
@click.argument("folder", type=FOLDER)
@graph_options
@model_options
@click.option("--out", required=True, type=FOLDER, help="Folder for the results.")
@click.option("--depth", default=2, show_default=True, help="Downstream levels of the circuit.")
@click.option("--min-synapses", default=1, show_default=True, help="Smallest connection, inclusive.")
@click.option("--replace", is_flag=True, help="Remove what the graph holds first.")
@format_options
def run(
    server: Server, folder: Path, out: Path, depth: int, min_synapses: int, replace: bool, form: str,
    name: str | None, release: str | None, **model: object,
) -> None:  # fmt: skip
    """Go the whole line on a FOLDER of files: load, predict, merge, mark, simulate, write back, ask, draw."""
    loader = find_loader(form, [folder], name=name, version=release)
    targets = getattr(loader, "targets_path", None)
    nuclei = getattr(loader, "functional_nuclei_path", None)
    if targets is None:
        raise DataError("no target_neurons.csv here: the circuit is what lies downstream of targets", path=folder)
    with open_connectome(server, write=True) as connectome:
        load_files(connectome, loader, add=False, replace=replace, refused=out / "refused_rows.csv")
        with progress("predicting") as tick:
            show_prediction(connectome.predict_transmitters(progress=tick))
        with progress("merging") as tick:
            show_report("merged connections", connectome.merge_connections(progress=tick))
        with progress("marking") as tick:
            marked = connectome.mark_downstream(
                targets, depth, functional_nuclei=nuclei or (), min_synapses=min_synapses, progress=tick
            )
        show_report("marked neurons", marked)
        circuit = connectome.circuit(max_downstream=depth)
        click.echo(repr(circuit))
        spikes = run_model(circuit, model)
        save_results(out, circuit, spikes)
        with progress("writing back") as tick:
            show_report("wrote back", connectome.write_back(spikes, progress=tick))
        click.echo("most active neurons (graphkit query activity/most_active --param limit=10)")
        show_table(connectome.query("activity/most_active", limit=10), "table", None)


@click.command()
@click.option("--out", default="demo", show_default=True, type=FOLDER, help="Folder for everything.")
@click.option("--neurons", default=2_000, show_default=True, help="Neurons of the generated connectome.")
@click.option("--edges", default=60_000, show_default=True, help="Its connections (merged pairs).")
@click.option("--seed", default=1, show_default=True, help="Random seed.")
@click.pass_context
def demo(context: click.Context, out: Path, neurons: int, edges: int, seed: int) -> None:
    """Go the whole line on a generated connectome with the embedded engine."""
    files, graph, results = out / "files", out / "demo.graph", out / "results"
    click.echo(f"$ graphkit generate --neurons {neurons} --edges {edges} --seed {seed} {files}")
    with progress("generating") as tick:
        generate(files, neurons=neurons, edges=edges, seed=seed, overwrite=True, progress=tick)
    click.echo(f"$ graphkit run {files} --format generated --replace --graph {graph} --out {results} --seed {seed}")
    context.invoke(run, folder=files, form="generated", replace=True, graph=str(graph), out=results, seed=seed)
    click.echo("\nlook at")
    for page in ("network.html", "raster.html", "rates.html", "firing_activity.png"):
        click.echo(f"  {(results / page).resolve()}")


COMMANDS = (run, demo)
