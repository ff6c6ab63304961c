"""Paths between neurons, drawn as layers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from graphkit.circuit import Circuit
from graphkit.errors import DataError
from graphkit.plots.caps import check_cap
from graphkit.plots.connections import add_connections
from graphkit.plots.layouts import HEIGHT, WIDTH, Placement
from graphkit.plots.origin import origin
from graphkit.plots.style import NEUTRAL, OUTLINE, SIGN_COLORS, Theme, counted, dressed, message_figure, plain, template

__all__ = ["plot_paths"]

_COLUMNS = ("step", "pre_root_id", "post_root_id", "syn_count", "weight_signed")


def plot_paths(
    table: pd.DataFrame,
    *,
    max_per_layer: int = 40,
    source: Mapping[str, object] | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """Draw the paths from one neuron to another: a column for each step, connections as wide as their synapses.

    Parameters
    ----------
    table
        The answer of "analysis/shortest_paths": step (from 1), pre_root_id, post_root_id, syn_count, weight_signed; and
        pre_cell_type, post_cell_type where they are known.
    max_per_layer
        Most neurons drawn between two steps: those whose weaker side, in synapses, is strongest.
    source
        Dataset and thresholds, for the caption.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces as in :func:`plot_network`; customdata of a neuron is its root_id, a string.

    Raises
    ------
    DataError
        If the table is no such answer, max_per_layer is below 1, or the theme is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit.plots import plot_paths
    >>> table = pd.DataFrame({"step": [1, 2], "pre_root_id": [1, 2], "post_root_id": [2, 3],
    ...                       "syn_count": [30, 12], "weight_signed": [30, -12]})
    >>> plot_paths(table).layout.meta["title"]
    'Paths of 2 connections from 1 to 3'
    """
    template(theme)
    check_cap("max_per_layer", max_per_layer, 1)
    if missing := [name for name in _COLUMNS if name not in table]:
        raise DataError(
            f"the table has no column {missing[0]}; paths are drawn of the answer of analysis/shortest_paths: "
            f"{', '.join(_COLUMNS)}"
        )
    facts = origin(source or {})
    if not len(table):
        return message_figure(
            "no path of up to 8 connections", title="Paths between two neurons", caption=facts, theme=theme
        )
    table = table.assign(step=table["step"].astype(int))
    length = int(table["step"].max())
    first, last = (
        table.loc[table["step"] == 1, "pre_root_id"].iloc[0],
        table.loc[table["step"] == length, "post_root_id"],
    )
    title = f"Paths of {counted(length, 'connection')} from {first} to {last.iloc[0]}"
    layer = pd.concat(
        [table[["pre_root_id", "step"]].set_axis(["root_id", "layer"], axis=1).assign(layer=table["step"] - 1),
         table[["post_root_id", "step"]].set_axis(["root_id", "layer"], axis=1)]
    ).drop_duplicates("root_id")  # fmt: skip
    through = table.groupby("post_root_id")["syn_count"].sum().combine(
        table.groupby("pre_root_id")["syn_count"].sum(), min, fill_value=np.inf
    )  # fmt: skip
    layer = layer.assign(through=layer["root_id"].map(through)).sort_values(
        ["layer", "through", "root_id"], ascending=[True, False, True]
    )
    kept = layer[layer.groupby("layer").cumcount() < max_per_layer]
    drawn = table[table["pre_root_id"].isin(kept["root_id"]) & table["post_root_id"].isin(kept["root_id"])]
    circuit = Circuit.from_edges(drawn, root_ids=kept["root_id"].tolist()) if len(drawn) else None
    if circuit is None:
        return message_figure(f"max_per_layer={max_per_layer} leaves no path", title=title, caption=facts, theme=theme)
    kept = kept.set_index("root_id").reindex(circuit.root_ids)
    at = kept["layer"].to_numpy(np.int64)
    x, y = at / max(length, 1) * WIDTH, _heights(circuit, at)
    place = Placement(x, y, np.full(len(circuit), 14.0), at)
    figure = go.Figure()
    weakest_first = np.argsort(circuit.syn_count, kind="stable")
    pre, post = (ends[weakest_first].astype(np.int64) for ends in (circuit.pre, circuit.post))
    add_connections(figure, circuit, weakest_first, place, pre, post)
    _add_neurons(figure, circuit, table, place, first, last.iloc[0])
    for step in range(length + 1):
        figure.add_annotation(
            x=step / max(length, 1) * WIDTH, y=1, yref="paper", text="<b>from</b>" if step == 0 else
            "<b>to</b>" if step == length else f"<b>after {step}</b>", showarrow=False, yanchor="bottom", name="level",
        )  # fmt: skip
    figure.update_xaxes(visible=False, range=[-0.14 * WIDTH, 1.14 * WIDTH])
    figure.update_yaxes(visible=False, range=[-0.06 * HEIGHT, 1.06 * HEIGHT])
    figure.update_layout(hovermode="closest", dragmode="pan", legend={"itemsizing": "trace"})
    out = len(layer) - len(kept)
    caption = [
        f"{len(drawn):,} of {len(table):,} connections drawn",
        f"{out:,} neurons between left out, those with the weakest weaker side" if out else "", *facts,
    ]  # fmt: skip
    return dressed(figure, title=title, caption=caption, theme=theme, height=700, above=30, scaled=True)


def _heights(circuit: Circuit, at: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return each neuron's height: evenly spaced in its column, near those it is connected with.

    Ordered by barycentres, a few sweeps (Sugiyama, Tagawa & Toda 1981, 10.1109/TSMC.1981.4308636).
    """
    order = np.arange(len(at), dtype=np.float64)
    for sweep in range(8):
        for column in np.unique(at) if sweep % 2 == 0 else np.unique(at)[::-1]:
            members = np.flatnonzero(at == column)
            near = np.array(
                [order[np.concatenate([circuit.pre[circuit.post == k], circuit.post[circuit.pre == k]])].mean()
                 for k in members]
            )  # fmt: skip
            rank = np.argsort(np.argsort(near, kind="stable"), kind="stable")
            order[members] = (rank + 0.5) / len(members)
    return HEIGHT * (1 - order)


def _add_neurons(
    figure: go.Figure, circuit: Circuit, table: pd.DataFrame, place: Placement, first: int, last: int
) -> None:
    kind: dict[int, str | None] = {}
    for side in ("pre", "post"):
        if f"{side}_cell_type" in table:
            kind |= dict(zip(table[f"{side}_root_id"].tolist(), table[f"{side}_cell_type"].tolist(), strict=True))
    named = [kind.get(root_id) for root_id in circuit.root_ids.tolist()]
    labels = [plain(root_id if name is None or pd.isna(name) else name)
              for root_id, name in zip(circuit.root_ids.tolist(), named, strict=True)]  # fmt: skip
    sums = [np.bincount(ends, circuit.syn_count, len(circuit)) for ends in (circuit.post, circuit.pre)]
    crowded = np.bincount(place.level)[place.level] > 24
    out = np.sign(np.bincount(circuit.pre, circuit.weight, len(circuit)))
    color = [SIGN_COLORS["excitatory"] if s > 0 else SIGN_COLORS["inhibitory"] if s < 0 else NEUTRAL for s in out]
    is_end = np.isin(circuit.root_ids, [first, last])
    figure.add_trace(
        go.Scatter(
            x=place.x, y=place.y, mode="markers+text", showlegend=False,
            marker={"size": 14, "color": color, "symbol": np.where(is_end, "diamond", "circle"),
                    "line": {"width": 0.5, "color": OUTLINE}},
            text=["" if many else label for label, many in zip(labels, crowded, strict=True)],
            textposition=["middle left" if at == 0 else "middle right" if at == place.level.max() else "top center"
                          for at in place.level], textfont={"size": 11}, cliponaxis=False,
            customdata=circuit.root_ids.astype(str),
            hovertext=[f"{root_id}<br>{label}<br>{into:,.0f} synapses in, {of:,.0f} out on these paths"
                       for root_id, label, into, of in zip(circuit.root_ids.tolist(), labels, *sums, strict=True)],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )  # fmt: skip
