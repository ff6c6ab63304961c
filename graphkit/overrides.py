"""Overrides: transmitters that users know better than the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from graphkit.answers import to_frame
from graphkit.errors import DataError
from graphkit.ids import id_array
from graphkit.schema import (
    CONNECTION_FILE_COLUMNS,
    NEURON_FILE_COLUMNS,
    TRANSMITTER_ALIASES,
    TRANSMITTERS,
    canonical_transmitter,
)
from graphkit.tables import open_table
from graphkit.transmitters import SignPolicy

__all__ = ["Overrides", "override_tables"]

#: A table or file with root_id or cell_type, and nt_type; or a mapping from root_id or cell_type to transmitter.
Overrides = str | Path | pd.DataFrame | Mapping[int | str, str]

_KEYS = ("root_id", "cell_type")
_COLUMNS = tuple(
    column
    for column in (*NEURON_FILE_COLUMNS, *CONNECTION_FILE_COLUMNS)
    if column.name in _KEYS or column.name == "nt_type"
)


def override_tables(overrides: Overrides | None, signs: SignPolicy) -> tuple[pa.Table, pa.Table]:
    """Return the overrides by root_id and by cell_type, with the sign that the policy gives.

    A row with both is its neuron's alone. Digits as text are ids, and words for transmitters are taken as files have
    them.

    Raises
    ------
    DataError
        If they cannot be read, have no such columns, name a transmitter that nothing gives a sign, or say nothing, or
        two things, of a neuron or type.
    SelectionError
        If ids are given as floats, which do not hold their digits.

    Examples
    --------
    >>> from graphkit.overrides import override_tables
    >>> from graphkit.transmitters import SIGN_POLICIES
    >>> _, by_type = override_tables({"R7": "histamine"}, SIGN_POLICIES["shiu2024"])
    >>> by_type.to_pylist()
    [{'cell_type': 'R7', 'nt_type': 'HIST', 'sign': -1}]
    """
    known = dict.fromkeys((*TRANSMITTERS, *TRANSMITTER_ALIASES.values(), *signs.excitatory, *signs.inhibitory))
    found: dict[str, dict[object, str]] = {key: {} for key in _KEYS}
    for key, value, word in _rows(overrides):
        if not isinstance(word, str) or not word.strip():
            raise DataError(f"the overrides give no nt_type for {key} {value}")
        nt_type = canonical_transmitter(word)
        if nt_type not in known:
            raise DataError(
                f"the overrides give {key} {value} the transmitter {word!r}, which has no sign. Known are "
                f"{', '.join(known)}, also in full as acetylcholine; a SignPolicy of your own may name others."
            )
        earlier = found[key].setdefault(value, nt_type)
        if earlier != nt_type:
            raise DataError(f"the overrides give {key} {value} both {earlier} and {nt_type}. Keep one of them.")
    tables = []
    for key, kind in zip(_KEYS, (pa.int64(), pa.string()), strict=True):
        named = list(found[key].values())
        tables.append(
            pa.table(
                {
                    key: pa.array(list(found[key]), kind),
                    "nt_type": pa.array(named, pa.string()),
                    "sign": pa.array([signs.sign(nt_type) for nt_type in named], pa.int64()),
                }
            )
        )
    return tables[0], tables[1]


def _rows(overrides: Overrides | None) -> Iterator[tuple[str, object, object]]:
    """Yield the key's column, its value and the transmitter of each override."""
    if isinstance(overrides, str | Path):
        file = open_table(overrides, _COLUMNS, required=("nt_type",))
        overrides = to_frame(pa.Table.from_batches(file.batches(), file.schema))
    if overrides is None:
        return
    if not isinstance(overrides, pd.DataFrame):
        for given, word in overrides.items():
            is_type = isinstance(given, str) and not given.strip().isdecimal()
            yield ("cell_type", given, word) if is_type else ("root_id", id_array([given]).item(), word)
        return
    keys = [key for key in _KEYS if key in overrides.columns]
    if not keys or "nt_type" not in overrides.columns:
        raise DataError(
            f"a table of overrides has root_id or cell_type, and nt_type; this one has {list(overrides.columns)}"
        )
    for place, row in enumerate(overrides[[*keys, "nt_type"]].to_dict("records"), start=1):
        key = next((key for key in keys if not pd.isna(row[key])), None)
        if key is None:
            raise DataError(f"row {place} of the overrides names no {' and no '.join(keys)}")
        yield key, id_array([row[key]]).item() if key == "root_id" else str(row[key]), row["nt_type"]
