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
from graphkit.plots.style import CAPTION_PX, LINE_PX, MARGIN_TOP_PX, SEPARATOR, TITLE_PX, Theme
from graphkit.spikes import SpikeTrains

__all__ = ["save_figures", "to_html"]

_WINDOW_PX = 900  # figures that are drawn higher have a row for each of something
_CONFIG = {
    "responsive": True,
    "displaylogo": False,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["zoomIn2d", "zoomOut2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "png", "scale": 3},
}

# Wraps titles and caption to the page's width and fits marks to it, whenever it changes; layout.meta keeps the text.
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
const scaled = trace => trace.type === 'scattergl' || trace.meta?.ends;
const drawn = plot._fullData.flatMap((trace, k) => plot.layout.meta.scaled && scaled(trace)
  ? [{{k, sizes: Array.from(trace.marker?.size ?? []), width: trace.line?.width}}] : []);
const axes = Object.entries(plot.layout).filter(([name]) => /^[xy]axis\\d*$/.test(name))
  .map(([name, axis]) => ({{name, text: axis.title?.text, domain: axis.domain ?? [0, 1]}}));
// The last level's heading begins where its neurons do; on a phone it ends where they do, or it would be cut off.
const right = plot.layout.xaxis?.range?.[1];
const last = (plot.layout.annotations || []).map(({{name, xref, x}}, k) => ({{name, xref, x, k}}))
  .filter(note => note.name === 'level' && note.xref !== 'paper').slice(1).pop();
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
  const few = meta.spikes?.toLocaleString('en');
  const hint = (meta.neighbours ? '{SEPARATOR}click a neuron for its partners' : '')
    + (few ? `{SEPARATOR}zoom into a time of up to ${{few}} spikes to see each` : '');
  const caption = wrap(meta.caption + hint, small, width - 40)
    .map(text => `<span style="font-size:${{small}}px">${{text}}</span>`);
  const notes = plot.layout.annotations || [];
  const step = narrow && notes.filter(note => note.name === 'level').length > 2 ? 34 : 0;
  const change = {{
    'title.text': title.concat(caption).join('<br>'),
    'title.font.size': line / 1.3,
    'margin.t': {MARGIN_TOP_PX} + line * (title.length + caption.length) + meta.above + step,
    'modebar.orientation': narrow ? 'v' : 'h',
  }};
  for (const {{name, text, domain}} of axes) {{
    const across = name[0] === 'x';
    // A panel that stands beside another leaves room for what is written at its left.
    const from = domain[0] + (narrow && across && domain[0] > 0.05 ? 0.07 : 0);
    change[`${{name}}.domain`] = [from, domain[1]];
    if (!text || /[<&]/.test(text)) continue;
    const room = ((across ? width : plot.clientHeight) - 120) * (domain[1] - from);
    const lines = wrap(text, plot._fullLayout[name].title.font.size, room);
    change[`${{name}}.title.text`] = narrow ? lines.join('<br>') : text;
  }}
  let level = 0;
  notes.forEach((note, k) => {{
    if (note.name === 'level') {{
      change[`annotations[${{k}}].yshift`] = step * (level++ % 2);
      change[`annotations[${{k}}].font.size`] = narrow ? 10 : null;
    }}
    if (note.name === 'band') change[`annotations[${{k}}].font.size`] = narrow ? 8 : 11;
  }});
  if (last) {{
    change[`annotations[${{last.k}}].x`] = narrow ? right : last.x;
    change[`annotations[${{last.k}}].xanchor`] = narrow ? 'right' : 'left';
  }}
  if (!drawn.length || share === drawnShare) return Plotly.relayout(plot, change);
  drawnShare = share;
  return Plotly.update(plot, {{
    'marker.size': drawn.map(trace => trace.sizes.length ? trace.sizes.map(size => size * share) : undefined),
    'line.width': drawn.map(trace => trace.width && trace.width * share),
  }}, change, drawn.map(trace => trace.k));
}};
new ResizeObserver(fit).observe(plot);
"""

# A click on a neuron shows its connections and partners, on the same again, or beside all, everything. Neurons are the
# marks with one id each, the marks at the ends of connections have two.
_NEIGHBOURS = """
const data = plot._fullData, first = data.length;
const marks = data.flatMap((trace, k) => trace.mode === 'markers' && trace.type === 'scattergl' && trace.customdata
  ? [{k, trace, isEnd: Array.isArray(trace.customdata[0])}] : []);
const neurons = marks.filter(mark => !mark.isEnd), ends = marks.filter(mark => mark.isEnd);
const curves = data.flatMap((trace, k) => trace.meta && trace.meta.ends ? [{k, trace}] : []);
const full = curves.map(curve => curve.trace.opacity);
let chosen = null;
const fade = share => Plotly.restyle(plot, {opacity: full.map(one => one * share)}, curves.map(curve => curve.k))
  .then(() => Plotly.restyle(plot, {opacity: share}, ends.map(end => end.k)));
const clear = () => {
  chosen = null;
  const extra = plot.data.length - first;
  const steps = extra ? Plotly.deleteTraces(plot, [...Array(extra).keys()].map(k => first + k)) : Promise.resolve();
  return steps.then(() => Plotly.restyle(plot, {selectedpoints: [null]}, neurons.map(mark => mark.k)))
    .then(() => fade(1));
};
const show = id => {
  const partners = new Set([id]), added = [];
  ends.forEach(end => {
    const mine = new Set();
    end.trace.customdata.forEach(([pre, post], k) => {
      if (pre === id || post === id) { mine.add(k); partners.add(pre); partners.add(post); }
    });
    if (!mine.size) return;
    const x = [], y = [];
    curves.filter(curve => curve.trace.legendgroup === end.trace.legendgroup).forEach(({trace}) => {
      trace.meta.ends.forEach((which, k) => {
        if (!mine.has(which)) return;
        const at = k * trace.meta.points;
        for (let j = at; j < at + trace.meta.points; j++) { x.push(trace.x[j]); y.push(trace.y[j]); }
      });
    });
    added.push({type: curves[0].trace.type, mode: 'lines', x, y, hoverinfo: 'skip', showlegend: false,
      line: {width: 2, color: end.trace.marker.color, dash: curves.find(curve =>
        curve.trace.legendgroup === end.trace.legendgroup).trace.line.dash}});
  });
  const points = neurons.map(({trace}) => trace.customdata.flatMap((one, k) => partners.has(one) ? [k] : []));
  chosen = id;
  return Plotly.addTraces(plot, added)
    .then(() => Plotly.restyle(plot, {selectedpoints: points}, neurons.map(mark => mark.k)))
    .then(() => fade(0.15));
};
plot.on('plotly_click', event => {
  const id = event.points[0].customdata;
  if (typeof id !== 'string') return;
  const again = id === chosen;
  (chosen ? clear() : Promise.resolve()).then(() => again || show(id));
});
plot.on('plotly_doubleclick', () => chosen && clear());
"""

# A raster of many spikes: pictures of bins; zoomed to a time of few enough, the spikes themselves, with their neurons.
_SPIKES = """
const all = plot._fullData.map((trace, k) => trace.meta && trace.meta.ids && trace.meta.ids.length
  ? {k, x: trace.x, y: trace.y, ids: trace.meta.ids} : null).filter(Boolean);
const pictures = plot._fullData.flatMap((trace, k) => trace.type === 'heatmap' ? [k] : []);
const find = (x, value) => {
  let low = 0, high = x.length;
  while (low < high) { const middle = (low + high) >> 1; if (x[middle] < value) low = middle + 1; else high = middle; }
  return low;
};
let shown = false;
const zoomed = () => {
  const [from, to] = plot._fullLayout.xaxis.range;
  const parts = all.map(one => ({...one, first: find(one.x, from), last: find(one.x, to)}));
  const few = parts.reduce((sum, one) => sum + one.last - one.first, 0) <= plot.layout.meta.spikes;
  if (!few && !shown) return null;
  shown = few;
  const change = few ? {
    x: parts.map(one => one.x.slice(one.first, one.last)), y: parts.map(one => one.y.slice(one.first, one.last)),
    customdata: parts.map(one => Array.from(one.y.slice(one.first, one.last), rank => one.ids[rank - 1])),
    hovertemplate: '%{customdata}<br>rank %{y}<br>%{x:.1f} ms<extra></extra>', visible: true,
  } : {visible: 'legendonly'};
  return Plotly.restyle(plot, change, all.map(one => one.k))
    .then(() => Plotly.restyle(plot, {visible: !few}, pictures));
};
plot.on('plotly_relayout', zoomed);
"""

#: What a page can do, by the entry of layout.meta that asks for it.
_PARTS = {"neighbours": _NEIGHBOURS, "spikes": _SPIKES}


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
    # As high as the window, but never so low that the rows of a figure that grows with them run into each other.
    height = figure.layout.height or 0
    height = height if height > _WINDOW_PX else 600
    ground = page.layout.template.layout.paper_bgcolor or "#FFFFFF"
    title = html.escape(meta.get("title", "figure"))
    body = page.to_html(
        full_html=False, include_plotlyjs=True, config=_CONFIG, div_id="figure",
        post_script=_FIT + "".join(f"{{{part}}}" for name, part in _PARTS.items() if name in meta) if meta else None,
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
<style>html, body, body > div {{ height: 100%; margin: 0; background: {ground}; }}
body {{ min-height: {height}px; }}</style>
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

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from graphkit import Circuit, simulate
    >>> from graphkit.plots import save_figures
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> [path.name for path in save_figures(tempfile.mkdtemp(), circuit, simulate(circuit, duration_ms=100, seed=1))]
    ['network.html', 'raster.html', 'rates.html', 'firing_activity.png']
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return [
        to_html(plot_network(circuit, spikes, theme=theme), folder / "network.html"),
        to_html(plot_raster(spikes, theme=theme), folder / "raster.html"),
        to_html(plot_rates(spikes, theme=theme), folder / "rates.html"),
        save_firing_activity(spikes, folder / "firing_activity.png"),
    ]
