"""What cutting a circuit out of its connectome took away."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from graphkit.circuit import Circuit
from graphkit.plots.caps import check_cap, fair_shares
from graphkit.plots.hover import neuron_texts
from graphkit.plots.origin import origin
from graphkit.plots.style import (
    SILENT,
    Theme,
    dressed,
    group_color,
    message_figure,
    plain,
    template,
)

__all__ = ["plot_boundary"]


def plot_boundary(circuit: Circuit, *, max_neurons: int = 20_000, theme: Theme = "light") -> go.Figure:
    """Draw what the neurons of a circuit lost of their input: each neuron, and each group's synapses in sum.

    Parameters
    ----------
    circuit
        Neurons with input_synapses, as a connectome's circuits have it.
    max_neurons
        Most points drawn, shared fairly by the groups, evenly spaced ranks; the sums always count every neuron.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        A point per neuron: its input synapses, the share that was lost (%); a bar per group: synapses kept and lost.

    Raises
    ------
    DataError
        If the theme is not known, or max_neurons is negative.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.plots import plot_boundary
    >>> neurons = pd.DataFrame({"root_id": [1, 2], "is_target": [True, False], "downstream": [0, 1],
    ...                         "functional_nucleus": False, "input_synapses": [10, 40]})
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [10], "syn_count": [10]})
    >>> plot_boundary(Circuit.from_tables(neurons, edges, depth=1)).layout.xaxis.title.text
    'input synapses of the neuron in the whole dataset'
    """
    template(theme)
    check_cap("max_neurons", max_neurons)
    title = f"What cutting out {len(circuit):,} neuron{'' if len(circuit) == 1 else 's'} took away"
    facts = origin(circuit.source)
    total = circuit.annotations["input_synapses"].to_numpy(np.float64, na_value=np.nan)
    counted = ~np.isnan(circuit.lost_input_share) & (total > 0)
    if not counted.any():
        unknown = "input synapses were not counted: nothing is known"
        none = "no input synapses in the whole dataset: nothing to take away"
        why = "the circuit has no neurons" if not len(circuit) else none if (total == 0).all() else unknown
        return message_figure(why, title=title, caption=facts, theme=theme)
    kept = np.bincount(circuit.post, circuit.syn_count, len(circuit))
    hover = neuron_texts(circuit, None)
    groups = {name: np.flatnonzero(counted[part]) + part.start for name, part in circuit.slices.items()}
    groups = {name: places for name, places in groups.items() if len(places)}
    shares = fair_shares(np.array([len(places) for places in groups.values()]), max_neurons)
    figure = go.Figure()
    for (name, places), share in zip(groups.items(), shares.tolist(), strict=True):
        ranked = places[np.argsort(circuit.lost_input_share[places], kind="stable")]
        shown = ranked[(np.arange(share) * len(ranked)) // max(share, 1)]
        figure.add_trace(
            go.Scattergl(
                x=total[shown], y=100 * circuit.lost_input_share[shown], mode="markers", name=plain(name),
                marker={"size": 8 if len(shown) < 200 else 5, "color": group_color(name),
                        "opacity": 0.9 if len(shown) < 200 else 0.5},
                customdata=circuit.root_ids[shown].astype(str), text=hover[shown],
                hovertemplate="%{text}<extra></extra>",
            )
        )  # fmt: skip
    sums = {name: (kept[places].sum(), total[places].sum()) for name, places in groups.items()}
    rows = list(range(len(sums)))
    inside = [100 * of_kept / of_total for of_kept, of_total in sums.values()]
    for label, values, colors in (
        ("kept", inside, [group_color(name) for name in sums]),
        ("lost", [100 - share for share in inside], [SILENT] * len(rows)),
    ):
        numbers = [of_kept if label == "kept" else of_total - of_kept for of_kept, of_total in sums.values()]
        figure.add_trace(
            go.Bar(
                x=values, y=rows, orientation="h", xaxis="x2", yaxis="y2", marker={"color": colors}, name=label,
                showlegend=label == "lost", customdata=numbers,
                hovertemplate=f"{label}: %{{customdata:,.0f}} synapses, %{{x:.1f}} %<extra></extra>",
            )
        )  # fmt: skip
    figure.update_layout(
        barmode="stack", bargap=0.4, hovermode="closest",
        xaxis={"domain": [0, 0.6], "type": "log", "dtick": 1, "tickformat": ",d",
               "title": {"text": "input synapses of the neuron in the whole dataset"}},
        yaxis={"title": {"text": "lost share of input (%)"}, "range": [-3, 103]},
        xaxis2={"domain": [0.72, 1], "anchor": "y2", "title": {"text": "input synapses of the group (%)"},
                "range": [0, 100]},
        yaxis2={"anchor": "x2", "range": [len(rows) - 0.5, -0.5], "tickvals": rows, "showgrid": False, "ticks": "",
                "ticktext": [f"{plain(name)}<br>{share:.0f} % kept" for name, share in zip(sums, inside, strict=True)]},
    )  # fmt: skip
    lost = 1 - sum(of_kept for of_kept, _ in sums.values()) / sum(of_total for _, of_total in sums.values())
    left_out = int(counted.sum() - shares.sum())
    caption = [
        f"{lost:.1%} of all input synapses come from outside the circuit or lie below its thresholds",
        f"{int((circuit.lost_input_share[counted] >= 0.5).sum()):,} neurons lost half of their input or more",
        f"{int((~counted).sum()):,} neurons without any input counted" if not counted.all() else "",
        f"{left_out:,} points left out (evenly spaced ranks drawn)" if left_out else "", *facts,
    ]  # fmt: skip
    return dressed(figure, title=title, caption=caption, theme=theme, height=620)
