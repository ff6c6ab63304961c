"""A whole fly in Neo4j, step by step beside the embedded engine.

Run ``python benchmarks/neo4j_scale.py`` from a checkout, on a machine with 8 GB of memory to spare; it starts a server
of its own. Then each step's statements are run once more on a tenth of the neurons (or 200,000 rows), and beside them
the plain form of the same step on another tenth: one session that sends one batch after the other, a map for each row
and two index look-ups, deleting and making again, a record per connection. Both find a warm server; ratios are per row.
Processor time is that of this process and the server together: it says more than the clock where the machine has other
work.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
import pyarrow as pa
from machine import describe
from pyarrow import csv

sys.path.insert(0, str(Path(__file__).parent.parent))

from graphkit import Connectome, SpikeTrains, connect
from graphkit.backends import parts
from graphkit.graph import Graph
from graphkit.neo4j_import import run_import, write_import_files
from graphkit.synthetic import generate
from loaders.generated import Generated
from tests.neo4j_process import Neo4jProcess
from tests.neo4j_server import DEFAULT_VERSION

PARTS = ("offline", "bolt", "embedded")
PLAIN_ROWS = 200_000
PLAIN_SHARE = 10
#: What the neo4j.conf that comes with Neo4j tells Java, and the server from Maven comes without.
AS_INSTALLED = (
    "-XX:+UseG1GC", "-XX:-OmitStackTraceInFastThrow", "-XX:+AlwaysPreTouch", "-XX:+UnlockExperimentalVMOptions",
    "-XX:+TrustFinalNonStaticFields", "-XX:+DisableExplicitGC",
)  # fmt: skip
PLAIN_LOAD = (
    "UNWIND $rows AS r MATCH (pre:Neuron {root_id: r.pre_root_id}) MATCH (post:Neuron {root_id: r.post_root_id}) "
    "CREATE (pre)-[:PLAIN {neuropil: r.neuropil, syn_count: r.syn_count, nt_type: r.nt_type}]->(post)"
)
PLAIN_EXPORT = (
    "MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron) WHERE pre.root_id >= $first_id AND pre.root_id <= $last_id "
    "RETURN pre.root_id AS pre, post.root_id AS post, c.weight_signed AS weight, c.syn_count AS syn_count"
)
COUNT = "MATCH (n:Neuron)-[r:{}]->(:Neuron) WHERE n.root_id >= $first_id AND n.root_id <= $last_id RETURN count(r) AS n"


Work = Callable[[], object]


@dataclass
class Taken:
    """What a step took, on the clock and of all processors (s)."""

    seconds: float = 0.0
    processor: float = 0.0

    def times(self, rows: int, other: Taken, its_rows: int) -> str:
        """Return how many times as long this takes per row, and in brackets as much of the processors."""
        clock, used = self.seconds / other.seconds, self.processor / other.processor
        return f"{clock * its_rows / rows:.1f} ({used * its_rows / rows:.1f})"


class Table:
    """The figures, a line each as they are measured."""

    def __init__(self, server: psutil.Process | None = None) -> None:
        self._server = server

    @contextmanager
    def measured(self) -> Iterator[Taken]:
        """Fill in what the context takes."""
        taken, clock, used = Taken(), time.perf_counter(), self._used()
        yield taken
        taken.seconds, taken.processor = time.perf_counter() - clock, self._used() - used

    def step(self, name: str, rows: int, taken: Taken) -> None:
        """Print a step."""
        self._print(name, rows, taken, "")

    def compared(self, name: str, ours: tuple[int, Work], plain: tuple[int, Work]) -> None:
        """Print a step on some rows, its plain form on others, and how many times as long that takes per row."""
        (rows, work), (its_rows, its_work) = ours, plain
        with self.measured() as taken:
            work()
        self._print(name, rows, taken, "")
        with self.measured() as its:
            its_work()
        self._print(f"*plain {name}*", its_rows, its, its.times(its_rows, taken, rows))

    @staticmethod
    def _print(name: str, rows: int, taken: Taken, ratios: str) -> None:
        speed = f"{rows / taken.seconds:,.0f}"
        print(f"| {name} | {rows:,} | {taken.seconds:.2f} | {speed} | {taken.processor:.1f} | {ratios} |", flush=True)

    def _used(self) -> float:
        used = sum(psutil.Process().cpu_times()[:4])  # of this process and of its children that ended
        return used + (sum(self._server.cpu_times()[:2]) if self._server else 0.0)


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
    print(f"{describe('neo4j', 'ladybug')}; Neo4j {given.version}, heap {given.heap}, page cache {given.pagecache}")
    with TemporaryDirectory(prefix="graphkit-scale-") as name:
        scratch = Path(name)
        if given.folder is None:
            given.folder = scratch / "fly"
            generate(given.folder, neurons=given.neurons, edges=given.edges, profile="codex", seed=1)
        for part in given.only or PARTS:
            print(f"\n### {part}\n\n| step | rows | s | rows/s | processor s | plain takes (processor) |", flush=True)
            print("|---|--:|--:|--:|--:|--:|")
            if part == "embedded":
                embedded(given.folder, scratch)
                continue
            with TemporaryDirectory(dir=scratch) as home:
                memory = {"heap": given.heap, "pagecache": given.pagecache}
                server = Neo4jProcess(given.version, folder=Path(home), server_options=AS_INSTALLED, **memory)
                (offline if part == "offline" else over_bolt)(given.folder, server)
    print(f"\nclient: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB at most")


def offline(folder: Path, process: Neo4jProcess) -> None:
    """Fill a database with the importer; then derive, take out and write back on a server that has just started."""
    table, home = Table(), process.admin().parent
    with table.measured() as taken:
        files = write_import_files(Generated(folder), home / "import")
    rows = int(str(files.report["rows_kept"]))
    table.step("write the importer's files", rows, taken)
    with table.measured() as taken:
        run_import(files, [str(process.admin())])
    table.step("neo4j-admin", rows, taken)
    with serving(process) as (connectome, server):
        derive(folder, connectome, Table(server), plain=True)
        disk = sum(file.stat().st_size for file in (home / "data" / "databases").rglob("*") if file.is_file())
        print(f"\ndatabase on disk at the end: {disk / 1e6:,.0f} MB")


def over_bolt(folder: Path, process: Neo4jProcess) -> None:
    """Load over Bolt into an empty database; then do the steps on the server that has just taken it, and is warm."""
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
        derive(folder, connectome, table, plain=False)
        options = csv.ConvertOptions(strings_can_be_null=True)
        published = csv.read_csv(folder / "connections.csv", convert_options=options)
        rows = min(PLAIN_ROWS, published.num_rows // 3)
        graph = connectome.graph
        table.compared(
            "rows",
            (rows, lambda: graph.tell_rows("write/synapses", published.slice(rows, rows))),
            (rows, lambda: one_by_one(graph, PLAIN_LOAD, maps_of(published.slice(2 * rows, rows)))),
        )


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
    """Predict, merge, merge again under other signs, mark, take the circuit out, write the spikes of two runs back."""
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
    with table.measured() as taken:
        connectome.write_back(replace(spikes, run={"run_id": "next"}))
    table.step("write back the next run", len(circuit.root_ids), taken)
    if plain:
        plain_forms(connectome, table, spikes)


def plain_forms(connectome: Connectome, table: Table, spikes: SpikeTrains) -> None:
    """Do the same steps, warm, on a tenth of the neurons, and in their plain forms on another tenth."""
    graph, n, tenth = connectome.graph, len(spikes.root_ids), len(spikes.root_ids) // PLAIN_SHARE
    ids = np.sort(spikes.root_ids)
    tenths = [ids[k * tenth : (k + 1) * tenth] for k in range(4)]
    rows, pairs = ([counted(graph, kind, part) for part in tenths] for kind in ("SYNAPSES", "CONNECTS"))
    signs = {"excitatory": ["ACH", "DA", "SER", "OCT"], "inhibitory": ["GABA", "GLUT"], "unknown_sign": 0}
    merge, remove = "analysis/merge_connections", "write/remove_connections"

    def two(name: str, place: int, **parameters: object) -> None:
        graph.backend.write_each(graph.queries[name].text, ranges(tenths[place], parameters))

    def one(name: str, place: int, **parameters: object) -> None:
        one_by_one(graph, graph.queries[name].text, ranges(tenths[place], parameters))

    def plainly(place: int) -> None:
        one(merge, place, neuropils=[], parts=1, part=0, other_part=0)

    vote, sign = "analysis/predict_by_vote", "write/sign_connections"
    table.compared("predict", (rows[0], lambda: two(vote, 0, **signs)), (rows[1], lambda: one(vote, 1, **signs)))
    again = (pairs[1], lambda: [one(remove, 1), plainly(1)])
    table.compared("merge again", (pairs[0], lambda: two(sign, 0)), again)
    one(remove, 2)
    one(remove, 3)
    text = graph.queries[merge].text
    ours = (pairs[2], lambda: graph.backend.write_each(text, apart(tenths[2], {"neuropils": []})))
    table.compared("merge", ours, (pairs[3], lambda: plainly(3)))
    plain = (pairs[1], lambda: graph.backend.read(PLAIN_EXPORT, ends(tenths[1])))
    table.compared("circuit", (counted(graph, "CONNECTS", ids), connectome.circuit), plain)
    times = pa.array([[float(k) for k in range(10)]] * n)
    values = {"spike_count": [10] * n, "rate_hz": [10.0] * n, "rate_sd_hz": [1.0] * n, "first_spike_ms": [0.0] * n}
    lists = {"spike_times_ms": pa.nulls(n), "spike_trials": pa.nulls(n), "latest_times_ms": times}
    recorded = pa.table({"run_id": ["benchmark"] * n, "root_id": ids, **values, **lists})
    of_all, each = (graph.queries[f"write/{name}"].text for name in ("recorded_of_all", "recorded"))
    table.compared(
        "write back",
        (tenth, lambda: graph.backend.write_rows(of_all, recorded.slice(0, tenth))),
        (tenth, lambda: one_by_one(graph, each, batches_of(recorded.slice(tenth, tenth)))),
    )


def counted(graph: Graph, kind: str, part: np.ndarray) -> int:
    return int(graph.backend.read(COUNT.format(kind), ends(part))["n"][0].as_py())


def ends(part: np.ndarray) -> dict[str, int]:
    return {"first_id": int(part[0]), "last_id": int(part[-1])}


def ranges(part: np.ndarray, parameters: Mapping[str, object], size: int = 500) -> list[dict[str, object]]:
    return [{**ends(part[k : k + size]), **parameters} for k in range(0, len(part), size)]


def apart(part: np.ndarray, parameters: Mapping[str, object]) -> list[dict[str, object]]:
    """Return what two sessions may write at once, as graphkit cuts a whole brain."""
    return [
        {**given, "parts": parts.PARTS, "part": one, "other_part": other}
        for together in parts.ROUNDS
        for given in ranges(part, parameters, 4000)
        for one, other in together
    ]


def batches_of(rows: pa.Table) -> list[dict[str, object]]:
    return [{"rows": rows.slice(k, 10_000)} for k in range(0, rows.num_rows, 10_000)]


def maps_of(rows: pa.Table) -> list[dict[str, object]]:
    """Return the batches as a plain client sends them: a map for each row."""
    return [{"rows": rows.slice(k, 10_000).to_pylist()} for k in range(0, rows.num_rows, 10_000)]


def one_by_one(graph: Graph, text: str, several: list[dict[str, object]]) -> None:
    """Write with one session, one batch after the other."""
    for parameters in several:
        graph.backend.write(text, parameters)


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
