"""The attribution in a page opened from disk, and the kernel that the test plays."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from playwright.sync_api import expect

from tests.browser.tour_page import BOX, NEXT_FRAME, PAGE, SAMPLE, STATIC, TourPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.attribution_data import AttributionData


MINUS = "\N{MINUS SIGN}"


def number(value: float) -> str:
    """Give a number as a sum has it: four decimals, or four digits of small ones."""
    size = abs(value)
    decimals = 4 if size >= 0.01 else 3 - math.floor(math.log10(size))
    return f"{value:.{decimals}f}".replace("-", MINUS)


def change(value: float) -> str:
    """Give a number as what is added."""
    return number(value) if value < 0 else f"+{number(value)}"


class AttributionPage(TourPage):
    """One page; ``answer`` may be replaced to play another kernel."""

    def open(self, *, style: str = "", places: int = 1) -> None:
        """Write the host page to disk and open it, without any view yet."""
        text = PAGE.substitute(
            page_style=style,
            css=(STATIC / "logit_attribution.css").read_text("utf8"),
            esm=(STATIC / "logit_attribution.js").read_text("utf8"),
            host=(STATIC / "host.js").read_text("utf8"),
            places="".join(f'<div id="place{i}"></div>' for i in range(places)),
        )
        path = self.folder / "attribution.html"
        path.write_text(text, "utf8")
        self.page.goto(path.as_uri())

    def show(self, data: AttributionData, **state: Any) -> Attribution:
        """Show an attribution whose kernel answers, and wait for its number."""
        self.answer = data.answer
        view = self.show_waiting(data, **state)
        expect(view.value).not_to_have_text("…")
        self.settle()
        return view

    def show_waiting(self, data: AttributionData, **state: Any) -> Attribution:
        """Show an attribution; ``answer`` says what the kernel does."""
        script = "(state) => addTour(document.getElementById('place0'), state)"
        self.page.evaluate(script, data.state(**state))
        view = Attribution(self.page.locator("#place0 .vw-root"), data)
        expect(view.status).not_to_be_empty()
        return view


class Attribution:
    """The parts of one attribution on a page."""

    def __init__(self, root: Locator, data: AttributionData) -> None:
        self.root = root
        self.data = data
        self.quantity = root.locator(".vw-quantity")
        self.value = root.locator(".vw-value")
        self.frozen = root.locator(".vw-frozen")
        self.note = root.locator(".vw-note")
        self.status = root.locator(".vw-status")
        self.alert = root.get_by_role("alert")
        self.badge = root.locator(".vw-badge")
        self.curve = root.get_by_role("group", name="Through the model")
        self.parts = root.get_by_role("group", name="Heads and MLPs")
        self.opened = root.get_by_role("group", name="Taken apart", exact=True)
        self.sum = self.opened.locator(".vw-sum")
        self.missing = self.opened.locator(".vw-missing")
        self.path = self.opened.get_by_role("navigation")
        self.bars = self.opened.locator(".vw-bar-row:visible")
        self.picture = root.get_by_role("slider", name="Source tokens")
        self.target = root.get_by_role("combobox", name="Class")
        self.versus = root.get_by_role("combobox", name="Compared with")
        self.options = root.get_by_role("option")

    def step(self, name: str) -> Locator:
        """Return a step of the curve: "L1 attention"."""
        return self.curve.get_by_role("button", name=re.compile(rf"^{name}: "))

    def cell(self, address: str) -> Locator:
        """Return a cell of the grid of parts."""
        return self.parts.get_by_role("gridcell", name=f"{address}:")

    def bar(self, name: str) -> Locator:
        """Return a bar of what is opened."""
        return self.opened.get_by_role("button", name=re.compile(rf"^{name} "))

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def readout(self, panel: Locator) -> Locator:
        return panel.locator(".vw-readout:visible")

    def hover(self, row: int, column: int) -> None:
        """Move the real mouse to the middle of a patch and let the view draw."""
        self.picture.scroll_into_view_if_needed()
        box = self.picture.bounding_box()
        assert box
        page = self.root.page
        page.mouse.move(
            box["x"] + box["width"] * (column + 0.5) / self.data.columns,
            box["y"] + box["height"] * (row + 0.5) / self.data.rows,
        )
        for _ in range(2):
            page.evaluate(NEXT_FRAME)

    def colours(self) -> np.ndarray:
        """Return the colour at the middle of every patch, ``(row, column, 4)``."""
        shape = {"rows": self.data.rows, "columns": self.data.columns}
        boxes = [{**self.picture.evaluate(BOX), **shape}]
        colours = self.picture.locator("canvas").evaluate(SAMPLE, boxes)
        return np.array(colours, np.uint8).reshape(self.data.rows, self.data.columns, 4)
