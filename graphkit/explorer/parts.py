"""The parts that every panel is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dash_ag_grid as dag
from dash import Dash, Input, Output, State, dcc, html, no_update, set_props

from graphkit.explorer.table_rows import columns_of

__all__ = [
    "aria",
    "button",
    "code_block",
    "field",
    "figure_card",
    "grid",
    "kept_grid",
    "made_when_shown",
    "number",
    "plain_number",
    "section",
    "tabs",
]

_MODEBAR = [
    "autoScale2d",
    "hoverClosestCartesian",
    "hoverCompareCartesian",
    "toggleSpikelines",
    "zoomIn2d",
    "zoomOut2d",
]


#: A place for a figure; axes that nobody needs yet would be drawn in every one.
_EMPTY = {"data": [], "layout": {"xaxis": {"visible": False}, "yaxis": {"visible": False}}}

#: Tables in the page's own colours, which change with its theme.
_GRID_LOOK = (
    "themeQuartz.withParams({backgroundColor: 'var(--ground)', foregroundColor: 'var(--text)', "
    "borderColor: 'var(--line)', headerBackgroundColor: 'var(--page)', accentColor: 'var(--accent)', "
    "selectedRowBackgroundColor: 'var(--accent-pale)', rowHoverColor: 'var(--page)', "
    "inputBorder: '1px solid var(--strong-line)', fontFamily: 'var(--font)', fontSize: 13, wrapperBorderRadius: 8, "
    "cellHorizontalPadding: 10, browserColorScheme: 'inherit'})"
)


def aria(**names: str) -> Any:
    """Return what screen readers are told, as Dash wants it."""
    return {f"aria-{name}": text for name, text in names.items()}


def button(text: str, name: str, *, kind: str = "plain", title: str = "", disabled: bool = False) -> html.Button:
    """Return a button; kind is main, plain or quiet."""
    return html.Button(text, id=name, className=f"button {kind}", title=title or None, disabled=disabled, type="button")


def field(label: str, control: Any) -> html.Div:
    """Return a control under its label."""
    return html.Div([html.Label(label, htmlFor=control.id), control], className="field")


def number(
    name: str, value: float | None, *, least: float = 0, step: float | str = 1, placeholder: str = ""
) -> dcc.Input:
    """Return a field for a number."""
    return dcc.Input(id=name, type="number", value=value, min=least, step=step, placeholder=placeholder, debounce=True)


def section(title: str, children: list[Any], *, opened: bool = True) -> html.Details:
    """Return a section of a side bar that folds."""
    return html.Details([html.Summary(title), html.Div(children, className="section")], open=opened)


def tabs(label: str, parts: Mapping[str, str], first: list[Any], *, row_name: str) -> html.Div:
    """Return parts of which one is shown, chosen by a row of tabs; the browser alone switches them.

    Parameters
    ----------
    label
        What the row is called.
    parts
        The text of each tab, by name; the first is open.
    first
        What the first shows; the others are filled by :func:`made_when_shown`.
    row_name
        Id of the row.
    """
    names = list(parts)
    row = [
        html.Button(text, id=f"tab-{name}", className="tab", role="tab", type="button",
                    **aria(controls=f"part-{name}", selected="true" if name == names[0] else "false"))
        for name, text in parts.items()
    ]  # fmt: skip
    shown = [
        html.Div(first, id=f"part-{names[0]}", role="tabpanel"),
        *(html.Div(id=f"part-{name}", role="tabpanel", hidden=True) for name in names[1:]),
    ]
    return html.Div([html.Div(row, className="tabs", role="tablist", id=row_name, **aria(label=label)), *shown])


def made_when_shown(app: Dash, name: str, make: Callable[[], list[Any]]) -> None:
    """Fill an element when it is first shown: what is hidden takes a browser as long as what is seen."""

    @app.callback(
        Output(name, "children"),
        Input(name, "hidden"),
        State(f"{name}-made", "id", allow_optional=True),
        prevent_initial_call=True,
    )
    def made(hidden: bool, mark: str | None) -> Any:
        return no_update if hidden or mark else [*make(), dcc.Store(id=f"{name}-made")]


def code_block(title: str, name: str) -> html.Div:
    """Return a box that shows text and copies it."""
    return html.Div(
        [
            html.Div(
                [html.H3(title), dcc.Clipboard(target_id=name, title=f"Copy {title}", className="copy")],
                className="code-head",
            ),
            html.Pre(id=name, tabIndex=0),
        ],
        className="code",
    )  # fmt: skip


def figure_card(name: str, *, label: str, classes: str = "") -> html.Figure:
    """Return a figure with its title above and its caption below."""
    return html.Figure(
        [
            html.H2(id=f"{name}-title"),
            dcc.Graph(
                id=name, responsive=True, className="graph", figure=_EMPTY,
                config={"displaylogo": False, "scrollZoom": True, "modeBarButtonsToRemove": _MODEBAR,
                        "toImageButtonOptions": {"filename": f"graphkit_{name}", "scale": 2}},
            ),
            html.Figcaption(id=f"{name}-caption"),
        ],
        className=f"card figure {classes}", role="group", **aria(label=label),
    )  # fmt: skip


def grid(frame: Any, name: str | dict[str, str], *, row_id: str | None = None, selectable: bool = False) -> dag.AgGrid:
    """Return a table that fetches its rows as they are looked at."""
    options: dict[str, object] = {
        "cacheBlockSize": 100, "maxBlocksInCache": 20, "infiniteInitialRowCount": 1, "blockLoadDebounceMillis": 20,
        "suppressCellFocus": False, "enableCellTextSelection": True, "ensureDomOrder": True, "rowHeight": 30,
        "headerHeight": 34, "tooltipShowDelay": 300, "theme": {"function": _GRID_LOOK},
    }  # fmt: skip
    if selectable:
        options["rowSelection"] = {"mode": "multiRow", "checkboxes": True, "headerCheckbox": False,
                                   "enableClickSelection": True}  # fmt: skip
    return dag.AgGrid(
        id=name, rowModelType="infinite", getRowId=row_id,
        defaultColDef={"sortable": True, "resizable": True, "floatingFilter": True, "filter": True,
                       "suppressHeaderMenuButton": True},
        dashGridOptions=options, className="grid", **_shape(frame),
    )  # fmt: skip


def kept_grid(columns: Any, frame: Any, name: str, **options: Any) -> Any:
    """Return the table of a circuit where there is none yet, else change the one that is there.

    Building one takes a browser 0.2 s. Its rows the browser asks for anew whenever the circuit changes.

    Parameters
    ----------
    columns
        columnDefs of the table that is there; None where there is none.
    frame, name, options
        As for :func:`grid`.
    """
    if columns is None:
        return grid(frame, name, **options)
    shape = _shape(frame)
    if shape["columnDefs"] == columns:
        del shape["columnDefs"]
    set_props(name, shape)
    return no_update


def _shape(frame: Any) -> dict[str, Any]:
    height = min(420, 90 + 30 * max(len(frame), 2))
    return {"columnDefs": columns_of(frame), "style": {"height": f"{height}px", "width": "100%"}}


def plain_number(given: object, otherwise: float) -> float:
    """Return what a number's field holds; browsers send nothing for a number that is out of its range."""
    return otherwise if given is None or given == "" else float(str(given))
