"""Columns under every published name, lists of root ids, fingerprints."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from graphkit.errors import DataError
from graphkit.schema import CONNECTION_FILE_COLUMNS, NEURON_FILE_COLUMNS, Column, canonical_name
from graphkit.tables import fingerprint, header_columns, open_table, read_header, read_root_ids

REQUIRED = ("pre_root_id", "post_root_id", "syn_count")
LAYOUTS = (("pre_root_id", "post_root_id", "neuropil", "syn_count", "nt_type"),)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("pre_root_id,post_root_id,neuropil,syn_count,nt_type", "pre_root_id post_root_id neuropil syn_count nt_type"),
        ("pre_pt_root_id,post_pt_root_id,neuropil,syn_count", "pre_root_id post_root_id neuropil syn_count"),
        ("bodyId_pre,bodyId_post,roi,weight", "pre_root_id post_root_id neuropil syn_count"),
        ("Presynaptic_ID,Postsynaptic_ID,Connectivity,Excitatory", "pre_root_id post_root_id syn_count -"),
        (
            "Source neuron,Target neuron,Neuropil,Weight,Transmitter",
            "pre_root_id post_root_id neuropil syn_count nt_type",
        ),
        ("source,target,weight", "pre_root_id post_root_id syn_count"),
        ("pre,post,edge_type,count", "pre_root_id post_root_id - syn_count"),
        ("PRE_ROOT_ID, Post Root ID ,SynCount,", "pre_root_id post_root_id syn_count -"),
    ],
)
def test_names_of_connection_columns(header: str, names: str) -> None:
    """Codex, CAVE, neuPrint, Shiu et al., the older scripts, networkx, the larva."""
    found = header_columns(header.split(","), CONNECTION_FILE_COLUMNS)
    assert [name or "-" for name in found] == names.split()


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (
            "root_id,flow,super_class,class,sub_class,hemilineage,side,nerve",
            "root_id flow super_class cell_class sub_class hemilineage side nerve",
        ),
        (
            "root_id,flow,super_class,class,sub_class,cell_type,hemibrain_type,hemilineage,side,nerve",
            "root_id flow super_class cell_class sub_class cell_type - hemilineage side nerve",
        ),
        ("root_id,primary_type,additional_type(s)", "root_id cell_type additional_types"),
        (
            "root_id,nt_type,nt_type_score,da_avg,ser_avg,gaba_avg,glut_avg,ach_avg,oct_avg",
            "root_id nt_type_published nt_score da_avg ser_avg gaba_avg glut_avg ach_avg oct_avg",
        ),
        (
            "Neuron name,flow,super_cls,cls,sub_cls,cell_type",
            "root_id flow super_class cell_class sub_class cell_type",
        ),
        ("pt_root_id,cell_type", "root_id cell_type"),
        ("bodyId,type,somaSide,predictedNt", "root_id cell_type side nt_type_published"),
    ],
)
def test_names_of_neuron_columns(header: str, names: str) -> None:
    """The published classifications, cell types, scores; the older scripts, CAVE, neuPrint."""
    found = header_columns(header.split(","), NEURON_FILE_COLUMNS)
    assert [name or "-" for name in found] == names.split()


@pytest.mark.parametrize("columns", [CONNECTION_FILE_COLUMNS, NEURON_FILE_COLUMNS])
def test_each_alias_means_one_column(columns: tuple[Column, ...]) -> None:
    """No header name could be taken for another column than the one that lists it."""
    for column in CONNECTION_FILE_COLUMNS if columns is CONNECTION_FILE_COLUMNS else NEURON_FILE_COLUMNS:
        for alias in (column.name, *column.aliases):
            assert canonical_name(alias, columns) == column.name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "pre_root_id,post_root_id,size\n1,2,3\n",
            "no column for syn_count (also weight, count, Connectivity, n_syn). "
            "Its header is: pre_root_id, post_root_id, size.",
        ),
        ("a b c\n1 2 3\n", "Its header is: a b c."),
        ("pre_root_id,post_root_id,weight,syn_count\n", "2 columns mean syn_count: weight, syn_count."),
        ("pre,pre,post,weight\n", "2 columns mean pre_root_id: pre, pre."),
        ("1,2,3\n", "no header of known columns; without one, 5 (pre_root_id, post_root_id, neuropil"),
        ("1,2,AL_R,ACH,7\n", "no header of known columns"),
        ("0,1,2,3,4\n10,11,AL_R,7,ACH\n", "no column for pre_root_id"),
        ("pre,post,we\x1b[31might\n", r"pre, post, we\x1b[31might"),
    ],
)
def test_header_that_does_not_do(tmp_path: Path, text: str, message: str) -> None:
    """The message shows the header, what is missing, and the names that are taken."""
    path = tmp_path / "connections.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        open_table(path, CONNECTION_FILE_COLUMNS, required=REQUIRED, layouts=LAYOUTS)
    assert caught.value.path == path


@pytest.mark.parametrize("header", ["", "pre;post;neuropil;weight;transmitter\r\n"])
def test_with_and_without_header(tmp_path: Path, header: str) -> None:
    """Without a header the first row is data, also with a byte order mark as Excel writes it."""
    path = tmp_path / "connections.csv"
    path.write_text(f"{header} 5 ;6;AL_R;7;ACH\r\n8;9;;1;\r\n", encoding="utf-8-sig", newline="")
    table = open_table(path, CONNECTION_FILE_COLUMNS, required=REQUIRED, layouts=LAYOUTS)
    rows = [tuple(row.values()) for batch in table.batches() for row in batch.to_pylist()]
    assert rows == [(5, 6, "AL_R", 7, "ACH"), (8, 9, None, 1, None)]
    assert table.delimiter == ";"
    assert table.header == tuple(header.strip().split(";") if header else ())


def test_header_only(tmp_path: Path) -> None:
    """A table may hold no row."""
    path = tmp_path / "connections.csv"
    for text in ("pre,post,weight", "pre,post,weight\r\n\r\n"):
        path.write_text(text, newline="")
        assert list(open_table(path, CONNECTION_FILE_COLUMNS, required=REQUIRED).batches()) == []
    assert read_header(path) == ("pre", "post", "weight")


@pytest.mark.parametrize(
    "text",
    [
        "root_id,primary_type,side\n720575940610059726,ORN_DM1,right\n17,x,left\n720575940610059726,ORN_DM1,right\n",
        "720575940610059726\r\n17\r\n720575940610059726",
        "\ufeff\n 720575940610059726 \n\n17\n",
        "Neuron name;x\n720575940610059726;\n17;",
    ],
)
def test_root_ids(tmp_path: Path, text: str) -> None:
    """Each id once, in the file's order, int64."""
    path = tmp_path / "target_neurons.csv"
    path.write_text(text, encoding="utf-8")
    ids = read_root_ids(path)
    assert ids.dtype == np.int64
    assert ids.tolist() == [720575940610059726, 17]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,side\nDM1,right\n", "no column for root_id"),
        ("17,right\n", "no header of known columns; without one, 1 (root_id) columns are understood"),
        ("root_id\n7.2E+17\n", "line 2: root_id 7.2E+17 was rounded"),
        ("root_id\n17\n720575940610059726.0\n", "line 3: root_id 720575940610059726.0 has a decimal point"),
    ],
)
def test_root_ids_are_as_strict(tmp_path: Path, text: str, message: str) -> None:
    """A list of neurons is read by the rules of every table."""
    path = tmp_path / "target_neurons.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=re.escape(message)):
        read_root_ids(path)


def test_fingerprint(tmp_path: Path) -> None:
    """The file as it lies on disk."""
    (tmp_path / "a").write_bytes(b"\x1f\x8b" * 10**6)
    assert fingerprint(tmp_path / "a") == (hashlib.sha256(b"\x1f\x8b" * 10**6).hexdigest(), 2 * 10**6)
    with pytest.raises(DataError, match="cannot be read: No such file"):
        fingerprint(tmp_path / "b")
