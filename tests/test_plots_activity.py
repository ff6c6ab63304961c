"""Figures of spikes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from graphkit.errors import DataError
from graphkit.plots import plot_raster, plot_rates, style
from graphkit.plots.activity import largest_groups
from graphkit.statistics import population_rates
from tests.figures import (
    circuit_of,
    color_of,
    spikes_of,
    text_of,
)


def raster_traces(figure: go.Figure) -> list[go.Scattergl]:
    return [trace for trace in figure.data if trace.type == "scattergl"]


def test_a_raster_holds_every_spike_of_the_trial_at_its_neurons_rank() -> None:
    spikes = spikes_of(circuit_of())
    figure = plot_raster(spikes, trial=1)
    frame = spikes.to_frame()
    frame = frame[frame["trial"] == 1]
    drawn = pd.concat(
        pd.DataFrame({"root_id": np.asarray(t.customdata).astype(np.int64), "t_ms": t.x, "rank": t.y, "group": t.name})
        for t in raster_traces(figure)
    )
    keys = ["root_id", "t_ms"]
    assert drawn.sort_values(keys)[keys].to_numpy().tolist() == frame.sort_values(keys)[keys].to_numpy().tolist()
    for name, part in drawn.groupby("group"):
        counts = part.groupby("root_id").agg(rank=("rank", "first"), ranks=("rank", "nunique"), spikes=("t_ms", "size"))
        assert (counts["ranks"] == 1).all()
        ordered = counts.sort_values("rank")
        assert ordered["rank"].tolist() == list(range(1, len(counts) + 1))
        assert ordered["spikes"].is_monotonic_decreasing
        assert color_of(figure, str(name)) == style.GROUP_COLORS[str(name)]
    first = plot_raster(spikes, trial=1, sort_by="first_spike")
    for trace in raster_traces(first):
        earliest = pd.Series(trace.x).groupby(np.asarray(trace.y)).min()
        assert earliest.is_monotonic_increasing


def test_population_rates_below_count_all_neurons_and_the_shorter_last_bin() -> None:
    circuit = circuit_of()
    spikes = spikes_of(circuit)
    figure = plot_raster(spikes, bin_ms=10)
    frame = spikes.to_frame().assign(group=spikes.groups[spikes.index])
    frame = frame[frame["trial"] == 0]
    lines = {trace.name: trace for trace in figure.data if trace.type == "scatter"}
    assert set(lines) == {"target", "downstream_1", "downstream_2", "functional_nuclei"}
    for name in ("target", "downstream_1", "downstream_2"):
        counted = frame[frame["group"] == name].groupby(frame["t_ms"] // 10).size().reindex(range(10), fill_value=0)
        expected = counted / np.array([0.01] * 9 + [0.005]) / (spikes.groups == name).sum()
        assert np.asarray(lines[name].y)[:-1] == pytest.approx(expected.to_numpy())
    nuclei = circuit.functional_nucleus[spikes.index] & (spikes.trial == 0)
    mean = (np.asarray(lines["functional_nuclei"].y)[:-1] * ([10.0] * 9 + [5.0])).sum() / 1000
    assert mean * circuit.functional_nucleus.sum() == pytest.approx(nuclei.sum())
    assert lines["target"].x[-1] == 95.0
    axis = figure.layout[lines["target"].yaxis.replace("y", "yaxis")]
    assert axis.title.text == "population rate (Hz), 10 ms bins"
    assert figure.layout.xaxis.title.text == "time (ms)"
    assert list(figure.layout.xaxis.range) == [0, 95]
    assert "10 ms bins, not smoothed" in text_of(figure)


@pytest.mark.parametrize("duration_ms", [95.0, 4000.0])
def test_more_spikes_than_the_cap_are_a_picture_that_counts_every_one(duration_ms: float) -> None:
    spikes = spikes_of(circuit_of(), duration_ms=duration_ms)
    figure = plot_raster(spikes, max_spikes=50)
    total = int((spikes.trial == 0).sum())
    assert f"{total:,} spikes, counted in bins of rank and time" in text_of(figure)
    assert "zoom" not in text_of(figure), "a picture cannot be zoomed: pages say it themselves"
    pictures = [trace for trace in figure.data if trace.type == "heatmap"]
    counted = sum(float(np.sum(trace.z, dtype=np.float64)) * trace.dx / 1000 * trace.dy for trace in pictures)
    assert counted == pytest.approx(total, rel=1e-5)
    whole = raster_traces(plot_raster(spikes))
    for every, shown in zip(raster_traces(figure), whole, strict=True):
        # Without a page that zooms, the legend shows them.
        assert every.visible == "legendonly"
        assert np.asarray(every.x) == pytest.approx(np.asarray(shown.x))
        assert (np.diff(every.x) >= 0).all()  # pages search in them
        ids = [every.meta["ids"][rank - 1] for rank in every.y]
        assert ids == list(shown.customdata)
    assert figure.layout.meta["spikes"] == 50
    assert "spikes" not in plot_raster(spikes).layout.meta


def test_groups_beyond_the_cap_share_a_panel_and_rates_are_smoothed() -> None:
    circuit = circuit_of()
    by_id = spikes_of(circuit).grouped_by(circuit.neurons(), "root_id")
    figure = plot_raster(by_id, max_groups=3, smooth_ms=20)
    rates = {trace.name: trace for trace in figure.data if trace.type == "scatter"}
    assert len(rates) == 3
    assert rates["58 other groups"].line.color == style.UNKNOWN, "a colour stands for one group"
    assert "the 2 groups with most neurons" in text_of(figure)
    smooth = population_rates(largest_groups(by_id, 3)[0], bin_ms=10, smooth_ms=20, trial=0)
    expected = smooth.loc[smooth["group"] == "58 other groups", "rate_hz"].to_numpy()
    assert np.asarray(rates["58 other groups"].y)[:-1] == pytest.approx(expected)
    assert "smoothed with a Gaussian of SD 20 ms" in text_of(figure)
    long = by_id.grouped_by(
        circuit.neurons().assign(kind="a name that is longer than any axis has room for, A"), "kind"
    )
    (row,) = plot_rates(long).layout.yaxis.ticktext
    assert row.startswith("<b>a name that is…om for, A</b>")
    rows = plot_rates(by_id, max_groups=3).layout.yaxis.ticktext
    assert len(rows) == 3
    with pytest.raises(DataError, match="max_groups is 0; give a whole number, 1 or more"):
        plot_raster(by_id, max_groups=0)


def test_sorted_by_level_neurons_keep_the_circuits_order() -> None:
    spikes = spikes_of(circuit_of())
    for trace in raster_traces(plot_raster(spikes, sort_by="level")):
        ranks = pd.Series(trace.y, index=[int(root_id) for root_id in trace.customdata]).groupby(level=0).first()
        position = {root_id: place for place, root_id in enumerate(spikes.root_ids.tolist())}
        assert ranks.sort_values().index.map(position).is_monotonic_increasing


def test_a_part_of_a_run_keeps_its_time() -> None:
    part = spikes_of(circuit_of()).between(20, 60)
    figure = plot_raster(part)
    assert list(figure.layout.xaxis.range) == [20, 60]
    times = np.concatenate([trace.x for trace in raster_traces(figure)])
    assert times.min() >= 20
    assert times.max() < 60
    assert [trace.x[0] for trace in figure.data if trace.type == "scatter"] == [20.0] * 4


def test_rates_show_every_neuron_that_fired_and_means_over_all() -> None:
    circuit = circuit_of()
    spikes = spikes_of(circuit)
    figure = plot_rates(spikes)
    rates, groups = spikes.rates(), spikes.group_rates()
    points = [trace for trace in figure.data if trace.type == "scattergl"]
    boxes = [trace for trace in figure.data if trace.type == "box"]
    for row, point, box in zip(groups.to_dict("records"), points, boxes, strict=True):
        mask = (rates["group"] == row["group"]).to_numpy()
        if row["group"] == "functional_nuclei":
            mask = circuit.functional_nucleus
        mine = rates[mask & (rates["spike_count"] > 0)].set_index("root_id")["rate_hz"]
        assert dict(zip(map(int, point.customdata), point.x, strict=True)) == pytest.approx(mine.to_dict())
        assert sorted(box.x) == pytest.approx(sorted(mine))
        assert point.marker.color == box.line.color == style.GROUP_COLORS[row["group"]]
    (means,) = [trace for trace in figure.data if trace.name == "mean over all neurons"]
    assert list(means.x) == pytest.approx(groups["rate_hz"].tolist())
    (silent,) = [trace for trace in figure.data if trace.type == "bar"]
    assert list(silent.x) == pytest.approx((100 * (1 - groups["fired"] / groups["neurons"])).tolist())
    labels = " ".join(figure.layout.yaxis.ticktext)
    for row in groups.to_dict("records"):
        said = f"<b>{row['group']}</b><br>{row['neurons']} neurons<br>{row['fired']} fired"
        assert f"{said}<br>mean {row['rate_hz']:.2f} Hz" in labels
    assert figure.layout.xaxis.title.text == "firing rate (Hz)"
    assert figure.layout.xaxis2.title.text == "silent (%)"


def test_the_cap_of_points_is_stated_and_leaves_boxes_whole() -> None:
    spikes = spikes_of(circuit_of())
    figure = plot_rates(spikes, max_neurons=10)
    points = sum(len(trace.x) for trace in figure.data if trace.type == "scattergl")
    boxes = sum(len(trace.x) for trace in figure.data if trace.type == "box")
    assert points == 10 < boxes
    assert f"10 of {boxes} points drawn" in text_of(figure)
    assert f"{boxes - 10} left out" in text_of(figure)
