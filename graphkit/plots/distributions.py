"""How the degrees of neurons, the weights of connections are distributed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from graphkit.circuit import Circuit
from graphkit.errors import DataError
from graphkit.plots.origin import origin
from graphkit.plots.style import SIGN_COLORS, THEMES, Theme, counted, dressed, message_figure, template

__all__ = ["plot_distributions"]

_SIGNS = (
    ("excitatory", "excitatory", "solid"), ("inhibitory", "inhibitory", "dash"), ("unsigned", "unknown sign", "dot"),
)  # fmt: skip
_SIDES = {"in": ("in-degree", "solid"), "out": ("out-degree", "dash")}


def plot_distributions(
    data: Circuit | tuple[pd.DataFrame, pd.DataFrame],
    *,
    source: Mapping[str, object] | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """Draw the distributions of degrees and of weights: what share of neurons or connections has at least so many.

    Cumulative, on logarithmic axes: heavy tails show as slow falls, and no bin is chosen.

    Parameters
    ----------
    data
        A circuit; or, for a whole graph, the answers of "analysis/degree_distribution" and
        "analysis/weight_distribution".
    source
        Of tables: dataset and thresholds, for the caption.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        A line for connections in and one for connections out, left; a line of synapses per connection for each sign,
        right.

    Raises
    ------
    DataError
        If the tables are not such answers, or the theme is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.plots import plot_distributions
    >>> edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 3], "weight_signed": [30, -12]})
    >>> [axis.title.text for axis in plot_distributions(Circuit.from_edges(edges)).select_xaxes()]
    ['connections of a neuron', 'synapses of a connection']
    """
    template(theme)
    degrees, weights = _tables(data) if isinstance(data, Circuit) else data
    for table, wanted in ((degrees, ("direction", "degree", "neurons")), (weights, ("syn_count", "excitatory"))):
        if missing := [name for name in wanted if name not in table]:
            raise DataError(
                f"the table has no column {missing[0]}; give the answers of analysis/degree_distribution and "
                "analysis/weight_distribution, or a circuit"
            )
    neurons = int(degrees.loc[degrees["direction"] == "in", "neurons"].sum())
    connections = int(weights[["excitatory", "inhibitory", "unsigned"]].to_numpy().sum())
    title = f"Degrees of {counted(neurons, 'neuron')}, weights of {counted(connections, 'connection')}"
    facts = origin(data.source if isinstance(data, Circuit) else source or {})
    if not connections:
        return message_figure("no connections", title=title, caption=facts, theme=theme)
    figure = go.Figure()
    look = THEMES[theme]
    for direction, (name, dash) in _SIDES.items():
        part = degrees[degrees["direction"] == direction]
        at, share, mean = _at_least(part["degree"].to_numpy(), part["neurons"].to_numpy())
        line = {"color": look.text, "dash": dash, "width": 1.8}
        hover = f"{name} %{{x:,}} or more:<br>%{{y:.3~g}} % of neurons<extra></extra>"
        figure.add_trace(go.Scatter(x=at, y=share, mode="lines", name=f"{name}, mean {mean:,.1f}", line=line,
                                    hovertemplate=hover))  # fmt: skip
    for column, name, dash in _SIGNS:
        number = weights[column].to_numpy()
        if number.sum():
            at, share, mean = _at_least(weights["syn_count"].to_numpy(), number)
            hover = f"{name}: %{{x:,}} synapses or more:<br>%{{y:.3~g}} % of these connections<extra></extra>"
            figure.add_trace(
                go.Scatter(
                    x=at, y=share, xaxis="x2", yaxis="y2", mode="lines", hovertemplate=hover,
                    name=f"{name} {number.sum():,}, mean {mean:,.1f} synapses",
                    line={"color": SIGN_COLORS[name], "dash": dash, "width": 1.8},
                )
            )  # fmt: skip
    zero = int(degrees.loc[(degrees["degree"] == 0) & (degrees["direction"] == "in"), "neurons"].sum())
    log = {"type": "log", "dtick": 1, "tickformat": ",~g", "minor": {"ticks": "outside", "ticklen": 2}}
    figure.update_layout(
        xaxis={"domain": [0, 0.46], "title": {"text": "connections of a neuron"}, **log},
        yaxis={"title": {"text": "neurons with at least so many (%)"}, **log},
        xaxis2={"domain": [0.54, 1], "anchor": "y2", "title": {"text": "synapses of a connection"}, **log},
        yaxis2={"anchor": "x2", "title": {"text": "connections with at least so many (%)"}, **log},
    )
    caption = [
        "cumulative, logarithmic axes", f"{counted(zero, 'neuron')} without any connection in" if zero else "", *facts,
    ]  # fmt: skip
    return dressed(figure, title=title, caption=caption, theme=theme, height=560)


def _at_least(
    values: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], float]:
    """Return each value above 0, the share (%) with at least it, and the mean over all."""
    order = np.argsort(values, kind="stable")
    values, numbers = values[order], numbers[order]
    share = 100 * numbers[::-1].cumsum()[::-1] / numbers.sum()
    kept = (values > 0) & (numbers > 0)
    return values[kept], share[kept], float((values * numbers).sum() / numbers.sum())


def _tables(circuit: Circuit) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the two queries would answer of the circuit."""
    parts = []
    for direction, ends in (("in", circuit.post), ("out", circuit.pre)):
        degree, neurons = np.unique(np.bincount(ends, minlength=len(circuit)), return_counts=True)
        parts.append(pd.DataFrame({"direction": direction, "degree": degree, "neurons": neurons}))
    sign = np.sign(circuit.weight)
    counts = pd.DataFrame(
        {"syn_count": circuit.syn_count, "excitatory": sign > 0, "inhibitory": sign < 0, "unsigned": sign == 0}
    )
    return pd.concat(parts, ignore_index=True), counts.groupby("syn_count", as_index=False).sum()
