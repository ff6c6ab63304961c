"""What the command line draws while work goes on."""

from __future__ import annotations

import io
import json
import re
import time

import pandas as pd
import pytest

from graphkit.cli.showing import progress, show_list, show_report, show_table


def test_progress_tells_rows_a_second_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    drawn = io.StringIO()
    monkeypatch.setattr("sys.stderr", drawn)

    with progress("loading") as tick:
        for done in range(0, 60_000, 10_000):
            tick(done, 100_000, "rows")
            time.sleep(0.15)

    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.getvalue())
    assert re.search(r"\d+/100000 rows [\d,]+/s 0:00:\d\d 0:00:\d\d", text), text


def test_a_neuron_as_a_whole_is_shown_with_what_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    neuron = {
        "_LABEL": "Neuron", "root_id": 720575940629900653, "side": None, "rate_hz": 9.5, "is_target": False,
        "spike_times_ms": [k / 10 for k in range(600)],
    }  # fmt: skip
    show_table(pd.DataFrame({"n": [neuron]}), "table", None)
    shown = capsys.readouterr().out.splitlines()[1].rstrip()
    assert shown == (
        "_LABEL: Neuron, root_id: 720575940629900653, rate_hz: 9.5, is_target: False, spike_times_ms: [600 values]"
    )


def test_json_has_ids_as_texts_wherever_they_stand_and_null_where_there_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = 720575940629900653  # as a float: …656
    frame = pd.DataFrame(
        {
            "root_id": [one, one],
            "post_root_id": pd.array([one, None], dtype="Int64"),
            "n": [{"root_id": one, "syn_count": 5, "side": None}, None],
            "root_ids": [[one, one], []],
            "rate_hz": [1.5, None],
        }
    )
    show_table(frame, "json", None)
    read = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert read[0] == {
        "root_id": str(one), "post_root_id": str(one), "n": {"root_id": str(one), "syn_count": 5, "side": None},
        "root_ids": [str(one), str(one)], "rate_hz": 1.5,
    }  # fmt: skip
    assert read[1] == {"root_id": str(one), "post_root_id": None, "n": None, "root_ids": [], "rate_hz": None}


def test_levels_are_shown_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    show_report("marked neurons", {"downstream": {str(level): 1 for level in range(12)}})
    shown = capsys.readouterr().out.split()
    assert [word.rstrip(":") for word in shown if word.endswith(":")] == [str(level) for level in range(12)]


class Screen(io.StringIO):
    """A terminal, as far as a program can tell."""

    def isatty(self) -> bool:
        return True


def watched(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Return what people see at 80 columns from now on."""
    shown = Screen()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout", shown)
    return shown


def test_a_narrow_screen_cuts_no_number_and_no_id(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = watched(monkeypatch)
    frame = pd.DataFrame(
        {
            "run_id": ["20261127T033554-9d0a6431"], "created": ["2026-11-27T03:35:54+00:00"], "model": ["fly_lif"],
            "seed": [9060107080574829286], "duration_ms": [1000.0], "spikes": [225646], "rate_of_fired_hz": [353.75],
            "dataset": ["a name that goes on for longer than any screen that it could be shown on, word after word"],
        }
    )  # fmt: skip
    show_table(frame, "table", None)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()
    assert max(map(len, lines)) <= 80
    words = " ".join(lines).split()
    for word in ("9060107080574829286", "225646", "353.8", "rate_of_fired_hz", "duration_ms", "word"):
        assert word in words
    assert words.count("20261127T033554-9d0a6431") > 1, "each block says whose its numbers are"
    assert "…" not in screen.getvalue()


def test_a_list_is_wrapped_behind_its_names_for_people_and_a_line_each_for_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = watched(monkeypatch)
    lines = {
        "analysis/motifs": "How often the smallest motifs occur among different neurons, each counted once.",
        "b": "",
    }
    show_list(lines)
    first, second, third = screen.getvalue().splitlines()
    assert max(map(len, (first, second))) <= 80
    assert second.startswith(" " * 17 + "each counted once.")
    assert third.strip() == "b"
    piped = io.StringIO()
    monkeypatch.setattr("sys.stdout", piped)
    show_list(lines)
    assert [line.split()[0] for line in piped.getvalue().splitlines()] == ["analysis/motifs", "b"]
