"""The named queries: the files under cypher/, parsed, checked, bound to values."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, cast

import numpy as np
import pyarrow as pa

from graphkit.cypher_text import code_of, parameter_names
from graphkit.errors import ParameterError, QueryError, UnknownQueryError

__all__ = ["Parameter", "Queries", "Query", "ReturnedColumn", "Value", "packaged_folder"]

#: What a parameter may be once it is bound.
Value: TypeAlias = (
    bool | int | float | str | list[bool] | list[int] | list[float] | list[str] | list[dict[str, object]] | pa.Table
    | dict[str, object] | None
)  # fmt: skip

_TYPE = r"(?:int|float|str|bool)\??|list\[(?:int|float|str)\]|map|table"
_PARAM = re.compile(rf"// :param (\w+): ({_TYPE})(?: = (.+?))? -- (.+)")
_RETURNS = re.compile(r"// :returns (.+)")
_COUNTS = re.compile(r"// :counts (\w+)")
_STEP = "load|predict|merge|mark|write_back"
_NEEDS = re.compile(rf"// :needs ((?:{_STEP})(?:, (?:{_STEP}))*)")
_NO_NULLS_IF = re.compile(r"// :no_nulls_if (check/\w+)")
#: Neo4j plans a statement anew when what it counts has changed by a quarter, for a tenth of a second. One that looks up
#: single nodes by their keys has the same plan in any graph.
_KEEPS_PLAN = "// :keeps_plan"
_KEEP_PLAN = {"neo4j": "CYPHER replan=skip\n", "ladybug": ""}
_COLUMN = re.compile(r"(\w+): ((?:int|float|str|bool)\??|list\[(?:int|float|str)\]\??)")
_SCALARS: dict[str, type[bool | int | float | str]] = {"int": int, "float": float, "str": str, "bool": bool}
#: Parameters of these names count or measure something: none is negative, and a share is at most 1.
_AMOUNT = re.compile(r"limit|min_\w+")


@dataclass(frozen=True)
class Parameter:
    """One declared parameter of a query; without a default it must be given."""

    name: str
    type: str
    description: str
    default: Value = None
    required: bool = True

    def check(self, value: object, query: str) -> Value:
        """Return the value as plain Python of the declared type.

        Raises
        ------
        ParameterError
            If the value has another type, or is no amount where the parameter is one (limit, min_…).
        """
        if self.type == "table":
            if isinstance(value, pa.Table):
                return cast(Value, value)
        elif self.type == "map":
            if isinstance(value, Mapping):
                return dict(value)
        elif self.type.startswith("list["):
            if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
                return cast(Value, [self._scalar(item, self.type[5:-1], query) for item in value])
        elif value is None and self.type.endswith("?"):
            return None
        else:
            return self._scalar(value, self.type.rstrip("?"), query)
        raise self._mistyped(value, query)

    def _scalar(self, value: object, wanted: str, query: str) -> bool | int | float | str:
        plain = value.item() if isinstance(value, np.generic) else value
        if wanted == "float" and isinstance(plain, int) and not isinstance(plain, bool):
            plain = float(plain)
        # bool is an int to Python, and would silently become 0 or 1 to the engine.
        if isinstance(plain, _SCALARS[wanted]) and (wanted == "bool" or not isinstance(plain, bool)):
            if isinstance(plain, int) and not -(2**63) <= plain < 2**63:
                raise ParameterError(f"{query}: ${self.name} is {plain}, which does not fit into 64 bits")
            if isinstance(plain, int | float) and _AMOUNT.fullmatch(self.name):
                share = self.name.endswith("_share")
                if not 0 <= plain <= (1 if share else math.inf):
                    allowed = "0 to 1" if share else "0 or more"
                    raise ParameterError(f"{query}: ${self.name} is {plain}; give {allowed}: {self.description}")
            return plain
        raise self._mistyped(value, query)

    def _mistyped(self, value: object, query: str) -> ParameterError:
        shown = repr(value) if len(repr(value)) < 60 else repr(value)[:57] + "…"
        return ParameterError(
            f"{query}: ${self.name} is {shown} ({type(value).__name__}), expected {self.type}: {self.description}"
        )

    def parse(self, text: str, query: str) -> Value:
        """Return the value that a word of the command line means; commas separate the items of a list.

        Raises
        ------
        ParameterError
            If the text is no value of the declared type.
        """
        if text == "null" and self.type.endswith("?"):
            return None
        items = [item.strip() for item in text.split(",") if item.strip()] if self.type.startswith("list[") else [text]
        wanted = self.type[5:-1] if self.type.startswith("list[") else self.type.rstrip("?")
        try:
            read = [_word(item, wanted) for item in items]
        except ValueError:
            raise ParameterError(f"{query}: {self.name}={text}, expected {self.type}: {self.description}") from None
        return self.check(read if self.type.startswith("list[") else read[0], query)

    @property
    def shown_default(self) -> str:
        """The default as a header writes it."""
        if isinstance(self.default, bool):
            return str(self.default).lower()
        return "null" if self.default is None else str(self.default)

    def __str__(self) -> str:
        return f"{self.name}: {self.type}" + ("" if self.required else f" = {self.shown_default}")


@dataclass(frozen=True)
class ReturnedColumn:
    """One declared column of a query's answer; ``nullable`` where a value may be missing."""

    name: str
    type: str
    nullable: bool


@dataclass(frozen=True)
class Query:
    """One file under cypher/.

    Parameters
    ----------
    name
        Its path without the suffix, such as ``analysis/partners_downstream``.
    text
        The statement, header included; for a server that is to keep its plan, behind the words that say so.
    summary
        The header's first lines, for people.
    parameters
        By name, in the header's order.
    columns
        What it returns, in order; empty for a statement that writes.
    counts
        The one number that a statement that writes returns: how many it wrote.
    needs
        The steps whose results it reads.
    no_nulls_if
        A query under check/: where it finds nothing, no value of the answer is null.

    Examples
    --------
    >>> from graphkit.queries import Queries
    >>> query = Queries("ladybug")["activity/most_active"]
    >>> query.bind(limit=3)["limit"]
    3
    """

    name: str
    text: str
    summary: str
    parameters: Mapping[str, Parameter]
    columns: tuple[ReturnedColumn, ...]
    counts: str | None = None
    needs: tuple[str, ...] = ()
    no_nulls_if: str | None = None

    @property
    def headline(self) -> str:
        """The summary's first sentence, for lists."""
        return re.split(r"(?<=\.)\s", self.summary, maxsplit=1)[0]

    def bind(self, **given: object) -> dict[str, Value]:
        """Return the parameters to send: the given values, checked, and the defaults of the others.

        Raises
        ------
        ParameterError
            If a parameter is unknown, missing, of another type or out of its range.
        """
        for name in given:
            if name not in self.parameters:
                known = ", ".join(str(parameter) for parameter in self.parameters.values()) or "none"
                raise ParameterError(
                    f"{self.name} has no parameter {name!r}.{_meant(name, self.parameters)} It has: {known}"
                )
        missing = [p for p in self.parameters.values() if p.required and p.name not in given]
        if missing:
            told, shell = ", ".join(map(str, missing)), " ".join(f"--param {p.name}=…" for p in missing)
            raise ParameterError(f"{self.name} needs {told} (on the command line: {shell})")
        return {
            parameter.name: parameter.check(given[parameter.name], self.name)
            if parameter.name in given
            else parameter.default
            for parameter in self.parameters.values()
        }

    @classmethod
    def parse(cls, name: str, text: str, path: str = "") -> Query:
        """Read one file and hold its header against its statement.

        Raises
        ------
        QueryError
            If the header is not understood, a $name is not declared or not used, or a column is not returned.
        """
        where = path or name
        summary: list[str] = []
        parameters: dict[str, Parameter] = {}
        columns: list[ReturnedColumn] = []
        needs: tuple[str, ...] = ()
        counts = no_nulls_if = None
        for number, line in enumerate(text.splitlines(), 1):
            if not line.startswith("//"):
                break
            if found := _PARAM.fullmatch(line):
                key, kind, default, description = found.groups()
                required = default is None
                parameter = Parameter(key, kind, description, None, required)
                if default is not None:
                    parameter = Parameter(key, kind, description, _default(parameter, default, name), False)
                parameters[key] = parameter
            elif found := _RETURNS.fullmatch(line):
                parts = [_COLUMN.fullmatch(part.strip()) for part in found.group(1).split(",")]
                if not all(parts):
                    raise QueryError(f"{where}:{number}: not understood: {line}")
                columns += [ReturnedColumn(p[1], p[2].rstrip("?"), p[2].endswith("?")) for p in parts if p]
            elif found := _COUNTS.fullmatch(line):
                counts = found.group(1)
            elif found := _NEEDS.fullmatch(line):
                needs = tuple(found.group(1).split(", "))
            elif found := _NO_NULLS_IF.fullmatch(line):
                no_nulls_if = found.group(1)
            elif line.startswith("// :"):
                if line != _KEEPS_PLAN:
                    raise QueryError(f"{where}:{number}: not understood: {line}")
            else:
                summary.append(line.removeprefix("//").strip())
        used = parameter_names(text)
        if used != set(parameters):
            odd = ", ".join(f"${key}" for key in sorted(used ^ set(parameters)))
            raise QueryError(f"{where}: declared and used parameters differ: {odd}")
        if not summary or not summary[-1].endswith("."):
            raise QueryError(f"{where}:1: the header begins with sentences that say what the query answers")
        code = code_of(text)
        for declared in [*(column.name for column in columns), *([counts] if counts else [])]:
            if not re.search(rf"\bAS {declared}\b", code):
                raise QueryError(f"{where}: {declared} is declared but no RETURN item ends in AS {declared}")
        return cls(
            name, text, " ".join(summary), MappingProxyType(parameters), tuple(columns), counts, needs, no_nulls_if
        )


class Queries(Mapping[str, Query]):
    """All named queries as one engine's dialect has them: ``<name>.<dialect>.cypher`` wins over ``<name>.cypher``.

    Parameters
    ----------
    dialect
        The engine's name in file names: ladybug or neo4j.
    folder
        Where the files are; the packaged ones by default.

    Raises
    ------
    QueryError
        If a file's header is wrong.

    Examples
    --------
    >>> from graphkit.queries import Queries
    >>> "analysis/hubs" in Queries("neo4j")
    True
    """

    def __init__(self, dialect: str, folder: Path | None = None) -> None:
        folder = folder or packaged_folder()
        found: dict[str, tuple[bool, Path]] = {}
        for path in sorted(folder.rglob("*.cypher")):
            stem, _, spoken = path.name.removesuffix(".cypher").partition(".")
            name = str(path.parent.relative_to(folder) / stem).replace("\\", "/")
            if spoken in ("", dialect) and (spoken or name not in found):
                found[name] = (bool(spoken), path)
        self._queries = {name: self._read(name, path, dialect) for name, (_, path) in sorted(found.items())}

    @staticmethod
    def _read(name: str, path: Path, dialect: str) -> Query:
        query = Query.parse(name, path.read_text(encoding="utf-8"), str(path))
        kept = _KEEPS_PLAN in query.text.splitlines()
        return replace(query, text=_KEEP_PLAN[dialect] + query.text) if kept else query

    def __contains__(self, name: object) -> bool:
        return name in self._queries

    def __getitem__(self, name: str) -> Query:
        try:
            return self._queries[name]
        except KeyError:
            close = [key for key in self._queries if key.endswith("/" + name)]
            hint = f" Did you mean {close[0]}?" if close else _meant(name, self._queries)
            raise UnknownQueryError(f"no query is called {name!r}.{hint} `graphkit queries` lists them.") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)


def packaged_folder() -> Path:
    """Return the folder of the packaged .cypher files: inside the installed package, or beside it in a checkout."""
    inside = Path(str(resources.files("graphkit"))) / "cypher"
    return inside if inside.is_dir() else Path(str(resources.files("graphkit"))).parent / "cypher"


def _word(text: str, wanted: str) -> bool | int | float | str:
    if wanted == "bool":
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    return int(text) if wanted == "int" else float(text) if wanted == "float" else text


def _default(parameter: Parameter, text: str, query: str) -> Value:
    if parameter.type.startswith("list["):
        return parameter.parse(text.strip("[]"), query)
    return parameter.parse(text.strip("'"), query)


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""
