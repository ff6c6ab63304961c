"""Firing rates against input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from graphkit.errors import DataError
from graphkit.plots.style import NEUTRAL, Theme, category_colors, dressed, pale, plain, template

__all__ = ["plot_frequency_curve"]


def plot_frequency_curve(
    curves: pd.DataFrame | dict[str, pd.DataFrame], *, theme: Theme = "light"
) -> go.Figure:  # fmt: skip
    """Draw firing rates against input: the mean over neurons as a line, one standard deviation as a band.

    Parameters
    ----------
    curves
        What :func:`graphkit.frequency_curve` returns, or several by name.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        A band and a line for each curve.

    Raises
    ------
    DataError
        If a table lacks a column, or the inputs of several curves differ in kind.

    Examples
    --------
    >>> from graphkit import frequency_curve
    >>> from graphkit.plots import plot_frequency_curve
    >>> curve = frequency_curve("fly_lif", [0.0, 1.0, 2.0], neurons=1, duration_ms=200)
    >>> plot_frequency_curve(curve).layout.xaxis.title.text
    'input current (nA)'
    """
    template(theme)
    named = {"": curves} if isinstance(curves, pd.DataFrame) else curves
    for name, curve in named.items():
        missing = [column for column in ("value", "rate_hz", "rate_sd_hz", "neurons") if column not in curve.columns]
        if missing:
            raise DataError(f"curve {name!r} has no column {', '.join(missing)}: give what frequency_curve returns")
    labels = {str(curve.attrs.get("input", "input")) for curve in named.values()}
    if len(labels) > 1:
        raise DataError(f"the curves have different inputs: {', '.join(sorted(labels))}. Draw them apart.")
    colors = category_colors(list(named), {"": NEUTRAL} if len(named) == 1 else {})
    figure = go.Figure()
    for name, curve in named.items():
        mean, sd = curve["rate_hz"].to_numpy(), curve["rate_sd_hz"].to_numpy()
        x, shown = curve["value"].to_numpy(), plain(name or "mean over neurons")
        figure.add_trace(
            go.Scatter(
                x=np.concatenate([x, x[::-1]]), y=np.concatenate([mean + sd, np.maximum(mean - sd, 0)[::-1]]),
                fill="toself", fillcolor=pale(colors[name], 0.18), line={"width": 0}, hoverinfo="skip",
                showlegend=False, legendgroup=name,
            )
        )  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=x, y=mean, mode="lines+markers", name=shown, legendgroup=name,
                line={"width": 2, "color": colors[name]}, marker={"size": 6}, customdata=np.stack([sd], axis=1),
                hovertemplate=f"{shown}<br>%{{x:g}}: %{{y:.2f}} Hz, SD %{{customdata[0]:.2f}}<extra></extra>",
            )
        )  # fmt: skip
    each = sorted({int(curve["neurons"].min()) for curve in named.values() if len(curve)})
    models = dict.fromkeys(str(curve.attrs["model"]) for curve in named.values() if curve.attrs.get("model"))
    caption = [f"band: one standard deviation over {' or '.join(map(str, each))} neurons"]
    caption += [f"model {', '.join(models)}"] if models else []
    figure.update_layout(
        xaxis={"title": {"text": labels.pop() if labels else "input"}},
        yaxis={"title": {"text": "firing rate (Hz)"}, "rangemode": "tozero"}, hovermode="closest",
        showlegend=len(named) > 1,
    )  # fmt: skip
    return dressed(figure, title="Firing rate against input", caption=caption, theme=theme, height=520)
