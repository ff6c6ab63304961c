"""The page around its panels.

Head, navigation, messages; what the browser remembers.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
from dash import MATCH, Dash, Input, Output, State, ctx, dcc, html, no_update, set_props

from graphkit.circuit import Circuit
from graphkit.errors import GraphkitError
from graphkit.explorer.explorer import Explorer
from graphkit.explorer.panels.ask import ask_panel
from graphkit.explorer.panels.circuit import circuit_panel
from graphkit.explorer.panels.simulate import simulate_panel
from graphkit.explorer.panels.take import take_panel
from graphkit.explorer.parts import aria, made_when_shown
from graphkit.explorer.table_rows import shown_rows
from graphkit.explorer.tables import boundary_table, connections_table, neurons_table
from graphkit.explorer.view import Panel, View
from graphkit.loading import named_dataset
from graphkit.steps import COMMANDS

__all__ = ["layout", "on_error", "register"]

PANELS: dict[Panel, str] = {"circuit": "Circuit", "ask": "Ask", "simulate": "Simulate", "take": "Take away"}
#: What is made when it is opened.
_LATER: dict[str, Callable[[Explorer], list[Any]]] = {
    "ask": ask_panel, "simulate": simulate_panel, "take": lambda _: take_panel(),
}  # fmt: skip
#: The rows of each table of the circuit.
_TABLES: dict[str, Callable[[Circuit], pd.DataFrame]] = {
    "neurons": neurons_table, "connections": connections_table,
    "boundary": lambda circuit: boundary_table(neurons_table(circuit)),
}  # fmt: skip
_GRAPHS = ("network", "raster", "rates", "activity", "comparison", "ask-network", "wiring", "cut")


def layout(explorer: Explorer) -> html.Div:
    """Return the whole page."""
    tabs = [
        html.Button(
            label, id=f"go-{name}", className="tab", role="tab", type="button", **aria(controls=f"panel-{name}")
        )
        for name, label in PANELS.items()
    ]
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            *(
                dcc.Store(id=name)
                for name in (
                    "view-circuit",
                    "view-wiring",
                    "view-ask",
                    "view-run",
                    "painted",
                    "refetched",
                    "room",
                    "tab",
                )
            ),
            dcc.Store(id="selected", storage_type="session"),
            dcc.Store(id="generation", data=0),
            html.A("Skip to the circuit", href="#circuit-shown", className="skip"),
            html.Header(
                [
                    html.Div(
                        [html.Span("graphkit", className="wordmark"), html.Div(id="dataset", className="dataset")],
                        className="head",
                    ),
                    html.Nav(tabs, role="tablist", className="tabs-bar", **aria(label="Panels")),
                    html.Button(
                        "◐",
                        id="theme",
                        className="button quiet",
                        type="button",
                        title="Dark or light",
                        **aria(pressed="false", label="Dark theme"),
                    ),
                    html.Span(
                        "read-only" if not explorer.graphs.writable else "writes",
                        className="badge",
                        title="Started without --write: nothing here changes the graph."
                        if not explorer.graphs.writable
                        else "Started with --write: marks and runs can be written.",
                    ),
                ]
            ),
            html.Div(
                [
                    html.P(id="message-text"),
                    html.Button("Close", id="message-close", className="button quiet", type="button"),
                ],
                id="message",
                className="message",
                role="alert",
                hidden=True,
            ),
            html.Main(
                [
                    circuit_panel(explorer),
                    *(html.Div(id=f"panel-{name}", className="panel", role="tabpanel", hidden=True) for name in _LATER),
                ]
            ),
            html.Footer(id="citation"),
        ],
    )


def on_error(error: Exception) -> Any:
    """Tell an error in the page; what is none of ours goes into the terminal as well."""
    if not isinstance(error, GraphkitError):
        traceback.print_exception(error)
    said = str(error) if isinstance(error, GraphkitError) else f"{type(error).__name__}: {error}"
    set_props("message-text", {"children": said})
    set_props("message", {"hidden": False})
    return no_update


def register(app: Dash, explorer: Explorer) -> None:
    """Add the page's callbacks to the application."""

    @app.callback(
        *[Output(f"panel-{name}", "hidden") for name in PANELS],
        *[Output(f"go-{name}", "aria-selected") for name in PANELS],
        Output("view-circuit", "data"),
        Output("view-wiring", "data"),
        Output("view-ask", "data"),
        Output("view-run", "data"),
        Output("selected", "data", allow_duplicate=True),
        Output("draw-color", "value"),
        Output("draw-layout", "value"),
        Output("draw-min", "value"),
        Output("draw-most", "value"),
        Output("message", "hidden", allow_duplicate=True),
        Input("url", "hash"),
        State("view-circuit", "data"),
        State("view-wiring", "data"),
        State("view-ask", "data"),
        State("view-run", "data"),
        *[State(f"panel-{name}", "hidden") for name in PANELS],
        prevent_initial_call="initial_duplicate",
    )
    def turned(
        address: str | None,
        circuit: str,
        wiring: dict[str, str],
        ask: dict[str, Any] | None,
        run: dict[str, str],
        *hidden: bool | None,
    ) -> Any:
        view = View.decode(address or "")
        drawn = view.drawn.encode()
        runs = {"run": view.run, "compared_with": view.compared_with}
        asked = dict(view.ask) or None
        drawn_wiring = {"figure": view.wiring, "by": view.wiring_by}
        return (
            *[
                no_update if bool(now) == (name != view.panel) else name != view.panel
                for name, now in zip(PANELS, hidden, strict=True)
            ],
            *["true" if name == view.panel else "false" for name in PANELS],
            no_update if drawn == circuit else drawn,
            no_update if drawn_wiring == wiring else drawn_wiring,
            no_update if asked == ask else asked,
            no_update if runs == run else runs,
            list(view.selected) if view.selected else no_update,
            view.color_by,
            view.layout,
            view.min_synapses,
            view.max_connections,
            True,
        )

    for name, make in _LATER.items():
        made_when_shown(app, f"panel-{name}", partial(make, explorer))

    @app.callback(
        Output("url", "hash", allow_duplicate=True),
        *[Input(f"go-{name}", "n_clicks") for name in PANELS],
        State("url", "hash"),
        prevent_initial_call=True,
    )
    def go(*given: Any) -> Any:
        if not ctx.triggered[0]["value"]:
            return no_update
        [panel] = [name for name in PANELS if ctx.triggered_id == f"go-{name}"]
        view = replace(View.decode(given[-1] or ""), panel=panel)
        return f"#{view.encode()}"

    @app.callback(
        Output("dataset", "children"),
        Output("citation", "children"),
        Output("welcome", "children"),
        Input("generation", "data"),
    )
    def dataset(_: int) -> Any:
        return _dataset(explorer)

    for table, rows in _TABLES.items():
        _fetched(app, explorer, f"{table}-grid", rows)

    @app.callback(
        Output({"answer_to": MATCH}, "getRowsResponse"),
        Input({"answer_to": MATCH}, "getRowsRequest"),
        State({"answer_to": MATCH}, "id"),
        prevent_initial_call=True,
    )
    def answer(request: dict[str, Any] | None, name: dict[str, str]) -> Any:
        if request is None:
            return no_update
        return shown_rows(explorer.answer(json.loads(name["answer_to"])).table, request)

    app.clientside_callback(
        "function(clicks) { return true; }",
        Output("message", "hidden", allow_duplicate=True),
        Input("message-close", "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        "dash_clientside.explorer.select",
        Output("selected", "data", allow_duplicate=True),
        *[Input(name, event, allow_optional=True) for name in _GRAPHS for event in ("clickData", "selectedData")],
        Input("selected-clear", "n_clicks"),
        State("selected", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        "dash_clientside.explorer.room",
        Output("room", "data"),
        Output("theme", "aria-pressed"),
        Input("url", "pathname"),
        Input("theme", "n_clicks"),
    )
    app.clientside_callback("dash_clientside.explorer.tab", Output("tab", "data"), Input("url", "pathname"))
    app.clientside_callback(
        "dash_clientside.explorer.paint",
        Output("painted", "data"),
        Output("selected-text", "children"),
        Input("selected", "data"),
        *[Input(name, "figure", allow_optional=True) for name in _GRAPHS],
    )


def _fetched(app: Dash, explorer: Explorer, name: str, rows: Callable[[Circuit], pd.DataFrame]) -> None:
    """Answer what a table of the circuit asks for."""

    @app.callback(
        Output(name, "getRowsResponse"),
        Input(name, "getRowsRequest"),
        State("view-circuit", "data"),
        prevent_initial_call=True,
    )
    def fetched(request: dict[str, Any] | None, encoded: str | None) -> Any:
        circuit = None if encoded is None else explorer.looked(View.decode(encoded)).circuit
        return no_update if request is None or circuit is None else shown_rows(rows(circuit), request)


def _dataset(explorer: Explorer) -> Any:
    info = explorer.info()
    counts: Any = info.get("counts") or {}
    datasets: Any = info.get("datasets") or []
    if not datasets:
        empty = html.Div(
            [html.H1("This graph is empty"), html.P(["Load a connectome first: ", html.Code("graphkit load FOLDER")])]
        )
        return explorer.address, "", empty
    named = ", ".join(named_dataset(one["name"], one["version"]) for one in datasets)
    facts = [f"{counts['neurons']:,} neurons"] + [
        f"{counts[key]:,} {label}"
        for key, label in (("connections", "connections"), ("synapses", "synapses"))
        if key in counts
    ]
    cited = " ".join(f"{one['name']}: cite {one['citation']}. Licence: {one['licence']}." for one in datasets)
    welcome = html.Div(
        [
            html.H1("Pick neurons to begin"),
            html.P(
                f"{named} has {counts['neurons']:,} neurons. Choose a class, a cell type, a side or a transmitter on "
                "the left, paste ids, or write Cypher; then let the circuit grow."
            ),
        ]
    )
    said = {"stale": "is older than its input", "interrupted": "was interrupted", "running": "is being run"}
    steps: Any = info["steps"]
    late = [f"{name} {said[state]}: {COMMANDS[name]}" for name, state in steps.items() if state in said]
    told = [html.Strong(named), html.Span(" · ".join(facts))]
    return [*told, html.Em("; ".join(late))] if late else told, cited, welcome
