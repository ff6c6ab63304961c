"""What a person looks at on the page, as plain data that fits into an address or a file."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Literal, cast, get_args

from graphkit.errors import ParameterError

__all__ = ["CONDITIONS", "DRAWN_AT_FIRST", "Layout", "Panel", "View", "id_texts"]

Panel = Literal["circuit", "ask", "simulate", "take"]
Layout = Literal["levels", "force"]
Direction = Literal["downstream", "upstream", "both"]
Wiring = Literal["matrix", "flow", "senders", "distributions", "transmitters", "boundary"]

#: The annotations that neurons are picked by.
CONDITIONS = ("super_class", "cell_class", "cell_type", "side", "nt_type")

#: Connections in the figure of a circuit: what a browser without a graphics card draws in half a second, and what it
#: can still be asked for.
DRAWN_AT_FIRST, DRAWN_AT_MOST = 1_500, 20_000

_LARGEST = 4_000_000  # bytes of a view: room for ids of 100,000 neurons
_SMALL = ("min_synapses", "most", "level")


@dataclass(frozen=True)
class View:
    """One view of the page; ids are texts, because a browser's numbers do not hold all their digits.

    Parameters
    ----------
    panel
        What is open.
    pick
        The neurons that the circuit begins with: ``{"by": "marks", "level": 2}``, ``{"by": "annotation", "where":
        {"cell_type": ["ORN_DM1"]}}``, ``{"by": "ids", "root_ids": ["7205…"]}``, ``{"by": "cypher", "text": "…"}``.
    steps
        What was done with them, in order: ``{"do": "partners", "direction": "downstream", "of": ["7205…"],
        "min_synapses": 10, "most": 50}`` (of all where ``of`` is empty), ``{"do": "paths", "of": […], "to": "7205…",
        "min_synapses": 5}``, ``{"do": "keep", "of": […]}``, ``{"do": "remove", "of": […]}``.
    min_synapses
        Smallest connection of the circuit, inclusive; None: as marking has it.
    color_by, layout, max_connections
        How the network is drawn.
    wiring, wiring_by
        The figure of the circuit's wiring, and what it groups neurons by.
    selected
        Neurons that are marked in every figure and table.
    ask
        The question of the panel Ask: ``{"text": "MATCH …", "values": {…}}`` or ``{"name": "analysis/hubs", …}``.
    run, compared_with
        The runs that are looked at.

    Examples
    --------
    >>> from graphkit.explorer.view import View
    >>> view = View(pick={"by": "ids", "root_ids": ["720575940610059726"]})
    >>> View.decode(view.encode()) == view
    True
    """

    panel: Panel = "circuit"
    pick: Mapping[str, object] = field(default_factory=lambda: {"by": "marks"})
    steps: tuple[Mapping[str, object], ...] = ()
    min_synapses: int | None = None
    color_by: str = "auto"
    layout: Layout = "levels"
    max_connections: int = DRAWN_AT_FIRST
    wiring: Wiring = "matrix"
    wiring_by: str = "auto"
    selected: tuple[str, ...] = ()
    ask: Mapping[str, object] = field(default_factory=dict)
    run: str = ""
    compared_with: str = ""

    def encode(self) -> str:
        """Return the view as text for an address: what differs from a new page, compressed, in base64."""
        text = json.dumps(self.plain(), separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(zlib.compress(text, 9)).decode().rstrip("=")

    def plain(self) -> dict[str, object]:
        """Return what differs from a new page, as JSON knows it."""
        new = asdict(View())
        mine = json.loads(json.dumps(asdict(self)))
        return {name: value for name, value in mine.items() if value != json.loads(json.dumps(new[name]))}

    @classmethod
    def decode(cls, text: str) -> View:
        """Return the view that an address holds; an empty one is a new page.

        Raises
        ------
        ParameterError
            If it is no view.
        """
        text = text.lstrip("#").removeprefix("view=")
        if not text:
            return cls()
        try:
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            unpacker = zlib.decompressobj()
            unpacked = unpacker.decompress(packed, _LARGEST)  # a bound: a few bytes can unpack to gigabytes
            if unpacker.unconsumed_tail:
                raise ParameterError(f"the address holds a view of more than {_LARGEST:,} bytes")
            return cls.from_plain(json.loads(unpacked))
        except (binascii.Error, zlib.error, ValueError) as error:
            if isinstance(error, ParameterError):
                raise
            raise ParameterError("the address holds no view of this page: it was cut off or changed") from error

    @classmethod
    def from_plain(cls, given: object) -> View:
        """Return the view that plain data, such as a file's, describe.

        Raises
        ------
        ParameterError
            Says what is wrong with them.
        """
        if not isinstance(given, Mapping):
            raise ParameterError("a view is a JSON object")
        known = [each.name for each in fields(cls)]
        if unknown := sorted(set(given) - set(known)):
            raise ParameterError(f"a view has no {', '.join(map(str, unknown))}. It has: {', '.join(known)}")
        values = dict(given)
        for name, choices in (("panel", get_args(Panel)), ("layout", get_args(Layout)), ("wiring", get_args(Wiring))):
            if values.get(name, choices[0]) not in choices:
                raise ParameterError(f"{name} is {values[name]!r}; known are {', '.join(choices)}")
        for name in ("color_by", "wiring_by", "run", "compared_with"):
            if not isinstance(values.get(name, ""), str):
                raise ParameterError(f"{name} is {values[name]!r}: give a text")
        for name in ("min_synapses", "max_connections"):
            if name in values and values[name] is not None:
                values[name] = _whole(values[name], name)
        values["max_connections"] = min(cast(int, values.get("max_connections", DRAWN_AT_FIRST)), DRAWN_AT_MOST)
        if "pick" in values:
            values["pick"] = _checked(values["pick"], "by", ("marks", "annotation", "ids", "cypher"))
        if "steps" in values:
            values["steps"] = tuple(
                _checked(step, "do", ("partners", "paths", "keep", "remove")) for step in _list(values["steps"])
            )
        if "selected" in values:
            values["selected"] = tuple(id_texts(values["selected"]))
        if not isinstance(values.get("ask", {}), Mapping):
            raise ParameterError("ask is a JSON object")
        return cls(**values)

    def with_pick(self, **pick: object) -> View:
        """Return a view that begins anew with these neurons."""
        return replace(self, pick=pick, steps=(), selected=())

    def with_step(self, **step: object) -> View:
        """Return the view after one more step."""
        return replace(self, steps=(*self.steps, step))

    @property
    def chosen(self) -> View:
        """The view with only what the circuit depends on: the key under which it is remembered."""
        return View(pick=self.pick, steps=self.steps, min_synapses=self.min_synapses)

    @property
    def drawn(self) -> View:
        """The view with only what the network depends on."""
        return replace(self.chosen, color_by=self.color_by, layout=self.layout, max_connections=self.max_connections)


def id_texts(given: object) -> list[str]:
    r"""Return ids, given as texts or pasted with anything between them, each once.

    Raises
    ------
    ParameterError
        If something that is no id stands among them.

    Examples
    --------
    >>> from graphkit.explorer.view import id_texts
    >>> id_texts("720575940610059726, 5\n5")
    ['720575940610059726', '5']
    """
    words = given.replace(",", " ").replace(";", " ").split() if isinstance(given, str) else [*map(str, _list(given))]
    words = [word.strip("[]()'\"") for word in words]
    wrong = [word for word in words if word and not (word.isascii() and word.isdigit() and len(word) < 20)]
    if wrong:
        raise ParameterError(f"{wrong[0][:40]!r} is no neuron's id: ids are whole numbers")
    return list(dict.fromkeys(str(int(word)) for word in words if word))


def _checked(given: object, key: str, kinds: Sequence[str]) -> dict[str, object]:
    if not isinstance(given, Mapping) or given.get(key) not in kinds:
        raise ParameterError(f"{given!r:.60}: {key} is one of {', '.join(kinds)}")
    values = dict(given)
    for name in ("of", "root_ids"):
        if name in values:
            values[name] = id_texts(values[name])
    for name in _SMALL:
        if values.get(name) is not None:
            values[name] = _whole(values[name], name)
    if "to" in values:
        values["to"] = id_texts(str(values["to"]))[0] if values["to"] else ""
    if values.get("direction", "both") not in get_args(Direction):
        raise ParameterError(f"direction is one of {', '.join(get_args(Direction))}")
    if not isinstance(values.get("text", ""), str):
        raise ParameterError("text is a Cypher statement")
    where = values.get("where", {})
    if not isinstance(where, Mapping) or set(where) - set(CONDITIONS):
        raise ParameterError(f"where has conditions on {', '.join(CONDITIONS)}")
    if where:
        values["where"] = {name: [str(value) for value in _list(where[name])] for name in where}
    return values


def _list(given: object) -> list[object]:
    if isinstance(given, list | tuple):
        return list(given)
    raise ParameterError(f"{given!r:.60} is no list")


def _whole(given: object, name: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float) or given != int(given) or given < 0:
        raise ParameterError(f"{name} is {given!r}: give a whole number, 0 or more")
    return int(given)
