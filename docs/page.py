"""Draw the picture of the page, from a generated connectome: ``python -m docs.page``. Needs chromium and playwright."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from graphkit import Connectome, connect
from graphkit.synthetic import generate
from loaders.generated import Generated
from tests.explorer_browser import Walk, browser, site

PICTURE = Path(__file__).parent / "_static" / "explore.png"


def main() -> None:
    """Load a connectome, open its page, and keep what is seen."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder, neurons=2000, edges=60_000, seed=1)
        with connect(folder / "brain.graph") as connectome:
            connectome.load(Generated(folder))
            connectome.predict_transmitters()
            connectome.merge_connections()
            connectome.mark_downstream(folder / "target_neurons.csv", depth=2)

        def opened(*, read_only: bool) -> Connectome:
            return connect(folder / "brain.graph", read_only=read_only)

        with browser() as program, site(opened, folder / "runs", writable=False) as served:
            walk = Walk(program, served, folder)
            walk.page.set_viewport_size({"width": 1400, "height": 1180})
            walk.open()
            walk.page.locator("#neurons-table .ag-row[row-index='3'] [col-id=root_id]").wait_for()
            walk.page.wait_for_timeout(1000)  # plotly's and the table's last strokes
            walk.page.screenshot(path=PICTURE)
    with Image.open(PICTURE) as picture:
        small = picture.convert("RGB").quantize(256, kmeans=5, dither=Image.Dither.NONE)
        small.save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
