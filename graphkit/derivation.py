"""The derived steps (transmitters, merged connections, marks), each computed in Cypher where the graph is.

What a step computes is never fetched: Python sends the packaged statements in their order, and asks at the end for
the few sums that the report holds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from graphkit.errors import ParameterError, SelectionError
from graphkit.graph import Graph
from graphkit.overrides import Overrides, override_tables
from graphkit.progress import Progress
from graphkit.steps import Steps
from graphkit.transmitters import SignPolicy, sign_policy

__all__ = ["mark_downstream", "merge_connections", "predict_transmitters"]

Report = dict[str, object]

#: Rows merged by one statement where the engine's transactions hold a step: its pages hold what 17 million rows need.
#: More go through in parts, and take half as long again, because most pages are written twice.
ROWS_AT_ONCE = 18_000_000


def predict_transmitters(
    graph: Graph,
    *,
    method: Literal["vote", "scores"],
    policy: str | SignPolicy,
    unknown_sign: int,
    overrides: Overrides | None,
    progress: Progress | None,
) -> Report:
    """Decide every neuron's transmitter and sign; see :meth:`graphkit.Connectome.predict_transmitters`."""
    if method not in ("vote", "scores"):
        raise ParameterError(f"no prediction method is called {method!r}; known: vote, scores")
    if unknown_sign not in (-1, 0, 1):
        raise ParameterError(f"unknown_sign is {unknown_sign}; give -1, 0 or 1")
    signs = sign_policy(policy)
    Steps(graph).require("load")
    by_neuron, by_type = override_tables(overrides, signs)
    graph.require_known(by_neuron.column("root_id").to_pylist(), "overrides")
    parameters = {"method": method, "policy": signs.name, "unknown_sign": unknown_sign,
                  "overrides": by_neuron.num_rows + by_type.num_rows}  # fmt: skip
    lists: dict[str, Any] = {"excitatory": list(signs.excitatory), "inhibitory": list(signs.inhibitory)}
    started = time.perf_counter()
    with Steps(graph).run("predict", parameters | lists) as report:
        graph.tell("write/clear_transmitters", method=method, unknown_sign=unknown_sign)
        graph.tell(f"analysis/predict_by_{method}", progress=progress, unknown_sign=unknown_sign, **lists)
        graph.tell_rows("write/override_by_type", by_type)
        graph.tell_rows("write/override_by_neuron", by_neuron)
        report.update(_plain(graph.ask("analysis/prediction_report")))
        report["seconds"] = round(time.perf_counter() - started, 3)
    return report


def merge_connections(
    graph: Graph, *, neuropils: Sequence[str], signed_by: Literal["neuron", "row"], progress: Progress | None
) -> Report:
    """Merge the rows of each ordered pair; see :meth:`graphkit.Connectome.merge_connections`."""
    if signed_by not in ("neuron", "row"):
        raise ParameterError(f"signed_by is {signed_by!r}; give 'neuron' (Dale's law) or 'row'")
    predicted = Steps(graph).require("predict").parameters
    if neuropils:
        known = set(graph.ask("analysis/neuropils")["neuropil"])
        if missing := sorted(set(neuropils) - known):
            raise SelectionError(
                f"no row is in neuropil {', '.join(missing)}. The graph has: {', '.join(sorted(known)) or 'none'}"
            )
    signs = {name: predicted[name] for name in ("excitatory", "inhibitory", "unknown_sign")}
    started = time.perf_counter()
    only_signs = signed_by == "neuron" and not neuropils and _merged_alike(graph)
    with Steps(graph).run("merge", {"neuropils": list(neuropils), "signed_by": signed_by}) as report:
        if only_signs:
            graph.tell("write/sign_connections", progress=progress)
        else:
            graph.tell("write/remove_connections")
            graph.create_schema()  # where removing the connections took their table with them
            by_row = signed_by == "row"
            graph.tell(
                "analysis/merge_connections_by_row" if by_row else "analysis/merge_connections", progress=progress,
                neurons_at_once=_neurons_merged_at_once(graph), neuropils=neuropils, **(signs if by_row else {}),
            )  # fmt: skip
        report.update(_plain(graph.ask("analysis/merge_report")))
        if not (only_signs or neuropils):
            graph.tell("write/smallest_pair", smallest=report["smallest_pair"])
        report["seconds"] = round(time.perf_counter() - started, 3)
    return report


def _neurons_merged_at_once(graph: Graph) -> int | None:
    loaded = graph.ask("select/datasets")[["rows", "neurons"]].max()
    return None if loaded["rows"] <= ROWS_AT_ONCE else max(1, int(loaded["neurons"] * ROWS_AT_ONCE / loaded["rows"]))


def _merged_alike(graph: Graph) -> bool:
    """Return whether all rows that are in the graph were merged already, signed by their neurons."""
    earlier = Steps(graph).all()["merge"]
    if earlier.state not in ("done", "stale") or earlier.parameters != {"neuropils": [], "signed_by": "neuron"}:
        return False
    # Rows are only ever added while connections stay: as many as were merged are the ones that were.
    return bool(graph.ask("select/datasets")["rows"].max() == earlier.report["rows_merged"])


def mark_downstream(
    graph: Graph,
    targets: Sequence[int],
    *,
    depth: int,
    functional_nuclei: Sequence[int],
    min_synapses: int,
    min_input_share: float,
    sign: int,
    progress: Progress | None,
) -> Report:
    """Mark what lies downstream and upstream of targets; see :meth:`graphkit.Connectome.mark_downstream`."""
    if depth < 1:
        raise ParameterError(f"depth is {depth}; give 1 or more")
    if sign not in (-1, 0, 1):
        raise ParameterError(f"sign is {sign}; give 1 (excitatory connections only), -1 (inhibitory only) or 0 (all)")
    thresholds: dict[str, Any] = {"min_synapses": min_synapses, "min_input_share": min_input_share, "sign": sign}
    graph.queries["analysis/mark_downstream"].bind(level=1, **thresholds)  # before anything is written
    if not len(targets):
        raise SelectionError("there are no target neurons: the list is empty, or no neuron fulfils the selection")
    Steps(graph).require("merge")
    graph.require_known(targets, "target neurons")
    graph.require_known(functional_nuclei, "functional nuclei")
    started = time.perf_counter()
    begun = Steps(graph).all()["mark"].state != "missing"
    with Steps(graph).run("mark", {"targets": len(targets), "depth": depth, **thresholds}) as report:
        if begun:  # clearing looks at every neuron, and marks are there only where this step began before
            graph.tell("write/clear_marks")
        graph.tell("analysis/mark_targets", root_ids=targets)
        if len(functional_nuclei):
            graph.tell("analysis/mark_functional_nuclei", root_ids=functional_nuclei)
        reached = {direction: {"0": len(set(targets))} for direction in ("downstream", "upstream")}
        for level in range(1, depth + 1):
            for direction, levels in reached.items():
                if neurons := graph.tell_one(f"analysis/mark_{direction}", level=level, **thresholds):
                    levels[str(level)] = neurons
            if progress is not None:
                progress(level, depth, "levels")
        report.update(targets=len(set(targets)), **reached)
        report["functional_nuclei"] = len(set(functional_nuclei))
        report["seconds"] = round(time.perf_counter() - started, 3)
    return report


def _plain(frame: pd.DataFrame) -> Report:
    return {str(name): None if pd.isna(value) else value.item() if hasattr(value, "item") else value
            for name, value in frame.iloc[0].items()}  # fmt: skip
