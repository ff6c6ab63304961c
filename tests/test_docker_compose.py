"""docker-compose.yml keeps its promises: no password in it, no port open to the network, every variable documented."""

from __future__ import annotations

import re
from pathlib import Path

from tests.neo4j_server import DEFAULT_VERSION

ROOT = Path(__file__).parents[1]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "neo4j.md").read_text(encoding="utf-8")


def test_image_is_the_version_that_is_tested() -> None:
    assert f"${{NEO4J_IMAGE:-neo4j:{DEFAULT_VERSION}}}" in COMPOSE


def test_password_has_no_default() -> None:
    assert re.findall(r"\$\{NEO4J_PASSWORD(.)(.)", COMPOSE) == [(":", "?")]


def test_ports_are_open_on_this_machine_only() -> None:
    published = re.findall(r'- "(.*):\d+"', COMPOSE)

    assert len(published) == 2
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_server_reads_no_files_for_queries_and_reports_no_usage() -> None:
    assert 'NEO4J_dbms_security_allow__csv__import__from__file__urls: "false"' in COMPOSE
    assert 'NEO4J_dbms_usage__report_enabled: "false"' in COMPOSE
    assert "/import:ro" in COMPOSE


def test_connections_are_kept_as_on_the_server_that_is_measured() -> None:
    measured = (ROOT / "tests" / "neo4j_process.py").read_text(encoding="utf-8")
    assert '"db.relationship_grouping_threshold": "1"' in measured
    assert 'NEO4J_db_relationship__grouping__threshold: "1"' in COMPOSE
    assert "db.relationship_grouping_threshold=1" in GUIDE


def test_every_variable_is_in_the_guide_with_its_default() -> None:
    table = {
        name: default
        for row in re.findall(r"^\| (`NEO4J_.*?) \| (.*?) \|", GUIDE, re.MULTILINE)
        for name, default in zip(re.findall(r"\w+", row[0]), re.split(r", (?!has)", row[1]), strict=True)
    }
    used = dict(re.findall(r"\$\{(NEO4J_\w+):-([^}]+)\}", COMPOSE))

    assert set(table) == set(used) | {"NEO4J_PASSWORD"}
    for name, default in used.items():
        assert table[name].strip("`") == default
