"""Ready-made synapses in Brian2's words: constant, released by chance, plastic for a short or a long time."""

from __future__ import annotations

from graphkit.errors import SimulationError
from graphkit.simulation.equation_model import SynapseModel, Value
from graphkit.simulation.values import plain

__all__ = ["short_term_plasticity", "static_synapses", "stdp"]


def static_synapses(
    *, onto: str = "v", amplitude: Value = "0.275*mV", release_probability: float | None = None,
    delay: Value | None = None,
) -> SynapseModel:  # fmt: skip
    """Return synapses of constant strength, that transmit always or with a probability.

    Parameters
    ----------
    onto
        Variable of the postsynaptic neuron.
    amplitude
        Added to it for each synapse, in its unit.
    release_probability
        With which a presynaptic spike acts, drawn for each connection and spike (``rand() < p``); without, always.
    delay
        As in :class:`SynapseModel`.

    Raises
    ------
    SimulationError
        If the probability is not from 0 to 1.

    Examples
    --------
    >>> print(static_synapses(onto="g", release_probability=0.3).on_pre)
    released = int(rand() < p_release)
    g_post += weight*amplitude*released
    """
    if release_probability is None:
        return SynapseModel(on_pre=f"{onto}_post += weight*amplitude", parameters={"amplitude": amplitude}, delay=delay)
    if not 0 <= release_probability <= 1:
        raise SimulationError(f"release_probability is {release_probability:g}: give a number from 0 to 1")
    return SynapseModel(
        on_pre=f"released = int(rand() < p_release)\n{onto}_post += weight*amplitude*released",
        parameters={"amplitude": amplitude, "p_release": release_probability}, delay=delay,
    )  # fmt: skip


def short_term_plasticity(
    *, onto: str = "v", amplitude: Value = "0.275*mV", U: float = 0.2, tau_facilitation_ms: float = 1500.0,
    tau_depression_ms: float = 200.0, delay: Value | None = None,
) -> SynapseModel:  # fmt: skip
    """Return Tsodyks and Markram's synapses: facilitation of u, depression of x.

    ``du/dt = -u/tau_facilitation`` and ``dx/dt = (1 - x)/tau_depression``; a presynaptic spike does ``u += U*(1 - u)``,
    transmits ``weight * amplitude * u * x``, and leaves ``x -= u*x``. At rest a spike transmits U.

    Parameters
    ----------
    onto, amplitude, delay
        As in :func:`static_synapses`; what is transmitted is u*x of it.
    U
        Share of the resources that one spike uses at rest.
    tau_facilitation_ms, tau_depression_ms
        Time constants (ms).

    Raises
    ------
    SimulationError
        If U is not above 0 and at most 1, or a time constant is not above 0.

    Notes
    -----
    Tsodyks, Pawelzik & Markram 1998, 10.1162/089976698300017502. Under regular spikes every T:
    ``u = U / (1 - (1 - U)*exp(-T/tau_facilitation))`` and
    ``x = (1 - exp(-T/tau_depression)) / (1 - (1 - u)*exp(-T/tau_depression))``.

    Examples
    --------
    >>> from graphkit.simulation.models import leaky_integrate_and_fire
    >>> model = leaky_integrate_and_fire().with_synapses(short_term_plasticity(U=0.5))
    >>> model.synapses_by_name["synapses"].parameters["U"]
    0.5
    """
    if not 0 < U <= 1:
        raise SimulationError(f"U is {U:g}: give a share above 0, at most 1")
    times = _times(tau_facilitation=tau_facilitation_ms, tau_depression=tau_depression_ms)
    return SynapseModel(
        equations="du/dt = -u/tau_facilitation : 1 (event-driven)\n"
        "dx/dt = (1 - x)/tau_depression : 1 (event-driven)\nreleased : 1",
        on_pre=f"u += U*(1 - u)\nreleased = u*x\nx -= released\n{onto}_post += weight*amplitude*released",
        parameters={"amplitude": amplitude, "U": U, **times}, initial={"x": 1.0}, delay=delay,
    )  # fmt: skip


def stdp(
    *, onto: str = "v", amplitude: Value = "0.275*mV", tau_plus_ms: float = 20.0, tau_minus_ms: float = 20.0,
    A_plus: float = 0.01, A_minus: float = -0.0105, w_max: float = 1.0, w_initial: Value = 0.5,
    delay: Value | None = None,
) -> SynapseModel:  # fmt: skip
    """Return synapses with spike-timing-dependent plasticity, all pairs of spikes counted.

    Each connection has a strength ``w`` from 0 to w_max; a presynaptic spike transmits ``weight * amplitude * w``. A
    pair of spikes dt = t_post - t_pre apart changes w by ``A_plus*exp(-dt/tau_plus)`` where the presynaptic came first,
    by ``A_minus*exp(dt/tau_minus)`` where it came last.

    Parameters
    ----------
    onto, amplitude, delay
        As in :func:`static_synapses`; what is transmitted is w of it.
    tau_plus_ms, tau_minus_ms
        Time constants of the two sides (ms).
    A_plus, A_minus
        Largest change of w by one pair; A_minus is negative.
    w_max, w_initial
        Bound of w, and its value at the start.

    Raises
    ------
    SimulationError
        If a time constant or w_max is not above 0.

    Notes
    -----
    Song, Miller & Abbott 2000, 10.1038/78829; A_minus = -1.05 A_plus as there.

    Examples
    --------
    >>> stdp(A_plus=0.02).parameters["A_plus"]
    0.02
    """
    if not w_max > 0:
        raise SimulationError(f"w_max is {w_max:g}: it must be above 0")
    times = _times(tau_plus=tau_plus_ms, tau_minus=tau_minus_ms)
    return SynapseModel(
        equations="w : 1\ndapre/dt = -apre/tau_plus : 1 (event-driven)\n"
        "dapost/dt = -apost/tau_minus : 1 (event-driven)",
        on_pre=f"{onto}_post += weight*amplitude*w\napre += A_plus\nw = clip(w + apost, 0, w_max)",
        on_post="apost += A_minus\nw = clip(w + apre, 0, w_max)",
        parameters={"amplitude": amplitude, "A_plus": A_plus, "A_minus": A_minus, "w_max": w_max, **times},
        initial={"w": w_initial}, delay=delay,
    )  # fmt: skip


def _times(**times_ms: float) -> dict[str, str]:
    plain_ms = {name: plain(value, "ms", f"{name}_ms") for name, value in times_ms.items()}
    for name, value in plain_ms.items():
        if value <= 0:
            raise SimulationError(f"{name}_ms is {value:g}: it must be above 0 ms")
    return {name: f"{value!r}*ms" for name, value in plain_ms.items()}
