"""A real browser, for the tests that walk through the page or look at figures."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, TimeoutError, sync_playwright

from graphkit.connectome import Connectome
from graphkit.explorer import Site

__all__ = ["CHROMIUM_ARGUMENTS", "Walk", "browser", "chromium", "site"]

#: Without what a browser does for its maker, and drawn by the processors: the same picture on every machine.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--use-gl=angle", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]  # fmt: skip
_PATIENCE_MS = 60_000
_HINTS = ("GL Driver Message", "willReadFrequently")  # what the browser says of plotly.js's speed, which is no fault


def chromium() -> str:
    """Return the system's browser, or skip."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    return program


@contextmanager
def browser() -> Iterator[Browser]:
    """Open the system's browser, or skip."""
    program = chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield opened
        opened.close()


@contextmanager
def site(open_graph: Callable[..., Connectome], runs: Path, *, writable: bool = True) -> Iterator[Site]:
    """Serve the page of a graph, which is opened with read_only."""
    with Site(lambda write: open_graph(read_only=not write), runs, writable=writable) as served:
        thread = threading.Thread(target=served.serve, daemon=True)
        thread.start()
        yield served
    thread.join(timeout=10)


class Walk:
    """One tab, what it complained of, and the screenshots that are kept of it.

    Parameters
    ----------
    browser
        Where it is opened.
    served
        The page.
    folder
        Where screenshots go; GRAPHKIT_TEST_SCREENSHOTS names another.
    width
        Of the window (pixels).
    """

    def __init__(self, browser: Browser, served: Site, folder: Path, *, width: int = 1400) -> None:
        self.served, self.width = served, width
        self.folder = Path(os.environ.get("GRAPHKIT_TEST_SCREENSHOTS", folder))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.page.set_default_timeout(_PATIENCE_MS)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        text, kind = message.text, message.type
        if kind in ("error", "warning") and not any(hint in text for hint in _HINTS):
            self.complaints.append(text)

    def _request(self, request: Request) -> None:
        url: str = request.url
        if not url.startswith((self.served.url, "data:", "blob:")):
            self.foreign.append(url)

    def open(self, address: str = "") -> None:
        """Open the page, and wait until the circuit is there."""
        self.page.goto(self.served.url + address)
        self.page.wait_for_selector("#neurons-table .ag-row", state="attached")
        self.page.wait_for_selector("#network .gl-canvas", state="attached")

    def text(self, name: str) -> str:
        """Return what an element says."""
        return self.page.inner_text(f"#{name}")

    def says(self, name: str, words: str, *, patience_ms: float = _PATIENCE_MS) -> None:
        """Wait until an element says something."""
        self.page.wait_for_function(
            "([name, words]) => (document.getElementById(name)?.innerText ?? '').includes(words)",
            arg=[name, words], timeout=patience_ms,
        )  # fmt: skip

    def select_first(self, root_id: str) -> None:
        """Tick the first row of the neurons, again where the table was drawn anew under the mouse."""
        self.page.wait_for_selector(f"#neurons-table .ag-row >> text={root_id}")
        for attempt in range(6):
            self.page.set_checked("#neurons-table .ag-row .ag-checkbox-input", True)
            try:
                self.says("selected-text", root_id, patience_ms=_PATIENCE_MS // 6)
            except TimeoutError:
                if attempt == 5:
                    raise
            else:
                return

    def fill(self, name: str, value: str) -> None:
        """Type into a field, and leave it."""
        self.page.fill(f"#{name}", value)
        self.page.press(f"#{name}", "Tab")

    def choose(self, name: str, value: str) -> None:
        """Choose in a list by typing."""
        self.page.click(f"#{name}")
        self.page.fill(".dash-dropdown-search", value)
        self.page.locator(".dash-dropdown-content .dash-options-list-option", has_text=value).first.click()
        self.page.keyboard.press("Escape")

    def points(self, graph: str) -> list[str]:
        """Return the ids of the neurons that a figure shows."""
        found: list[str] = self.page.evaluate(
            "name => document.querySelector(`#${name} .js-plotly-plot`)._fullData.flatMap(t => Array.from("
            "t.customdata ?? []).filter(id => typeof id === 'string'))", graph,
        )  # fmt: skip
        return found

    def first_rows(self, number: int) -> list[str]:
        """Return the ids of the neurons in the first rows of the table."""
        self.page.locator(
            "#neurons-table .ag-row[row-index='0'] [col-id=root_id]", has_text=re.compile(r"\d")
        ).wait_for()
        rows = [f"#neurons-table .ag-row[row-index='{k}'] [col-id=root_id]" for k in range(number)]
        return [self.page.locator(row).inner_text() for row in rows]

    def selected(self) -> list[str]:
        """Return the selection."""
        stored: list[str] = self.page.evaluate("JSON.parse(sessionStorage.getItem('selected') ?? '[]')")
        return stored

    def click_neuron(self, graph: str, root_id: str) -> None:
        """Click a neuron's mark in a figure."""
        self.page.locator(f"#{graph}").scroll_into_view_if_needed()
        place = self.page.evaluate(
            """([name, id]) => {
              const plot = document.querySelector(`#${name} .js-plotly-plot`);
              for (const trace of plot._fullData) {
                const k = Array.from(trace.customdata ?? []).indexOf(id);
                if (k < 0) continue;
                const x = plot._fullLayout.xaxis, y = plot._fullLayout.yaxis, box = plot.getBoundingClientRect();
                return [box.left + x._offset + x.l2p(trace.x[k]), box.top + y._offset + y.l2p(trace.y[k])];
              }
            }""", [graph, root_id],
        )  # fmt: skip
        self.page.mouse.move(place[0] - 3, place[1])
        self.page.mouse.move(*place)
        self.page.wait_for_timeout(150)
        self.page.mouse.click(*place)

    def picture(self, name: str) -> None:
        """Keep a screenshot of the whole page."""
        self.page.evaluate("scrollTo(0, 0)")
        self.page.wait_for_timeout(600)
        self.page.screenshot(path=self.folder / f"{self.width}_{name}.png", full_page=True)

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
