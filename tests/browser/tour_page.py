"""The tour in a page opened from disk, and the kernel that the test plays."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.browser.tour_data import TourData

Answer = dict[str, Any] | None

STATIC = Path(__file__).parents[2] / "vitwidgets" / "static"

PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8"><title>tour</title>
<style>:root { color-scheme: light dark; } $page_style</style><style>$css</style>
<main>$places</main>
<script id="esm" type="text/plain">$esm</script>
<script>$host</script>
<script>
const esm = document.getElementById("esm").textContent;
window.tours = [];
window.addTour = async (place, state) => {
  const tour = await vwHost.mount({
    esm, state, answers: window.answerRequest, onSave: window.saveState,
  });
  const leave = await tour.addView(place);
  tours.push({ ...tour, leave });
};
</script>
""")

SAMPLE = """(canvas, boxes) => {
  const context = canvas.getContext("2d");
  const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
  const outer = canvas.getBoundingClientRect();
  const density = canvas.width / outer.width;
  return boxes.map(({left, top, width, height, rows, columns}) =>
    Array.from({length: rows * columns}, (_, patch) => {
      const x = left - outer.left + width * ((patch % columns) + 0.5) / columns;
      const y = top - outer.top + height * (Math.floor(patch / columns) + 0.5) / rows;
      const at = Math.floor(y * density) * canvas.width + Math.floor(x * density);
      return Array.from(data.subarray(4 * at, 4 * at + 4));
    }));
}"""

NEXT_FRAME = "new Promise(requestAnimationFrame)"

BOX = """(element) => {
  const {left, top, width, height} = element.getBoundingClientRect();
  return {left, top, width, height};
}"""


class TourPage:
    """One page; ``answer`` may be replaced to play another kernel."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.requests: list[dict[str, Any]] = []
        self.saved: dict[str, Any] = {}
        self.answer: Callable[[dict[str, Any]], Answer] = lambda _request: None
        page.expose_function("answerRequest", self._answer)
        page.expose_function("saveState", self._save)

    def open(self, *, style: str = "", places: int = 1) -> None:
        """Write the host page to disk and open it, without any tour yet."""
        text = PAGE.substitute(
            page_style=style,
            css=(STATIC / "attention_head_tour.css").read_text("utf8"),
            esm=(STATIC / "attention_head_tour.js").read_text("utf8"),
            host=(STATIC / "host.js").read_text("utf8"),
            places="".join(f'<div id="place{i}"></div>' for i in range(places)),
        )
        path = self.folder / "tour.html"
        path.write_text(text, "utf8")
        self.page.goto(path.as_uri())

    def add(
        self,
        data: TourData,
        place: int = 0,
        *,
        compare: TourData | None = None,
        **state: Any,
    ) -> Tour:
        """Show a tour whose kernel answers, and wait until all attention has come.

        ``compare`` is the other side of it.
        """
        sides = [data] if compare is None else [data, compare]
        self.answer = lambda request: sides[request.get("side", 0)].answer(request)
        tour = self.add_waiting(
            data, place, **{"compared": [each.side() for each in sides[1:]], **state}
        )
        expect(tour.head_grid).to_have_attribute("aria-busy", "false")
        self.settle()
        return tour

    def add_waiting(self, data: TourData, place: int = 0, **state: Any) -> Tour:
        """Show a tour; ``answer`` says what the kernel does."""
        script = "([place, state]) => addTour(document.getElementById(place), state)"
        self.page.evaluate(script, [f"place{place}", data.state(**state)])
        return Tour(self.page.locator(f"#place{place} .vw-root"), data)

    def assign(self, **state: Any) -> None:
        """Set traits as Python would."""
        self.page.evaluate("(state) => tours[0].model.assign(state)", state)
        self.settle()

    def receive(self, content: dict[str, Any]) -> None:
        """Send a custom message as the kernel would."""
        self.page.evaluate("(content) => tours[0].model.receive(content)", content)

    def settle(self) -> None:
        """Wait until every frame that is asked for has been drawn."""
        self.page.evaluate(NEXT_FRAME)
        self.page.evaluate(NEXT_FRAME)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def saved_state(self) -> dict[str, Any]:
        """Return what was saved, but for the record of how it came to be."""
        acts = ("history", "undone")
        return {name: v for name, v in self.saved.items() if name not in acts}

    def kinds(self) -> list[str]:
        return [request["kind"] for request in self.requests]

    def _answer(self, request: dict[str, Any]) -> Answer:
        self.requests.append(request)
        return self.answer(request)

    def _save(self, changes: dict[str, Any]) -> None:
        self.saved |= changes


class Tour:
    """The parts of one tour on a page; its pictures are those of one side."""

    def __init__(self, root: Locator, data: TourData, side: int = 0) -> None:
        self.root = root
        self.data = data
        self.picture = root.get_by_role("slider", name="Picture").nth(side)
        self.large = root.get_by_role("slider", name="Attention").nth(side)
        self.head_grid = root.get_by_role("grid")
        self.status = root.locator(".vw-status")
        self.readout = root.locator(".vw-readout").nth(side)
        self.loading = self.large.locator(".vw-loading")
        self.head_name = root.locator(".vw-head-name").nth(side)
        self.bar = root.locator(".vw-colour-bar").nth(side)
        self.alert = root.get_by_role("alert")
        self.badge = root.locator(".vw-badge")

    def of_side(self, side: int, data: TourData) -> Tour:
        """Return the same tour with the pictures of another side."""
        return Tour(self.root, data, side)

    def head(self, layer: int, head: int) -> Locator:
        address = re.compile(rf"^L{layer}\.H{head}\b")
        return self.root.get_by_role("gridcell", name=address)

    def chip(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)

    def hover(self, picture: Locator, row: int, column: int) -> None:
        """Move the real mouse to the middle of a patch and let the view draw."""
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box
        picture.page.mouse.move(
            box["x"] + box["width"] * (column + 0.5) / self.data.columns,
            box["y"] + box["height"] * (row + 0.5) / self.data.rows,
        )
        picture.page.evaluate(NEXT_FRAME)
        picture.page.evaluate(NEXT_FRAME)

    def thumbnails(self) -> np.ndarray:
        """Return the colour at the middle of every patch of every map in the grid.

        Shape ``(layer, head, row, column, 4)``.
        """
        data = self.data
        cells = self.head_grid.locator(".vw-head")
        boxes = cells.evaluate_all(f"(all) => all.map({BOX})")
        canvas = self.root.locator(".vw-heads-canvas:visible")
        colours = self._sample(canvas, boxes)
        return colours.reshape(data.layers, -1, data.rows, data.columns, 4)

    def large_colours(self) -> np.ndarray:
        """Return the colour at the middle of every patch of the large view."""
        canvas = self.large.locator("canvas")
        return self._sample(canvas, [self.large.evaluate(BOX)])[0]

    def _sample(self, canvas: Locator, boxes: list[dict[str, float]]) -> np.ndarray:
        shape = {"rows": self.data.rows, "columns": self.data.columns}
        colours = canvas.evaluate(SAMPLE, [{**box, **shape} for box in boxes])
        shaped = (len(boxes), self.data.rows, self.data.columns, 4)
        return np.array(colours, np.uint8).reshape(shaped)
