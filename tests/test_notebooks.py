"""The notebooks of the documentation, run from top to bottom."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "docs" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, id=p.stem, marks=() if p.stem == "first_circuit" else pytest.mark.long) for p in NOTEBOOKS],
)
@pytest.mark.filterwarnings("default")  # of Jupyter's own parts
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    done = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [output for cell in done.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in shown if output.output_type == "error"]
    assert shown
    assert not any(tmp_path.iterdir()), "a notebook leaves nothing in the folder it is run in"


def test_no_notebook_carries_results() -> None:
    for path in NOTEBOOKS:
        assert '"outputs": [\n' not in path.read_text(encoding="utf-8"), f"{path.name}: clear its outputs"
