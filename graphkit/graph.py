"""A graph that answers named queries: a backend with the queries of its dialect."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from graphkit.answers import to_frame, typed
from graphkit.backends import Backend
from graphkit.backends.parts import PARTS, ROUNDS
from graphkit.cypher_text import check_read_only, code_of, parameter_names
from graphkit.errors import GraphFileError, ParameterError, QueryError, SelectionError
from graphkit.ids import id_array
from graphkit.progress import Progress
from graphkit.queries import Queries, Value
from graphkit.schema import ARROW_TYPES, NODE_TABLES, RELATIONSHIP_TABLES
from graphkit.version import __version__

__all__ = ["Graph"]

_LOGGER = logging.getLogger(__name__)
#: Hears of every query that takes SLOW_S seconds or more, with its plan.
_SLOW_QUERIES = logging.getLogger("graphkit.slow_queries")
SLOW_S = 5.0
_LARGEST_ID = 2**63 - 1
#: Neurons that one transaction reads for each that it would write: it holds their connections a tenth as long.
READ_RATIO = 4
#: Neurons that one transaction reads or writes without their connections for each that it would write with them: they
#: have some twenty each. A transaction takes a server 2 ms, however little it finds to do.
ALONE_RATIO = 20


class Graph:
    """A backend and its queries, by name and with checked parameters.

    Parameters
    ----------
    backend
        The engine.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.queries = Queries(backend.dialect)

    def table(self, name: str, /, **parameters: object) -> pa.Table:
        """Return a query's answer as an Arrow table with the declared columns and types.

        One that declares $first_id and $last_id is asked range by range where the engine's transactions hold only
        so many neurons.
        """
        query = self.queries[name]
        size = self.backend.neurons_per_transaction
        if size is None or "first_id" not in query.parameters or {"first_id", "last_id"} & set(parameters):
            no_nulls = query.no_nulls_if is not None and not self.table(query.no_nulls_if, limit=1).num_rows
            return typed(self._read(query.text, query.bind(**parameters), no_nulls=no_nulls, called=name), query)
        ranges = self._id_ranges(size * (READ_RATIO if "-[" in code_of(query.text) else ALONE_RATIO))
        return self.table_each(name, [{"first_id": first, "last_id": last, **parameters} for first, last in ranges])

    def table_each(self, name: str, several: Sequence[Mapping[str, object]]) -> pa.Table:
        """Return a query's answers to several sets of parameters as one table, those to the first set first."""
        query = self.queries[name]
        bound = [query.bind(**parameters) for parameters in several]
        if not bound:
            return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in query.columns]).empty_table()
        began = time.perf_counter()
        rows = self.backend.read_each(query.text, bound, query.columns)
        self._heard(name, query.text, bound[0], rows.num_rows, time.perf_counter() - began)
        return typed(rows, query)

    def in_parts(self, root_ids: Sequence[int]) -> list[Sequence[int]]:
        """Cut ids into parts, as many in each as one transaction may read the connections of."""
        size = self.backend.neurons_per_transaction
        step = len(root_ids) if size is None else READ_RATIO * size
        return [root_ids[start : start + step] for start in range(0, len(root_ids), step)] if len(root_ids) else []

    def ask(self, name: str, /, **parameters: object) -> pd.DataFrame:
        """Return a query's answer as a DataFrame with the declared columns and types."""
        return to_frame(self.table(name, **parameters))

    def tell(
        self, name: str, /, *, progress: Progress | None = None, neurons_at_once: int | None = None,
        **parameters: object,
    ) -> None:  # fmt: skip
        """Run a query that writes.

        One that declares $first_id and $last_id is run range by range where the engine's transactions hold only
        so many neurons, or only so many are to be written at once, and else once over all ids. One that declares
        $parts as well is run so that two transactions at once share no neuron.
        """
        query = self.queries[name]
        ranges: list[dict[str, object]] = [{}]
        size = self.backend.neurons_per_transaction or neurons_at_once
        if size is not None and "first_id" in query.parameters:
            # Of one run a neuron has one record.
            if "-[" not in code_of(query.text) or "run_id" in query.parameters:
                size *= ALONE_RATIO
            ends = self._id_ranges(size)
            if "parts" in query.parameters and len(ends) > 1:
                ranges = _apart(ends)
            else:
                ranges = [{"first_id": first, "last_id": last} for first, last in ends]
        began = time.perf_counter()
        self.backend.write_each(query.text, [query.bind(**one, **parameters) for one in ranges], progress)
        _LOGGER.debug("ran %s in %.3f s", name, time.perf_counter() - began)

    def tell_one(self, name: str, /, **parameters: object) -> int:
        """Run a query that writes, in one transaction, and return how many it says that it wrote."""
        query = self.queries[name]
        began = time.perf_counter()
        rows = self.backend.write(query.text, query.bind(**parameters))
        _LOGGER.debug("ran %s in %.3f s", name, time.perf_counter() - began)
        return int(rows.column(query.counts)[0].as_py())

    def tell_rows(self, name: str, rows: pa.Table, *, progress: Progress | None = None) -> None:
        """Run a query over the rows of a table, which it gets as $rows."""
        query = self.queries[name]
        if set(query.parameters) != {"rows"}:
            raise QueryError(f"{name} does not take $rows alone")
        began = time.perf_counter()
        self.backend.write_rows(query.text, rows, progress)
        _LOGGER.debug("ran %s over %d rows in %.3f s", name, rows.num_rows, time.perf_counter() - began)

    def cypher(
        self,
        text: str,
        parameters: Mapping[str, object],
        *,
        write: bool = False,
        timeout_s: float | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Run a user's statement; only reading unless ``write``.

        Raises
        ------
        WriteRefusedError
            If it writes and may not.
        ParameterError
            If a $name has no value, or a value no $name: the embedded engine would answer with nothing. If there is no
            time for an answer.
        QueryError
            If the engine does not understand it.
        """
        _check_time_limit(timeout_s)
        values = self._values(text, parameters)
        if write:
            return to_frame(self.backend.execute(text, values, timeout_s=timeout_s))
        check_read_only(text)
        return to_frame(self._read(text, values, timeout_s=timeout_s, limit=limit))

    def unknown_names(self, text: str, parameters: Mapping[str, object]) -> list[str]:
        """Return, a sentence for each, what a user's statement names and the graph has not, and yet is answered."""
        return self.backend.unknown_names(text, self._values(text, parameters))

    def plan(
        self, text: str, parameters: Mapping[str, object], *, profile: bool = False, timeout_s: float | None = None
    ) -> str:
        """Return the engine's drawing of how it runs a statement, or a named query; it may only read."""
        _check_time_limit(timeout_s)
        if text in self.queries:
            query = self.queries[text]
            text, values = query.text, query.bind(**parameters)
        else:
            values = self._values(text, parameters)
        check_read_only(text)
        return self.backend.plan(text, values, profile=profile, timeout_s=timeout_s)

    def _read(
        self, text: str, values: Mapping[str, Value], *, timeout_s: float | None = None, limit: int | None = None,
        no_nulls: bool = False, called: str = "the user's statement",
    ) -> pa.Table:  # fmt: skip
        began = time.perf_counter()
        rows = self.backend.read(text, values, timeout_s=timeout_s, limit=limit, no_nulls=no_nulls)
        self._heard(called, text, values, rows.num_rows, time.perf_counter() - began)
        return rows

    def _heard(self, called: str, text: str, values: Mapping[str, Value], rows: int, seconds: float) -> None:
        _LOGGER.debug("asked %s: %d rows in %.3f s", called, rows, seconds)
        if seconds >= SLOW_S and _SLOW_QUERIES.isEnabledFor(logging.INFO):
            _SLOW_QUERIES.info("%.1f s for\n%s\n%s", seconds, text.strip(), self.backend.plan(text, values))

    @staticmethod
    def _values(text: str, parameters: Mapping[str, object]) -> dict[str, Value]:
        named = parameter_names(text)
        if lacking := sorted(named - set(parameters)):
            shown, given = ", ".join(f"${name}" for name in lacking), " ".join(f"{name}=…" for name in lacking)
            raise ParameterError(
                f"the query uses {shown} without a value. Give it: {given} (on the command line: --param {given})."
            )
        if unused := sorted(set(parameters) - named):
            raise ParameterError(
                f"the query has no parameter {', '.join(unused)}. It has: {', '.join(sorted(named)) or 'none'}."
            )
        return {name: plain_value(name, value) for name, value in parameters.items()}

    def require_known(self, root_ids: Iterable[int], what: str) -> None:
        """Check that ids are neurons of the graph.

        Raises
        ------
        SelectionError
            Names the first that are not.
        """
        if told := self.unknown(root_ids, what):
            raise SelectionError(told)

    def unknown(self, root_ids: Iterable[int], what: str) -> str:
        """Return in a sentence how many of the ids are no neurons of the graph, and which; '' if all are."""
        wanted = np.unique(id_array(root_ids))
        if not len(wanted):
            return ""
        parts = [{"root_ids": part} for part in self.in_parts(wanted.tolist())]
        known = self.table_each("select/known_root_ids", parts).column("root_id").to_numpy()
        missing = np.setdiff1d(wanted, known, assume_unique=True)
        return (
            (
                f"{len(missing)} of {len(wanted)} {what} are not in the graph: {', '.join(map(str, missing[:5]))}. Ids "
                "change between releases: take them from the release that was loaded (`graphkit info`)."
            )
            if len(missing)
            else ""
        )

    def create_schema(self) -> None:
        """Create the tables, constraints and indexes that are not there yet."""
        for name in self.queries:
            if name.startswith("schema/"):
                self.tell(name)

    def has_schema(self) -> bool:
        """Return whether the graph was ever prepared for a connectome."""
        return "Step" in set(self.ask("select/labels")["label"])

    def understands_steps(self) -> bool:
        """Return whether it can be asked for its steps: an engine without tables always can, and has none of them."""
        return "select/columns" not in self.queries or self.has_schema()

    def require_this_version(self) -> None:
        """Check that the graph has the tables and properties of this version of graphkit.

        Raises
        ------
        GraphFileError
            If another version made it otherwise.
        """
        if "select/columns" not in self.queries or not self.has_schema():
            return  # an engine without tables takes any property
        found = set(self.ask("select/columns").itertuples(index=False, name=None))
        wanted = [(table, column) for table in (*NODE_TABLES, *RELATIONSHIP_TABLES) for column in table.columns]
        lacking = [f"{t.name}.{c.name}" for t, c in wanted if (t.name, c.name) not in found]
        if lacking:
            differs = f"keeps {', '.join(lacking[:5])} as well"
        elif not self.ask("select/compressed_numbers").empty:
            differs = "stores numbers uncompressed, because the engine reads some of the compressed ones as 0"
        else:
            return
        made = self.backend.read("MATCH (d:Dataset) RETURN d.graphkit_version AS version", {})
        versions = ", ".join(map(str, made.column("version").to_pylist())) or "another version"
        raise GraphFileError(
            f"{self.backend.address} was made by graphkit {versions}; this is {__version__}, which {differs}. "
            "The graph can be rebuilt: remove it and load the CSV files again."
        )

    def _id_ranges(self, size: int) -> list[tuple[int, int]]:
        firsts = self.ask("select/id_ranges", size=size)["first_id"].tolist()
        lasts = [*(first - 1 for first in firsts[1:]), _LARGEST_ID]
        return list(zip(firsts, lasts[: len(firsts)], strict=True))

    def close(self) -> None:
        """Release the engine."""
        self.backend.close()


def _apart(ranges: Sequence[tuple[int, int]]) -> list[dict[str, object]]:
    """Return ranges and parts, in each as many connections as one of the ranges has; neighbours share no neuron."""

    def joined(number: int) -> list[tuple[int, int]]:
        several = (ranges[start : start + number] for start in range(0, len(ranges), number))
        return [(part[0][0], part[-1][1]) for part in several]

    within, between = joined(PARTS**2), joined(PARTS**2 // 2)
    return [
        {"first_id": first, "last_id": last, "parts": PARTS, "part": one, "other_part": other}
        for together in ROUNDS
        for first, last in (within if together[0][0] == together[0][1] else between)
        for one, other in together
    ]


def _check_time_limit(timeout_s: float | None) -> None:
    # To one engine 0 is a moment, to the other it is no limit.
    if timeout_s is not None and not 0 < timeout_s < math.inf:
        raise ParameterError(f"timeout_s is {timeout_s:g}; give seconds above 0 (in Python, None sets no limit)")


def plain_value(name: str, value: object) -> Value:
    """Return a value as the plain Python that both engines take."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple | set | frozenset | range):
        return list(value)
    raise ParameterError(
        f"${name} is a {type(value).__name__}; give a number, a text, true or false, or a list of them"
    )
