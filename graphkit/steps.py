"""The steps that made the graph what it is: which are done, unfinished or older than their input."""

from __future__ import annotations

import json
import logging
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from graphkit.errors import BackendError, GraphStateError, GraphStateWarning
from graphkit.graph import Graph
from graphkit.processes import has_ended, this_process

__all__ = ["COMMANDS", "Step", "Steps", "new_token", "now", "step_properties"]

_LOGGER = logging.getLogger(__name__)

#: Each step reads what the one before it wrote.
_CHAIN = ("load", "predict", "merge", "mark")

#: The command that runs, or repeats, a step.
COMMANDS = {
    "load": "graphkit load FOLDER",
    "predict": "graphkit predict",
    "merge": "graphkit merge",
    "mark": "graphkit mark --targets FILE",
    "write_back": "graphkit write-back RESULTS",
    "restore": "graphkit restore FILE",
}

#: Tokens of the steps that this process is running: one that it is no longer running did not end.
_RUNNING_HERE: set[str] = set()

State = Literal["missing", "running", "interrupted", "stale", "done"]


@dataclass(frozen=True)
class Step:
    """One step as the graph remembers it.

    ``state`` is missing (never run), running (by another process, now), interrupted (its process ended before the
    step did), stale (a step before it was run again) or done.
    """

    name: str
    state: State = "missing"
    parameters: Mapping[str, object] = field(default_factory=dict)
    started: str = ""
    finished: str = ""
    token: str = ""
    input_token: str = ""
    report: Mapping[str, object] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """The command that runs, or repeats, the step."""
        if self.parameters.get("delete"):
            return f"graphkit runs delete {self.parameters['run_id']}"
        return COMMANDS[self.name]

    @property
    def who(self) -> str:
        """Host and process that ran the step."""
        host, pid, *_ = [*self.process.split("/"), "?", "?"]
        return f"process {pid} on {host}"

    @property
    def process(self) -> str:
        """The process that ran the step, as :func:`graphkit.processes.this_process` names it."""
        return self.token.rpartition("/")[0]


class Steps:
    """The steps of one graph.

    Each begins by writing ``running`` in a transaction of its own and ends by writing ``done`` with its last one,
    so that whatever happens in between, the graph says that the step is unfinished.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def all(self) -> dict[str, Step]:
        """Return every step of the chain, and write_back where there was one, by name."""
        stored = {}
        if self._graph.understands_steps():
            for row in self._graph.table("select/steps").to_pylist():
                row.update(parameters=json.loads(row["parameters"]), report=json.loads(row["report"]))
                stored[row["name"]] = Step(**row)
        steps: dict[str, Step] = {}
        for name in dict.fromkeys((*_CHAIN, *stored)):
            step = stored.get(name, Step(name))
            state = step.state
            if state == "running" and _ended(step):
                state = "interrupted"
            if state == "done" and name in _CHAIN[1:]:
                before = steps[_CHAIN[_CHAIN.index(name) - 1]]
                if before.token != step.input_token or before.state in ("stale", "interrupted", "running"):
                    state = "stale"
            steps[name] = Step(**{**step.__dict__, "state": state})
        return steps

    def require(self, name: str) -> Step:
        """Return a finished step, or say what to run.

        Raises
        ------
        GraphStateError
            If the step, or one that it builds on, is missing, unfinished or running elsewhere.

        Warns
        -----
        GraphStateWarning
            If the step is whole, but older than its input.
        """
        steps = self.all()
        step = _finished(name, steps)
        if step.state == "stale":
            chain = _CHAIN[: _CHAIN.index(name) + 1]
            redo = [f"`{COMMANDS[one]}`" for one in chain if steps[one].state == "stale"]
            warnings.warn(
                f"the result of {name} is older than what it was made from: a step before it was run again. "
                f"Repeat {', then '.join(redo)}.",
                GraphStateWarning,
                stacklevel=4,
            )
        return step

    def unfinished(self) -> list[Step]:
        """Return the steps that are running elsewhere or were interrupted."""
        return [step for step in self.all().values() if step.state in ("running", "interrupted")]

    def refuse_beside(self) -> dict[str, Step]:
        """Return every step, or refuse while another process runs one.

        Raises
        ------
        GraphStateError
            Says which, by whom and since when.
        """
        steps = self.all()
        for step in steps.values():
            if step.state == "running":
                raise GraphStateError(_unfinished(step))
        return steps

    def refuse_data_of_others(self) -> None:
        """Refuse a database in which nodes have graphkit's labels, and no step of graphkit was ever begun.

        A load would mix the neurons of both, and one that replaces would remove those of others.

        Raises
        ------
        GraphStateError
            Says which labels, and what to do.
        """
        counts = "select/label_counts"  # of an engine without tables, in which anybody may use any label
        if counts not in self._graph.queries:
            return
        found = self._graph.ask(counts).query("nodes > 0")
        # Asked afterwards: another client's step is written before its neurons are.
        if len(found) and all(step.state == "missing" for step in self.all().values()):
            told = ", ".join(f"{nodes:,} :{label}" for label, nodes in found.itertuples(index=False))
            raise GraphStateError(
                f"{self._graph.backend.address} holds nodes that graphkit did not make, under labels that it uses: "
                f"{told}. Give graphkit a database of its own (--database), or a server of its own. If they are of no "
                f"use any more, remove them: MATCH (n:{found['label'].iloc[0]}) DETACH DELETE n"
            )

    @contextmanager
    def run(self, name: str, parameters: Mapping[str, object]) -> Iterator[dict[str, object]]:
        """Run a step in the context; what is put into the yielded dict becomes its report.

        Raises
        ------
        GraphStateError
            If another process is running any step, or a step that this one builds on is missing or unfinished.
        """
        before = self.refuse_beside()
        input_token = ""
        if name in _CHAIN[1:]:
            input_token = _finished(_CHAIN[_CHAIN.index(name) - 1], before).token
        step = Step(name, "running", parameters, now(), "", new_token(), input_token)
        report: dict[str, object] = {}
        if name == "load" or before["predict"].state == "missing":
            self._graph.create_schema()  # a new graph has none yet, nor a database that Neo4j's importer filled
        _RUNNING_HERE.add(step.token)
        try:
            ended = [one for one in before.values() if one.state == "interrupted"]
            for process in {one.process for one in ended} - {this_process()}:
                self._graph.backend.end_transactions(process)
            self._begin(step, [one.token for one in ended])
        except BaseException:
            _RUNNING_HERE.discard(step.token)
            raise
        began = time.perf_counter()
        _LOGGER.info("%s begins: %s", name, json.dumps(dict(parameters)))
        try:
            with self._graph.backend.transaction():
                yield report
                self._write(Step(**{**step.__dict__, "state": "done", "finished": now(), "report": report}))
            _LOGGER.info("%s done in %.2f s: %s", name, time.perf_counter() - began, json.dumps(report))
        except BaseException as error:
            _LOGGER.info("%s ended after %.2f s by %s", name, time.perf_counter() - began, type(error).__name__)
            # One transaction was undone whole, so the earlier state is true again. Where a step takes several,
            # some are made: the graph must go on saying that the step is unfinished.
            whole = self._graph.backend.neurons_per_transaction is None
            earlier = before.get(name, Step(name))
            # Where that cannot be written (the server is gone, the disk full) the graph says "running" by a process
            # that does not run it: interrupted, too.
            with suppress(BackendError):
                kept = self.all()[name]
                if kept.token == step.token and kept.state == "done":
                    raise  # Ctrl-C came just after the commit
                self._write(earlier if whole else Step(**{**step.__dict__, "state": "interrupted"}))
            raise
        finally:
            _RUNNING_HERE.discard(step.token)

    def _begin(self, step: Step, ended: list[str]) -> None:
        """Write that the step runs, unless another client's began since this one looked."""
        self._graph.tell("write/begin_step", step=step_properties(step), ended=ended)
        begun = self.all()
        if step.name not in begun or begun[step.name].token != step.token:
            self.refuse_beside()
            raise GraphStateError(f"another client ran a step of {self._graph.backend.address} just now. Try again.")

    def _write(self, step: Step) -> None:
        if step.state == "missing":
            self._graph.tell("write/forget_step", name=step.name)
            return
        state = "done" if step.state == "stale" else step.state
        self._graph.tell("write/step", step=step_properties(Step(**{**step.__dict__, "state": state})))


def now() -> str:
    """Return the time, UTC, as the graph stores it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def step_properties(step: Step) -> dict[str, Any]:
    """Return what the graph keeps of a step: the properties of (:Step)."""
    kept = {"parameters": json.dumps(dict(step.parameters)), "report": json.dumps(dict(step.report))}
    return {**step.__dict__, **kept}


def new_token() -> str:
    """Name one run of a step by this process."""
    return f"{this_process()}/{uuid.uuid4().hex[:8]}"


def _ended(step: Step) -> bool:
    if step.process == this_process():
        return step.token not in _RUNNING_HERE
    return has_ended(step.process)  # of another host nothing can tell; the message says how to release the step


def _finished(name: str, steps: Mapping[str, Step]) -> Step:
    """Return a step that is whole, as are those before it."""
    chain = _CHAIN[: _CHAIN.index(name) + 1] if name in _CHAIN else (*_CHAIN[:1], name)
    for step in (steps.get(before, Step(before)) for before in chain):
        if step.state in ("missing", "running", "interrupted"):
            raise GraphStateError(_unfinished(step))
    return steps[name]


def _unfinished(step: Step) -> str:
    if step.state == "missing":
        return f"{step.name} has not been run on this graph. Run `{step.command}`."
    if step.state == "interrupted":
        return (
            f"{step.name} was interrupted: {step.who} began it at {step.started} and did not end it. "
            f"Repeat it with `{step.command}`."
        )
    return (
        f"{step.name} is being run by {step.who} since {step.started}. Wait until it ends. If that process is gone, "
        f"release the step: graphkit cypher --write \"MATCH (s:Step {{name: '{step.name}'}}) "
        "SET s.state = 'interrupted'\""
    )
