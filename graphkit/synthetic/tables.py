"""The published tables about neurons, made of a population."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphkit.schema import TRANSMITTERS
from graphkit.synthetic.anatomy import PLACES, SUPER_CLASSES, place
from graphkit.synthetic.population import SIDES, Ints, Population

__all__ = ["classification_table", "coded", "neurons_table", "nuclei_table", "target_table"]

#: The cell type of the target neurons: olfactory receptor neurons of one glomerulus.
_TARGET_TYPE = "ORN_G1"
#: What neurons.csv calls the group of a neuron without connections.
_UNCONNECTED = "NO_CONS"
#: The order of the scores in neurons.csv.
_SCORE_ORDER = ("DA", "SER", "GABA", "GLUT", "ACH", "OCT")
#: FlyWire's rule for nt_type: the best score is above 0.2, and above the second by more than 0.1 (codex.flywire.ai).
_MIN_SCORE, _MIN_LEAD = 0.2, 0.1
_HUNDREDTHS = [str(hundredths / 100) for hundredths in range(101)]

#: The functional nuclei are the neurons that receive nearest to the right lateral accessory lobe, a premotor centre.
_NUCLEI_PLACE = place("LAL", "R") + 0.5
_MOST_NUCLEI, _NEURONS_PER_NUCLEUS = 36, 20


def coded(codes: npt.NDArray[np.integer], names: list[str] | tuple[str, ...]) -> pa.DictionaryArray:
    """Return names by code, null where the code is negative or the name is empty."""
    missing = np.array([not name for name in names])[np.maximum(codes, 0)] | (codes < 0)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=missing), pa.array(names, pa.string()))


def classification_table(population: Population) -> pa.Table:
    """Return classification.csv in its ten published columns (v783, May 2024).

    ``sub_class`` and ``hemibrain_type`` are there and empty: nothing generated would mean anything in them.
    """
    kinds = population.super_class
    empty = pa.nulls(len(kinds), pa.string())
    classes = sorted({region.cell_class for kind in SUPER_CLASSES for region in kind.regions})
    most = max(len(kind.regions) for kind in SUPER_CLASSES)
    class_of = np.zeros((len(SUPER_CLASSES), most), np.int64)
    for code, kind in enumerate(SUPER_CLASSES):
        class_of[code, : len(kind.regions)] = [classes.index(region.cell_class) for region in kind.regions]
    names, type_code = _cell_types(population)
    lineages = [f"HL{number:03d}" for number in range(int(population.hemilineage.max(initial=0)) + 1)]
    nerves = [kind.nerve[0] for kind in SUPER_CLASSES]
    return pa.table({
        "root_id": population.root_id,
        "flow": coded(kinds, [kind.flow for kind in SUPER_CLASSES]),
        "super_class": coded(kinds, [kind.name for kind in SUPER_CLASSES]),
        "class": coded(class_of[kinds, population.region], classes),
        "sub_class": empty,
        "cell_type": coded(type_code, names),
        "hemibrain_type": empty,
        "hemilineage": coded(population.hemilineage, lineages),
        "side": coded(population.side, SIDES),
        "nerve": coded(np.where(population.has_nerve, kinds, -1), nerves),
    })  # fmt: skip


def neurons_table(population: Population) -> pa.Table:
    """Return neurons.csv in its published columns, nt_type by FlyWire's rule from the scores as written."""
    scores = population.scores / 100
    ranked = np.sort(scores, axis=1)
    best, second = ranked[:, -1], ranked[:, -2]
    decided = (best > _MIN_SCORE) & (best > second + _MIN_LEAD)
    names = [name.removesuffix("_L").removesuffix("_R") for name in PLACES]
    pairs, group = np.unique(population.receives * len(names) + population.sends, return_inverse=True)
    ends = [(names[pair // len(names)], names[pair % len(names)]) for pair in pairs.tolist()]
    groups = [receives if receives == sends else f"{receives}.{sends}" for receives, sends in ends]
    return pa.table({
        "root_id": population.root_id,
        "group": coded(np.where(population.connected, group, len(groups)), [*groups, _UNCONNECTED]),
        "nt_type": coded(np.where(decided, scores.argmax(axis=1), -1), TRANSMITTERS),
        "nt_type_score": coded(np.where(decided, population.scores.max(axis=1), 0), _HUNDREDTHS),
        **{
            f"{name.lower()}_avg": coded(population.scores[:, TRANSMITTERS.index(name)], _HUNDREDTHS)
            for name in _SCORE_ORDER
        },
    })  # fmt: skip


def target_table(population: Population) -> pa.Table:
    """Return target_neurons.csv: the target neurons' ids, cell type and side."""
    ids = population.root_id[population.is_target]
    return pa.table({"root_id": ids, "primary_type": [_TARGET_TYPE] * len(ids), "side": ["right"] * len(ids)})


def nuclei_table(population: Population) -> pa.Table:
    """Return functional_nuclei.csv: the ids of up to 36 neurons of one place, a twentieth of all at most."""
    candidates = np.flatnonzero(~population.is_target & population.connected)
    distance = np.abs(population.receives + population.column - _NUCLEI_PLACE)[candidates]
    count = max(1, min(_MOST_NUCLEI, len(population.root_id) // _NEURONS_PER_NUCLEUS))
    nearest = candidates[np.argsort(distance, kind="stable")[:count]]
    return pa.table({"root_id": np.sort(population.root_id[nearest])})


def _cell_types(population: Population) -> tuple[list[str], Ints]:
    """Return the names of all cell types, and each neuron's index in them, -1 for none."""
    most = int(population.cell_type.max(initial=0)) + 1
    numbers, code = np.unique(population.super_class * most + population.cell_type, return_inverse=True)
    names = [f"{SUPER_CLASSES[number // most].prefix}{number % most:04d}" for number in numbers.tolist()]
    targets = code[population.is_target]
    names[int(targets[0])] = _TARGET_TYPE
    return names, np.where(population.cell_type < 0, -1, code)
