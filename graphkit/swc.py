"""Reading the shape of a neuron from an SWC file (Cannon et al. 1998, 10.1016/S0165-0270(98)00091-0)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graphkit.errors import BadRow, DataError
from graphkit.morphology import Morphology

__all__ = ["read_swc"]

_KINDS = {1: "soma", 2: "axon", 3: "dendrite", 4: "apical_dendrite"}
_SOMA = 1


@dataclass(frozen=True)
class _Point:
    line: int
    text: str
    kind: int
    at: tuple[float, float, float]
    radius: float
    parent: int


def read_swc(path: str | Path) -> Morphology:
    r"""Read the shape of a neuron from an SWC file.

    Each point but the root ends a compartment that begins at its parent, as wide as the points are. A root of type
    soma, or one with several branches, is a sphere: what is joined to it begins on its surface, with the diameter of
    its first point, and points within it are part of it; so are the two further points of NeuroMorpho.Org's somas of
    three. Sections are named by their type: soma, axon, dendrite, apical_dendrite, type_5, ….

    Parameters
    ----------
    path
        Lines of: id, type, x, y, z, radius (um), id of the parent (-1: the root). # begins a comment.

    Returns
    -------
    Morphology
        A compartment for each point but the root.

    Raises
    ------
    DataError
        If a line is not such a point, two have one id, a parent is missing, there is not one root, or points are their
        own ancestors; each with its line.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "cell.swc")
    ...     _ = path.write_text("1 1 0 0 0 10 -1\n2 3 15 0 0 1 1\n3 3 40 0 0 1 2\n")
    ...     read_swc(path)
    Morphology(3 compartments: soma 1, dendrite 2; 30 um)
    """
    path = Path(path)
    points = _parse(path)
    order = _ordered(points, path)
    root = order[0]
    children: dict[int, list[int]] = {one: [] for one in points}
    for one in order[1:]:
        children[points[one].parent].append(one)
    soma = [one for one in order if points[one].kind == _SOMA]
    sides = [one for one in soma[1:] if points[one].parent == root and not children[one]]
    sides = sides if len(soma) == 3 and len(sides) == 2 else []
    sphere = points[root].kind == _SOMA or len(children[root]) > 1
    centre, start, end, diameter, parent, names = np.array(points[root].at), [], [], [], [], []
    joined = {root: -1}
    if sphere:
        joined[root] = 0
        start.append(centre)
        end.append(centre)
        parent.append(-1)
        names.append(_name(points[root].kind))
        diameter.append((2 * points[root].radius, 2 * points[root].radius))
    inside = {root} if sphere else set()
    for one in order[1:]:
        point, before = points[one], points[points[one].parent]
        if one in sides:
            continue
        begin, finish, widths = np.array(before.at), np.array(point.at), (2 * before.radius, 2 * point.radius)
        if point.parent in inside:
            away = np.linalg.norm(finish - centre)
            if away <= points[root].radius:
                inside.add(one)
                joined[one] = 0
                continue
            begin, widths = (
                centre + (finish - centre) * points[root].radius / away,
                (2 * point.radius, 2 * point.radius),
            )
        if not np.linalg.norm(finish - begin) > 0:  # a point given twice
            joined[one] = joined[point.parent]
            continue
        start.append(begin)
        end.append(finish)
        diameter.append(widths)
        parent.append(joined[point.parent])
        names.append(_name(point.kind))
        joined[one] = len(parent) - 1
    if not parent:
        raise DataError("a single point that is no soma has no membrane", path=path)
    return Morphology(
        np.array(start).reshape(-1, 3), np.array(end).reshape(-1, 3), np.array(diameter).reshape(-1, 2),
        np.array(parent, np.int64), np.array(names, np.str_), sphere,
    )  # fmt: skip


def _name(kind: int) -> str:
    return _KINDS.get(kind, f"type_{kind}")


def _parse(path: Path) -> dict[int, _Point]:
    points: dict[int, _Point] = {}
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=path) from error
    for number, text in enumerate(lines, start=1):
        fields = text.partition("#")[0].split()
        if not fields:
            continue
        reason = ""
        try:
            if len(fields) != 7:
                reason = f"{len(fields)} values, not the 7 of a point: id, type, x, y, z, radius, parent"
            else:
                one, kind, parent = (int(float(fields[k])) for k in (0, 1, 6))
                x, y, z, radius = (float(value) for value in fields[2:6])
                if not np.isfinite([x, y, z, radius]).all() or radius <= 0:
                    reason = "a radius has to be above 0, and every value finite"
                elif one in points:
                    reason = f"point {one} is on line {points[one].line:,} already"
        except (ValueError, OverflowError):
            reason = "not a number"
        if reason:
            raise DataError("not an SWC file as it is", path=path, rows=[BadRow(number, text, reason)])
        points[one] = _Point(number, text, kind, (x, y, z), radius, parent)
    if not points:
        raise DataError("no points in it", path=path)
    return points


def _ordered(points: dict[int, _Point], path: Path) -> list[int]:
    """Return the points, parents before children, each branch in one piece."""
    roots = [one for one, point in points.items() if point.parent < 0]
    lost = [one for one, point in points.items() if point.parent >= 0 and point.parent not in points]
    if lost:
        rows = [BadRow(points[k].line, points[k].text, f"there is no point {points[k].parent}") for k in lost[:5]]
        raise DataError("points whose parent is missing", path=path, rows=rows)
    children: dict[int, list[int]] = {one: [] for one in points}
    for one, point in points.items():
        if point.parent >= 0:
            children[point.parent].append(one)
    order, waiting = [], list(reversed(roots))
    while waiting:
        order.append(waiting.pop())
        waiting += reversed(children[order[-1]])
    if len(order) < len(points):
        circle = _circle(points, next(iter(points.keys() - set(order))))
        rows = [BadRow(points[k].line, points[k].text, f"point {k} descends from itself") for k in circle[:5]]
        raise DataError(f"a cycle of {len(circle)} points: a neuron is a tree. Mend the parents", path=path, rows=rows)
    if len(roots) != 1:
        rows = [BadRow(points[k].line, points[k].text, "a root") for k in roots[:5]]
        raise DataError(
            f"{len(roots)} roots (parent -1): a neuron is one tree, join or part them", path=path, rows=rows
        )
    return order


def _circle(points: dict[int, _Point], one: int) -> list[int]:
    seen: list[int] = []
    while one not in seen:
        seen.append(one)
        one = points[one].parent
    return sorted(seen[seen.index(one) :], key=lambda k: points[k].line)
