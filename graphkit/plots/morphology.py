"""The shape of a neuron in three dimensions, coloured by a value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from graphkit.errors import DataError
from graphkit.morphology import Morphology
from graphkit.plots.style import SCALE, THEMES, Theme, category_colors, dressed, plain, template

__all__ = ["plot_morphology"]

_SIDES = 8  # of the prism that stands for a compartment's tube
_RINGS = 8  # of a spherical soma


def plot_morphology(
    morphology: Morphology, values: npt.ArrayLike | None = None, *, label: str = "value",
    thinnest_um: float | None = None, theme: Theme = "light",
) -> go.Figure:  # fmt: skip
    """Draw a neuron's compartments as tubes, coloured by a value of each, or by section.

    Parameters
    ----------
    morphology
        The neuron.
    values
        (c,) a value of each compartment: its potential, its distance, its peak; without, colours tell sections apart.
    label
        What the values are, with their unit: "v (mV)".
    thinnest_um
        Thinner tubes are drawn as wide as that (um), to be seen; without, a 250th of the neuron's extent. Hover texts
        tell the true diameter.
    theme
        light or dark.

    Returns
    -------
    plotly.graph_objects.Figure
        One mesh for the values, or one for each section.

    Raises
    ------
    DataError
        If the values are not one for each compartment.

    Examples
    --------
    >>> from graphkit import Morphology, Section
    >>> from graphkit.plots import plot_morphology
    >>> cell = Morphology.from_sections([Section("axon", 100, 1, compartments=10)], soma_diameter_um=20)
    >>> plot_morphology(cell, cell.distance_um, label="distance (um)").data[0].colorbar.title.text
    'distance (um)'
    """
    template(theme)
    given = None if values is None else np.asarray(values, np.float64)
    if given is not None and given.shape != (len(morphology),):
        raise DataError(f"{given.size} values for {len(morphology)} compartments: give one each")
    ends = np.concatenate([morphology.start_um, morphology.end_um])
    extent = float(np.ptp(ends, axis=0).max()) or float(morphology.diameter_um.max())
    thinnest = extent / 250 if thinnest_um is None else thinnest_um
    names = list(dict.fromkeys(morphology.section.tolist()))
    colors = category_colors(names, {})
    told = _told(morphology, given, label)
    figure = go.Figure()
    parts = [(name, np.flatnonzero(morphology.section == name)) for name in names]
    for name, own in parts if given is None else [("", np.arange(len(morphology)))]:
        points, faces, owner = _mesh(morphology, own, thinnest)
        look = (
            {"color": colors[name], "name": plain(name), "showlegend": True}
            if given is None
            else {
                "intensity": given[owner], "colorscale": SCALE, "showlegend": False,
                "colorbar": {"title": {"text": plain(label)}, "outlinewidth": 0, "thickness": 12, "len": 0.7},
            }
        )  # fmt: skip
        figure.add_trace(
            go.Mesh3d(
                x=points[:, 0], y=points[:, 1], z=points[:, 2], i=faces[:, 0], j=faces[:, 1], k=faces[:, 2],
                text=[told[k] for k in owner.tolist()], hoverinfo="text", flatshading=False,
                lighting={"ambient": 0.75, "diffuse": 0.5, "specular": 0.1}, **look,
            )
        )  # fmt: skip
    ground = THEMES[theme]
    axis = {"backgroundcolor": ground.ground, "gridcolor": ground.grid, "color": ground.muted, "showspikes": False}
    figure.update_layout(
        scene={
            **{f"{one}axis": {**axis, "title": {"text": f"{one} (µm)"}} for one in "xyz"}, **_view(figure),
        }
    )  # fmt: skip
    lengths = morphology.length_um[int(morphology.spherical_soma) :].sum()
    caption = [f"{lengths:,.0f} µm in {len(morphology):,} compartments", ", ".join(names)]
    if (morphology.diameter_um < thinnest).any():
        caption.append(f"tubes thinner than {thinnest:.2g} µm are drawn that wide")
    return dressed(figure, title="A neuron's shape", caption=caption, theme=theme, height=700)


def _view(figure: go.Figure) -> dict[str, object]:
    """Return true proportions that fit, whatever the shape, seen across the direction in which it is thinnest."""
    span = np.array([max(np.ptp(np.concatenate([mesh[one] for mesh in figure.data])), 1e-9) for one in "xyz"])
    across = int(span.argmin())
    eye = np.where(np.arange(3) == across, -1.5 if across == 1 else 1.5, 0.25)
    return {
        "aspectmode": "manual", "aspectratio": dict(zip("xyz", (1.6 * span / span.max()).tolist(), strict=True)),
        "camera": {
            "eye": dict(zip("xyz", eye.tolist(), strict=True)),
            "up": {"x": 0, "y": int(across == 2), "z": int(across != 2)},
        },
    }  # fmt: skip


def _told(morphology: Morphology, values: npt.NDArray[np.float64] | None, label: str) -> list[str]:
    table = morphology.to_frame()
    told = [
        f"{plain(row.section)}, compartment {k}<br>{row.distance_um:.1f} µm from the root<br>"
        f"{row.length_um:.1f} µm long, {row.diameter_um:.2f} µm wide"
        for k, row in enumerate(table.itertuples())
    ]
    if values is None:
        return told
    return [f"{text}<br>{plain(label)}: {value:.4g}" for text, value in zip(told, values.tolist(), strict=True)]


def _mesh(
    morphology: Morphology, own: npt.NDArray[np.int64], thinnest: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return points, triangles, and the compartment that each point belongs to."""
    points, faces, owner, first = [], [], [], 0
    radius = np.maximum(morphology.diameter_um, thinnest) / 2
    for k in own.tolist():
        if k == 0 and morphology.spherical_soma:
            ring, tri = _sphere(morphology.start_um[0], radius[0, 0])
        else:
            ring, tri = _tube(morphology.start_um[k], morphology.end_um[k], radius[k])
        points.append(ring)
        faces.append(tri + first)
        owner.append(np.full(len(ring), k))
        first += len(ring)
    return np.concatenate(points), np.concatenate(faces), np.concatenate(owner)


def _tube(
    start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], radius: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    along = (end - start) / np.linalg.norm(end - start)
    across = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    across /= np.linalg.norm(across)
    angle = 2 * np.pi * np.arange(_SIDES) / _SIDES
    circle = np.outer(np.cos(angle), across) + np.outer(np.sin(angle), np.cross(along, across))
    points = np.concatenate([start + radius[0] * circle, end + radius[1] * circle, [start], [end]])
    return points, _walls(1, _SIDES, 2 * _SIDES, 2 * _SIDES + 1)


def _sphere(centre: npt.NDArray[np.float64], radius: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    turn = 2 * np.pi * np.arange(2 * _RINGS) / (2 * _RINGS)
    height = np.pi * (np.arange(_RINGS) + 0.5) / _RINGS
    rings = [
        np.stack([np.sin(h) * np.cos(turn), np.sin(h) * np.sin(turn), np.full_like(turn, np.cos(h))], 1) for h in height
    ]
    points = np.concatenate([*rings, [[0, 0, 1]], [[0, 0, -1]]])
    return centre + radius * points, _walls(_RINGS - 1, 2 * _RINGS, len(points) - 2, len(points) - 1)


def _walls(rows: int, sides: int, begin: int, end: int) -> npt.NDArray[np.int64]:
    """Return the triangles between rings of points, and those that close both ends in a point."""
    faces = []
    for s in range(sides):
        after = (s + 1) % sides
        for row in range(rows):
            a, b = row * sides, (row + 1) * sides
            faces += [(a + s, a + after, b + s), (a + after, b + after, b + s)]
        faces += [(begin, after, s), (end, rows * sides + s, rows * sides + after)]
    return np.array(faces, np.int64)
