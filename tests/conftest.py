"""Fixtures that every test may use."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import neo4j_server as servers
from tests.neo4j_server import Neo4jServer


def pytest_configure() -> None:
    # A suite that is started in the background ignores Ctrl-C, and so would what it tests.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of published data, or skip: none of it may be part of the repository."""
    given = os.environ.get("GRAPHKIT_TEST_DATA")
    if not given:
        pytest.skip("GRAPHKIT_TEST_DATA does not name a folder of published data")
    folder = Path(given)
    if not folder.is_dir():
        pytest.fail(f"GRAPHKIT_TEST_DATA={given} is not a folder")
    return folder


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jServer]:
    """Return one real Neo4j for the whole run, or skip saying why; GRAPHKIT_REQUIRE_NEO4J=1 makes that a failure."""
    try:
        # A server that lives for minutes is started and warm sooner without Java's second compiler.
        with servers.neo4j_server(java_options=("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")) as server:
            yield server
    except servers.NoNeo4jError as reason:
        if os.environ.get("GRAPHKIT_REQUIRE_NEO4J") == "1":
            pytest.fail(f"no Neo4j: {reason}")
        pytest.skip(f"no Neo4j: {reason}")


@pytest.fixture
def empty_neo4j(neo4j_server: Neo4jServer) -> Neo4jServer:
    """Return the real Neo4j with nothing in it, neither data nor schema."""
    neo4j_server.clear()
    return neo4j_server
