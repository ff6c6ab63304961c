"""Brian2: the reference for the LIF model. The only room that imports brian2."""

from __future__ import annotations

from graphkit.simulation.brian2.device import DEVICES
from graphkit.simulation.brian2.lif import Brian2

__all__ = ["DEVICES", "Brian2"]
