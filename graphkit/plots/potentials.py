"""State variables over time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from graphkit.errors import DataError
from graphkit.morphology import NeuronPotentials
from graphkit.plots.caps import check_cap
from graphkit.plots.origin import origin
from graphkit.plots.style import Theme, category_colors, dressed, message_figure, of_trials, plain, template
from graphkit.states import States

__all__ = ["plot_potentials"]

_UNITS = {"mv": "mV", "na": "nA", "ns": "nS", "ms": "ms", "hz": "Hz", "si": "SI unit"}


def plot_potentials(
    recorded: States | NeuronPotentials, *, variable: str | None = None, trial: int = 0, max_lines: int = 12,
    run: Mapping[str, object] | None = None, theme: Theme = "light",
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
    run
        Of states: the record of their run, ``spikes.run``, for the caption.
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
    check_cap("max_lines", max_lines, 1)
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
        label, order = _label(variable), np.arange(len(names))
        caption = [of_trials(trial, recorded.trials), *origin({}, run)]
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
        xaxis={"title": {"text": "time (ms)"}},
        yaxis={"title": {"text": label}},
        hovermode="closest",
        legend={"title": {"text": of.removesuffix("s")}},
    )
    return dressed(figure, title=title, caption=caption, theme=theme, height=520)


def _label(variable: str) -> str:
    name, _, suffix = variable.rpartition("_")
    return f"{name} ({_UNITS[suffix]})" if name and suffix in _UNITS else variable
