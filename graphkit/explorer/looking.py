"""From a view to its circuit, by statements that can be shown to whoever looks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pandas as pd

from graphkit.circuit import Circuit
from graphkit.connectome import Connectome
from graphkit.errors import BackendError, ParameterError, SelectionError
from graphkit.explorer.view import View
from graphkit.plots.style import counted
from graphkit.selection import Selection

__all__ = ["FIRST_VIEW", "LARGEST", "Looked", "Statement", "look"]

#: Neurons that a page can hold: more, and neither a table nor a figure says anything.
LARGEST = 20_000
#: Neurons that a page shows unasked.
FIRST_VIEW = 3_000
_TIME_LIMIT_S = 20.0  # of one step whose work nobody knows beforehand
_ROWS = 200_000  # of one step


@dataclass(frozen=True)
class Statement:
    """One statement that was asked, with its values."""

    name: str
    text: str
    values: Mapping[str, object]


@dataclass
class Looked:
    """What a view shows.

    Parameters
    ----------
    circuit
        The neurons and the connections among them; None where no neuron was chosen.
    statements
        What was asked, in order.
    python
        Lines that do the same, to be run where ``connectome`` is open.
    told
        How each step went, a sentence each.
    root_ids
        The neurons, in the order in which they came.
    """

    circuit: Circuit | None = None
    statements: list[Statement] = field(default_factory=list)
    python: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    root_ids: list[int] = field(default_factory=list)

    def continued(self) -> Looked:
        """Return the same before its circuit was taken: what one more step begins with."""
        taken = self.circuit is not None  # which made two statements and a line
        statements, python = self.statements[: -2 if taken else None], self.python[: -1 if taken else None]
        return Looked(None, [*statements], [*python], [*self.told], self.root_ids)


def look(connectome: Connectome, view: View, before: Looked | None = None) -> Looked:
    """Return what a view shows.

    Parameters
    ----------
    connectome
        The graph.
    view
        Neurons and steps.
    before
        What the view without its last step shows, where that is known: only that step is done then.

    Raises
    ------
    GraphkitError
        If the graph is not ready, a neuron is not in it, the Cypher is wrong, or the circuit would be too large.
    """
    looked = Looked() if before is None else before.continued()
    root_ids = _picked(connectome, view, looked) if before is None else looked.root_ids
    for step in view.steps if before is None else view.steps[-1:]:
        root_ids = _STEPS[str(step["do"])](connectome, step, root_ids, looked)
        _check_size(len(root_ids))
    looked.root_ids = root_ids
    if not root_ids:
        return looked
    looked.circuit = connectome.circuit(root_ids, min_synapses=view.min_synapses)
    threshold = looked.circuit.source
    given = "" if view.min_synapses is None else f", min_synapses={view.min_synapses}"
    looked.python.append(f"circuit = connectome.circuit(root_ids{given})")
    looked.statements.append(_named(connectome, "select/chosen_neurons", root_ids=root_ids))
    shares = {name: threshold[name] for name in ("min_synapses", "min_input_share")}
    looked.statements.append(_named(connectome, "select/chosen_connections", root_ids=root_ids, **shares))
    return looked


def _picked(connectome: Connectome, view: View, looked: Looked) -> list[int]:
    by = view.pick["by"]
    if by == "marks":
        return _marked(connectome, cast("int | None", view.pick.get("level")), looked)
    if by == "ids":
        root_ids = [int(text) for text in cast(list[str], view.pick.get("root_ids", []))]
        connectome.graph.require_known(root_ids, "neurons")
        looked.python.append(f"root_ids = {root_ids}")
        looked.told.append(f"{counted(len(root_ids), 'neuron')} by id")
        return root_ids
    if by == "cypher":
        return _by_cypher(connectome, str(view.pick.get("text", "")), looked)
    where = cast(dict[str, list[str]], view.pick.get("where", {}))
    if not any(where.values()):
        return []
    selection = Selection.from_mapping({name: values for name, values in where.items() if values})
    root_ids = connectome.root_ids(selection)
    looked.statements.append(_named(connectome, "select/neurons", **selection.parameters()))
    conditions = ", ".join(f"{name}={values}" for name, values in selection.parameters().items())
    looked.python.append(f'root_ids = connectome.neurons({conditions})["root_id"].tolist()')
    said = ", ".join(" or ".join(values) for values in where.values() if values)
    looked.told.append(f"{counted(len(root_ids), 'neuron')}: {said}")
    _check_size(len(root_ids))
    return root_ids


def _marked(connectome: Connectome, level: int | None, looked: Looked) -> list[int]:
    if connectome.steps()["mark"].state not in ("done", "stale"):
        return []
    counts = connectome.query("analysis/downstream_counts")
    down = counts[counts["direction"] == "downstream"]
    deepest = int(down["level"].max()) if len(down) else 0
    if level is None:  # as deep as still can be looked at
        fitting = down["level"][down["neurons"].cumsum() <= FIRST_VIEW]
        level = int(fitting.max()) if len(fitting) else 0
    neurons = connectome.neurons(Selection(max_downstream=level))
    root_ids = [int(root_id) for root_id in neurons["root_id"]]
    _check_size(len(root_ids))
    looked.statements.append(_named(connectome, "select/neurons", max_downstream=level))
    looked.python.append(f'root_ids = connectome.neurons(max_downstream={level})["root_id"].tolist()')
    beyond = f"; marks go on to level {deepest}" if level < deepest else ""
    looked.told.append(
        f"{counted(len(root_ids), 'neuron')}: the targets and {counted(level, 'level')} downstream{beyond}"
    )
    return root_ids


def _by_cypher(connectome: Connectome, text: str, looked: Looked) -> list[int]:
    answer = connectome.graph.cypher(text, {}, timeout_s=_TIME_LIMIT_S, limit=_ROWS)
    looked.statements.append(Statement("", text, {}))
    columns = [str(name) for name in answer if str(name).endswith("root_id")]
    if not columns:
        raise ParameterError(
            f"the answer has the columns {', '.join(map(str, answer)) or 'none'}, and no root_id. Return the neurons' "
            "ids: RETURN n.root_id AS root_id"
        )
    root_ids = list(dict.fromkeys(int(value) for name in columns for value in answer[name].dropna()))
    looked.python.append(f"answer = connectome.cypher({text!r})")
    looked.python.append(
        f"root_ids = list(dict.fromkeys(answer[{columns}].melt().value.dropna().astype(int)))"
        if len(columns) > 1 else f'root_ids = answer["{columns[0]}"].drop_duplicates().tolist()'
    )  # fmt: skip
    looked.told.append(f"{counted(len(root_ids), 'neuron')} by Cypher")
    _check_size(len(root_ids))
    connectome.graph.require_known(root_ids, "neurons")
    return root_ids


def _partners(connectome: Connectome, step: Mapping[str, object], root_ids: list[int], looked: Looked) -> list[int]:
    of = [int(text) for text in cast(list[str], step.get("of") or [])] or root_ids
    least, most = int(str(step.get("min_synapses") or 1)), int(str(step.get("most") or 50))
    direction = str(step.get("direction", "both"))
    root_ids = list(root_ids)
    if of is not root_ids:
        connectome.graph.require_known(of, "neurons")
    looked.python.append("of = root_ids" if not step.get("of") else f"of = {of}")
    for way, end in (("downstream", "post_root_id"), ("upstream", "pre_root_id")):
        if direction not in (way, "both"):
            continue
        name, values = f"analysis/partners_{way}", {"root_ids": of, "min_synapses": least, "limit": _ROWS}
        partners = connectome.query(name, **values)
        new = partners[~partners[end].isin(root_ids)][end].drop_duplicates()
        root_ids += [int(root_id) for root_id in new.head(most)]
        looked.statements.append(_named(connectome, name, **values))
        looked.python += [
            f'partners = connectome.query("{name}", root_ids=of, min_synapses={least})',
            f'new = partners[~partners["{end}"].isin(root_ids)]["{end}"].drop_duplicates()',
            f"root_ids = root_ids + new.head({most}).tolist()",
        ]
        left_out = f", the {most} most strongly connected of {len(new):,}" if len(new) > most else ""
        looked.told.append(f"+ {min(len(new), most):,} {way} with {least:,} synapses or more{left_out}")
    return root_ids


def _paths(connectome: Connectome, step: Mapping[str, object], root_ids: list[int], looked: Looked) -> list[int]:
    to = int(str(step.get("to") or 0))
    starts = [int(text) for text in cast(list[str], step.get("of") or [])]
    least = int(str(step.get("min_synapses") or 1))
    if not to or not starts:
        raise ParameterError(
            "paths go from selected neurons to one other: select where they begin, name where they end"
        )
    if len(starts) > 50:
        raise ParameterError(f"{len(starts)} neurons are selected; paths are looked for from 50 at most")
    connectome.graph.require_known([*starts, to], "neurons")
    search = connectome.graph.queries["analysis/shortest_paths"]
    found: list[pd.DataFrame] = []
    until = time.monotonic() + _TIME_LIMIT_S  # for all of them
    for number, start in enumerate(starts):
        if start == to:
            continue
        values = {"pre_root_id": start, "post_root_id": to, "min_synapses": least}
        try:
            if (left := until - time.monotonic()) <= 0:
                raise TimeoutError
            found.append(connectome.graph.cypher(search.text, values, timeout_s=left))
        except (BackendError, TimeoutError) as error:
            if time.monotonic() < until:
                raise
            raise BackendError(
                f"the search for paths was stopped after {_TIME_LIMIT_S:g} s, with {number} of {len(starts)} neurons "
                "done. Begin with fewer neurons, or allow more synapses at least."
            ) from error
        looked.statements.append(_named(connectome, search.name, **values))
    on_way: Any = pd.concat(found)[["pre_root_id", "post_root_id"]].to_numpy().ravel() if found else []
    if not len(on_way):
        raise SelectionError(
            f"no path of up to 8 connections of {least:,} synapses or more leads from there to {to}. Allow "
            "fewer synapses."
        )
    looked.python += [
        f"paths = [connectome.query('analysis/shortest_paths', pre_root_id=start, post_root_id={to}, "
        f"min_synapses={least}) for start in {starts}]",
        "on_way = [root_id for path in paths for pair in path[['pre_root_id', 'post_root_id']].to_numpy() "
        "for root_id in pair.tolist()]",
        "root_ids = list(dict.fromkeys([*root_ids, *on_way]))",
    ]
    grown = list(dict.fromkeys([*root_ids, *(int(root_id) for root_id in on_way)]))
    longest = max(int(paths["step"].max()) for paths in found if len(paths))
    looked.told.append(f"+ {len(grown) - len(root_ids):,} on the shortest paths to {to}, up to {longest} connections")
    return grown


def _keep(connectome: Connectome, step: Mapping[str, object], root_ids: list[int], looked: Looked) -> list[int]:
    kept = {int(text) for text in cast(list[str], step.get("of") or [])}
    looked.python.append(f"root_ids = [root_id for root_id in root_ids if root_id in {sorted(kept)}]")
    looked.told.append(f"only {len(kept):,} of them")
    return [root_id for root_id in root_ids if root_id in kept]


def _remove(connectome: Connectome, step: Mapping[str, object], root_ids: list[int], looked: Looked) -> list[int]:
    gone = {int(text) for text in cast(list[str], step.get("of") or [])}
    looked.python.append(f"root_ids = [root_id for root_id in root_ids if root_id not in {sorted(gone)}]")
    looked.told.append(f"without {len(gone):,}")
    return [root_id for root_id in root_ids if root_id not in gone]


_STEPS = {"partners": _partners, "paths": _paths, "keep": _keep, "remove": _remove}


def _named(connectome: Connectome, name: str, **values: object) -> Statement:
    query = connectome.graph.queries[name]
    return Statement(name, query.text, query.bind(**values))


def _check_size(neurons: int) -> None:
    if neurons > LARGEST:
        raise SelectionError(
            f"{neurons:,} neurons are more than this page can show ({LARGEST:,}). Narrow the choice; "
            "`graphkit simulate` and `graphkit export` take circuits of any size."
        )
