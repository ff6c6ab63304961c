"""The models that the documentation shows do what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest

from graphkit.plots import frequency_curve, potentials, style
from tests.pages import run_page

DOCS = Path(__file__).parent.parent / "docs"


def test_every_model_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    drawn: list[go.Figure] = []
    dressed = style.dressed

    def keep(figure: go.Figure, **options: Any) -> go.Figure:
        drawn.append(figure)
        return dressed(figure, **options)

    for module in (potentials, frequency_curve):
        monkeypatch.setattr(module, "dressed", keep)
    names = run_page(DOCS / "models.md")
    assert len(drawn) == 4
    assert len(names["strengths"]) == 4
    assert "(20*uS)*0.1" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_the_eye_follows_its_target_with_less_than_half_the_error_without_feedback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = run_page(DOCS / "how_to" / "close_the_loop.md")["error"]
    assert isinstance(error, dict)
    assert error["with feedback"] < 0.5 * error["without"]
    assert error["without"] == pytest.approx(0.435, abs=0.01)  # the target's own movement
