"""The panel Ask as it is shown."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from graphkit.explorer.explorer import Explorer
from graphkit.explorer.parts import aria, button, code_block, field, figure_card, number, section

__all__ = ["ask_panel"]

_EXAMPLE = """MATCH (pre:Neuron)-[c:CONNECTS]->(post:Neuron)
WHERE c.syn_count >= 200
RETURN pre.root_id AS pre_root_id, post.root_id AS post_root_id, c.syn_count AS syn_count
ORDER BY syn_count DESC, pre_root_id, post_root_id"""


def ask_panel(explorer: Explorer) -> list[Any]:
    """Return what the panel holds."""
    groups: dict[str, list[str]] = {}
    for name, query in explorer.queries.items():
        if query.columns:
            groups.setdefault(name.partition("/")[0], []).append(name)
    options = [
        {
            "label": html.Span([name, html.Small(explorer.queries[name].headline)], className="query-option"),
            "value": name,
            "search": f"{name} {explorer.queries[name].headline}",
        }
        for group in ("analysis", "activity", "select")
        for name in groups.get(group, [])
    ]
    own = html.Div(
        [
            field("Cypher that only reads", dcc.Textarea(id="ask-text", value=_EXAMPLE, className="mono", rows=6)),
            html.Div(
                [
                    field(
                        "Parameters, as JSON",
                        dcc.Input(id="ask-values", type="text", placeholder='{"min": 5} for $min', className="mono"),
                    ),
                    field("Seconds, at most", number("ask-seconds", 20, least=1)),
                    field("Rows, at most", number("ask-rows", 1000, least=1)),
                    button("Ask", "ask-run", kind="main", title="Ctrl + Enter in the statement"),
                    button("Stop", "ask-stop", kind="danger", title="Stop the question that is running", disabled=True),
                ],
                className="ask-row",
            ),
        ],
        className="card ask-own",
    )
    named = [
        field(
            "Question",
            dcc.Dropdown(id="ask-name", options=options, placeholder="choose one of the library", optionHeight=54),
        ),
        html.Div(id="ask-form"),
        button("Ask", "ask-named", kind="main"),
    ]
    side = html.Aside(
        [section("Named queries", named)],
        className="side",
        **aria(label="Ask the graph"),
    )
    main = html.Div(
        [
            own,
            html.Pre(id="ask-error", role="alert", hidden=True, className="card error"),
            html.Div(
                [
                    html.P("The answer to the question before:", className="outdated-note"),
                    _answer(),
                    html.Div(
                        figure_card("ask-network", label="The answer as a network"), id="ask-network-card", hidden=True
                    ),
                    html.Div(
                        [code_block("Cypher", "ask-cypher"), code_block("Python", "ask-python")],
                        className="card codes",
                    ),
                ],
                id="ask-shown",
            ),
        ],
        className="main",
    )
    return [side, main]


def _answer() -> html.Div:
    head = [
        html.P(id="ask-told", className="lead", **aria(live="polite")),
        html.Div(
            [button("Draw as a network", "ask-draw"), button("Continue with these neurons", "ask-continue")],
            className="buttons",
        ),
    ]
    table = dcc.Loading(html.Div(id="ask-table"), type="dot", delay_show=300)
    return html.Div([html.Div(head, className="answer-head"), table], className="card")
