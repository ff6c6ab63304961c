"""Every query on the published olfactory circuit: the two engines answer the same, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphkit.connectome import Connectome
from graphkit.spikes import SpikeTrains
from loaders.flywire import FlyWire
from tests.connectomes import ENGINES, empty_graph
from tests.test_queries import READING, UNORDERED, VOLATILE

Both = dict[str, Connectome]

#: What this circuit has none of.
EMPTY = ("analysis/self_connections", "analysis/neuropils", "analysis/unannotated", "analysis/isolated")


@pytest.fixture(scope="module")
def both(real_data: Path, request: pytest.FixtureRequest) -> Iterator[Both]:
    folder = real_data / "flywire_v630_olfactory"
    with empty_graph("ladybug", request) as one, empty_graph("neo4j", request) as other:
        opened = dict(zip(ENGINES, (one, other), strict=True))
        for connectome in opened.values():
            connectome.load(FlyWire(folder))
            connectome.predict_transmitters()
            connectome.merge_connections()
            connectome.mark_downstream(folder / "target_neurons.csv", functional_nuclei=ids(connectome, 900, 20))
            for number in (1, 2):
                connectome.write_back(run(connectome, number))
        yield opened


def ids(connectome: Connectome, first: int, number: int) -> list[int]:
    """Return some neurons by their place in the order of ids."""
    return [int(i) for i in connectome.query("select/all_root_ids")["root_id"][first : first + number]]


def run(connectome: Connectome, number: int) -> SpikeTrains:
    """Return a run of random spikes, which is the same for both engines."""
    draw = np.random.default_rng(number)
    neurons = np.array(ids(connectome, 100 * number, 2_000))
    spikes = 5_000
    index = draw.integers(0, 1_500, spikes).astype(np.int32)
    trial = np.sort(draw.integers(0, 3, spikes)).astype(np.int32)
    return SpikeTrains(
        neurons, np.array(["rest"] * len(neurons)), index, draw.random(spikes) * 250, trial, 250.0, 3,
        {"run_id": f"run {number}", "created": f"2026-01-0{number}T00:00:00.000+00:00", "seed": number},
    )  # fmt: skip


def given(name: str, connectome: Connectome) -> dict[str, object]:
    """Return values for a query's parameters: many neurons where sums are asked, few where paths are."""
    targets = connectome.root_ids(connectome.neurons(is_target=True)["root_id"])
    some = ids(connectome, 1_000, 60)
    values: dict[str, object] = {
        "root_ids": targets + some, "post_root_ids": [] if name == "analysis/adjacency" else some,
        "pre_root_ids": targets[:6], "pre_root_id": targets[0], "post_root_id": some[1], "run_id": "run 2",
        "run_a": "run 1", "run_b": "run 2",
        "min_synapses": 20 if name == "analysis/motifs" else 5 if "paths" in name else 2,
    }  # fmt: skip
    if name.startswith("check/"):
        values |= connectome.steps()["mark"].parameters
    known = connectome.graph.queries[name].parameters
    return {key: value for key, value in values.items() if key in known}


@pytest.mark.parametrize("name", READING)
def test_the_engines_answer_the_same(both: Both, name: str) -> None:
    one, other = (
        connectome.query(name, **given(name, connectome)).drop(columns=list(VOLATILE.get(name, ())))
        for connectome in both.values()
    )
    if name in UNORDERED:
        one, other = (answer.sort_values(list(answer.columns), ignore_index=True) for answer in (one, other))
    if name.startswith("check/"):
        assert not len(one)  # nothing is wrong with this graph
    else:
        assert len(one) or name in EMPTY
    # Floats that are sums may differ in their last digits: engines sum in orders of their own.
    pd.testing.assert_frame_equal(one, other, rtol=1e-12, atol=0)
