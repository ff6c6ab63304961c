"""Where the neurons of a network figure stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphkit.errors import DataError
from graphkit.plots.style import counted

__all__ = ["HEIGHT", "WIDTH", "Band", "Placement", "by_force", "by_level"]

#: The canvas, in pixels of a figure 1,300 pixels wide; distances below are in these pixels.
WIDTH, HEIGHT = 1200.0, 600.0

_GAP, _WIDEST_GAP = 170.0, 380.0  # between two levels: room for their connections
_PITCH, _WIDEST_PITCH = 16.0, 56.0  # distance of two neurons of a level, where there is room; and of only a few
_LABEL = 20.0  # a band's line of text
_LOOSE = 0.12  # of the canvas at most, for neurons without a drawn connection
_BANDS = 11  # further kinds of neurons of a level share one band
_PUSHERS, _STEPS, _TO_CENTRE = 40, 200, 8.0  # of the force layout; tried on circuits of 30 to 3,000 neurons
_KINDS = ("cell_type", "sub_class", "cell_class", "super_class", "hemilineage", "nt_type")


@dataclass(frozen=True)
class Band:
    """A line of text on the canvas: a level's name, or a kind of neurons and their number."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Placement:
    """Where each neuron stands.

    Parameters
    ----------
    x, y
        (n,) on the canvas, y upwards.
    size
        (n,) diameter of each neuron's mark.
    level
        (n,) number of the level that each neuron stands in; all different where there are none.
    levels
        Left upper corner, name and number of neurons of each level, left to right.
    bands
        Left upper corner and text of each band.
    ordered_by
        The annotation that made the bands; "" when none is known.
    """

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    size: npt.NDArray[np.float64]
    level: npt.NDArray[np.int64]
    levels: tuple[Band, ...] = ()
    bands: tuple[Band, ...] = ()
    ordered_by: str = ""


def by_level(
    neurons: pd.DataFrame, synapses: npt.NDArray[np.float64], order_by: str | None, blocks: Sequence[str]
) -> Placement:
    """Place each group in a block of its own, left to right, each kind of neuron in a band of its block.

    Parameters
    ----------
    neurons
        group (the block that each stands in) and annotations.
    synapses
        (n,) each neuron's synapses in the circuit: within a band neurons stand by transmitter, most synapses first.
    order_by
        The annotation whose values are the bands; None takes the finest that at least half of the neurons have
        and that has no more than 24 values.
    blocks
        The groups, left to right.

    Raises
    ------
    DataError
        If there is no such annotation.
    """
    kind = _kind(neurons) if order_by is None else order_by
    if kind and kind not in neurons:
        raise DataError(f"order_by={kind!r}: the neurons have no such property; known are {', '.join(neurons.columns)}")
    ranked = neurons.assign(synapses=-synapses).reset_index(drop=True)
    ordered = ranked.sort_values([name for name in ("nt_type", "synapses", "root_id") if name in ranked])
    contents = [_bands_of(ordered[ordered["group"] == name], kind) for name in blocks]
    sizes = [sum(len(rows) for _, rows in block) for block in contents]
    room = WIDTH - min(_GAP * (len(blocks) - 1), WIDTH / 2)
    grids = [
        _grid([len(rows) for _, rows in block], max(room * size / max(sum(sizes), 1), _WIDEST_PITCH))
        for block, size in zip(contents, sizes, strict=True)
    ]
    widths = [columns * pitch for columns, pitch in grids]
    gap = min((WIDTH - sum(widths)) / max(len(blocks) - 1, 1), _WIDEST_GAP)
    left = (WIDTH - sum(widths) - gap * (len(blocks) - 1)) / 2

    x, y, size = (np.zeros(len(neurons)) for _ in range(3))
    bands, levels = [], []
    for name, block, number, (columns, pitch), width in zip(blocks, contents, sizes, grids, widths, strict=True):
        levels.append(Band(left, HEIGHT, f"{name}\n{counted(number, 'neuron')}"))
        used = sum(_LABEL + -(-len(rows) // columns) * pitch for _, rows in block)
        top = (HEIGHT + used) / 2
        for text, rows in block:
            bands.append(Band(left, top - _LABEL, f"{text} {len(rows):,}"))
            top -= _LABEL
            place = np.arange(len(rows))
            x[rows] = left + (place % columns + 0.5) * pitch
            y[rows] = top - (place // columns + 0.5) * pitch
            top -= -(-len(rows) // columns) * pitch
            size[rows] = np.clip(0.66 * pitch, 2.5, 14)
        left += width + gap
    level = np.asarray(pd.Index(blocks).get_indexer(pd.Index(neurons["group"])), np.int64)
    return Placement(x, y, size, level, tuple(levels), tuple(bands) if kind else (), kind)


def _kind(neurons: pd.DataFrame) -> str:
    for name in _KINDS:
        if name in neurons and 1 < neurons[name].nunique() <= 24 and neurons[name].notna().mean() >= 0.5:
            return name
    return ""


def _bands_of(members: pd.DataFrame, kind: str) -> list[tuple[str, npt.NDArray[np.int64]]]:
    """Return the bands of one group, largest first: text and row positions."""
    positions = members.index.to_numpy(dtype=np.int64)
    if not kind:
        return [("", positions)]
    values = members[kind].astype("str")
    counts = values.value_counts()
    named = sorted(counts.index, key=lambda name: (-counts[name], name))
    rest: list[str] = []
    if len(named) > _BANDS:
        named, rest = named[: _BANDS - 1], named[_BANDS - 1 :]
    bands = [(name, positions[(values == name).to_numpy(dtype=bool)]) for name in named]
    if rest:
        bands.append((f"{len(rest)} other", positions[values.isin(rest).to_numpy(dtype=bool)]))
    if values.isna().any():
        bands.append((f"no {kind}", positions[values.isna().to_numpy(dtype=bool)]))
    return bands


def _grid(sizes: Iterable[int], width: float) -> tuple[int, float]:
    """Return columns and pitch of a block: the widest pitch, then the fewest columns, that fit the canvas."""
    numbers = np.array(list(sizes))
    room = HEIGHT - _LABEL * len(numbers)
    pitch = float(np.clip(0.6 * room / max(numbers.sum(), 1), _PITCH, _WIDEST_PITCH))
    while pitch > 0.5:
        for columns in range(1, max(int(width / pitch), 1) + 1):
            if np.ceil(numbers / columns).sum() * pitch <= room:
                return columns, pitch
        pitch *= 0.95
    return max(int(width / pitch), 1), pitch


def by_force(
    number: int, pre: npt.NDArray[np.int64], post: npt.NDArray[np.int64], strength: npt.NDArray[np.float64]
) -> Placement:
    """Place connected neurons near each other, and those without a drawn connection in rows below.

    Fruchterman & Reingold 1991 (10.1002/spe.4380211102) with a pull to the centre; each neuron is pushed by at most
    40 others drawn anew in every step, so that a step costs the same for each neuron. The same circuit always gives
    the same picture.

    Parameters
    ----------
    number
        Neurons.
    pre, post
        (m,) ends of the connections drawn.
    strength
        (m,) of the connections, in synapses; stronger ones pull more, with the logarithm.
    """
    tied = np.unique(np.concatenate([pre, post]))
    loose = np.setdiff1d(np.arange(number), tied)
    x, y = np.zeros(number), np.zeros(number)
    pitch = min(np.sqrt(_LOOSE * WIDTH * HEIGHT / max(len(loose), 1)), 12.0)
    columns = int(WIDTH / pitch)
    rows = -(-len(loose) // columns)
    floor = (2 * _LABEL + pitch * rows) * bool(len(loose))
    if len(tied):
        place = _spring(len(tied), np.searchsorted(tied, pre), np.searchsorted(tied, post), np.log1p(strength))
        x[tied], y[tied] = _stretched(place.real, 0, WIDTH), _stretched(place.imag, floor, HEIGHT)
    place_of_loose = np.arange(len(loose))
    x[loose] = (place_of_loose % columns + 0.5) * pitch
    y[loose] = (rows - place_of_loose // columns - 0.5) * pitch
    bands = (Band(0.0, pitch * rows, f"without a connection drawn {len(loose):,}"),) if len(loose) else ()
    size = np.full(number, np.clip(200 / np.sqrt(max(len(tied), 1)), 5, 12))
    size[loose] = np.clip(0.66 * pitch, 2.5, 6)
    return Placement(x, y, size, np.arange(number), (), bands)


def _stretched(values: npt.NDArray[np.float64], low: float, high: float) -> npt.NDArray[np.float64]:
    extent = np.ptp(values)
    return low + (high - low) * ((values - values.min()) / extent if extent else np.full(len(values), 0.5))


def _spring(
    number: int, pre: npt.NDArray[np.int64], post: npt.NDArray[np.int64], pull: npt.NDArray[np.float64]
) -> npt.NDArray[np.complex128]:
    """Return (number,) places in the complex plane."""
    random = np.random.default_rng(0)
    place = random.uniform(-0.5, 0.5, number) + 1j * random.uniform(-0.5, 0.5, number)
    spacing = 1 / np.sqrt(number)
    pull = pull / pull.mean() / spacing
    pushers = min(number - 1, _PUSHERS)
    every = np.arange(number)[:, None]
    for step in np.geomspace(0.1, 0.002, _STEPS):
        # Any offset but 0 is another neuron.
        offset = np.arange(1, number) if pushers == number - 1 else random.integers(1, number, (number, pushers))
        apart = place[:, None] - place[(every + offset) % number]
        push = apart / np.maximum(apart.real**2 + apart.imag**2, 1e-9)
        force = spacing**2 * (number - 1) / max(pushers, 1) * push.sum(axis=1) - _TO_CENTRE * place
        way = place[post] - place[pre]
        drawn = way * np.abs(way) * pull
        for ends, sign in ((pre, 1), (post, -1)):
            force += sign * (np.bincount(ends, drawn.real, number) + 1j * np.bincount(ends, drawn.imag, number))
        length = np.maximum(np.abs(force), 1e-12)
        place = place + force / length * np.minimum(length, step)
    return place
