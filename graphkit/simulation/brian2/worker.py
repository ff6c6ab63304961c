"""A process that runs some trials: a pickled run on its standard input, what came of it on its standard output."""

from __future__ import annotations

import os
import pickle
import sys

from graphkit.errors import GraphkitError
from graphkit.simulation.brian2.trials import Outcome, run_jobs

__all__: list[str] = []


def _main() -> None:
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what operations print must not get into the answer
    run, jobs, device = pickle.load(sys.stdin.buffer)
    found: list[Outcome] | GraphkitError
    try:
        found = run_jobs(run, jobs, device)
    except GraphkitError as error:
        found = error
    with answer:
        pickle.dump(found, answer)


if __name__ == "__main__":
    _main()
