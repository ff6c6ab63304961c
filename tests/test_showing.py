"""What the command line draws while work goes on."""

from __future__ import annotations

import io
import re
import time

import pytest

from graphkit.cli.showing import progress


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
