"""Ready-made models in Brian2's words: neurons, toxins, synapses, each with its source.

Each neuron model has the parameter ``I`` (its input current) and a synapse model that goes with it; take it as it is,
change parameters with :meth:`EquationModel.changed`, or give it other synapses with
:meth:`EquationModel.with_synapses`.
"""

from __future__ import annotations

from dataclasses import replace

from graphkit.errors import SimulationError
from graphkit.simulation.equation_model import EquationModel, SynapseModel, Value
from graphkit.simulation.parameters import LIFModel
from graphkit.simulation.synapse_models import short_term_plasticity, static_synapses, stdp
from graphkit.simulation.values import Quantity, one_of, plain

__all__ = [
    "TOXINS",
    "dimensionless_lif",
    "fly_lif_equations",
    "hodgkin_huxley",
    "leaky_integrate_and_fire",
    "short_term_plasticity",
    "static_synapses",
    "stdp",
    "with_toxin",
]

#: What a toxin blocks: the parameter of :func:`hodgkin_huxley` that it lowers, and the channels it stands for.
TOXINS = {
    "tetrodotoxin": ("g_na", "voltage-gated sodium channels"),
    "tetraethylammonium": ("g_kd", "delayed-rectifier potassium channels"),
}


def leaky_integrate_and_fire(*, noise_mv: float | Quantity = 0.0) -> EquationModel:
    """Return the leaky integrate-and-fire neuron in the units of the field: mV, ms, nA, MOhm.

    ``tau dv/dt = E_L - v + R I``, with tau = R C. A presynaptic spike adds ``weight * w`` to v.

    Parameters
    ----------
    noise_mv
        Standard deviation of v that white noise alone leads to (mV): adds ``noise*sqrt(2/tau)*xi``, solved by
        Euler's method; without noise, the solution is exact.

    Raises
    ------
    SimulationError
        If noise_mv is negative.

    Notes
    -----
    Gerstner, Kistler, Naud & Paninski, Neuronal Dynamics (2014), section 1.3. The values are those of
    :class:`LIFModel`. Under a constant current the interval between spikes is
    ``refractory + tau*ln((R*I + E_L - v_reset) / (R*I + E_L - v_threshold))``.

    Examples
    --------
    >>> leaky_integrate_and_fire().changed(R="20*Mohm").parameters["R"]
    '20*Mohm'
    """
    noise = plain(noise_mv, "mV", "noise_mv")
    if noise < 0:
        raise SimulationError(f"noise_mv is {noise:g}: a standard deviation is not negative")
    parameters: dict[str, Value] = {
        "E_L": "-52*mV", "v_threshold": "-45*mV", "v_reset": "-52*mV", "R": "10*Mohm", "tau": "20*ms", "I": 0.0,
    }  # fmt: skip
    if noise:
        parameters["noise"] = f"{noise!r}*mV"
    return EquationModel(
        name="leaky_integrate_and_fire",
        equations="dv/dt = (E_L - v + R*I)/tau" + " + noise*sqrt(2/tau)*xi" * (noise > 0)
        + " : volt (unless refractory)\nI : amp",
        threshold="v > v_threshold", reset="v = v_reset", refractory="2.2*ms", method="euler" if noise else "exact",
        parameters=parameters,
        initial={"v": "E_L"},
        synapses=static_synapses(onto="v", amplitude="0.275*mV"),
        source="Gerstner et al. 2014, Neuronal Dynamics; values of Kakaria & de Bivort 2017",
    )  # fmt: skip


def dimensionless_lif() -> EquationModel:
    """Return the leaky integrate-and-fire neuron without units: rest 0, threshold 1.

    ``dv/dt = (v0 - v)/tau``, spike at v > 1, then v = 0; v0 is the input. A presynaptic spike adds ``0.1 * weight``.

    Notes
    -----
    Stimberg, Brette & Goodman 2019, 10.7554/eLife.47314, and Brian2's tutorial. The interval between spikes is
    ``refractory + tau*ln(v0 / (v0 - 1))`` for v0 > 1, and without end below.

    Examples
    --------
    >>> dimensionless_lif().threshold
    'v > 1'
    """
    return EquationModel(
        name="dimensionless_lif",
        equations="dv/dt = (v0 - v)/tau : 1 (unless refractory)\nv0 : 1",
        threshold="v > 1", reset="v = 0", refractory="2*ms", method="exact",
        parameters={"v0": 0.0, "tau": "10*ms"}, initial={"v": 0.0},
        synapses=static_synapses(onto="v", amplitude=0.1), current="v0",
        source="Stimberg, Brette & Goodman 2019, 10.7554/eLife.47314",
    )  # fmt: skip


def fly_lif_equations(model: LIFModel | None = None) -> EquationModel:
    """Return the LIF neuron with exponential synapses of the fly brain models, spelled as equations.

    It fires as the presets do that the event-driven engine runs; take it to change what a :class:`LIFModel` cannot.

    Parameters
    ----------
    model
        Its values; without, LIFModel().

    Examples
    --------
    >>> print(fly_lif_equations().equations)
    dv/dt = (g - (v - v_rest))/tau_membrane : volt
    dg/dt = -g/tau_synapse : volt
    """
    lif = model or LIFModel()
    unless = " (unless refractory)" if lif.while_refractory == "freeze" else ""
    return EquationModel(
        name="fly_lif_equations",
        equations=f"dv/dt = (g - (v - v_rest))/tau_membrane : volt{unless}\ndg/dt = -g/tau_synapse : volt{unless}",
        threshold="v > v_threshold", reset="v = v_reset\ng = 0*mV", refractory=f"{lif.refractory_ms!r}*ms",
        method="exact",
        parameters={
            "v_rest": f"{lif.v_rest_mv!r}*mV", "v_reset": f"{lif.v_reset_mv!r}*mV",
            "v_threshold": f"{lif.v_threshold_mv!r}*mV", "tau_membrane": f"{lif.tau_membrane_ms!r}*ms",
            "tau_synapse": f"{lif.tau_synapse_ms!r}*ms",
        },
        initial={"v": "v_rest"},
        synapses=replace(
            static_synapses(onto="g", amplitude=f"{lif.synapse_mv!r}*mV"), delay=f"{lif.delay_ms!r}*ms"
        ),
        dt_ms=lif.dt_ms,
        source="Shiu et al. 2024, 10.1038/s41586-024-07763-9; constants as LIFModel cites them",
    )  # fmt: skip


def hodgkin_huxley() -> EquationModel:
    """Return a Hodgkin-Huxley neuron with leak, fast sodium and delayed-rectifier potassium current.

    A cell of 20,000 um2 with Traub and Miles' kinetics: the COBAHH benchmark of Brette et al. 2007, with the resting
    potential of Brian2's f-I example. Conductances: ``g_l`` 10 nS, ``g_na`` 20 uS, ``g_kd`` 6 uS. A presynaptic spike
    adds ``weight * w_e`` to the excitatory conductance g_e where weight is positive, ``-weight * w_i`` to g_i where it
    is negative.

    Notes
    -----
    Traub & Miles 1991, Neuronal Networks of the Hippocampus; Brette et al. 2007, 10.1007/s10827-007-0038-6, benchmark
    3; Brian2's examples COBAHH and IF_curve_Hodgkin_Huxley. Time step 0.01 ms.

    Examples
    --------
    >>> hodgkin_huxley().changed(g_na="10*uS").parameters["g_na"]
    '10*uS'
    """
    return EquationModel(
        name="hodgkin_huxley",
        equations=_HODGKIN_HUXLEY, threshold="v > -40*mV", refractory="v > -40*mV", method="exponential_euler",
        parameters={
            "C": "200*pF", "g_l": "10*nS", "g_na": "20*uS", "g_kd": "6*uS", "E_l": "-65*mV", "E_na": "50*mV",
            "E_k": "-90*mV", "V_T": "-63*mV", "E_e": "0*mV", "E_i": "-80*mV", "tau_e": "5*ms", "tau_i": "10*ms",
            "I": 0.0,
        },
        initial={
            "v": "E_l", "m": "alpha_m/(alpha_m + beta_m)", "h": "alpha_h/(alpha_h + beta_h)",
            "n": "alpha_n/(alpha_n + beta_n)",
        },
        synapses=SynapseModel(
            on_pre="g_e_post += weight*w_e*int(weight > 0)\ng_i_post += -weight*w_i*int(weight < 0)",
            parameters={"w_e": "0.1*nS", "w_i": "1*nS"}, delay="1.8*ms",
        ),
        dt_ms=0.01,
        source="Traub & Miles 1991; Brette et al. 2007, 10.1007/s10827-007-0038-6",
    )  # fmt: skip


_HODGKIN_HUXLEY = """
dv/dt = (g_l*(E_l - v) + g_e*(E_e - v) + g_i*(E_i - v) + g_na*m**3*h*(E_na - v) + g_kd*n**4*(E_k - v) + I)/C : volt
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
dg_e/dt = -g_e/tau_e : siemens
dg_i/dt = -g_i/tau_i : siemens
alpha_m = 0.32*4/exprel((13*mV - v + V_T)/(4*mV))/ms : Hz
beta_m = 0.28*5/exprel((v - V_T - 40*mV)/(5*mV))/ms : Hz
alpha_h = 0.128*exp((17*mV - v + V_T)/(18*mV))/ms : Hz
beta_h = 4/(1 + exp((40*mV - v + V_T)/(5*mV)))/ms : Hz
alpha_n = 0.032*5/exprel((15*mV - v + V_T)/(5*mV))/ms : Hz
beta_n = 0.5*exp((10*mV - v + V_T)/(40*mV))/ms : Hz
I : amp
""".strip()


def with_toxin(model: EquationModel, toxin: str, blocked: float = 1.0) -> EquationModel:
    """Return a Hodgkin-Huxley model as a channel blocker leaves it.

    Parameters
    ----------
    model
        :func:`hodgkin_huxley`, or any with its parameters g_na and g_kd.
    toxin
        "tetrodotoxin", which blocks sodium channels (Narahashi, Moore & Scott 1964, 10.1085/jgp.47.5.965), or
        "tetraethylammonium", which blocks delayed-rectifier potassium channels (Armstrong & Binstock 1965,
        10.1085/jgp.48.5.859).
    blocked
        Share of the channels that are blocked, from 0 to 1.

    Raises
    ------
    SimulationError
        If there is no such toxin, or the model lacks its channel, or blocked is not from 0 to 1.

    Examples
    --------
    >>> with_toxin(hodgkin_huxley(), "tetrodotoxin", blocked=0.5).parameters["g_na"]
    '(20*uS)*0.5'
    """
    name, channels = TOXINS[one_of(toxin, TOXINS, "toxin")]
    if not 0 <= blocked <= 1:
        raise SimulationError(f"blocked is {blocked:g}: give the blocked share, from 0 to 1")
    if name not in model.parameters:
        raise SimulationError(f"{toxin} blocks {channels}: {model.name} has no parameter {name} for them")
    now = model.parameters[name]
    # rounded: 1 - 0.9 is 0.09999999999999998
    left = round(1 - blocked, 12)
    kept = f"({now})*{left!r}" if isinstance(now, str) else now * left  # type: ignore[operator]  # number or quantity
    return model.changed(**{name: kept})
