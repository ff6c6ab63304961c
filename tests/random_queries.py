"""Random Cypher over a random connectome, each statement with its answer as pandas computes it.

A statement is built clause by clause. Each clause adds its text, and does what it means to a table of bindings: one
row for each way to match, one column for each variable. Values are pandas' nullable ones, whose logic of missing
values is Cypher's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from tests.connectomes import BASE, Row, TableLoader

__all__ = ["Statement", "World", "random_statement", "random_world"]

CELL_TYPES = ("ORN", "PN", "KC", "LN", None)
SIDES = ("left", "right", "center")
NEUROPILS = ("AL_L", "AL_R", None)
TRANSMITTERS = ("ACH", "GABA", "DA", None)
SCORES = (0.5, 1.5, 2.5, 3.5, None)


@dataclass(frozen=True)
class World:
    """A connectome as a loader and as tables: neurons by root_id, relationships by number."""

    loader: TableLoader
    neurons: pd.DataFrame
    relationships: dict[str, pd.DataFrame]


def random_world(draw: random.Random, neurons: int, rows: int) -> World:
    """Return a connectome that, as published ones do, repeats pairs and lacks values."""
    annotations = {
        number: {"cell_type": draw.choice(CELL_TYPES), "side": draw.choice(SIDES), "super_class": "central",
                 "nt_score": draw.choice(SCORES)}
        for number in range(neurons)
    }  # fmt: skip
    told: list[Row] = [
        (draw.randrange(neurons), draw.randrange(neurons), draw.choice(NEUROPILS), draw.randrange(1, 40),
         draw.choice(TRANSMITTERS)) for _ in range(rows)
    ]  # fmt: skip
    synapses = pd.DataFrame(told, columns=["pre", "post", "neuropil", "syn_count", "nt_type"]).convert_dtypes()
    synapses[["pre", "post"]] += BASE
    by_pair = synapses.groupby(["pre", "post"], as_index=False)
    pairs = by_pair.agg(syn_count=("syn_count", "sum"), n_rows=("pre", "size"))
    table = pd.DataFrame.from_dict(annotations, orient="index").convert_dtypes()
    table.index = pd.Index(BASE + table.index.to_numpy(), dtype="int64")
    table["root_id"] = table.index.to_series().astype("Int64")
    for end, name in (("post", "input_synapses"), ("pre", "output_synapses")):
        table[name] = synapses.groupby(end)["syn_count"].sum().reindex(table.index).fillna(0).astype("Int64")
    return World(TableLoader(told, annotations), table, {"SYNAPSES": synapses, "CONNECTS": pairs.convert_dtypes()})


@dataclass(frozen=True)
class Statement:
    """A statement and the rows that answer it, in their order where it asks for one."""

    text: str
    answer: list[tuple[object, ...]]
    ordered: bool


def random_statement(draw: random.Random, world: World) -> Statement:
    """Return a statement of one to three hops with whatever chance adds to it."""
    building = _Building(draw, world)
    building.match()
    if draw.random() < 0.3:
        building.optional_match()
    if draw.random() < 0.35:
        building.group()
        if draw.random() < 0.4:
            building.match_further()
    return building.give_back()


@dataclass(frozen=True)
class _Value:
    """An expression: as text, and as what it gives for a table of bindings."""

    text: str
    of: Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True)
class _Aggregate:
    """An aggregate: as text, as what pandas calls it, and what it is taken of."""

    text: str
    how: str
    value: _Value


class _Building:
    def __init__(self, draw: random.Random, world: World) -> None:
        self.draw = draw
        self.world = world
        self.clauses: list[str] = []
        self.bindings = pd.DataFrame()
        self.nodes: list[str] = []
        self.relationships: dict[str, str] = {}  # their types
        self.numbers: list[_Value] = []  # what WITH named
        self.words: list[_Value] = []

    # ---------------------------------------------------------------------------------------- expressions

    def property(self, variable: str, name: str) -> _Value:
        kind = self.relationships.get(variable)
        column = (self.world.neurons if kind is None else self.world.relationships[kind])[name]
        return _Value(f"{variable}.{name}", lambda bindings: _looked_up(column, bindings[variable]))

    def number(self, *, but: str = "", small: bool = False, named: bool = True) -> _Value:
        """Return a number; a small one where it is summed, for 64 bits hold no sum of ids.

        The embedded engine computes wrongly with what WITH made of many rows once it was renamed, and refuses to be
        asked so. Hence what is given back under another name (not ``named``, or ``but`` elsewhere) is no such one.
        """
        known = [self.property(name, "syn_count") for name in self.relationships]
        known += [self.property(name, "input_synapses") for name in self.nodes]
        known += [] if small else [self.property(name, "root_id") for name in self.nodes]
        known += [] if small else [self.property(name, "nt_score") for name in self.nodes]
        known += self.numbers if named else []
        return self.draw.choice([value for value in known if value.text != but])

    def word(self) -> _Value:
        known = [self.property(name, self.draw.choice(("cell_type", "side"))) for name in self.nodes]
        known += [self.property(name, "nt_type") for name, kind in self.relationships.items() if kind == "SYNAPSES"]
        return self.draw.choice(known + self.words)

    def condition(self, variable: str) -> _Value:
        draw = self.draw
        if variable in self.relationships:
            if self.relationships[variable] == "SYNAPSES" and draw.random() < 0.4:
                return _equals(self.property(variable, "nt_type"), draw.choice(TRANSMITTERS))
            return draw.choice((_at_least, _below))(self.property(variable, "syn_count"), draw.randrange(2, 40))
        ids = self.property(variable, "root_id")
        known = self.world.neurons.index.tolist()
        return draw.choice((
            lambda: _equals(self.property(variable, "cell_type"), draw.choice(CELL_TYPES)),
            lambda: _not(_equals(self.property(variable, "side"), draw.choice(SIDES))),
            lambda: _below(ids, draw.choice(known)),
            lambda: _among(ids, sorted(draw.sample(known, len(known) // 8))),
            lambda: _any(_equals(self.property(variable, "cell_type"), "PN"),
                         _at_least(self.property(variable, "input_synapses"), draw.randrange(400))),
            lambda: _below(self.property(variable, "nt_score"), draw.randrange(2, 5)),
            lambda: self.on_subquery(variable),
            lambda: self.on_subquery(variable),
        ))()  # fmt: skip

    def on_subquery(self, variable: str) -> _Value:
        """Return a condition on what a subquery finds of a neuron."""
        inner, counts, taken = self.subquery(variable)
        least = self.draw.randrange(2, 6)
        exists = _Value(f"EXISTS {{ {inner} }}", lambda bindings: counts(bindings) > 0)
        number = _Value(f"COUNT {{ {inner} }}", counts)
        chosen = self.draw.choice((exists, _not(exists), _not(exists), _at_least(number, least), _below(number, least)))
        if self.draw.random() < 0.3:
            chosen = _any(_equals(self.property(variable, "side"), self.draw.choice(SIDES)), chosen)
        if self.draw.random() < 0.8:
            chosen = _both(_present(self.property(variable, taken)), chosen) if taken else chosen
        return chosen

    def subquery(self, variable: str) -> tuple[str, Callable[[pd.DataFrame], pd.Series], str]:
        """Return a pattern at a neuron, how often it is found, and what it takes of the neuron that may be missing."""
        draw, kind = self.draw, self.draw.choice(("CONNECTS", "SYNAPSES"))
        forward = kind == "SYNAPSES" or draw.random() < 0.5  # the embedded engine keeps rows at their start alone
        table = self.world.relationships[kind]
        here, there = ("pre", "post") if forward else ("post", "pre")
        mine, other = (self.world.neurons.loc[table[end]].reset_index(drop=True) for end in (here, there))
        least = draw.randrange(1, 50)
        kept, conditions = table["syn_count"].reset_index(drop=True) >= least, [f"p.syn_count >= {least}"]
        if draw.random() < 0.3:
            side = draw.choice(SIDES)
            kept, conditions = kept & (other["side"] == side).astype("boolean"), [*conditions, f"q.side = '{side}'"]
        taken = ""
        if draw.random() < 0.5:
            name, text, holds = draw.choice((
                ("cell_type", "q.cell_type = {}.cell_type", other["cell_type"] == mine["cell_type"]),
                ("nt_score", "q.nt_score = {}.nt_score - 1", other["nt_score"] == mine["nt_score"] - 1),
                ("nt_score", "q.nt_score < {}.nt_score", other["nt_score"] < mine["nt_score"]),
                ("", "q.input_synapses > {}.input_synapses", other["input_synapses"] > mine["input_synapses"]),
                ("", "q.root_id < {}.root_id", other["root_id"] < mine["root_id"]),
            ))  # fmt: skip
            taken, kept, conditions = name, kept & holds.astype("boolean"), [*conditions, text.format(variable)]
        found = table[here].reset_index(drop=True)[kept.fillna(False).astype(bool)].value_counts()
        counts = found.reindex(self.world.neurons.index).fillna(0).astype("Int64")
        start, end = (variable, "q:Neuron") if forward else ("q:Neuron", variable)
        text = f"MATCH ({start})-[p:{kind}]->({end}) WHERE {' AND '.join(conditions)}"
        return text, lambda bindings: _looked_up(counts, bindings[variable]).fillna(0), taken

    # ---------------------------------------------------------------------------------------- clauses

    def match(self) -> None:
        draw = self.draw
        hops = draw.choice((1, 2, 2, 3))
        closes = hops > 1 and draw.random() < 0.15
        pattern = "(n0:Neuron)"
        conditions: list[str] = []
        self.nodes.append("n0")
        self.bindings = pd.DataFrame({"n0": self.world.neurons["root_id"]})
        self._keep("n0", conditions)
        for hop in range(hops):
            edge, start = f"e{hop}", f"n{hop}"
            end = "n0" if closes and hop == hops - 1 else f"n{hop + 1}"
            # The embedded engine finds one of several relationships between two neurons where a pattern closes.
            kinds = ("CONNECTS",) if closes else ("CONNECTS", "CONNECTS", "SYNAPSES")
            kind, forward = draw.choice(kinds), draw.random() < 0.75
            arrow = f"-[{edge}:{kind}]->" if forward else f"<-[{edge}:{kind}]-"
            pattern += arrow + (f"({end})" if end in self.nodes else f"({end}:Neuron)")
            self.bindings = self._stepped(edge, kind, *((start, end) if forward else (end, start)))
            # The embedded engine walks, Neo4j takes trails: said aloud, it means the same to both.
            for other in [name for name, its in self.relationships.items() if its == kind]:
                self.bindings = self.bindings[self.bindings[other] != self.bindings[edge]]
                conditions.append(f"{other} <> {edge}")
            self.relationships[edge] = kind
            self._keep(edge, conditions)
            if end not in self.nodes:
                self.nodes.append(end)
                self._keep(end, conditions)
        self.clauses.append(f"MATCH {pattern}" + _where(conditions))

    def optional_match(self) -> None:
        start = self.draw.choice(self.nodes)
        least = self.draw.randrange(10, 70)
        table = self.world.relationships["CONNECTS"]
        found = self._ends(table[table["syn_count"] >= least], "o", start, "m")
        self.bindings = self.bindings.merge(found, on=start, how="left")
        self.relationships["o"] = "CONNECTS"
        self.nodes.append("m")
        self.clauses.append(f"OPTIONAL MATCH ({start})-[o:CONNECTS]->(m:Neuron) WHERE o.syn_count >= {least}")

    def match_further(self) -> None:
        """Follow connections of a neuron that a WITH handed on."""
        start, forward = self.nodes[0], self.draw.random() < 0.6
        ends = (start, "z") if forward else ("z", start)
        conditions: list[str] = []
        self.bindings = self._stepped("f", "CONNECTS", *ends)
        self.nodes.append("z")
        self.relationships["f"] = "CONNECTS"
        self._keep("z", conditions)
        self._keep("f", conditions)
        arrow = "-[f:CONNECTS]->" if forward else "<-[f:CONNECTS]-"
        self.clauses.append(f"MATCH ({start}){arrow}(z:Neuron)" + _where(conditions))

    def group(self) -> None:
        """Group by a neuron and a word, keep some groups: WITH … WHERE."""
        node, word = self.draw.choice(self.nodes), self.word()
        counted, largest = self.property("e0", "syn_count"), self.number(small=True)
        aggregates = {"total": _Aggregate("", "sum", counted), "most": _Aggregate("", "max", largest)}
        least = self.draw.randrange(1, 200)
        keys = pd.DataFrame({node: self.bindings[node], "k": word.of(self.bindings)})
        grouped = _grouped(keys, aggregates, self.bindings)
        self.bindings = grouped[(grouped["total"] >= least).fillna(False).astype(bool)].reset_index(drop=True)
        self.nodes, self.relationships = [node], {}
        also: list[str] = []
        self._keep(node, also)
        self.numbers = [_column("total"), _column("most")]
        self.words = [_column("k")]
        self.clauses.append(
            f"WITH {node}, {word.text} AS k, sum({counted.text}) AS total, max({largest.text}) AS most "
            f"WHERE {' AND '.join([f'total >= {least}', *also])}"
        )

    def give_back(self) -> Statement:
        return self.draw.choice((self._totals, self._groups, self._groups, self._distinct, self._first))()

    def _totals(self) -> Statement:
        chosen = self._aggregates()
        whole = _grouped(pd.DataFrame(index=self.bindings.index), {a.text: a for a in chosen}, self.bindings)
        items = [f"{value.text} AS a{place}" for place, value in enumerate(chosen)]
        return self._statement(f"RETURN {', '.join(items)}", whole)

    def _groups(self) -> Statement:
        keys, chosen = [self.word(), self.number(named=False)][: self.draw.choice((1, 2))], self._aggregates()
        by = pd.DataFrame({f"k{place}": key.of(self.bindings) for place, key in enumerate(keys)})
        answer = _grouped(by, {f"a{place}": value for place, value in enumerate(chosen)}, self.bindings)
        items = [f"{key.text} AS k{place}" for place, key in enumerate(keys)]
        items += [f"{value.text} AS a{place}" for place, value in enumerate(chosen)]
        return self._statement(f"RETURN {', '.join(items)}", answer, by=by.columns)

    def _distinct(self) -> Statement:
        values = [self.word(), self.number(named=False)]
        answer = pd.DataFrame({f"v{place}": value.of(self.bindings) for place, value in enumerate(values)})
        items = [f"{value.text} AS v{place}" for place, value in enumerate(values)]
        return self._statement(f"RETURN DISTINCT {', '.join(items)}", answer.drop_duplicates(), by=answer.columns)

    def _first(self) -> Statement:
        """Return plain values and what is computed of them, the largest first."""
        number, word = self.number(), self.word()
        if self.draw.random() < 0.3:
            inner, counts, _ = self.subquery(self.draw.choice(self.nodes))
            number = _Value(f"COUNT {{ {inner} }}", counts)
        other, another = self.number(but=number.text, small=True), self.number(but=number.text, small=True)
        given = {
            "v0": number.of(self.bindings),
            "v1": word.of(self.bindings),
            "v2": other.of(self.bindings) + another.of(self.bindings),
            "v3": (other.of(self.bindings) >= 30).map({True: "many", False: "few"}).fillna("few"),
        }
        items = (
            f"{number.text} AS v0, {word.text} AS v1, {other.text} + {another.text} AS v2, "
            f"CASE WHEN {other.text} >= 30 THEN 'many' ELSE 'few' END AS v3"
        )
        return self._statement(f"RETURN {items}", pd.DataFrame(given), by=pd.Index(["v0", "v1", "v2", "v3"]))

    def _aggregates(self) -> list[_Aggregate]:
        number, other, small = self.number(), self.number(), self.number(small=True)
        # A DISTINCT one last: the embedded engine loses what stands behind it, and refuses to be asked so.
        return [
            _Aggregate("count(*)", "size", number),
            _Aggregate(f"coalesce(sum({small.text}), 0)", "sum", small),
            _Aggregate(f"max({other.text})", "max", other),
            _Aggregate(f"min({number.text})", "min", number),
            _Aggregate(f"count({other.text})", "count", other),
            _Aggregate(f"count(DISTINCT {other.text})", "nunique", other),
        ]

    def _statement(self, returned: str, answer: pd.DataFrame, by: Iterable[str] = ()) -> Statement:
        ordered = bool(list(by)) and self.draw.random() < 0.5
        if ordered:
            answer = answer.reset_index(drop=True)
            limited = self.draw.random() < 0.5
            keys = _sort_keys(answer, by, limited)
            directions = [self.draw.choice(("", " DESC")) for _ in keys]
            returned += " ORDER BY " + ", ".join(key + way for key, way in zip(keys, directions, strict=True))
            for values, way in reversed(list(zip(keys.values(), directions, strict=True))):
                missing = "first" if way else "last"
                order = values.loc[answer.index].sort_values(ascending=not way, kind="stable", na_position=missing)
                answer = answer.loc[order.index]
            if limited:
                limit = self.draw.randrange(1, 8)
                returned += f" LIMIT {limit}"
                answer = answer.head(limit)
        known = answer.astype(object).itertuples(index=False)
        rows = [tuple(None if pd.isna(value) else value for value in row) for row in known]
        return Statement("\n".join([*self.clauses, returned]), rows, ordered)

    def _stepped(self, edge: str, kind: str, pre: str, post: str) -> pd.DataFrame:
        found = self._ends(self.world.relationships[kind], edge, pre, post)
        return self.bindings.merge(found, on=[name for name in found.columns if name in self.bindings.columns])

    @staticmethod
    def _ends(table: pd.DataFrame, edge: str, pre: str, post: str) -> pd.DataFrame:
        return pd.DataFrame({pre: table["pre"], post: table["post"], edge: table.index.to_series().astype("Int64")})

    def _keep(self, variable: str, conditions: list[str]) -> None:
        if self.draw.random() < 0.45:
            condition = self.condition(variable)
            self.bindings = self.bindings[condition.of(self.bindings).fillna(False).astype(bool)]
            conditions.append(condition.text)


def _looked_up(column: pd.Series, at: pd.Series) -> pd.Series:
    """Return a column's values, missing where ``at`` is: what Series.map did by way of floats before pandas 3.1."""
    return column.reindex(at.fillna(-1).astype("int64")).set_axis(at.index)


def _column(name: str) -> _Value:
    return _Value(name, lambda bindings: bindings[name])


def _at_least(value: _Value, least: int) -> _Value:
    return _Value(f"{value.text} >= {least}", lambda bindings: value.of(bindings) >= least)


def _below(value: _Value, limit: int) -> _Value:
    return _Value(f"{value.text} < {limit}", lambda bindings: value.of(bindings) < limit)


def _equals(value: _Value, word: str | None) -> _Value:
    if word is None:
        return _Value(f"{value.text} IS NULL", lambda bindings: value.of(bindings).isna().astype("boolean"))
    return _Value(f"{value.text} = '{word}'", lambda bindings: value.of(bindings) == word)


def _present(value: _Value) -> _Value:
    return _Value(f"{value.text} IS NOT NULL", lambda bindings: value.of(bindings).notna().astype("boolean"))


def _among(value: _Value, ids: list[int]) -> _Value:
    return _Value(f"{value.text} IN {ids}", lambda bindings: value.of(bindings).isin(ids).astype("boolean"))


def _not(value: _Value) -> _Value:
    return _Value(f"NOT ({value.text})", lambda bindings: ~value.of(bindings).astype("boolean"))


def _any(one: _Value, other: _Value) -> _Value:
    return _Value(
        f"({one.text} OR {other.text})",
        lambda bindings: one.of(bindings).astype("boolean") | other.of(bindings).astype("boolean"),
    )


def _both(one: _Value, other: _Value) -> _Value:
    return _Value(
        f"{one.text} AND {other.text}",
        lambda bindings: one.of(bindings).astype("boolean") & other.of(bindings).astype("boolean"),
    )


def _grouped(keys: pd.DataFrame, aggregates: Mapping[str, _Aggregate], bindings: pd.DataFrame) -> pd.DataFrame:
    """Return one row per group of equal keys; one in all where there are no keys."""
    values = {name: aggregate.value.of(bindings) for name, aggregate in aggregates.items()}
    if keys.empty and len(keys.columns) == 0:
        whole = {
            name: getattr(values[name], how)() if how != "size" else len(bindings)
            for name, how in ((name, aggregate.how) for name, aggregate in aggregates.items())
        }
        return pd.DataFrame([whole]).convert_dtypes()
    table = keys.assign(**values)
    chosen = {name: (name, aggregate.how) for name, aggregate in aggregates.items()}
    return table.groupby(list(keys.columns), dropna=False, sort=False).agg(**chosen).reset_index().convert_dtypes()


def _sort_keys(answer: pd.DataFrame, by: Iterable[str], limited: bool) -> dict[str, pd.Series]:
    """Return keys that order every row in ways that the embedded engine can.

    Numbers, then all texts as one; where rows are cut off, no number that may be missing.
    """
    numbers = [name for name in by if pd.api.types.is_numeric_dtype(answer[name])]
    if limited:
        keys = {f"coalesce({name}, -1)": answer[name].fillna(-1) for name in numbers}
    else:
        keys = {name: answer[name] for name in numbers}
    if texts := [name for name in by if name not in numbers]:
        joined = answer[texts[0]].fillna("")
        for name in texts[1:]:
            joined = joined + "|" + answer[name].fillna("")
        keys[" + '|' + ".join(f"coalesce({name}, '')" for name in texts)] = joined
    return keys


def _where(conditions: list[str]) -> str:
    return " WHERE " + " AND ".join(conditions) if conditions else ""
