"""Simulating one neuron with its shape."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import numpy as np

from graphkit.errors import DataError, SimulationError
from graphkit.morphology import Morphology, NeuronPotentials, Place
from graphkit.progress import Progress
from graphkit.simulation.importing import importing_brian2
from graphkit.simulation.membranes import MembraneModel, PointCurrent, passive_membrane
from graphkit.simulation.run_record import record_neuron
from graphkit.simulation.values import Quantity, one_of, plain

__all__ = ["simulate_neuron"]


def simulate_neuron(
    morphology: Morphology,
    membrane: MembraneModel | None = None,
    *,
    currents: Iterable[PointCurrent] = (),
    record_at: Iterable[Place] | Literal["all"] = "all",
    every_ms: float | Quantity | None = None,
    duration_ms: float | Quantity = 100.0,
    device: str = "numpy",
    progress: Progress | None = None,
) -> NeuronPotentials:
    """Simulate the membrane potential along one neuron, in Brian2.

    Parameters
    ----------
    morphology
        Its shape.
    membrane
        What its membrane does; without, :func:`passive_membrane`.
    currents
        Currents injected at places.
    record_at
        Places at which the potential is recorded, or "all" compartments.
    every_ms
        Time between two recorded values (ms), a whole number of steps; without, every step.
    duration_ms
        Simulated time (ms).
    device
        "numpy", "cython" or "cpp_standalone".
    progress
        Called as the run goes.

    Returns
    -------
    NeuronPotentials
        The potentials, and when each place passed the membrane's threshold.

    Raises
    ------
    SimulationError
        If a value is out of its range, Brian2 does not take the membrane, or a potential diverges.
    DataError
        If the neuron has no such place.

    Examples
    --------
    >>> from graphkit import Morphology, Section, simulate_neuron
    >>> from graphkit.simulation.membranes import PointCurrent
    >>> cable = Morphology.from_sections([Section("dendrite", 1000, 1, compartments=100)])
    >>> potentials = simulate_neuron(
    ...     cable, currents=[PointCurrent("dendrite", 0.01)], record_at=["dendrite", ("dendrite", 500.0)],
    ...     duration_ms=50, every_ms=1)
    >>> potentials.v_mv.shape
    (2, 50)
    """
    membrane = passive_membrane() if membrane is None else membrane
    one_of(device, ("numpy", "cython", "cpp_standalone"), "device")
    duration = plain(duration_ms, "ms", "duration_ms")
    every = membrane.dt_ms if every_ms is None else plain(every_ms, "ms", "every_ms")
    whole = {}
    for name, value in (("duration_ms", duration), ("every_ms", every)):
        whole[name] = round(value / membrane.dt_ms)
        if whole[name] < 1 or abs(whole[name] * membrane.dt_ms - value) > 1e-6 * membrane.dt_ms:
            raise SimulationError(
                f"{name} is {value:g}: give a positive whole number of steps of {membrane.dt_ms:g} ms"
            )
    if isinstance(record_at, str) and record_at != "all":
        raise DataError(f"record_at is {record_at!r}: give 'all', or a list of places")
    places = range(len(morphology)) if record_at == "all" else [morphology.compartment(one) for one in record_at]
    with importing_brian2():
        from graphkit.simulation.brian2.spatial import run_spatial

    given, began = list(currents), time.perf_counter()
    potentials = run_spatial(
        morphology, membrane, given, record_at=np.array(list(dict.fromkeys(places)), np.int64),
        every=whole["every_ms"], steps=whole["duration_ms"], device=device, progress=progress,
    )  # fmt: skip
    run = record_neuron(
        morphology, membrane, given, device=device, every_ms=every, duration_ms=duration,
        wall_s=time.perf_counter() - began,
    )  # fmt: skip
    return replace(potentials, run=run)
