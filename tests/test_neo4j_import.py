"""Neo4j's own importer: the graph that comes up is the one that loading over Bolt makes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from graphkit import Connectome, connect
from graphkit.cli import cli
from graphkit.errors import BackendError, DataError
from graphkit.neo4j_import import run_import, write_import_files
from graphkit.synthetic import generate
from loaders.flywire import FlyWire
from tests.neo4j_process import Neo4jProcess, NoNeo4jError
from tests.neo4j_server import DEFAULT_VERSION, Neo4jServer
from tests.soak.checksums import checksums

ODD = 'a "quoted", comma-ed\ttype; ünïcode 小脳'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a generated connectome with what CSV files have to be careful about."""
    folder = tmp_path_factory.mktemp("files")
    generate(folder, neurons=300, edges=3000, seed=3)
    connections = folder / "connections.csv"
    pre, post = (720575940999999990 + place for place in range(2))  # in no annotation file
    connections.write_text(
        connections.read_text() + f"{pre},{post},AL_R,7,ACH\n{pre},{pre},,9,\n{pre},{post},AL_R,7,ACH\n"
    )
    quoted = ODD.replace('"', '""')
    types = folder / "consolidated_cell_types.csv"
    types.write_text(f'root_id,primary_type\n{first_id(folder)},"{quoted}"\n')
    return folder


def first_id(folder: Path) -> int:
    return int((folder / "classification.csv").read_text().splitlines()[1].split(",")[0])


@pytest.fixture(scope="module")
def imported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jProcess]:
    """Return a server that is not running, into whose database the command has imported the files; or skip."""
    version = os.environ.get("GRAPHKIT_TEST_NEO4J_VERSION") or DEFAULT_VERSION
    try:
        process = Neo4jProcess(version, folder=tmp_path_factory.mktemp("server"))
    except NoNeo4jError as reason:
        pytest.skip(f"no Neo4j of this machine's own: {reason}")
    told = CliRunner().invoke(
        cli, ["neo4j-import", str(folder), "--out", str(tmp_path_factory.mktemp("import") / "files")],
        env={"NEO4J_ADMIN": str(process.admin())}, catch_exceptions=False,
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "imported into neo4j in" in told.output
    yield process
    process.kill()


def everything(connectome: Connectome) -> dict[str, object]:
    """Return all that the graph holds, what tells when and by whom it was made aside."""
    answer = connectome.graph.backend.read(
        "MATCH (n) WHERE NOT n:Neuron UNWIND keys(n) AS key WITH n, key ORDER BY key "
        "RETURN labels(n)[0] AS label, coalesce(n.name, '') AS name, collect(key) AS keys ORDER BY label, name",
        {},
    )
    load = connectome.steps()["load"]
    datasets = connectome.graph.ask("select/datasets").drop(columns=["loaded"]).to_dict("records")
    report = {name: value for name, value in load.report.items() if name != "seconds"}
    return {
        "checksums": checksums(connectome), "keys": answer.to_pylist(), "datasets": datasets,
        "load": (load.state, dict(load.parameters), load.input_token), "report": report,
    }  # fmt: skip


def test_the_imported_graph_is_the_loaded_one(folder: Path, empty_neo4j: Neo4jServer, imported: Neo4jProcess) -> None:
    imported.start()
    with connect(empty_neo4j.uri, password=empty_neo4j.password) as connectome:
        connectome.load(FlyWire(folder))
        loaded = everything(connectome)
        derive(connectome, folder)
        derived = checksums(connectome)
    with connect(imported.uri, password=imported.password) as connectome:
        found = everything(connectome)
        assert connectome.load(FlyWire(folder))["unchanged"] is True
        derive(connectome, folder)
        indexes = connectome.cypher(
            "SHOW INDEXES YIELD name, state WHERE name STARTS WITH 'neuron_' RETURN name, state"
        )
        odd = connectome.cypher("MATCH (n:Neuron {root_id: $id}) RETURN n.cell_type AS type", id=first_id(folder))
        assert checksums(connectome) == derived
    imported.kill()

    assert found == loaded
    assert odd["type"].tolist() == [ODD]
    assert set(indexes["name"]) >= {"neuron_root_id", "neuron_cell_type"}
    assert set(indexes["state"]) == {"ONLINE"}


def derive(connectome: Connectome, folder: Path) -> None:
    connectome.predict_transmitters()
    connectome.merge_connections()
    connectome.mark_downstream(folder / "target_neurons.csv")


def test_an_import_that_fails_says_why_and_one_that_may_replaces_the_database(
    folder: Path, imported: Neo4jProcess, tmp_path: Path
) -> None:
    files = write_import_files(FlyWire(folder), tmp_path / "import")
    admin = str(imported.admin())

    with pytest.raises(BackendError, match=r"--overwrite") as refusal:
        run_import(files, [admin])
    assert len(str(refusal.value).splitlines()) > 1
    # What run_import does when it may, as the script beside the files does it.
    subprocess.run(["sh", files.folder / "import.sh", "--overwrite-destination"], check=True, capture_output=True,
                   cwd="/", env=os.environ | {"NEO4J_ADMIN": admin})  # fmt: skip


def test_no_admin_writes_the_files_and_says_how_to_go_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("NEO4J_HOME", raising=False)
    out = tmp_path / "import"

    told = CliRunner().invoke(cli, ["neo4j-import", str(folder), "--out", str(out)], catch_exceptions=False)

    assert told.exit_code == 0
    assert f"run {out / 'import.sh'}" in told.output
    assert sorted(path.name for path in out.iterdir()) == [
        "datasets.csv", "import.sh", "neurons.csv", "schema.cypher", "steps.csv", "synapses.csv",
    ]  # fmt: skip
    assert "CREATE CONSTRAINT neuron_root_id" in (out / "schema.cypher").read_text()
    again = CliRunner().invoke(cli, ["neo4j-import", str(folder), "--out", str(out)])
    assert isinstance(again.exception, DataError)
    assert "--overwrite" in str(again.exception)
    replaced = ["neo4j-import", str(folder), "--out", str(out), "--overwrite", "--files-only"]
    assert CliRunner().invoke(cli, replaced).exit_code == 0


def test_a_program_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    files = write_import_files(FlyWire(folder), tmp_path / "import")

    with pytest.raises(BackendError, match="nowhere/neo4j-admin cannot be started"):
        run_import(files, ["/nowhere/neo4j-admin"])


def test_bad_rows_leave_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "connections.csv").write_text("pre_root_id,post_root_id,neuropil,syn_count,nt_type\n1,2,AL_R,x,ACH\n")

    with pytest.raises(DataError, match="line 2"):
        write_import_files(FlyWire(tmp_path), tmp_path / "import")

    assert not (tmp_path / "import").exists()


def test_the_importer_is_told_of_line_ends_in_texts(tmp_path: Path) -> None:
    rows = "pre_root_id,post_root_id,neuropil,syn_count,nt_type\n1,2,AL_R,5,ACH\n"
    (tmp_path / "connections.csv").write_text(rows)

    plain = write_import_files(FlyWire(tmp_path), tmp_path / "plain")
    named = write_import_files(FlyWire(tmp_path, name="two\nlines"), tmp_path / "named")

    assert "--multiline-fields=true" not in plain.arguments()
    assert "--multiline-fields=true" in named.arguments()
    assert "--nodes=Neuron=/import/neurons.csv" in plain.arguments(seen_at="/import")
    assert "--overwrite-destination" in plain.arguments(overwrite=True)


def test_counts_and_ids_of_the_files_are_those_of_the_rows(folder: Path, tmp_path: Path) -> None:
    out = write_import_files(FlyWire(folder), tmp_path / "import").folder
    rows = pd.read_csv(folder / "connections.csv", dtype={"pre_root_id": "int64", "post_root_id": "int64"})
    neurons = pd.read_csv(out / "neurons.csv", dtype={"root_id:long": "int64"})
    synapses = pd.read_csv(out / "synapses.csv")

    assert neurons[":ID"].tolist() == list(range(len(neurons)))
    assert neurons["root_id:long"].is_monotonic_increasing
    root_id = neurons["root_id:long"].to_numpy()
    assert (root_id[synapses[":START_ID"]] == rows["pre_root_id"]).all()
    assert (root_id[synapses[":END_ID"]] == rows["post_root_id"]).all()
    for end, name in (("post_root_id", "input_synapses:long"), ("pre_root_id", "output_synapses:long")):
        expected = rows.groupby(end)["syn_count"].sum().reindex(root_id, fill_value=0)
        assert neurons[name].tolist() == expected.tolist()
    labelled = rows[rows["nt_type"].notna()].groupby("pre_root_id")["syn_count"].sum()
    shares = labelled / rows.groupby("pre_root_id")["syn_count"].sum()
    np.testing.assert_array_equal(neurons["nt_known_share:double"], shares.reindex(root_id))
