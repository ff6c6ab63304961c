"""Kill the client or the server of a Neo4j graph at random moments: ``python -m tests.soak.neo4j``.

Every kill falls into a transaction of a step unless that ended before the kill came. Each is
logged with what was found, and the last table counts them. The exit code is 1 if anything committed was lost, half a
state was taken for a whole one, the next command did not say what is unfinished, or a repeated step ended otherwise
than an undisturbed one.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.neo4j_process import Neo4jProcess
from tests.neo4j_server import DEFAULT_VERSION
from tests.soak.server_kills import STEPS, Found, Kill, Trial, kill_and_repeat, prepare

#: A server that is started often is sooner up without Java's second compiler.
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def main() -> int:
    """Run the trial and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=50, help="clients to kill")
    parser.add_argument("--servers", type=int, default=50, help="servers to kill; each takes as long as a start")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many, with fewer kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--neurons", type=int, default=300)
    parser.add_argument("--edges", type=int, default=3000)
    parser.add_argument("--version", default=DEFAULT_VERSION)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    found: list[Found] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="graphkit-soak-") as name:
        files, home = Path(name, "files"), Path(name, "server")
        home.mkdir()
        process = Neo4jProcess(given.version, folder=home, java_options=QUICK)
        try:
            process.start()
            trial = prepare(Trial(process.uri, process.password, files, process), given.neurons, given.edges)
            left = {"client": given.clients, "server": given.servers}
            for step in itertools.cycle(STEPS):
                if not any(left.values()) or time.monotonic() - started > 60 * given.minutes:
                    break
                (whom,) = draw.choices(list(left), list(left.values()))
                left[whom] -= 1
                found.append(kill_and_repeat(trial, step, _aimed(draw, trial, step, whom)))
                _tell(len(found), found[-1])
        finally:
            process.kill()
    _summarise(found, time.monotonic() - started)
    return 1 if any(one.faults for one in found) else 0


def _aimed(draw: random.Random, trial: Trial, step: str, whom: str) -> Kill:
    """Return a kill at a random moment of a random transaction of the step."""
    assert trial.transactions is not None
    durations = trial.transactions[step]
    chosen = draw.randrange(len(durations))
    return Kill(whom, chosen, draw.random() * durations[chosen])


def _tell(number: int, one: Found) -> None:
    where = "inside" if one.inside else "between transactions"
    print(f"{number:4} {one.step:<10} {one.kill.whom:<6} killed {where:<20} (transaction {one.kill.transaction}, "
          f"{one.kill.delay_s * 1000:.0f} ms) client: {one.child[:40]:<40} step: {one.state:<11} "
          f"{'; '.join(one.faults) or 'repeated, equal'}", flush=True)  # fmt: skip


def _summarise(found: list[Found], seconds: float) -> None:
    print(f"\n{len(found)} kills in {seconds:.0f} s")
    print("| step | killed | kills | inside a transaction | went on by itself | interrupted | done before | faults |")
    print("|---|---|---|---|---|---|---|---|")
    for step in (*STEPS, "all"):
        for whom in ("client", "server"):
            ones = [one for one in found if step in (one.step, "all") and one.kill.whom == whom]
            went_on = sum(one.inside and one.child == "done" for one in ones)
            states = Counter(one.state for one in ones)
            counts = (len(ones), sum(one.inside for one in ones), went_on, states["interrupted"],
                      states["done"] - went_on, sum(bool(one.faults) for one in ones))  # fmt: skip
            print(f"| {step} | {whom} | " + " | ".join(map(str, counts)) + " |")


if __name__ == "__main__":
    sys.exit(main())
