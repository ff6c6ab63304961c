"""Where a neuron's input comes from, or its output goes."""

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
from graphkit.plots.labels import labels_of
from graphkit.plots.origin import origin
from graphkit.plots.style import (
    SIGN_COLORS,
    SIGN_NAMES,
    UNKNOWN,
    Theme,
    dressed,
    known,
    message_figure,
    plain,
    short,
    template,
)

__all__ = ["plot_partners"]

_PATTERNS = {"excitatory": "", "inhibitory": "/", "unknown sign": "."}
_REST = "not in the circuit, or below its thresholds"


def plot_partners(
    data: Circuit | pd.DataFrame,
    root_id: int | None = None,
    *,
    direction: Literal["in", "out"] = "in",
    by: str = "neuron",
    max_partners: int = 30,
    source: Mapping[str, object] | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """Draw the partners of a neuron: each with its share of the neuron's input, or of its output.

    Parameters
    ----------
    data
        A circuit; or the answer of "analysis/partners_upstream", "partners_downstream", "partner_types_upstream",
        "partner_types_downstream" or "input_transmitters".
    root_id
        Of a circuit: the neuron.
    direction
        Of a circuit: "in" or "out".
    by
        Of a circuit: "neuron", or what the partners are put together by: "cell_type", "transmitter", "group", …
    max_partners
        Most bars; the caption says what the others have.
    source
        Of a table: dataset and thresholds, for the caption.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        A bar per partner and sign, strongest first: % of the neuron's synapses in that direction, in the whole dataset
        where these were counted. The last bar is what the circuit's cut took away. customdata is [partner, synapses].

    Raises
    ------
    DataError
        If the table is no such answer, no neuron is named, max_partners is below 1, or a property, direction or theme
        is not known.
    SelectionError
        If the neuron is not in the circuit.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.plots import plot_partners
    >>> edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [3, 3], "weight_signed": [30, -10]})
    >>> [float(bar.x[0]) for bar in plot_partners(Circuit.from_edges(edges), 3).data]
    [75.0, 25.0]
    """
    template(theme)
    known(direction, ("in", "out"), "direction")
    check_cap("max_partners", max_partners, 1)
    what = {"in": "input", "out": "output"}[direction]
    if isinstance(data, Circuit):
        if root_id is None:
            raise DataError("plot_partners draws one neuron of a circuit: give its root_id")
        table, lost = _of_circuit(data, root_id, direction, by)
        (name,) = _names(data)[data.root_ids == root_id]
        title = f"{what.capitalize()} of {f'neuron {name}' if name == str(root_id) else name}"
        facts = origin(data.source)
    else:
        table, what = _of_table(data)
        lost, title, facts = 0.0, f"{what.capitalize()} by partner", origin(source or {})
    if not len(table):
        return message_figure(f"no {what} in the circuit", title=title, caption=facts, theme=theme)
    totals = table.groupby("name")["synapses"].sum().sort_values(ascending=False, kind="stable")
    shown = totals.index[:max_partners].tolist()
    table = table[table["name"].isin(shown)]
    figure = go.Figure()
    for name, color in SIGN_COLORS.items():
        part = table[table["sign"].map(SIGN_NAMES) == name]
        if len(part):
            figure.add_trace(
                go.Bar(
                    x=100 * part["share"], y=[shown.index(each) for each in part["name"]], orientation="h", name=name,
                    marker={"color": color, "pattern": {"shape": _PATTERNS[name], "fgcolor": "rgba(0,0,0,0.4)",
                                                        "fillmode": "overlay", "size": 6, "solidity": 0.15}},
                    customdata=np.column_stack([part["name"].map(plain), part["synapses"]]),
                    hovertemplate=f"%{{customdata[0]}}<br>%{{customdata[1]:,}} synapses, {name}<br>%{{x:.2f}} % of "
                                  f"{what}<extra></extra>",
                )
            )  # fmt: skip
    rows = [short(name, 40) for name in shown]  # a type and an id
    if lost > 0:
        figure.add_trace(
            go.Bar(x=[100 * lost], y=[len(rows)], orientation="h", name=_REST, marker={"color": UNKNOWN},
                   customdata=[[_REST, None]], hovertemplate=f"{_REST}<br>%{{x:.2f}} % of {what}<extra></extra>")
        )  # fmt: skip
        rows.append("cut off")
    figure.update_layout(
        barmode="stack", bargap=0.25, xaxis={"title": {"text": f"share of {what} (%)"}, "rangemode": "tozero"},
        yaxis={"tickvals": list(range(len(rows))), "ticktext": rows, "range": [len(rows) - 0.4, -0.6],
               "showgrid": False, "ticks": ""},
    )  # fmt: skip
    others = totals.iloc[max_partners:]
    left_out = f"{len(others):,} further partners with {int(others.sum()):,} synapses left out" if len(others) else ""
    caption = [f"{len(totals):,} partners, {int(totals.sum()):,} synapses", left_out, *facts]
    return dressed(figure, title=title, caption=caption, theme=theme, height=max(360, 190 + 22 * len(rows)))


def _of_circuit(circuit: Circuit, root_id: int, direction: str, by: str) -> tuple[pd.DataFrame, float]:
    position = int(circuit.positions([root_id])[0])
    mine, other = (circuit.post, circuit.pre) if direction == "in" else (circuit.pre, circuit.post)
    chosen = np.flatnonzero(mine == position)
    names = _names(circuit) if by == "neuron" else labels_of(circuit, by)
    table = pd.DataFrame(
        {"name": names[other[chosen]], "sign": np.sign(circuit.weight[chosen]).astype(int),
         "synapses": circuit.syn_count[chosen].astype(np.int64)}
    )  # fmt: skip
    inside = int(table["synapses"].sum())
    column = f"{direction}put_synapses"
    counted = circuit.annotations[column].iloc[position] if column in circuit.annotations else None
    total = inside if counted is None or pd.isna(counted) else max(inside, int(counted))
    table = table.groupby(["name", "sign"], as_index=False).sum()
    return table.assign(share=table["synapses"] / max(total, 1)), 1 - inside / max(total, 1)


def _names(circuit: Circuit) -> npt.NDArray[np.object_]:
    """Return (n,) each neuron's type, where it is known, and id."""
    ids = circuit.root_ids.astype(str).astype(object)
    if "cell_type" not in circuit.annotations:
        return ids
    kind = labels_of(circuit, "cell_type")
    return np.where(kind == "no cell_type", ids, kind + " " + ids)


def _of_table(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    count = next((name for name in ("synapses", "syn_count") if name in table), None)
    share = next((name for name in ("input_share", "share") if name in table), None)
    names = [name for name in ("cell_type", "nt_type", "pre_root_id", "post_root_id") if name in table]
    if count is None or not names:
        raise DataError(
            "partners are drawn of a circuit, or of the answer of analysis/partners_upstream, partner_types_upstream "
            f"or input_transmitters; the table has {', '.join(map(str, table.columns))}"
        )
    what = "output" if "pre_root_id" in table and table["pre_root_id"].nunique() == 1 < len(table) else "input"
    name = "post_root_id" if what == "output" else names[0]
    text = table[name].astype("str").fillna(f"no {name}")
    sign = np.sign(table["weight_signed"]).astype(int) if "weight_signed" in table else 0
    drawn = pd.DataFrame({"name": text, "sign": sign, "synapses": table[count]})
    drawn["share"] = table[share] if share and what == "input" else drawn["synapses"] / max(drawn["synapses"].sum(), 1)
    return drawn.groupby(["name", "sign"], as_index=False).sum(), what
