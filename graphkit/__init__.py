"""Connectomes in a graph database, simulated, and asked about wiring and activity together."""

from __future__ import annotations

from graphkit.circuit import Circuit
from graphkit.connectome import Connectome, connect
from graphkit.errors import GraphkitError
from graphkit.selection import Selection
from graphkit.simulation import simulate
from graphkit.spikes import SpikeTrains
from graphkit.version import __version__

__all__ = ["Circuit", "Connectome", "GraphkitError", "Selection", "SpikeTrains", "__version__", "connect", "simulate"]
