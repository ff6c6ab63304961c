"""What the panel Circuit shows of a view."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State, html, no_update
from dash.exceptions import PreventUpdate

from graphkit.circuit import Circuit
from graphkit.explorer.explorer import Explorer
from graphkit.explorer.figures import Room, shown
from graphkit.explorer.panels.circuit import PARTS
from graphkit.explorer.parts import kept_grid, made_when_shown
from graphkit.explorer.saying import as_cypher, as_python
from graphkit.explorer.tables import boundary_table, connections_table, neurons_table
from graphkit.explorer.view import View

__all__ = ["register"]

_ALWAYS = ["auto", "transmitter", "sign", "group"]  # of what neurons are coloured or grouped by
_NO_KINDS = ("nt_type", "sign", "is_target", "downstream", "upstream")


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
    def network(encoded: str | None, _: int, room: Room | None) -> Any:
        if encoded is None:  # the address is not read yet
            raise PreventUpdate
        view = View.decode(encoded)
        circuit = explorer.looked(view).circuit
        if circuit is None:
            return [no_update] * 4
        return *shown(explorer, "network", view, room), _kinds(circuit)

    @app.callback(
        Output("neurons-table", "children"),
        Output("tab-neurons", "children"),
        Output("tab-connections", "children"),
        Output("told", "children"),
        Output("undo", "disabled"),
        Output("welcome", "hidden"),
        Output("circuit-shown", "hidden"),
        Input("view-circuit", "data"),
        Input("generation", "data"),
        State("neurons-grid", "columnDefs", allow_optional=True),
    )
    def neurons(encoded: str | None, _: int, columns: Any) -> Any:
        if encoded is None:
            raise PreventUpdate
        view = View.decode(encoded)
        looked = explorer.looked(view)
        if looked.circuit is None:
            return *[no_update] * 5, False, True
        return (
            kept_grid(
                columns, neurons_table(looked.circuit), "neurons-grid", row_id="params.data.root_id", selectable=True
            ),
            f"Neurons {len(looked.circuit):,}",
            f"Connections {len(looked.circuit.pre):,}",
            [html.Li(told) for told in looked.told],
            not view.steps,
            True,
            False,
        )  # fmt: skip

    for name, make in PARTS.items():
        made_when_shown(app, f"part-{name}", make)

    @app.callback(
        Output("connections-table", "children"),
        Input("view-circuit", "data"),
        Input("generation", "data"),
        Input("part-connections", "hidden"),
        State("connections-grid", "columnDefs", allow_optional=True),
    )
    def connections(encoded: str | None, _: int, hidden: bool, columns: Any) -> Any:
        circuit = None if hidden else _circuit(encoded)
        if circuit is None:
            return no_update
        row_id = "params.data.pre_root_id + '>' + params.data.post_root_id"
        return kept_grid(columns, connections_table(circuit), "connections-grid", row_id=row_id)

    @app.callback(
        Output("boundary-said", "children"),
        Output("boundary-table", "children"),
        Output("cut", "figure"),
        Output("cut-title", "children"),
        Output("cut-caption", "children"),
        Input("view-circuit", "data"),
        Input("generation", "data"),
        Input("room", "data"),
        Input("part-boundary", "hidden"),
        State("boundary-grid", "columnDefs", allow_optional=True),
    )
    def cut(encoded: str | None, _: int, room: Room | None, hidden: bool, columns: Any) -> Any:
        circuit = None if hidden else _circuit(encoded)
        if circuit is None:
            return [no_update] * 5
        lost = boundary_table(neurons_table(circuit))
        table = kept_grid(columns, lost, "boundary-grid", row_id="params.data.root_id")
        return _boundary(circuit), table, *shown(explorer, "boundary", View.decode(encoded or ""), room)

    @app.callback(
        Output("wiring", "figure"),
        Output("wiring-title", "children"),
        Output("wiring-caption", "children"),
        Input("view-circuit", "data"),
        Input("view-wiring", "data"),
        Input("generation", "data"),
        Input("room", "data"),
        Input("part-wiring", "hidden"),
    )
    def wiring(encoded: str | None, asked: dict[str, str] | None, _: int, room: Room | None, hidden: bool) -> Any:
        if hidden or asked is None or _circuit(encoded) is None:
            return [no_update] * 3
        return shown(explorer, asked["figure"], replace(View.decode(encoded or ""), wiring_by=asked["by"]), room)

    @app.callback(
        Output("wiring-figure", "value"),
        Output("wiring-by", "value"),
        Output("wiring-by", "options"),
        Input("view-wiring", "data"),
        Input("view-circuit", "data"),
        Input("generation", "data"),
    )
    def wiring_as_asked(asked: dict[str, str] | None, encoded: str | None, _: int) -> Any:
        circuit = _circuit(encoded)
        if asked is None or circuit is None:
            return [no_update] * 3
        return asked["figure"], asked["by"], _kinds(circuit)

    @app.callback(
        Output("circuit-cypher", "children"),
        Output("circuit-python", "children"),
        Input("view-circuit", "data"),
        Input("generation", "data"),
        Input("part-code", "hidden"),
    )
    def code(encoded: str | None, _: int, hidden: bool) -> Any:
        if hidden or encoded is None:
            return "", ""
        looked = explorer.looked(View.decode(encoded))
        return as_cypher(looked.statements), as_python(explorer.address, looked.python)

    def _circuit(encoded: str | None) -> Circuit | None:
        return None if encoded is None else explorer.looked(View.decode(encoded)).circuit

    app.clientside_callback(
        "dash_clientside.explorer.refetch",
        Output("refetched", "data"),
        Input("view-circuit", "data"),
        Input("generation", "data"),
    )


def _kinds(circuit: Circuit) -> list[dict[str, str]]:
    """Return what the neurons of a circuit can be coloured or grouped by."""
    named = [str(name) for name in circuit.annotations if name not in _NO_KINDS]
    return [{"label": name.replace("_", " "), "value": name} for name in _ALWAYS + named]


def _boundary(circuit: Circuit) -> str:
    """Return what the choice cut off, in words."""
    cut = circuit.boundary()
    total, kept = cut["input_synapses"], cut["kept_synapses"]
    return (
        f"Of the {total:,.0f} synapses onto these {cut['neurons']:,.0f} neurons, {kept:,.0f} come from neurons of the "
        f"circuit; {cut['lost_input_share']:.1%} of the input is cut off. {cut['neurons_losing_half']:,.0f} neurons "
        "lose half of their input or more: what they do in a simulation says little about the whole brain."
    )
