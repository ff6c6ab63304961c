"""What the tests of figures share."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from playwright.sync_api import Page

from graphkit.circuit import Circuit
from graphkit.spikes import SpikeTrains

FIRST = 720575940610059726  # above 2**53, where floats have gaps of 128


def circuit_of(
    n: int = 60, m: int = 600, *, targets: int = 4, seed: int = 3, annotated: bool = True, depth: int = 2
) -> Circuit:
    """Return a random circuit with four targets, levels by position, and annotations with gaps."""
    random = np.random.default_rng(seed)
    ids = FIRST + 3 * np.arange(n)
    level = np.where(np.arange(n) < targets, 0, 1 + (np.arange(n) * 7 % depth))
    transmitters = np.array(["ACH", "GABA", "GLUT", "DA", None], dtype=object)[np.arange(n) % 5]
    sign = pd.Series(transmitters).map({"ACH": 1, "GABA": -1, "GLUT": -1, "DA": 1}).astype("Int64")
    neurons = pd.DataFrame(
        {
            "root_id": ids, "is_target": level == 0, "downstream": level, "functional_nucleus": np.arange(n) % 11 == 10,
            "input_synapses": pd.array([pd.NA if k % 9 == 8 else 5000 + k for k in range(n)], dtype="Int64"),
        }
    )  # fmt: skip
    if annotated:
        kinds = np.array(["ORN", "ALPN", "ALLN", None], dtype=object)
        neurons = neurons.assign(
            cell_class=kinds[np.arange(n) % 4],
            cell_type=np.array([f"type <{k % 3}>" if k % 2 else None for k in range(n)], dtype=object),
            nt_type=transmitters,
            nt_confidence=np.where(np.arange(n) % 5 == 4, np.nan, 0.5 + np.arange(n) / 200),
            sign=sign,
        )
    pairs = random.choice(n * n, size=min(m, n * n), replace=False)
    pre, post = pairs // n, pairs % n
    count = random.integers(1, 400, len(pairs))
    signs = np.asarray(sign.to_numpy(dtype=np.int64, na_value=0))[pre]
    edges = pd.DataFrame(
        {"pre_root_id": ids[pre], "post_root_id": ids[post], "syn_count": count, "weight_signed": count * signs}
    )
    return Circuit.from_tables(neurons, edges, depth=depth, source={"dataset": "toy", "version": "v1"})


def circuit_with_nuclei(*, depth: int) -> Circuit:
    """Return a circuit whose last group is the functional nuclei that lie outside the levels."""
    level = np.minimum(np.arange(60) // 5, depth + 1)
    neurons = pd.DataFrame(
        {
            "root_id": FIRST + np.arange(60), "is_target": level == 0, "functional_nucleus": level > depth,
            "downstream": pd.Series(level, dtype="Int64").where(level <= depth), "input_synapses": 90,
        }
    )  # fmt: skip
    edges = pd.DataFrame({"pre_root_id": neurons["root_id"][:55], "post_root_id": neurons["root_id"][5:].to_numpy()})
    return Circuit.from_tables(neurons, edges.assign(syn_count=9, weight_signed=9), depth=depth)


def spikes_of(circuit: Circuit, *, trials: int = 2, duration_ms: float = 95.0, mean: float = 4.0) -> SpikeTrains:
    """Return spike trains in which every third neuron is silent."""
    random = np.random.default_rng(5)
    n = len(circuit)
    index, t_ms, trial = [], [], []
    for number in range(trials):
        count = random.poisson(mean * (1 + np.arange(n) % 5), n) * (np.arange(n) % 3 > 0)
        neuron = np.repeat(np.arange(n), count)
        time = np.round(random.uniform(0, duration_ms - 0.1, len(neuron)), 1)
        order = np.lexsort((neuron, time))
        index.append(neuron[order])
        t_ms.append(time[order])
        trial.append(np.full(len(order), number))
    return SpikeTrains(
        circuit.root_ids, circuit.group_labels, np.concatenate(index).astype(np.int32), np.concatenate(t_ms),
        np.concatenate(trial).astype(np.int32), duration_ms, trials,
        {"run_id": "r1", "model": {"name": "fly_lif"}, "seed": "7", "circuit": {"source": {"dataset": "toy v1"}}},
        circuit.functional_nucleus,
    )  # fmt: skip


def text_of(figure: go.Figure) -> str:
    """Return everything that a figure says in letters of its own."""
    said = [figure.layout.title.text, *(annotation.text for annotation in figure.layout.annotations)]
    return re.sub(r"</?span[^>]*>", "", " ".join(text for text in said if text).replace("<br>", " "))


def neuron_traces(figure: go.Figure) -> list[go.Scattergl]:
    marks = [trace for trace in figure.data if trace.type == "scattergl" and trace.mode == "markers"]
    return [trace for trace in marks if np.ndim(trace.customdata) == 1]


def curve_traces(figure: go.Figure) -> list[go.Scatter | go.Scattergl]:
    return [trace for trace in figure.data if trace.meta and "ends" in trace.meta]


def end_marks(figure: go.Figure) -> dict[str, go.Scattergl]:
    return {trace.name: trace for trace in figure.data if np.ndim(trace.customdata) == 2 and trace.type == "scattergl"}


def color_of(figure: go.Figure, name: str) -> str:
    """Return the colour in which a figure shows a name."""
    colors = set()
    for trace in figure.data:
        if trace.name == name and trace.type != "box":
            marker, line = trace.marker.color, trace.line.color
            colors.add(line if trace.mode == "lines" else marker)
    assert len(colors) == 1, (name, colors)
    return str(colors.pop())


def empty_circuit() -> Circuit:
    edges = pd.DataFrame({"pre_root_id": [], "post_root_id": [], "weight_signed": []})
    return Circuit.from_edges(edges.astype({"pre_root_id": np.int64, "post_root_id": np.int64}))


def silent(circuit: Circuit) -> SpikeTrains:
    none = np.zeros(0, np.int32)
    return SpikeTrains(circuit.root_ids, circuit.group_labels, none, np.zeros(0), none, 100.0, 1)


def headings(page: Page) -> dict[str, list[float]]:
    """Return left, right, top, bottom of each level's heading (pixels), by the level's name."""
    found: dict[str, list[float]] = page.evaluate(
        """Object.fromEntries(document.getElementById('figure').layout.annotations.flatMap((note, k) => {
          if (note.name !== 'level') return [];
          const box = document.querySelector(`.annotation[data-index="${k}"]`).getBoundingClientRect();
          return [[note.text.match(/<b>(.*)<.b>/)[1], [box.left, box.right, box.top, box.bottom]]];
        }))"""
    )
    return found


def check_headings_fit(boxes: dict[str, list[float]], width: int) -> None:
    """Check that no heading is cut at an edge, or lies over another."""
    assert list(boxes)[-1] == "functional_nuclei"
    assert min(left for left, *_ in boxes.values()) >= 0
    assert max(right for _, right, *_ in boxes.values()) <= width
    for one, other in combinations(boxes.values(), 2):
        assert one[1] <= other[0] or one[3] <= other[2] or other[3] <= one[2], boxes
