"""Figures as pictures for papers: PNG, SVG, PDF."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote

import plotly.graph_objects as go

from graphkit.errors import DataError, MissingDependencyError
from graphkit.files import replaced

__all__ = ["to_image"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu-sandbox", "--use-gl=angle", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--hide-scrollbars", "--no-pdf-header-footer", "--disable-dev-shm-usage",
)  # fmt: skip
_SECONDS = 180

# Draws the figure, and leaves its picture in the document, from where the browser writes it out.
_SCRIPT = """
const plot = document.getElementById('{{plot_id}}');
Plotly.toImage(plot, {{format: '{format}', width: {width}, height: {height}, scale: {scale}}}).then(url => {{
  const picture = document.createElement('img');
  picture.id = 'picture';
  picture.src = url;
  plot.replaceWith(picture);
}});
"""


def to_image(
    figure: go.Figure, path: str | Path, *, width: int = 1400, height: int | None = None, scale: float = 2.0
) -> Path:
    """Write a figure as a picture in the format that the file's suffix names: .png, .svg or .pdf.

    A browser draws it, one of the Chrome family that is installed: what is drawn by the graphics card on a page
    (points and curves of large figures) is pixels inside the SVG and the PDF; text and axes stay vectors.

    Parameters
    ----------
    figure
        Any plotly figure.
    path
        The file, replaced as a whole.
    width, height
        In pixels (of PDF: 1/96 inch); height is the figure's own when None.
    scale
        Pixels of a PNG per pixel of the figure: 2 is enough for print at half the width of a page.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        If the suffix is not one of these, or the folder does not exist.
    MissingDependencyError
        If no browser is found; the message says what to install. The variable BROWSER_PATH may name one.

    Examples
    --------
    ::

        from graphkit.plots import plot_rates, to_image

        to_image(plot_rates(spikes), "rates.pdf", width=900, height=600)
    """
    path = Path(path)
    form = path.suffix.lower().removeprefix(".")
    if form not in ("png", "svg", "pdf"):
        raise DataError(f"{path.suffix or 'no suffix'} is not a picture's; give .png, .svg or .pdf", path=path)
    browser = _browser()
    height = int(height or figure.layout.height or 760)
    script = _SCRIPT.format(
        format="svg" if form == "pdf" else form, width=width, height=height, scale=scale if form == "png" else 1
    )
    picture = go.Figure(figure)
    picture.for_each_trace(lambda trace: trace.update(showlegend=False), selector={"visible": "legendonly"})
    body = picture.to_html(full_html=False, include_plotlyjs=True, div_id="figure", post_script=script)
    style = (
        f"@page {{size: {width}px {height}px; margin: 0}} body {{margin: 0}} img {{display: block; width: {width}px}}"
    )
    with tempfile.TemporaryDirectory() as folder, replaced(path) as unfinished:
        page = Path(folder) / "figure.html"
        page.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style>{body}", encoding="utf-8")
        # Time that passes only when there is nothing to do: the document is written when the picture is there.
        asked = [browser, *_FLAGS, f"--user-data-dir={folder}/profile", "--virtual-time-budget=60000"]
        asked += [f"--print-to-pdf={unfinished}"] if form == "pdf" else ["--dump-dom"]
        ended = subprocess.run([*asked, page.as_uri()], capture_output=True, timeout=_SECONDS, check=False)
        if form != "pdf":
            unfinished.write_bytes(_picture(ended.stdout.decode("utf-8", "replace"), browser))
        elif not unfinished.is_file():
            raise _failed(browser, ended.stderr.decode("utf-8", "replace"))
    return path


def _picture(document: str, browser: str) -> bytes:
    found = re.search(r'<img id="picture" src="data:image/[a-z+]+(;base64)?,([^"]*)"', document)
    if found is None:
        raise _failed(browser, "it drew nothing")
    return base64.b64decode(found[2]) if found[1] else unquote(found[2]).encode()


def _failed(browser: str, why: str) -> MissingDependencyError:
    return MissingDependencyError(
        f"{browser} could not draw the figure: {why.strip()[-300:]}. Name another browser of the Chrome family in the "
        "variable BROWSER_PATH, or write an .html page and save a picture from there."
    )


def _browser() -> str:
    named = os.environ.get("BROWSER_PATH")
    found = [named] if named else [at for name in _BROWSERS if (at := shutil.which(name))]
    if not found or not Path(found[0]).exists():
        raise MissingDependencyError(
            f"{'no browser' if not named else f'{named}: no such browser'} to draw pictures with. Install one: apt-get "
            "install chromium, brew install --cask chromium, or https://www.google.com/chrome; or name one in the "
            "variable BROWSER_PATH. Pages (.html) need none."
        )
    return found[0]
