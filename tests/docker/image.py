"""The Neo4j image that the tests in Docker run: the official one, or a local one where that cannot be pulled.

``python -m tests.docker.image [VERSION]`` prints its name. The local image takes the variables and the health check
that the official one takes; its system is Debian's (debootstrap, which needs root), its server Maven's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.neo4j_process import jars_of, main_class
from tests.neo4j_server import DEFAULT_VERSION

__all__ = ["image"]

HERE = Path(__file__).parent
BASE = "graphkit-java"
#: Brings Java 21, which both the current and the long-term version take.
DEBIAN = "trixie"


def image(version: str = DEFAULT_VERSION) -> str:
    """Return the name of an image that is here: NEO4J_IMAGE, the official one, or the local one, built here."""
    if named := os.environ.get("NEO4J_IMAGE"):
        return named
    official, local = f"neo4j:{version}", f"graphkit-neo4j:{version}"
    if _succeeds("docker", "image", "inspect", official) or _succeeds("docker", "pull", "--quiet", official):
        return official
    print(f"{official} cannot be pulled: building {local}", file=sys.stderr)
    if not _succeeds("docker", "image", "inspect", BASE):
        _build_base()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("Dockerfile", "entry.sh"):
            shutil.copy(HERE / file, folder)
        shutil.copytree(jars_of(version), folder / "jars")
        _run("docker", "build", "--quiet", "--tag", local, "--build-arg", f"MAIN={main_class(version)}", name)
    return local


def _build_base() -> None:
    """Import a minimal Debian with Java and wget, which the health check asks with."""
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        sys.exit("the local image needs debootstrap and root: apt-get install debootstrap, then sudo make test-docker")
    with tempfile.TemporaryDirectory() as name:
        root, archive = Path(name) / "root", Path(name) / "root.tar"
        _run("debootstrap", "--variant=minbase", "--include=openjdk-21-jre-headless,wget", DEBIAN, str(root))
        shutil.rmtree(root / "var/cache/apt/archives")
        with tarfile.open(archive, "w") as packed:
            packed.add(root, arcname=".")
        _run("docker", "import", str(archive), BASE)


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(*command: str) -> None:
    # What these print is of use only when they fail; standard output is the image's name.
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{ended.stdout[-3000:]}")


def main(arguments: Sequence[str]) -> None:
    print(image(*arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
