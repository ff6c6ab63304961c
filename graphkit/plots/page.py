"""Figures as files: pages that open without a network."""

from __future__ import annotations

import html
from pathlib import Path

import plotly.graph_objects as go

from graphkit.circuit import Circuit
from graphkit.files import replaced
from graphkit.plots.network import plot_network
from graphkit.plots.picture import save_firing_activity
from graphkit.plots.raster import plot_raster
from graphkit.plots.rates import plot_rates
from graphkit.plots.style import CAPTION_PX, LINE_PX, MARGIN_TOP_PX, TITLE_PX, Theme
from graphkit.spikes import SpikeTrains

__all__ = ["save_figures", "to_html"]

_CONFIG = {
    "responsive": True,
    "displaylogo": False,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["zoomIn2d", "zoomOut2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 3},
}

# Wraps title and caption to the page's width and fits marks to it, whenever it changes; layout.meta keeps the text.
_FIT = f"""
const plot = document.getElementById('{{plot_id}}');
const meta = plot.layout.meta;
const pen = document.createElement('canvas').getContext('2d');
const escape = text => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const wrap = (text, size, width) => {{
  pen.font = `${{size}}px ${{plot._fullLayout.font.family}}`;
  const lines = [];
  for (const word of text.split(' ')) {{
    const longer = lines.length ? lines[lines.length - 1] + ' ' + word : word;
    if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }}
  return lines.map(escape);
}};
const drawn = plot._fullData.flatMap((trace, k) => trace.type === 'scattergl' && plot.layout.meta.scaled
  ? [{{k, sizes: Array.from(trace.marker?.size ?? []), width: trace.line?.width}}] : []);
let width = 0;
let drawnShare = 1;
const fit = () => {{
  if (plot.clientWidth === width) return null;
  width = plot.clientWidth;
  const color = plot._fullLayout.font.color;
  const share = Math.max(0.4, Math.min(1, width / 1200));
  const narrow = width < 700;
  const [large, small, line] = narrow ? [15, 10, 15.6] : [{TITLE_PX}, {CAPTION_PX}, {LINE_PX}];
  const title = wrap(meta.title, large, width - 40)
    .map(text => `<span style="font-size:${{large}}px;color:${{color}}">${{text}}</span>`);
  const caption = wrap(meta.caption, small, width - 40)
    .map(text => `<span style="font-size:${{small}}px">${{text}}</span>`);
  const notes = plot.layout.annotations || [];
  const step = narrow && notes.filter(note => note.name === 'level').length > 2 ? 34 : 0;
  const change = {{
    'title.text': title.concat(caption).join('<br>'),
    'title.font.size': line / 1.3,
    'margin.t': {MARGIN_TOP_PX} + line * (title.length + caption.length) + meta.above + step,
    'modebar.orientation': narrow ? 'v' : 'h',
  }};
  let level = 0;
  notes.forEach((note, k) => {{
    if (note.name === 'level') change[`annotations[${{k}}].yshift`] = step * (level++ % 2);
    if (note.name === 'band') change[`annotations[${{k}}].font.size`] = narrow ? 8 : 11;
  }});
  if (!drawn.length || share === drawnShare) return Plotly.relayout(plot, change);
  drawnShare = share;
  return Plotly.update(plot, {{
    'marker.size': drawn.map(trace => trace.sizes.length ? trace.sizes.map(size => size * share) : undefined),
    'line.width': drawn.map(trace => trace.width && trace.width * share),
  }}, change, drawn.map(trace => trace.k));
}};
new ResizeObserver(fit).observe(plot);
"""


def to_html(figure: go.Figure, path: str | Path) -> Path:
    """Write a figure as one page that needs nothing else: plotly.js is inside.

    Parameters
    ----------
    figure
        Any plotly figure; title and caption of this package's figures wrap to the page's width.
    path
        The file, replaced as a whole.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        If the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.plots import plot_network, to_html
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> path = to_html(plot_network(Circuit.from_edges(edges)), Path(tempfile.mkdtemp()) / "network.html")
    >>> path.read_text(encoding="utf-8")[:15]
    '<!doctype html>'
    """
    path = Path(path)
    page = go.Figure(figure)
    page.update_layout(height=None, autosize=True)
    meta = page.layout.meta or {}
    ground = page.layout.template.layout.paper_bgcolor or "#FFFFFF"
    title = html.escape(meta.get("title", "figure"))
    body = page.to_html(
        full_html=False, include_plotlyjs=True, config=_CONFIG, div_id="figure", post_script=_FIT if meta else None,
        default_width="100%", default_height="100%",
    )  # fmt: skip
    with replaced(path) as unfinished:
        unfinished.write_text(
            f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>html, body, body > div {{ height: 100%; margin: 0; background: {ground}; }} body {{ min-height: 600px; }}</style>
</head>
<body>
{body}
</body>
</html>
""",
            encoding="utf-8",
        )
    return path


def save_figures(folder: str | Path, circuit: Circuit, spikes: SpikeTrains, *, theme: Theme = "light") -> list[Path]:
    """Write every figure of a run: network.html, raster.html, rates.html and firing_activity.png.

    Parameters
    ----------
    folder
        Where to; made when it does not exist.
    circuit, spikes
        The circuit and its run.
    theme
        light or dark, of the pages.

    Returns
    -------
    list of pathlib.Path
        The four files, in that order.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return [
        to_html(plot_network(circuit, spikes, theme=theme), folder / "network.html"),
        to_html(plot_raster(spikes, theme=theme), folder / "raster.html"),
        to_html(plot_rates(spikes, theme=theme), folder / "rates.html"),
        save_firing_activity(spikes, folder / "firing_activity.png"),
    ]
