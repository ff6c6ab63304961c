"""A backup is the graph, on either engine."""

from __future__ import annotations

import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphkit.cli import cli
from graphkit.connectome import connect
from graphkit.errors import DataError, GraphStateError
from tests.connectomes import fill
from tests.neo4j_server import Neo4jServer
from tests.soak.checksums import checksums


def test_a_backup_moves_a_graph_between_the_engines_and_back(empty_neo4j: Neo4jServer, tmp_path: Path) -> None:
    with connect(tmp_path / "one.graph") as one:
        fill(one)
        before = checksums(one)
        one.backup(tmp_path / "one.zip")
    with connect(empty_neo4j.uri, user=empty_neo4j.user, password=empty_neo4j.password) as two:
        two.restore(tmp_path / "one.zip")
        assert checksums(two) == before
        assert two.check().empty
        two.backup(tmp_path / "two.zip")
    with connect(tmp_path / "three.graph") as three:
        three.restore(tmp_path / "two.zip")
        assert checksums(three) == before
        assert [step.state for step in three.steps().values()] == ["done"] * 5
        three.predict_transmitters(policy="ach_only")  # and it goes on from there
        assert three.steps()["merge"].state == "stale"


def test_a_backup_is_refused_where_it_would_overwrite_or_is_damaged(tmp_path: Path) -> None:
    path, copy = tmp_path / "brain.graph", tmp_path / "brain.zip"
    with connect(path) as connectome:
        with pytest.raises(GraphStateError, match="load has not been run"):
            connectome.backup(copy)
        fill(connectome)
        connectome.backup(copy)
        with pytest.raises(GraphStateError, match="is not empty"):
            connectome.restore(copy)
    content = copy.read_bytes()
    middle = bytearray(content)
    middle[len(middle) // 2] ^= 255
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("manifest.json", "{}")
    for bad in (
        content[: len(content) // 2],
        bytes(middle),
        b"",
        b"root_id\n1\n",
        (tmp_path / "other.zip").read_bytes(),
    ):
        copy.write_bytes(bad)
        with connect(tmp_path / "new.graph") as connectome, pytest.raises(DataError, match="damaged"):
            connectome.restore(copy)
        assert not (tmp_path / "new.graph").exists()
    with connect(tmp_path / "new.graph") as connectome, pytest.raises(DataError, match="no such file"):
        connectome.restore(tmp_path / "none.zip")


def test_an_earlier_backup_is_replaced_when_asked_to_and_not_before_the_new_one_is_whole(tmp_path: Path) -> None:
    graph, copy = tmp_path / "brain.graph", tmp_path / "brain.zip"
    copy.write_text("the earlier one")
    with connect(graph) as connectome:
        fill(connectome)
        with pytest.raises(DataError, match=r"brain.zip: is there already.*--overwrite"):
            connectome.backup(copy)
    script = f"""
import os, signal
from graphkit import connect
connect({str(graph)!r}, read_only=True).backup(
    {str(copy)!r}, overwrite=True, progress=lambda done, total, unit: os.kill(os.getpid(), signal.SIGKILL)
)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == -signal.SIGKILL
    assert copy.read_text() == "the earlier one"
    with connect(graph, read_only=True) as connectome:
        connectome.backup(copy, overwrite=True)
    with connect(tmp_path / "again.graph") as connectome:
        connectome.restore(copy)
        assert connectome.check().empty


def test_the_commands_back_up_and_restore(tmp_path: Path) -> None:
    with connect(tmp_path / "brain.graph") as connectome:
        fill(connectome)
        before = checksums(connectome)
    for command, graph in (("backup", "brain.graph"), ("restore", "again.graph")):
        told = CliRunner().invoke(cli, [command, str(tmp_path / "b.zip"), "--graph", str(tmp_path / graph)])
        assert told.exit_code == 0, told.output
        assert "synapses                     22" in told.output
    with connect(tmp_path / "again.graph", read_only=True) as connectome:
        assert checksums(connectome) == before
