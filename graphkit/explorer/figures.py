"""The figures of graphkit.plots as parts of the page.

Their titles and captions become text of the page.
"""

from __future__ import annotations

import textwrap
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypedDict

import numpy as np
import plotly.graph_objects as go

from graphkit.errors import GraphkitError
from graphkit.explorer.explorer import Explorer, Shown
from graphkit.explorer.view import View
from graphkit.plots import (
    plot_boundary,
    plot_distributions,
    plot_flow,
    plot_matrix,
    plot_network,
    plot_raster,
    plot_rates,
    plot_transmitters,
)
from graphkit.plots.style import SEPARATOR, Theme

__all__ = ["FIGURES", "WIRING", "Room", "draw_ahead", "shown", "shown_figure", "theme_of"]

_MARGIN = 8
_NARROW_LETTERS = 40  # of an axis title on a phone
_FULL_PX = 1000  # above it, marks have the size that graphkit.plots gives them


class Room(TypedDict):
    """What a browser says of itself: the width that figures have (pixels), and the theme."""

    px: int
    theme: Theme


def theme_of(room: Room | None) -> Theme:
    """Return the theme of a browser; of one that did not say it yet, light."""
    return "dark" if room and room["theme"] == "dark" else "light"


def _network(explorer: Explorer, view: View, theme: Theme) -> go.Figure:
    """Return the network of a view's circuit."""
    return plot_network(
        explorer.circuit(view), color_by=view.color_by, layout=view.layout, max_connections=view.max_connections,
        theme=theme,
    )  # fmt: skip


def _raster(explorer: Explorer, view: View, theme: Theme) -> go.Figure:
    return plot_raster(explorer.spikes(view.run), max_spikes=60_000, theme=theme)


def _rates(explorer: Explorer, view: View, theme: Theme) -> go.Figure:
    return plot_rates(explorer.spikes(view.run), max_neurons=8_000, theme=theme)


def _activity(explorer: Explorer, view: View, theme: Theme) -> go.Figure:
    circuit, spikes = explorer.run_circuit(view.run, view), explorer.spikes(view.run)
    figure = plot_network(
        circuit, spikes, color_by="rate", layout=view.layout, max_connections=view.max_connections, theme=theme
    )
    if len(circuit) < len(spikes.root_ids):
        left_out = f"the {len(circuit):,} most active of the {len(spikes.root_ids):,} neurons of the run"
        figure.layout.meta = {**figure.layout.meta, "caption": f"{left_out}{SEPARATOR}{figure.layout.meta['caption']}"}
    return figure


def _matrix(explorer: Explorer, view: View, theme: Theme) -> go.Figure:
    return plot_matrix(explorer.circuit(view), by=view.wiring_by, theme=theme)


def _flow(explorer: Explorer, view: View, theme: Theme) -> go.Figure:
    return plot_flow(explorer.circuit(view), by=view.wiring_by, theme=theme)


def _senders(explorer: Explorer, view: View, theme: Theme) -> go.Figure:
    return plot_flow(explorer.circuit(view), by=view.wiring_by, columns="pre_post", theme=theme)


def _distributions(explorer: Explorer, view: View, theme: Theme) -> go.Figure:
    return plot_distributions(explorer.circuit(view), theme=theme)


def _transmitters(explorer: Explorer, view: View, theme: Theme) -> go.Figure:
    by = "group" if view.wiring_by == "auto" else view.wiring_by
    return plot_transmitters(explorer.circuit(view), by=by, theme=theme)


def _boundary(explorer: Explorer, view: View, theme: Theme) -> go.Figure:
    return plot_boundary(explorer.circuit(view), max_neurons=5_000, theme=theme)


#: The figures that need a circuit alone, by name: what they show, and how they are drawn.
WIRING: dict[str, tuple[str, Callable[[Explorer, View, Theme], go.Figure]]] = {
    "matrix": ("who sends to whom", _matrix),
    "flow": ("flow from level to level", _flow),
    "senders": ("flow from senders to receivers", _senders),
    "distributions": ("degrees and weights", _distributions),
    "transmitters": ("transmitters", _transmitters),
    "boundary": ("what the choice cuts off", _boundary),
}
#: What can be taken away, by name.
FIGURES: dict[str, Callable[[Explorer, View, Theme], go.Figure]] = {
    "network": _network, "raster": _raster, "rates": _rates, "activity": _activity,
    **{name: draw for name, (_, draw) in WIRING.items()},
}  # fmt: skip


def shown(explorer: Explorer, name: str, view: View, room: Room | None) -> Shown:
    """Return one of FIGURES for a place on the page, as JSON knows it, its title and its caption; remembered.

    Parameters
    ----------
    explorer, view
        What is drawn.
    name
        The figure.
    room
        The browser.
    """
    theme, px = theme_of(room), min(room["px"] if room else _FULL_PX, _FULL_PX)

    def draw() -> Shown:
        figure, title, caption = shown_figure(FIGURES[name](explorer, view, theme), {"px": px, "theme": theme})
        return figure.to_dict(), title, caption

    return explorer.shown((name, view.encode(), theme, px), draw)


def draw_ahead(explorer: Explorer, view: View, room: Room | None) -> None:
    """Begin to draw the network of a view, which a page will ask for as soon as it has turned to it."""

    def draw() -> None:
        with suppress(GraphkitError):  # the page is told when it asks
            shown(explorer, "network", view.drawn, room)

    threading.Thread(target=draw, daemon=True).start()


def shown_figure(figure: go.Figure, room: Room | None = None) -> tuple[go.Figure, str, str]:
    """Return a figure without title and caption for a place on the page, its title and its caption.

    Parameters
    ----------
    figure
        The figure, changed in place.
    room
        The browser: marks and lines of a network shrink with its width.
    """
    meta = dict(figure.layout.meta or {})
    room_share = (room["px"] if room else _FULL_PX) / _FULL_PX
    narrow = room_share < 0.7
    share = min(max(room_share, 0.42), 1.0) if meta.get("scaled") else 1.0
    if share < 1:
        for trace in figure.data:
            if trace.type == "scattergl" or trace.meta:
                size, width = trace.marker.size, trace.line.width
                trace.marker.size = None if size is None else np.asarray(size) * share
                trace.line.width = None if width is None else width * share
    if narrow:
        _stack(figure)
        for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
            axis.title.font.size = 10
            axis.title.text = "<br>".join(textwrap.wrap(axis.title.text or "", _NARROW_LETTERS)) or None
        for trace in figure.data:  # widths are the least of what a narrow legend has room for
            if trace.type == "scatter" and trace.name.endswith("synapses") and [*trace.x] == [None]:
                trace.showlegend = False
            if trace.type == "bar":
                trace.textfont.size = 9
    for name in figure.layout:  # said, so that no range of another figure stays in the same place
        if name.startswith(("xaxis", "yaxis")) and figure.layout[name].autorange is None is figure.layout[name].range:
            figure.layout[name].autorange = True
    levels = [note for note in figure.layout.annotations if note.name == "level"]
    for number, note in enumerate(levels):
        note.font.size = 10 if narrow else 12
        note.yshift = 30 * (number % 2) if narrow and len(levels) > 2 else 0
    if narrow and len(levels) > 1 and levels[-1].xref != "paper":  # it would be cut off at the right
        levels[-1].update(x=figure.layout.xaxis.range[1], xanchor="right")
    for note in figure.layout.annotations:
        if note.name == "band":
            note.font.size = 8 if narrow else 11
        if note.name == "panel" and narrow:
            note.font.size = 9
    above = int(meta.get("above", 0)) + 30 * (narrow and len(levels) > 2)
    # Without axes there is nothing to make room for; plotly would keep the room of another figure's in the same place.
    expand = all(trace.type != "sankey" for trace in figure.data)
    figure.update_layout(
        title=None, height=None, autosize=True,
        margin={"t": _MARGIN + above, "b": 8, "l": 8, "r": 8, "autoexpand": expand},
        legend={"font": {"size": 9 if narrow else 11}, "entrywidth": 0},
        modebar={"orientation": "v" if narrow else "h"}, uirevision=str(meta.get("title", "")).partition(" ")[0],
    )  # fmt: skip
    return figure, meta.get("title", ""), meta.get("caption", "")


def _stack(figure: go.Figure) -> None:
    """Put the two plots of a figure below each other where they stand side by side."""
    if "xaxis2" in figure.layout and figure.layout.xaxis2.anchor == "y2":  # not where both share their rows
        figure.update_layout(xaxis={"domain": [0, 1]}, xaxis2={"domain": [0, 1]})
        figure.update_layout(yaxis={"domain": [0.58, 1]}, yaxis2={"domain": [0, 0.4]})
