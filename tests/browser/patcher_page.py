"""Click-to-patch in a page opened from disk, and the kernel that the test plays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from playwright.sync_api import expect

from tests.browser.tour_page import BOX, NEXT_FRAME, PAGE, SAMPLE, STATIC, TourPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.patcher_data import PatcherData


# Milliseconds, a little more than a view waits to draw an act and its answer in one.
TOGETHER = 70


class PatcherPage(TourPage):
    """One page; ``answer`` may be replaced to play another kernel."""

    def open(self, *, style: str = "", places: int = 1) -> None:
        """Write the host page to disk and open it, without any view yet."""
        text = PAGE.substitute(
            page_style=style,
            css=(STATIC / "click_to_patch.css").read_text("utf8"),
            esm=(STATIC / "click_to_patch.js").read_text("utf8"),
            host=(STATIC / "host.js").read_text("utf8"),
            places="".join(f'<div id="place{i}"></div>' for i in range(places)),
        )
        path = self.folder / "patcher.html"
        path.write_text(text, "utf8")
        self.page.goto(path.as_uri())

    def show(self, data: PatcherData, **state: Any) -> Patcher:
        """Show a view whose kernel answers, and wait for its prediction."""
        self.answer = data.answer
        view = self.show_waiting(data, **state)
        expect(view.prediction).to_have_attribute("aria-busy", "false")
        self.settle()
        return view

    def show_waiting(self, data: PatcherData, **state: Any) -> Patcher:
        """Show a view; ``answer`` says what the kernel does."""
        script = "(state) => addTour(document.getElementById('place0'), state)"
        self.page.evaluate(script, data.state(**state))
        return Patcher(self.page.locator("#place0 .vw-root"), data)

    def settle(self) -> None:
        """Wait until what was done is drawn and saved, with its answer or without."""
        self.page.wait_for_timeout(TOGETHER)
        super().settle()

    def predicted(self) -> list[list[dict[str, Any]]]:
        """Return the edits of each prediction that was asked for."""
        asked = [each for each in self.requests if each["kind"] == "predict"]
        return [request["interventions"] for request in asked]


class Patcher:
    """The parts of one view on a page."""

    def __init__(self, root: Locator, data: PatcherData) -> None:
        self.root = root
        self.data = data
        self.status = root.locator(".vw-status")
        self.alert = root.locator(".vw-body > .vw-alert")
        self.badge = root.locator(".vw-badge")
        self.clean = root.get_by_role("slider", name="Clean image")
        self.donor = root.get_by_role("slider", name="Donor")
        self.prediction = root.get_by_role("group", name="Prediction", exact=True)
        self.headline = self.prediction.locator(".vw-headline")
        self.difference = self.prediction.locator(".vw-difference")
        self.rows = self.prediction.get_by_role("row")
        self.target = root.get_by_role("combobox", name="Wanted class")
        self.strength = root.get_by_role("slider", name="Strength").first
        self.options = root.get_by_role("option")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def at(self, picture: Locator, row: int, column: int) -> tuple[float, float]:
        """Return the middle of a patch, in the window's pixels."""
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box
        return (
            box["x"] + box["width"] * (column + 0.5) / self.data.columns,
            box["y"] + box["height"] * (row + 0.5) / self.data.rows,
        )

    def hover(self, picture: Locator, row: int, column: int) -> None:
        """Move the real mouse to the middle of a patch and let the view draw."""
        self.root.page.mouse.move(*self.at(picture, row, column))
        self.settle()

    def click(self, picture: Locator, row: int, column: int) -> None:
        self.root.page.mouse.click(*self.at(picture, row, column))
        self.settle()

    def drag(self, picture: Locator, *places: tuple[int, int]) -> None:
        """Press at the first patch, move over the others, and let go."""
        mouse = self.root.page.mouse
        mouse.move(*self.at(picture, *places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.at(picture, *place), steps=4)
        mouse.up()
        self.settle()

    def colours(self, picture: Locator) -> np.ndarray:
        """Return the colour at the middle of every patch, ``(row, column, 4)``."""
        shape = {"rows": self.data.rows, "columns": self.data.columns}
        boxes = [{**picture.evaluate(BOX), **shape}]
        colours = picture.locator("canvas").evaluate(SAMPLE, boxes)
        return np.array(colours, np.uint8).reshape(self.data.rows, self.data.columns, 4)

    def settle(self) -> None:
        """Wait until what was done is drawn and saved, with its answer or without."""
        self.root.page.wait_for_timeout(TOGETHER)
        for _ in range(2):
            self.root.page.evaluate(NEXT_FRAME)
