"""FlyWire's files, as the loader reads them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from graphkit.errors import DataError
from graphkit.loading import Loader
from graphkit.schema import CONNECTION_FILE_COLUMNS, NEURON_FILE_COLUMNS, arrow_schema
from graphkit.tables import read_root_ids
from loaders.flywire import FlyWire

FILES = {
    "connections.csv": "pre_root_id,post_root_id,neuropil,syn_count,nt_type\n"
    "1,2,AL_R,7,ACH\n1,2,AL_R,7,ACH\n2,1,None,5,\n",
    "classification.csv": "root_id,flow,super_class,class,sub_class,cell_type,hemibrain_type,hemilineage,side,nerve\n"
    "3,afferent,sensory,olfactory,,,ORN_DM1,,right,AN\n1,intrinsic,central,ALPN,,old,h1,ALl1,left,\n",
    "neurons.csv": "root_id,group,nt_type,nt_type_score,da_avg,ser_avg,gaba_avg,glut_avg,ach_avg,oct_avg\n"
    "1,AL.LH,ach,0.9,0,0,0.05,0.05,0.9,0\n4,ME,,,,,,,,\n",
    "consolidated_cell_types.csv": "root_id,primary_type,additional_type(s)\n1,DM1_lPN,\"a,b\"\n5,T4,\n",
    "target_neurons.csv": "root_id,primary_type,side\n3,ORN_DM1,right\n",
    "functional_nuclei.csv": "5\n",
    "neuropils.csv": "neuropil,segment_id\nAME_L,56\n",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One file of each role, and one of none."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def _rows(batches: Iterable[pa.RecordBatch]) -> list[dict[str, object]]:
    return [row for batch in batches for row in batch.to_pylist()]


def test_folder(folder: Path) -> None:
    """Each file finds its role; what is none is left aside."""
    loader: Loader = FlyWire(folder, version="783")
    assert {file.role: file.path.name for file in loader.files()} == {
        "connections": "connections.csv",
        "classification": "classification.csv",
        "neurons": "neurons.csv",
        "cell_types": "consolidated_cell_types.csv",
    }
    for file in loader.files():
        assert (file.sha256, file.bytes) == (
            hashlib.sha256(FILES[file.path.name].encode()).hexdigest(),
            len(FILES[file.path.name]),
        )
    assert loader.notes == [f"{folder / 'neuropils.csv'}: left aside, neither connections nor annotations"]
    assert (loader.name, loader.version, loader.licence) == ("FlyWire", "783", "CC BY-NC 4.0")
    assert "10.1038/s41586-024-07558-y" in loader.citation
    others = FlyWire(folder, name="larva")
    assert (others.citation, others.licence) == ("its authors", "not given")
    assert FlyWire(folder, name="larva", citation="Winding et al. 2023").citation == "Winding et al. 2023"


def test_lists_are_found(folder: Path) -> None:
    """Targets and functional nuclei are offered, not loaded."""
    loader = FlyWire(folder)
    assert loader.targets_path is not None
    assert loader.functional_nuclei_path is not None
    assert read_root_ids(loader.targets_path).tolist() == [3]
    assert read_root_ids(loader.functional_nuclei_path).tolist() == [5]
    assert FlyWire(folder / "connections.csv").targets_path is None


def test_connections(folder: Path) -> None:
    """Rows as published: repeated ones stay, 'None' is a neuropil."""
    batches = list(FlyWire(folder).connections())
    assert all(batch.schema == arrow_schema(CONNECTION_FILE_COLUMNS) for batch in batches)
    assert [tuple(row.values()) for row in _rows(batches)] == [
        (1, 2, "AL_R", 7, "ACH"),
        (1, 2, "AL_R", 7, "ACH"),
        (2, 1, "None", 5, None),
    ]


def test_neurons(folder: Path) -> None:
    """Every neuron of any file; consolidated types win, hemibrain types fill what is empty."""
    found = {row["root_id"]: row for row in _rows(FlyWire(folder).neurons())}
    assert list(found) == [1, 3, 4, 5]
    assert {root_id: row["cell_type"] for root_id, row in found.items()} == {
        1: "DM1_lPN",
        3: "ORN_DM1",
        4: None,
        5: "T4",
    }
    assert {root_id: row["super_class"] for root_id, row in found.items()} == {
        1: "central", 3: "sensory", 4: None, 5: None
    }  # fmt: skip
    first = found[1]
    assert (first["additional_types"], first["nt_type_published"], first["nt_score"]) == ("a,b", "ACH", 0.9)
    assert set(first) == {column.name for column in NEURON_FILE_COLUMNS}


@pytest.mark.parametrize(
    ("names", "cell_types"),
    [
        (["classification.csv"], {1: "old", 3: "ORN_DM1"}),
        (["consolidated_cell_types.csv", "classification.csv"], {1: "DM1_lPN", 3: "ORN_DM1", 5: "T4"}),
        (["classification.csv", "consolidated_cell_types.csv"], {1: "DM1_lPN", 3: "ORN_DM1", 5: "T4"}),
    ],
)
def test_files_by_name(folder: Path, names: list[str], cell_types: dict[int, str]) -> None:
    """In any order, and each without the others."""
    loader = FlyWire(*(folder / name for name in names))
    assert {row["root_id"]: row["cell_type"] for row in _rows(loader.neurons())} == cell_types
    assert list(loader.connections()) == []


def test_connections_alone(folder: Path) -> None:
    """Annotations may come later; the columns are all there."""
    (folder / "c.csv").write_text("pre_pt_root_id,post_pt_root_id,syn_count\n1,2,3\n")
    loader = FlyWire(folder / "c.csv")
    assert list(loader.neurons()) == []
    assert _rows(loader.connections()) == [
        {"pre_root_id": 1, "post_root_id": 2, "neuropil": None, "syn_count": 3, "nt_type": None}
    ]


@pytest.mark.parametrize(
    ("published", "stored"),
    [("acetylcholine", "ACH"), ("gaba", "GABA"), ("5-HT", "SER"), ("Glut", "GLUT"), ("unclear", "UNCLEAR"), ("", None)],
)
def test_transmitters(tmp_path: Path, published: str, stored: str | None) -> None:
    """FlyWire's short names; other words are kept, in capitals."""
    path = tmp_path / "connections.csv"
    path.write_text(f"source,target,weight,neurotransmitter\n1,2,3,{published}\n")
    assert [row["nt_type"] for row in _rows(FlyWire(path).connections())] == [stored]


def test_without_headers(tmp_path: Path) -> None:
    """The older scripts' two files, by position."""
    (tmp_path / "edges.csv").write_text("1,2,AL_R,7,ACH\n2,3,AL_R,5,GABA\n")
    (tmp_path / "labels.csv").write_text("1,intrinsic,central,ALPN,uniglomerular,DM1_lPN\n")
    loader = FlyWire(tmp_path)
    assert [(row["pre_root_id"], row["syn_count"]) for row in _rows(loader.connections())] == [(1, 7), (2, 5)]
    assert _rows(loader.neurons()) == [
        {"root_id": 1, "flow": "intrinsic", "super_class": "central", "cell_class": "ALPN",
         "sub_class": "uniglomerular", "cell_type": "DM1_lPN"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "neither connections nor annotations here. CSV files: none"),
        ({"target_neurons.csv": "1\n"}, "neither connections nor annotations here. CSV files: target_neurons.csv"),
        ({"connections.csv": ""}, "connections.csv: is empty"),
        ({"connections.csv": "pre_root_id,post_root_id\n1,2\n"}, "no column for syn_count"),
        ({"classification.csv": "name,flow\n1,x\n"}, "no column for root_id"),
        (
            {"classification_2024.csv": "root_id,flow\n", "classification_2025.csv": "root_id,flow\n"},
            "2 files are classification: classification_2024.csv, classification_2025.csv. Give files by name.",
        ),
    ],
)
def test_folder_that_does_not_do(tmp_path: Path, files: dict[str, str], message: str) -> None:
    """A file that bears a published name has to be readable; others are left aside."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "notes.csv").write_bytes(b"\0\1\2")
    (tmp_path / "._connections.csv").write_bytes(b"\0\1\2")
    message = message.replace("CSV files: none", "CSV files: notes.csv").replace(
        "CSV files: target", "CSV files: notes.csv, target"
    )
    with pytest.raises(DataError, match=re.escape(message)):
        FlyWire(tmp_path)


def test_the_published_name_decides_in_a_folder(folder: Path) -> None:
    """Codex offers several files of connections and cell types: the one that is plainly named is taken, and said."""
    (folder / "connections_no_threshold.csv").write_text(FILES["connections.csv"] + "7,8,AL_R,1,ACH\n")
    (folder / "visual_neuron_types.csv").write_text("root_id,type,family\n1,T4,T\n")
    loader = FlyWire(folder)
    assert len(_rows(loader.connections())) == 3
    assert f"{folder / 'connections_no_threshold.csv'}: left aside for connections.csv" in loader.notes
    assert f"{folder / 'visual_neuron_types.csv'}: left aside for consolidated_cell_types.csv" in loader.notes


def test_two_files_for_one_role(folder: Path) -> None:
    """Given by name, two files of one kind are an error that names both."""
    (folder / "b.csv").write_text(FILES["connections.csv"])
    with pytest.raises(
        DataError, match=re.escape(f"{folder / 'connections.csv'} and {folder / 'b.csv'} are both connections")
    ):
        FlyWire(folder / "connections.csv", folder / "b.csv")


def test_nothing_to_load(folder: Path) -> None:
    """No file, a missing one, one of no role, a list alone."""
    cases: dict[tuple[Path, ...], str] = {
        (): "nothing to load was given",
        (folder / "nowhere",): "no such file",
        (folder / "neuropils.csv",): "neither connections (pre_root_id, post_root_id, syn_count) nor annotations",
        (folder / "target_neurons.csv",): "nothing to load was given",
    }
    for paths, message in cases.items():
        with pytest.raises(DataError, match=re.escape(message)):
            FlyWire(*paths)


@pytest.mark.parametrize("rows", ["", "1,2,AL_R,0,ACH\n"])
@pytest.mark.parametrize("skip_bad_rows", [False, True])
def test_no_connection(folder: Path, rows: str, skip_bad_rows: bool) -> None:
    """A file of connections holds one that can be read."""
    path = folder / "connections.csv"
    path.write_text(f"pre_root_id,post_root_id,neuropil,syn_count,nt_type\n{rows}")
    with pytest.raises(DataError, match=r"holds no connection|1 of 1 rows cannot be read"):
        list(FlyWire(path, skip_bad_rows=skip_bad_rows).connections())


def test_skip_bad_rows(folder: Path) -> None:
    """Refused rows are kept with file, line, text and reason, however often the tables are read."""
    (folder / "connections.csv").write_text(FILES["connections.csv"] + "1,2,AL_R,2.5,ACH\n")
    (folder / "neurons.csv").write_text(FILES["neurons.csv"] + "7.2E+17,AL,,,,,,,,\n")
    with pytest.raises(DataError, match=r"line 5: syn_count 2\.5 has a decimal point"):
        list(FlyWire(folder).connections())
    loader = FlyWire(folder, skip_bad_rows=True)
    for _ in range(2):
        assert len(_rows(loader.connections())) == 3
        assert len(_rows(loader.neurons())) == 4
    assert {(row.path.name, row.row.line, row.row.text[:7]) for row in loader.refused} == {
        ("connections.csv", 5, "1,2,AL_"),
        ("neurons.csv", 4, "7.2E+17"),
    }
    assert len(loader.refused) == 2


def test_repeated_annotations(folder: Path) -> None:
    """The same row twice is one neuron; two rows that disagree are an error with both lines."""
    path = folder / "classification.csv"
    path.write_text("root_id,flow,side,comment\n1,intrinsic,left,x\n2,intrinsic,left,\n1,intrinsic, left,y\n")
    loader = FlyWire(path)
    assert [row["root_id"] for row in _rows(loader.neurons())] == [1, 2]
    assert loader.notes == [f"{path}: left aside the columns comment", f"{path}: 1 rows repeat an earlier one"]
    path.write_text("root_id,flow,side\n1,intrinsic,left\n2,intrinsic,left\n1,intrinsic,right\n")
    with pytest.raises(DataError, match="line 4: disagrees with line 2 about 1: 1,intrinsic,right"):
        list(FlyWire(path).neurons())
    loader = FlyWire(path, skip_bad_rows=True)
    assert [(row["root_id"], row["side"]) for row in _rows(loader.neurons())] == [(1, "left"), (2, "left")]
    assert [row.row.line for row in loader.refused] == [4]


# ---- the real files --------------------------------------------------------------------------------------------------


def _with_pandas(path: Path) -> pd.DataFrame:
    """Read a published file independently: ids exact, every other field as text, only the empty one missing."""
    header = pd.read_csv(path, nrows=0).columns
    whole = {name for name in header if name.endswith("root_id")} | {"pre", "post", "syn_count", "count"}
    types = {name: "int64" if name in whole else "str" for name in header}
    return pd.read_csv(path, dtype=types, keep_default_na=False)


def _equal(found: pa.ChunkedArray, expected: pd.Series) -> bool:
    filled = found.fill_null("") if pa.types.is_string(found.type) else found
    return bool((filled.to_numpy() == expected.to_numpy()).all()) and len(filled) == len(expected)


@pytest.mark.parametrize(
    ("name", "rows", "pairs", "neurons", "synapses", "loops", "without_type"),
    [
        ("flywire_v630_olfactory/connections.csv.gz", 60_496, 56_666, 2_835, 1_019_544, 0, 0),
        ("flywire_v783/al_ln_to_pn_connections.csv.gz", 35_703, 35_572, 999, None, None, 15_515),
        ("flywire_v447_sample/syn_proof_analysis_filtered_447.csv", 1_145, None, None, None, None, 1_145),
        ("larva/edges_by_type.csv.gz", 116_922, 110_677, 2_952, 352_611, 537, 116_922),
    ],
)
def test_real_connections(
    real_data: Path,
    name: str,
    rows: int,
    pairs: int | None,
    neurons: int | None,
    synapses: int | None,
    loops: int | None,
    without_type: int,
) -> None:
    """Every row equals pandas' row, and the counts are those that the data's README states."""
    expected = _with_pandas(real_data / name)
    found = pa.Table.from_batches(FlyWire(real_data / name).connections())
    assert _equal(found["pre_root_id"], expected.iloc[:, 0])
    assert _equal(found["post_root_id"], expected.iloc[:, 1])
    assert _equal(found["syn_count"], expected["count" if "count" in expected else "syn_count"])
    for text in ("neuropil", "nt_type"):
        assert _equal(found[text], expected[text]) if text in expected else found[text].null_count == rows
    assert (found.num_rows, found["nt_type"].null_count) == (rows, without_type)
    grouped = found.group_by(["pre_root_id", "post_root_id"]).aggregate([])
    pre, post = grouped["pre_root_id"].to_numpy(), grouped["post_root_id"].to_numpy()
    counts = {
        "pairs": (len(pre), pairs),
        "neurons": (len(np.union1d(pre, post)), neurons),
        "synapses": (int(found["syn_count"].to_numpy().sum()), synapses),
        "loops": (int((pre == post).sum()), loops),
    }
    assert {what: number for what, (number, stated) in counts.items() if stated is not None} == {
        what: stated for what, (_, stated) in counts.items() if stated is not None
    }


def test_real_olfactory_folder(real_data: Path) -> None:
    """The folder of the main job: its expected figures, and neurons known by one file only."""
    folder = real_data / "flywire_v630_olfactory"
    figures = json.loads((folder / "expected_figures.json").read_text())
    loader = FlyWire(folder)
    connections = pa.Table.from_batches(loader.connections())
    types = connections["nt_type"].value_counts().to_pylist()
    assert {count["values"]: count["counts"] for count in types} == figures["nt_rows"]
    sizes = connections.group_by(["pre_root_id", "post_root_id"]).aggregate(
        [("syn_count", "sum"), ("syn_count", "count")]
    )
    assert max(sizes["syn_count_sum"].to_pylist()) == figures["max_pair_syn"]
    assert sum(rows > 1 for rows in sizes["syn_count_count"].to_pylist()) == figures["n_pairs_multi_row"]
    neurons = pa.Table.from_batches(loader.neurons())
    assert neurons.num_rows == figures["n_neurons"]
    assert 2_835 - neurons["ach_avg"].null_count == 2_590
    others = ("flow", "super_class", "sub_class", "hemilineage", "side", "nerve")
    labels = neurons.select([*others, "cell_class"]).to_pylist()
    assert sum(row["cell_class"] is not None and not any(row[name] for name in others) for row in labels) == 245
    assert loader.targets_path is not None
    assert (
        read_root_ids(loader.targets_path).tolist() == _with_pandas(folder / "target_neurons.csv")["root_id"].tolist()
    )
    assert len(read_root_ids(loader.targets_path)) == figures["n_target"]


@pytest.mark.parametrize("classification", ["classification_2024-05.csv.gz", "classification_2025-08.csv.gz"])
def test_real_annotations(real_data: Path, classification: str) -> None:
    """The join of a whole release equals pandas' outer merge, column by column."""
    folder = real_data / "flywire_v783"
    names = ("neurons.csv.gz", classification, "consolidated_cell_types.csv.gz")
    scores, classes, types = (_with_pandas(folder / name) for name in names)
    assert (len(scores), len(classes), len(types)) == (139_255, 139_255, 137_677)
    assert (scores["nt_type"] == "").sum() == 19_658
    expected = scores.merge(classes, on="root_id", how="outer").merge(types, on="root_id", how="outer").fillna("")
    found = pa.Table.from_batches(FlyWire(*(folder / name for name in names)).neurons())
    expected = expected.sort_values("root_id")
    assert _equal(found["root_id"], expected["root_id"])
    renamed = {
        "class": "cell_class", "nt_type": "nt_type_published", "additional_type(s)": "additional_types",
        "group": "neuropil_group",
    }  # fmt: skip
    for name in ("flow", "super_class", "sub_class", "hemilineage", "side", "nerve", *renamed):
        assert _equal(found[renamed.get(name, name)], expected[name]), name
    cell_type = expected["primary_type"]
    for fallback in ("cell_type", "hemibrain_type"):
        if fallback in expected:
            cell_type = cell_type.where(cell_type != "", expected[fallback])
    assert _equal(found["cell_type"], cell_type)
    for name in ("da_avg", "ser_avg", "gaba_avg", "glut_avg", "ach_avg", "oct_avg"):
        assert _equal(found[name].fill_null(-1), expected[name].replace("", "-1").astype("float64")), name


def test_real_folder_with_two_classifications(real_data: Path) -> None:
    """One release was published in several versions: which one is the user's choice."""
    with pytest.raises(DataError, match=r"classification_2024-05\.csv\.gz, classification_2025-08\.csv\.gz"):
        FlyWire(real_data / "flywire_v783")
