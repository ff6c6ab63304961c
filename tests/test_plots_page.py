"""Figures as files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import matplotlib
import matplotlib.image
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from graphkit.circuit import Circuit
from graphkit.errors import DataError, MissingDependencyError
from graphkit.files import replaced
from graphkit.plots import (
    plot_boundary,
    plot_network,
    plot_raster,
    plot_rates,
    plot_transmitters,
    save_figures,
    save_firing_activity,
    style,
    to_html,
    to_image,
)
from graphkit.spikes import SpikeTrains
from tests.explorer_browser import browser, chromium
from tests.figures import check_headings_fit, circuit_of, circuit_with_nuclei, headings

FIRST = 720575940610059726  # above 2**53, where a browser's numbers have gaps of 128


@pytest.fixture
def circuit() -> Circuit:
    """Two targets onto three neurons: 0 and 1 excite 2, 3; 2 inhibits 4; 3 excites 4."""
    pre, post = np.array([0, 0, 1, 2, 3]), np.array([2, 3, 3, 4, 4])
    edges = pd.DataFrame(
        {"pre_root_id": FIRST + pre, "post_root_id": FIRST + post, "weight_signed": [120, 30, 7, -60, 250]}
    )
    return Circuit.from_edges(edges, targets=[FIRST, FIRST + 1])


@pytest.fixture
def spikes(circuit: Circuit) -> SpikeTrains:
    """Four neurons that fire, the last silent."""
    index = np.repeat([0, 1, 2, 3], 50).astype(np.int32)
    t_ms = np.tile(np.arange(50) * 2.0, 4)
    order = np.lexsort((index, t_ms))
    return SpikeTrains(
        circuit.root_ids, circuit.group_labels, index[order], t_ms[order], np.zeros(200, np.int32), 100.0, 1,
        {"run_id": "r1"},
    )  # fmt: skip


def test_a_page_is_as_high_as_a_figure_that_has_a_row_for_each_group(spikes: SpikeTrains, tmp_path: Path) -> None:
    many = SpikeTrains(
        np.arange(1, 41), np.array([f"kind {k}" for k in range(40)]), np.arange(40, dtype=np.int32), np.zeros(40),
        np.zeros(40, np.int32), 100.0, 1, {},
    )  # fmt: skip
    tall = plot_rates(many)
    assert f"min-height: {tall.layout.height}px" in to_html(tall, tmp_path / "tall.html").read_text("utf-8")
    assert "min-height: 600px" in to_html(plot_rates(spikes), tmp_path / "low.html").read_text("utf-8")


def test_a_page_holds_ids_as_strings_and_needs_nothing_else(circuit: Circuit, tmp_path: Path) -> None:
    path = to_html(plot_network(circuit), tmp_path / "network.html")
    page = path.read_text(encoding="utf-8")
    for root_id in circuit.root_ids.tolist():
        assert f'"{root_id}"' in page
        assert not re.search(rf"(?<![\"\d]){root_id}(?!\d|\"|\\u003c)", page), "an id stands as a number"
    assert "<script src" not in page
    assert "<link" not in page
    assert "plotly.js v" in page
    assert "<title>Circuit of 5 neurons, 5 connections</title>" in page
    assert '<meta name="viewport"' in page


def test_the_same_figure_gives_the_same_page(circuit: Circuit, tmp_path: Path) -> None:
    first, again = (to_html(plot_network(circuit), tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert first == again


def test_what_users_wrote_cannot_become_markup(circuit: Circuit, tmp_path: Path) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    named = Circuit(**{**vars(circuit), "annotations": circuit.annotations.assign(cell_type=evil, kind=evil),
                       "source": {"dataset": evil}})  # fmt: skip
    page = to_html(plot_network(named, color_by="kind", order_by="cell_type"), tmp_path / "a.html").read_text("utf-8")
    assert "<img src=x" not in page
    assert evil not in page


def test_a_page_of_a_plain_plotly_figure_is_written_too(tmp_path: Path) -> None:
    path = to_html(go.Figure(go.Scatter(x=[1], y=[2])), tmp_path / "plain.html")
    assert "plotly.js v" in path.read_text(encoding="utf-8")


def test_a_failure_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "figure.html"
    path.write_text("earlier", encoding="utf-8")

    def fail() -> None:
        with replaced(path) as unfinished:
            unfinished.write_text("half", encoding="utf-8")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert path.read_text(encoding="utf-8") == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(circuit: Circuit, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no folder .*nowhere"):
        to_html(plot_network(circuit), tmp_path / "nowhere" / "a.html")


def test_save_figures_writes_all_of_them(circuit: Circuit, spikes: SpikeTrains, tmp_path: Path) -> None:
    paths = save_figures(tmp_path / "new" / "results", circuit, spikes)
    assert [path.name for path in paths] == ["network.html", "raster.html", "rates.html", "firing_activity.png"]
    assert sorted(paths[0].parent.iterdir()) == sorted(paths)
    assert all("run r1" in path.read_text(encoding="utf-8") for path in paths[:3])


def test_the_picture_shows_each_groups_spikes_in_its_colour(spikes: SpikeTrains, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    path = save_firing_activity(spikes, tmp_path / "firing_activity.png")
    assert dict(matplotlib.rcParams) == before
    image = matplotlib.image.imread(path)
    assert image.shape == (1200, 1800, 4)
    seen = np.round(image[..., :3] * 255).astype(int)
    tops = []
    for name in ("target", "downstream_1", "downstream_2"):
        color = [int(style.GROUP_COLORS[name][k : k + 2], 16) for k in (1, 3, 5)]
        rows = np.flatnonzero((np.abs(seen - color) < 40).all(axis=2).sum(axis=1) > 5)
        assert len(rows), name
        tops.append(rows[0])
    assert tops == sorted(tops)


def test_pictures_of_runs_without_spikes_or_neurons_say_so(spikes: SpikeTrains, tmp_path: Path) -> None:
    none = np.zeros(0, np.int32)
    silent = SpikeTrains(spikes.root_ids, spikes.groups, none, np.zeros(0), none, 100.0, 1)
    empty = SpikeTrains(np.zeros(0, np.int64), np.zeros(0, np.str_), none, np.zeros(0), none, 100.0, 1)
    for number, run in enumerate((silent, empty)):
        image = matplotlib.image.imread(save_firing_activity(run, tmp_path / f"{number}.png"))
        assert image.shape == (1200, 1800, 4)
    with pytest.raises(DataError, match="trial 3"):
        save_firing_activity(spikes, tmp_path / "a.png", trial=3)


def test_pictures_need_a_suffix_that_is_known_and_a_browser(
    circuit: Circuit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = plot_network(circuit)
    with pytest.raises(DataError, match=r"\.gif is not a picture's; give \.png, \.svg or \.pdf"):
        to_image(figure, tmp_path / "a.gif")
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chrome")
    with pytest.raises(MissingDependencyError, match=r"/nowhere/chrome: no such browser .*apt-get install chromium"):
        to_image(figure, tmp_path / "a.png")
    monkeypatch.setenv("BROWSER_PATH", "/bin/true")
    with pytest.raises(MissingDependencyError, match="/bin/true could not draw the figure: it drew nothing"):
        to_image(figure, tmp_path / "a.png")
    monkeypatch.delenv("BROWSER_PATH")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError, match="no browser to draw pictures with"):
        to_image(figure, tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_pictures_are_what_their_suffix_says(circuit: Circuit, spikes: SpikeTrains, tmp_path: Path) -> None:
    chromium()
    figure = plot_network(circuit, color_by="group")
    image = matplotlib.image.imread(to_image(figure, tmp_path / "a.png", width=700, height=500))
    assert image.shape[:2] == (1000, 1400)
    seen = np.round(image[..., :3] * 255).astype(int)
    for name in ("target", "downstream_1"):
        color = [int(style.GROUP_COLORS[name][k : k + 2], 16) for k in (1, 3, 5)]
        assert (np.abs(seen - color) < 20).all(axis=2).sum() > 50, name  # the graphics card's marks are there, too
    drawing = to_image(figure, tmp_path / "a.svg", width=700, height=500).read_text(encoding="utf-8")
    assert drawing.startswith("<svg")
    assert "Circuit of 5 neurons" in drawing
    assert to_image(figure, tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    many = plot_raster(spikes, max_spikes=5)
    drawing = to_image(many, tmp_path / "many.svg").read_text(encoding="utf-8")
    assert "downstream_1" in drawing
    assert "every spike" not in drawing, "nothing in a picture can be switched on"


@pytest.mark.long
def test_a_click_shows_partners_and_zooming_shows_spikes(circuit: Circuit, spikes: SpikeTrains, tmp_path: Path) -> None:
    with browser() as opened:
        page = opened.new_page(viewport={"width": 1400, "height": 800})
        page.goto(to_html(plot_network(circuit), tmp_path / "network.html").as_uri(), timeout=120_000)
        page.wait_for_function("document.querySelector('.gtitle')?.getBBox().height > 0")
        # What a click on the third neuron sends: it has two inputs and one output.
        click = "document.getElementById('figure').emit('plotly_click', {points: [{customdata: '%s'}]})" % (FIRST + 2)
        before = page.evaluate("document.getElementById('figure').data.length")
        page.evaluate(click)
        page.wait_for_function(f"document.getElementById('figure').data.length === {before} + 2")
        page.wait_for_timeout(1000)
        bright = page.evaluate(
            "document.getElementById('figure')._fullData.filter(t => t.mode === 'markers' && t.customdata"
            " && typeof t.customdata[0] === 'string').flatMap(t => (t.selectedpoints ?? []).map(k => t.customdata[k]))"
        )
        assert sorted(bright) == [str(FIRST + k) for k in (0, 2, 4)]
        page.evaluate(click)
        page.wait_for_function(f"document.getElementById('figure').data.length === {before}")
        assert [error.message for error in page.page_errors()] == []

        page.goto(to_html(plot_raster(spikes, max_spikes=40), tmp_path / "raster.html").as_uri(), timeout=120_000)
        page.wait_for_function("document.querySelector('.gtitle')?.getBBox().height > 0")
        shown = ("JSON.stringify(document.getElementById('figure')._fullData.filter(t => t.type === 'scattergl')"
                 ".map(t => [t.visible, t.visible === true ? Array.from(t.customdata) : []]))")  # fmt: skip
        assert {visible for visible, _ in json.loads(page.evaluate(shown))} <= {"legendonly", False}
        page.evaluate("Plotly.relayout('figure', {'xaxis.range': [9.5, 14.5]})")
        page.wait_for_function(
            "document.getElementById('figure')._fullData.every(t => t.type !== 'heatmap' || !t.visible)"
        )
        page.wait_for_timeout(1000)
        ids = [root_id for visible, part in json.loads(page.evaluate(shown)) for root_id in part if visible is True]
        inside = spikes.root_id[(spikes.t_ms >= 9.5) & (spikes.t_ms < 14.5)]
        assert sorted(ids) == sorted(inside.astype(str).tolist())
        page.evaluate("Plotly.relayout('figure', {'xaxis.range': [0, 100]})")
        page.wait_for_function(
            "document.getElementById('figure')._fullData.some(t => t.type === 'heatmap' && t.visible)"
        )
        assert [error.message for error in page.page_errors()] == []


@pytest.mark.long
@pytest.mark.parametrize("width", [1400, 390])
def test_pages_open_in_a_real_browser(circuit: Circuit, spikes: SpikeTrains, tmp_path: Path, width: int) -> None:
    with browser() as opened:
        for path in save_figures(tmp_path, circuit, spikes)[:3]:
            page = opened.new_page(viewport={"width": width, "height": 800})
            page.goto(path.as_uri(), timeout=120_000)
            page.wait_for_function("document.querySelector('.gtitle')?.getBBox().height > 0")
            page.wait_for_timeout(1000)
            assert [error.message for error in page.page_errors()] == []
            told = [message.text for message in page.console_messages()]
            assert [text for text in told if "GL Driver Message" not in text] == []  # of the browser's own drawing
            box = page.evaluate("(() => { const b = document.querySelector('.gtitle').getBoundingClientRect();"
                                " return [b.left, b.right, b.top] })()")  # fmt: skip
            assert box[0] >= 0
            assert box[1] <= width
            assert box[2] >= 0
            ids = json.loads(page.evaluate("JSON.stringify(document.getElementById('figure').data"
                                           ".flatMap(t => Array.from(t.customdata ?? []).flat()))"))  # fmt: skip
            assert str(FIRST) in ids
            page.close()


@pytest.mark.long
@pytest.mark.parametrize("figure", [plot_boundary, plot_transmitters], ids=lambda plot: plot.__name__)
def test_titles_of_axes_fit_onto_a_phone(figure: Callable[[Circuit], go.Figure], tmp_path: Path) -> None:
    path = to_html(figure(circuit_of()), tmp_path / "figure.html")
    with browser() as opened:
        page = opened.new_page(viewport={"width": 390, "height": 800})
        page.goto(path.as_uri(), timeout=120_000)
        page.wait_for_function("document.querySelector('.gtitle')?.getBBox().height > 0")
        page.wait_for_timeout(1000)
        left, right = page.evaluate(
            "[...document.querySelectorAll('.xtitle, .x2title')].map(title => title.getBoundingClientRect())"
            ".map(box => [box.left, box.right]).sort((one, other) => one[0] - other[0])"
        )
    assert 0 <= left[0] < left[1] <= right[0] < right[1] <= 390


@pytest.mark.long
@pytest.mark.parametrize("depth", [1, 3])
def test_headings_of_levels_fit_onto_a_phone(depth: int, tmp_path: Path) -> None:
    path = to_html(plot_network(circuit_with_nuclei(depth=depth)), tmp_path / "figure.html")
    found = []
    with browser() as opened:
        page = opened.new_page(viewport={"width": 1400, "height": 800})
        page.goto(path.as_uri(), timeout=120_000)
        page.wait_for_function("document.querySelector('.gtitle')?.getBBox().height > 0")
        for width in (1400, 390, 1400):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_timeout(1000)
            found.append(headings(page))
    wide, narrow, again = found
    check_headings_fit(narrow, 390)
    assert again == wide
