"""The runs of the page, a folder each, written by the process that simulates."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from graphkit.circuit import Circuit
from graphkit.errors import SelectionError
from graphkit.explorer.memory import Memory
from graphkit.spikes import SpikeTrains

__all__ = ["CIRCUIT_FILE", "KeptRun", "KeptRuns"]

CIRCUIT_FILE = "circuit.npz"


@dataclass(frozen=True)
class KeptRun:
    """One line of the list of runs."""

    run_id: str
    created: str
    model: str
    engine: str
    seed: str
    trials: int
    duration_ms: float
    neurons: int
    silenced: int


class KeptRuns:
    """The runs in a folder.

    Parameters
    ----------
    folder
        Made with the first run. Each folder in it is one that ``SpikeTrains.load`` and ``graphkit write-back`` read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._spikes: Memory[SpikeTrains] = Memory(most=8)
        self._circuits: Memory[Circuit] = Memory(most=8)

    def all(self) -> list[KeptRun]:
        """Return the finished runs, latest first."""
        runs = []
        for path in self.folder.glob("*/run.json"):
            try:
                told = json.loads(path.read_text(encoding="utf-8"))
                runs.append(
                    KeptRun(
                        run_id=path.parent.name, created=str(told["created"]), model=str(told["model"]["name"]),
                        engine=str(told["engine"]), seed=str(told["seed"]), trials=int(told["trials"]),
                        duration_ms=float(told["duration_ms"]), neurons=int(told["circuit"]["neurons"]),
                        silenced=len(told["silence"]["root_ids"]),
                    )
                )  # fmt: skip
            except (OSError, ValueError, KeyError, TypeError):
                continue  # another program's file, or a run that is being deleted
        return sorted(runs, key=lambda run: (run.created, run.run_id), reverse=True)

    def spikes(self, run_id: str) -> SpikeTrains:
        """Return a run's spikes.

        Raises
        ------
        SelectionError
            If no run is called so.
        """
        folder = self._of(run_id)
        return self._spikes.get(run_id, lambda: SpikeTrains.load(folder))

    def has_circuit(self, run_id: str) -> bool:
        """Return whether a run is here, with its circuit: what the command line writes is without."""
        return any(path.parent.name == run_id for path in self.folder.glob(f"*/{CIRCUIT_FILE}"))

    def circuit(self, run_id: str) -> Circuit:
        """Return the circuit that a run simulated."""
        folder = self._of(run_id)
        return self._circuits.get(run_id, lambda: Circuit.load(folder / CIRCUIT_FILE))

    def delete(self, run_id: str) -> None:
        """Remove a run's folder."""
        shutil.rmtree(self._of(run_id))

    def archive(self, run_id: str) -> bytes:
        """Return a run's folder as a zip file."""
        folder = self._of(run_id)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, f"{run_id}/{path.name}")
        return packed.getvalue()

    def _of(self, run_id: str) -> Path:
        # Only names that are in the list: what a browser sends is never made into a path.
        known = {path.parent.name: path.parent for path in self.folder.glob("*/run.json")}
        if run_id not in known:
            raise SelectionError(f"no run is called {run_id[:60]!r} here: it was deleted, or is kept in another folder")
        return known[run_id]
