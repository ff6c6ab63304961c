"""Connectomes in a graph database, simulated, and asked about wiring and activity together."""

from __future__ import annotations

from graphkit.circuit import Circuit
from graphkit.connectome import Connectome, connect
from graphkit.errors import GraphkitError
from graphkit.selection import Selection
from graphkit.simulation import PRESETS, LIFModel, PoissonStimulus, Preset, simulate
from graphkit.spikes import SpikeTrains
from graphkit.version import __version__

__all__ = [
    "PRESETS",
    "Circuit",
    "Connectome",
    "GraphkitError",
    "LIFModel",
    "PoissonStimulus",
    "Preset",
    "Selection",
    "SpikeTrains",
    "__version__",
    "connect",
    "simulate",
]
