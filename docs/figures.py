"""Draw the pictures of the documentation from a generated connectome: ``python docs/figures.py [NAME …]``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import plotly.graph_objects as go
from PIL import Image

from graphkit import connect
from graphkit.experiments import run_conditions, sweep
from graphkit.plots import (
    plot_boundary,
    plot_comparison,
    plot_distributions,
    plot_flow,
    plot_matrix,
    plot_network,
    plot_partners,
    plot_paths,
    plot_raster,
    plot_rates,
    plot_sweep,
    plot_transmitters,
    to_image,
)
from graphkit.synthetic import generate
from loaders.generated import Generated

PICTURES = Path(__file__).parent / "figures"


def figures(folder: Path) -> dict[str, go.Figure]:
    """Return every figure of the gallery by name."""
    generate(folder, neurons=1000, edges=25_000, seed=2)
    with connect(folder / "brain.graph") as connectome:
        connectome.load(Generated(folder))
        connectome.predict_transmitters()
        connectome.merge_connections()
        connectome.mark_downstream(folder / "target_neurons.csv", depth=2)
        circuit = connectome.circuit(max_downstream=2)
        near = connectome.circuit(max_downstream=1)
        source, target = int(circuit.root_ids[0]), int(circuit.root_ids[circuit.slices["downstream_2"]][0])
        paths = connectome.query("analysis/shortest_paths", pre_root_id=source, post_root_id=target)
        neuropils = connectome.query("analysis/neuropil_matrix")
    runs = run_conditions(
        circuit, {"control": {}, "silenced": {"silence": near.root_ids[near.slices["downstream_1"]][:20]}},
        trials=4, seed=1,
    )  # fmt: skip
    control = runs["control"]
    classes = circuit.neurons()
    table = sweep(
        circuit, {"rate_hz": [10, 20, 40, 80, 160], "synapse_mv": [0.1, 0.2, 0.275, 0.4]}, duration_ms=500, seed=1
    )
    hub = int(circuit.root_ids[circuit.post[circuit.syn_count.argmax()]])
    return {
        "network": plot_network(circuit, color_by="transmitter", max_connections=900),
        "network_by_rate": plot_network(circuit, control, layout="force", max_connections=1500, theme="dark"),
        "raster": plot_raster(control),
        "rates": plot_rates(control.grouped_by(classes, "super_class")),
        "comparison": plot_comparison(control, runs["silenced"], names=("control", "silenced")),
        "volcano": plot_comparison(control, runs["silenced"], view="volcano", names=("control", "silenced")),
        "sweep": plot_sweep(table, group="downstream_2"),
        "matrix": plot_matrix(circuit, by="super_class"),
        "neuropils": plot_matrix(neuropils, max_rows=40),
        "flow": plot_flow(circuit),
        "distributions": plot_distributions(circuit),
        "transmitters": plot_transmitters(circuit, by="super_class"),
        "partners": plot_partners(circuit, hub, max_partners=20),
        "paths": plot_paths(paths),
        "boundary": plot_boundary(near),
    }


def main() -> None:
    """Write the pictures, small enough for a page."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        drawn = figures(Path(folder))
        for name in sys.argv[1:] or drawn:
            path = to_image(drawn[name], PICTURES / f"{name}.png", width=1200, height=760, scale=1)
            Image.open(path).convert("RGB").quantize(48, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
                path, optimize=True
            )


if __name__ == "__main__":
    main()
