"""State variables over time, and firing rates against input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from graphkit.errors import DataError
from graphkit.morphology import NeuronPotentials
from graphkit.plots.origin import origin
from graphkit.plots.style import NEUTRAL, Theme, category_colors, dressed, message_figure, pale, plain, template
from graphkit.states import States

__all__ = ["plot_frequency_curve", "plot_potentials"]

_UNITS = {"mv": "mV", "na": "nA", "ns": "nS", "ms": "ms", "hz": "Hz", "si": "SI unit"}


def plot_potentials(
    recorded: States | NeuronPotentials, *, variable: str | None = None, trial: int = 0, max_lines: int = 12,
    theme: Theme = "light",
) -> go.Figure:  # fmt: skip
    """Draw what was recorded over time: a line for each neuron, or for each place of a spatial neuron.

    Parameters
    ----------
    recorded
        States of a network's run, or the potentials of one spatial neuron.
    variable
        Which variable of the states ("v_mv"); without, the first.
    trial
        Which trial of the states, from 0.
    max_lines
        Most lines drawn, evenly spaced among all; the caption says what is left out.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        A line's name is its neuron's root_id, or its section and distance from the soma.

    Raises
    ------
    DataError
        If there is no such variable or trial, or max_lines is below 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, Recording, simulate
    >>> from graphkit.plots import plot_potentials
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> spikes = simulate(circuit, duration_ms=50, seed=1, record=Recording("all", every_ms=0.5))
    >>> plot_potentials(spikes.states).layout.yaxis.title.text
    'v (mV)'
    """
    template(theme)
    if max_lines < 1:
        raise DataError(f"max_lines is {max_lines}; give 1 or more")
    if isinstance(recorded, NeuronPotentials):
        distance = recorded.morphology.distance_um[recorded.compartments]
        sections = recorded.morphology.section[recorded.compartments].tolist()
        names = [f"{name}, {far:.0f} µm" for name, far in zip(sections, distance.tolist(), strict=True)]
        values, label, of = recorded.v_mv, "v (mV)", "places"
        caption = [f"spatial neuron of {len(recorded.morphology):,} compartments", *origin({}, recorded.run)]
        order = np.argsort(distance, kind="stable")
    else:
        variable = next(iter(recorded.values), "") if variable is None else variable
        if not 0 <= trial < recorded.trials:
            raise DataError(f"trial {trial} was asked for; the run has the trials 0 to {recorded.trials - 1}")
        values, names, of = recorded[variable][trial], [str(one) for one in recorded.root_ids.tolist()], "neurons"
        label, caption, order = _label(variable), [f"trial {trial} of {recorded.trials}"], np.arange(len(names))
    title = f"{label.partition(' (')[0]} of {len(names):,} {of} over time"
    if not len(names) or not len(recorded.t_ms):
        return message_figure("nothing was recorded", title=title, caption=caption, theme=theme)
    shown = order[(np.arange(min(max_lines, len(names))) * len(names)) // min(max_lines, len(names))]
    if len(shown) < len(names):
        caption.insert(0, f"{len(shown):,} of {len(names):,} {of} drawn, evenly spaced")
    colors = category_colors([names[k] for k in shown], {})
    figure = go.Figure()
    for k in shown:
        figure.add_trace(
            go.Scattergl(
                x=recorded.t_ms, y=values[k], mode="lines", name=plain(names[k]),
                line={"width": 1.6, "color": colors[names[k]]},
                hovertemplate=f"{plain(names[k])}<br>%{{y:.4g}} at %{{x:g}} ms<extra></extra>",
            )
        )  # fmt: skip
    figure.update_layout(
        xaxis={"title": {"text": "time (ms)"}}, yaxis={"title": {"text": label}}, hovermode="closest", showlegend=True
    )
    return dressed(figure, title=title, caption=caption, theme=theme, height=520)


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


def _label(variable: str) -> str:
    name, _, suffix = variable.rpartition("_")
    return f"{name} ({_UNITS[suffix]})" if name and suffix in _UNITS else variable
