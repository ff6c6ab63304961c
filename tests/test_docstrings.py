"""The examples in the docstrings run as they are written."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
EXAMPLE = re.compile(r"^ *>>> (?!.*# doctest: \+SKIP)", re.MULTILINE)
#: How many examples stand in each module; the few that need a server are skipped.
EXAMPLES = {
    ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__"): number
    for folder in ("graphkit", "loaders")
    for path in sorted((CHECKOUT / folder).rglob("*.py"))
    if (number := len(EXAMPLE.findall(path.read_text(encoding="utf-8"))))
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_run_as_written(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctest, "ELLIPSIS_MARKER", r"\u2026")  # … as doctest sees it, which compares ASCII
    found = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert not found.failed
    attempted = found.attempted - getattr(found, "skipped", 0)  # Python 3.13 counts those, too
    assert attempted == EXAMPLES[name], "an example stands where doctest does not find it"
