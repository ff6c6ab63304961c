"""Small connectomes that tests write down by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from graphkit.connectome import Connectome, connect
from graphkit.errors import GraphStateWarning
from graphkit.loading import RefusedRow, SourceFile
from graphkit.schema import CONNECTION_FILE_COLUMNS, NEURON_FILE_COLUMNS, arrow_schema
from graphkit.spikes import SpikeTrains
from tests.neo4j_server import Neo4jServer

__all__ = ["BASE", "ENGINES", "Row", "TableLoader", "empty_graph", "fill", "tiny", "tiny_runs"]

ENGINES = ("ladybug", "neo4j")

#: Above 2^53: neighbours that a float would make one.
BASE = 720575940600000000

Row = tuple[int, int, str | None, int, str | None]


@dataclass(frozen=True)
class TableLoader:
    """Neurons and rows of connections that a test wrote down; ids count from ``BASE``.

    Parameters
    ----------
    rows
        pre, post, neuropil, syn_count, nt_type.
    annotations
        Columns of the neuron files, by neuron.
    """

    rows: Sequence[Row] = ()
    annotations: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    name: str = "tiny"
    version: str = "1"
    citation: str = "nobody"
    licence: str = "none"
    skip_bad_rows: bool = False
    refused: Sequence[RefusedRow] = ()
    notes: Sequence[str] = ()

    def files(self) -> list[SourceFile]:
        """Return one file that stands for the tables: other tables have another sha256."""
        digest = hashlib.sha256(repr((self.rows, sorted(self.annotations.items()))).encode()).hexdigest()
        return [SourceFile(Path("connections.csv"), "connections", digest, 1)]

    def neurons(self) -> Iterator[pa.RecordBatch]:
        """Yield the annotations, one row for each neuron."""
        told = [{"root_id": BASE + number, **values} for number, values in self.annotations.items()]
        yield from pa.Table.from_pylist(told, arrow_schema(NEURON_FILE_COLUMNS)).to_batches()

    def connections(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows."""
        schema = arrow_schema(CONNECTION_FILE_COLUMNS)
        told = [dict(zip(schema.names, (BASE + row[0], BASE + row[1], *row[2:]), strict=True)) for row in self.rows]
        yield from pa.Table.from_pylist(told, schema).to_batches()


@contextmanager
def empty_graph(engine: str, request: pytest.FixtureRequest) -> Iterator[Connectome]:
    """Open a graph with nothing in it: in memory, or on the test's Neo4j."""
    if engine == "ladybug":
        with connect(":memory:") as connectome:
            yield connectome
        return
    server: Neo4jServer = request.getfixturevalue("neo4j_server")
    server.clear()
    with connect(server.uri, user=server.user, password=server.password) as connectome:
        yield connectome


def tiny() -> TableLoader:
    """Return a connectome of ten neurons, which everything in tests/golden/ is about.

    Arrows carry synapses of the pair; neurons 5 and 6 are drawn twice.

    ::

          ┌──────15──────▶ 3 PN ──────15──────▶ 5 KC ──────6──────▶ 7 MBON ──────3──────▶ 8 DAN
          │                ▲ │ ▲                ▲ │ ▲ ◀─────3───────┘ ▲                    │ │
        1 ORN              9 7 4                4 5 │                 └─────────2──────────┘ │
          │ ▲              │ ▼ │                │ ▼ └───────────────────────1────────────────┘
          6 1              │ 6 APL ─────────────┴ 6 APL
          ▼ │              │
        4 LN ──────────────┴──────4──────▶ 5 KC

        2 ORN ──8──▶ 3 PN      2 ORN ──4──▶ 4 LN      9 ──3──▶ 1 ORN      9 ──2──▶ 9      10 alone

    Targets are 1 and 2; 8 is in a functional nucleus; 9 is in no annotation file. Three pairs have two rows, of which
    one pair's disagree (3 to 5) and one pair's are equal (2 to 4). The vote of 6 is a tie across signs (ACH 4, GABA 4),
    that of 7 a tie within one (GABA 3, GLUT 3); the rows of 8 name no transmitter.
    """
    rows: list[Row] = [
        (1, 3, "AL_L", 10, "ACH"),
        (1, 3, "AL_R", 5, "ACH"),
        (1, 4, "AL_L", 6, "ACH"),
        (2, 3, "AL_R", 8, "ACH"),
        (2, 4, "AL_L", 2, "ACH"),
        (2, 4, "AL_L", 2, "ACH"),
        (3, 5, "CA_L", 12, "ACH"),
        (3, 5, "AL_L", 3, "GABA"),
        (3, 6, "CA_L", 7, "ACH"),
        (4, 1, "AL_L", 1, "GABA"),
        (4, 3, "AL_L", 9, "GABA"),
        (4, 5, "CA_L", 4, "GABA"),
        (5, 6, "CA_L", 5, "ACH"),
        (5, 7, "ML_L", 6, "ACH"),
        (6, 3, "CA_L", 4, "ACH"),
        (6, 5, "CA_L", 4, "GABA"),
        (7, 5, "ML_L", 3, "GLUT"),
        (7, 8, None, 3, "GABA"),
        (8, 5, "ML_L", 1, None),
        (8, 7, "ML_L", 2, None),
        (9, 1, "AL_L", 3, "DA"),
        (9, 9, "AL_L", 2, "DA"),
    ]

    def told(cell_type: str | None, super_class: str, side: str, **more: object) -> dict[str, object]:
        return {"cell_type": cell_type, "super_class": super_class, "side": side, **more}

    def scored(nt_type: str | None, ach: float, gaba: float, glut: float, da: float) -> dict[str, object]:
        best = max(ach, gaba, glut, da)
        return {
            "nt_type_published": nt_type, "nt_score": best if nt_type else None, "ach_avg": ach, "gaba_avg": gaba,
            "glut_avg": glut, "da_avg": da, "ser_avg": 0.0, "oct_avg": 0.0,
        }  # fmt: skip

    annotations: dict[int, dict[str, object]] = {
        1: told("ORN_DM1", "sensory", "left", flow="afferent", cell_class="olfactory", nerve="AN_L"),
        2: told("ORN_DM1", "sensory", "right", flow="afferent", cell_class="olfactory", nerve="AN_R"),
        3: told("DM1_lPN", "central", "left", flow="intrinsic", cell_class="ALPN", **scored("ACH", 0.9, 0.1, 0, 0)),
        4: told("lLN2", "central", "left", flow="intrinsic", cell_class="ALLN", **scored(None, 0, 0.5, 0.45, 0)),
        5: told("KCg", "central", "left", flow="intrinsic", cell_class="Kenyon_Cell", **scored("ACH", 0.4, 0, 0, 0.3)),
        6: told("APL", "central", "left", flow="intrinsic", **scored("GABA", 0, 0.8, 0, 0)),
        7: told("MBON01", "central", "left", flow="intrinsic", cell_class="MBON", **scored("GLUT", 0, 0.2, 0.7, 0)),
        8: told("PAM01", "central", "right", flow="intrinsic", cell_class="DAN", **scored("DA", 0, 0, 0, 0.6)),
        10: told(None, "optic", "right", flow="intrinsic"),
    }
    return TableLoader(rows, annotations)


def tiny_runs() -> tuple[SpikeTrains, SpikeTrains]:
    """Return two runs on the tiny connectome, of two trials of 500 ms each: without neuron 7, then without neuron 8."""
    return (
        _run("first", "2026-01-01T10:00:00.000+00:00", [1, 2, 3, 4, 5, 6, 8],
             [{1: [10.0, 20.0], 3: [30.5], 4: [40.0, 41.5]}, {1: [15.0], 3: [31.0, 99.9], 8: [70.0]}]),
        _run("second", "2026-01-01T11:00:00.000+00:00", [1, 2, 3, 4, 5, 6, 7],
             [{1: [10.0, 20.0, 30.0], 3: [35.0], 5: [50.0]}, {1: [12.5], 5: [44.0, 60.0], 7: [80.0], 4: [9.0]}]),
    )  # fmt: skip


def _run(
    run_id: str, created: str, neurons: Iterable[int], trials: Sequence[Mapping[int, Sequence[float]]]
) -> SpikeTrains:
    numbers = list(neurons)
    spikes = sorted(
        (trial, t_ms, numbers.index(number))
        for trial, fired in enumerate(trials)
        for number, times in fired.items()
        for t_ms in times
    )
    return SpikeTrains(
        root_ids=np.array([BASE + number for number in numbers]),
        groups=np.array(["rest"] * len(numbers)),
        index=np.array([index for _, _, index in spikes], np.int32),
        t_ms=np.array([t_ms for _, t_ms, _ in spikes]),
        trial=np.array([trial for trial, _, _ in spikes], np.int32),
        duration_ms=500.0,
        trials=len(trials),
        run={
            "run_id": run_id, "created": created, "model": "fly_lif", "engine": "by hand", "seed": 7,
            "dataset": "tiny 1",
        },
    )  # fmt: skip


def fill(connectome: Connectome) -> None:
    """Put the tiny connectome and its two runs into an empty graph, every step done."""
    with pytest.warns(GraphStateWarning, match="1 of 9 connected neurons"):
        connectome.load(tiny())
    connectome.predict_transmitters()
    connectome.merge_connections()
    connectome.mark_downstream([BASE + 1, BASE + 2], depth=2, functional_nuclei=[BASE + 8])
    first, second = tiny_runs()
    connectome.write_back(first, all_trials=True)
    connectome.write_back(second)
