"""Two runs side by side."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from dash import html

from graphkit.plots import plot_comparison
from graphkit.plots.style import Theme, group_color
from graphkit.spikes import SpikeTrains

__all__ = ["comparison", "group_table"]


def group_table(spikes: SpikeTrains, other: SpikeTrains | None) -> html.Table:
    """Return the rates of a run's groups, beside those of another."""
    groups = spikes.group_rates().set_index("group")
    head = ["group", "neurons", "fired", "rate (Hz)", "of fired (Hz)"]
    compared = None if other is None else other.group_rates().set_index("group")
    if compared is not None:
        head += ["other run (Hz)", "difference (Hz)"]
    rows = []
    for name, row in groups.iterrows():
        cells = [
            f"{row['neurons']:,.0f}",
            f"{row['fired']:,.0f}",
            f"{row['rate_hz']:.2f}",
            _hz(row["rate_of_fired_hz"]),
        ]
        if compared is not None:
            rate = float(compared["rate_hz"].get(name, np.nan))
            cells += [_hz(rate), "" if np.isnan(rate) else f"{row['rate_hz'] - rate:+.2f}"]
        mark = html.Span(className="dot", style={"background": group_color(str(name))})
        rows.append(
            html.Tr([html.Th([mark, str(name).replace("_", " ")], scope="row"), *(html.Td(cell) for cell in cells)])
        )
    return html.Table(
        [html.Thead(html.Tr([html.Th(text, scope="col") for text in head])), html.Tbody(rows)], className="plain"
    )


def comparison(spikes: SpikeTrains, other: SpikeTrains, theme: Theme = "light") -> go.Figure:
    """Return the rates of the neurons that both runs have, one against the other."""
    return plot_comparison(other, spikes, names=("the other run", "this run"), max_neurons=8_000, theme=theme)


def _hz(rate: float) -> str:
    return "–" if np.isnan(rate) else f"{rate:.2f}"
