"""docker-compose.yml for real: up, healthy, loaded, restarted with the data still there, down.

Run by ``make test-docker``, with the image that tests/docker/image.py finds or builds.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphkit.cli import cli
from graphkit.connectome import Connectome, connect
from graphkit.errors import CredentialsError, QueryError
from graphkit.synthetic import generate
from loaders.flywire import FlyWire
from tests.connectomes import fill
from tests.neo4j_server import Neo4jServer
from tests.soak.checksums import checksums

ROOT = Path(__file__).parents[2]
HEALTHY_WITHIN_S = 180


class Compose:
    """docker-compose.yml as one user runs it, with one of the two programs."""

    def __init__(self, program: list[str], folder: Path) -> None:
        self.password = secrets.token_hex(12)
        self.project = f"graphkit-test-{secrets.token_hex(4)}"
        self.bolt_port, self.http_port = _free_ports()
        self._command = [*program, "--file", str(ROOT / "docker-compose.yml")]
        self.environment = os.environ | {
            "COMPOSE_PROJECT_NAME": self.project,
            "NEO4J_IMAGE": os.environ["NEO4J_IMAGE"],
            "NEO4J_PASSWORD": self.password,
            "NEO4J_BOLT_PORT": str(self.bolt_port),
            "NEO4J_HTTP_PORT": str(self.http_port),
            "NEO4J_HEAP": "400m",
            "NEO4J_PAGECACHE": "100m",
            "NEO4J_IMPORT": str(folder),
        }

    def run(self, *arguments: str, password: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = self.environment if password is None else self.environment | {"NEO4J_PASSWORD": password}
        return subprocess.run(
            [*self._command, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=300
        )

    def up(self) -> None:
        started = self.run("up", "--detach")
        assert started.returncode == 0, started.stderr
        self.wait_until_healthy()

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + HEALTHY_WITHIN_S
        while self.inspect("{{.State.Health.Status}}") != "healthy":
            assert time.monotonic() < deadline, self.run("logs").stdout[-3000:]
            time.sleep(0.5)

    def inspect(self, form: str) -> str:
        container = self.run("ps", "--quiet", "neo4j").stdout.strip()
        return _docker("inspect", "--format", form, container).strip()

    def open(self) -> Connectome:
        return connect(f"bolt://127.0.0.1:{self.bolt_port}", password=self.password)


def test_suite_runs_in_a_container_of_the_image(neo4j_server: Neo4jServer) -> None:
    port = neo4j_server.uri.rpartition(":")[2]

    assert _docker("ps", "--filter", f"publish={port}", "--format", "{{.Image}}").strip() == os.environ["NEO4J_IMAGE"]


@pytest.fixture(params=["docker compose", "docker-compose"])
def compose(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Compose]:
    program: list[str] = request.param.split()
    if (
        shutil.which(program[0]) is None
        or subprocess.run([*program, "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip(f"`{request.param}` is not installed")
    running = Compose(program, tmp_path)
    yield running
    running.run("down", "--volumes", "--timeout", "5")


def test_from_nothing_to_a_graph_that_stays(compose: Compose) -> None:
    compose.up()
    with compose.open() as connectome:
        fill(connectome)
        whole = checksums(connectome)

    assert compose.run("restart").returncode == 0
    compose.wait_until_healthy()
    with compose.open() as connectome:
        assert checksums(connectome) == whole

    assert compose.run("down").returncode == 0
    compose.up()
    with compose.open() as connectome:
        assert checksums(connectome) == whole
        assert {step.state for step in connectome.steps().values()} == {"done"}

    assert compose.run("down", "--volumes").returncode == 0
    assert compose.project not in _docker("volume", "ls", "--quiet")
    assert compose.project not in _docker("ps", "--all", "--format", "{{.Names}}")


def test_a_database_is_filled_offline_and_is_the_one_that_load_makes(
    compose: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "fly"
    generate(folder, neurons=200, edges=2000, seed=3)
    with connect(tmp_path / "loaded.graph") as connectome:
        connectome.load(FlyWire(folder))
        loaded = checksums(connectome)
    for name, value in compose.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(ROOT)

    done = CliRunner().invoke(cli, ["neo4j-import", str(folder), "--out", str(tmp_path / "import")])
    assert done.exit_code == 0, done.output
    assert "imported into neo4j in" in done.output

    compose.up()
    with compose.open() as connectome:
        assert connectome.load(FlyWire(folder))["unchanged"] is True
        assert checksums(connectome) == loaded


def test_server_is_set_as_the_file_says(compose: Compose) -> None:
    compose.up()

    bound = compose.inspect("{{range $port, $at := .HostConfig.PortBindings}}{{range $at}}{{.HostIp}} {{end}}{{end}}")
    assert bound.split() == ["127.0.0.1", "127.0.0.1"]
    mounts = compose.inspect("{{range .Mounts}}{{.Destination}}={{.RW}} {{end}}").split()
    assert sorted(mounts) == ["/data=true", "/import=false", "/logs=true"]
    with compose.open() as connectome:
        told = connectome.cypher(
            "SHOW SETTINGS YIELD name, value WHERE name IN $names RETURN name AS name, value AS value",
            names=[
                "server.memory.heap.max_size", "server.memory.pagecache.size", "dbms.usage_report.enabled",
                "dbms.security.allow_csv_import_from_file_urls", "server.bolt.advertised_address",
                "db.relationship_grouping_threshold",
            ],
        )  # fmt: skip
        assert dict(zip(told["name"], told["value"], strict=True)) == {
            "server.memory.heap.max_size": "400.00MiB",
            "server.memory.pagecache.size": "100.00MiB",
            "dbms.usage_report.enabled": "false",
            "dbms.security.allow_csv_import_from_file_urls": "false",
            "server.bolt.advertised_address": f"localhost:{compose.bolt_port}",
            "db.relationship_grouping_threshold": "1",
        }
        with pytest.raises(QueryError, match="allow_csv_import_from_file_urls"):
            connectome.graph.backend.read("LOAD CSV FROM 'file:///rows.csv' AS row RETURN row", {})
    with connect(f"neo4j://localhost:{compose.bolt_port}", password=compose.password) as routed:
        assert routed.steps()["load"].state == "missing"


def test_password_has_to_be_given_and_is_the_only_one(compose: Compose) -> None:
    refused = compose.run("up", "--detach", password="")
    assert refused.returncode != 0
    assert "give the server a password" in refused.stderr

    compose.up()
    for wrong in ("neo4j", compose.password + "x"):
        with pytest.raises(CredentialsError):
            connect(f"bolt://127.0.0.1:{compose.bolt_port}", password=wrong)
    assert compose.password not in compose.run("logs").stdout


def _docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False).stdout


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]
