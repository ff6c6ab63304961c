"""The panel Simulate as it is shown."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from graphkit.explorer.explorer import Explorer
from graphkit.explorer.parts import aria, button, code_block, field, figure_card, number, section
from graphkit.simulation import PRESETS

__all__ = ["simulate_panel"]


def simulate_panel(explorer: Explorer) -> list[Any]:
    """Return what the panel holds."""
    writable = explorer.graphs.writable
    model = [
        html.P(id="sim-circuit", className="hint"),
        field(
            "Model",
            dcc.Dropdown(id="sim-model", options=list(PRESETS), value="fly_lif", clearable=False, searchable=False),
        ),
        field(
            "Drive",
            dcc.RadioItems(
                id="sim-targets",
                value="marked",
                className="lines",
                options=[
                    {"label": "the marked targets", "value": "marked"},
                    {"label": "the selected neurons", "value": "selected"},
                ],
            ),
        ),
        field("Rate of the drive (Hz)", number("sim-rate", None, step="any", placeholder="the model's")),
        field(
            "Silence",
            dcc.RadioItems(
                id="sim-silence",
                value="none",
                className="lines",
                options=[
                    {"label": "nobody", "value": "none"},
                    {"label": "the selected neurons", "value": "selected"},
                    {"label": "these ids", "value": "ids"},
                ],
            ),
        ),
        html.Div(
            field("Silenced ids", dcc.Textarea(id="sim-silence-ids", rows=3)), id="sim-silence-ids-field", hidden=True
        ),
        field(
            "Silenced how",
            dcc.Dropdown(
                id="sim-silence-mode",
                value="outputs",
                clearable=False,
                searchable=False,
                options=[
                    {"label": "their outputs are cut", "value": "outputs"},
                    {"label": "inputs and outputs are cut", "value": "both"},
                    {"label": "they never fire", "value": "clamp"},
                ],
            ),
        ),
        html.Div(
            [
                field("Duration (ms)", number("sim-duration", 1000, step="any")),
                field("Trials", number("sim-trials", 1, least=1)),
            ],
            className="pair",
        ),
        html.Div(
            [
                field("Seed", number("sim-seed", 1)),
                field(
                    "Engine",
                    dcc.Dropdown(
                        id="sim-engine",
                        value="event_driven",
                        clearable=False,
                        searchable=False,
                        options=[
                            {"label": "event-driven", "value": "event_driven"},
                            {"label": "Brian2", "value": "brian2"},
                        ],
                    ),
                ),
            ],
            className="pair second",
        ),
        button("Simulate", "sim-run", kind="main"),
    ]
    runs = html.Div(
        [
            html.Div(
                [
                    html.H2("Runs"),
                    html.Div(
                        [
                            button(
                                "Write into the graph",
                                "run-write",
                                disabled=not writable,
                                title=""
                                if writable
                                else "This page only reads. Start it with --write to write runs back.",
                            ),
                            button("Delete", "run-delete", kind="danger"),
                        ],
                        className="buttons",
                    ),
                ],
                className="answer-head",
            ),
            html.Div(
                [
                    field("Look at", dcc.Dropdown(id="run-chosen", placeholder="no run yet", clearable=False)),
                    field("Compare with", dcc.Dropdown(id="run-compared", placeholder="no other run")),
                ],
                className="pair wide",
            ),
            html.P(id="run-told", className="hint", **aria(live="polite")),
            html.Div(id="run-groups"),
        ],
        className="card",
    )
    figures = html.Div(
        [
            html.Div(id="selected-activity", className="card selected-activity", hidden=True),
            figure_card("raster", label="Spikes over time, with the population rates below"),
            figure_card("rates", label="Firing rates by group"),
            figure_card("activity", label="The simulated circuit, coloured by rate"),
            html.Div(figure_card("comparison", label="Two runs, neuron by neuron"), id="comparison-card", hidden=True),
            html.Div([code_block("Python", "sim-python")], className="card codes"),
        ],
        id="run-figures",
        hidden=True,
        className="run-figures",
    )
    main = html.Div(
        [
            html.Div(id="jobs", className="jobs", **aria(live="polite")),
            runs,
            figures,
            dcc.Interval(id="jobs-tick", interval=5000),
            *(dcc.Store(id=name) for name in ("jobs-seen", "jobs-asked", "runs-known")),
        ],
        className="main",
    )
    side = html.Aside([section("Experiment", model)], className="side", **aria(label="The experiment"))
    return [side, main]
