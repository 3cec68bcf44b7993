"""The grids of click-to-patch on a page, and what a test does to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.browser.tour_page import BOX, SAMPLE

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.patcher_page import Patcher

MINUS = "\N{MINUS SIGN}"

PIXELS = """(canvas, [rows, columns, row, column]) => {
  const [width, height] = [canvas.width / columns, canvas.height / rows];
  const [left, top] = [Math.round(column * width), Math.round(row * height)];
  const wide = Math.round((column + 1) * width) - left;
  const high = Math.round((row + 1) * height) - top;
  const {data} = canvas.getContext("2d").getImageData(left, top, wide, high);
  return [high, wide, Array.from(data)];
}"""


def four_digits(value: float) -> str:
    """Give a value as the grid prints it."""
    text = np.format_float_positional(
        abs(value), precision=4, fractional=False, trim="k"
    )
    return (MINUS if value < 0 else "") + text


class Grids:
    """The panel of the grids; cells are those of a grid of this shape."""

    def __init__(self, view: Patcher, shape: tuple[int, int]) -> None:
        self.view = view
        self.rows, self.columns = shape
        self.root = view.root.get_by_role("group", name="Where the answer is decided")
        self.grid = self.root.get_by_role("grid")
        self.canvas = self.grid.locator("canvas")
        self.walked = self.grid.locator(".vw-hidden [id]")
        self.caption = self.root.locator(".vw-readout")
        self.strongest = self.root.get_by_role("group", name="Strongest first")
        self.ticks = self.root.locator(".vw-ticks span")
        self.start = self.root.get_by_role("button", name="exactly")
        self.cancel = self.root.get_by_role("button", name="Cancel")
        self.progress = self.root.get_by_role("progressbar", name="a sweep")
        self.sweep = self.root.get_by_role("group", name="Sweep", exact=True)

    def tab(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def at(self, row: int, column: int) -> tuple[float, float]:
        """Return the middle of a cell that is on show, in the window's pixels."""
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        assert box
        return (
            box["x"] + box["width"] * (column + 0.5) / self.columns,
            box["y"] + box["height"] * (row + 0.5) / self.rows,
        )

    def hover(self, row: int, column: int) -> None:
        """Move the real mouse to the middle of a cell and let the view draw."""
        self.view.root.page.mouse.move(*self.at(row, column))
        self.settle()

    def click(self, row: int, column: int, *, shift: bool = False) -> None:
        page = self.view.root.page
        if shift:
            page.keyboard.down("Shift")
        page.mouse.click(*self.at(row, column))
        if shift:
            page.keyboard.up("Shift")
        self.settle()

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press at one cell, move to another, and let go."""
        mouse = self.view.root.page.mouse
        mouse.move(*self.at(*start))
        mouse.down()
        mouse.move(*self.at(*end), steps=5)
        mouse.up()
        self.settle()

    def colours(self) -> np.ndarray:
        """Return the colour at the middle of every cell, ``(row, column, 4)``."""
        shape = {"rows": self.rows, "columns": self.columns}
        boxes = [{**self.canvas.evaluate(BOX), **shape}]
        colours = self.canvas.evaluate(SAMPLE, boxes)
        return np.array(colours, np.uint8).reshape(self.rows, self.columns, 4)

    def pixels(self, row: int, column: int) -> np.ndarray:
        """Return the pixels of a cell, ``(y, x, 4)``."""
        cell = [self.rows, self.columns, row, column]
        high, wide, data = self.canvas.evaluate(PIXELS, cell)
        return np.array(data, np.uint8).reshape(high, wide, 4)

    def settle(self) -> None:
        self.view.settle()
