"""What transmitters neurons have, how sure that is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from graphkit.circuit import Circuit
from graphkit.errors import DataError
from graphkit.plots.labels import reaching_values
from graphkit.plots.origin import origin
from graphkit.plots.style import (
    TRANSMITTER_COLORS,
    UNKNOWN,
    Theme,
    counted,
    dressed,
    message_figure,
    plain,
    template,
    transmitter,
)

__all__ = ["plot_transmitters"]

_MISSING = "unknown"
_ROWS = 24
_PATTERNS = ("", "/", "\\", "x", "-", "|", "+", ".")  # of the bars, so that no colour is needed


def plot_transmitters(
    data: Circuit | pd.DataFrame,
    *,
    by: str = "group",
    source: Mapping[str, object] | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """Draw which share of each group of neurons has which transmitter, and the confidence of each transmitter.

    Parameters
    ----------
    data
        A circuit; or a table of neurons with nt_type and nt_confidence, as ``connectome.neurons()`` gives it.
    by
        "group", or an annotation such as "cell_class": a bar for each of its values, those with most neurons.
    source
        Of a table: dataset, for the caption.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        A stacked bar per group (% of its neurons) and a box of confidences per transmitter.

    Raises
    ------
    DataError
        If the neurons have no transmitters, or no such property, or the theme is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit.plots import plot_transmitters
    >>> neurons = pd.DataFrame({"root_id": [1, 2], "nt_type": ["ACH", None], "nt_confidence": [0.9, None],
    ...                         "cell_class": ["ALPN", "ALPN"]})
    >>> [trace.name for trace in plot_transmitters(neurons, by="cell_class").data if trace.type == "bar"]
    ['ACH', 'unknown']
    """
    template(theme)
    table = data.neurons() if isinstance(data, Circuit) else data
    facts = origin(data.source if isinstance(data, Circuit) else source or {})
    title = f"Transmitters of {counted(len(table), 'neuron')}"
    for name in ("nt_type", by):
        if name not in table:
            hint = " Predict the transmitters first." if name == "nt_type" else ""
            raise DataError(f"the neurons have no property {name!r}; they have {', '.join(map(str, table))}.{hint}")
    if not len(table):
        return message_figure("no neurons", title=title, caption=facts, theme=theme)
    kind = table["nt_type"].map(transmitter, na_action="ignore").astype(object)
    kind = kind.where(kind.notna(), _MISSING)
    group = table[by].astype("str").fillna(f"no {by}")
    sizes = group.value_counts()
    rows = list(dict.fromkeys(group)) if by == "group" else reaching_values(sizes, _ROWS)[0]
    share = 100 * pd.crosstab(group, kind, normalize="index").reindex(rows)
    present = set(kind)
    known = [name for name in TRANSMITTER_COLORS if name in present]
    names = [
        *known,
        *sorted(present - set(TRANSMITTER_COLORS) - {_MISSING}),
        *([_MISSING] if _MISSING in present else []),
    ]
    figure = go.Figure()
    for number, name in enumerate(names):
        color = TRANSMITTER_COLORS.get(name, UNKNOWN)
        figure.add_trace(
            go.Bar(
                x=share[name], y=list(range(len(rows))), orientation="h", name=plain(name), legendgroup=name,
                marker={"color": color, "line": {"width": 0},
                        "pattern": {"shape": _PATTERNS[number % len(_PATTERNS)], "size": 6, "solidity": 0.15,
                                    "fillmode": "overlay", "fgcolor": "rgba(0,0,0,0.45)"}},
                customdata=[[plain(row), round(float(of) / 100 * int(sizes[row]))]
                            for row, of in zip(rows, share[name], strict=True)],
                hovertemplate=f"%{{customdata[0]}}<br>{plain(name)} %{{x:.1f}} %, %{{customdata[1]:,}} neurons"
                              "<extra></extra>",
            )
        )  # fmt: skip
    confident = table["nt_confidence"].to_numpy(np.float64, na_value=np.nan) if "nt_confidence" in table else None
    if confident is not None and np.isnan(confident[(kind != _MISSING).to_numpy()]).all():
        confident = None  # of scores, overrides or nothing known: an empty panel would say nothing
    if confident is not None:
        _add_confidence(figure, confident, kind.to_numpy(), [name for name in names if name != _MISSING])
    left = 0.62 if confident is not None else 1
    figure.update_layout(
        barmode="stack", bargap=0.3,
        xaxis={"domain": [0, left], "title": {"text": "neurons (%)"}, "range": [0, 100]},
        yaxis={"tickvals": list(range(len(rows))), "range": [len(rows) - 0.5, -0.5], "showgrid": False, "ticks": "",
               "ticktext": [f"{plain(row)}<br>{counted(sizes[row], 'neuron')}" for row in rows]},
    )  # fmt: skip
    if confident is not None:
        figure.update_layout(
            xaxis2={"domain": [0.72, 1], "anchor": "y2", "title": {"text": "confidence (share of the labelled votes)"},
                    "range": [0, 1.02]},
            yaxis2={"anchor": "x2", "autorange": "reversed", "showgrid": False, "ticks": ""},
        )  # fmt: skip
    shown = f"the {len(rows)} of {len(sizes):,} with most neurons" if len(rows) < len(sizes) else ""
    boxes = (
        "boxes: quartiles of the confidence, whiskers to the 5th and 95th percentile" if confident is not None else ""
    )
    return dressed(
        figure, title=f"{title} by {by.replace('_', ' ')}", caption=[shown, boxes, *facts], theme=theme,
        height=max(420, 220 + 36 * len(rows)),
    )  # fmt: skip


def _add_confidence(
    figure: go.Figure, confidence: npt.NDArray[np.float64], kind: npt.NDArray[np.object_], names: list[str]
) -> None:
    for name in names:
        values = confidence[(kind == name) & ~np.isnan(confidence)]
        if not len(values):
            continue
        low, q1, median, q3, high = (np.array([q]) for q in np.percentile(values, [5, 25, 50, 75, 95]))
        figure.add_trace(
            go.Box(
                y=[plain(name)], q1=q1, median=median, q3=q3, lowerfence=low, upperfence=high, orientation="h",
                xaxis="x2", yaxis="y2", name=plain(name), legendgroup=name, showlegend=False, width=0.35,
                line={"color": TRANSMITTER_COLORS.get(name, UNKNOWN), "width": 1.5},
                hoverinfo="x",
            )
        )  # fmt: skip
