"""What generating a connectome costs.

Run ``python benchmarks/generate.py --neurons 139255 --edges 15091983 --profile unthresholded`` from a checkout.
Statistics are read back from the files, after the generator's peak memory is taken.
"""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from machine import describe
from pyarrow import csv

from graphkit.synthetic import PROFILES, Profile, generate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--neurons", type=int, default=139_255)
    parser.add_argument("--edges", type=int, default=2_701_601, help="merged ordered pairs")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="codex")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a tenth of a fly")
    given = parser.parse_args()
    if given.short:
        given.neurons, given.edges = given.neurons // 10, given.edges // 10
    print(describe("numpy", "pyarrow"))
    with TemporaryDirectory() as scratch:
        report = generate(scratch, neurons=given.neurons, edges=given.edges, profile=given.profile, seed=given.seed)
        # Linux counts kilobytes, macOS bytes.
        used = resource.getrusage(resource.RUSAGE_SELF)
        peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        size = sum(file.stat().st_size for file in report.files)
        print(f"{report.neurons:,} neurons, {report.pairs:,} pairs, {report.rows:,} rows, {report.synapses:,} synapses")
        print(f"{report.seconds:.1f} s, {report.rows / report.seconds:,.0f} rows/s, {size / 1e6:,.0f} MB written")
        print(f"processor time {used.ru_utime + used.ru_stime:.1f} s, peak memory {peak / 1e6:,.0f} MB\n")
        print_statistics(Path(scratch), PROFILES[given.profile])


def print_statistics(folder: Path, stated: Profile) -> None:
    """Print what the files hold beside the published figures, with a dash where there is none."""
    words = csv.ConvertOptions(auto_dict_encode=True, strings_can_be_null=True)
    rows = csv.read_csv(folder / "connections.csv", convert_options=words).combine_chunks()
    neurons = csv.read_csv(folder / "neurons.csv", convert_options=words)
    classification = csv.read_csv(folder / "classification.csv", convert_options=words)

    ids = neurons["root_id"].to_numpy()
    pre, post = (np.searchsorted(ids, rows[name].to_numpy()) for name in ("pre_root_id", "post_root_id"))
    synapses = rows["syn_count"].to_numpy()
    pair = pre * len(ids) + post
    # The rows of a pair stand together.
    starts = np.flatnonzero(np.diff(pair, prepend=-1))
    count = np.diff(starts, append=len(pair))
    several = count > 1
    kinds = rows["nt_type"].combine_chunks().indices.to_numpy()
    disagreeing = np.minimum.reduceat(kinds, starts) != np.maximum.reduceat(kinds, starts)
    pre, post, pairs = pre[starts], post[starts], pair[starts]
    answered = np.isin(post * len(ids) + pre, pairs)
    outputs, inputs = (np.bincount(ends, minlength=len(ids)) for ends in (pre, post))
    connected = outputs + inputs > 0

    print(f"{'':34}{'generated':>12}{'published':>12}")
    _line("rows per pair", len(pair) / len(pairs), stated.rows / stated.pairs)
    _line("synapses per pair", synapses.sum() / len(pairs), stated.synapses / stated.pairs)
    _line("pairs with several rows", several.mean(), stated.several_rows)
    _line("  which disagree on nt_type", disagreeing[several].mean() if several.any() else np.nan, stated.disagreeing)
    _line("  most rows of one pair", count.max(), None)
    _line("rows below 5 synapses", (synapses < 5).mean(), stated.small_rows)
    _line("reciprocal pairs", answered.mean(), stated.reciprocity)
    _line("neurons without connections", 1 - connected.mean(), 5_074 / 139_255)
    for name, degree in (("outputs", outputs[connected]), ("inputs", inputs[connected])):
        _line(f"{name}: mean", degree.mean(), stated.pairs / (139_255 - 5_074))
        for percent in (50, 90, 99, 100):
            _line(f"{name}: percentile {percent}", np.percentile(degree, percent), None)
    _line("correlation of both", np.corrcoef(outputs[connected], inputs[connected])[0, 1], 0.76)
    shares: tuple[tuple[pa.Table, str, dict[str | None, float]], ...] = (
        (neurons, "nt_type", {"ACH": 0.591, "GLUT": 0.141, "GABA": 0.115, "SER": 0.007, "DA": 0.004, None: 0.141}),
        (classification, "super_class", {"optic": 0.557, "central": 0.233, "sensory": 0.121}),
        (classification, "flow", {"intrinsic": 0.851, "afferent": 0.138, "efferent": 0.011}),
        (classification, "side", {"left": 0.502, "right": 0.496, "center": 0.001}),
    )
    for table, column, published in shares:
        values = table[column].to_pylist()
        for value, share in published.items():
            _line(f"{column} {value or 'empty'}", values.count(value) / len(values), share)


def _line(what: str, found: float | np.floating, published: float | None) -> None:
    print(f"{what:34}{found:12.4g}" + ("           -" if published is None else f"{published:12.4g}"))


if __name__ == "__main__":
    main()
