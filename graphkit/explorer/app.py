"""The page as a Dash application."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import plotly
from dash import Dash
from flask import Response
from plotly.offline import get_plotlyjs

from graphkit.explorer import page
from graphkit.explorer.explorer import Explorer
from graphkit.explorer.panels import ask_events, circuit_events, circuit_shown, run_events, simulate_events, take
from graphkit.explorer.security import protect

__all__ = ["application"]

_PLOTLY = f"/plotly-{plotly.__version__}.min.js"
#: A function in brackets is one that browsers compile while they load it, and not again when it is called: all of
#: plotly.js is one function, whose beginning and end these are.
_COMPILED_AT_ONCE = (("this, () => {", "this, (() => {"), ("return Plotly;\n}));", "return Plotly;\n})));"))
#: What every first view needs, and Dash would ask for one after the other when it comes across it, on every visit anew.
_AT_ONCE = (
    ("dash_ag_grid", "async-community.js"),
    *(("dash", f"dcc/async-{part}.js") for part in ("graph", "dropdown")),
)


def application(explorer: Explorer, *, host: str = "127.0.0.1", token: str | None = None) -> Dash:
    """Return the page as a Dash application; nothing of it comes from another server.

    Parameters
    ----------
    explorer
        What is behind the page.
    host, token
        Whom to answer; see :func:`graphkit.explorer.security.protect`.
    """
    app = Dash(
        "graphkit.explorer", title="graphkit", update_title="", serve_locally=True, suppress_callback_exceptions=True,
        assets_folder=str(Path(__file__).parent / "assets"), on_error=page.on_error,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}], external_scripts=[_PLOTLY],
    )  # fmt: skip
    app.server.add_url_rule(_PLOTLY, "plotly", _plotly)
    for package, script in _AT_ONCE:
        app.scripts.append_script({"namespace": package, "relative_package_path": script})
    app.layout = lambda: page.layout(explorer)
    page.register(app, explorer)
    for panel in (circuit_events, circuit_shown, ask_events, simulate_events, run_events, take):
        panel.register(app, explorer)
    protect(app.server, host=host, token=token)
    return app


def _plotly() -> Response:
    """Return plotly.js as browsers load it soonest, to be kept: its address has its version."""
    answer = Response(_compiled_at_once(), mimetype="text/javascript")
    answer.cache_control.max_age, answer.cache_control.immutable = 31_536_000, True
    return answer


@cache
def _compiled_at_once() -> bytes:
    script: str = get_plotlyjs()
    if all(script.count(part) == 1 for part, _ in _COMPILED_AT_ONCE):  # another version may be packed otherwise
        for part, bracketed in _COMPILED_AT_ONCE:
            script = script.replace(part, bracketed)
    return script.encode()
