"""A selection: which neurons, as plain data that a file can hold."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from graphkit.errors import DataError, ParameterError, SelectionError
from graphkit.ids import id_array

__all__ = ["Selection"]

Words = str | tuple[str, ...]
Numbers = int | tuple[int, ...]


@dataclass(frozen=True)
class Selection:
    """Neurons by annotation: every condition that is given has to hold; several values of one mean any of them.

    Resolved to root_ids by one query (``select/neurons``); everything after sees ids only.

    Parameters
    ----------
    root_ids
        Only these neurons.
    flow, super_class, cell_class, sub_class, cell_type, hemilineage, side, nerve, nt_type, neuropil_group
        Only these values of the annotation.
    sign
        Only these signs: 1, -1, 0.
    is_target, functional_nucleus
        Only target neurons, only neurons of functional nuclei.
    max_downstream, max_upstream
        Only up to this level of the last mark, inclusive.
    min_synapses
        Smallest number of input and output synapses together, inclusive.

    Raises
    ------
    SelectionError
        If a condition has an empty list of values, a level is negative, or root_ids are floats, which do not hold
        an id's digits.

    Examples
    --------
    >>> from graphkit import Selection
    >>> Selection(cell_type="ORN_DM1", side="right").parameters()
    {'cell_type': ['ORN_DM1'], 'side': ['right']}
    """

    root_ids: Numbers | None = None
    flow: Words | None = None
    super_class: Words | None = None
    cell_class: Words | None = None
    sub_class: Words | None = None
    cell_type: Words | None = None
    hemilineage: Words | None = None
    side: Words | None = None
    nerve: Words | None = None
    nt_type: Words | None = None
    neuropil_group: Words | None = None
    sign: Numbers | None = None
    is_target: bool | None = None
    functional_nucleus: bool | None = None
    max_downstream: int | None = None
    max_upstream: int | None = None
    min_synapses: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.startswith("max_") and isinstance(value, int) and value < 0:
                raise SelectionError(f"{field.name} of a selection is {value}; give 0 (the targets alone) or more")
            if value is None or (isinstance(value, str | int | float) and field.name != "root_ids"):
                continue
            several = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
            if not several:
                raise SelectionError(
                    f"the condition {field.name} of a selection has no value, and no neuron fulfils it. Give one, or "
                    "leave the condition out to take neurons whatever it is."
                )
            if field.name == "root_ids":
                several = tuple(id_array(several).tolist())
            object.__setattr__(self, field.name, several)

    def parameters(self) -> dict[str, object]:
        """Return the parameters of the query ``select/neurons`` that resolve the selection."""
        chosen: dict[str, object] = {}
        for name, value in asdict(self).items():
            if value is None:
                continue
            single = name in ("is_target", "functional_nucleus", "max_downstream", "max_upstream", "min_synapses")
            chosen[name] = value if single else [value] if isinstance(value, str | int) else list(value)
        return chosen

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Selection:
        """Build a selection from plain data, lists standing for several values.

        Raises
        ------
        ParameterError
            If a condition is unknown.
        SelectionError
            If one has an empty list of values.
        """
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(values) - set(known)):
            raise ParameterError(f"a selection has no condition {', '.join(unknown)}. It has: {', '.join(known)}")
        given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return cls(**given)

    @classmethod
    def read(cls, path: str | Path) -> Selection:
        """Read a selection from a TOML or JSON file.

        Raises
        ------
        DataError
            If the file is missing or is neither.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
            values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        except (OSError, ValueError) as error:
            raise DataError(f"not a selection in TOML or JSON ({error})", path=path) from error
        if not isinstance(values, dict):
            raise DataError('a selection in JSON names its conditions, such as {"root_ids": […]}', path=path)
        return cls.from_mapping(values)

    def write(self, path: str | Path) -> Path:
        """Write the selection as JSON, which :meth:`read` reads back equal."""
        path = Path(path)
        given = {name: value for name, value in asdict(self).items() if value is not None}
        path.write_text(json.dumps(given, indent=1) + "\n", encoding="utf-8")
        return path
