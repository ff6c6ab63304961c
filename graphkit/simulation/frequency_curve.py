"""Firing rates against input: many neurons at once, each value given to several of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from graphkit.circuit import Circuit
from graphkit.errors import SimulationError
from graphkit.progress import Progress
from graphkit.simulation import simulate
from graphkit.simulation.equation_model import EquationModel, PoissonEvents
from graphkit.simulation.equation_run import EquationStimulus
from graphkit.simulation.importing import importing_brian2
from graphkit.simulation.parameters import LIFModel, Preset
from graphkit.simulation.resolving import choose_preset
from graphkit.simulation.stimuli import CurrentStimulus, PoissonStimulus
from graphkit.simulation.values import Quantity, Unit, plain, plain_all

__all__ = ["frequency_curve"]


def frequency_curve(
    model: str | Preset | LIFModel | EquationModel,
    values: Iterable[float],
    of: str = "current",
    *,
    neurons: int = 20,
    amplitude_mv: float | Quantity | None = None,
    on_event: str | None = None,
    unit: str = "",
    duration_ms: float | Quantity = 1000.0,
    seed: int = 0,
    device: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return how fast a model's neurons fire for each value of an input.

    Unconnected neurons of one run get the values, each several neurons, which differ in their random input, noise and
    initial values. All of the trial is counted, from its start.

    Parameters
    ----------
    model
        As in :func:`simulate`; the stimuli of a preset are left out.
    values
        (k,) the input: currents (nA), Poisson rates (Hz), or values of a parameter.
    of
        "current", "poisson", or the name of a parameter that the model's equations declare.
    neurons
        Neurons for each value.
    amplitude_mv, on_event
        What a Poisson event adds to v (mV), or, in an :class:`EquationModel`, what it does ("g_e_post += 6*nS").
    unit
        Of a parameter's values: "nS", or "" where they have none.
    duration_ms
        Simulated time (ms).
    seed, device, progress
        As in :func:`simulate`.

    Returns
    -------
    pandas.DataFrame
        value (float64), rate_hz (float64, mean over the neurons), rate_sd_hz (float64, their standard deviation, ddof
        0), neurons (int64); ``attrs`` holds the input's label and the model's name.

    Raises
    ------
    SimulationError
        If there are no values or no neurons, what an event does is missing, or as :func:`simulate`.

    Examples
    --------
    >>> from graphkit import frequency_curve
    >>> from graphkit.simulation.models import leaky_integrate_and_fire
    >>> frequency_curve(leaky_integrate_and_fire(noise_mv=1), [0, 1], neurons=5, duration_ms=200).columns.tolist()
    ['value', 'rate_hz', 'rate_sd_hz', 'neurons']
    """
    known: dict[str, Unit] = {"poisson": "Hz", "current": "nA"}
    inputs = plain_all(values, known[of], "values") if of in known else tuple(float(value) for value in values)
    if not inputs or neurons < 1:
        raise SimulationError(f"{len(inputs)} values for {neurons} neurons each: give at least one of both")
    bare = model if isinstance(model, EquationModel) else replace(choose_preset(model), stimuli=())
    ids = np.arange(1, len(inputs) * neurons + 1)
    parts = np.split(ids, len(inputs))
    edges = pd.DataFrame({"pre_root_id": ids[:0], "post_root_id": ids[:0], "weight_signed": ids[:0]})
    circuit = Circuit.from_edges(edges, root_ids=ids)
    stimuli: list[EquationStimulus] = []
    label = "input current (nA)"
    if of == "current":
        stimuli = [CurrentStimulus(f"value_{k}", part, inputs[k]) for k, part in enumerate(parts)]
    elif of == "poisson":
        label = "Poisson rate (Hz)"
        if (amplitude_mv is None) == (on_event is None):
            raise SimulationError("of='poisson': give amplitude_mv, or on_event, which says what an event does")
        for k, part in enumerate(parts):
            stimuli.append(
                PoissonStimulus(f"value_{k}", part, inputs[k], plain(amplitude_mv, "mV", "amplitude_mv"))
                if amplitude_mv is not None
                else PoissonEvents(f"value_{k}", part.tolist(), inputs[k], str(on_event))
            )
    elif isinstance(bare, EquationModel):
        with importing_brian2():
            from graphkit.simulation.brian2.quantities import quantity

        label = f"{of} ({unit})" if unit else of
        bare = bare.changed(**{of: np.repeat(inputs, neurons) * quantity(f"1*{unit}" if unit else "1", "unit")})
    else:
        raise SimulationError(f"of is {of!r}: give 'current' or 'poisson'; parameters vary in an EquationModel alone")
    spikes = simulate(
        circuit, bare, stimuli=stimuli, duration_ms=duration_ms, seed=seed, device=device, progress=progress
    )
    rates = spikes.rates()["rate_hz"].to_numpy().reshape(len(inputs), neurons)  # ids ascend, and so do positions
    curve = pd.DataFrame(
        {"value": inputs, "rate_hz": rates.mean(axis=1), "rate_sd_hz": rates.std(axis=1), "neurons": neurons}
    )
    curve.attrs = {"input": label, "model": bare.name}
    return curve
