"""The lens in a page opened from disk, and the kernel that the test plays."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from tests.browser.tour_page import (
    BOX,
    NEXT_FRAME,
    PAGE,
    SAMPLE,
    STATIC,
    TourPage,
)

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.lens_data import LensData


class LensPage(TourPage):
    """One page; ``answer`` may be replaced to play another kernel."""

    def open(self, *, style: str = "", places: int = 1) -> None:
        """Write the host page to disk and open it, without any lens yet."""
        text = PAGE.substitute(
            page_style=style,
            css=(STATIC / "emoji_logit_lens.css").read_text("utf8"),
            esm=(STATIC / "emoji_logit_lens.js").read_text("utf8"),
            host=(STATIC / "host.js").read_text("utf8"),
            places="".join(f'<div id="place{i}"></div>' for i in range(places)),
        )
        path = self.folder / "lens.html"
        path.write_text(text, "utf8")
        self.page.goto(path.as_uri())

    def show(self, data: LensData, place: int = 0, **state: Any) -> Lens:
        """Show a lens whose kernel answers as ``data`` does, and let it draw."""
        self.answer = data.answer
        return self.show_waiting(data, place, **state)

    def show_waiting(self, data: LensData, place: int = 0, **state: Any) -> Lens:
        """Show a lens; ``answer`` says what the kernel does."""
        script = "([place, state]) => addTour(document.getElementById(place), state)"
        self.page.evaluate(script, [f"place{place}", data.state(**state)])
        lens = Lens(self.page.locator(f"#place{place} .vw-root"), data)
        expect(lens.status).not_to_be_empty()
        self.settle()
        return lens


class Lens:
    """The parts of one lens on a page."""

    def __init__(self, root: Locator, data: LensData) -> None:
        self.root = root
        self.data = data
        self.picture = root.get_by_role("slider", name="What each patch says")
        self.canvas = self.picture.locator("canvas")
        self.slider = root.get_by_role("slider", name="Layer")
        self.layer_name = root.locator(".vw-layer-name")
        self.play = root.locator(".vw-play")
        self.status = root.locator(".vw-status")
        self.readout = root.get_by_role("group", name="What the token says")
        self.legend = root.get_by_role("group", name="Patches by class")
        self.entries = root.locator(".vw-legend-entry:visible")
        self.loading = self.picture.locator(".vw-loading")
        self.bar = root.locator(".vw-colour-bar")
        self.alert = root.get_by_role("alert")
        self.badge = root.locator(".vw-badge")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def prefix_cell(self, token: int) -> Locator:
        return self.root.locator(f'.vw-prefix-cell[data-token="{token}"]')

    def point(self, row: int, column: int) -> tuple[float, float]:
        """Return the middle of a patch on the page, when the picture is not closer."""
        self.picture.scroll_into_view_if_needed()
        box = self.picture.bounding_box()
        assert box
        return (
            box["x"] + box["width"] * (column + 0.5) / self.data.columns,
            box["y"] + box["height"] * (row + 0.5) / self.data.rows,
        )

    def hover(self, row: int, column: int) -> None:
        """Move the real mouse to the middle of a patch and let the view draw."""
        self.root.page.mouse.move(*self.point(row, column))
        self._settle()

    def click(self, row: int, column: int) -> None:
        """Click the middle of a patch and let the view draw."""
        self.root.page.mouse.click(*self.point(row, column))
        self._settle()

    def colours(self) -> np.ndarray:
        """Return the colour at the middle of every patch, ``(row, column, 4)``."""
        shape = {"rows": self.data.rows, "columns": self.data.columns}
        boxes = [{**self.picture.evaluate(BOX), **shape}]
        colours = self.canvas.evaluate(SAMPLE, boxes)
        return np.array(colours, np.uint8).reshape(self.data.rows, self.data.columns, 4)

    def pixels(self) -> np.ndarray:
        """Return all pixels of the picture's canvas, ``(height, width, 4)``."""
        url = self.canvas.evaluate("(canvas) => canvas.toDataURL()")
        image = Image.open(BytesIO(b64decode(url.partition(",")[2])))
        return np.asarray(image.convert("RGBA"))

    def _settle(self) -> None:
        for _ in range(2):
            self.root.page.evaluate(NEXT_FRAME)
