"""What is done in the panel Circuit: neurons picked, the circuit grown, targets marked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pandas as pd
from dash import Dash, Input, Output, State, ctx, no_update

from graphkit.errors import ParameterError, SelectionError
from graphkit.explorer.explorer import Explorer
from graphkit.explorer.figures import Room, draw_ahead
from graphkit.explorer.parts import plain_number
from graphkit.explorer.view import CONDITIONS, DRAWN_AT_FIRST, View, id_texts

__all__ = ["register"]

_MOST_OPTIONS = 150  # of one list: more are found by typing


def register(app: Dash, explorer: Explorer) -> None:
    """Add the panel's callbacks to the application."""
    _picking(app, explorer)
    _growing(app, explorer)

    @app.callback(
        Output("mark-told", "children"),
        Output("generation", "data"),
        Input("mark-targets", "n_clicks"),
        State("selected", "data"),
        State("mark-depth", "value"),
        State("mark-min", "value"),
        prevent_initial_call=True,
    )
    def mark(_: int, selected: list[str] | None, depth: float | None, least: float | None) -> tuple[str, int]:
        targets = [int(text) for text in id_texts(selected or [])]
        if not targets:
            raise SelectionError("no neuron is selected: click some in the network or in the table first")
        with explorer.graphs.writing() as connectome:
            report = connectome.mark_downstream(
                targets, int(plain_number(depth, 2)), min_synapses=int(plain_number(least, 1))
            )
        levels = cast(dict[str, int], report["downstream"])
        told = ", ".join(f"{number:,} at level {level}" for level, number in levels.items())
        return f"Marked {report['targets']:,} targets; downstream: {told}.", explorer.graphs.generation


def _picking(app: Dash, explorer: Explorer) -> None:
    values = [Input(f"where-{name}", "value") for name in CONDITIONS]

    @app.callback(
        *[Output(f"where-{name}", "options") for name in CONDITIONS],
        *[Output(f"where-{name}-field", "hidden") for name in CONDITIONS],
        Output("pick-count", "children"),
        *values,
        *[Input(f"where-{name}", "search_value") for name in CONDITIONS],
        Input("pick-by", "value"),
        Input("generation", "data"),
    )
    def narrow(*given: Any) -> list[Any]:
        count = len(CONDITIONS)
        chosen = {name: value or [] for name, value in zip(CONDITIONS, given[:count], strict=True)}
        typed = dict(zip(CONDITIONS, given[count : 2 * count], strict=True))
        known = explorer.annotations()
        options = [options_of(known, name, chosen, str(typed[name] or "")) for name in CONDITIONS]
        hidden = [not known[name].notna().any() for name in CONDITIONS]
        if given[2 * count] != "annotation":
            return [*options, *hidden, ""]
        matching = int(_matching(known, chosen)["neurons"].sum())
        said = f"{matching:,} neurons match" if any(chosen.values()) else f"{matching:,} neurons in the graph"
        return [*options, *hidden, said]

    ways = ["annotation", "ids", "cypher", "marks"]
    app.clientside_callback(
        f"function(by) {{ return {ways}.map(way => way !== by); }}",
        *[Output(f"pick-{way}", "hidden") for way in ways],
        Input("pick-by", "value"),
    )

    @app.callback(
        Output("url", "hash", allow_duplicate=True),
        Input("pick-show", "n_clicks"),
        State("pick-by", "value"),
        State("pick-ids-text", "value"),
        State("pick-cypher-text", "value"),
        State("pick-level", "value"),
        *[State(f"where-{n}", "value") for n in CONDITIONS],
        State("url", "hash"),
        State("room", "data"),
        prevent_initial_call=True,
    )
    def show(_: int, by: str, ids: str | None, text: str | None, level: float | None, *rest: Any) -> str:
        *where, address, room = rest
        picks: dict[str, dict[str, object]] = {
            "annotation": {"where": {n: v for n, v in zip(CONDITIONS, where, strict=True) if v}},
            "ids": {"root_ids": id_texts(ids or "")},
            "cypher": {"text": text or ""},
            "marks": {} if level is None else {"level": int(level)},
        }
        pick = picks[by]
        if by != "marks" and not any(pick.values()):
            raise ParameterError("nothing is chosen: name a class, paste ids, or write Cypher that returns root_id")
        view = View.decode(address or "").with_pick(by=by, **pick)
        explorer.looked(view)  # what cannot be shown is told before the page changes
        draw_ahead(explorer, view, room)
        return f"#{view.encode()}"


def _matching(known: pd.DataFrame, chosen: dict[str, list[str]]) -> pd.DataFrame:
    for name, values in chosen.items():
        if values:
            known = known[known[name].isin(values)]
    return known


def options_of(known: pd.DataFrame, name: str, chosen: dict[str, list[str]], typed: str) -> list[dict[str, Any]]:
    """Return the values of one annotation that go with what is chosen of the others, the most frequent first."""
    others = _matching(known, {key: values for key, values in chosen.items() if key != name})
    counts = others.dropna(subset=name).groupby(name)["neurons"].sum().sort_values(ascending=False, kind="stable")
    if typed:
        counts = counts[counts.index.str.casefold().str.contains(typed.casefold(), regex=False)]
    shown = counts.head(_MOST_OPTIONS)
    missing = [value for value in chosen[name] if value not in shown.index]
    return [
        *({"label": value, "value": value} for value in missing),
        *({"label": f"{value}  {number:,}", "value": value} for value, number in shown.items()),
    ]


def _growing(app: Dash, explorer: Explorer) -> None:
    @app.callback(
        Output("url", "hash", allow_duplicate=True),
        Input("grow-add", "n_clicks"),
        Input("path-add", "n_clicks"),
        Input("selected-keep", "n_clicks"),
        Input("selected-remove", "n_clicks"),
        Input("undo", "n_clicks"),
        State("grow-direction", "value"),
        State("grow-of", "value"),
        State("grow-min", "value"),
        State("grow-most", "value"),
        State("path-to", "value"),
        State("path-min", "value"),
        State("selected", "data"),
        State("url", "hash"),
        State("room", "data"),
        prevent_initial_call=True,
    )
    def grow(
        _add: int,
        _path: int,
        _keep: int,
        _remove: int,
        _undo: int,
        direction: str,
        of: str,
        least: float | None,
        most: float | None,
        to: str | None,
        path_least: float | None,
        selected: list[str] | None,
        address: str | None,
        room: Room | None,
    ) -> Any:
        view, ids, what = View.decode(address or ""), id_texts(selected or []), ctx.triggered_id
        if not ctx.triggered[0]["value"]:
            return no_update
        if what == "undo":
            if not view.steps:
                return no_update
            return f"#{replace(view, steps=view.steps[:-1]).encode()}"
        if not ids and not (what == "grow-add" and of == "all"):
            raise SelectionError("no neuron is selected: click some in the network or in the table first")
        steps: dict[str, dict[str, object]] = {
            "grow-add": {
                "do": "partners",
                "direction": direction,
                "of": ids if of == "selected" else [],
                "min_synapses": int(plain_number(least, 1)),
                "most": int(plain_number(most, 25)),
            },
            "path-add": {
                "do": "paths",
                "of": ids,
                "to": (id_texts(to or "") or [""])[0],
                "min_synapses": int(plain_number(path_least, 1)),
            },
            "selected-keep": {"do": "keep", "of": ids},
            "selected-remove": {"do": "remove", "of": ids},
        }
        view = view.with_step(**steps[str(what)])
        explorer.looked(view)
        draw_ahead(explorer, view, room)
        return f"#{view.encode()}"

    @app.callback(
        Output("url", "hash", allow_duplicate=True),
        Input("draw-color", "value"),
        Input("draw-layout", "value"),
        Input("draw-min", "value"),
        Input("draw-most", "value"),
        State("url", "hash"),
        prevent_initial_call=True,
    )
    def draw(color: str, layout: str, least: float | None, most: float | None, address: str | None) -> Any:
        return _changed(
            address,
            color_by=color or "auto",
            layout=layout or "levels",
            min_synapses=None if least is None else int(least),
            max_connections=int(plain_number(most, DRAWN_AT_FIRST)),
        )

    @app.callback(
        Output("url", "hash", allow_duplicate=True),
        Input("wiring-figure", "value"),
        Input("wiring-by", "value"),
        State("url", "hash"),
        prevent_initial_call=True,
    )
    def draw_wiring(figure: str, by: str, address: str | None) -> Any:
        return _changed(address, wiring=figure or "matrix", wiring_by=by or "auto")


def _changed(address: str | None, **entries: object) -> Any:
    view = View.decode(address or "")
    changed = View.from_plain({**view.plain(), **entries})
    return no_update if changed == view else f"#{changed.encode()}"
