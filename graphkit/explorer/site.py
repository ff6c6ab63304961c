"""The server of the page."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from graphkit.connectome import Connectome
from graphkit.errors import GraphkitError
from graphkit.explorer.app import application
from graphkit.explorer.explorer import Explorer
from graphkit.explorer.figures import shown
from graphkit.explorer.security import is_loopback
from graphkit.explorer.view import View

__all__ = ["Site"]


class Site:
    """The page on a port of this machine; a context manager that ends everything it started.

    Parameters
    ----------
    open_graph
        Opens the graph; told whether to write.
    runs_folder
        Where runs are kept.
    writable
        Whether the page may change the graph.
    host
        Where to listen; anything but loopback takes a token.
    port
        0: any that is free.
    token
        What has to be in the address; drawn where a token is needed and none is given.

    Raises
    ------
    GraphkitError
        If the graph cannot be opened, or the port is taken.

    Examples
    --------
    >>> from pathlib import Path
    >>> from graphkit import connect
    >>> connect("example.graph").close()
    >>> Site(lambda write: connect("example.graph"), Path("runs"), port=-1)
    Traceback (most recent call last):
    graphkit.errors.GraphkitError: cannot listen at 127.0.0.1, port -1 (…). Choose another with --port.
    """

    def __init__(
        self, open_graph: Callable[[bool], Connectome], runs_folder: Path, *, writable: bool = False,
        host: str = "127.0.0.1", port: int = 0, token: str | None = None,
    ) -> None:  # fmt: skip
        if token is None and not is_loopback(host):
            token = secrets.token_urlsafe(24)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for every request helps nobody
        self._explorer = Explorer(open_graph, runs_folder, writable=writable)
        try:
            app = application(self._explorer, host=host, token=token)
            self._server: BaseWSGIServer = make_server(host, port, app.server, threaded=True, request_handler=_Quiet)
        except (OSError, OverflowError, SystemExit) as error:
            self._explorer.close()
            raise GraphkitError(
                f"cannot listen at {host}, port {port} ({error}). Choose another with --port."
            ) from error
        name = f"[{host}]" if ":" in host else socket.gethostname() if host in ("0.0.0.0", "::") else host
        self._prepared = threading.Thread(target=_prepare, args=(self._explorer,), daemon=True)
        self._prepared.start()
        self.url = f"http://{name}:{self._server.server_port}/" + (f"?token={token}" if token else "")
        """Where to look."""

    def serve(self) -> None:
        """Answer requests until :meth:`close`, or Ctrl-C."""
        self._server.serve_forever()

    def close(self) -> None:
        """End the server, the simulations and the connections."""
        # Not from the thread that serves: shutdown waits for it.
        threading.Thread(target=self._server.shutdown, daemon=True).start()
        self._server.server_close()
        self._prepared.join(timeout=10)
        self._explorer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _prepare(explorer: Explorer) -> None:
    """Compute what a new page asks for first, most urgent first, so that it is there when the browser is."""
    with suppress(GraphkitError):  # whoever opens the page is told
        if explorer.looked(View()).circuit is not None:
            shown(explorer, "network", View(), None)
        explorer.info()
        explorer.annotations()


class _Quiet(WSGIRequestHandler):
    """Sends no name and version of the server."""

    protocol_version = "HTTP/1.1"

    def version_string(self) -> str:
        return "graphkit"
