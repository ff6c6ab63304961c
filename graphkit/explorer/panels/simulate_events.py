"""What happens with the experiment of the panel Simulate: asked for, followed, stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.exceptions import PreventUpdate

from graphkit.errors import SelectionError
from graphkit.explorer.explorer import Explorer
from graphkit.explorer.jobs import Job
from graphkit.explorer.parts import aria, plain_number
from graphkit.explorer.view import View, id_texts

__all__ = ["register"]

_BUSY_MS, _IDLE_MS = 500, 5000  # between two looks at the simulations: other tabs may start some, too


def register(app: Dash, explorer: Explorer) -> None:
    """Add the callbacks to the application."""

    @app.callback(Output("sim-circuit", "children"), Input("view-circuit", "data"), Input("generation", "data"))
    def about(encoded: str | None, _: int) -> Any:
        if encoded is None:
            raise PreventUpdate
        circuit = explorer.looked(View.decode(encoded)).circuit
        if circuit is None:
            return "No circuit yet: pick neurons in the panel Circuit."
        targets = sum(part.stop - part.start for name, part in circuit.slices.items() if name == "target")
        return f"The circuit has {len(circuit):,} neurons, {targets:,} of them marked targets."

    app.clientside_callback(
        "function(how) { return how !== 'ids'; }",
        Output("sim-silence-ids-field", "hidden"),
        Input("sim-silence", "value"),
    )

    @app.callback(
        Output("jobs-asked", "data"),
        Input("sim-run", "n_clicks"),
        State("view-circuit", "data"),
        State("selected", "data"),
        State("sim-model", "value"),
        State("sim-targets", "value"),
        State("sim-rate", "value"),
        State("sim-silence", "value"),
        State("sim-silence-ids", "value"),
        State("sim-silence-mode", "value"),
        State("sim-duration", "value"),
        State("sim-trials", "value"),
        State("sim-seed", "value"),
        State("sim-engine", "value"),
        prevent_initial_call=True,
    )
    def run(
        clicks: int,
        encoded: str,
        selected: list[str] | None,
        model: str,
        drive: str,
        rate: float | None,
        silence: str,
        silenced: str | None,
        mode: str,
        duration: float | None,
        trials: float | None,
        seed: float | None,
        engine: str,
    ) -> Any:
        if not clicks:
            return no_update
        chosen = [int(text) for text in id_texts(selected or [])]
        if not chosen and "selected" in (drive, silence):
            raise SelectionError(
                "no neuron is selected: click some in the network or in the table of the panel Circuit"
            )
        given: dict[str, object] = {
            "model": model,
            "engine": engine,
            "duration_ms": plain_number(duration, 1000),
            "trials": int(plain_number(trials, 1)),
            "silence_mode": mode,
        }
        if seed is not None:
            given["seed"] = int(seed)
        if rate is not None:
            given["rate_hz"] = float(rate)
        if drive == "selected":
            given["targets"] = chosen
        if silence != "none":
            given["silence"] = chosen if silence == "selected" else [int(text) for text in id_texts(silenced or "")]
        return explorer.jobs.submit(explorer.circuit(View.decode(encoded)), given).id

    @app.callback(
        Output("jobs", "children"),
        Output("jobs-tick", "interval"),
        Output("runs-known", "data"),
        Output("url", "hash", allow_duplicate=True),
        Output("jobs-seen", "data"),
        Input("jobs-tick", "n_intervals"),
        Input("jobs-asked", "data"),
        State("jobs-seen", "data"),
        State("runs-known", "data"),
        State("url", "hash"),
        prevent_initial_call="initial_duplicate",
    )
    def progress(
        ticks: int | None, _: str | None, seen: list[str] | None, known: list[str] | None, address: str | None
    ) -> Any:
        if ticks:  # not at once: a page that is opened needs the processors itself
            explorer.jobs.warm_up()
        jobs = explorer.jobs.all()
        runs = [run.run_id for run in explorer.runs.all()]
        finished = [job for job in jobs if job.state == "done"]
        # A page that has just been opened has seen nothing finish: it stays with the run that its address names.
        new = [job for job in finished if seen is not None and job.id not in seen]
        hash_ = f"#{replace(View.decode(address or ''), run=new[0].told).encode()}" if new else no_update
        shown = [_job(job) for job in jobs if job.active or job.state in ("failed", "stopped")][:6]
        return (
            shown,
            _BUSY_MS if any(job.active for job in jobs) else _IDLE_MS,
            no_update if runs == known else runs,
            hash_,
            [job.id for job in finished],
        )

    @app.callback(
        Output("jobs-asked", "data", allow_duplicate=True),
        Input({"stop": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def stop(clicks: list[int | None]) -> Any:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            return no_update
        explorer.jobs.stop(str(ctx.triggered_id["stop"]))
        return f"stop {ctx.triggered_id['stop']}"


def _job(job: Job) -> html.Div:
    said = {
        "waiting": "waits for the simulation before it",
        "starting": "starting; the first one compiles the engine",
        "stopped": "stopped",
        "failed": job.told,
    }.get(job.state, f"{job.done:,} of {job.total:,} {job.unit}" if job.total else "running")
    title = f"{job.model['model']}, {float(str(job.model['duration_ms'])):g} ms × {job.model['trials']}"
    parts: list[Any] = [html.Strong(title), html.Span(said, className="job-said")]
    if job.active:
        share = job.done / job.total if job.total else None
        parts.insert(
            1, html.Progress(max="1", value=None if share is None else f"{share:.4f}", **aria(label="Progress"))
        )
        parts.append(html.Button("Stop", id={"stop": job.id}, className="button quiet", type="button"))
    return html.Div(parts, className=f"card job {job.state}")
