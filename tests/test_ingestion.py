"""Loading: all of a connectome or nothing of it, again, more of it, or anew."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphkit.connectome import Connectome, connect
from graphkit.errors import DataError, GraphStateError, GraphStateWarning
from loaders.flywire import FlyWire

A, B, C, D = (720575940600000000 + k for k in (1, 2, 3, 4))
CONNECTIONS = f"""pre_root_id,post_root_id,neuropil,syn_count,nt_type
{A},{B},AL_R,5,ACH
{A},{B},LH_R,7,GABA
{B},{C},AL_R,6,GABA
{C},{C},AL_R,2,
"""
CLASSIFICATION = f"""root_id,flow,super_class,class,sub_class,hemilineage,side,nerve
{A},afferent,sensory,olfactory,,,left,AN
{B},intrinsic,central,ALPN,,,right,
{D},intrinsic,central,ALLN,,,right,
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    connections, classification = tmp_path / "connections.csv", tmp_path / "classification.csv"
    connections.write_text(CONNECTIONS)
    classification.write_text(CLASSIFICATION)
    return connections, classification


@pytest.fixture
def connectome(tmp_path: Path) -> Iterator[Connectome]:
    with connect(tmp_path / "brain.graph") as opened:
        yield opened


def everything(connectome: Connectome) -> list[pd.DataFrame]:
    """Return all neurons and rows of the graph."""
    return [
        connectome.cypher(text)
        for text in (
            "MATCH (n:Neuron) RETURN n.root_id AS id, n.side AS side, n.cell_class AS cell_class, "
            "n.input_synapses AS input, n.output_synapses AS output, n.nt_known_share AS labelled ORDER BY id",
            "MATCH (a:Neuron)-[s:SYNAPSES]->(b:Neuron) RETURN a.root_id AS pre, b.root_id AS post, "
            "s.neuropil AS neuropil, s.syn_count AS n, s.nt_type AS nt ORDER BY pre, post, coalesce(neuropil, '')",
        )
    ]


@pytest.mark.filterwarnings("ignore:1 of . connected neurons")
def test_ids_of_one_file_only_are_kept_counted_and_reported(connectome: Connectome, files: tuple[Path, Path]) -> None:
    report = connectome.load(FlyWire(*files))
    assert {name: report[name] for name in report if name != "seconds"} == {
        "rows_read": 4, "rows_kept": 4, "rows_refused": 0, "neurons": 4, "annotated": 3,
        "neurons_without_connections": 1, "ids_without_classification": 1, "synapses": 20,
    }  # fmt: skip
    neurons, rows = everything(connectome)
    assert neurons["id"].tolist() == [A, B, C, D]
    assert neurons["input"].tolist() == [0, 12, 8, 0]
    assert neurons["output"].tolist() == [12, 6, 2, 0]
    np.testing.assert_array_equal(neurons["labelled"], [1, 1, 0, np.nan])  # of C's rows none names one
    assert rows["n"].tolist() == [5, 7, 6, 2]


def test_a_mixture_of_releases_is_noticed(connectome: Connectome, files: tuple[Path, Path]) -> None:
    with pytest.warns(GraphStateWarning, match=r"1 of 3 connected neurons \(33.3%\) are in no annotation file"):
        connectome.load(FlyWire(*files))


@pytest.mark.filterwarnings("ignore:1 of . connected neurons")
def test_the_same_files_again_change_nothing(connectome: Connectome, files: tuple[Path, Path]) -> None:
    connectome.load(FlyWire(*files))
    connectome.predict_transmitters()
    before = everything(connectome)
    assert connectome.load(FlyWire(*files))["unchanged"] is True
    assert connectome.steps()["predict"].state == "done"
    for old, new in zip(before, everything(connectome), strict=True):
        pd.testing.assert_frame_equal(old, new)


@pytest.mark.filterwarnings("ignore:1 of . connected neurons")
def test_other_files_ask_for_add_or_replace(connectome: Connectome, files: tuple[Path, Path]) -> None:
    connectome.load(FlyWire(*files))
    before = everything(connectome)
    files[0].write_text(CONNECTIONS + f"{A},{D},AL_R,9,ACH\n")
    with pytest.raises(GraphStateError, match=r"already holds .* --add .* 0 runs included, with --replace"):
        connectome.load(FlyWire(*files))
    for old, new in zip(before, everything(connectome), strict=True):
        pd.testing.assert_frame_equal(old, new)
    connectome.load(FlyWire(*files), replace=True)
    assert everything(connectome)[1]["n"].tolist() == [5, 7, 9, 6, 2]


@pytest.mark.filterwarnings("ignore:1 of . connected neurons")
def test_replacing_begins_anew_with_files_that_are_there(connectome: Connectome, files: tuple[Path, Path]) -> None:
    connectome.load(FlyWire(files[0]))
    before = everything(connectome)
    connectome.load(FlyWire(*files), add=True)
    connectome.predict_transmitters()
    for again in (1, 2):
        assert connectome.load(FlyWire(files[0]), replace=True)["rows_kept"] == 4, again
        for old, new in zip(before, everything(connectome), strict=True):
            pd.testing.assert_frame_equal(old, new)
        datasets: Any = connectome.info()["datasets"]
        assert [dataset["files"].count("sha256") for dataset in datasets] == [1]
        assert connectome.steps()["predict"].state == "missing"


@pytest.mark.filterwarnings("ignore:1 of . connected neurons")
def test_annotations_added_later_give_the_same_graph(
    connectome: Connectome, files: tuple[Path, Path], tmp_path: Path
) -> None:
    connectome.load(FlyWire(files[0]))
    connectome.predict_transmitters()
    connectome.load(FlyWire(*files), add=True)
    assert connectome.steps()["predict"].state == "stale"
    with connect(tmp_path / "other.graph") as other:
        other.load(FlyWire(*files))
        for added, whole in zip(everything(connectome), everything(other), strict=True):
            pd.testing.assert_frame_equal(added, whole)


def test_bad_input_leaves_no_graph_file(files: tuple[Path, Path], tmp_path: Path) -> None:
    files[0].write_text(CONNECTIONS.replace(",7,", ",-7,"))
    with connect(tmp_path / "brain.graph") as connectome, pytest.raises(DataError, match="line 3"):
        connectome.load(FlyWire(*files))
    assert [path.name for path in tmp_path.iterdir() if "graph" in path.name] == []


@pytest.mark.filterwarnings("ignore:1 of . connected neurons")
def test_bad_input_leaves_the_graph_as_it_was(connectome: Connectome, files: tuple[Path, Path], tmp_path: Path) -> None:
    connectome.load(FlyWire(*files))
    before, steps = everything(connectome), connectome.steps()
    cut_short = tmp_path / "more" / "connections.csv.gz"
    cut_short.parent.mkdir()
    cut_short.write_bytes(gzip.compress(CONNECTIONS.encode())[:-20])
    with pytest.raises(DataError, match="cut short"):
        connectome.load(FlyWire(cut_short), replace=True)
    for old, new in zip(before, everything(connectome), strict=True):
        pd.testing.assert_frame_equal(old, new)
    assert connectome.steps() == steps


@pytest.mark.filterwarnings("ignore:1 of . connected neurons")
def test_refused_rows_are_left_out_and_counted(connectome: Connectome, files: tuple[Path, Path]) -> None:
    files[0].write_text(CONNECTIONS + f"{A},{D},AL_R,-9,ACH\n")
    loader = FlyWire(*files, skip_bad_rows=True)
    report = connectome.load(loader)
    assert (report["rows_read"], report["rows_kept"], report["rows_refused"]) == (5, 4, 1)
    assert loader.refused[0].row.line == 6
