"""What each query under cypher/analysis/ has to answer, computed from the rows without a graph database.

Each function has the name of its query and its parameters, and gives the rows in the order that the query promises.
The work is plain Python's, and networkx's where paths are looked for.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from graphkit.transmitters import SignPolicy
from tests.connectomes import BASE, Row, TableLoader

__all__ = ["ORACLES", "Asked", "Connection", "Wiring", "levels", "merged", "scored", "voted"]

SIX = ("ACH", "GABA", "GLUT", "DA", "SER", "OCT")

ANNOTATIONS = ("flow", "super_class", "cell_class", "sub_class", "cell_type", "side", "nt_type_published")

Words = tuple[str | None, ...]
Answer = Iterable[tuple[object, ...]]


@dataclass(frozen=True)
class Asked:
    """Values for the parameters of all queries, by their names."""

    root_ids: Sequence[int] = ()
    pre_root_ids: Sequence[int] = ()
    post_root_ids: Sequence[int] = ()
    pre_root_id: int = BASE
    post_root_id: int = BASE
    cell_types: Sequence[str] = ()
    min_synapses: int = 1
    min_input_share: float = 0.0
    min_neurons: int = 2
    limit: int = 2**63 - 1


Oracle = Callable[["Wiring", Asked], Answer]
ORACLES: dict[str, Oracle] = {}


def oracle(function: Oracle) -> Oracle:
    """Keep a function under the name of its query."""
    ORACLES[f"analysis/{function.__name__}"] = function
    return function


@dataclass(frozen=True)
class Neuron:
    """What the graph should know of a neuron once its transmitter is decided."""

    root_id: int
    told: Mapping[str, object]
    input_synapses: int
    output_synapses: int
    nt_type: str | None
    sign: int
    confidence: float | None
    known_share: float | None
    tied: bool

    def __getattr__(self, name: str) -> str | None:
        """Return an annotation."""
        if name not in ANNOTATIONS:
            raise AttributeError(name)
        value = self.told.get(name)
        return None if value is None else str(value)

    @property
    def scores(self) -> dict[str, float]:
        """The six mean scores, or none."""
        return {nt: float(str(self.told[f"{nt.lower()}_avg"])) for nt in SIX if f"{nt.lower()}_avg" in self.told}


@dataclass(frozen=True)
class Connection:
    """One merged pair."""

    pre: int
    post: int
    syn_count: int
    weight_signed: int
    n_rows: int
    input_share: float


@dataclass(frozen=True)
class Wiring:
    """A connectome with what was derived of it."""

    rows: Sequence[Row]
    neurons: Mapping[int, Neuron]
    connections: Sequence[Connection]

    @classmethod
    def of(cls, loader: TableLoader, policy: SignPolicy, unknown_sign: int) -> Wiring:
        """Derive everything anew: vote, signs by neuron, all neuropils."""
        rows: list[Row] = [(BASE + row[0], BASE + row[1], *row[2:]) for row in loader.rows]
        told = {BASE + number: values for number, values in loader.annotations.items()}
        ids = sorted({*told, *(row[0] for row in rows), *(row[1] for row in rows)})
        received = Counter[int]()
        sent: dict[int, list[tuple[int, str | None]]] = defaultdict(list)
        for pre, post, _, count, nt_type in rows:
            sent[pre].append((count, nt_type))
            received[post] += count
        neurons = {}
        for root_id in ids:
            mine = sent[root_id]
            vote = voted(mine, policy, unknown_sign)
            neurons[root_id] = Neuron(root_id, told.get(root_id, {}), received[root_id], sum(n for n, _ in mine), *vote)
        signs = {root_id: neuron.sign for root_id, neuron in neurons.items()}
        return cls(rows, neurons, merged(rows, lambda row: signs[row[0]]))

    def kept(self, p: Asked) -> list[Connection]:
        """Return the connections that are not below the thresholds, by pre and post."""
        return [c for c in self.connections if c.syn_count >= p.min_synapses and c.input_share >= p.min_input_share]

    def graph(self, p: Asked) -> nx.DiGraph:
        """Return the neurons and the connections that are kept."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.neurons)
        graph.add_edges_from((c.pre, c.post, {"c": c}) for c in self.kept(p))
        return graph

    def known(self, root_ids: Iterable[int]) -> list[int]:
        """Return the ids that are neurons, each once, in ascending order."""
        return sorted(set(root_ids) & set(self.neurons))


def synapses(connections: Iterable[Connection]) -> int:
    """Return the sum of their synapses."""
    return sum(c.syn_count for c in connections)


def signed(connections: Iterable[Connection]) -> int:
    """Return the sum of their signed weights."""
    return sum(c.weight_signed for c in connections)


def voted(
    rows: Sequence[tuple[int, str | None]], policy: SignPolicy, unknown_sign: int
) -> tuple[str | None, int, float | None, float | None, bool]:
    """Return a neuron's transmitter, sign, confidence, known share and whether its vote was a tie."""
    votes = Counter[str]()
    for synapses, nt_type in rows:
        if nt_type in SIX:
            votes[nt_type] += synapses
    total, known = sum(synapses for synapses, _ in rows), sum(votes.values())
    if not rows:
        return None, unknown_sign, None, None, False
    if not known:
        return None, unknown_sign, None, 0.0, False
    best = max(votes.values())
    winners = [nt_type for nt_type in SIX if votes[nt_type] == best]
    one_sign = len({policy.sign(nt_type) for nt_type in winners}) == 1
    nt_type, sign = (winners[0], policy.sign(winners[0])) if one_sign else (None, unknown_sign)
    return nt_type, sign, best / known, known / total, len(winners) > 1


def scored(scores: Mapping[str, float]) -> str | None:
    """Return the transmitter that FlyWire's rule gives for six mean scores."""
    (first, best), (_, second) = sorted(scores.items(), key=lambda item: item[1])[:-3:-1]
    return first if best > 0.2 and best > second + 0.1 else None


def merged(rows: Iterable[Row], sign: Callable[[Row], int], neuropils: Sequence[str] = ()) -> list[Connection]:
    """Return one connection per ordered pair of the rows in some neuropils, or in all."""
    rows = list(rows)
    received = Counter[int]()
    pairs = defaultdict(list)
    for row in rows:
        received[row[1]] += row[3]
        if not neuropils or row[2] in neuropils:
            pairs[row[:2]].append(row)
    return [
        Connection(pre, post, count := sum(r[3] for r in its), sum(r[3] * sign(r) for r in its), len(its),
                   count / received[post])
        for (pre, post), its in sorted(pairs.items())
    ]  # fmt: skip


def levels(connections: Iterable[Connection], targets: Iterable[int], depth: int) -> dict[int, int]:
    """Return how many connections each neuron lies from the nearest target, up to a depth."""
    graph = nx.DiGraph([(c.pre, c.post) for c in connections])
    graph.add_nodes_from(targets)
    found = nx.multi_source_dijkstra_path_length(graph, set(targets), weight=None)
    return {root_id: int(level) for root_id, level in found.items() if level <= depth}


def text(*words: str | None) -> str:
    """Return what texts that may be missing are ordered by."""
    return "|".join(word or "" for word in words)


# --------------------------------------------------------------------------------------------------------- partners


def _partners(w: Wiring, p: Asked, this: str, other: str) -> Answer:
    found = [c for c in w.kept(p) if getattr(c, this) in p.root_ids]
    for c in sorted(found, key=lambda c: (-c.syn_count, c.pre, c.post))[: p.limit]:
        its = w.neurons[getattr(c, other)]
        yield (c.pre, c.post, its.cell_type, its.super_class, its.side, w.neurons[c.pre].nt_type, c.syn_count,
               c.weight_signed, c.input_share)  # fmt: skip


@oracle
def partners_downstream(w: Wiring, p: Asked) -> Answer:
    return _partners(w, p, "pre", "post")


@oracle
def partners_upstream(w: Wiring, p: Asked) -> Answer:
    return _partners(w, p, "post", "pre")


def _partner_types(w: Wiring, p: Asked, this: str, other: str, total: int) -> Answer:
    groups = defaultdict(list)
    for c in w.kept(p):
        if getattr(c, this) in p.root_ids:
            groups[w.neurons[getattr(c, other)].cell_type].append(c)
    for kind, its in sorted(groups.items(), key=lambda item: (-synapses(item[1]), text(item[0]))):
        partners = {getattr(c, other) for c in its}
        yield kind, len(partners), len(its), synapses(its), signed(its), synapses(its) / total


@oracle
def partner_types_downstream(w: Wiring, p: Asked) -> Answer:
    return _partner_types(w, p, "pre", "post", sum(w.neurons[i].output_synapses for i in w.known(p.root_ids)))


@oracle
def partner_types_upstream(w: Wiring, p: Asked) -> Answer:
    return _partner_types(w, p, "post", "pre", sum(w.neurons[i].input_synapses for i in w.known(p.root_ids)))


def _common_partners(w: Wiring, p: Asked, this: str, other: str) -> Answer:
    groups = defaultdict(list)
    for c in w.kept(p):
        if getattr(c, this) in p.root_ids:
            groups[getattr(c, other)].append(c)
    shared = [(i, its) for i, its in groups.items() if len(its) >= p.min_neurons]
    for root_id, its in sorted(shared, key=lambda item: (-len(item[1]), -synapses(item[1]), item[0])):
        n = w.neurons[root_id]
        yield root_id, n.cell_type, n.super_class, n.nt_type, len(its), synapses(its)


@oracle
def common_partners_downstream(w: Wiring, p: Asked) -> Answer:
    return _common_partners(w, p, "pre", "post")


@oracle
def common_partners_upstream(w: Wiring, p: Asked) -> Answer:
    return _common_partners(w, p, "post", "pre")


@oracle
def input_transmitters(w: Wiring, p: Asked) -> Answer:
    groups = defaultdict(list)
    for c in w.kept(p):
        if c.post in p.root_ids:
            groups[c.post, w.neurons[c.pre].nt_type].append(c)
    order = sorted(groups.items(), key=lambda item: (item[0][0], -synapses(item[1]), text(item[0][1])))
    for (root_id, nt_type), its in order:
        yield root_id, nt_type, len(its), synapses(its), signed(its), synapses(its) / w.neurons[root_id].input_synapses


@oracle
def adjacency(w: Wiring, p: Asked) -> Answer:
    for c in w.kept(p):
        if c.pre in p.root_ids and c.post in (p.post_root_ids or p.root_ids):
            yield c.pre, c.post, c.syn_count, c.weight_signed, abs(c.weight_signed), c.n_rows, c.input_share


@oracle
def boundary(w: Wiring, p: Asked) -> Answer:
    found = []
    for root_id in w.known(p.root_ids):
        n = w.neurons[root_id]
        kept = synapses(c for c in w.kept(p) if c.post == root_id and c.pre in p.root_ids)
        lost = n.input_synapses - kept
        share = lost / n.input_synapses if n.input_synapses else 0.0
        found.append((root_id, n.cell_type, n.input_synapses, kept, lost, share))
    return sorted(found, key=lambda row: (-row[5], -row[4], row[0]))


# ----------------------------------------------------------------------------------------------------------- graphs


@oracle
def shortest_path_lengths(w: Wiring, p: Asked) -> Answer:
    graph = w.graph(p)
    lengths = {pre: nx.single_source_shortest_path_length(graph, pre, cutoff=8) for pre in w.known(p.pre_root_ids)}
    for pre, post in itertools.product(w.known(p.pre_root_ids), w.known(p.post_root_ids)):
        if pre != post and post in lengths[pre]:
            yield pre, post, lengths[pre][post]


@oracle
def shortest_paths(w: Wiring, p: Asked) -> Answer:
    graph = w.graph(p)
    if p.pre_root_id == p.post_root_id or not {p.pre_root_id, p.post_root_id} <= set(graph):
        return
    if not nx.has_path(graph, p.pre_root_id, p.post_root_id):
        return
    paths = nx.all_shortest_paths(graph, p.pre_root_id, p.post_root_id)
    steps = {(1 + k, *pair) for path in paths for k, pair in enumerate(itertools.pairwise(path))}
    for step, pre, post in sorted(steps):
        c = graph.edges[pre, post]["c"]
        yield step, pre, w.neurons[pre].cell_type, post, w.neurons[post].cell_type, c.syn_count, c.weight_signed


def _paths(w: Wiring, p: Asked, connections: int) -> list[list[Connection]]:
    """Return the paths of so many connections that visit no neuron twice, the strongest weakest link first."""
    graph, found = w.graph(p), []
    for pre, post in itertools.product(w.known(p.pre_root_ids), w.known(p.post_root_ids)):
        if pre != post:
            for path in nx.all_simple_paths(graph, pre, post, cutoff=connections):
                if len(path) == connections + 1:
                    found.append([graph.edges[pair]["c"] for pair in itertools.pairwise(path)])
    found.sort(key=lambda path: (-min(c.syn_count for c in path), [c.pre for c in path], path[-1].post))
    return found[: p.limit]


@oracle
def paths_via_one(w: Wiring, p: Asked) -> Answer:
    for a, b in _paths(w, p, 2):
        via = w.neurons[b.pre]
        yield (a.pre, via.root_id, via.cell_type, via.nt_type, b.post, a.syn_count, b.syn_count,
               min(a.syn_count, b.syn_count))  # fmt: skip


@oracle
def paths_via_two(w: Wiring, p: Asked) -> Answer:
    for a, b, c in _paths(w, p, 3):
        one, two = w.neurons[b.pre], w.neurons[c.pre]
        counts = (a.syn_count, b.syn_count, c.syn_count)
        yield a.pre, one.root_id, one.cell_type, two.root_id, two.cell_type, c.post, *counts, min(counts)


@oracle
def reciprocal_pairs(w: Wiring, p: Asked) -> Answer:
    graph, found = w.graph(p), []
    for a, b in graph.edges:
        if a < b and graph.has_edge(b, a):
            there, back = graph.edges[a, b]["c"], graph.edges[b, a]["c"]
            found.append((a, b, w.neurons[a].cell_type, w.neurons[b].cell_type, there.syn_count, back.syn_count,
                          there.weight_signed, back.weight_signed, min(there.syn_count, back.syn_count)))  # fmt: skip
    return sorted(found, key=lambda row: (-row[-1], row[0], row[1]))[: p.limit]


@oracle
def motifs(w: Wiring, p: Asked) -> Answer:
    graph = w.graph(p)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    signs = {pair: graph.edges[pair]["c"].weight_signed for pair in graph.edges}
    products = [
        signs[a, b] * signs[b, c] * signs[a, c]
        for a, b in graph.edges
        for c in graph[b]
        if a != c and graph.has_edge(a, c)
    ]
    reciprocal = sum(graph.has_edge(b, a) for a, b in graph.edges) // 2
    cycles = sum(len(cycle) == 3 for cycle in nx.simple_cycles(graph, length_bound=3))
    yield reciprocal, len(products), sum(x > 0 for x in products), sum(x < 0 for x in products), cycles


@oracle
def hubs(w: Wiring, p: Asked) -> Answer:
    found = []
    outputs: dict[int, list[Connection]] = defaultdict(list)
    inputs: dict[int, list[Connection]] = defaultdict(list)
    for c in w.kept(p):
        outputs[c.pre].append(c)
        inputs[c.post].append(c)
    for root_id, n in w.neurons.items():
        sent, received = outputs[root_id], inputs[root_id]
        degrees = (len(sent) + len(received), len(received), len(sent))
        found.append((root_id, n.cell_type, n.super_class, n.nt_type, *degrees, synapses(received), synapses(sent)))
    return sorted(found, key=lambda row: (-row[4], row[0]))[: p.limit]


@oracle
def degree_distribution(w: Wiring, p: Asked) -> Answer:
    graph = w.graph(p)
    counts = Counter((degree, "in") for _, degree in graph.in_degree)
    counts.update((degree, "out") for _, degree in graph.out_degree)
    for (degree, direction), neurons in sorted(counts.items()):
        yield direction, degree, neurons


@oracle
def isolated(w: Wiring, p: Asked) -> Answer:
    for root_id in sorted(nx.isolates(w.graph(p))):
        yield root_id, w.neurons[root_id].cell_type, w.neurons[root_id].super_class


@oracle
def self_connections(w: Wiring, p: Asked) -> Answer:
    loops = [c for c in w.kept(p) if c.pre == c.post]
    for c in sorted(loops, key=lambda c: (-c.syn_count, c.pre)):
        yield c.pre, w.neurons[c.pre].cell_type, w.neurons[c.pre].nt_type, c.syn_count, c.weight_signed, c.input_share


# --------------------------------------------------------------------------------------------------- tables and sums


def _matrix(w: Wiring, p: Asked, annotation: str) -> Answer:
    groups = defaultdict(list)
    for c in w.kept(p):
        groups[getattr(w.neurons[c.pre], annotation), getattr(w.neurons[c.post], annotation)].append(c)
    for kinds, its in sorted(groups.items(), key=lambda item: (-synapses(item[1]), text(*item[0]))):
        yield *kinds, len(its), synapses(its), signed(its)


@oracle
def cell_type_matrix(w: Wiring, p: Asked) -> Answer:
    return _matrix(w, p, "cell_type")


@oracle
def super_class_matrix(w: Wiring, p: Asked) -> Answer:
    return _matrix(w, p, "super_class")


@oracle
def weight_distribution(w: Wiring, p: Asked) -> Answer:
    groups = defaultdict(list)
    for c in w.kept(p):
        groups[c.syn_count].append(c.weight_signed)
    for count, weights in sorted(groups.items()):
        yield count, len(weights), sum(x > 0 for x in weights), sum(x < 0 for x in weights), weights.count(0)


@oracle
def merge_report(w: Wiring, p: Asked) -> Answer:
    weights = [c.weight_signed for c in w.connections]
    n_rows = [c.n_rows for c in w.connections]
    lost = synapses(w.connections) - sum(abs(x) for x in weights)
    smallest = min((c.syn_count for c in w.connections), default=None)
    yield (len(weights), sum(n_rows), sum(n > 1 for n in n_rows), synapses(w.connections), sum(x > 0 for x in weights),
           sum(x < 0 for x in weights), weights.count(0), lost, smallest)  # fmt: skip


@oracle
def counts(w: Wiring, p: Asked) -> Answer:
    yield len(w.neurons), len(w.rows), sum(row[3] for row in w.rows), len(w.connections)


def _counted(w: Wiring, key: Callable[[Neuron], Words]) -> list[tuple[Words, list[Neuron]]]:
    groups = defaultdict(list)
    for n in w.neurons.values():
        groups[key(n)].append(n)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), text(*item[0])))


@oracle
def class_counts(w: Wiring, p: Asked) -> Answer:
    for key, its in _counted(w, lambda n: (n.flow, n.super_class, n.cell_class)):
        yield *key, len(its), sum(n.input_synapses for n in its), sum(n.output_synapses for n in its)


@oracle
def cell_type_counts(w: Wiring, p: Asked) -> Answer:
    for key, its in _counted(w, lambda n: (n.cell_type,)):
        sides = [n.side for n in its]
        yield (*key, len(its), sides.count("left"), sides.count("right"), sum(n.input_synapses for n in its),
               sum(n.output_synapses for n in its))  # fmt: skip


@oracle
def unannotated(w: Wiring, p: Asked) -> Answer:
    found = [n for n in w.neurons.values() if not any((n.flow, n.super_class, n.cell_class, n.sub_class, n.cell_type))]
    for n in sorted(found, key=lambda n: (-n.input_synapses - n.output_synapses, n.root_id))[: p.limit]:
        yield n.root_id, n.input_synapses, n.output_synapses


# -------------------------------------------------------------------------------------------------------- neuropils


@oracle
def neuropils(w: Wiring, p: Asked) -> Answer:
    for name in sorted({row[2] for row in w.rows if row[2] is not None}):
        its = [row[3] for row in w.rows if row[2] == name]
        yield name, len(its), sum(its)


def _neuropils(w: Wiring, p: Asked, end: int) -> Answer:
    for root_id in sorted(w.known(p.root_ids)):
        mine = [row for row in w.rows if row[end] == root_id]
        found = []
        for name in {row[2] for row in mine}:
            there = [row for row in mine if row[2] == name]
            found.append((name, len({row[1 - end] for row in there}), sum(row[3] for row in there)))
        for name, partners, count in sorted(found, key=lambda item: (-item[2], text(item[0]))):
            yield root_id, name, partners, count, count / sum(row[3] for row in mine)


@oracle
def input_neuropils(w: Wiring, p: Asked) -> Answer:
    return _neuropils(w, p, 1)


@oracle
def output_neuropils(w: Wiring, p: Asked) -> Answer:
    return _neuropils(w, p, 0)


@oracle
def neuropil_matrix(w: Wiring, p: Asked) -> Answer:
    found: dict[tuple[str | None, str | None], list[float]] = defaultdict(list)
    received: dict[int, Counter[str | None]] = defaultdict(Counter)
    sent: dict[int, Counter[str | None]] = defaultdict(Counter)
    for pre, post, neuropil, count, _ in w.rows:
        received[post][neuropil] += count
        sent[pre][neuropil] += count
    for root_id, n in w.neurons.items():
        for one, other in itertools.product(received[root_id], sent[root_id]):
            found[one, other].append(sent[root_id][other] * received[root_id][one] / n.input_synapses)
    for key, carried in sorted(found.items(), key=lambda item: text(*item[0])):
        yield *key, len(carried), sum(carried)


@oracle
def cell_type_neuropils(w: Wiring, p: Asked) -> Answer:
    received, sent = Counter[tuple[str | None, str | None]](), Counter[tuple[str | None, str | None]]()
    for pre, post, neuropil, count, _ in w.rows:
        received[w.neurons[post].cell_type, neuropil] += count
        sent[w.neurons[pre].cell_type, neuropil] += count
    for key in sorted({*received, *sent}, key=lambda key: text(*key)):
        if not p.cell_types or key[0] in p.cell_types:
            yield *key, received[key], sent[key]


# ----------------------------------------------------------------------------------------------------- transmitters


def _histogram(w: Wiring, key: Callable[[Neuron], Words]) -> dict[Words, tuple[int, int]]:
    groups = defaultdict(list)
    for n in w.neurons.values():
        groups[key(n)].append(n.output_synapses)
    return {key: (len(its), sum(its)) for key, its in groups.items()}


@oracle
def transmitter_histogram(w: Wiring, p: Asked) -> Answer:
    groups = defaultdict(list)
    for n in w.neurons.values():
        groups[n.sign, n.nt_type].append(n.output_synapses)
    for (sign, nt_type), its in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0][0], text(item[0][1]))):
        yield nt_type, sign, len(its), sum(its)


def _agreement(w: Wiring, key: Callable[[Neuron], Words]) -> Answer:
    found = _histogram(w, key)
    for (one, other), sums in sorted(found.items(), key=lambda item: (-item[1][0], text(*item[0]))):
        yield one, other, one == other, *sums


@oracle
def transmitter_agreement(w: Wiring, p: Asked) -> Answer:
    return _agreement(w, lambda n: (n.nt_type, n.nt_type_published))


@oracle
def vote_against_scores(w: Wiring, p: Asked) -> Answer:
    sent: dict[int, Counter[str]] = defaultdict(Counter)
    for pre, _, _, count, nt_type in w.rows:
        if nt_type in SIX:
            sent[pre][str(nt_type)] += count

    def both(n: Neuron) -> Words:
        votes = sent[n.root_id]
        winners = [nt_type for nt_type in votes if votes[nt_type] == max(votes.values())]
        return winners[0] if len(winners) == 1 else None, scored(n.scores) if n.scores else None

    return _agreement(w, both)


@oracle
def transmitter_disagreements(w: Wiring, p: Asked) -> Answer:
    found = [n for n in w.neurons.values() if n.nt_type and n.nt_type_published and n.nt_type != n.nt_type_published]
    for n in sorted(found, key=lambda n: (-n.output_synapses, n.root_id))[: p.limit]:
        yield (n.root_id, n.cell_type, n.super_class, n.nt_type, n.confidence, "vote", n.nt_type_published,
               n.told.get("nt_score"), n.output_synapses)  # fmt: skip


@oracle
def transmitter_votes(w: Wiring, p: Asked) -> Answer:
    for root_id in sorted(w.known(p.root_ids)):
        mine = [row for row in w.rows if row[0] == root_id]
        groups = defaultdict(list)
        for row in mine:
            groups[row[4]].append(row[3])
        for nt_type, its in sorted(groups.items(), key=lambda item: (-sum(item[1]), text(item[0]))):
            yield root_id, nt_type, len(its), sum(its), sum(its) / w.neurons[root_id].output_synapses


@oracle
def tied_transmitters(w: Wiring, p: Asked) -> Answer:
    for n in sorted(w.neurons.values(), key=lambda n: (-n.output_synapses, n.root_id)):
        if n.tied:
            yield n.root_id, n.cell_type, n.nt_type, n.sign, n.confidence, n.known_share, n.output_synapses


@oracle
def prediction_report(w: Wiring, p: Asked) -> Answer:
    its = list(w.neurons.values())
    signs = [n.sign for n in its]
    yield (len(its), signs.count(1), signs.count(-1), signs.count(0), sum(n.nt_type is None for n in its),
           sum(n.tied for n in its), 0, sum(n.output_synapses for n in its),
           sum(n.output_synapses for n in its if n.nt_type is None),
           sum(n.output_synapses for n in its if n.sign == 0))  # fmt: skip
