"""What happens in the panel Ask, from a question to its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from graphkit.errors import GraphkitError, ParameterError, QueryError
from graphkit.explorer.explorer import MOST_ROWS, MOST_SECONDS, Answer, Explorer
from graphkit.explorer.figures import Room, shown_figure, theme_of
from graphkit.explorer.looking import Statement
from graphkit.explorer.parts import grid
from graphkit.explorer.saying import as_cypher, as_python
from graphkit.explorer.view import View
from graphkit.plots import plot_network
from graphkit.plots.style import counted
from graphkit.queries import Parameter, Queries

__all__ = ["register"]

_MOST_DRAWN = 2_000  # neurons of an answer that are drawn as a network
_UNLIMITED = 2**63 - 1


def _form(queries: Queries, name: str, selected: list[str], values: Mapping[str, object]) -> html.Div:
    """Return the form of a query, made from its header."""
    query = queries[name]
    fields = []
    for parameter in query.parameters.values():
        key = {"parameter": parameter.name, "query": name}
        given = values.get(parameter.name)
        if (
            given is None
            and parameter.type == "list[int]"
            and parameter.name.endswith("root_ids")
            and parameter.required
        ):
            given = selected
        shown = ", ".join(map(str, given)) if isinstance(given, list) else "" if given is None else str(given)
        default = (
            "" if parameter.required else "any" if parameter.default in ([], _UNLIMITED) else parameter.shown_default
        )
        control = (
            dcc.Dropdown(id=key, options=["true", "false"], value=shown or None, placeholder=default)
            if parameter.type == "bool"
            else dcc.Input(id=key, type="text", value=shown, placeholder=default or "needed", debounce=False)
        )
        label = html.Label(
            [html.Span(parameter.name.replace("_", " ")), html.Small(parameter.type)],
            htmlFor=json.dumps(key, separators=(",", ":"), sort_keys=True),  # as Dash writes it
        )
        fields.append(
            html.Div([label, control, html.Small(parameter.description, className="hint")], className="field")
        )
    return html.Div([html.P(query.summary, className="hint"), *fields])


def _parsed(parameters: Mapping[str, Parameter], texts: Mapping[str, str | None], query: str) -> dict[str, object]:
    """Return the values that a form's texts mean; empty fields are left to the query's defaults."""
    return {
        name: parameters[name].parse(text.strip(), query)
        for name, text in texts.items()
        if name in parameters and text is not None and text.strip()
    }


#: While a question is running it can be stopped.
_RUNNING = [(Output("ask-stop", "disabled"), False, True), (Output("ask-run", "disabled"), True, False)]


def register(app: Dash, explorer: Explorer) -> None:
    """Add the panel's callbacks to the application."""

    @app.callback(
        Output("ask-form", "children"),
        Output("ask-named", "disabled"),
        Input("ask-name", "value"),
        State("selected", "data"),
        State("view-ask", "data"),
    )
    def form(name: str | None, selected: list[str] | None, ask: dict[str, Any] | None) -> Any:
        if not name:
            return "", True
        given = (ask or {}).get("values", {}) if (ask or {}).get("name") == name else {}
        return _form(explorer.queries, name, (selected or [])[:500], given), False

    @app.callback(
        Output("url", "hash", allow_duplicate=True),
        Output("ask-error", "children", allow_duplicate=True),
        Output("ask-error", "hidden", allow_duplicate=True),
        Output("ask-shown", "className", allow_duplicate=True),
        Input("ask-run", "n_clicks"),
        Input("ask-named", "n_clicks"),
        State("ask-text", "value"),
        State("ask-values", "value"),
        State("ask-name", "value"),
        State({"parameter": ALL, "query": ALL}, "value"),
        State({"parameter": ALL, "query": ALL}, "id"),
        State("ask-seconds", "value"),
        State("ask-rows", "value"),
        State("url", "hash"),
        State("tab", "data"),
        State("view-ask", "data"),
        State("ask-told", "children"),
        prevent_initial_call=True,
        running=_RUNNING,
    )
    def ask(
        _run: int,
        _named: int,
        text: str | None,
        values: str | None,
        name: str | None,
        texts: list[str | None],
        names: list[dict[str, str]],
        seconds: float | None,
        rows: float | None,
        address: str | None,
        tab: str | None,
        before: dict[str, Any] | None,
        told: str,
    ) -> Any:
        if not ctx.triggered[0]["value"]:
            return no_update, no_update, no_update, no_update
        asked: dict[str, Any] = {"seconds": seconds or 20, "rows": int(rows or 1000)}
        try:
            if ctx.triggered_id == "ask-named" and name:
                given = dict(zip((one["parameter"] for one in names), texts, strict=True))
                asked |= {"name": name, "values": _parsed(explorer.queries[name].parameters, given, name)}
            else:
                asked |= {"text": text or "", "values": _json(values or "")}
            view = replace(View.decode(address or ""), ask=_portable(asked))
            explorer.answer(view.ask, tab or "")
        except GraphkitError as error:
            return no_update, str(error), False, "outdated" if before and told else ""
        return f"#{view.encode()}", "", True, ""

    @app.callback(Input("ask-stop", "n_clicks"), State("tab", "data"), prevent_initial_call=True)
    def stop(_: int, tab: str | None) -> None:
        explorer.stop(tab or "")

    @app.callback(
        Output("ask-table", "children"),
        Output("ask-told", "children"),
        Output("ask-draw", "disabled"),
        Output("ask-continue", "disabled"),
        Output("ask-cypher", "children"),
        Output("ask-python", "children"),
        Output("ask-network-card", "hidden", allow_duplicate=True),
        Output("ask-error", "children"),
        Output("ask-error", "hidden"),
        Output("ask-shown", "className"),
        Input("view-ask", "data"),
        Input("generation", "data"),
        State("tab", "data"),
        prevent_initial_call="initial_duplicate",
        running=_RUNNING,
    )
    def answered(asked: dict[str, Any] | None, _: int, tab: str | None) -> Any:
        if not asked:
            told = "Ask in Cypher, or choose a question of the library. Nothing here can change the graph."
            return "", told, True, True, "", "", True, "", True, ""
        try:
            answer = explorer.answer(asked, tab or "")
        except GraphkitError as error:
            return "", "", True, True, *_said(explorer, asked), True, str(error), False, ""
        ids = answer.root_ids()
        table = grid(answer.table, {"answer_to": json.dumps(asked, sort_keys=True)})
        return (
            table,
            _told(answer, asked),
            not 0 < len(ids) <= _MOST_DRAWN,
            not ids,
            *_said(explorer, asked),
            True,
            "",
            True,
            "",
        )

    @app.callback(
        Output("ask-network", "figure"),
        Output("ask-network-title", "children"),
        Output("ask-network-caption", "children"),
        Output("ask-network-card", "hidden"),
        Input("ask-draw", "n_clicks"),
        State("view-ask", "data"),
        State("room", "data"),
        prevent_initial_call=True,
    )
    def drawn(_: int, asked: dict[str, Any], room: Room | None) -> Any:
        ids = [str(root_id) for root_id in explorer.answer(asked).root_ids()]
        circuit = explorer.circuit(View(pick={"by": "ids", "root_ids": ids}))
        figure = plot_network(
            circuit, layout="force", color_by="transmitter" if "nt_type" in circuit.annotations else "auto",
            theme=theme_of(room),
        )  # fmt: skip
        return *shown_figure(figure, room), False

    @app.callback(
        Output("url", "hash", allow_duplicate=True),
        Input("ask-continue", "n_clicks"),
        State("view-ask", "data"),
        State("url", "hash"),
        prevent_initial_call=True,
    )
    def go_on(clicks: int, asked: dict[str, Any], address: str | None) -> Any:
        if not clicks:
            return no_update
        ids = [str(root_id) for root_id in explorer.answer(asked).root_ids()]
        view = replace(View.decode(address or "").with_pick(by="ids", root_ids=ids), panel="circuit")
        explorer.looked(view)
        return f"#{view.encode()}"


def _json(text: str) -> dict[str, object]:
    try:
        values = json.loads(text or "{}")
    except ValueError as error:
        raise ParameterError(
            f'the parameters are no JSON ({error}). Write them as {{"min": 5, "side": "left"}}'
        ) from error
    if not isinstance(values, dict):
        raise ParameterError('the parameters are no JSON object. Write them as {"min": 5, "side": "left"}')
    return values


def _portable(asked: dict[str, Any]) -> dict[str, Any]:
    """Return a question without numbers that a browser would round: ids become texts on the way, and back here."""

    def told(value: object) -> object:
        if isinstance(value, list):
            return [told(item) for item in value]
        big = isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53
        return {"int": str(value)} if big else value

    return {**asked, "values": {name: told(value) for name, value in asked["values"].items()}}


def _told(answer: Answer, asked: Mapping[str, Any]) -> str:
    rows = len(answer.table)
    if answer.cut:
        return (
            f"The first {rows:,} rows; there are more. Allow more rows (at most {MOST_ROWS:,}), or narrow the question."
        )
    said = counted(rows, "row") if rows else "No row: nothing in the graph is so."
    return f"{said}. {asked['name']}" if asked.get("name") and rows else said


def _said(explorer: Explorer, asked: Mapping[str, Any]) -> tuple[str, str]:
    values = explorer.values_of(asked)
    try:
        if name := asked.get("name"):
            query = explorer.queries[str(name)]
            given = "".join(f", {key}={value!r}" for key, value in values.items())
            python = [f'answer = connectome.query("{name}"{given})', "print(answer)"]
            return as_cypher([Statement(query.name, query.text, query.bind(**values))]), as_python(
                explorer.address, python
            )
    except QueryError:
        return "", ""
    given = "".join(f", {key}={value!r}" for key, value in values.items())
    seconds = min(float(asked.get("seconds", 20)), MOST_SECONDS)
    python = [
        f"answer = connectome.cypher({str(asked.get('text', ''))!r}, timeout_s={seconds:g}, "
        f"row_limit={asked.get('rows', 1000)}{given})",
        "print(answer)",
    ]
    return as_cypher([Statement("", str(asked.get("text", "")), values)]), as_python(explorer.address, python)
