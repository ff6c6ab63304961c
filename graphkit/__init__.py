"""Connectomes in a graph database: asked in Cypher, simulated, wiring beside activity."""

from __future__ import annotations

import logging

from graphkit.circuit import Circuit
from graphkit.connectome import Connectome, connect
from graphkit.errors import GraphkitError
from graphkit.morphology import Morphology, Section
from graphkit.selection import Selection
from graphkit.simulation import (
    PRESETS,
    CurrentStimulus,
    EquationModel,
    LIFModel,
    NoiseStimulus,
    Operation,
    PoissonEvents,
    PoissonStimulus,
    Preset,
    Recording,
    RegularStimulus,
    SpikeTimesStimulus,
    SynapseModel,
    simulate,
)
from graphkit.simulation.frequency_curve import frequency_curve
from graphkit.simulation.spatial import simulate_neuron
from graphkit.spikes import SpikeTrains
from graphkit.states import States
from graphkit.swc import read_swc
from graphkit.version import __version__

__all__ = [
    "PRESETS",
    "Circuit",
    "Connectome",
    "CurrentStimulus",
    "EquationModel",
    "GraphkitError",
    "LIFModel",
    "Morphology",
    "NoiseStimulus",
    "Operation",
    "PoissonEvents",
    "PoissonStimulus",
    "Preset",
    "Recording",
    "RegularStimulus",
    "Section",
    "Selection",
    "SpikeTimesStimulus",
    "SpikeTrains",
    "States",
    "SynapseModel",
    "__version__",
    "connect",
    "frequency_curve",
    "read_swc",
    "simulate",
    "simulate_neuron",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())  # a program that wants to hear adds its own
