"""Figures of circuits, runs, tables: each ``plot_…`` returns a plotly Figure, shows nothing, writes nothing."""

from __future__ import annotations

from graphkit.plots.boundary import plot_boundary
from graphkit.plots.comparison import plot_comparison
from graphkit.plots.distributions import plot_distributions
from graphkit.plots.flow import plot_flow
from graphkit.plots.frequency_curve import plot_frequency_curve
from graphkit.plots.image import to_image
from graphkit.plots.matrix import plot_matrix
from graphkit.plots.morphology import plot_morphology
from graphkit.plots.network import plot_network
from graphkit.plots.page import save_figures, to_html
from graphkit.plots.partners import plot_partners
from graphkit.plots.paths import plot_paths
from graphkit.plots.picture import save_firing_activity
from graphkit.plots.potentials import plot_potentials
from graphkit.plots.raster import plot_raster
from graphkit.plots.rates import plot_rates
from graphkit.plots.style import template
from graphkit.plots.sweep import plot_sweep
from graphkit.plots.transmitters import plot_transmitters
from graphkit.statistics import compare_rates

__all__ = [
    "compare_rates",
    "plot_boundary",
    "plot_comparison",
    "plot_distributions",
    "plot_flow",
    "plot_frequency_curve",
    "plot_matrix",
    "plot_morphology",
    "plot_network",
    "plot_partners",
    "plot_paths",
    "plot_potentials",
    "plot_raster",
    "plot_rates",
    "plot_sweep",
    "plot_transmitters",
    "save_figures",
    "save_firing_activity",
    "template",
    "to_html",
    "to_image",
]
