"""Experiments of several runs, from their conditions to their figures."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from graphkit import Circuit, simulate
from graphkit.errors import DataError, SelectionError, SimulationError
from graphkit.experiments import run_conditions, sweep
from graphkit.plots import (
    compare_rates,
    plot_comparison,
    plot_sweep,
    style,
)
from tests.figures import circuit_of, color_of, silent, spikes_of, text_of

CIRCUIT = circuit_of(30, 200)


def test_conditions_share_their_input_and_differ_by_what_they_change() -> None:
    silenced = CIRCUIT.root_ids[:2].tolist()
    told: list[tuple[int, int | None, str]] = []
    runs = run_conditions(
        CIRCUIT, {"control": {}, "silenced": {"silence": silenced}, "weak": {"synapse_mv": 0.1}}, duration_ms=100,
        trials=2, seed=4, progress=lambda *state: told.append(state),
    )  # fmt: skip
    alone = simulate(CIRCUIT, duration_ms=100, trials=2, seed=4, silence=silenced)
    pd.testing.assert_frame_equal(runs["silenced"].to_frame(), alone.to_frame())
    model: Any = runs["weak"].run["model"]
    assert model["parameters"]["synapse_mv"] == 0.1
    assert told == [(1, 3, "conditions"), (2, 3, "conditions"), (3, 3, "conditions")]
    drawn = run_conditions(CIRCUIT, {"a": {}, "b": {}}, duration_ms=50)
    assert drawn["a"].run["seed"] == drawn["b"].run["seed"]
    np.testing.assert_array_equal(drawn["a"].t_ms, drawn["b"].t_ms)


def test_a_sweep_is_the_runs_at_its_points() -> None:
    table = sweep(CIRCUIT, {"rate_hz": [10, 80], "synapse_mv": [0.1, 0.4]}, duration_ms=100, trials=3, seed=2)
    assert table.columns.tolist() == [
        "rate_hz", "synapse_mv", "group", "neurons", "fired", "group_rate_hz", "group_rate_sd_hz",
    ]  # fmt: skip
    point = table[(table["rate_hz"] == 80) & (table["synapse_mv"] == 0.4)].set_index("group")
    run = run_conditions(CIRCUIT, {"": {"rate_hz": 80, "synapse_mv": 0.4}}, duration_ms=100, trials=3, seed=2)[""]
    expected = run.group_rates().set_index("group")
    assert point["group_rate_hz"].to_dict() == expected["rate_hz"].to_dict()
    counts = run.counts()[run.members()["target"]].mean(axis=0) * 10
    assert point.loc["target", "group_rate_sd_hz"] == pytest.approx(counts.std())


def test_sweeps_are_drawn_as_lines_and_as_heat_maps() -> None:
    one = sweep(CIRCUIT, {"rate_hz": [10, 80]}, duration_ms=100, seed=2)
    figure = plot_sweep(one)
    for trace in figure.data:
        part = one[one["group"] == trace.name]
        assert list(trace.x) == [10, 80]
        assert list(trace.y) == part["group_rate_hz"].tolist()
    assert color_of(figure, "target") == style.GROUP_COLORS["target"]
    assert figure.layout.xaxis.title.text == "rate_hz (Hz)"
    assert figure.layout.yaxis.title.text == "rate of the group (Hz)"
    assert "toy" in text_of(figure)
    assert "2 points, the same random input in each" in text_of(figure)
    two = sweep(CIRCUIT, {"rate_hz": [10, 80], "synapse_mv": [0.1, 0.2, 0.4]}, duration_ms=50, seed=2)
    (trace,) = plot_sweep(two, group="target").data
    for row in two[two["group"] == "target"].to_dict("records"):
        up, across = trace.y.index(str(row["synapse_mv"])), trace.x.index(str(row["rate_hz"]))
        assert trace.z[up][across] == row["group_rate_hz"]
    with pytest.raises(DataError, match=r"group 'rest' is not known; known are target"):
        plot_sweep(two, group="rest")
    with pytest.raises(DataError, match="the sweep has 3: rate_hz, synapse_mv, other"):
        plot_sweep(two.assign(other=1))
    with pytest.raises(DataError, match=r"no column group; give the answer of graphkit\.experiments\.sweep"):
        plot_sweep(pd.DataFrame({"rate_hz": [1]}))
    assert "the sweep has no points" in text_of(plot_sweep(one.iloc[:0]))


def test_what_cannot_be_simulated_names_the_condition() -> None:
    with pytest.raises(SimulationError, match="no condition was given"):
        run_conditions(CIRCUIT, {})
    with pytest.raises(SimulationError, match=r"condition 'odd': .*unexpected keyword argument 'colour'"):
        run_conditions(CIRCUIT, {"odd": {"colour": 1}})
    with pytest.raises(SimulationError, match="condition 'tau_membrane_ms -1': tau_membrane_ms is -1"):
        sweep(CIRCUIT, {"tau_membrane_ms": [-1]})
    with pytest.raises(SimulationError, match="rate_hz has no values to sweep over"):
        sweep(CIRCUIT, {"rate_hz": []})
    with pytest.raises(SimulationError, match="parameters has no values"):
        sweep(CIRCUIT, {})
    with pytest.raises(SimulationError, match="a value is given twice"):
        sweep(CIRCUIT, {"rate_hz": [1, 1]})


def test_the_probability_is_scipys_poisson_means_test() -> None:
    a, b = spikes_of(circuit_of(), trials=3, mean=2), spikes_of(circuit_of(), trials=1, mean=8)
    table = compare_rates(a, b)
    counts_a, counts_b = (run.rates()["spike_count"].tolist() for run in (a, b))
    for row, n_a, n_b in zip(table.to_dict("records"), counts_a, counts_b, strict=True):
        if n_a + n_b:
            lower = scipy.stats.binomtest(n_a, n_a + n_b, 0.75, "less").pvalue
            upper = scipy.stats.binomtest(n_a, n_a + n_b, 0.75, "greater").pvalue
            assert row["p"] == pytest.approx(min(1, 2 * min(lower, upper)))
        else:
            assert row["p"] == 1
        assert row["change_hz"] == pytest.approx(row["rate_b_hz"] - row["rate_a_hz"])
    assert table["q"].to_numpy() == pytest.approx(scipy.stats.false_discovery_control(table["p"]))


@pytest.mark.parametrize("view", ["scatter", "volcano"])
def test_two_runs_are_drawn_neuron_by_neuron(view: Literal["scatter", "volcano"]) -> None:
    a, b = spikes_of(circuit_of(), mean=2), spikes_of(circuit_of(), mean=8)
    table = compare_rates(a, b).set_index("root_id")
    figure = plot_comparison(a, b, view=view, names=("low", "high"))
    points = [trace for trace in figure.data if trace.type == "scattergl"]
    found = {
        int(root_id): (x, y)
        for trace in points
        for root_id, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)
    }
    fired = table[(table["rate_a_hz"] > 0) | (table["rate_b_hz"] > 0)]
    assert set(found) == set(fired.index)
    for root_id, row in zip(fired.index, fired.to_dict("records"), strict=True):
        expected = (
            (row["rate_a_hz"], row["rate_b_hz"]) if view == "scatter" else (row["change_hz"], -np.log10(row["p"]))
        )
        assert found[root_id] == pytest.approx(expected)
    for trace in points:
        changed = table.loc[[int(root_id) for root_id in trace.customdata], "q"] < 0.05
        assert changed.nunique() == 1
        assert ("unchanged" in trace.name) != changed.iloc[0]
    up = int(((table["q"] < 0.05) & (table["change_hz"] > 0)).sum())
    assert f"{up:,} up, 0 down" in text_of(figure)
    axes = figure.layout.xaxis.title.text, figure.layout.yaxis.title.text
    assert axes == {"scatter": ("rate in low (Hz)", "rate in high (Hz)"),
                    "volcano": ("change from low to high (Hz)", "−log₁₀ p")}[view]  # fmt: skip
    each = plot_comparison(*(run.grouped_by(circuit_of().neurons(), "root_id") for run in (a, b)), view=view)
    assert len({trace.legendgroup for trace in each.data if trace.type == "scattergl"}) <= 9, "a colour for each group"
    assert "the others are '52 other groups'" in text_of(each)
    few = plot_comparison(a, b, view=view, max_neurons=5)
    assert sum(len(trace.x) for trace in few.data if trace.type == "scattergl") == 5
    assert f"{len(fired) - 5} points with smaller changes left out" in text_of(few)


def test_runs_that_cannot_be_compared_say_so() -> None:
    circuit = circuit_of()
    assert "no neuron fired in either run" in text_of(plot_comparison(silent(circuit), silent(circuit)))
    other = Circuit.from_edges(pd.DataFrame({"pre_root_id": [1], "post_root_id": [2], "weight_signed": [1]}))
    with pytest.raises(SelectionError, match="the two runs have no neuron in common"):
        plot_comparison(silent(circuit), silent(other))
    with pytest.raises(DataError, match=r"view 'bars'.*scatter, volcano"):
        plot_comparison(silent(circuit), silent(circuit), view="bars")  # type: ignore[arg-type]  # a slip
