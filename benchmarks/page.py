"""The page of ``graphkit explore`` in a real browser: how long until a person sees what was asked for.

Run ``python benchmarks/page.py FOLDER`` on a folder that ``graphkit generate`` wrote, or without FOLDER to generate a
whole fly (139,255 neurons, 3.87 million rows). ``--short`` takes a tenth of a fly. Needs chromium, and playwright from
``pip install graphkit[test]``.

Seconds are on the clock, from the click until figure and table show it and the browser has painted; the first view's
begin when the command has said its address, with an empty tab open in a browser that has nothing cached. Nothing
watches that tab, as nothing watches a person's; Playwright, which does the rest, adds half a second ("watched").
"Processors" are the seconds of all processors that page and browser took in that time. "Frozen" is the longest time
for which the browser answered to nothing, "MB" is what was sent to it, "drawn" are the connections in the figure. The
browser draws without a graphics card.
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from machine import describe
from playwright.sync_api import Page, sync_playwright
from time_to_answer import draw_fly
from unwatched import UnwatchedTab

sys.path.insert(0, str(Path(__file__).parent.parent))

from graphkit import connect, simulate
from loaders.flywire import FlyWire
from tests.explorer_browser import CHROMIUM_ARGUMENTS

_FIRST, _AGAIN, _GROWN = "first view", "first view, again", "partners of one neuron"
#: Goals for a whole fly: seconds by what is done.
GOALS = {_FIRST: 3.0, _GROWN: 1.0}
#: What each line tells of the page besides seconds: the longest time frozen, the bytes sent, the connections drawn.
_WATCH = """window.frozen = 0; new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.frozen = Math.max(window.frozen, entry.duration);
}).observe({ type: 'longtask', buffered: true });"""
_TOLD = """(() => { const plot = document.querySelector('#FIGURE .js-plotly-plot');
  const sent = performance.getEntries().map(one => one.transferSize ?? 0);
  const drawn = !plot || !plot._fullData ? 0 : plot._fullData.reduce((sum, trace) => sum + (trace.visible === true &&
    trace.customdata && Array.isArray(trace.customdata[0]) ? trace.customdata.length : 0), 0);
  return [window.frozen / 1000, sent.reduce((a, b) => a + b, 0), drawn]; })()"""
_SHOWN = """/\\d/.test(document.querySelector('#neurons-table .ag-row [col-id=root_id]')?.innerText) &&
  document.querySelector('#network .gl-canvas') !== null && document.getElementById('network-title').innerText !== ''"""
_PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def tell(name: str, seconds: float, used: float, told: list[float]) -> None:
    """Print a line: seconds on the clock and of processors, and what _TOLD says."""
    frozen, sent, drawn = told
    goal = f"{GOALS[name]:7.1f}" if name in GOALS else ""
    print(f"{name:36}{seconds:9.2f}{used:12.2f}{frozen:8.2f}{sent / 1e6:7.1f}{drawn:9,}{goal}", flush=True)


def look_first(tab: UnwatchedTab, url: str) -> None:
    """Look at the page for the first time, and once more."""
    for name in (_FIRST, _AGAIN):
        began, used = time.time(), processor_seconds()
        tab.goto(url)
        seconds = tab.painted(_SHOWN) - began
        used = processor_seconds() - used
        time.sleep(3)  # what the first view has left to do; long tasks are told of late
        tab.evaluate(_WATCH)
        time.sleep(0.5)
        tell(name, seconds, used, tab.evaluate(_TOLD.replace("FIGURE", "network")))


class Tab:
    """A tab on the page that times what is done in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(120_000)
        page.add_init_script(_WATCH)

    def timed(self, name: str, act: Callable[[], object], seen: str, *, figure: str = "network") -> None:
        """Print what it takes from an act until a JavaScript condition holds and the browser has painted."""
        self.page.evaluate("window.frozen = 0; performance.clearResourceTimings()")
        began, used = time.perf_counter(), processor_seconds()
        act()
        self.page.wait_for_function(seen)
        self.page.evaluate(_PAINTED)
        seconds, used = time.perf_counter() - began, processor_seconds() - used
        tell(name, seconds, used, self.page.evaluate(_TOLD.replace("FIGURE", figure)))

    def changed(self, name: str) -> str:
        """Return a condition: that an element says something else than now, and nothing is waited for."""
        said = f"(document.getElementById({name!r})?.innerText ?? '')"  # what is hidden may not be made yet
        return f"{said} !== {self.page.evaluate(said)!r} && document.title === 'graphkit'"

    def fill(self, name: str, value: str) -> None:
        """Type into a field, and leave it."""
        self.page.fill(f"#{name}", value)
        self.page.press(f"#{name}", "Tab")


def processor_seconds() -> float:
    """Return the seconds of all processors that the processes of this one, page and browser, have taken."""
    seconds = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # ended meanwhile
            seconds += sum(process.cpu_times()[:2])
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--graph", type=Path, help="the graph of a fly, marked, instead; as this script makes it")
    parser.add_argument("--short", action="store_true", help="a tenth of a fly")
    given = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("no chromium on this machine: apt-get install chromium")
    with TemporaryDirectory() as name, sync_playwright() as playwright:
        scratch = Path(name)
        graph = given.graph or prepared(given.folder or draw_fly(scratch, "codex", 0.1 if given.short else 1), scratch)
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        print(describe("ladybug", "dash", "plotly", "dash-ag-grid"), f"chromium {browser.version}", sep=", ")
        print(f"\n{'':36}{'seconds':>9}{'processors':>12}{'frozen':>8}{'MB':>7}{'drawn':>9}{'goal':>7}")
        unwatched = UnwatchedTab(browser, 1400, 900)  # opened before, as a person's browser is
        tab = Tab(browser.new_page(viewport={"width": 1400, "height": 900}))
        with served(graph, scratch / "runs") as url:
            look_first(unwatched, url)
            unwatched.close()
            time.sleep(1)  # until its processes have ended, whose seconds count no more
            look(tab, url)
        browser.close()


def prepared(folder: Path, scratch: Path) -> Path:
    """Return the graph of a folder with every step done, and a run of all its neurons in it."""
    with connect(scratch / "fly.graph") as connectome:
        connectome.load(FlyWire(folder))
        connectome.predict_transmitters()
        connectome.merge_connections()
        connectome.mark_downstream(folder / "target_neurons.csv", depth=2)
        connectome.write_back(simulate(connectome.circuit(), duration_ms=1000, seed=1), all_trials=True)
    return scratch / "fly.graph"


@contextmanager
def served(graph: Path, runs: Path) -> Iterator[str]:
    """Serve the page as the command does, in a process of its own; give its address."""
    command = [sys.executable, "-c", "from graphkit.cli import main; main()", "explore", "--graph", str(graph),
               "--runs", str(runs), "--port", "0", "--no-browser"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[2]
        finally:
            process.send_signal(signal.SIGINT)


def look(tab: Tab, url: str) -> None:
    """Do what people do: look, grow, choose what is too much, and ask for all there is."""
    page = tab.page
    tab.timed("first view, watched", lambda: page.goto(url), _SHOWN)
    page.wait_for_timeout(3_000)  # what the first view has left to do
    tab.fill("grow-min", "1")
    page.set_checked("#neurons-table .ag-row .ag-checkbox-input", True)
    page.wait_for_function("document.body.classList.contains('has-selection')")
    page.click("#grow-direction")  # what is downstream of a marked neuron is there already
    page.locator(".dash-dropdown-content .dash-options-list-option", has_text="upstream of").first.click()
    tab.timed(_GROWN, lambda: page.click("#grow-add"), tab.changed("network-title"))
    page.click("#grow-of >> text=all neurons")
    tab.fill("grow-most", "5000")
    tab.timed("5,000 partners of all", lambda: page.click("#grow-add"), tab.changed("network-title"))
    page.fill("#draw-most", "100000")
    tab.timed("100,000 connections drawn, please", lambda: page.press("#draw-most", "Tab"),
              tab.changed("network-caption"))  # fmt: skip
    tab.timed("boundary", lambda: page.click("#tab-boundary"), tab.changed("cut-title"), figure="cut")
    page.goto(url)
    page.wait_for_function(_SHOWN)
    for name in ("optic", "sensory"):
        page.click("#where-super_class")
        page.fill(".dash-dropdown-search", name)
        page.locator(".dash-options-list-option", has_text=re.compile(f"^{name}")).first.click()
        page.keyboard.press("Escape")
        page.wait_for_function(
            "name => document.getElementById('where-super_class').innerText.includes(name)", arg=name
        )
        too_many = "!document.getElementById('message').hidden"
        seen = f"{too_many} || {tab.changed('network-title')}"
        tab.timed(f"super class {name}", lambda: page.click("#pick-show"), seen)
        if page.is_visible("#message"):
            print(f"    {page.inner_text('#message-text')}")
            page.click("#message-close")
        page.click("#where-super_class")
        page.get_by_text("Deselect All").click()
        page.keyboard.press("Escape")
    page.click("#go-ask")
    tab.fill("ask-text", page.input_value("#ask-text").replace(">= 200", ">= 1"))
    tab.fill("ask-rows", "50000")
    page.wait_for_selector("#ask-told:not(:empty)")
    tab.timed(
        "asked for all connections", lambda: page.click("#ask-run"), tab.changed("ask-told"), figure="ask-network"
    )
    page.click("#go-simulate")
    page.click("#run-chosen")
    runs = page.locator(".dash-dropdown-content .dash-options-list-option")
    page.wait_for_timeout(1000)
    if not runs.count():
        print("    no run is in this graph")
        return
    runs.first.click()
    seen = " && ".join(tab.changed(f"{name}-title") for name in ("raster", "rates", "activity"))
    tab.timed("run of the whole brain", lambda: page.keyboard.press("Escape"), seen, figure="activity")


if __name__ == "__main__":
    main()
