"""Figures of circuits and runs: each function returns a plotly Figure, shows nothing and writes nothing."""

from __future__ import annotations

from graphkit.plots.network import plot_network
from graphkit.plots.page import save_figures, to_html
from graphkit.plots.picture import save_firing_activity
from graphkit.plots.raster import plot_raster
from graphkit.plots.rates import plot_rates
from graphkit.plots.style import template

__all__ = [
    "plot_network",
    "plot_raster",
    "plot_rates",
    "save_figures",
    "save_firing_activity",
    "template",
    "to_html",
]
