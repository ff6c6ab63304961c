"""A circuit drawn as a network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from graphkit.circuit import Circuit
from graphkit.errors import SelectionError
from graphkit.plots.caps import Strongest, most_connected, strongest_connections, synapses
from graphkit.plots.coloring import Coloring, color_neurons
from graphkit.plots.connections import add_connections, key
from graphkit.plots.hover import neuron_texts
from graphkit.plots.labels import labels_of
from graphkit.plots.layouts import HEIGHT, WIDTH, Placement, by_force, by_level
from graphkit.plots.origin import origin
from graphkit.plots.style import (
    OUTLINE,
    SCALE,
    THEMES,
    Theme,
    counted,
    dressed,
    known,
    message_figure,
    plain,
    template,
)
from graphkit.spikes import SpikeTrains

__all__ = ["plot_network"]

_BLOCKS = 7
_FORCED = 2000  # as many neurons as are placed by force in a second or two
_KEY = "excitatory connections bend left of their way, inhibitory ones right"


def plot_network(
    circuit: Circuit,
    spikes: SpikeTrains | None = None,
    *,
    color_by: str = "auto",
    layout: str = "auto",
    order_by: str | None = None,
    max_connections: int = 2000,
    max_neurons: int = 10_000,
    min_synapses: int = 1,
    strongest: Strongest = "per_level_pair",
    theme: Theme = "light",
) -> go.Figure:
    """Draw a circuit as a network: a mark per neuron, a curve per connection.

    Width is by synapses, in four classes that are the same in every figure. Excitatory and inhibitory differ in
    dashes, in the side to which the curve bends and in the mark at its end, so that colour is not needed.

    Parameters
    ----------
    circuit
        Neurons and connections.
    spikes
        A run of the circuit: adds rates.
    color_by
        "transmitter", "sign", "group", "rate", any column of ``circuit.neurons()``; "auto" is the rate when there
        is a run, else the transmitter.
    layout
        "levels": a block per group, target on the left, each kind of neuron in a band. "side", "super_class",
        "neuropil" or any other column of ``circuit.neurons()``: a block per value, the largest seven.
        "force": connected neurons near each other. "auto": levels, or force where all neurons are in one group.
    order_by
        The annotation whose values are the bands of a block; by default the finest that fits.
    max_connections
        Most connections drawn; the caption states rule and number left out.
    max_neurons
        Most neurons drawn: targets, then those with most synapses.
    min_synapses
        Smallest connection drawn (synapses), inclusive.
    strongest
        What the cap keeps. "per_level_pair": the ordered pairs of groups share it fairly, each keeps its strongest.
        "overall": the strongest of all, which can leave a small group without any.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces of curves by sign and width class, of end marks by sign, and of neurons by colour; customdata of a
        neuron is its root_id, of an end mark [pre_root_id, post_root_id], all strings.

    Raises
    ------
    DataError
        If a property, layout, rule, cap or theme is not known; the message lists the known ones.
    SelectionError
        If the run has none of the circuit's neurons.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.plots import plot_network
    >>> edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 3], "weight_signed": [30, -12]})
    >>> plot_network(Circuit.from_edges(edges, targets=[1])).layout.meta["title"]
    'Circuit of 3 neurons, 2 connections'
    """
    template(theme)
    if layout == "auto":
        layout = "force" if len(set(circuit.group.tolist())) == 1 and len(circuit) <= _FORCED else "levels"
    placed_by = "group" if layout == "levels" else layout
    if layout != "force" and placed_by not in (properties := circuit.neurons().columns.drop("root_id")):
        known(layout, ("auto", "levels", "force", *properties), "layout")
    title = f"Circuit of {counted(len(circuit), 'neuron')}, {counted(len(circuit.pre), 'connection')}"
    rates = None if spikes is None else _rates_of(circuit, spikes)
    coloring = color_neurons(circuit, color_by, None if rates is None else rates["rate_hz"].to_numpy(np.float64))
    shown, neurons_left_out = most_connected(circuit, max_neurons)
    drawn, connections_drawn = strongest_connections(
        circuit, shown, most=max_connections, min_synapses=min_synapses, strongest=strongest
    )
    run = () if spikes is None else (f"rates: mean of {spikes.trials} x {spikes.duration_ms:g} ms",)
    facts = [*run, *origin(circuit.source, None if spikes is None else spikes.run)]
    if not len(shown):
        message = "the circuit has no neurons" if not len(circuit) else "max_neurons=0 leaves no neuron to draw"
        return message_figure(message, title=title, caption=facts, theme=theme)

    at = np.zeros(len(circuit), dtype=np.int64)
    at[shown] = np.arange(len(shown))
    pre, post = at[circuit.pre[drawn]], at[circuit.post[drawn]]
    table = circuit.neurons().iloc[shown].reset_index(drop=True)
    strength = circuit.syn_count[drawn].astype(np.float64)
    if layout == "force":
        place = by_force(len(shown), pre, post, strength)
    else:
        labels, blocks = _blocks(labels_of(circuit, placed_by)[shown], placed_by)
        others = table if order_by == placed_by else table.drop(columns=placed_by)  # bands tell something else
        place = by_level(others.assign(group=labels), synapses(circuit)[shown], order_by, blocks)

    figure = go.Figure()
    add_connections(figure, circuit, drawn, place, pre, post)
    _add_neurons(figure, circuit, shown, place, coloring, neuron_texts(circuit, rates)[shown])
    _add_text(figure, place, theme)
    block = "level" if layout == "levels" else layout
    bands = f"neurons of a {block} in bands by {place.ordered_by}" if place.ordered_by else ""
    marked = {
        "targets are diamonds": layout != "levels" and (circuit.group_labels[shown] == "target").any(),
        "functional nuclei are squares": circuit.functional_nucleus[shown].any(),
    }
    marks = ", ".join(told for told, there in marked.items() if there)
    caption = [connections_drawn, neurons_left_out, bands, _KEY if len(drawn) else "", marks, *facts]
    figure.update_layout(hovermode="closest", dragmode="pan")
    dressed(figure, title=title, caption=caption, theme=theme, height=860, above=40 if place.levels else 0, scaled=True)
    # Pages show the partners of a neuron that is clicked.
    figure.layout.meta = {**figure.layout.meta, "neighbours": True}
    return figure


def _blocks(labels: npt.NDArray[np.object_], name: str) -> tuple[npt.NDArray[np.object_], list[str]]:
    """Return each neuron's block, and the blocks left to right: groups and sides in their order, others by size."""
    sizes = pd.Series(labels).value_counts(sort=name != "group")
    fixed = dict.fromkeys(labels.tolist()) if name == "group" else ("left", "center", "right")
    names = sorted(sizes.index.tolist(), key=lambda label: list(fixed).index(label) if label in fixed else len(fixed))
    if name == "group" or len(names) <= _BLOCKS:
        return labels, names
    kept, rest = names[: _BLOCKS - 1], f"{len(names) - _BLOCKS + 1} other"
    return np.where(np.isin(labels, kept), labels, rest), [*kept, rest]


def _rates_of(circuit: Circuit, spikes: SpikeTrains) -> pd.DataFrame:
    """Return the run's rates in the circuit's order; NaN for neurons that were not simulated."""
    rates = spikes.rates().set_index("root_id").reindex(circuit.root_ids)
    if len(circuit) and rates["rate_hz"].isna().all():
        raise SelectionError(
            f"none of the circuit's {len(circuit)} neurons is in the run of {len(spikes.root_ids)} neurons. "
            "Give the spikes of this circuit."
        )
    return rates


def _add_neurons(
    figure: go.Figure, circuit: Circuit, shown: npt.NDArray[np.int64], place: Placement, coloring: Coloring,
    hover: npt.NDArray[np.object_],
) -> None:  # fmt: skip
    labels = coloring.labels[shown]
    ids = circuit.root_ids[shown].astype(str)
    is_target = np.array(circuit.group_names)[circuit.group[shown]] == "target"
    size = place.size * np.where(is_target, 1.25, 1)
    symbol = np.where(is_target, "diamond", np.where(circuit.functional_nucleus[shown], "square", "circle"))

    def add(chosen: npt.NDArray[np.bool_], name: str, marker: dict[str, object]) -> None:
        figure.add_trace(
            go.Scattergl(
                x=place.x[chosen], y=place.y[chosen], mode="markers", name=plain(name), legendgroup=name,
                showlegend=False,
                marker={"size": size[chosen], "symbol": symbol[chosen], "opacity": 1,
                        "line": {"width": 0.5, "color": OUTLINE}, **marker},
                customdata=ids[chosen], text=hover[chosen], hovertemplate="%{text}<extra></extra>",
            )
        )  # fmt: skip

    for name, color in coloring.colors.items():
        if number := int((labels == name).sum()):
            add(labels == name, name, {"color": color})
            figure.add_trace(key(f"{name} ({number:,})", color=color, symbol="circle", group=name))
    if coloring.values is not None:
        on_scale = ~np.isnan(coloring.values[shown])
        values = coloring.values[shown][on_scale]
        bar = {"title": {"text": coloring.title, "side": "right"}, "thickness": 12, "len": 0.6, "outlinewidth": 0}
        if coloring.ticks:
            bar |= {"tickvals": list(coloring.ticks), "ticktext": list(coloring.ticks.values())}
        scale = {"color": values, "colorscale": SCALE, "showscale": True, "colorbar": bar}
        if on_scale.any():
            if coloring.least is not None:  # plotly takes one end only together with the other
                scale |= {"cmin": coloring.least, "cmax": values.max()}
            add(on_scale, coloring.title, scale)


def _add_text(figure: go.Figure, place: Placement, theme: Theme) -> None:
    look = THEMES[theme]
    notes: list[dict[str, object]] = [
        {"x": band.x, "y": band.y, "name": "band", "text": plain(band.text), "showarrow": False, "xanchor": "left",
         "yanchor": "bottom", "align": "left", "font": {"size": 11, "color": look.muted}, "bgcolor": look.ground,
         "opacity": 0.85, "borderpad": 1}
        for band in place.bands
    ]  # fmt: skip
    for band in place.levels:
        name, _, number = band.text.partition("\n")
        notes.append(
            {"x": band.x, "y": 1, "yref": "paper", "name": "level", "text": f"<b>{plain(name)}</b><br>{number}",
             "showarrow": False, "xanchor": "left", "yanchor": "bottom", "align": "left"}
        )  # fmt: skip
    # Curves bend out of the place of their neurons; none is cut off at the edge.
    curves = [trace for trace in figure.data if trace.meta and "ends" in trace.meta]
    for update, side, low, high in (
        (figure.update_xaxes, "x", -0.03 * WIDTH, 1.04 * WIDTH),
        (figure.update_yaxes, "y", -0.02 * HEIGHT, 1.02 * HEIGHT),
    ):
        ends = [*(float(end(trace[side])) for trace in curves for end in (np.nanmin, np.nanmax)), low, high]
        update(visible=False, range=[min(ends), max(ends)])
    # All notes at once: plotly checks every one again for each that is added.
    figure.update_layout(annotations=notes, legend={"itemsizing": "trace"})
