"""A Neo4j that speaks TLS alone, with a certificate that it signed itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from graphkit import connect
from graphkit.errors import ServerUnavailableError
from tests.neo4j_process import Neo4jProcess
from tests.neo4j_server import server_of_its_own

SETTINGS = {
    "server.bolt.tls_level": "REQUIRED",
    "dbms.ssl.policy.bolt.enabled": "true",
    "dbms.ssl.policy.bolt.client_auth": "NONE",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jProcess]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    home = tmp_path_factory.mktemp("neo4j")
    certificates = home / "certificates" / "bolt"
    certificates.mkdir(parents=True)
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(certificates / "private.key"), "-out", str(certificates / "public.crt")]
    making = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *names, *files]
    subprocess.run(making, check=True, capture_output=True)
    with server_of_its_own(home, settings=SETTINGS) as process:
        yield process


def address(server: Neo4jProcess, scheme: str) -> str:
    return f"{scheme}://127.0.0.1:{server.port}"


@pytest.mark.parametrize("scheme", ["bolt+ssc", "neo4j+ssc"])
def test_self_signed_certificate_is_accepted_where_that_is_said(server: Neo4jProcess, scheme: str) -> None:
    with connect(address(server, scheme), password=server.password) as connectome:
        assert connectome.cypher("RETURN 720575940628857210 AS root_id")["root_id"].tolist() == [720575940628857210]


@pytest.mark.parametrize("scheme", ["bolt+s", "neo4j+s"])
def test_certificate_that_nobody_vouches_for_is_refused(server: Neo4jProcess, scheme: str) -> None:
    with pytest.raises(ServerUnavailableError, match="certificate") as refusal:
        connect(address(server, scheme), password=server.password)

    assert f"{scheme}sc://" in str(refusal.value)
    assert server.password not in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_plain_connection_is_refused(server: Neo4jProcess, scheme: str) -> None:
    with pytest.raises(ServerUnavailableError, match="TLS"):
        connect(address(server, scheme), password=server.password)
