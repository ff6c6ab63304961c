"""What a sweep over parameters found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from graphkit.errors import DataError
from graphkit.plots.origin import origin
from graphkit.plots.style import SCALE, Theme, dressed, group_colors, known, message_figure, plain, template

__all__ = ["plot_sweep"]

_RESULTS = ("group", "neurons", "fired", "group_rate_hz", "group_rate_sd_hz")
_UNITS = {"hz": "Hz", "ms": "ms", "mv": "mV"}


def plot_sweep(table: pd.DataFrame, *, group: str | None = None, theme: Theme = "light") -> go.Figure:
    """Draw each group's rate over the values of one parameter, or one group's rate over those of two as a heat map.

    Parameters
    ----------
    table
        The answer of :func:`graphkit.experiments.sweep`.
    group
        The group of a heat map; None takes the last.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        Of one parameter: a line per group with the SD over trials. Of two: a heat map, the first parameter across.

    Raises
    ------
    DataError
        If the table is no sweep, or one over more than two parameters, or the group or theme is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.experiments import sweep
    >>> from graphkit.plots import plot_sweep
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> table = sweep(circuit, {"rate_hz": [10, 100], "synapse_mv": [0.1, 0.3]}, duration_ms=100, seed=1)
    >>> plot_sweep(table, group="downstream_1").data[0].type
    'heatmap'
    """
    template(theme)
    if missing := [name for name in _RESULTS if name not in table]:
        raise DataError(f"the table has no column {missing[0]}; give the answer of graphkit.experiments.sweep")
    names = [str(name) for name in table if name not in _RESULTS]
    run = table.attrs.get("run", {})
    facts = [part for part in origin({}, run) if part.partition(" ")[0] not in ("run", *names)]
    title = f"Sweep over {' and '.join(names) or 'nothing'}"
    if not len(table):
        return message_figure("the sweep has no points", title=title, caption=facts, theme=theme)
    if len(names) not in (1, 2):
        raise DataError(
            f"a figure shows one or two parameters; the sweep has {len(names)}: {', '.join(names)}. Choose rows of the "
            "table, and drop the other columns."
        )
    groups = list(dict.fromkeys(table["group"]))
    if len(names) == 1:
        figure, told = _lines(table, names[0], groups), "bars: SD over trials"
    else:
        group = known(groups[-1] if group is None else group, groups, "group")
        figure, told = _heatmap(table[table["group"] == group], *names), f"group {group}"
    points = len(table[names].drop_duplicates())
    caption = [f"{points:,} points, the same random input in each", told, "rates over all neurons", *facts]
    return dressed(figure, title=title, caption=caption, theme=theme, height=600)


def _axis(name: str) -> str:
    unit = _UNITS.get(name.rpartition("_")[2])
    return f"{name} ({unit})" if unit else name


def _lines(table: pd.DataFrame, name: str, groups: list[str]) -> go.Figure:
    figure = go.Figure()
    colors = group_colors(groups)
    for group in groups:
        part = table[table["group"] == group]
        figure.add_trace(
            go.Scatter(
                x=part[name], y=part["group_rate_hz"], mode="lines+markers", name=plain(group),
                line={"color": colors[group], "width": 2}, marker={"size": 7, "color": colors[group]},
                error_y={"array": part["group_rate_sd_hz"], "thickness": 1, "width": 3},
                customdata=part[["fired", "neurons"]],
                hovertemplate=f"{plain(group)}<br>{plain(_axis(name))} %{{x}}<br>%{{y:.2f}} Hz<br>"
                              "%{customdata[0]:,} of %{customdata[1]:,} fired<extra></extra>",
            )
        )  # fmt: skip
    figure.update_layout(
        xaxis={"title": {"text": _axis(name)}},
        yaxis={"title": {"text": "rate of the group (Hz)"}, "rangemode": "tozero"},
    )
    return figure


def _heatmap(table: pd.DataFrame, across: str, up: str) -> go.Figure:
    square = table.pivot(index=up, columns=across, values="group_rate_hz")
    fired = table.pivot(index=up, columns=across, values="fired").to_numpy()
    figure = go.Figure(
        go.Heatmap(
            z=square.to_numpy(np.float64), x=[str(value) for value in square.columns],
            y=[str(value) for value in square.index], colorscale=SCALE, zmin=0, xgap=1, ygap=1, customdata=fired,
            texttemplate="%{z:.3~g}" if square.size <= 100 else None,
            hovertemplate=f"{plain(_axis(across))} %{{x}}<br>{plain(_axis(up))} %{{y}}<br>%{{z:.2f}} Hz<br>"
                          "%{customdata:,} fired<extra></extra>",
            colorbar={"title": {"text": "rate of the group (Hz)", "side": "right"}, "thickness": 12, "len": 0.6,
                      "outlinewidth": 0},
        )
    )  # fmt: skip
    # The values swept over are few and often not evenly spaced: each gets a row or column of its own.
    figure.update_layout(
        xaxis={"title": {"text": _axis(across)}, "type": "category", "showgrid": False},
        yaxis={"title": {"text": _axis(up)}, "type": "category", "showgrid": False},
    )
    return figure
