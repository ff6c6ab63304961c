"""A whole fly in Neo4j and in the embedded engine: loading, deriving, taking a circuit out, writing spikes back.

Run ``python benchmarks/neo4j_scale.py`` from a checkout, on a machine with 8 GB of memory to spare; it starts a server
of its own. Each step stands beside the plain form of the same step, measured in the same run on a tenth of the neurons
(or 200,000 rows): one session that sends one batch after the other, two index look-ups a row, deleting and making
again, a record per connection. Ratios are per row. Processor time is that of this process and the server together: it
says more than the clock where the machine has other work.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
from pyarrow import csv

sys.path.insert(0, str(Path(__file__).parent.parent))

from graphkit import Connectome, SpikeTrains, connect
from graphkit.neo4j_import import run_import, write_import_files
from graphkit.synthetic import generate
from loaders.generated import Generated
from tests.neo4j_process import Neo4jProcess
from tests.neo4j_server import DEFAULT_VERSION

PARTS = ("offline", "bolt", "embedded")
PLAIN_ROWS = 200_000
PLAIN_SHARE = 10
PLAIN_LOAD = (
    "UNWIND $rows AS r MATCH (pre:Neuron {root_id: r.pre_root_id}) MATCH (post:Neuron {root_id: r.post_root_id}) "
    "CREATE (pre)-[:PLAIN {neuropil: r.neuropil, syn_count: r.syn_count, nt_type: r.nt_type}]->(post)"
)
PLAIN_EXPORT = (
    "MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron) WHERE pre.root_id <= $last_id "
    "RETURN pre.root_id AS pre, post.root_id AS post, c.weight_signed AS weight, c.syn_count AS syn_count"
)
COUNT = "MATCH (n:Neuron)-[r:{}]->(:Neuron) WHERE n.root_id <= $last_id RETURN count(r) AS n"


@dataclass
class Taken:
    """What a step took, on the clock and of all processors (s)."""

    seconds: float = 0.0
    processor: float = 0.0


class Table:
    """The figures, a line each as they are measured."""

    def __init__(self, server: psutil.Process | None = None) -> None:
        self._server = server
        self._rows: dict[str, tuple[int, Taken]] = {}

    @contextmanager
    def measured(self) -> Iterator[Taken]:
        """Fill in what the context takes."""
        taken, clock, used = Taken(), time.perf_counter(), self._used()
        yield taken
        taken.seconds, taken.processor = time.perf_counter() - clock, self._used() - used

    def step(self, name: str, rows: int, taken: Taken) -> None:
        """Print a step."""
        self._rows[name] = (rows, taken)
        self._print(name, rows, taken, "")

    def plain(self, name: str, of: str, rows: int, taken: Taken) -> None:
        """Print the plain form of a step, and how many times as long it takes."""
        its_rows, its = self._rows[of]
        clock = (taken.seconds / rows) / (its.seconds / its_rows)
        used = (taken.processor / rows) / (its.processor / its_rows)
        self._print(f"*plain: {name}*", rows, taken, f"{clock:.1f} ({used:.1f})")

    @staticmethod
    def _print(name: str, rows: int, taken: Taken, ratios: str) -> None:
        speed = f"{rows / taken.seconds:,.0f}"
        print(f"| {name} | {rows:,} | {taken.seconds:.1f} | {speed} | {taken.processor:.1f} | {ratios} |", flush=True)

    def _used(self) -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
        if self._server is not None:
            times = self._server.cpu_times()
            used += times.user + times.system
        return used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="a generated connectome; made, and removed, if not given")
    parser.add_argument("--neurons", type=int, default=139_255)
    parser.add_argument("--edges", type=int, default=2_700_000)
    parser.add_argument("--heap", default="4g")
    parser.add_argument("--pagecache", default="2g")
    parser.add_argument("--version", default=DEFAULT_VERSION, help="of Neo4j")
    parser.add_argument("--only", choices=PARTS, action="append", help="may be repeated; all parts by default")
    given = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="graphkit-scale-"))
    try:
        if given.folder is None:
            given.folder = scratch / "fly"
            generate(given.folder, neurons=given.neurons, edges=given.edges, profile="codex", seed=1)
        print(
            f"{os.cpu_count()} processors, {psutil.virtual_memory().total / 1e9:.0f} GB, load {os.getloadavg()[0]:.1f} "
            f"at the start; {platform.platform()}, Python {platform.python_version()}, neo4j {version('neo4j')}, "
            f"ladybug {version('ladybug')}; Neo4j {given.version}, heap {given.heap}, page cache {given.pagecache}"
        )
        for part in given.only or PARTS:
            print(f"\n### {part}\n\n| step | rows | s | rows/s | processor s | plain takes (processor) |", flush=True)
            print("|---|--:|--:|--:|--:|--:|")
            if part == "embedded":
                embedded(given.folder, scratch)
            else:
                home = scratch / part
                home.mkdir()
                server = Neo4jProcess(given.version, folder=home, heap=given.heap, pagecache=given.pagecache)
                (offline if part == "offline" else over_bolt)(given.folder, server, scratch)
                shutil.rmtree(home)
        print(f"\nclient: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB at most")
    finally:
        shutil.rmtree(scratch)


def offline(folder: Path, process: Neo4jProcess, scratch: Path) -> None:
    """Fill a database with the importer; then derive, take out and write back on the server."""
    table = Table()
    with table.measured() as taken:
        files = write_import_files(Generated(folder), scratch / "import")
    rows = int(str(files.report["rows_kept"]))
    table.step("write the importer's files", rows, taken)
    with table.measured() as taken:
        run_import(files, [str(process.admin())])
    table.step("neo4j-admin", rows, taken)
    with serving(process) as (connectome, server):
        derive(folder, connectome, Table(server), plain=True)
        disk = sum(
            file.stat().st_size for file in (scratch / "offline" / "data" / "databases").rglob("*") if file.is_file()
        )
        print(f"\ndatabase on disk at the end: {disk / 1e6:,.0f} MB")


def over_bolt(folder: Path, process: Neo4jProcess, scratch: Path) -> None:
    """Load over Bolt into an empty database."""
    del scratch
    with serving(process) as (connectome, server):
        table = Table(server)
        written: list[tuple[float, float, int]] = []

        def watch(done: int, total: int | None, unit: str) -> None:
            if unit == "rows":
                written.append((time.perf_counter(), table._used(), done))

        with table.measured() as taken:
            report = connectome.load(Generated(folder), progress=watch)
        (start, used, first), (end, used_then, last) = written[0], written[-1]
        table.step("load: rows", last - first, Taken(end - start, used_then - used))
        table.step("load: all of it (reading, neurons, rows, counting)", int(str(report["rows_kept"])), taken)
        options = csv.ConvertOptions(strings_can_be_null=True)
        published = csv.read_csv(folder / "connections.csv", convert_options=options)
        sample = published.slice(published.num_rows // 2, PLAIN_ROWS)
        with table.measured() as taken:
            for start_row in range(0, sample.num_rows, 10_000):
                connectome.graph.backend.write(PLAIN_LOAD, {"rows": sample.slice(start_row, 10_000)})
        table.plain("UNWIND, two MATCH and CREATE, one session", "load: rows", sample.num_rows, taken)


def embedded(folder: Path, scratch: Path) -> None:
    """Do the same on the embedded engine."""
    table = Table()
    with connect(scratch / "fly.graph") as connectome:
        with table.measured() as taken:
            report = connectome.load(Generated(folder))
        table.step("load", int(str(report["rows_kept"])), taken)
        derive(folder, connectome, table, plain=False)
    print(f"\nfile: {(scratch / 'fly.graph').stat().st_size / 1e6:,.0f} MB")


def derive(folder: Path, connectome: Connectome, table: Table, *, plain: bool) -> None:
    """Predict, merge, merge again under other signs, mark, take the circuit out, write spikes back."""
    graph = connectome.graph
    rows = int(graph.ask("analysis/counts")["rows"].iloc[0])
    with table.measured() as taken:
        connectome.predict_transmitters()
    table.step("predict", rows, taken)
    with table.measured() as taken:
        pairs = int(str(connectome.merge_connections()["pairs"]))
    table.step("merge", pairs, taken)
    connectome.predict_transmitters(policy="monoamine_zero")
    with table.measured() as taken:
        connectome.merge_connections()
    table.step("merge again under other signs", pairs, taken)
    with table.measured() as taken:
        connectome.mark_downstream(folder / "target_neurons.csv")
    table.step("mark two levels each way", pairs, taken)
    with table.measured() as taken:
        circuit = connectome.circuit()
    assert len(circuit.pre) == pairs
    table.step("circuit of all connections", pairs, taken)
    spikes = some_spikes(circuit.root_ids)
    with table.measured() as taken:
        connectome.write_back(spikes)
    table.step("write back", len(circuit.root_ids), taken)
    if plain:
        plain_forms(connectome, table, spikes)


def plain_forms(connectome: Connectome, table: Table, spikes: SpikeTrains) -> None:
    """Do the same steps in their plain forms on the first neurons."""
    graph = connectome.graph
    ids = np.sort(spikes.root_ids)[: len(spikes.root_ids) // PLAIN_SHARE].tolist()
    ranges = [
        {"first_id": part[0], "last_id": part[-1]} for part in (ids[k : k + 1000] for k in range(0, len(ids), 1000))
    ]
    last = {"last_id": ids[-1]}
    rows, pairs = (
        int(graph.backend.read(COUNT.format(kind), last)["n"][0].as_py()) for kind in ("SYNAPSES", "CONNECTS")
    )

    def one_by_one(name: str, **parameters: object) -> Callable[[], None]:
        query = graph.queries[name]
        return lambda: [graph.backend.write(query.text, query.bind(**ends, **parameters)) for ends in ranges] and None

    signs = {"excitatory": ["ACH"], "inhibitory": ["GABA", "GLUT"], "unknown_sign": 0}
    with table.measured() as predicted:
        one_by_one("analysis/predict_by_vote", **signs)()
    table.plain("predict, one session", "predict", rows, predicted)
    with table.measured() as removed:
        one_by_one("write/remove_connections")()
    with table.measured() as merged:
        one_by_one("analysis/merge_connections")()
    table.plain("merge, one session", "merge", pairs, merged)
    both = Taken(removed.seconds + merged.seconds, removed.processor + merged.processor)
    table.plain("delete and merge, one session", "merge again under other signs", pairs, both)
    with table.measured() as taken:
        graph.backend.read(PLAIN_EXPORT, last)
    table.plain("a record per connection", "circuit of all connections", pairs, taken)
    activity = {
        "root_id": ids, "run_id": ["plain"] * len(ids), "spike_count": [10] * len(ids),
        "rate_hz": [10.0] * len(ids), "spike_times_ms": [[1.0 * k for k in range(10)]] * len(ids),
    }  # fmt: skip
    batches = pa.table(activity)
    with table.measured() as taken:
        for start in range(0, len(ids), 10_000):
            graph.backend.write(graph.queries["write/activity"].text, {"rows": batches.slice(start, 10_000)})
    table.plain("properties alone, one session", "write back", len(ids), taken)


def some_spikes(root_ids: np.ndarray) -> SpikeTrains:
    """Return about ten spikes of each neuron."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(10, len(root_ids))
    t_ms = np.sort(rng.uniform(0, 1000, counts.sum()))
    return SpikeTrains(
        root_ids=root_ids, groups=np.full(len(root_ids), "rest"),
        index=rng.permutation(np.repeat(np.arange(len(root_ids), dtype=np.int32), counts)),
        t_ms=t_ms, trial=np.zeros(len(t_ms), np.int32), duration_ms=1000.0, trials=1, run={"run_id": "benchmark"},
    )  # fmt: skip


@contextmanager
def serving(process: Neo4jProcess) -> Iterator[tuple[Connectome, psutil.Process]]:
    """Run the server for the length of the context."""
    process.start()
    try:
        (server,) = (child for child in psutil.Process().children(recursive=True) if child.name() == "java")
        with connect(process.uri, password=process.password) as connectome:
            yield connectome, server
    finally:
        process.kill()


if __name__ == "__main__":
    main()
