"""What graphkit says of its work while it is at it.

Nothing of that work needs a network, which is looked at here as well.
"""

from __future__ import annotations

import logging
import re
import socket
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

import graphkit
from graphkit.cli import main, show_warnings_in_words
from graphkit.synthetic import generate
from tests.connectomes import BASE, fill

Run = Callable[..., tuple[str, str]]

LINE = (
    ("load", "files"),
    ("predict",),
    ("merge",),
    ("mark", "--targets", "files/target_neurons.csv"),
    ("simulate", "--duration-ms", "20", "--seed", "1", "--out", "results"),
    ("write-back", "results"),
    ("query", "activity/rate_by_group"),
)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    generate(tmp_path / "files", neurons=60, edges=400, seed=1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRAPHKIT_GRAPH", "brain.graph")

    def command(*words: str) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["graphkit", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert ended.value.code == 0, err
        return out, err

    return command


def test_steps_are_logged_with_figures_and_seconds(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "graphkit")
    with graphkit.connect(":memory:") as connectome:
        fill(connectome)
        circuit = connectome.circuit(max_downstream=1)
        with pytest.raises(graphkit.GraphkitError):
            connectome.mark_downstream([BASE + 99])
    graphkit.simulate(circuit, duration_ms=10, seed=5)
    said = [f"{record.name}: {record.getMessage()}" for record in caplog.records]
    for step in ("load", "predict", "merge", "mark", "write_back"):
        assert any(re.match(rf"graphkit.steps: {step} begins: {{", line) for line in said), step
        assert any(re.match(rf"graphkit.steps: {step} done in \d+\.\d\d s: {{", line) for line in said), step
    assert any('"rows_read": 22' in line and '"neurons": 10' in line for line in said)
    assert any(line.startswith(f"graphkit.cutting: took {circuit!r} in ") for line in said)
    assert any(re.search(r"simulating fly_lif of .* seed 5, 1 trials of 10 ms", line) for line in said)
    assert any(re.match(r"graphkit.simulation: simulated \d+ spikes in ", line) for line in said)


def test_a_step_that_fails_is_logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.INFO, "graphkit")
    with graphkit.connect(":memory:") as connectome:
        fill(connectome)
        monkeypatch.setattr(connectome.graph, "tell_rows", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            connectome.predict_transmitters()
    assert re.match(r"predict ended after \d+\.\d\d s by ZeroDivisionError", caplog.messages[-1])


def test_levels_of_the_command_line(run: Run) -> None:
    for words in (*LINE[:3], ("predict", "--method", "scores")):
        run(*words)
    stale = ("query", "analysis/hubs")  # reads what was merged, before the transmitters were decided again
    plain, quiet = run(*stale), run("-q", *stale)
    assert plain[0] == quiet[0]
    assert "note: the result of merge is older" in plain[1]
    assert quiet[1] == ""
    some, after, all_of_it = run("-v", "merge"), run("merge", "-v"), run("merge", "-vv")
    for _, err in (some, after, all_of_it):
        assert err.count("graphkit.steps: merge begins: ") == err.count("graphkit.steps: merge done in ") == 1
        assert re.search(r"^\d\d:\d\d:\d\d graphkit\.connectome: opened brain.graph, ladybug ", err, flags=re.MULTILINE)
    assert "graphkit.graph" not in some[1] + after[1]
    assert re.search(r"graphkit\.graph: ran write/step in ", all_of_it[1])
    assert re.search(r"graphkit\.graph: asked select/steps: \d+ rows in ", all_of_it[1])
    assert "graphkit.steps" not in run("merge")[1]  # the next command begins anew


def test_the_whole_line_needs_no_network(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def refuse(*given: object, **_: object) -> None:
        tried.append(given)
        raise OSError("there is no network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    for words in LINE:
        out, _ = run(*words)
    assert "target" in out
    assert not tried
    with pytest.raises(OSError, match="no network"):
        socket.create_connection(("127.0.0.1", 1))


def test_deprecations_in_other_libraries_are_no_news_to_users(capsys: pytest.CaptureFixture[str]) -> None:
    class Outdated(UserWarning, DeprecationWarning):
        """As pyparsing's, which an older matplotlib sets off."""

    with warnings.catch_warnings():
        show_warnings_in_words()
        warnings.warn("call it otherwise", Outdated, stacklevel=1)
        warnings.warn("3 rows left out", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == "graphkit: note: 3 rows left out\n"
