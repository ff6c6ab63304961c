"""Whether a graph is what its steps should have made of it: the queries under cypher/check/, asked one by one."""

from __future__ import annotations

import pandas as pd

from graphkit.graph import Graph
from graphkit.progress import Progress
from graphkit.queries import Query
from graphkit.steps import Step, Steps

__all__ = ["check"]

_COLUMNS = {"check": "str", "root_id": "Int64", "other_root_id": "Int64", "found": "float64", "expected": "float64",
            "what_to_do": "str"}  # fmt: skip


def check(graph: Graph, limit: int, progress: Progress | None) -> pd.DataFrame:
    """Ask every check of what is done; see :meth:`graphkit.Connectome.check`."""
    steps = Steps(graph).all()
    if all(step.state == "missing" for step in steps.values()):
        Steps(graph).require("load")  # nothing there is not the same as nothing wrong
    findings = [
        {"check": f"{step.name} is {step.state}", "what_to_do": f"Repeat `{step.command}`."}
        for step in steps.values()
        if step.state in ("running", "interrupted", "stale")
    ]
    tables = [pd.DataFrame(findings)]
    asked = [query for name, query in graph.queries.items() if name.startswith("check/") and _possible(query, steps)]
    for done, query in enumerate(asked, 1):
        told = {name: steps[query.needs[-1]].parameters.get(name) for name in query.parameters if name != "limit"}
        invariant, _, remedy = query.summary.partition(" Else: ")
        found = graph.ask(query.name, limit=limit, **told)
        tables.append(found.assign(check=invariant, what_to_do=remedy[:1].upper() + remedy[1:]))
        if progress is not None:
            progress(done, len(asked), "checks")
    columns = pd.concat([table for table in tables if len(table)] or [pd.DataFrame(columns=list(_COLUMNS))])
    return columns.reindex(columns=list(_COLUMNS)).astype(_COLUMNS).reset_index(drop=True)


def _possible(query: Query, steps: dict[str, Step]) -> bool:
    return all(steps[name].state == "done" for name in query.needs)
