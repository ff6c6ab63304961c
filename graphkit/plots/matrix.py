"""Wiring as a matrix: who sends to whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from graphkit.circuit import Circuit
from graphkit.errors import DataError
from graphkit.plots.caps import check_cap
from graphkit.plots.labels import labels_of, reaching_values
from graphkit.plots.origin import origin
from graphkit.plots.style import (
    SCALE,
    SIGN_COLORS,
    THEMES,
    Theme,
    counted,
    dressed,
    known,
    message_figure,
    plain,
    short,
    template,
)

__all__ = ["plot_matrix"]

Value = Literal["weight_signed", "synapses", "input_share"]
Order = Literal["cluster", "synapses", "name", "group"]

_TITLES = {"weight_signed": "signed synapses", "synapses": "synapses", "input_share": "share of input (%)"}
_ORDERS = {
    "cluster": "rows and columns clustered: alike wiring side by side", "synapses": "most synapses first",
    "name": "by name", "group": "by group, then most synapses first",
}  # fmt: skip
_NEURONS = 120  # up to so many, neurons are rows of their own unless asked otherwise
_LABELS = 50  # more cannot be read; the hover names them all


def plot_matrix(
    data: Circuit | pd.DataFrame,
    *,
    by: str = "auto",
    value: Value | None = None,
    order: Order = "cluster",
    max_rows: int = 200,
    source: Mapping[str, object] | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """Draw wiring as a matrix: presynaptic rows, postsynaptic columns.

    Parameters
    ----------
    data
        A circuit; or a table with the sending side, the receiving side and their ``synapses`` or ``syn_count`` (and
        ``weight_signed``), as "analysis/cell_type_matrix", "super_class_matrix", "neuropil_matrix" and "adjacency"
        answer: the first two columns that are no counts are the sides.
    by
        Of a circuit: "neuron", "group", "sign", "transmitter" or an annotation, such as "cell_type". "auto" is the
        neuron up to 120 of them, else the finest annotation with up to max_rows values that half of the neurons have.
    value
        "weight_signed": signed synapses, excitatory warm, inhibitory blue. "synapses". "input_share": each column's
        synapses as shares of that column's sum (%). By default signed where the signs are known.
    order
        "cluster": average linkage over the cosine distance of rows and columns together, leaves in optimal order
        (Bar-Joseph et al. 2001, 10.1093/bioinformatics/17.suppl_1.S22). "synapses", "name"; "group": of a circuit's
        neurons.
    max_rows
        Most rows drawn, those with most synapses; the caption says what is left out.
    source
        Of a table: dataset and thresholds, for the caption.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        One heat map; pairs without a connection are empty.

    Raises
    ------
    DataError
        If a property, value, order or theme is not known, max_rows is below 1, or the table has no such columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.plots import plot_matrix
    >>> edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 3], "weight_signed": [30, -12]})
    >>> plot_matrix(Circuit.from_edges(edges, targets=[1])).data[0].type
    'heatmap'
    """
    template(theme)
    known(order, _ORDERS, "order")
    check_cap("max_rows", max_rows, 1)
    table, by, group = _of_circuit(data, by, max_rows) if isinstance(data, Circuit) else _of_table(data)
    facts = origin(data.source if isinstance(data, Circuit) else source or {})
    title = f"Wiring by {by.replace('_', ' ')}"
    if (known_names := {*table["pre"], *table["post"]}) <= {f"no {by}"}:
        # The answer of analysis/neuropil_matrix: a projection alone has no neuron with both.
        relayed = isinstance(data, pd.DataFrame) and "input_neuropil" in data
        none = "no neuron has both input and output: none carries signals on" if relayed else "no connections"
        message = f"no {by.replace('_', ' ')} is known" if known_names else none
        return message_figure(message, title=title, caption=facts, theme=theme)
    if value is None:
        value = "weight_signed" if table["weight_signed"].any() else "synapses"
    known(value, _TITLES, "value")
    # Both sides have the same order, so that the diagonal is the wiring of each with itself.
    sizes = table.groupby("pre")["synapses"].sum().add(table.groupby("post")["synapses"].sum(), fill_value=0)
    names, left_out = reaching_values(sizes, max_rows)
    counts = _matrix(table, "synapses", names)
    shown = _matrix(table, "weight_signed", names) if value == "weight_signed" else counts
    if value == "input_share":
        total = table.groupby("post")["synapses"].sum().reindex(names).fillna(0).to_numpy()
        shown = 100 * counts / np.maximum(total, 1)
    rows = _ordered(shown, names, order, group)
    shown, counts, names = shown[np.ix_(rows, rows)], counts[np.ix_(rows, rows)], [names[row] for row in rows]
    figure = go.Figure(_heatmap(shown, counts, names, value, theme))
    side = {"showgrid": False, "ticks": "", "tickfont": {"size": 10}}
    if len(names) <= _LABELS:
        side |= {"tickvals": list(range(len(names))), "ticktext": [short(name) for name in names]}
    else:
        side |= {"showticklabels": False}
    figure.update_xaxes(title={"text": f"postsynaptic {by.replace('_', ' ')}"}, side="bottom", tickangle=-90, **side)
    figure.update_yaxes(title={"text": f"presynaptic {by.replace('_', ' ')}"}, autorange="reversed", **side)
    caption = [
        f"{len(names):,} x {len(names):,}, {counted(int((counts > 0).sum()), 'pair')} with synapses", left_out,
        _ORDERS[order],
        "colour on a logarithmic scale" if value != "input_share" else "colour by the square root", *facts,
    ]  # fmt: skip
    return dressed(figure, title=title, caption=caption, theme=theme, height=860)


def _of_circuit(circuit: Circuit, by: str, most: int) -> tuple[pd.DataFrame, str, dict[str, str]]:
    if by == "auto":
        table = circuit.neurons()
        fits = [
            name for name in ("cell_type", "sub_class", "cell_class", "super_class")
            if name in table and 1 < table[name].nunique() <= most and table[name].notna().mean() >= 0.5
        ]  # fmt: skip
        by = "neuron" if len(circuit) <= _NEURONS else (fits or ["group"])[0]
    labels = circuit.root_ids.astype(str).astype(object) if by == "neuron" else labels_of(circuit, by)
    table = pd.DataFrame(
        {"pre": labels[circuit.pre], "post": labels[circuit.post], "synapses": circuit.syn_count.astype(np.float64),
         "weight_signed": circuit.weight.astype(np.float64)}
    )  # fmt: skip
    group = dict(zip(labels, circuit.group_labels, strict=True))
    return table.groupby(["pre", "post"], as_index=False).sum(), by, {str(k): str(v) for k, v in group.items()}


def _of_table(table: pd.DataFrame) -> tuple[pd.DataFrame, str, dict[str, str]]:
    counts = [name for name in ("synapses", "syn_count") if name in table]
    sides = [
        name for name in map(str, table) if name.endswith("root_id") or not pd.api.types.is_numeric_dtype(table[name])
    ][:2]
    if not counts or len(sides) < 2:
        raise DataError(
            f"a matrix is drawn of two sides and their synapses; the table has {', '.join(map(str, table.columns))}. "
            "Give a circuit, or the answer of analysis/cell_type_matrix, super_class_matrix, neuropil_matrix or "
            "adjacency."
        )
    by = sides[0].removeprefix("pre_").removeprefix("input_")
    by = "neuron" if by == "root_id" else by
    drawn = pd.DataFrame({"synapses": table[counts[0]].astype(np.float64)})
    drawn["weight_signed"] = table["weight_signed"].astype(np.float64) if "weight_signed" in table else 0.0
    for side, name in zip(("pre", "post"), sides, strict=True):
        drawn[side] = table[name].astype("str").fillna(f"no {by}")
    return drawn, by, {}


def _matrix(table: pd.DataFrame, value: str, names: list[str]) -> npt.NDArray[np.float64]:
    square = table.pivot_table(index="pre", columns="post", values=value, aggfunc="sum", observed=True)
    return square.reindex(index=names, columns=names).fillna(0).to_numpy(np.float64)


def _ordered(
    matrix: npt.NDArray[np.float64], names: list[str], order: Order, group: Mapping[str, str]
) -> npt.NDArray[np.int64]:
    if order == "name":
        return np.argsort(np.array(names, dtype=np.str_), kind="stable")
    if order == "group" and group:
        rank = {name: place for place, name in enumerate(dict.fromkeys(group.values()))}
        return np.argsort(np.array([rank[group[name]] for name in names]), kind="stable")
    if order != "cluster" or len(names) < 3:
        return np.arange(len(names))
    profile = np.sign(matrix) * np.log1p(np.abs(matrix))
    profile = np.hstack([profile, profile.T])
    # Cosine distance is not defined for rows of zeros: they stand together at the end.
    length = np.linalg.norm(profile, axis=1)
    wired = np.flatnonzero(length > 0)
    unit = profile[wired] / length[wired, None]
    from scipy.cluster.hierarchy import leaves_list, linkage  # 0.2 s, for those who cluster

    tree = linkage(unit, "average", metric="sqeuclidean", optimal_ordering=len(wired) <= 500)
    leaves: npt.NDArray[np.int64] = wired[leaves_list(tree)]
    return np.concatenate([leaves, np.flatnonzero(length == 0)])


def _heatmap(
    shown: npt.NDArray[np.float64], counts: npt.NDArray[np.float64], names: list[str], value: Value, theme: Theme
) -> go.Heatmap:
    place = np.sqrt(shown) if value == "input_share" else np.sign(shown) * np.log10(1 + np.abs(shown))
    # Where signs cancel or are not known, a pair with synapses still is no empty pair: it gets the scale's middle.
    place[counts == 0] = np.nan
    top = float(np.nanmax(np.abs(place), initial=0.0)) or 1.0
    if value == "weight_signed":
        scale = [[0.0, SIGN_COLORS["inhibitory"]], [0.5, THEMES[theme].grid], [1.0, SIGN_COLORS["excitatory"]]]
        powers = range(1, int(np.ceil(top)) + 1) if top >= 1 else [0]
        marks = [sign * 10.0**power for power in powers for sign in (-1, 1)] + [0.0]
    else:
        scale = SCALE
        marks = [0.1, 1, 5, 10, 25, 50, 100] if value == "input_share" else [10.0**p for p in range(int(top) + 1)]
    ticks = {
        float(np.sqrt(m) if value == "input_share" else np.sign(m) * np.log10(1 + abs(m))): m for m in sorted(marks)
    }
    ticks = {at: mark for at, mark in ticks.items() if abs(at) <= top * 1.001}
    suffix = {"weight_signed": ", {:+,.0f} net", "input_share": ", {:.2f} % of the column's", "synapses": ""}[value]
    text = np.array(
        [
            [f"{count:,.0f} synapses{suffix.format(of)}" for count, of in zip(*row, strict=True)]
            for row in zip(counts, shown, strict=True)
        ],
        dtype=object,
    )
    shown_names = [plain(name) for name in names]
    return go.Heatmap(
        z=place, x=list(range(len(names))), y=list(range(len(names))), colorscale=scale,
        zmin=-top if value == "weight_signed" else 0, zmax=top, hoverongaps=False, xgap=1 if len(names) <= 60 else 0,
        ygap=1 if len(names) <= 60 else 0,
        text=text, customdata=[[[pre, post] for post in shown_names] for pre in shown_names],
        hovertemplate="%{customdata[0]}<br>→ %{customdata[1]}<br>%{text}<extra></extra>",
        colorbar={"title": {"text": _TITLES[value], "side": "right"}, "thickness": 12, "len": 0.6, "outlinewidth": 0,
                  "tickvals": list(ticks), "ticktext": [f"{mark:,g}".replace("-", "−") for mark in ticks.values()]},
    )  # fmt: skip
