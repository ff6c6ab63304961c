"""A tab that nothing watches, as a person's.

To those who watch a tab, as Playwright and a browser's own tools for developers do, the browser says where every error
came from, caught ones too, and compiles the scripts on the way again for it. plotly.js tries things out and catches
what fails: loading it takes half a second longer when it is watched.
"""

from __future__ import annotations

import json
import time
from typing import Any

from playwright.sync_api import Browser

__all__ = ["UnwatchedTab"]

_PAINTED = """new Promise(done => { const look = () => (() => { try { return SEEN } catch { return false } })()
  ? requestAnimationFrame(() => requestAnimationFrame(() => done(performance.timeOrigin + performance.now())))
  : requestAnimationFrame(look); look(); })"""


class UnwatchedTab:
    """An empty tab in a browser, with nothing cached.

    Parameters
    ----------
    browser
        Where it is opened.
    width, height
        Of the window (pixels).
    """

    def __init__(self, browser: Browser, width: int, height: int) -> None:
        self._cdp = browser.new_browser_cdp_session()
        context = self._cdp.send("Target.createBrowserContext")["browserContextId"]  # Playwright leaves it alone
        opened = {"url": "about:blank", "browserContextId": context, "width": width, "height": height}
        self._target = self._cdp.send("Target.createTarget", opened)["targetId"]
        attached = self._cdp.send("Target.attachToTarget", {"targetId": self._target, "flatten": False})
        self._session = attached["sessionId"]
        self._answers: dict[int, Any] = {}
        self._cdp.on("Target.receivedMessageFromTarget", self._received)
        self._number = 0

    def _received(self, event: dict[str, str]) -> None:
        message = json.loads(event["message"])
        self._answers[message.get("id")] = message.get("result")

    def _ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._cdp.send("Target.sendMessageToTarget", {"sessionId": self._session, "message": json.dumps(message)})
        while self._number not in self._answers:
            time.sleep(0.02)
            self._cdp.send("Browser.getVersion")  # what came meanwhile is told while something is asked
        return self._answers.pop(self._number)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, of a promise what it comes to."""
        asked = self._ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return asked["result"].get("value")

    def goto(self, url: str) -> None:
        """Go to an address, the same one again too."""
        self._ask("Page.navigate", url=url)

    def painted(self, seen: str) -> float:
        """Wait until a JavaScript condition holds and the browser has painted; return when, as time.time()."""
        return float(self.evaluate(_PAINTED.replace("SEEN", seen))) / 1000

    def close(self) -> None:
        """Close it."""
        self._cdp.send("Target.closeTarget", {"targetId": self._target})
