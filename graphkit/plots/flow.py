"""Synapses as a flow from class to class."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from graphkit.circuit import Circuit
from graphkit.plots.labels import colors_of, labels_of, reaching_values
from graphkit.plots.origin import origin
from graphkit.plots.style import (
    SIGN_COLORS,
    SIGN_NAMES,
    THEMES,
    UNKNOWN,
    Theme,
    dressed,
    known,
    message_figure,
    pale,
    plain,
    short,
    template,
)

__all__ = ["plot_flow"]

_PAD, _HEIGHT = 12, 600  # pixels between nodes, and of a column
_NAMED = 12  # classes of a column; the others share one node
_FULLNESS = {1: 0.3, -1: 0.8, 0: 0.5}  # opacity of a link: its sign shows without colour


def plot_flow(
    circuit: Circuit,
    *,
    by: str = "auto",
    columns: Literal["levels", "pre_post"] = "levels",
    theme: Theme = "light",
) -> go.Figure:
    """Draw where synapses go: a Sankey diagram, as wide as their number, coloured by sign, inhibitory ones fuller.

    Parameters
    ----------
    circuit
        Neurons and connections.
    by
        What a node is: "group", "sign", "transmitter" or an annotation. "auto" is the first of cell_class,
        super_class, transmitter that is known, else the group.
    columns
        "levels": a column per group, targets first, and in it the classes; drawn is what goes from one column to the
        next, the caption says how many synapses go elsewhere (within a level, backwards, over a level). "pre_post": the
        sending classes left, the receiving ones right; every synapse is drawn.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        One Sankey trace; the value of a link is its synapses.

    Raises
    ------
    DataError
        If a property, the columns or the theme is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit
    >>> from graphkit.plots import plot_flow
    >>> edges = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 3], "weight_signed": [30, -12]})
    >>> plot_flow(Circuit.from_edges(edges, targets=[1])).data[0].link.value
    (30, 12)
    """
    template(theme)
    known(columns, ("levels", "pre_post"), "columns")
    if by == "auto":
        candidates = [name for name in ("cell_class", "super_class", "nt_type") if name in circuit.annotations]
        by = next((name for name in candidates if circuit.annotations[name].notna().any()), "group")
        by = "transmitter" if by == "nt_type" else by
    facts = origin(circuit.source)
    title = f"Flow of {int(circuit.syn_count.sum(dtype=np.int64)):,} synapses by {by.replace('_', ' ')}"
    if not len(circuit.pre):
        return message_figure("no connections", title=title, caption=facts, theme=theme)
    names = np.array(circuit.group_names)
    labels = labels_of(circuit, by)
    place = circuit.group.astype(int) if columns == "levels" else np.zeros(len(circuit), int)
    table = pd.DataFrame(
        {
            "pre": labels[circuit.pre], "post": labels[circuit.post], "from": place[circuit.pre],
            "to": place[circuit.post] if columns == "levels" else 1, "synapses": circuit.syn_count.astype(np.int64),
            "sign": np.sign(circuit.weight).astype(int),
        }
    )  # fmt: skip
    columns_used = sorted(set(table["from"]) | set(table["to"]))
    table[["from", "to"]] = table[["from", "to"]].apply(lambda side: side.map(columns_used.index))
    onward = table["to"] == table["from"] + 1
    elsewhere = int(table.loc[~onward, "synapses"].sum())
    drawn: pd.DataFrame = table[onward]
    if not len(drawn):
        return message_figure("no synapses from one level to the next", title=title, caption=facts, theme=theme)
    kept, left_out = _largest(drawn)
    for side in ("pre", "post"):
        drawn = drawn.assign(**{side: drawn[side].where(drawn[side].isin(kept), "others")})
    links = drawn.groupby(["from", "pre", "to", "post", "sign"])["synapses"].sum().reset_index()
    headings = [str(names[at]) for at in columns_used] if columns == "levels" else ["presynaptic", "postsynaptic"]
    headings = headings[: int(links["to"].max()) + 1]  # nothing that is drawn reaches the others
    figure = go.Figure(_sankey(links, kept, by, len(headings), theme))
    for number, heading in enumerate(headings):
        last = number == len(headings) - 1
        figure.add_annotation(
            text=f"<b>{plain(heading)}</b>", name="level", x=number / max(len(headings) - 1, 1), xref="paper", y=1.0,
            yref="paper", yanchor="bottom", xanchor="right" if last else "center" if number else "left",
            showarrow=False,
        )  # fmt: skip
    shown = {SIGN_NAMES[sign] for sign in links["sign"].tolist()}
    for sign, name in SIGN_NAMES.items():
        if name in shown:
            mark = {"symbol": "square", "size": 11, "color": pale(SIGN_COLORS[name], _FULLNESS[sign])}
            figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=name, marker=mark))
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    caption = [
        "width: synapses", "excitatory flows are pale, inhibitory ones full" if len(shown) > 1 else "", left_out,
        f"{elsewhere:,} synapses within a level, backwards or over a level are not drawn" if elsewhere else "", *facts,
    ]  # fmt: skip
    return dressed(figure, title=title, caption=caption, theme=theme, height=760, above=30)


def _largest(drawn: pd.DataFrame) -> tuple[list[str], str]:
    sizes = drawn.groupby("pre")["synapses"].sum().add(drawn.groupby("post")["synapses"].sum(), fill_value=0)
    kept, told = reaching_values(sizes, _NAMED)
    return kept, f"{told}, and are 'others'" if told else ""


def _sankey(links: pd.DataFrame, kept: list[str], by: str, columns: int, theme: Theme) -> go.Sankey:
    colors = {**colors_of(kept, by), "others": UNKNOWN}
    total = links["synapses"].sum()
    ends = [
        links[["from", "pre"]].set_axis(["at", "name"], axis=1),
        links[["to", "post"]].set_axis(["at", "name"], axis=1),
    ]
    nodes = pd.concat(ends).drop_duplicates().sort_values(["at", "name"]).reset_index(drop=True)
    number = {(int(at), str(name)): place for place, (at, name) in enumerate(nodes.itertuples(index=False))}
    look = THEMES[theme]
    return go.Sankey(
        arrangement="snap", domain={"y": [0.07, 1]},
        node={
            "label": [short(name) for name in nodes["name"]], "customdata": [plain(name) for name in nodes["name"]],
            "color": [colors[name] for name in nodes["name"]],
            "x": [0.001 + 0.998 * at / max(columns - 1, 1) for at in nodes["at"]],
            "y": _heights(links, nodes), "pad": _PAD, "thickness": 14, "line": {"width": 0.5, "color": look.ground},
            "hovertemplate": "%{customdata}<br>%{value:,.0f} synapses<extra></extra>",
        },
        link={
            "source": [number[int(at), str(pre)] for at, pre in zip(links["from"], links["pre"], strict=True)],
            "target": [number[int(at), str(post)] for at, post in zip(links["to"], links["post"], strict=True)],
            "value": links["synapses"].tolist(),
            "color": [pale(SIGN_COLORS[SIGN_NAMES[sign]], _FULLNESS[sign]) for sign in links["sign"].tolist()],
            "customdata": [
                f"{SIGN_NAMES[sign]}, {value / total:.1%} of those drawn"
                for sign, value in zip(links["sign"].tolist(), links["synapses"].tolist(), strict=True)
            ],
            "hovertemplate": "%{source.customdata} → %{target.customdata}<br>%{value:,.0f} synapses<br>%{customdata}"
                             "<extra></extra>",
        },
    )  # fmt: skip


def _heights(links: pd.DataFrame, nodes: pd.DataFrame) -> list[float]:
    """Return where each node stands in its column, from 0 (top), largest first."""
    out = links.groupby(["from", "pre"])["synapses"].sum().rename_axis(["at", "name"])
    into = links.groupby(["to", "post"])["synapses"].sum().rename_axis(["at", "name"])
    size = pd.concat([out, into]).groupby(level=[0, 1]).max()
    wanted = [size[(at, name)] for at, name in nodes.itertuples(index=False)]
    table = nodes.assign(size=wanted).sort_values(["at", "size"], ascending=[True, False])
    columns = table.groupby("at")["size"]
    # One scale for all columns: that of the fullest, gaps included.
    scale = ((1 - _PAD * (columns.size() - 1) / _HEIGHT) / columns.sum()).min()
    height = table["size"] * scale + _PAD / _HEIGHT
    bottom = height.groupby(table["at"]).cumsum()
    middle = bottom - height / 2 + (1 - height.groupby(table["at"]).transform("sum")) / 2
    heights: list[float] = middle.reindex(nodes.index).clip(0.001, 0.999).tolist()
    return heights
