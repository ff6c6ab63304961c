"""Kill every step of an embedded graph at random moments: ``python -m tests.soak.embedded --kills 200``.

Most kills fall inside a step's transaction, the others anywhere from opening the graph to closing it. Each is logged
with the statement that it hit and with what was found; the last table counts them. The exit code is 1 if a commit was
lost, a graph could not be opened, half a state was taken for a whole one, or a repeated step ended otherwise than an
undisturbed one.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.soak.killing import STEPS, Found, Kill, events_of, kill_and_repeat, prepare

#: Kills that have to hit the inside of each step's transaction.
INSIDE = 10


def main() -> int:
    """Run the trial and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--neurons", type=int, default=3000)
    parser.add_argument("--edges", type=int, default=60_000)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    found: list[Found] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="graphkit-soak-") as folder:
        trial = prepare(Path(folder), given.neurons, given.edges)
        spans = {step: _spans(events_of(trial, step)) for step in STEPS}
        while len(found) < given.kills or _lacking(found):
            step = draw.choice(_lacking(found) if len(found) >= given.kills else list(STEPS))
            found.append(kill_and_repeat(trial, step, _aimed(draw, spans[step])))
            last = found[-1]
            print(f"{len(found):4} {step:<10} killed during: {last.during:<60} found: {last.state:<11} "
                  f"{'half a commit undone, ' if last.undone else ''}{'; '.join(last.faults) or 'repeated, equal'}",
                  flush=True)  # fmt: skip
    _summarise(found, time.monotonic() - started)
    return 1 if any(one.faults for one in found) else 0


def _spans(told: list[tuple[float, str]]) -> dict[str, tuple[str, float]]:
    """Return, by part of a step, the event that it follows and how long it takes undisturbed (s)."""
    at = {event: seconds for seconds, event in told}
    first = told[0]
    return {
        "whole": (first[1], told[-1][0] - first[0]),
        "transaction": ("BEGIN", at["COMMIT"] - at["BEGIN"]),
        "commit": ("COMMIT", at["committed"] - at["COMMIT"]),
    }


def _aimed(draw: random.Random, spans: dict[str, tuple[str, float]]) -> Kill:
    after, seconds = spans[draw.choices(["transaction", "commit", "whole"], [6, 2, 2])[0]]
    return Kill(after=after, delay_s=draw.random() * seconds)


def _lacking(found: list[Found]) -> list[str]:
    inside = Counter(one.step for one in found if one.in_transaction)
    return [step for step in STEPS if inside[step] < INSIDE]


def _summarise(found: list[Found], seconds: float) -> None:
    print(f"\n{len(found)} kills in {seconds:.0f} s")
    print(
        "| step | kills | inside the transaction | done | interrupted | earlier state | half commits undone | faults |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for step in (*STEPS, "all"):
        ones = [one for one in found if step in (one.step, "all")]
        states = Counter("done" if one.state == "done" else one.state for one in ones)
        counts = (len(ones), sum(one.in_transaction for one in ones), states["done"], states["interrupted"],
                  states["missing"] + states["stale"], sum(one.undone for one in ones),
                  sum(bool(one.faults) for one in ones))  # fmt: skip
        print(f"| {step} | " + " | ".join(map(str, counts)) + " |")
    for fault, times in Counter(fault.split(":")[0] for one in found for fault in one.faults).items():
        print(f"{times} x {fault}")


if __name__ == "__main__":
    sys.exit(main())
