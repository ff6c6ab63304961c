"""A table of edges as the tables that a circuit is built from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.errors import DataError, SelectionError
from graphkit.ids import id_array
from graphkit.schema import CONNECTION_FILE_COLUMNS, Column, canonical_name

__all__ = ["tables_of_edges"]

_COLUMNS = ("pre_root_id", "post_root_id", "weight_signed")
_NAMED_COLUMNS = (*CONNECTION_FILE_COLUMNS[:2], Column("weight_signed", "float", "synapses", "signed synapses",
                                                       ("Excitatory x Connectivity",)))  # fmt: skip


def tables_of_edges(
    frame: pd.DataFrame, root_ids: Iterable[int] | None, targets: Iterable[int] | None, *, depth: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return neurons and connections as :meth:`graphkit.Circuit.from_tables` takes them.

    Parameters
    ----------
    frame, root_ids, targets
        As :meth:`graphkit.Circuit.from_edges` takes them.
    depth
        Downstream levels that are looked for.

    Raises
    ------
    DataError
        If a column is missing, an id is not whole, or a weight is not finite.
    SelectionError
        If a target is not among the neurons.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"pre_root_id": [1, 2], "post_root_id": [2, 3], "weight_signed": [30, -12]})
    >>> neurons, edges = tables_of_edges(frame, None, [1], depth=2)
    >>> neurons["downstream"].tolist(), edges["syn_count"].tolist()
    ([0, 1, 2], [30.0, 12.0])
    """
    named = {header: canonical_name(str(header), _NAMED_COLUMNS) for header in frame.columns}
    frame = frame.rename(columns={h: name for h, name in named.items() if name and name not in frame.columns})
    if several := [name for name in _COLUMNS if list(frame.columns).count(name) > 1]:
        raise DataError(f"several columns of the table of edges mean {several[0]}; leave one of them")
    missing = [name for name in _COLUMNS if name not in frame.columns]
    if missing:
        raise DataError(
            f"the table of edges has no column {', '.join(missing)}; it has {', '.join(map(str, named))}. "
            f"Name its columns {', '.join(_COLUMNS)}."
        )
    for name in _COLUMNS[:2]:
        if not pd.api.types.is_integer_dtype(frame[name]) or frame[name].isna().any():
            raise DataError(f"{name} has dtype {frame[name].dtype}: ids must be whole numbers (int64), none missing")
    pre, post = (frame[name].to_numpy(dtype=np.int64) for name in _COLUMNS[:2])
    ids = np.unique(np.concatenate([pre, post]) if root_ids is None else id_array(root_ids))
    chosen = np.unique(id_array(() if targets is None else targets))
    if len(unknown := np.setdiff1d(chosen, ids)):
        raise SelectionError(f"{len(unknown)} targets are not among the neurons of the table: {unknown[:5].tolist()}")
    weight = frame["weight_signed"].to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(weight).all():
        row = int(np.flatnonzero(~np.isfinite(weight))[0])
        raise DataError(f"row {row} of the table of edges has no finite weight_signed")
    neurons = pd.DataFrame(
        {
            "root_id": ids,
            "is_target": np.isin(ids, chosen),
            "downstream": pd.array(_levels(ids, pre, post, chosen, depth), dtype="Int64"),
            "functional_nucleus": False,
            "input_synapses": pd.array([pd.NA] * len(ids), dtype="Int64"),
        }
    )
    return neurons, frame[list(_COLUMNS)].assign(syn_count=np.ceil(np.abs(weight)))


def _levels(
    ids: npt.NDArray[np.int64],
    pre: npt.NDArray[np.int64],
    post: npt.NDArray[np.int64],
    targets: npt.NDArray[np.int64],
    depth: int,
) -> list[int | None]:
    """Return each id's shortest path length from the targets along the rows, None beyond depth."""
    level = dict.fromkeys(targets.tolist(), 0)
    front = targets
    for step in range(1, depth + 1):
        reached = np.unique(post[np.isin(pre, front)])
        front = np.array([root_id for root_id in reached.tolist() if root_id not in level], dtype=np.int64)
        level.update(dict.fromkeys(front.tolist(), step))
    return [level.get(root_id) for root_id in ids.tolist()]
