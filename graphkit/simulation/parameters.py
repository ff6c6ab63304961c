"""The LIF model with its presets: values, their units, their sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from graphkit.errors import SimulationError
from graphkit.simulation.stimuli import PoissonStimulus
from graphkit.simulation.values import one_of, plain_fields

__all__ = ["PRESETS", "LIFModel", "Preset", "WhileRefractory"]

WhileRefractory = Literal["integrate", "freeze"]


@dataclass(frozen=True)
class LIFModel:
    """The leaky integrate-and-fire neuron with exponential synapses of the fly brain models.

    ::

        dv/dt = (g - (v - v_rest) + resistance * current) / tau_membrane        dg/dt = -g / tau_synapse
        spike when v > v_threshold (strict); then v = v_reset, g = 0
        a presynaptic spike adds  weight_signed * synapse_mv  to g, delay later

    The whole is that of Shiu et al. 2024 (10.1038/s41586-024-07763-9).

    Parameters
    ----------
    v_rest_mv, v_reset_mv, v_threshold_mv
        Resting, reset and threshold potential (mV): Kakaria & de Bivort 2017, 10.3389/fnbeh.2017.00008.
    tau_membrane_ms
        Membrane time constant (ms), R C = 10 MOhm x 0.002 uF: Kakaria & de Bivort 2017.
    tau_synapse_ms
        Decay of the synaptic drive (ms): Jürgensen et al. 2021, 10.1088/2634-4386/ac3ba6.
    refractory_ms
        Refractory period (ms): Lazar et al. 2021, 10.7554/eLife.62362.
    delay_ms
        From a spike to its effect on g (ms): Paul et al. 2015, 10.3389/fncel.2015.00029.
    synapse_mv
        Added to g by one synapse (mV); the one free parameter of Shiu et al. 2024.
    dt_ms
        Time step (ms).
    while_refractory
        "integrate": v and g go on and input arrives, only spiking is blocked. "freeze": v and g stand still and
        every input in that time is lost (Brian2's ``(unless refractory)`` on both equations).
    resistance_mohm
        Membrane resistance (MOhm), which turns the current of a stimulus into a potential: Kakaria & de Bivort 2017.

    Raises
    ------
    SimulationError
        If a value is not a finite number, a time is negative, the step is 0, the delay is below one step, the
        threshold is not above rest and reset, or the two time constants are equal.

    Examples
    --------
    >>> from dataclasses import replace
    >>> replace(LIFModel(), delay_ms=1.0).delay_steps
    10
    """

    v_rest_mv: float = -52.0
    v_reset_mv: float = -52.0
    v_threshold_mv: float = -45.0
    tau_membrane_ms: float = 20.0
    tau_synapse_ms: float = 5.0
    refractory_ms: float = 2.2
    delay_ms: float = 1.8
    synapse_mv: float = 0.275
    dt_ms: float = 0.1
    while_refractory: WhileRefractory = "integrate"
    resistance_mohm: float = 10.0

    def __post_init__(self) -> None:
        plain_fields(self)
        one_of(self.while_refractory, get_args(WhileRefractory), "while_refractory")
        for name in ("tau_membrane_ms", "tau_synapse_ms", "dt_ms", "resistance_mohm"):
            if getattr(self, name) <= 0:
                raise SimulationError(f"{name} is {getattr(self, name):g}: it must be above 0")
        if self.tau_membrane_ms == self.tau_synapse_ms:
            raise SimulationError(
                f"tau_membrane_ms and tau_synapse_ms are both {self.tau_membrane_ms:g}: the exact solution divides by "
                "their difference. Change one of them a little."
            )
        if self.refractory_ms < 0:
            raise SimulationError(f"refractory_ms is {self.refractory_ms:g}: it must not be negative")
        if self.delay_ms < self.dt_ms:
            raise SimulationError(
                f"delay_ms is {self.delay_ms:g}, below one step of {self.dt_ms:g} ms. "
                f"Give a delay of at least {self.dt_ms:g} ms, or a shorter dt_ms."
            )
        if self.v_threshold_mv <= max(self.v_rest_mv, self.v_reset_mv):
            raise SimulationError(
                f"v_threshold_mv is {self.v_threshold_mv:g}, not above v_rest_mv {self.v_rest_mv:g} and v_reset_mv "
                f"{self.v_reset_mv:g}: every neuron would fire for ever"
            )

    @property
    def delay_steps(self) -> int:
        """The delay in steps, rounded as Brian2 does (a half up)."""
        return int(self.delay_ms / self.dt_ms + 0.5)

    @property
    def threshold_distance_mv(self) -> float:
        """From rest to threshold (mV), the unit in which the scripts state their Poisson amplitudes."""
        return self.v_threshold_mv - self.v_rest_mv


@dataclass(frozen=True)
class Preset:
    """A model with the stimuli that belong to it.

    Parameters
    ----------
    name
        What a run calls it.
    model
        Neurons and synapses.
    stimuli
        The inputs that are on.
    second
        What ``second_targets`` receive, where it is stated.
    source
        Where the values come from.

    Examples
    --------
    >>> PRESETS["fly_lif"].stimulus("background").rate_hz
    5.0
    """

    name: str
    model: LIFModel
    stimuli: tuple[PoissonStimulus, ...]
    second: PoissonStimulus | None = None
    source: str = ""

    def stimulus(self, name: str) -> PoissonStimulus:
        """Return one of the stimuli, to change it with :func:`dataclasses.replace`.

        Raises
        ------
        SimulationError
            If the preset has none of that name.
        """
        known = {stimulus.name: stimulus for stimulus in (*self.stimuli, *filter(None, [self.second]))}
        return known[one_of(name, known, f"stimulus of {self.name}")]


_FLY = LIFModel()
_DISTANCE = _FLY.threshold_distance_mv

#: The named models. They differ in ways that change the answer; a run always says which it used.
PRESETS: dict[str, Preset] = {
    "fly_lif": Preset(
        "fly_lif",
        _FLY,
        (
            PoissonStimulus("background", "all", 5.0, 0.5 * _DISTANCE),
            PoissonStimulus("target", "target", 40.0, 3.0 * _DISTANCE),
            PoissonStimulus("downstream_1", "downstream_1", 7.5, 1.5 * _DISTANCE),
        ),
        PoissonStimulus("second_targets", "second_targets", 40.0, 3.0 * _DISTANCE),
        "the fly LIF scripts that graphkit replaces; constants as LIFModel cites them",
    ),
    "shiu2024": Preset(
        "shiu2024",
        LIFModel(while_refractory="freeze"),
        (PoissonStimulus("target", "target", 150.0, 250 * 0.275, refractory_ms=0.0),),
        PoissonStimulus("second_targets", "second_targets", 150.0, 250 * 0.275, refractory_ms=0.0),
        "Shiu et al. 2024, 10.1038/s41586-024-07763-9",
    ),
}
