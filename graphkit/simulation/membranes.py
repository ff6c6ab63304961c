"""Membranes of spatial neurons: their currents, capacitance, axial resistance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphkit.errors import SimulationError
from graphkit.morphology import Place
from graphkit.simulation.equation_model import Value, in_unit_of
from graphkit.simulation.values import one_of, plain, plain_fields

__all__ = ["MembraneModel", "PointCurrent", "hodgkin_huxley_membrane", "passive_membrane"]


@dataclass(frozen=True, kw_only=True)
class MembraneModel:
    """What the membrane of a spatial neuron does, in the words of Brian2's ``SpatialNeuron``.

    Parameters
    ----------
    equations
        They define ``Im``, the membrane current (amp/meter**2); v is the membrane potential.
    parameters
        Values of constants that the equations name, and of parameters that they declare: those may differ along the
        neuron, {"g_na": {"axon": "120*msiemens/cm**2", "dendrite": 0}}, sections not named having 0.
    initial
        Values of variables at the start, or expressions.
    capacitance_uf_cm2
        Specific membrane capacitance (uF/cm2).
    axial_resistance_ohm_cm
        Specific resistance of the inside (Ohm cm).
    threshold
        When a place counts as spiking: "v > 0*mV". It has no effect on v; a place counts anew once it is below.
    dt_ms
        Time step (ms).
    name, source
        What a run calls it, and where it is from.

    Raises
    ------
    SimulationError
        If the equations define no Im, or a value is not above 0.

    Examples
    --------
    >>> passive_membrane().changed(g_l="0.05*msiemens/cm**2").parameters["g_l"]
    '0.05*msiemens/cm**2'
    """

    equations: str
    parameters: Mapping[str, Value | Mapping[str, Value]] = field(default_factory=dict)
    initial: Mapping[str, Value] = field(default_factory=dict)
    capacitance_uf_cm2: float = 1.0
    axial_resistance_ohm_cm: float = 100.0
    threshold: str | None = None
    dt_ms: float = 0.1
    name: str = "membrane"
    source: str = ""

    def __post_init__(self) -> None:
        if "Im" not in self.equations:
            raise SimulationError(f"membrane {self.name!r}: its equations define no Im, the current (amp/meter**2)")
        object.__setattr__(self, "dt_ms", plain(self.dt_ms, "ms", "dt_ms"))
        for name in ("capacitance_uf_cm2", "axial_resistance_ohm_cm", "dt_ms"):
            if not 0 < getattr(self, name) < float("inf"):
                raise SimulationError(f"{name} is {getattr(self, name)!r}: it must be a number above 0")

    def changed(self, **parameters: Value | Mapping[str, Value]) -> MembraneModel:
        """Return the membrane with other values of parameters.

        Raises
        ------
        SimulationError
            If it has no such parameter.
        """
        for name in parameters:
            one_of(name, self.parameters, f"parameter of {self.name}")
        values = {
            name: value if isinstance(value, Mapping) else in_unit_of(self.parameters[name], value)
            for name, value in parameters.items()
        }
        return replace(self, parameters={**self.parameters, **values})


@dataclass(frozen=True)
class PointCurrent:
    """A current injected at a place of a spatial neuron.

    Parameters
    ----------
    at
        Where: "soma", ("axon", 120.0) in um along the section, or (x, y, z) in um.
    current_na
        The current (nA).
    start_ms, end_ms
        From when on, and before when (ms); without end_ms, to the end.

    Raises
    ------
    SimulationError
        If a value is not finite, start_ms is negative, or end_ms is not after it.

    Examples
    --------
    >>> PointCurrent("soma", 0.2, start_ms=10, end_ms=20).current_na
    0.2
    """

    at: Place
    current_na: float
    start_ms: float = 0.0
    end_ms: float | None = None

    def __post_init__(self) -> None:
        plain_fields(self)
        if self.start_ms < 0 or (self.end_ms is not None and self.end_ms <= self.start_ms):
            raise SimulationError(f"a current at {self.at!r}: start_ms must not be negative, and end_ms be after it")


def passive_membrane() -> MembraneModel:
    """Return a membrane that only leaks: g_l 0.1 mS/cm2 to E_l -65 mV, 1 uF/cm2, 100 Ohm cm.

    Notes
    -----
    Its time constant is C/g_l = 10 ms. In a cable of diameter d the length constant is sqrt(d/(4 R_i g_l)): 500 um for
    1 um. Rall 1969, 10.1016/S0006-3495(69)86467-2.

    Examples
    --------
    >>> passive_membrane().axial_resistance_ohm_cm
    100.0
    """
    return MembraneModel(
        name="passive_membrane", equations="Im = g_l*(E_l - v) : amp/meter**2\ng_l : siemens/meter**2 (constant)",
        parameters={"g_l": "0.1*msiemens/cm**2", "E_l": "-65*mV"}, initial={"v": "E_l"},
    )  # fmt: skip


def hodgkin_huxley_membrane() -> MembraneModel:
    """Return the membrane of the squid giant axon at 6.3 C, resting at -65 mV; the conductances may differ by section.

    Notes
    -----
    Hodgkin & Huxley 1952, 10.1113/jphysiol.1952.sp004764: g_na 120, g_k 36, g_l 0.3 mS/cm2, 1 uF/cm2, 35.4 Ohm cm,
    with potentials measured from rest there.

    Examples
    --------
    >>> hodgkin_huxley_membrane().parameters["g_na"]
    '120*msiemens/cm**2'
    """
    return MembraneModel(
        name="hodgkin_huxley_membrane", equations=_HODGKIN_HUXLEY, threshold="v > 0*mV",
        parameters={
            "g_l": "0.3*msiemens/cm**2", "g_na": "120*msiemens/cm**2", "g_k": "36*msiemens/cm**2",
            "E_r": "-65*mV", "E_l": "-54.387*mV", "E_na": "50*mV", "E_k": "-77*mV",
        },
        initial={
            "v": "E_r", "m": "alpha_m/(alpha_m + beta_m)", "h": "alpha_h/(alpha_h + beta_h)",
            "n": "alpha_n/(alpha_n + beta_n)",
        },
        axial_resistance_ohm_cm=35.4, dt_ms=0.01, source="Hodgkin & Huxley 1952, 10.1113/jphysiol.1952.sp004764",
    )  # fmt: skip


_HODGKIN_HUXLEY = """
Im = g_l*(E_l - v) + g_na*m**3*h*(E_na - v) + g_k*n**4*(E_k - v) : amp/meter**2
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
alpha_m = 1/exprel((25*mV - v + E_r)/(10*mV))/ms : Hz
beta_m = 4*exp((E_r - v)/(18*mV))/ms : Hz
alpha_h = 0.07*exp((E_r - v)/(20*mV))/ms : Hz
beta_h = 1/(exp((30*mV - v + E_r)/(10*mV)) + 1)/ms : Hz
alpha_n = 0.1/exprel((10*mV - v + E_r)/(10*mV))/ms : Hz
beta_n = 0.125*exp((E_r - v)/(80*mV))/ms : Hz
g_l : siemens/meter**2 (constant)
g_na : siemens/meter**2 (constant)
g_k : siemens/meter**2 (constant)
""".strip()
