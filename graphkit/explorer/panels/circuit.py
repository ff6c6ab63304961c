"""The panel Circuit as it is shown: pick neurons, grow the circuit, mark targets, read the tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import dcc, html

from graphkit.explorer.explorer import Explorer
from graphkit.explorer.figures import WIRING
from graphkit.explorer.parts import aria, button, code_block, field, figure_card, number, section, tabs
from graphkit.explorer.view import CONDITIONS, DRAWN_AT_FIRST

__all__ = ["PARTS", "circuit_panel"]

_LABELS = {
    "super_class": "Super class",
    "cell_class": "Class",
    "cell_type": "Cell type",
    "side": "Side",
    "nt_type": "Transmitter",
}


def circuit_panel(explorer: Explorer) -> html.Div:
    """Return the panel."""
    return html.Div([_side(explorer), _main(explorer)], id="panel-circuit", className="panel", role="tabpanel")


def _side(explorer: Explorer) -> html.Aside:
    pick = [
        dcc.RadioItems(
            id="pick-by",
            value="annotation",
            inline=True,
            className="segments",
            inputClassName="segment-input",
            labelClassName="segment",
            options=[
                {"label": label, "value": value}
                for value, label in (
                    ("annotation", "Annotation"),
                    ("ids", "IDs"),
                    ("cypher", "Cypher"),
                    ("marks", "Marks"),
                )
            ],
        ),
        html.Div(
            [
                html.Div(
                    field(_LABELS[name], dcc.Dropdown(id=f"where-{name}", multi=True, placeholder="any")),
                    id=f"where-{name}-field",
                )
                for name in CONDITIONS
            ],
            id="pick-annotation",
        ),
        html.Div(
            field(
                "Neuron ids",
                dcc.Textarea(id="pick-ids-text", placeholder="720575940…, one a line or separated by commas", rows=5),
            ),
            id="pick-ids",
            hidden=True,
        ),
        html.Div(
            field(
                "Cypher that returns root_id",
                dcc.Textarea(
                    id="pick-cypher-text",
                    className="mono",
                    rows=6,
                    placeholder="MATCH (n:Neuron)-[c:CONNECTS"
                    "]->(m:Neuron)\nWHERE c.syn_count >= 100\nRETURN m.root_id AS root_id",
                ),
            ),
            id="pick-cypher",
            hidden=True,
        ),
        html.Div(
            field("Levels downstream of the targets", number("pick-level", None, placeholder="as many as fit")),
            id="pick-marks",
            hidden=True,
        ),
        html.P(id="pick-count", className="count", **aria(live="polite")),
        button("Show circuit", "pick-show", kind="main"),
    ]
    grow = [
        field(
            "Partners",
            dcc.Dropdown(
                id="grow-direction",
                value="downstream",
                clearable=False,
                searchable=False,
                options=[
                    {"label": "downstream of", "value": "downstream"},
                    {"label": "upstream of", "value": "upstream"},
                    {"label": "both sides of", "value": "both"},
                ],
            ),
        ),
        dcc.RadioItems(
            id="grow-of",
            value="selected",
            className="lines",
            options=[{"label": "the selected neurons", "value": "selected"}, {"label": "all neurons", "value": "all"}],
        ),
        html.Div(
            [
                field("Synapses, at least", number("grow-min", 5, least=1)),
                field("Partners, at most", number("grow-most", 25, least=1)),
            ],
            className="pair",
        ),
        button("Add partners", "grow-add"),
        html.Hr(),
        field(
            "Paths from the selected neurons to",
            dcc.Input(id="path-to", placeholder="neuron id", type="text", inputMode="numeric", debounce=True),
        ),
        field("Synapses, at least", number("path-min", 5, least=1)),
        button("Add shortest paths", "path-add"),
    ]
    reading = "This page only reads. Start it with --write to mark targets."
    mark = [
        html.P(
            "Marks the selected neurons as targets, and every neuron by how many connections downstream and upstream "
            "of them it lies. Earlier marks are replaced.",
            className="hint",
        ),
        html.Div(
            [
                field("Levels", number("mark-depth", 2, least=1)),
                field("Synapses, at least", number("mark-min", 1, least=1)),
            ],
            className="pair",
        ),
        button(
            "Mark as targets",
            "mark-targets",
            disabled=not explorer.graphs.writable,
            title="" if explorer.graphs.writable else reading,
        ),
        html.P("" if explorer.graphs.writable else reading, id="mark-told", className="hint", **aria(live="polite")),
    ]
    return html.Aside(
        [section("Pick neurons", pick), section("Grow", grow), section("Mark targets", mark, opened=False)],
        className="side",
        **aria(label="Choose the circuit"),
    )


def _main(explorer: Explorer) -> html.Div:
    drawing = html.Div(
        [
            field("Colour", dcc.Dropdown(["auto"], "auto", id="draw-color", clearable=False, searchable=False)),
            field(
                "Layout",
                dcc.Dropdown(
                    id="draw-layout",
                    clearable=False,
                    searchable=False,
                    value="levels",
                    options=[{"label": "by level", "value": "levels"}, {"label": "force-directed", "value": "force"}],
                ),
            ),
            field("Synapses, at least", number("draw-min", None, least=1, placeholder="as marked")),
            field("Connections drawn", number("draw-most", DRAWN_AT_FIRST, least=0, step=100)),
        ],
        className="toolbar",
    )
    chosen = html.Div(
        [
            html.Span("Nothing selected", id="selected-text", **aria(live="polite")),
            button("Keep only these", "selected-keep", kind="quiet"),
            button("Remove these", "selected-remove", kind="quiet"),
            button("Clear", "selected-clear", kind="quiet"),
        ],
        className="selected",
    )
    tables = tabs(
        "Tables of the circuit",
        {"neurons": "Neurons", "connections": "Connections", "wiring": "Wiring", "boundary": "Boundary",
         "code": "Cypher and Python"},
        [html.Div(id="neurons-table")],
        row_name="circuit-tables",
    )  # fmt: skip
    return html.Div(
        [
            html.Div(id="welcome", className="card welcome", hidden=True),
            html.Div(
                [
                    html.Div(
                        [
                            html.Ol(id="told", className="told"),
                            button("Undo", "undo", kind="quiet", title="Take the last step back"),
                        ],
                        className="story",
                    ),
                    drawing,
                    figure_card("network", label="The circuit as a network"),
                    chosen,
                    html.Div(tables, className="card"),
                ],
                id="circuit-shown",
            ),
        ],
        className="main",
    )


def _wiring() -> list[Any]:
    figure = dcc.Dropdown(
        id="wiring-figure",
        value="matrix",
        clearable=False,
        searchable=False,
        options=[{"label": told, "value": name} for name, (told, _) in WIRING.items()],
    )
    by = dcc.Dropdown(["auto"], "auto", id="wiring-by", clearable=False)
    return [
        html.Div([field("Figure", figure), field("Neurons by", by)], className="toolbar"),
        figure_card("wiring", label="The circuit's wiring", classes="bare"),
    ]


#: What stands behind the tabs below the network, by the name of the tab.
PARTS: dict[str, Callable[[], list[Any]]] = {
    "connections": lambda: [html.Div(id="connections-table")],
    "wiring": _wiring,
    "boundary": lambda: [
        html.Div([html.P(id="boundary-said", className="lead"), html.Div(id="boundary-table")], id="boundary"),
        figure_card("cut", label="What the choice cuts off", classes="bare"),
    ],
    "code": lambda: [
        html.Div([code_block("Cypher", "circuit-cypher"), code_block("Python", "circuit-python")], className="codes")
    ],
}
