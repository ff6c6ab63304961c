"""What happens with the runs of the panel Simulate: looked at, compared, kept, deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update

from graphkit.errors import GraphkitError, SelectionError
from graphkit.explorer.comparing import comparison, group_table
from graphkit.explorer.explorer import Explorer
from graphkit.explorer.figures import Room, shown, shown_figure, theme_of
from graphkit.explorer.saying import as_python
from graphkit.explorer.view import View

__all__ = ["register"]

_WRITTEN_OUT = 1_000  # ids in the Python lines


def register(app: Dash, explorer: Explorer) -> None:
    """Add the callbacks to the application."""
    _looking(app, explorer)
    _keeping(app, explorer)


def _looking(app: Dash, explorer: Explorer) -> None:
    @app.callback(
        Output("run-chosen", "options"),
        Output("run-compared", "options"),
        Output("run-chosen", "value"),
        Output("run-compared", "value"),
        Input("runs-known", "data"),
        Input("generation", "data"),
        Input("view-run", "data"),
    )
    def runs(_: list[str] | None, __: int, looked_at: dict[str, str] | None) -> Any:
        stored = explorer.runs_in_graph()
        in_graph = set(stored["run_id"])
        options: list[Any] = [
            {
                "value": run.run_id,
                "label": f"{run.created[:16].replace('T', ' ')}  {run.model}, {run.duration_ms:g} ms × {run.trials}"
                f", seed {run.seed}"
                + (f", {run.silenced:,} silenced" if run.silenced else "")
                + (" · in the graph" if run.run_id in in_graph else ""),
            }
            for run in explorer.runs.all()
        ]
        here = {option["value"] for option in options}
        options += [
            {
                "value": row.run_id,
                "label": f"{row.model}, {row.duration_ms:g} ms × {row.trials}, seed {row.seed} · in the graph",
            }
            for row in stored.itertuples()
            if row.run_id not in here
        ]
        chosen, other = (looked_at or {}).get("run"), (looked_at or {}).get("compared_with")
        # Together with the lists: a list that does not hold a value yet would drop it.
        return options, [one for one in options if one["value"] != chosen], chosen or None, other or None

    @app.callback(
        Output("url", "hash", allow_duplicate=True),
        Input("run-chosen", "value"),
        Input("run-compared", "value"),
        State("run-compared", "options"),
        State("url", "hash"),
        prevent_initial_call=True,
    )
    def choose(run: str | None, other: str | None, known: list[dict[str, str]] | None, address: str | None) -> Any:
        view = View.decode(address or "")
        # A list that does not hold a run yet empties its field; that is nobody's choice.
        listed = {option["value"] for option in known or []}
        other = view.compared_with if not other and view.compared_with not in listed else other
        changed = replace(view, run=run or view.run, compared_with=other or "")
        return no_update if changed == view else f"#{changed.encode()}"

    @app.callback(
        *[Output(name, "figure") for name in ("raster", "rates")],
        *[Output(f"{name}-{part}", "children") for name in ("raster", "rates") for part in ("title", "caption")],
        Output("run-figures", "hidden"),
        Output("run-groups", "children"),
        Output("sim-python", "children"),
        Input("view-run", "data"),
        Input("room", "data"),
    )
    def figures(run: dict[str, str] | None, room: Room | None) -> Any:
        if not run or not run.get("run"):
            return *[no_update] * 6, True, "", ""
        view = View(run=run["run"])
        drawn = [shown(explorer, name, view, room) for name in ("raster", "rates")]
        other = explorer.spikes(run["compared_with"]) if run.get("compared_with") else None
        return (
            *(figure for figure, _, _ in drawn),
            *(text for _, *texts in drawn for text in texts),
            False,
            group_table(explorer.spikes(view.run), other),
            _python(explorer, view.run),
        )

    @app.callback(
        Output("activity", "figure"),
        Output("activity-title", "children"),
        Output("activity-caption", "children"),
        Input("view-run", "data"),
        Input("room", "data"),
        State("view-circuit", "data"),
    )
    def activity(run: dict[str, str] | None, room: Room | None, encoded: str | None) -> Any:
        if not run or not run.get("run"):
            return [no_update] * 3
        view = replace(View.decode(encoded or ""), run=run["run"])
        return shown(explorer, "activity", view, room)

    @app.callback(
        Output("comparison", "figure"),
        Output("comparison-title", "children"),
        Output("comparison-caption", "children"),
        Output("comparison-card", "hidden"),
        Input("view-run", "data"),
        Input("room", "data"),
    )
    def compared(run: dict[str, str] | None, room: Room | None) -> Any:
        if not run or not run.get("run") or not run.get("compared_with"):
            return no_update, no_update, no_update, True
        both = explorer.spikes(run["run"]), explorer.spikes(run["compared_with"])
        return *shown_figure(comparison(*both, theme_of(room)), room), False


def _python(explorer: Explorer, run_id: str) -> str:
    """Return the lines that repeat a run, from its own record."""
    spikes = explorer.spikes(run_id)
    record: Any = spikes.run
    driven = [one for one in record.get("stimuli", []) if one["group"] == "target"]
    given = {
        "model": record["model"]["name"], "engine": record["engine"], "duration_ms": spikes.duration_ms,
        "trials": spikes.trials, "seed": int(record["seed"]),
    }  # fmt: skip
    if driven:
        given["rate_hz"] = driven[0]["rate_hz"]
        if "root_ids" in driven[0]:
            given["targets"] = [int(text) for text in driven[0]["root_ids"]]
    if silenced := [int(text) for text in record["silence"]["root_ids"]]:
        given |= {"silence": silenced, "silence_mode": record["silence"]["mode"]}
    arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
    least = record["circuit"]["source"].get("min_synapses", 1)
    ids: object = spikes.root_ids.tolist()
    if len(spikes.root_ids) > _WRITTEN_OUT:
        ids = f"connectome.spikes({run_id!r}).root_ids"
        if run_id in {run.run_id for run in explorer.runs.all()}:
            ids = f"SpikeTrains.load({str(explorer.runs.folder / run_id)!r}).root_ids"
    cut = f"circuit = connectome.circuit({ids}, min_synapses={least})"
    return as_python(explorer.address, [cut, f"spikes = simulate(circuit, {arguments})", "print(spikes.group_rates())"])


def _keeping(app: Dash, explorer: Explorer) -> None:
    writable = str(explorer.graphs.writable).lower()
    app.clientside_callback(
        f"function(run) {{ return [!(run && {writable}), !run]; }}",
        Output("run-write", "disabled"),
        Output("run-delete", "disabled"),
        Input("run-chosen", "value"),
    )

    @app.callback(
        Output("run-told", "children"),
        Output("generation", "data", allow_duplicate=True),
        Output("runs-known", "data", allow_duplicate=True),
        Output("url", "hash", allow_duplicate=True),
        Input("run-write", "n_clicks"),
        Input("run-delete", "n_clicks"),
        State("run-chosen", "value"),
        State("url", "hash"),
        prevent_initial_call=True,
    )
    def keep(_write: int, _delete: int, run: str | None, address: str | None) -> Any:
        if not ctx.triggered[0]["value"]:
            return [no_update] * 4
        if not run:
            raise SelectionError("no run is chosen")
        here = any(kept.run_id == run for kept in explorer.runs.all())
        if ctx.triggered_id == "run-write":
            spikes = explorer.spikes(run)
            with explorer.graphs.writing() as connectome:
                report = connectome.write_back(spikes, all_trials=True)
            told = f"Wrote {report['spikes']:,} spikes of {report['neurons']:,} neurons into the graph."
            return told, explorer.graphs.generation, no_update, no_update
        did = []
        in_graph = run in set(explorer.runs_in_graph()["run_id"])
        if here:
            explorer.runs.delete(run)
            did.append("Deleted the run's folder.")
        if in_graph and explorer.graphs.writable:
            with explorer.graphs.writing() as connectome:
                connectome.delete_run(run)
            did.append("Deleted it from the graph.")
        elif in_graph:
            did.append("It stays in the graph: this page only reads.")
        view = View.decode(address or "")
        view = replace(view, run="", compared_with="" if view.compared_with == run else view.compared_with)
        return (
            " ".join(did),
            explorer.graphs.generation,
            [kept.run_id for kept in explorer.runs.all()],
            f"#{view.encode()}",
        )

    @app.callback(
        Output("selected-activity", "children"),
        Output("selected-activity", "hidden"),
        Input("selected", "data"),
        Input("view-run", "data"),
    )
    def selection(selected: list[str] | None, run: dict[str, str] | None) -> Any:
        if not selected or not run or not run.get("run"):
            return "", True
        try:
            rates = explorer.spikes(run["run"]).rates().set_index("root_id")
        except GraphkitError:
            return "", True
        found = [int(text) for text in selected if int(text) in rates.index]
        part = rates.loc[found]
        words = (
            f"{len(found):,} selected of this run: {int((part['spike_count'] > 0).sum()):,} fired, "
            f"{part['rate_hz'].mean() if len(part) else 0:.2f} Hz on average."
        )
        if len(found) == 1:
            row = part.iloc[0]
            words = (
                f"{found[0]}, {row['group']}: {row['rate_hz']:.2f} Hz, first spike at {row['first_spike_ms']:.1f} ms."
            )
        return html.P(words), False
