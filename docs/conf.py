"""The documentation site: ``make docs``."""

from __future__ import annotations

import os
import re

from sphinx.application import Sphinx

from graphkit import __version__

# Pages of notebooks carry plotly.js, so that the site works without a network.
os.environ["PLOTLY_RENDERER"] = "notebook"

project = "graphkit"
author = "The graphkit developers"
copyright = "The graphkit developers"
release = version = __version__

extensions = [
    "myst_nb",  # Markdown, notebooks
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["**.ipynb_checkpoints"]

# Types are in the signatures; a docstring's Parameters carry shape and unit.
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
maximum_signature_line_length = 100
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_default_options = {"members": True, "member-order": "bysource"}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]  # the lexer knows no parameters ($name) in Cypher
nb_execution_mode = "cache"  # a notebook runs again only when it changed
nb_execution_raise_on_error = True
nb_execution_timeout = 600

html_theme = "furo"
html_title = f"graphkit {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False


def _in_short(
    app: Sphinx, what: str, name: str, obj: object, options: object, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Write arrays as their authors do: NDArray[int64]."""

    def short(text: str | None) -> str | None:
        found = r"~numpy\.ndarray\[tuple\[~typing\.Any, \.\.\.\], ~numpy\.dtype\[~numpy\.(\w+)\]\]"
        return None if text is None else re.sub(found, r"NDArray[\1]", text)

    return short(signature), short(returns)


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.connect("autodoc-process-signature", _in_short)
