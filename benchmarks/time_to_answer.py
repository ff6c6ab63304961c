"""From CSV files on disk to a table of rates: how long a whole fly takes on the embedded engine, stage by stage.

Run ``python benchmarks/time_to_answer.py FOLDER`` on a folder that ``graphkit generate`` wrote, or without FOLDER to
generate one (Codex's form: 139,255 neurons, 3.87 million rows; ``--profile unthresholded``: 16.8 million). ``--short``
takes a tenth of a fly.

The network simulated is the whole graph, 30 trials of one second. Every stage ends with its result committed.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from machine import describe
from stages import Stages

from graphkit import connect, simulate
from graphkit.synthetic import PROFILES, generate
from loaders.flywire import FlyWire

#: The goal for 3.87 and for 16.8 million rows: seconds by stage, and in all.
GOALS = {
    "codex": {
        "load": 7.0,
        "predict": 1.5,
        "merge": 4.5,
        "mark": 0.3,
        "circuit": 1.2,
        "write back": 4.0,
        "in all": 25.0,
    },
    "unthresholded": {"in all": 90.0},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="codex")
    parser.add_argument("--model", default="fly_lif")
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--short", action="store_true", help="a tenth of a fly")
    given = parser.parse_args()
    print(describe("ladybug", "pyarrow", "numpy", "numba"))
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        folder = given.folder or draw_fly(scratch / "fly", given.profile, 0.1 if given.short else 1.0)
        stages, counts = answer(folder, scratch / "fly.graph", model=given.model, trials=given.trials)
        size = (scratch / "fly.graph").stat().st_size
    print(
        ", ".join(f"{count:,} {what}" for what, count in counts.items()), f"graph file {size / 1e6:,.0f} MB", sep="; "
    )
    goals = GOALS[given.profile] if not given.short else {}
    print(f"\n{'':14}{'seconds':>9}{'processors':>12}{'peak MB':>9}{'goal':>8}")
    for stage in (*stages.done, stages.total()):
        goal = f"{goals[stage.name]:8.1f}" if stage.name in goals else f"{'':8}"
        print(f"{stage.name:14}{stage.seconds:9.2f}{stage.processor_seconds:12.2f}{stage.peak_mb:9.0f}{goal}")


def draw_fly(folder: Path, profile: str, part: float) -> Path:
    """Generate a whole fly, or as many neurons as have a part of its pairs among themselves."""
    neurons, pairs = 139_255 * part**0.5, PROFILES[profile].pairs * part
    generate(folder, neurons=round(neurons), edges=round(pairs), profile=profile, seed=1)
    return folder


def answer(folder: Path, graph: Path, *, model: str = "fly_lif", trials: int = 30) -> tuple[Stages, dict[str, int]]:
    """Run the whole line; return what each stage took, and what there was."""
    stages = Stages()
    with connect(graph) as connectome:
        with stages.stage("load"):
            loaded = connectome.load(FlyWire(folder))
        with stages.stage("predict"):
            connectome.predict_transmitters()
        with stages.stage("merge"):
            merged = connectome.merge_connections()
        with stages.stage("mark"):
            connectome.mark_downstream(
                folder / "target_neurons.csv", depth=2, functional_nuclei=folder / "functional_nuclei.csv"
            )
        with stages.stage("circuit"):
            circuit = connectome.circuit()
        with stages.stage("simulate"):
            spikes = simulate(circuit, model=model, duration_ms=1000, trials=trials, seed=1)
        with stages.stage("rates"):
            rates = spikes.rates()
        with stages.stage("write back"):
            connectome.write_back(spikes)
    counts = {"neurons": len(rates), "rows": loaded["rows_kept"], "pairs": merged["pairs"], "spikes": len(spikes)}
    return stages, {name: int(str(count)) for name, count in counts.items()}


if __name__ == "__main__":
    main()
