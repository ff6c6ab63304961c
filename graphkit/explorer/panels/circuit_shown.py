"""What the panel Circuit shows of a view: the network, the tables, the boundary, Cypher and Python."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import ALL, Dash, Input, Output, State, html, no_update
from dash.exceptions import PreventUpdate

from graphkit.explorer.explorer import Explorer
from graphkit.explorer.figures import network_of, shown_figure
from graphkit.explorer.parts import grid
from graphkit.explorer.saying import as_cypher, as_python
from graphkit.explorer.tables import boundary_table, connections_table, neurons_table
from graphkit.explorer.view import View
from graphkit.plots import plot_boundary

__all__ = ["register"]


def register(app: Dash, explorer: Explorer) -> None:
    """Add the callbacks to the application."""

    @app.callback(
        Output("network", "figure"),
        Output("network-title", "children"),
        Output("network-caption", "children"),
        Output("draw-color", "options"),
        Input("view-circuit", "data"),
        Input("generation", "data"),
        Input("room", "data"),
    )
    def network(encoded: str | None, _: int, room: int | None) -> Any:
        if encoded is None:  # the address is not read yet
            raise PreventUpdate
        view = View.decode(encoded)
        circuit = explorer.looked(view).circuit
        if circuit is None:
            return no_update, no_update, no_update, no_update
        colors: list[Any] = [
            "auto",
            "transmitter",
            "sign",
            "group",
            *(
                name
                for name in circuit.annotations
                if name not in ("nt_type", "sign", "is_target", "downstream", "upstream")
            ),
        ]
        options = [{"label": str(name).replace("_", " "), "value": str(name)} for name in colors]
        return *shown_figure(network_of(explorer, view), room), options

    @app.callback(
        Output("neurons-table", "children"),
        Output("connections-table", "children"),
        Output("tab-neurons", "children"),
        Output("tab-connections", "children"),
        Output("boundary", "children"),
        Output("circuit-cypher", "children"),
        Output("circuit-python", "children"),
        Output("told", "children"),
        Output("undo", "disabled"),
        Output("welcome", "hidden"),
        Output("circuit-shown", "hidden"),
        Input("view-circuit", "data"),
        Input("generation", "data"),
    )
    def tables(encoded: str | None, _: int) -> Any:
        if encoded is None:
            raise PreventUpdate
        view = View.decode(encoded)
        looked = explorer.looked(view)
        if looked.circuit is None:
            return *[no_update] * 9, False, True
        of = view.chosen.encode()
        neurons, connections = neurons_table(looked.circuit), connections_table(looked.circuit)
        return (
            grid(neurons, "neurons", of, row_id="params.data.root_id", selectable=True),
            grid(connections, "connections", of, row_id="params.data.pre_root_id + '>' + params.data.post_root_id"),
            f"Neurons {len(neurons):,}",
            f"Connections {len(connections):,}",
            _boundary(looked.circuit.boundary(), neurons, of),
            as_cypher(looked.statements),
            as_python(explorer.address, looked.python),
            [html.Li(told) for told in looked.told],
            not view.steps,
            True,
            False,
        )

    @app.callback(
        Output("cut", "figure"),
        Output("cut-title", "children"),
        Output("cut-caption", "children"),
        Input("view-circuit", "data"),
        Input("generation", "data"),
    )
    def cut(encoded: str | None, _: int) -> Any:
        circuit = None if encoded is None else explorer.looked(View.decode(encoded)).circuit
        return (no_update,) * 3 if circuit is None else shown_figure(plot_boundary(circuit, max_neurons=5_000))

    app.clientside_callback(
        "dash_clientside.explorer.fromTable",
        Output("selected", "data", allow_duplicate=True),
        Input({"grid": "neurons", "of": ALL}, "selectedRows"),
        State("selected", "data"),
        prevent_initial_call=True,
    )


def _boundary(cut: dict[str, float], neurons: pd.DataFrame, of: str) -> list[Any]:
    """Return what the choice cut off, in words and neuron by neuron."""
    total, kept = cut["input_synapses"], cut["kept_synapses"]
    words = (
        f"Of the {total:,.0f} synapses onto these {cut['neurons']:,.0f} neurons, {kept:,.0f} come from neurons of the "
        f"circuit; {cut['lost_input_share']:.1%} of the input is cut off. {cut['neurons_losing_half']:,.0f} neurons "
        "lose half of their input or more: what they do in a simulation says little about the whole brain."
    )
    return [
        html.P(words, className="lead"),
        grid(boundary_table(neurons), "boundary", of, row_id="params.data.root_id"),
    ]
