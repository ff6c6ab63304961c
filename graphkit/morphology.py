"""The shape of a neuron: its compartments, with what is recorded in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.errors import DataError

__all__ = ["Morphology", "NeuronPotentials", "Place", "Section"]

#: Where on a neuron: a section ("soma"), a section and a length along it in um (("axon", 120.0)), or x, y, z in um.
Place = str | tuple[str, float] | tuple[float, float, float]


@dataclass(frozen=True)
class Section:
    """An unbranched piece of a neuron.

    Parameters
    ----------
    name
        Names it.
    length_um, diameter_um
        Length (um); diameter (um), one number, or two for a piece that tapers.
    compartments
        Pieces of equal length that are simulated.
    parent
        The section at whose end it begins; without, it begins at the soma, or it is the root.
    direction
        (3,) in which it is drawn, of any length.

    Raises
    ------
    DataError
        If a length or a diameter is not above 0, or the number of compartments is not 1 or more.

    Examples
    --------
    >>> Section("axon", length_um=500, diameter_um=1, compartments=50).parent is None
    True
    """

    name: str
    length_um: float
    diameter_um: float | tuple[float, float]
    compartments: int = 1
    parent: str | None = None
    direction: tuple[float, float, float] = (1.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        sizes = [self.length_um, *np.atleast_1d(self.diameter_um).tolist()]
        if not all(np.isfinite(size) and size > 0 for size in sizes):
            raise DataError(f"section {self.name!r}: length and diameter have to be above 0")
        if not isinstance(self.compartments, int | np.integer) or self.compartments < 1:
            raise DataError(f"section {self.name!r}: compartments is {self.compartments}; give a whole number from 1")
        if not np.linalg.norm(self.direction) > 0:
            raise DataError(f"section {self.name!r}: its direction is (0, 0, 0)")


@dataclass(frozen=True, eq=False)
class Morphology:
    """The compartments of a neuron, parents before children.

    Parameters
    ----------
    start_um, end_um
        (c, 3) where each compartment begins and ends (um). A spherical soma begins and ends at its centre.
    diameter_um
        (c, 2) diameter at both ends (um).
    parent
        (c,) the compartment that it is joined to; -1 for the first.
    section
        (c,) name of its section.
    spherical_soma
        Whether the first compartment is a sphere.

    Raises
    ------
    DataError
        If there is no compartment, or a parent does not come before its child.

    Examples
    --------
    >>> cell = Morphology.from_sections([Section("axon", 500, 1, compartments=50)], soma_diameter_um=20)
    >>> cell
    Morphology(51 compartments: soma 1, axon 50; 500 um)
    >>> cell.compartment(("axon", 100.0))
    10
    """

    start_um: npt.NDArray[np.float64]
    end_um: npt.NDArray[np.float64]
    diameter_um: npt.NDArray[np.float64]
    parent: npt.NDArray[np.int64]
    section: npt.NDArray[np.str_]
    spherical_soma: bool = False

    def __post_init__(self) -> None:
        if not len(self.parent):
            raise DataError("a morphology without compartments")
        if self.parent[0] != -1 or (self.parent[1:] < 0).any() or (self.parent >= np.arange(len(self.parent))).any():
            raise DataError("a morphology's compartments have to come after their parents, the root first")

    def __len__(self) -> int:
        return len(self.parent)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {(self.section == name).sum()}" for name in dict.fromkeys(self.section.tolist()))
        return f"Morphology({len(self)} compartments: {sizes}; {self.length_um[int(self.spherical_soma) :].sum():g} um)"

    @property
    def length_um(self) -> npt.NDArray[np.float64]:
        """(c,) length of each compartment (um); of a spherical soma its diameter."""
        length = np.linalg.norm(self.end_um - self.start_um, axis=1)
        if self.spherical_soma:
            length[0] = self.diameter_um[0, 0]
        return np.asarray(length)

    @property
    def distance_um(self) -> npt.NDArray[np.float64]:
        """(c,) path length from the soma's surface, or from the root, to the middle of each compartment (um)."""
        length, far = self.length_um, np.zeros(len(self))
        if not self.spherical_soma:
            far[0] = length[0]
        for child in range(1, len(self)):
            far[child] = far[self.parent[child]] + length[child]
        middle = far - length / 2
        if self.spherical_soma:
            middle[0] = 0
        return middle

    def compartment(self, place: Place) -> int:
        """Return the compartment at a place: the nearest one.

        A section's name means its first compartment; with a length, the one whose middle is nearest to it along the
        path from the section's beginning.

        Raises
        ------
        DataError
            If there is no such section, or the length is beyond its end.
        """
        if not isinstance(place, str) and len(place) == 3:
            middle = (self.start_um + self.end_um) / 2
            return int(np.linalg.norm(middle - np.asarray(place, float), axis=1).argmin())
        name, length = (place, 0.0) if isinstance(place, str) else place
        own = np.flatnonzero(self.section == name)
        if not len(own):
            known = ", ".join(dict.fromkeys(self.section.tolist()))
            raise DataError(f"the neuron has no section {name!r}; it has {known}")
        if isinstance(place, str):
            return int(own[0])
        middle = self.distance_um[own]
        middle = middle - middle[0] + self.length_um[own[0]] / 2
        long = (middle + self.length_um[own] / 2).max()
        if not 0 <= length <= long + 1e-9:
            raise DataError(f"{length:g} um is not on section {name!r}, which is {long:g} um long")
        return int(own[np.abs(middle - length).argmin()])

    @classmethod
    def from_sections(cls, sections: Iterable[Section], *, soma_diameter_um: float | None = None) -> Morphology:
        """Build a neuron by sections.

        Parameters
        ----------
        sections
            Parents before children.
        soma_diameter_um
            Of a spherical soma, at which sections without a parent begin; without, the first section is the root.

        Raises
        ------
        DataError
            If a parent is not among the sections before, two have one name, or there are several roots.

        Examples
        --------
        >>> Morphology.from_sections([
        ...     Section("stem", 100, 2, compartments=10),
        ...     Section("left", 50, 1, parent="stem", direction=(1, 1, 0)),
        ...     Section("right", 50, 1, parent="stem", direction=(1, -1, 0))])
        Morphology(12 compartments: stem 10, left 1, right 1; 200 um)
        """
        start, end, diameter, parent, names = [], [], [], [], []
        ends: dict[str, tuple[int, npt.NDArray[np.float64]]] = {}
        if soma_diameter_um is not None:
            if not soma_diameter_um > 0:
                raise DataError(f"soma_diameter_um is {soma_diameter_um}: it must be above 0")
            start.append(np.zeros(3))
            end.append(np.zeros(3))
            diameter.append((soma_diameter_um, soma_diameter_um))
            parent.append(-1)
            names.append("soma")
        for section in sections:
            if section.name in ends or (section.name == "soma" and soma_diameter_um is not None):
                raise DataError(f"two sections are called {section.name!r}")
            along = np.asarray(section.direction, float) / np.linalg.norm(section.direction)
            if section.parent is not None:
                if section.parent not in ends:
                    raise DataError(
                        f"section {section.name!r}: its parent {section.parent!r} is not among the sections before it "
                        f"({', '.join(ends) or 'none'}); a section cannot be its own ancestor"
                    )
                joined, at = ends[section.parent]
            elif soma_diameter_um is not None:
                joined, at = 0, along * soma_diameter_um / 2
            elif names:
                raise DataError(f"section {section.name!r} has no parent, but {names[0]!r} is the root already")
            else:
                joined, at = -1, np.zeros(3)
            n, width = section.compartments, np.broadcast_to(np.asarray(section.diameter_um, float), 2)
            widths = np.interp(np.arange(n + 1), [0, n], width)
            for k in range(n):
                start.append(at + along * section.length_um * k / n)
                end.append(at + along * section.length_um * (k + 1) / n)
                diameter.append((widths[k], widths[k + 1]))
                parent.append(joined)
                names.append(section.name)
                joined = len(parent) - 1
            ends[section.name] = (joined, end[-1])
        return cls(
            np.array(start).reshape(-1, 3), np.array(end).reshape(-1, 3), np.array(diameter, float).reshape(-1, 2),
            np.array(parent, np.int64), np.array(names, np.str_), soma_diameter_um is not None,
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each compartment.

        Returns
        -------
        pandas.DataFrame
            section (str), parent (int64), distance_um, length_um, diameter_um (mean), x_um, y_um, z_um (of its middle).
        """
        x, y, z = ((self.start_um + self.end_um) / 2).T
        return pd.DataFrame(
            {
                "section": self.section, "parent": self.parent, "distance_um": self.distance_um,
                "length_um": self.length_um, "diameter_um": self.diameter_um.mean(axis=1), "x_um": x, "y_um": y,
                "z_um": z,
            }
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class NeuronPotentials:
    """Membrane potential of compartments of one neuron over time.

    Parameters
    ----------
    morphology
        The neuron.
    compartments
        (k,) those recorded.
    t_ms
        (s,) times (ms).
    v_mv
        (k, s) membrane potential (mV).
    spikes_ms
        Times (ms) at which each recorded place passed the threshold: (k,) arrays.
    run
        What was run, as JSON has it: membrane, currents, device, duration_ms, dt_ms, versions, ….

    Examples
    --------
    >>> cell = Morphology.from_sections([Section("axon", 100, 1, compartments=2)])
    >>> v_mv = np.array([[-65.0, -64.0], [-65.0, -64.5]])
    >>> NeuronPotentials(cell, np.arange(2), np.array([0.0, 0.1]), v_mv).at(("axon", 75.0)).tolist()
    [-65.0, -64.5]
    """

    morphology: Morphology
    compartments: npt.NDArray[np.int64]
    t_ms: npt.NDArray[np.float64]
    v_mv: npt.NDArray[np.float64]
    spikes_ms: tuple[npt.NDArray[np.float64], ...] = ()
    run: Mapping[str, object] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"NeuronPotentials({len(self.compartments)} of {len(self.morphology)} compartments, {len(self.t_ms)} times)"
        )

    def at(self, place: Place) -> npt.NDArray[np.float64]:
        """Return the (s,) potential at a place (mV).

        Raises
        ------
        DataError
            If it was not recorded there.
        """
        compartment = self.morphology.compartment(place)
        found = np.flatnonzero(self.compartments == compartment)
        if not len(found):
            raise DataError(f"nothing was recorded at {place!r}: name it in record_at, or record 'all'")
        return np.asarray(self.v_mv[found[0]])

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each place and time: compartment, section, distance_um, t_ms, v_mv."""
        k, s = self.v_mv.shape
        return pd.DataFrame(
            {
                "compartment": np.repeat(self.compartments, s),
                "section": np.repeat(self.morphology.section[self.compartments], s),
                "distance_um": np.repeat(self.morphology.distance_um[self.compartments], s),
                "t_ms": np.tile(self.t_ms, k),
                "v_mv": self.v_mv.ravel(),
            }
        )
