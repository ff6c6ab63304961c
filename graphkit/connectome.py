"""The connectome: the handle that users hold."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, cast

import pandas as pd

from graphkit import backup as backups
from graphkit import checking, derivation, ingestion, runs
from graphkit.backends import open_backend
from graphkit.circuit import Circuit
from graphkit.cutting import cut_circuit
from graphkit.errors import GraphStateWarning, ParameterError, QueryError
from graphkit.graph import Graph
from graphkit.ids import id_array
from graphkit.loading import Loader
from graphkit.overrides import Overrides
from graphkit.progress import Progress
from graphkit.selection import Selection
from graphkit.spikes import SpikeTrains
from graphkit.steps import Step, Steps
from graphkit.tables import read_root_ids
from graphkit.transmitters import SignPolicy

__all__ = ["Connectome", "connect"]

_LOGGER = logging.getLogger(__name__)

#: Ids as users give them: a file with a root_id column, ids, or the neurons that a selection describes.
Neurons = str | Path | Iterable[int] | Selection


def connect(
    address: str | Path,
    *,
    read_only: bool = False,
    user: str = "neo4j",
    password: str | None = None,
    database: str | None = None,
) -> Connectome:
    """Open a connectome's graph, or begin one.

    Parameters
    ----------
    address
        A file (embedded engine, made at the first write), or a server: ``bolt://…``, ``neo4j://…``.
    read_only
        Refuse every write; an embedded graph can then be read beside the process that writes it.
    user, password, database
        Of a Neo4j server.

    Returns
    -------
    Connectome
        The handle, which closes the graph at the end of a ``with`` block.

    Raises
    ------
    GraphFileError
        If the file is locked, damaged, of another version of the engine or of graphkit, or cannot be made.
    ServerUnavailableError, CredentialsError
        If no server answers, or it refuses the password.
    ParameterError
        If the address is neither a text nor a path.

    Examples
    --------
    >>> from graphkit import connect
    >>> with connect("example.graph") as connectome:
    ...     print(connectome.steps()["load"].state)
    missing
    """
    if not isinstance(address, str | Path):  # such as None, where a variable is not set: it would name a file
        raise ParameterError(f"the graph's address is {address!r}: give a file's path, or bolt://… of a server")
    graph = Graph(open_backend(str(address), read_only=read_only, user=user, password=password, database=database))
    try:
        graph.require_this_version()
    except BaseException:
        graph.close()
        raise
    _LOGGER.info("opened %s, %s%s", graph.backend.address, graph.backend.engine_version, ", to read" * read_only)
    return Connectome(graph)


class Connectome:
    """A connectome in a graph: load, predict, merge, mark, take a circuit, write spikes back, ask.

    Made by :func:`connect`; a context manager that closes the graph.

    Parameters
    ----------
    graph
        The backend and its queries.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from graphkit import connect
    >>> from graphkit.synthetic import generate
    >>> from loaders.generated import Generated
    >>> with TemporaryDirectory() as folder:
    ...     made = generate(folder, neurons=200, edges=2000)
    ...     with connect(folder + "/brain.graph") as connectome:
    ...         loaded = connectome.load(Generated(folder))
    ...         predicted = connectome.predict_transmitters()
    ...         connectome.merge_connections()["pairs"]
    2000
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Connectome({self.graph.backend.address!r}, {self.graph.backend.engine_version})"

    def close(self) -> None:
        """Release the graph."""
        self.graph.close()

    # ------------------------------------------------------------------ the steps, in their order

    def load(
        self, loader: Loader, *, add: bool = False, replace: bool = False, progress: Progress | None = None
    ) -> dict[str, object]:
        """Load a connectome's files; they are read and checked completely before the first write.

        Loading the same files again (by their SHA-256) changes nothing.

        Parameters
        ----------
        loader
            The files, such as ``loaders.flywire.FlyWire(…)``.
        add
            Add rows or annotations to what the graph holds; later steps become stale.
        replace
            Remove everything in the graph first, runs included.
        progress
            Called with the rows read and written.

        Returns
        -------
        dict
            rows_read, rows_kept, rows_refused, neurons, annotated, neurons_without_connections,
            ids_without_classification, synapses, seconds; or unchanged, files, seconds.

        Raises
        ------
        DataError
            If a file cannot be taken as it is; nothing was written.
        GraphStateError
            If the graph holds other files and neither add nor replace is set, or another process is writing.
        ParameterError
            If add and replace are both set.

        Warns
        -----
        GraphStateWarning
            If the files are probably of two releases.
        """
        if add and replace:
            raise ParameterError("add and replace exclude each other: choose one")
        mode: Literal["new", "add", "replace"] = "add" if add else "replace" if replace else "new"
        return ingestion.load(self.graph, loader, mode, progress)

    def predict_transmitters(
        self,
        method: Literal["vote", "scores"] = "vote",
        *,
        policy: str | SignPolicy = "shiu2024",
        unknown_sign: int = 0,
        overrides: Overrides | None = None,
        progress: Progress | None = None,
    ) -> dict[str, object]:
        """Decide every neuron's transmitter and sign, in Cypher.

        Parameters
        ----------
        method
            "vote": over the neuron's outgoing rows, weighted by synapses (Dale's law). "scores": FlyWire's own
            rule over the six mean scores of neurons.csv, best > 0.2 and best > second + 0.1.
        policy
            Which transmitters excite and inhibit: a name of ``SIGN_POLICIES`` or a policy of your own.
        unknown_sign
            Sign of a neuron without a known transmitter.
        overrides
            Transmitters that win over both methods: a file or table with root_id or cell_type, and nt_type, or a
            mapping from root_id (int) or cell_type (str) to transmitter, as HIST or histamine. Photoreceptors (R1-6,
            R7, R8) release histamine, which is not among the six classes of the files.
        progress
            Called as neurons are done.

        Returns
        -------
        dict
            neurons, excitatory, inhibitory, sign_zero, unknown, tied, overridden (neurons); output_synapses,
            synapses_of_unknown, synapses_of_sign_zero (synapses); seconds.

        Raises
        ------
        ParameterError
            If the method or the policy is unknown, or unknown_sign is not -1, 0 or 1.
        DataError
            If the overrides cannot be read, have no such columns, name a transmitter without a sign, or say nothing, or
            two things, of a neuron or type.
        SelectionError
            If an override names a neuron that is not in the graph, or by a float, which does not hold an id's digits.
        GraphStateError
            If nothing is loaded, or another process is writing.
        """
        return derivation.predict_transmitters(
            self.graph, method=method, policy=policy, unknown_sign=unknown_sign, overrides=overrides, progress=progress
        )

    def merge_connections(
        self,
        *,
        neuropils: str | Iterable[str] = (),
        signed_by: Literal["neuron", "row"] = "neuron",
        progress: Progress | None = None,
    ) -> dict[str, object]:
        """Merge all rows of each ordered pair into one signed connection, in Cypher.

        Thresholds come afterwards, on the pair: ``min_synapses`` and ``min_input_share`` of marking and circuits.

        Parameters
        ----------
        neuropils
            Only rows of this neuropil, or of these; all by default.
        signed_by
            "neuron": the presynaptic neuron's sign on all its outputs (Dale's law). "row": each row by its own
            transmitter; rows of opposite sign cancel.
        progress
            Called as neurons are done.

        Returns
        -------
        dict
            pairs, rows_merged, pairs_of_several_rows, excitatory, inhibitory, unsigned (connections); synapses,
            synapses_without_effect, whose rows have sign 0 or cancel; smallest_pair (None without pairs); seconds.

        Raises
        ------
        GraphStateError
            If transmitters are not predicted, or another process is writing.
        SelectionError
            If no row is in a neuropil.
        ParameterError
            If signed_by is neither.

        Warns
        -----
        GraphStateWarning
            If the prediction is older than what was loaded.
        """
        wanted = [neuropils] if isinstance(neuropils, str) else list(neuropils)
        return derivation.merge_connections(self.graph, neuropils=wanted, signed_by=signed_by, progress=progress)

    def mark_downstream(
        self,
        targets: Neurons,
        depth: int = 2,
        *,
        functional_nuclei: Neurons = (),
        min_synapses: int = 1,
        min_input_share: float = 0.0,
        sign: int = 0,
        progress: Progress | None = None,
    ) -> dict[str, object]:
        """Mark target neurons, and how many connections downstream and upstream of them each neuron lies, in Cypher.

        A neuron's level is the length of the shortest directed path from any target; targets are 0.

        Parameters
        ----------
        targets
            A file with a root_id column, root_ids, or a Selection.
        depth
            Deepest level that is marked.
        functional_nuclei
            Neurons marked as belonging to functional nuclei, given as the targets are.
        min_synapses, min_input_share
            Smallest connection that is followed, inclusive; circuits reuse them.
        sign
            Follow only excitatory (1) or inhibitory (-1) connections; 0: all.
        progress
            Called as levels are done.

        Returns
        -------
        dict
            targets, downstream and upstream (neurons by level, a text, from "0"), functional_nuclei, seconds.

        Raises
        ------
        SelectionError
            If a neuron is not in the graph, or there is no target.
        DataError
            If a file of neurons cannot be read.
        ParameterError
            If depth is below 1, or a threshold or the sign is out of its range.
        GraphStateError
            If connections are not merged, or another process is writing.

        Warns
        -----
        GraphStateWarning
            If the merged connections are older than the prediction.
        """
        return derivation.mark_downstream(
            self.graph,
            self.root_ids(targets),
            depth=depth,
            functional_nuclei=self.root_ids(functional_nuclei),
            min_synapses=min_synapses,
            min_input_share=min_input_share,
            sign=sign,
            progress=progress,
        )

    def circuit(
        self,
        neurons: Neurons | None = None,
        *,
        max_downstream: int | None = None,
        min_synapses: int | None = None,
        min_input_share: float | None = None,
    ) -> Circuit:
        """Return the chosen neurons and the connections among them, as arrays.

        Parameters
        ----------
        neurons
            A Selection, root_ids, or a file of them; the whole graph when neither this nor max_downstream is given.
        max_downstream
            By the marks: the targets, everything up to this level, and the functional nuclei.
        min_synapses, min_input_share
            Smallest connection kept, inclusive; by default what marking used, or everything.

        Returns
        -------
        Circuit
            Neurons in groups by the marks, targets first; ``source`` says what was chosen.

        Raises
        ------
        GraphStateError
            If connections are not merged, or, for max_downstream, nothing is marked.
        SelectionError
            If a neuron is not in the graph, or the selection is empty.
        ParameterError
            If neurons and max_downstream are both given, or a level or threshold is out of its range.

        Warns
        -----
        GraphStateWarning
            If a step is older than its input.
        """
        if neurons is not None and max_downstream is not None:
            raise ParameterError("give neurons or max_downstream, not both")
        return cut_circuit(
            self.graph,
            None if neurons is None else self.root_ids(neurons),
            max_downstream=max_downstream,
            min_synapses=min_synapses,
            min_input_share=min_input_share,
            chosen_by=_said(neurons, max_downstream),
        )

    def write_back(
        self, spikes: SpikeTrains, *, all_trials: bool = False, progress: Progress | None = None
    ) -> dict[str, object]:
        """Write a run into the graph: properties of its neurons, and a run beside earlier runs.

        Every neuron of the run gets run_id, spike_count, rate_hz and spike_times_ms (first trial), silent ones 0;
        neurons outside it have null, and values of an earlier run are cleared. The run itself is a :Run with
        :RECORDED to each neuron and stays until it is deleted. A run that is written again replaces itself.

        Parameters
        ----------
        spikes
            The run.
        all_trials
            Keep the spike times of every trial on RECORDED.
        progress
            Called as neurons are written.

        Returns
        -------
        dict
            run_id, neurons, silent, spikes, seconds.

        Raises
        ------
        SelectionError
            If a neuron of the run is not in the graph.
        GraphStateError
            If another process is writing.
        """
        return runs.write_back(self.graph, spikes, all_trials=all_trials, progress=progress)

    # ------------------------------------------------------------------ asking

    def query(self, name: str, /, **parameters: object) -> pd.DataFrame:
        """Return the answer of a named query: ``connectome.query("activity/most_active", limit=10)``.

        Parameters
        ----------
        name
            Path under cypher/ without the suffix; ``graphkit queries`` lists them.
        parameters
            Values of its parameters; the others have defaults.

        Returns
        -------
        pandas.DataFrame
            The columns that the query's header declares; ids are int64.

        Raises
        ------
        UnknownQueryError, ParameterError
            If the query is not known, or a parameter is missing, unknown or of another type.
        GraphStateError
            If a step whose result the query reads is missing or unfinished.

        Warns
        -----
        GraphStateWarning
            If such a step is older than its input, or another one is unfinished; if ids or runs are not in the graph.
        """
        query = self.graph.queries[name]
        if not query.columns:
            raise ParameterError(f"{name} writes: it is a part of a step, and not asked by name")
        for step in query.needs:
            Steps(self.graph).require(step)
        self._warn_of_unfinished_steps()
        with self._something_to_ask():
            answer = self.graph.ask(name, **parameters)
            for parameter, given in parameters.items():
                if parameter.endswith(("root_id", "root_ids")):
                    ids = given if query.parameters[parameter].type.startswith("list[") else [given]
                    if told := self.graph.unknown(cast("Iterable[int]", ids), parameter):
                        warnings.warn(told, GraphStateWarning, stacklevel=2)
            if "write_back" in query.needs:
                named: list[str | None] = [str(run) for name, run in parameters.items() if name.startswith("run_")]
                latest: list[str | None] = [None] if answer.empty else []  # read where no run is named
                for run_id in named or latest:
                    if told := runs.lacking(self.graph, run_id):
                        warnings.warn(told, GraphStateWarning, stacklevel=2)
        return answer

    def cypher(
        self,
        text: str,
        /,
        *,
        write: bool = False,
        timeout_s: float | None = 60.0,
        row_limit: int | None = None,
        **parameters: object,
    ) -> pd.DataFrame:
        """Return the answer of a Cypher statement of your own; it may only read unless ``write`` is set.

        Parameters
        ----------
        text
            The statement; values are written as $name and given by name.
        write
            Let it write.
        timeout_s
            Seconds after which it is stopped; None: never.
        row_limit
            Rows returned at most; a warning says when there were more.
        parameters
            Values of its $names.

        Returns
        -------
        pandas.DataFrame
            The columns that the statement returns; no whole number passes through a float.

        Raises
        ------
        WriteRefusedError
            If it writes and may not.
        ParameterError, QueryError
            If a value is missing, the statement is not understood, or a limit is out of its range.
        BackendError
            If it is stopped at its time limit, or the engine fails.

        Warns
        -----
        GraphStateWarning
            If there are more rows than row_limit, a step is unfinished, or Neo4j does not have a label, relationship
            type or property that the statement names (the embedded engine refuses it).
        """
        if row_limit is not None and row_limit < 0:
            raise ParameterError(f"row_limit is {row_limit}; give 0 or more (in Python, None sets no limit)")
        self._warn_of_unfinished_steps()
        limit = None if row_limit is None else row_limit + 1
        with self._something_to_ask():
            answer = self.graph.cypher(text, parameters, write=write, timeout_s=timeout_s, limit=limit)
            for told in () if write else self.graph.unknown_names(text, parameters):
                warnings.warn(told, GraphStateWarning, stacklevel=2)
        if row_limit is not None and len(answer) > row_limit:
            warnings.warn(f"only the first {row_limit} rows are shown; there are more", GraphStateWarning, stacklevel=2)
            answer = answer.iloc[:row_limit]
        return answer

    def plan(self, text: str, /, *, profile: bool = False, timeout_s: float | None = 60.0, **parameters: object) -> str:
        """Return how the engine runs a statement of your own or a named query, drawn by the engine itself.

        Parameters
        ----------
        text
            The statement, which may only read, or the name of a query.
        profile
            Run it, and tell the rows and the cost of each part; without it nothing is run.
        timeout_s
            Seconds after which it is stopped; None: never.
        parameters
            Values of its parameters.

        Raises
        ------
        WriteRefusedError
            If it writes.
        ParameterError, QueryError
            If a value is missing, or the statement is not understood.

        Examples
        --------
        >>> from graphkit import connect
        >>> with connect(":memory:") as connectome:
        ...     connectome.graph.create_schema()
        ...     plan = connectome.plan("MATCH (n:Neuron) WHERE n.root_id = $id RETURN n.side AS side", id=2**59)
        >>> "PRIMARY_KEY_SCAN" in plan
        True
        """
        with self._something_to_ask():
            return self.graph.plan(text, parameters, profile=profile, timeout_s=timeout_s)

    def neurons(self, selection: Selection | None = None, **conditions: object) -> pd.DataFrame:
        """Return neurons by annotation.

        Parameters
        ----------
        selection
            Which; without, the conditions say it.
        conditions
            Those of :class:`Selection`, by name: ``connectome.neurons(cell_class="ALPN", side="right")``.

        Returns
        -------
        pandas.DataFrame
            The columns of the query ``select/neurons``.

        Raises
        ------
        ParameterError
            If there is no such condition, or a value has another type.
        GraphStateError
            If nothing is loaded.
        """
        selection = Selection.from_mapping(conditions) if selection is None else selection
        return self.query("select/neurons", **selection.parameters())

    def root_ids(self, neurons: Neurons) -> list[int]:
        """Return the root_ids that a file, ids or a Selection name, each once.

        Raises
        ------
        DataError
            If the file cannot be read.
        SelectionError
            If an id is no whole number.
        """
        if isinstance(neurons, Selection):
            return [int(root_id) for root_id in self.neurons(neurons)["root_id"]]
        if isinstance(neurons, str | Path):
            return [int(root_id) for root_id in read_root_ids(neurons)]
        return list(dict.fromkeys(id_array(neurons).tolist()))

    # ------------------------------------------------------------------ what the graph knows of itself

    def steps(self) -> dict[str, Step]:
        """Return the steps load, predict, merge, mark (and write_back) and what each one's state is."""
        return Steps(self.graph).all()

    def _warn_of_unfinished_steps(self) -> None:
        for step in Steps(self.graph).unfinished():
            warnings.warn(
                f"{step.name} is unfinished (begun {step.started} by {step.who}): the graph is not whole. "
                f"Repeat `{step.command}`.",
                GraphStateWarning,
                stacklevel=3,
            )

    @contextmanager
    def _something_to_ask(self) -> Iterator[None]:
        """Say that nothing is loaded where an engine without tables does not understand a question."""
        try:
            yield
        except QueryError:
            if not self.graph.has_schema():
                Steps(self.graph).require("load")
            raise

    def info(self) -> dict[str, object]:
        """Return what the graph holds: address, engine, datasets, counts, steps, runs."""
        steps = {name: step.state for name, step in self.steps().items()}
        known: dict[str, object] = {
            "address": self.graph.backend.address,
            "engine": self.graph.backend.engine_version,
            "steps": steps,
        }
        if self.graph.has_schema():
            known["datasets"] = self.graph.ask("select/datasets").to_dict("records")
            known["counts"] = {name: int(n) for name, n in self.graph.ask("analysis/counts").iloc[0].items()}
            known["runs"] = len(self.graph.ask("activity/runs"))
        return known

    def check(self, *, limit: int = 100, progress: Progress | None = None) -> pd.DataFrame:
        """Return what the graph is not, and its steps should have made of it.

        Every query under ``check/`` is an invariant, such as: a merged connection has the synapses of its rows, all
        connections of a neuron have its sign, marks are shortest path lengths, a run has a record of each of its
        neurons. Those of a step that is done are asked.

        Parameters
        ----------
        limit
            Findings of each check at most.
        progress
            Called after each check.

        Returns
        -------
        pandas.DataFrame
            check (str), root_id and other_root_id (Int64), found and expected (float64), what_to_do (str); no row when
            all is well.

        Raises
        ------
        GraphStateError
            If nothing was loaded.
        ParameterError
            If limit is negative.
        """
        return checking.check(self.graph, limit, progress)

    def backup(
        self, path: str | Path, *, overwrite: bool = False, progress: Progress | None = None
    ) -> dict[str, object]:
        """Write the whole graph into one file: a zip of parquet tables, from which either engine can be filled.

        Parameters
        ----------
        path
            The file.
        overwrite
            Replace one that is there, when the new one is whole.
        progress
            Called after each table.

        Returns
        -------
        dict
            Rows of each table, seconds.

        Raises
        ------
        DataError
            If the file is there already, or its folder is not.
        GraphStateError
            If nothing is loaded, or a step is unfinished.
        """
        return backups.backup(self.graph, path, overwrite, progress)

    def restore(self, path: str | Path, *, progress: Progress | None = None) -> dict[str, object]:
        """Fill an empty graph from a backup, made on this engine or the other, steps and runs included.

        Parameters
        ----------
        path
            What :meth:`backup` wrote.
        progress
            Called after each table.

        Returns
        -------
        dict
            Rows of each table, seconds.

        Raises
        ------
        DataError
            If the file is no backup, or is damaged.
        GraphStateError
            If the graph is not empty.
        """
        return backups.restore(self.graph, path, progress)

    def spikes(self, run_id: str | None = None) -> SpikeTrains:
        """Return a run from the graph; the latest one unless named.

        Trials come back as far as they were written: all of them with ``all_trials``, else the first.

        Raises
        ------
        SelectionError
            If the graph holds no such run, or not its spike times.
        """
        return runs.read_run(self.graph, run_id)

    def runs(self) -> pd.DataFrame:
        """Return the runs that were written back, latest first; columns of the query ``activity/runs``.

        Raises
        ------
        GraphStateError
            If nothing is loaded.
        """
        return runs.list_runs(self.graph)

    def delete_run(self, run_id: str) -> None:
        """Remove a run from the graph.

        Raises
        ------
        SelectionError
            If the graph holds no such run.
        """
        runs.delete_run(self.graph, run_id)


def _said(neurons: Neurons | None, max_downstream: int | None) -> object:
    if isinstance(neurons, Selection):
        return neurons.parameters()
    if neurons is not None:
        return str(neurons) if isinstance(neurons, str | Path) else "root_ids"
    return "whole graph" if max_downstream is None else {"max_downstream": max_downstream}
