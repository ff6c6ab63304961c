"""Connectomes in a graph database, simulated, and asked about wiring and activity together."""

from __future__ import annotations

from graphkit.circuit import Circuit
from graphkit.connectome import Connectome, connect
from graphkit.errors import GraphkitError
from graphkit.selection import Selection
from graphkit.simulation import (
    PRESETS,
    CurrentStimulus,
    LIFModel,
    NoiseStimulus,
    PoissonStimulus,
    Preset,
    Recording,
    RegularStimulus,
    SpikeTimesStimulus,
    simulate,
)
from graphkit.spikes import SpikeTrains
from graphkit.states import States
from graphkit.version import __version__

__all__ = [
    "PRESETS",
    "Circuit",
    "Connectome",
    "CurrentStimulus",
    "GraphkitError",
    "LIFModel",
    "NoiseStimulus",
    "PoissonStimulus",
    "Preset",
    "Recording",
    "RegularStimulus",
    "Selection",
    "SpikeTimesStimulus",
    "SpikeTrains",
    "States",
    "__version__",
    "connect",
    "simulate",
]
