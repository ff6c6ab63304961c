"""The Python of the documentation, run page by page as it is written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from graphkit import connect, simulate
from graphkit.synthetic import generate
from loaders.generated import Generated
from tests.explorer_browser import chromium
from tests.pages import run_page

PAGES = sorted((Path(__file__).parent.parent / "docs" / "how_to").glob("*.md"))
FIGURES = Path(__file__).parent.parent / "docs" / "figures.md"
RUNNABLE = [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of a generated connectome, and its graph with every step done."""
    folder = tmp_path_factory.mktemp("how_to")
    generate(folder, neurons=800, edges=25_000, seed=2)
    with connect(folder / "brain.graph") as connectome:
        connectome.load(Generated(folder))
        connectome.predict_transmitters()
        connectome.merge_connections()
        connectome.mark_downstream(folder / "target_neurons.csv")
    return folder


def test_the_page_of_figures_runs_as_written(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chromium()  # it draws pictures
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    with connect("brain.graph") as connectome:
        connectome.write_back(simulate(connectome.circuit(max_downstream=2), duration_ms=200, seed=1), all_trials=True)
    run_page(FIGURES)
    assert Path("raster.pdf").read_bytes()[:4] == b"%PDF"


@pytest.mark.parametrize("page", RUNNABLE, ids=[page.stem for page in RUNNABLE])
def test_a_page_runs_as_written(
    page: Path, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    run_page(page)
    assert capsys.readouterr().out, "a page that shows nothing teaches nothing"
