"""Which neurons of a circuit are meant: a group by name, root_ids, or a selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import numpy.typing as npt

from graphkit.circuit import Circuit
from graphkit.errors import SelectionError
from graphkit.ids import id_array
from graphkit.selection import Selection
from graphkit.simulation.stimuli import Group
from graphkit.simulation.values import one_of

__all__ = ["members"]


def members(
    circuit: Circuit, group: Group, what: str, named: Mapping[str, npt.NDArray[np.int32]] | None = None
) -> npt.NDArray[np.int32]:
    """Return the positions of the neurons meant, ascending.

    Parameters
    ----------
    circuit
        Where they are.
    group
        "all", a group of the circuit, root_ids, or a Selection, whose conditions are held against the circuit's
        annotations.
    what
        Names what they are for, in errors.
    named
        Further groups, or other neurons in place of those of the circuit's group.

    Raises
    ------
    SelectionError
        If an id is no whole number or not in the circuit, or the circuit does not know what the selection asks for.
    SimulationError
        If there is no such group.

    Examples
    --------
    >>> import pandas as pd
    >>> from graphkit import Circuit, Selection
    >>> edges = pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [200]})
    >>> circuit = Circuit.from_edges(edges, targets=[1])
    >>> [members(circuit, one, "example").tolist() for one in ("downstream_1", [2], Selection(is_target=True))]
    [[1], [1], [0]]
    """
    if isinstance(group, Selection):
        return np.flatnonzero(_selected(circuit, group, what)).astype(np.int32)
    if not isinstance(group, str):
        try:
            whole = id_array(group)
        except SelectionError as error:
            raise SelectionError(f"{what}: {error}") from error
        return np.unique(circuit.positions(whole)).astype(np.int32)
    if named is not None and group in named:
        return named[group]
    if group == "functional_nuclei":  # by their mask, as their rates are
        return np.flatnonzero(circuit.functional_nucleus).astype(np.int32)
    one_of(group, ("all", *circuit.group_names, *(named or ())), f"group ({what})")
    part = slice(0, len(circuit)) if group == "all" else circuit.slices.get(group, slice(0, 0))
    return np.arange(part.start, part.stop, dtype=np.int32)


def _selected(circuit: Circuit, selection: Selection, what: str) -> npt.NDArray[np.bool_]:
    found = np.ones(len(circuit), np.bool_)
    for name in (field.name for field in fields(selection)):
        wanted = getattr(selection, name)
        if wanted is None or wanted is False:  # as the query has it: False asks for nothing
            continue
        several = list(wanted) if isinstance(wanted, tuple) else [wanted]
        if name == "root_ids":
            found &= np.isin(circuit.root_ids, several)
        elif name == "is_target":
            found &= circuit.group_labels == "target"
        elif name == "functional_nucleus":
            found &= circuit.functional_nucleus
        elif name in circuit.annotations and not name.startswith(("max_", "min_")):
            found &= circuit.annotations[name].isin(several).to_numpy(np.bool_)
        else:
            raise SelectionError(
                f"{what}: the circuit does not know {name} of its neurons. It knows: "
                f"{', '.join(map(str, circuit.annotations)) or 'no annotations'}. Choose by those, or let the graph "
                "resolve the selection: connectome.neurons(selection)['root_id']."
            )
    if not found.any():
        raise SelectionError(f"{what}: no neuron of the circuit is one of {selection.parameters()}")
    return found
