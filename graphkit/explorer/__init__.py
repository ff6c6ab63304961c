"""The page: a connectome explored in a browser."""

from __future__ import annotations

from graphkit.explorer.app import application
from graphkit.explorer.explorer import Explorer
from graphkit.explorer.site import Site
from graphkit.explorer.view import View

__all__ = ["Explorer", "Site", "View", "application"]
