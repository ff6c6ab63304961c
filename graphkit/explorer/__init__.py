"""The page: explore circuits, ask, simulate and take away what was found, in a browser."""

from __future__ import annotations

from graphkit.explorer.app import Site, application
from graphkit.explorer.explorer import Explorer
from graphkit.explorer.view import View

__all__ = ["Explorer", "Site", "View", "application"]
