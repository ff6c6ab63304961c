"""What the page knows, for all tabs that look at it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pandas as pd

from graphkit.backends import Backend
from graphkit.circuit import Circuit
from graphkit.connectome import Connectome
from graphkit.errors import ParameterError, SelectionError
from graphkit.explorer.graphs import Graphs
from graphkit.explorer.jobs import Jobs
from graphkit.explorer.kept_runs import KeptRuns
from graphkit.explorer.looking import FIRST_VIEW, Looked, look
from graphkit.explorer.memory import Memory
from graphkit.explorer.view import View
from graphkit.spikes import SpikeTrains

__all__ = ["MOST_ROWS", "MOST_SECONDS", "Answer", "Explorer", "Shown"]

MOST_ROWS, MOST_SECONDS = 50_000, 300.0
#: A figure as a browser gets it, its title, its caption.
Shown = tuple[Any, str, str]


class Answer:
    """The answer to a question: a table, and whether there were more rows."""

    def __init__(self, table: pd.DataFrame, limit: int) -> None:
        self.cut = len(table) > limit
        self.table = table.iloc[:limit]

    def root_ids(self) -> list[int]:
        """Return the neurons that the answer names, each once."""
        named = [name for name in self.table if str(name).endswith("root_id")]
        return list(dict.fromkeys(int(value) for name in named for value in self.table[name].dropna()))


@dataclass(eq=False)
class _Question:
    """A question that a tab is asking: the connection that answers it now, and whether it has ended."""

    backend: Backend | None = None
    ended: threading.Event = field(default_factory=threading.Event)


class Explorer:
    """Everything behind the page; every method may be called from several threads.

    Parameters
    ----------
    open_graph
        Opens the graph; told whether to write.
    runs_folder
        Where runs are kept.
    writable
        Whether the page may change the graph.
    """

    def __init__(self, open_graph: Callable[[bool], Connectome], runs_folder: Path, *, writable: bool = False) -> None:
        self.graphs = Graphs(open_graph, writable=writable)
        self.runs = KeptRuns(runs_folder)
        self.jobs = Jobs(self.runs)
        self._looked: Memory[Looked] = Memory(most=16)
        self._answers: Memory[Answer] = Memory(most=8)
        self._figures: Memory[Shown] = Memory(most=16)
        self._facts: Memory[object] = Memory(most=8)
        self._asking: dict[str, list[_Question]] = {}
        self._asking_lock = threading.Lock()
        with self.graphs.reading() as connectome:
            self.address = connectome.graph.backend.address
            self.queries = connectome.graph.queries

    def close(self) -> None:
        """Stop simulations and release the graph."""
        self.jobs.close()
        self.graphs.close()

    def looked(self, view: View) -> Looked:
        """Return what a view shows."""
        chosen, generation = view.chosen, self.graphs.generation
        before = self._looked.peek((generation, replace(chosen, steps=chosen.steps[:-1]).encode()))

        def compute() -> Looked:
            with self.graphs.reading() as connectome:
                return look(connectome, chosen, before if chosen.steps else None)

        return self._looked.get((generation, chosen.encode()), compute)

    def circuit(self, view: View) -> Circuit:
        """Return a view's circuit.

        Raises
        ------
        SelectionError
            If no neuron is chosen.
        """
        circuit = self.looked(view).circuit
        if circuit is None:
            raise SelectionError("no neuron is chosen yet: pick some in the panel Circuit")
        return circuit

    def shown(self, what: tuple[object, ...], draw: Callable[[], Shown]) -> Shown:
        """Return a figure of the graph as it is now; it is drawn once for every browser that has this room for it."""
        return self._figures.get((self.graphs.generation, *what), draw)

    def annotations(self) -> pd.DataFrame:
        """Return how many neurons share each combination of annotations."""

        def compute() -> object:
            with self.graphs.reading() as connectome:
                if connectome.steps()["load"].state == "missing":
                    return pd.DataFrame({name: [] for name in (*self.queries["select/annotation_counts"].columns,)})
                return connectome.query("select/annotation_counts")

        return cast(pd.DataFrame, self._facts.get((self.graphs.generation, "annotations"), compute))

    def info(self) -> Mapping[str, object]:
        """Return what the graph holds, as ``graphkit info`` shows it."""

        def compute() -> object:
            with self.graphs.reading() as connectome:
                return connectome.info()

        return cast(Mapping[str, object], self._facts.get((self.graphs.generation, "info"), compute))

    def answer(self, ask: Mapping[str, object], tab: str = "") -> Answer:
        """Return the answer to a question of the panel Ask.

        Parameters
        ----------
        ask
            text or name; values: by name; seconds and rows: the limits.
        tab
            Who asks, for :meth:`stop`.

        Raises
        ------
        GraphkitError
            If it is not understood, writes, or is stopped at its limit.
        """
        seconds = min(float(str(ask.get("seconds") or 20)), MOST_SECONDS)
        rows = min(int(str(ask.get("rows") or 1000)), MOST_ROWS)
        given = self.values_of(ask)

        def compute() -> Answer:
            with (
                self._asking_of(tab) as question,
                self.graphs.reading() as connectome,
                self._answered_by(connectome.graph.backend, question),
            ):
                if name := ask.get("name"):
                    query = self.queries[str(name)]
                    if not query.columns:
                        raise ParameterError(f"{name} writes: it is a part of a step, and not asked by name")
                    text, values = query.text, dict[str, object](query.bind(**given))
                else:
                    text, values = str(ask.get("text", "")), given
                table = connectome.graph.cypher(text, values, timeout_s=seconds, limit=rows + 1)
                return Answer(table, rows)

        return self._answers.get((self.graphs.generation, json.dumps(ask, sort_keys=True)), compute)

    def stop(self, tab: str) -> None:
        """Stop what a tab is asking; whoever waits for the answer is told."""
        with self._asking_lock:
            asked = list(self._asking.get(tab, ()))
        for question in asked:
            # Again until it has ended: what comes before the engine has begun with it is lost.
            while not question.ended.wait(0.05):
                with self._asking_lock:  # held meanwhile: the connection must not begin another question
                    if question.backend is not None:
                        question.backend.stop()

    @contextmanager
    def _asking_of(self, tab: str) -> Iterator[_Question]:
        question = _Question()
        with self._asking_lock:
            self._asking.setdefault(tab, []).append(question)
        try:
            yield question
        finally:
            with self._asking_lock:
                question.ended.set()
                self._asking[tab].remove(question)
                if not self._asking[tab]:
                    del self._asking[tab]

    @contextmanager
    def _answered_by(self, backend: Backend, question: _Question) -> Iterator[None]:
        with self._asking_lock:
            question.backend = backend
        try:
            yield
        finally:
            with self._asking_lock:
                question.backend = None

    @staticmethod
    def values_of(ask: Mapping[str, object]) -> dict[str, object]:
        """Return the values of a question's parameters; whole numbers beyond 2**53 travel as ``{"int": "…"}``."""

        def read(value: object) -> object:
            if isinstance(value, list):
                return [read(item) for item in value]
            return int(str(value["int"])) if isinstance(value, Mapping) and set(value) == {"int"} else value

        values = ask.get("values") or {}
        if not isinstance(values, Mapping):
            raise ParameterError('parameters are a JSON object, such as {"min": 5}')
        return {str(name): read(value) for name, value in values.items()}

    def spikes(self, run_id: str) -> SpikeTrains:
        """Return a run: of the page, else of the graph."""
        if any(run.run_id == run_id for run in self.runs.all()):
            return self.runs.spikes(run_id)

        def compute() -> object:
            with self.graphs.reading() as connectome:
                return connectome.spikes(run_id)

        return cast(SpikeTrains, self._facts.get((self.graphs.generation, "spikes", run_id), compute))

    def runs_in_graph(self) -> pd.DataFrame:
        """Return the runs in the graph, latest first."""

        def compute() -> object:
            with self.graphs.reading() as connectome:
                return connectome.runs() if connectome.graph.has_schema() else pd.DataFrame({"run_id": []})

        return cast(pd.DataFrame, self._facts.get((self.graphs.generation, "runs"), compute))

    def run_circuit(self, run_id: str, view: View) -> Circuit:
        """Return the circuit that a run of the page simulated; of another run, its neurons, the most active if many."""
        if self.runs.has_circuit(run_id):
            return self.runs.circuit(run_id)
        rates = self.spikes(run_id).rates()
        if len(rates) > FIRST_VIEW:
            rates = rates.sort_values("spike_count", ascending=False, kind="stable").head(FIRST_VIEW)
        ids = rates["root_id"].astype(str).tolist()
        return self.circuit(replace(view, pick={"by": "ids", "root_ids": ids}, steps=()))
