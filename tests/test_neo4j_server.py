"""The servers that the tests start end with the tests, even when those are killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import neo4j_server as servers
from tests.neo4j_server import NoNeo4jError

_SUITE = """
import sys, time
from pathlib import Path
from tests.neo4j_process import start_with_the_suite

folder = Path(sys.argv[1])
process = start_with_the_suite(["sh", "-c", "echo $$; exec sleep 1000"], folder, folder / "console.log")
time.sleep(1000)
"""


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _wait(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_server_and_its_folder_go_with_a_killed_suite(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    log = folder / "console.log"
    suite = subprocess.Popen([sys.executable, "-c", _SUITE, str(folder)], cwd=Path(__file__).parents[1])
    _wait(lambda: log.exists() and log.read_text().endswith("\n"))
    server = int(log.read_text())
    assert not _gone(server)

    suite.send_signal(signal.SIGKILL)
    suite.wait()

    _wait(lambda: _gone(server) and not folder.exists())


def test_without_any_way_the_reasons_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GRAPHKIT_TEST_NEO4J_URI", raising=False)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoNeo4jError) as refusal, servers.neo4j_server("2026.08.1"):
        pass

    assert "GRAPHKIT_TEST_NEO4J_URI" in str(refusal.value)
    assert "Docker" in str(refusal.value)
    assert "Maven" in str(refusal.value) or "Java" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_named_server_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("GRAPHKIT_TEST_NEO4J_URI", f"bolt://127.0.0.1:{closed.getsockname()[1]}")

        with pytest.raises(Exception, match="connect") as refusal, servers.neo4j_server():
            pass

    assert not isinstance(refusal.value, NoNeo4jError)


def test_named_server_with_data_is_not_touched(
    monkeypatch: pytest.MonkeyPatch, empty_neo4j: servers.Neo4jServer
) -> None:
    monkeypatch.setenv("GRAPHKIT_TEST_NEO4J_URI", empty_neo4j.uri)
    monkeypatch.setenv("NEO4J_USER", empty_neo4j.user)
    monkeypatch.setenv("NEO4J_PASSWORD", empty_neo4j.password)
    with servers.neo4j_server() as named:
        assert named == empty_neo4j
    with empty_neo4j.driver() as driver:
        driver.execute_query("CREATE (:Precious)", database_="neo4j")

    with pytest.raises(RuntimeError, match="holds 1 nodes"), servers.neo4j_server():
        pass

    with empty_neo4j.driver() as driver:
        assert len(driver.execute_query("MATCH (n:Precious) RETURN n", database_="neo4j").records) == 1


def test_password_is_not_in_what_is_printed(neo4j_server: servers.Neo4jServer) -> None:
    assert neo4j_server.password not in repr(neo4j_server)
    assert neo4j_server.password not in str(neo4j_server)
