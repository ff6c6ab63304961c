"""The panel Take away: what was found, as files."""

from __future__ import annotations

import base64
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from graphkit.errors import ParameterError
from graphkit.explorer.explorer import Explorer
from graphkit.explorer.figures import FIGURES, WIRING, theme_of
from graphkit.explorer.parts import button
from graphkit.explorer.tables import connections_table, neurons_table
from graphkit.explorer.view import View, id_texts
from graphkit.exports import write_graph
from graphkit.plots import to_html

__all__ = ["register", "take_panel"]

_PICTURES = {"network": "Network", "raster": "Raster", "rates": "Rates", "activity": "Network by rate"}
_WIRING = {name: told.capitalize() for name, (told, _) in WIRING.items()}


def _rows(names: Mapping[str, str], kinds: Mapping[str, str]) -> html.Table:
    """Return a line of buttons, a kind of file each, for every name."""
    rows = [
        html.Tr([html.Th(label, scope="row"), html.Td([button(said, f"take-{name}-{kind}", title=f"{label} as {said}")
                                                       for kind, said in kinds.items()])])
        for name, label in names.items()
    ]  # fmt: skip
    return html.Table(html.Tbody(rows), className="take")


def take_panel() -> list[Any]:
    """Return what the panel holds."""
    figures = {"html": "HTML", "png": "PNG", "svg": "SVG"}
    named = {
        "neurons": "Neurons", "connections": "Connections", "answer": "Answer of Ask", "run_rates": "Rates of the run",
    }  # fmt: skip
    whole = [
        html.Tr(
            [
                html.Th("Circuit", scope="row"),
                html.Td([button("GraphML", "take-circuit-graphml"), button("GEXF", "take-circuit-gexf")]),
            ]
        ),
        html.Tr([html.Th("Run", scope="row"), html.Td(button("Folder, as a zip", "take-run-zip"))]),
    ]
    return [
        html.Div(
            [
                html.Div([html.H2("Figures"), _rows(_PICTURES, figures)], className="card"),
                html.Div([html.H2("Wiring of the circuit"), _rows(_WIRING, figures)], className="card"),
                html.Div([html.H2("Tables"), _rows(named, {"csv": "CSV", "parquet": "Parquet"})], className="card"),
                html.Div(
                    [
                        html.H2("Circuit and run"),
                        html.Table(html.Tbody(whole), className="take"),
                        html.P(
                            [
                                "GraphML opens in Gephi, Cytoscape, yEd and networkx. A run's folder is what ",
                                html.Code("graphkit write-back"),
                                " and ",
                                html.Code("SpikeTrains.load"),
                                " read.",
                            ],
                            className="hint",
                        ),
                    ],
                    className="card",
                ),
                html.Div(
                    [
                        html.H2("This view"),
                        html.P(
                            "The address of this page holds the whole view: how the neurons were picked, every step, "
                            "the question, the run. Bookmark it, or keep it as a file.",
                            className="hint",
                        ),
                        html.Label("Link", htmlFor="view-link"),
                        html.Div(
                            [
                                dcc.Input(id="view-link", readOnly=True, type="text", className="mono"),
                                dcc.Clipboard(target_id="view-link", title="Copy the link", className="copy"),
                            ],
                            className="link",
                        ),
                        html.Div([button("Save as a file", "take-view-json")], className="buttons"),
                        dcc.Upload(
                            html.Button("Open a view's file", className="button plain", type="button"),
                            id="view-file",
                            accept=".json,application/json",
                            max_size=8_000_000,
                        ),
                    ],
                    className="card",
                ),
                html.P(id="take-told", className="hint", role="status"),
                dcc.Download(id="download"),
                dcc.Store(id="picture"),
            ],
            className="main grid-cards",
        )
    ]


def register(app: Dash, explorer: Explorer) -> None:
    """Add the panel's callbacks to the application."""
    files = [
        *(f"{name}.html" for name in FIGURES),
        "neurons.csv",
        "neurons.parquet",
        "connections.csv",
        "connections.parquet",
        "answer.csv",
        "answer.parquet",
        "run_rates.csv",
        "run_rates.parquet",
        "circuit.graphml",
        "circuit.gexf",
        "run.zip",
        "view.json",
    ]

    @app.callback(
        Output("download", "data"),
        Output("take-told", "children"),
        *[Input(f"take-{_dashed(name)}", "n_clicks") for name in files],
        State("url", "hash"),
        State("selected", "data"),
        prevent_initial_call=True,
    )
    def take(*given: Any) -> Any:
        if not ctx.triggered[0]["value"]:
            return no_update, no_update
        address, selected = given[-2:]
        view = replace(View.decode(address or ""), selected=tuple(id_texts(selected or [])))
        name = str(ctx.triggered_id).removeprefix("take-").replace("-", ".")
        content = made(explorer, view, name)
        packed = {
            "content": base64.b64encode(content).decode(),
            "base64": True,
            "filename": f"graphkit_{name}",
            "type": None,
        }
        return packed, f"{name}: {len(content):,} bytes"

    for name in _PICTURES:
        for kind in ("png", "svg"):
            app.clientside_callback(
                f"function(clicks) {{ return dash_clientside.explorer.picture(clicks, '{name}', '{kind}'); }}",
                Output("take-told", "children", allow_duplicate=True),
                Input(f"take-{name}-{kind}", "n_clicks"),
                prevent_initial_call=True,
            )

    # Figures that are not on the page: made for it, and drawn by the browser.
    @app.callback(
        Output("picture", "data"),
        *[Input(f"take-{name}-{kind}", "n_clicks") for name in _WIRING for kind in ("png", "svg")],
        State("url", "hash"),
        State("room", "data"),
        prevent_initial_call=True,
    )
    def picture(*given: Any) -> Any:
        if not ctx.triggered[0]["value"]:
            return no_update
        name, kind = str(ctx.triggered_id).removeprefix("take-").split("-")
        address, room = given[-2:]
        figure = FIGURES[name](explorer, View.decode(address or ""), theme_of(room))
        return {"figure": figure, "name": name, "kind": kind}

    app.clientside_callback(
        "dash_clientside.explorer.drawn",
        Output("take-told", "children", allow_duplicate=True),
        Input("picture", "data"),
        prevent_initial_call=True,
    )

    @app.callback(Output("view-link", "value"), Input("url", "hash"), Input("selected", "data"), State("url", "href"))
    def link(address: str | None, selected: list[str] | None, href: str | None) -> str:
        base = (href or "").partition("#")[0]
        view = replace(View.decode(address or ""), selected=tuple(id_texts(selected or [])))
        return f"{base}#{view.encode()}"

    @app.callback(
        Output("url", "hash", allow_duplicate=True), Input("view-file", "contents"), prevent_initial_call=True
    )
    def opened(contents: str | None) -> Any:
        if not contents:
            return no_update
        try:
            given = json.loads(base64.b64decode(contents.partition(",")[2]))
        except ValueError as error:
            raise ParameterError("the file is no view: save one with the button beside this one") from error
        return f"#{View.from_plain(given).encode()}"


def _dashed(name: str) -> str:
    return name.replace(".", "-")  # Dash keeps dots in ids for itself


def made(explorer: Explorer, view: View, name: str) -> bytes:
    """Return one of the files that can be taken away.

    Raises
    ------
    GraphkitError
        If the view has no such thing.
    """
    thing, _, suffix = name.rpartition(".")
    if suffix == "html":
        _needs_run(view, thing)
        return _written(name, lambda path: to_html(FIGURES[thing](explorer, view, "light"), path))
    if suffix in ("graphml", "gexf"):
        return _written(name, lambda path: write_graph(explorer.circuit(view), path))
    if name == "run.zip":
        _needs_run(view, "run")
        return explorer.runs.archive(view.run)
    if name == "view.json":
        return (json.dumps(view.plain(), indent=1) + "\n").encode()
    frame = _table(explorer, view, thing)
    if suffix == "parquet":
        packed = io.BytesIO()
        frame.to_parquet(packed, index=False)
        return packed.getvalue()
    return frame.to_csv(index=False).encode()


def _table(explorer: Explorer, view: View, thing: str) -> pd.DataFrame:
    if thing == "neurons":
        return neurons_table(explorer.circuit(view))
    if thing == "connections":
        return connections_table(explorer.circuit(view))
    if thing == "answer":
        if not view.ask:
            raise ParameterError("nothing was asked yet: ask in the panel Ask first")
        return explorer.answer(view.ask).table
    _needs_run(view, thing)
    return explorer.spikes(view.run).rates()


def _needs_run(view: View, thing: str) -> None:
    if thing not in ("network", *_WIRING) and not view.run:
        raise ParameterError("no run is looked at: simulate, or choose one, in the panel Simulate first")


def _written(name: str, write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()
