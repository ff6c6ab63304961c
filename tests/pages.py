"""The Python of a page of the documentation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any


def run_page(page: Path) -> dict[str, Any]:
    """Run the Python of a page, block after block; return its names."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(compile(block, page.name, "exec"), names)
    return names
