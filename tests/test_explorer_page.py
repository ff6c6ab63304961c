"""The page in a real browser, clicked through as a person would."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest
from playwright.sync_api import Browser

from graphkit.circuit import Circuit
from graphkit.connectome import Connectome, connect
from graphkit.explorer import Site
from graphkit.explorer.figures import shown_figure
from graphkit.plots import plot_network
from graphkit.synthetic import generate
from loaders.flywire import FlyWire
from loaders.generated import Generated
from tests.explorer_browser import Walk, browser, site
from tests.figures import check_headings_fit, circuit_with_nuclei, headings
from tests.neo4j_server import Neo4jServer

ENDLESS = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a * b AS c WHERE c % 7 = 3 RETURN sum(c) AS c"


@dataclass(frozen=True)
class Explored:
    """The graph that is explored, on either engine."""

    address: str
    password: str | None = field(default=None, repr=False)

    def open(self, *, read_only: bool = False) -> Connectome:
        return connect(self.address, password=self.password, read_only=read_only)


@pytest.fixture(scope="module", params=["embedded", pytest.param("neo4j", marks=pytest.mark.long)])
def graph(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Explored:
    """Return the real olfactory circuit where it is at hand, a generated one elsewhere; marked."""
    folder = tmp_path_factory.mktemp("explored")
    explored = Explored(str(folder / "olfactory.graph"))
    if request.param == "neo4j":
        server: Neo4jServer = request.getfixturevalue("neo4j_server")
        server.clear()
        explored = Explored(server.uri, server.password)
    given = os.environ.get("GRAPHKIT_TEST_DATA")
    with explored.open() as connectome:
        if given:
            files = Path(given) / "flywire_v630_olfactory"
            connectome.load(FlyWire(files))
        else:
            files = folder / "files"
            generate(files, neurons=1_500, edges=30_000, seed=1)
            connectome.load(Generated(files))
        connectome.predict_transmitters()
        connectome.merge_connections()
        connectome.mark_downstream(files / "target_neurons.csv", depth=2)
    return explored


@pytest.fixture(scope="module")
def opened() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture
def served(graph: Explored, tmp_path: Path) -> Iterator[Site]:
    with site(graph.open, tmp_path / "runs") as one:
        yield one


def shown(walk: Walk) -> int:
    return int(walk.text("tab-neurons").split()[-1].replace(",", ""))


def finished(walk: Walk) -> None:
    """Check that nothing went wrong that nobody saw, and that nothing came from elsewhere."""
    assert walk.complaints == []
    assert walk.foreign == []
    assert walk.overflow() <= 0
    walk.page.close()


def test_from_the_first_view_to_spikes_of_a_grown_circuit(
    opened: Browser, served: Site, graph: Explored, tmp_path: Path
) -> None:
    walk = Walk(opened, served, tmp_path / "screenshots")
    walk.open()
    with graph.open(read_only=True) as connectome:
        targets = connectome.neurons(is_target=True)["root_id"].astype(str).tolist()
        partners = connectome.query("analysis/partners_downstream", root_ids=[int(targets[0])], min_synapses=2)
    walk.page.get_by_role("button", name="Side any", exact=True).click()
    walk.page.get_by_role("searchbox", name="Search: Side", exact=True).wait_for()
    walk.page.keyboard.press("Escape")
    expected = {targets[0], *partners["post_root_id"].drop_duplicates().head(10).astype(str)}
    walk.page.click("#pick-by >> text=IDs")
    walk.fill("pick-ids-text", targets[0])
    walk.page.click("#pick-show")
    walk.says("tab-neurons", "Neurons 1")
    walk.page.wait_for_function(
        "document.querySelectorAll('#neurons-table .ag-center-cols-container .ag-row').length === 1"
    )
    walk.select_first(targets[0])
    walk.fill("grow-min", "2")
    walk.fill("grow-most", "10")
    walk.page.click("#grow-add")
    walk.says("tab-neurons", f"Neurons {len(expected)}")
    walk.page.wait_for_function("name => document.querySelector('#network .js-plotly-plot')._fullData.some(t => "
                                "t.customdata && t.customdata.length > 1)", arg="")  # fmt: skip
    assert set(walk.points("network")) == expected
    for root_id in expected:  # the table is the same one, its rows are others
        walk.says("neurons-table", root_id)
    walk.picture("grown")

    walk.page.click("#go-simulate")
    walk.page.wait_for_selector("#run-write:disabled")
    walk.page.wait_for_selector("#run-delete:disabled")  # there is no run yet
    walk.fill("sim-duration", "50")
    walk.page.click("#sim-run")
    walk.says("run-groups", "target")
    walk.page.wait_for_selector("#raster .gl-canvas", state="attached")
    walk.page.wait_for_selector("#run-write:enabled")
    walk.page.wait_for_selector("#run-delete:enabled")
    assert set(walk.points("activity")) == expected
    walk.picture("simulated")
    walk.page.reload()
    walk.says("run-groups", "target")
    assert shown(walk) == len(expected)
    finished(walk)


@pytest.mark.long
def test_the_page_fits_a_phone(opened: Browser, served: Site, tmp_path: Path) -> None:
    walk = Walk(opened, served, tmp_path / "screenshots", width=390)
    walk.open()
    for panel in ("circuit", "ask", "simulate", "take"):
        walk.page.click(f"#go-{panel}")
        walk.page.wait_for_selector(f"#panel-{panel}", state="visible")
        walk.picture(panel)
        assert walk.overflow() <= 0, panel
    walk.page.click("#go-simulate")
    walk.fill("sim-duration", "50")
    walk.page.click("#sim-run")
    walk.says("run-groups", "target")
    walk.page.wait_for_selector("#raster .gl-canvas", state="attached")
    walk.page.wait_for_timeout(1500)
    walk.picture("simulated")
    whole = """[...document.querySelectorAll('table.plain, .tabs-bar .tab')].every(one =>
      one.scrollWidth <= one.clientWidth
      && one.getBoundingClientRect().right <= one.parentElement.getBoundingClientRect().right)"""
    for width in (390, 1400):
        walk.page.set_viewport_size({"width": width, "height": 900})
        assert walk.page.evaluate(whole), f"a number or a tab's name is cut off at {width} pixels"
    finished(walk)


@pytest.mark.long
def test_headings_of_levels_fit_onto_a_phone(opened: Browser, tmp_path: Path) -> None:
    figure, *_ = shown_figure(plot_network(circuit_with_nuclei(depth=3)), {"px": 390, "theme": "light"})
    figure.write_html(tmp_path / "figure.html", div_id="figure")
    page = opened.new_page(viewport={"width": 390, "height": 600})
    page.goto((tmp_path / "figure.html").as_uri(), timeout=120_000)
    page.wait_for_selector("#figure .gl-canvas", state="attached")
    check_headings_fit(headings(page), 390)
    page.close()


@pytest.mark.long
def test_pick_grow_mark_and_read_the_tables(opened: Browser, served: Site, graph: Explored, tmp_path: Path) -> None:
    walk = Walk(opened, served, tmp_path / "screenshots")
    walk.open()
    with graph.open(read_only=True) as connectome:
        classes = connectome.query("select/annotation_counts").groupby("cell_class")["neurons"].sum()
        name = str(classes[classes < 600].idxmax())
        members = connectome.neurons(cell_class=name)["root_id"].astype(str).tolist()
        circuit = connectome.circuit([int(one) for one in members])
    walk.choose("where-cell_class", name)
    walk.says("pick-count", f"{len(members):,} neurons match")
    walk.page.click("#pick-show")
    walk.says("tab-neurons", f"Neurons {len(members):,}")
    walk.says("tab-connections", f"Connections {len(circuit.pre):,}")
    walk.picture("picked")

    # Sorted and filtered where all rows are.
    walk.page.click("#tab-connections")
    walk.page.locator(
        "#connections-table .ag-row[row-index='0'] [col-id=syn_count]", has_text=re.compile(r"\d")
    ).wait_for()
    strongest = walk.page.inner_text("#connections-table .ag-row[row-index='0'] [col-id=syn_count]")
    assert int(strongest) == int(circuit.syn_count.max())
    walk.page.click("#tab-neurons")
    wanted = members[3]
    walk.page.locator("#neurons-table .ag-floating-filter-input input").first.fill(wanted)
    walk.page.wait_for_function(
        "id => { const rows = document.querySelectorAll('#neurons-table .ag-center-cols-container .ag-row');"
        " return rows.length === 1 && rows[0].innerText.includes(id); }", arg=wanted,
    )  # fmt: skip
    walk.select_first(wanted)
    walk.picture("selected")
    walk.page.click("#tab-boundary")
    cut = circuit.boundary()
    walk.says("boundary", f"{cut['kept_synapses']:,.0f} come from neurons of the circuit")
    walk.picture("boundary")
    walk.page.click("#tab-wiring")
    walk.says("wiring-title", "Wiring")
    walk.choose("wiring-by", "transmitter")
    walk.says("wiring-title", "Wiring by transmitter")
    walk.page.click("#wiring-figure")
    walk.page.locator(".dash-dropdown-content .dash-options-list-option", has_text="degrees").click()
    walk.says("wiring-title", "egrees")
    walk.page.click("#theme")
    walk.page.wait_for_function(
        "document.querySelector('#wiring .js-plotly-plot')._fullLayout.paper_bgcolor === '#14181D'"
    )
    walk.picture("dark")
    walk.page.click("#theme")
    walk.page.click("#tab-code")
    walk.says("circuit-cypher", "select/neurons")
    assert f"cell_class=['{name}']" in walk.text("circuit-python")

    # A click in the network selects; only these; back again.
    walk.page.click("#selected-clear")
    other = members[5]
    walk.click_neuron("network", other)
    walk.says("selected-text", f"{other} selected")
    # Its row is ticked once it is looked at; two more rows are ticked, and all three are selected.
    walk.page.click("#tab-neurons")
    walk.page.locator("#neurons-table .ag-floating-filter-input input").first.fill(other)
    walk.page.wait_for_selector(f"#neurons-table .ag-row-selected >> text={other}")
    walk.page.locator("#neurons-table .ag-floating-filter-input input").first.fill("")
    walk.page.wait_for_selector("#neurons-table .ag-row[row-index='1'] [col-id=root_id]")
    more = [one for one in walk.first_rows(3) if one != other][:2]
    for one in more:
        walk.page.locator("#neurons-table .ag-row", has_text=one).locator(".ag-checkbox-input").check()
    walk.says("selected-text", "3 neurons selected")
    assert sorted(walk.selected()) == sorted([other, *more])
    for one in more:
        walk.page.locator("#neurons-table .ag-row", has_text=one).locator(".ag-checkbox-input").uncheck()
    walk.says("selected-text", f"{other} selected")
    walk.page.click("#selected-keep")
    walk.says("tab-neurons", "Neurons 1")
    walk.page.click("#undo")
    walk.says("tab-neurons", f"Neurons {len(members):,}")
    walk.page.go_back()
    walk.says("tab-neurons", "Neurons 1")

    # Mark; the graph has it, and the page draws what it is now.
    walk.page.locator("summary", has_text="Mark targets").click()
    walk.fill("mark-depth", "1")
    walk.page.click("#mark-targets")
    walk.says("mark-told", "Marked 1 targets")
    with graph.open(read_only=True) as connectome:
        assert connectome.neurons(is_target=True)["root_id"].astype(str).tolist() == [other]
        depth_1 = int((connectome.neurons(max_downstream=1)["downstream"] == 1).sum())
    assert f"{depth_1:,} at level 1" in walk.text("mark-told")

    # Wrong ids, and Cypher that writes, are told; the page stays as it is.
    walk.page.click("#pick-by >> text=IDs")
    walk.fill("pick-ids-text", "5")
    walk.page.click("#pick-show")
    walk.says("message-text", "not in the graph")
    walk.page.keyboard.press("Escape")
    walk.page.click("#pick-by >> text=Cypher")
    walk.fill("pick-cypher-text", "MATCH (n:Neuron) DETACH DELETE n")
    walk.page.click("#pick-show")
    walk.says("message-text", "this query may only read")
    walk.picture("refused")
    with graph.open() as connectome:  # as it was, for the other tests
        assert len(connectome.neurons()) > 1000
        connectome.mark_downstream([int(one) for one in members[:20]], depth=2)
    finished(walk)


@pytest.mark.long
def test_ask_in_cypher_and_by_name(opened: Browser, served: Site, graph: Explored, tmp_path: Path) -> None:
    walk = Walk(opened, served, tmp_path / "screenshots")
    walk.open()
    walk.page.click("#go-ask")
    walk.page.click("#ask-run")
    with graph.open(read_only=True) as connectome:
        strong = connectome.cypher(
            "MATCH (a:Neuron)-[c:CONNECTS]->(b:Neuron) WHERE c.syn_count >= 200 RETURN a.root_id AS a, b.root_id AS b"
        )
        hubs = connectome.query("analysis/hubs")
    walk.says("ask-told", f"{len(strong):,} row")
    if len(strong):
        walk.page.wait_for_selector("#ask-table .ag-row[row-index='0'] [col-id=syn_count]")
        walk.page.click("#ask-draw")
        walk.page.wait_for_selector("#ask-network .gl-canvas", state="attached")
        assert set(walk.points("ask-network")) == {str(one) for one in strong.to_numpy().ravel()}
        walk.picture("asked")
    assert "connectome.cypher(" in walk.text("ask-python")

    walk.fill("ask-text", "MATCH (n:Neuron) RETURN n.root_id AS root_id")
    walk.fill("ask-rows", "7")
    walk.page.focus("#ask-text")
    walk.page.keyboard.press("Control+Enter")
    walk.says("ask-told", "The first 7 rows; there are more")
    walk.fill("ask-text", "MATCH (n:Neuron) RETRN n.root_id AS root_id")
    walk.page.click("#ask-run")
    walk.says("ask-error", "RETRN")
    walk.says("ask-shown", "The answer to the question before")
    assert walk.text("ask-told").startswith("The first 7 rows")
    walk.picture("wrong")
    walk.fill("ask-text", "MATCH (n:Neuron) SET n.side = '<img src=x onerror=alert(1)>'")
    walk.page.click("#ask-run")
    walk.says("ask-error", "SET (line 1, column 18)")

    # A question that would run for hours is stopped; the next one is answered.
    walk.fill("ask-text", ENDLESS)
    walk.fill("ask-seconds", "300")
    walk.page.click("#ask-run")
    walk.page.wait_for_selector("#ask-stop:enabled")
    walk.page.wait_for_timeout(500)
    walk.page.click("#ask-stop")
    walk.says("ask-error", "the query was stopped")
    walk.page.wait_for_selector("#ask-stop:disabled")
    walk.fill("ask-seconds", "20")
    walk.fill("ask-rows", "1000")

    walk.choose("ask-name", "select/neurons")
    walk.page.get_by_role("textbox", name="cell class list[str]").wait_for()
    walk.page.get_by_role("button", name="is target bool false").click()
    walk.page.locator(".dash-dropdown-content .dash-options-list-option", has_text="true").click()
    walk.page.click("#ask-named")
    with graph.open(read_only=True) as connectome:
        walk.says("ask-told", f"{len(connectome.neurons(is_target=True)):,} rows. select/neurons")
    assert "The answer to the question before" not in walk.text("ask-shown")

    walk.choose("ask-name", "analysis/hubs")
    walk.page.wait_for_selector("#ask-form input")
    walk.page.locator("#ask-form .field", has_text="limit").locator("input").fill("5")
    walk.page.click("#ask-named")
    walk.says("ask-told", "5 rows")
    walk.page.wait_for_selector("#ask-table .ag-row[row-index='4']")
    walk.says("ask-table", str(hubs["root_id"].iloc[0]))
    assert str(hubs["root_id"].iloc[0]) in walk.page.inner_text("#ask-table .ag-row[row-index='0']")
    walk.picture("named")
    walk.page.click("#ask-continue")
    walk.says("tab-neurons", "Neurons 5")

    # Text of the graph and of the address is text.
    evil = "<img src=x onerror=document.title='stolen'>"
    walk.page.click("#go-ask")
    walk.fill("ask-text", "MATCH (n:Neuron) RETURN $word AS word, count(*) AS n")
    walk.fill("ask-values", json.dumps({"word": evil}))
    walk.page.click("#ask-run")
    walk.says("ask-table", evil)  # a row is there before what is in it
    assert walk.page.locator("img[src=x]").count() == 0
    assert walk.page.title() == "graphkit"
    finished(walk)


@pytest.mark.long
def test_simulate_compare_write_back_and_delete(opened: Browser, served: Site, graph: Explored, tmp_path: Path) -> None:
    walk = Walk(opened, served, tmp_path / "screenshots")
    walk.open()
    walk.page.click("#go-simulate")
    walk.fill("sim-duration", "200")
    walk.page.click("#sim-run")
    walk.page.wait_for_selector(".job progress", state="attached")
    walk.says("run-groups", "target")
    walk.page.wait_for_selector("#raster .gl-canvas", state="attached")
    first = next((tmp_path / "runs").glob("*/run.json")).parent
    # One selection in every figure.
    fired = pd.read_csv(first / "rates.csv").sort_values("rate_hz")["root_id"].astype(str).iloc[-1]
    walk.page.wait_for_timeout(1000)
    walk.click_neuron("activity", fired)
    walk.says("selected-activity", fired)
    assert walk.selected() == [fired]
    for figure in ("raster", "rates", "activity"):
        walk.page.wait_for_selector(f"#{figure} .dimmed canvas.overlay", state="attached")  # 50 ms after the selection
    walk.picture("linked")

    # The same seed with that neuron silenced.
    walk.page.click("#sim-silence >> text=the selected neurons")
    walk.page.click("#sim-run")
    walk.page.wait_for_function("document.querySelector('#run-chosen').innerText.includes('silenced')")
    walk.choose("run-compared", "200 ms × 1, seed 1")
    walk.says("run-groups", "difference")
    walk.page.wait_for_selector("#comparison .gl-canvas", state="attached")
    walk.picture("compared")

    # A long one is stopped.
    walk.fill("sim-duration", "100000000")
    walk.page.click("#sim-run")
    walk.page.click(".job button")
    walk.page.wait_for_selector(".job.stopped")
    runs = sorted(path.parent.name for path in (tmp_path / "runs").glob("*/run.json"))
    assert len(runs) == 2

    walk.page.click("#run-write")
    walk.says("run-told", "into the graph")
    with graph.open(read_only=True) as connectome:
        stored = connectome.runs()
        assert len(set(stored["run_id"]) & set(runs)) == 1
        kept = str(stored["run_id"].iloc[0])
        assert connectome.spikes(kept).run["silence"] == {"mode": "outputs", "root_ids": [fired]}
    walk.page.click("#run-delete")
    walk.says("run-told", "Deleted it from the graph")
    with graph.open(read_only=True) as connectome:
        assert kept not in set(connectome.runs()["run_id"])
    assert not (tmp_path / "runs" / kept).exists()
    finished(walk)


@pytest.mark.long
def test_take_everything_away_and_bring_the_view_back(
    opened: Browser, served: Site, graph: Explored, tmp_path: Path
) -> None:
    walk = Walk(opened, served, tmp_path / "screenshots")
    walk.open()
    with graph.open(read_only=True) as connectome:
        ids = connectome.neurons()["root_id"].iloc[:40]
        expected = connectome.circuit(ids.tolist())
    walk.page.click("#pick-by >> text=IDs")
    walk.fill("pick-ids-text", "\n".join(ids.astype(str)))
    walk.page.click("#pick-show")
    walk.says("tab-neurons", "Neurons 40")
    walk.page.click("#go-simulate")
    walk.fill("sim-duration", "30")
    walk.page.click("#sim-run")
    walk.says("run-groups", "Hz")
    walk.page.wait_for_selector("#rates .gl-canvas, #rates .plot", state="attached")
    walk.page.click("#go-ask")
    walk.page.click("#ask-run")
    walk.says("ask-told", "ow")
    walk.page.click("#go-take")
    walk.picture("take")

    def taken(name: str) -> Path:
        with walk.page.expect_download() as download:
            walk.page.click(f"#take-{name.replace('.', '-')}")
        path = tmp_path / name
        download.value.save_as(path)
        return path

    neurons = pd.read_csv(taken("neurons.csv"))
    assert sorted(neurons["root_id"]) == sorted(ids)
    assert sorted(pd.read_parquet(taken("neurons.parquet"))["root_id"]) == sorted(ids)
    assert len(pd.read_csv(taken("connections.csv"))) == len(expected.pre)
    graphml = Circuit.from_networkx(nx.read_graphml(taken("circuit.graphml")))
    assert graphml.to_frame().equals(expected.to_frame())
    for figure in ("network", "raster", "rates", "activity", "matrix", "flow", "distributions", "boundary"):
        assert "plotly.js" in taken(f"{figure}.html").read_text("utf-8")
    for figure in ("network", "rates", "matrix", "senders"):
        assert taken(f"{figure}.png").read_bytes()[:4] == b"\x89PNG"
        assert "<svg" in taken(f"{figure}.svg").read_text("utf-8")
    with zipfile.ZipFile(taken("run.zip")) as archive:
        assert {Path(name).name for name in archive.namelist()} >= {"run.json", "spikes.parquet", "circuit.npz"}
    assert len(pd.read_csv(taken("run_rates.csv"))) == 40
    taken("answer.csv")

    view, link = taken("view.json"), walk.page.input_value("#view-link")
    other = Walk(opened, served, tmp_path / "screenshots")
    other.open(link.removeprefix(served.url))
    assert shown(other) == 40
    other.page.click("#go-simulate")
    other.says("run-groups", "Hz")
    finished(other)
    fresh = Walk(opened, served, tmp_path / "screenshots")
    fresh.open()
    fresh.page.click("#go-take")
    with fresh.page.expect_file_chooser() as chooser:
        fresh.page.click("#view-file button")
    chooser.value.set_files(view)
    fresh.says("tab-neurons", "Neurons 40")
    fresh.page.click("#go-ask")
    fresh.says("ask-told", "ow")
    finished(fresh)
    finished(walk)
