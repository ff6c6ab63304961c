"""The figures of the page: those of graphkit.plots, with title and caption as text of the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from graphkit.explorer.explorer import Explorer
from graphkit.explorer.view import View
from graphkit.plots import plot_network, plot_raster, plot_rates

__all__ = ["FIGURES", "network_of", "shown_figure"]

_MARGIN = 8
_FULL_PX = 1000  # above it, marks have the size that graphkit.plots gives them


def network_of(explorer: Explorer, view: View) -> go.Figure:
    """Return the network of a view's circuit."""
    return plot_network(
        explorer.circuit(view), color_by=view.color_by, layout=view.layout, max_connections=view.max_connections
    )


def _raster(explorer: Explorer, view: View) -> go.Figure:
    return plot_raster(explorer.spikes(view.run), max_spikes=60_000)


def _rates(explorer: Explorer, view: View) -> go.Figure:
    return plot_rates(explorer.spikes(view.run), max_neurons=8_000)


def _activity(explorer: Explorer, view: View) -> go.Figure:
    circuit = explorer.run_circuit(view.run, view)
    return plot_network(
        circuit, explorer.spikes(view.run), color_by="rate", layout=view.layout, max_connections=view.max_connections
    )


#: What can be taken away, by name.
FIGURES = {"network": network_of, "raster": _raster, "rates": _rates, "activity": _activity}


def shown_figure(figure: go.Figure, room_px: int | None = None) -> tuple[go.Figure, Any, Any]:
    """Return a figure without title and caption for a place on the page, its title and its caption.

    Parameters
    ----------
    figure
        The figure, changed in place.
    room_px
        Width that figures have: marks and lines of a network shrink with it.
    """
    meta = dict(figure.layout.meta or {})
    share = min(max((room_px or _FULL_PX) / _FULL_PX, 0.42), 1.0) if meta.get("scaled") else 1.0
    if share < 1:
        for trace in figure.data:
            if trace.type == "scattergl":
                size, width = trace.marker.size, trace.line.width
                trace.marker.size = None if size is None else np.asarray(size) * share
                trace.line.width = None if width is None else width * share
    narrow = share < 0.7
    if narrow:
        for trace in figure.data:  # widths are the least of what a narrow legend has room for
            if (trace.name or "").endswith(("synapses", "and more synapses")) and trace.type == "scatter":
                trace.showlegend = False
    levels = [note for note in figure.layout.annotations if note.name == "level"]
    for number, note in enumerate(levels):
        note.font.size = 10 if narrow else 12
        note.yshift = 30 * (number % 2) if narrow and len(levels) > 2 else 0
    for note in figure.layout.annotations:
        if note.name == "band":
            note.font.size = 8 if narrow else 11
    above = int(meta.get("above", 0)) + 30 * (narrow and len(levels) > 2)
    figure.update_layout(
        title=None, height=None, autosize=True, margin={"t": _MARGIN + above, "b": 8, "l": 8, "r": 8},
        legend={"font": {"size": 9 if narrow else 11}, "entrywidth": 0},
        modebar={"orientation": "v" if narrow else "h"}, uirevision="kept",
    )  # fmt: skip
    return figure, meta.get("title", ""), meta.get("caption", "")
