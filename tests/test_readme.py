"""The README's own lines, run as they are written."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from graphkit.synthetic import generate

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.fixture(params=["generated", "real"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a folder with the files that the tour names."""
    if request.param == "real":
        published = request.getfixturevalue("real_data") / "flywire_v630_olfactory"
        for path in published.glob("*.csv*"):
            shutil.copyfile(path, tmp_path / path.name)
        return tmp_path
    generate(tmp_path, neurons=400, edges=6000, seed=1)
    for name in ("connections.csv", "classification.csv"):
        (tmp_path / name).rename(tmp_path / f"{name}.gz")  # plain text under a name that says gzip: read all the same
    return tmp_path


def test_the_tour_runs_as_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(folder)
    tour, more = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(compile(tour, "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "rate_hz" in shown
    assert "root_id" in shown
    if "real" in request.node.name:  # it names neurons and cell classes of the real files
        exec(compile(more, "README.md", "exec"), {})
        assert "rate_of_fired_hz" in capsys.readouterr().out
