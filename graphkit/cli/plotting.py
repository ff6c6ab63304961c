"""The command that draws: plot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphkit.circuit import Circuit
from graphkit.cli.graphs import chosen_circuit
from graphkit.cli.options import FILE, FOLDER, Server, circuit_options, graph_options, open_connectome
from graphkit.connectome import Connectome
from graphkit.errors import SelectionError
from graphkit.loading import named_dataset
from graphkit.spikes import SpikeTrains

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["COMMANDS", "FIGURES"]


@dataclass(frozen=True)
class Asked:
    """What a figure is drawn of: the graph, the circuit and the runs that were chosen."""

    connectome: Connectome
    choice: tuple[Any, ...]
    results: Path | None
    against: Path | None
    root_ids: tuple[int, ...]

    def circuit(self) -> Circuit:
        """Return the circuit that was chosen."""
        return chosen_circuit(self.connectome, *self.choice)

    def source(self) -> dict[str, object]:
        """Return where a table of the whole graph comes from, for the caption."""
        known: Any = self.connectome.info().get("datasets") or []
        return {"dataset": named_dataset(known[0]["name"], known[0]["version"])} if known else {}

    def run(self, by: str | None = None) -> SpikeTrains:
        """Return the run: of the folder, or the latest in the graph; grouped as asked."""
        spikes = SpikeTrains.load(self.results) if self.results else self.connectome.spikes()
        return spikes.grouped_by(self.connectome.neurons(), by) if by else spikes

    def neurons(self, number: int) -> list[int]:
        """Return the neurons that were named, as many as the figure is of."""
        if len(self.root_ids) != number:
            wanted = ("", "one neuron: name it with --neuron ID", "two neurons: name both, --neuron ID --neuron ID")
            raise click.UsageError(f"the figure is of {wanted[number]}")
        known = self.connectome.neurons(root_ids=list(self.root_ids))["root_id"].tolist()
        if missing := [root_id for root_id in self.root_ids if root_id not in known]:
            raise SelectionError(f"neuron {missing[0]} is not in the graph")
        return list(self.root_ids)


def _network(asked: Asked, plots: Any, **options: str) -> go.Figure:
    circuit = asked.circuit()
    if "neuropil" in options.values():  # each neuron's is the one with most of its output
        places = asked.connectome.query("analysis/output_neuropils", root_ids=circuit.root_ids.tolist())
        most = places.sort_values("synapses", ascending=False, kind="stable").drop_duplicates("root_id")
        circuit = circuit.annotated(most[["root_id", "neuropil"]])
    has_run = asked.results is not None or len(asked.connectome.runs()) > 0
    return plots.plot_network(circuit, asked.run() if has_run else None, **options)


def _raster(asked: Asked, plots: Any, by: str | None = None, **options: str) -> go.Figure:
    return plots.plot_raster(asked.run(by), **options)


def _rates(asked: Asked, plots: Any, by: str | None = None, **options: str) -> go.Figure:
    return plots.plot_rates(asked.run(by), **options)


def _potentials(asked: Asked, plots: Any, **options: str) -> go.Figure:
    spikes = asked.run()
    if spikes.states is None:
        raise SelectionError(
            "the run holds no potentials. Record some: `graphkit simulate --record FILE --out DIR`, then --results DIR"
        )
    return plots.plot_potentials(spikes.states, run=spikes.run, **options)


def _comparison(view: str) -> Callable[..., Any]:
    def draw(asked: Asked, plots: Any, by: str | None = None, **options: str) -> go.Figure:
        if asked.against is None:
            raise click.UsageError("a comparison needs a second run: name its folder with --against")
        first, second = asked.run(by), SpikeTrains.load(asked.against)
        names = (asked.results.name if asked.results else first.run_id, asked.against.name)
        return plots.plot_comparison(first, second, view=view, names=names, **options)

    return draw


def _of_circuit(name: str) -> Callable[..., Any]:
    return lambda asked, plots, **options: getattr(plots, name)(asked.circuit(), **options)


def _neuropils(asked: Asked, plots: Any, **options: str) -> go.Figure:
    return plots.plot_matrix(asked.connectome.query("analysis/neuropil_matrix"), source=asked.source(), **options)


def _partners(asked: Asked, plots: Any, **options: str) -> go.Figure:
    (root_id,) = asked.neurons(1)
    return plots.plot_partners(asked.circuit(), root_id, **options)


def _paths(asked: Asked, plots: Any, **options: str) -> go.Figure:
    (pre, post), least = asked.neurons(2), asked.choice[2] or 1
    table = asked.connectome.query("analysis/shortest_paths", pre_root_id=pre, post_root_id=post, min_synapses=least)
    source = {**asked.source(), **({} if len(table) else {"from": pre, "to": post}), "min_synapses": least}
    return plots.plot_paths(table, source=source, **options)


_CIRCUIT = "max_downstream neurons min_synapses min_input_share"
#: Every figure: what it shows, which options it takes beside --theme, how it is drawn.
FIGURES: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "network": ("the circuit, and the run's rates", f"{_CIRCUIT} results layout color_by", _network),
    "raster": ("who fired when, with population rates", "results by", _raster),
    "rates": ("how fast each group fires", "results by", _rates),
    "potentials": ("what a run recorded over time (--results)", "results", _potentials),
    "comparison": ("two runs, rate against rate (--against)", "results against by", _comparison("scatter")),
    "volcano": ("two runs, change against probability (--against)", "results against by", _comparison("volcano")),
    "matrix": ("who sends to whom", f"{_CIRCUIT} by", _of_circuit("plot_matrix")),
    "neuropils": ("signals from neuropil to neuropil, of the whole graph", "", _neuropils),
    "flow": ("synapses from level to level", f"{_CIRCUIT} by", _of_circuit("plot_flow")),
    "distributions": ("degrees and weights", _CIRCUIT, _of_circuit("plot_distributions")),
    "transmitters": ("transmitters and their confidence", f"{_CIRCUIT} by", _of_circuit("plot_transmitters")),
    "partners": ("a neuron's input (--neuron)", f"{_CIRCUIT} neuron by", _partners),
    "paths": ("the shortest paths between two neurons (--neuron, twice)", "neuron min_synapses", _paths),
    "boundary": ("what cutting the circuit out took away", _CIRCUIT, _of_circuit("plot_boundary")),
}


@click.command(help="Draw FIGURE into a page (.html) or a picture (.png, .svg, .pdf).\n\n\b\n" + "\n".join(
    f"{name:<14} {told}" for name, (told, _, _) in FIGURES.items()
))  # fmt: skip
@click.argument("figure", metavar="FIGURE", type=click.Choice(list(FIGURES)))
@graph_options
@circuit_options
@click.option("--results", type=FOLDER, help="Folder of a run; else the latest run in the graph.")
@click.option("--against", type=FOLDER, help="Folder of a second run to compare with.")
@click.option("--neuron", "root_ids", type=int, multiple=True, help="root_id of a neuron; may be repeated.")
@click.option("--by", help="Group by this property, such as cell_type, side or transmitter.")
@click.option("--layout", help="Of a network: levels, force, or a property such as side, super_class, neuropil.")
@click.option("--color-by", help="Of a network: transmitter, sign, group, rate or any property.")
@click.option("--theme", default="light", show_default=True, type=click.Choice(["light", "dark"]))
@click.option("--out", required=True, type=FILE, help="The file: .html, .png, .svg or .pdf.")
def plot(
    server: Server, figure: str, max_downstream: int | None, neurons: Path | None, min_synapses: int | None,
    min_input_share: float | None, results: Path | None, against: Path | None, root_ids: tuple[int, ...], out: Path,
    **options: Any,
) -> None:  # fmt: skip
    """Draw a figure; its help is made from FIGURES."""
    # plotly and matplotlib take half a second to import, which no other command should wait for.
    from graphkit import plots

    _, takes, draw = FIGURES[figure]
    given = {name: value for name, value in options.items() if value is not None}
    choice = (max_downstream, neurons, min_synapses, min_input_share)
    others = dict(zip(_CIRCUIT.split(), choice, strict=True)) | {
        "results": results, "against": against, "neuron": root_ids or None,
    }  # fmt: skip
    said = {*given, *(name for name, value in others.items() if value is not None)}
    if unused := sorted(said - {"theme", *takes.split()}):
        raise click.UsageError(f"{figure} takes no --{unused[0].replace('_', '-')}")
    with open_connectome(server) as connectome:
        drawn = draw(Asked(connectome, choice, results, against, root_ids), plots, **given)
    (plots.to_html if out.suffix.lower() in (".html", ".htm") else plots.to_image)(drawn, out)
    click.echo(str(out))


COMMANDS = (plot,)
