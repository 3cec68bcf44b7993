"""What a person sees of an attention head tour, and does to it.

Values are read off the screen as a person would: by finding a pixel's colour on the
colour bar. Nothing here knows a colour table.
"""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import FloatRect, Locator

LUMINANCE = (0.2126, 0.7152, 0.0722)


class TourView:
    """One view of a tour with this grid of patches."""

    def __init__(self, root: Locator, rows: int, columns: int, prefix: int) -> None:
        self.root, self.page = root, root.page
        self.rows, self.columns, self.prefix = rows, columns, prefix

    @property
    def picker(self) -> Locator:
        return self.root.locator(".vw-picker")

    @property
    def large(self) -> Locator:
        return self.root.locator(".vw-large")

    @property
    def badge(self) -> Locator:
        return self.root.locator(".vw-badge")

    @property
    def alert(self) -> Locator:
        return self.root.get_by_role("alert")

    def head(self, layer: int, head: int) -> Locator:
        address = re.compile(rf"^L{layer}\.H{head}\b")
        return self.root.get_by_role("gridcell", name=address)

    def chip(self, name: str) -> Locator:
        return self.root.locator(".vw-chip", has_text=name)

    def switch(self, value: str) -> Locator:
        return self.root.locator(f"button[data-value={value}]")

    def pressed(self) -> list[str | None]:
        """Return the values of direction, scale and maximum that the switches show."""
        names = ("Direction", "Colours", "Maximum")
        groups = [self.root.get_by_role("group", name=name) for name in names]
        pressed = [group.locator("[aria-pressed=true]") for group in groups]
        return [button.get_attribute("data-value") for button in pressed]

    def selected(self) -> str | None:
        """Return the name of the framed head."""
        label = self.root.locator("[aria-selected=true]").get_attribute("aria-label")
        return label and label.split(",")[0]  # its type may follow

    def query(self) -> int:
        """Return the token that the picture or a chip marks as the query."""
        chips = self.root.locator(".vw-chip[aria-pressed=true]").all()
        if chips:
            return int(chips[0].get_attribute("data-token") or "")
        return self._marked(self.picker)

    def hover(self, stage: Locator, token: int) -> None:
        """Move the mouse to a patch of the picture or the large view."""
        canvas = stage.locator("canvas")
        box = box_of(canvas)
        row, column = divmod(token - self.prefix, self.columns)
        x = (column + 0.5) * box["width"] / self.columns
        y = (row + 0.5) * box["height"] / self.rows
        canvas.hover(position={"x": x, "y": y})

    def pick(self, token: int) -> None:
        """Click a patch of the picture, so that the query stays with it."""
        self.hover(self.picker, token)
        self.page.mouse.down()
        self.page.mouse.up()

    def value_at(self, token: int) -> tuple[str, float]:
        """Point at a patch of the large view; return what is named there, exactly."""
        self.hover(self.large, token)
        readout = self.root.locator(".vw-readout")
        pattern = re.compile(r"^(.*): ([-+.e\d]+)$")
        text = self.wait_for(readout.text_content, pattern.match, "an exact value")
        name, number = pattern.match(text).groups()
        return name, float(number)

    def painted(self) -> np.ndarray:
        """Read the thumbnails: places on the colour bar, (layer, head, row, column)."""
        box = box_of(self.root)
        boxes = [
            [box_of(cell) for cell in row.get_by_role("gridcell").all()]
            for row in self.root.get_by_role("row").all()[1:]
        ]
        bar_box = box_of(self.root.locator(".vw-bar").first)
        screen = picture_of(self.root)
        bar = cut(screen, box, bar_box)
        colours = bar[len(bar) // 2].astype(float)
        cells = np.array(
            [[self._centres(cut(screen, box, part)) for part in row] for row in boxes]
        )
        distance = np.abs(cells[..., None, :] - colours).sum(-1)
        return distance.argmin(-1) / (len(colours) - 1)

    def brightness(self) -> np.ndarray:
        """Return the luminance of the large view's patches, (row, column)."""
        return self._centres(picture_of(self.large)) @ LUMINANCE

    def expect_painted(self, expected: tuple[np.ndarray, np.ndarray]) -> None:
        """Wait until the thumbnails show these places on the colour bar.

        ``expected`` is places and tolerances, each (layer, head, patch).
        """
        places, tolerance = (
            part.reshape(*part.shape[:2], self.rows, self.columns) for part in expected
        )

        def wrong() -> list[str]:
            seen = self.painted()
            off = np.abs(seen - places) > tolerance
            return [
                f"L{at[0]}.H{at[1]} ({at[2]},{at[3]}): {seen[at]:.3f}"
                f" where {places[at]:.3f} belongs"
                for at in zip(*np.nonzero(off), strict=True)
            ]

        self.wait_for(wrong, lambda patches: not patches, "no patch is wrong")

    def wait_for(
        self,
        look: Callable[[], object],
        good: Callable[[Any], bool],
        what: str,
        seconds: float = 5,
    ) -> Any:
        """Look until it is good, and return what was seen."""
        deadline = time.monotonic() + seconds
        while not good(seen := look()):
            late = time.monotonic() > deadline
            assert not late, f"waited for: {what}; saw {seen!s:.500}"
            self.page.wait_for_timeout(30)
        return seen

    def _centres(self, picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        y = ((np.arange(self.rows) + 0.5) * height / self.rows).astype(int)
        x = ((np.arange(self.columns) + 0.5) * width / self.columns).astype(int)
        return picture[np.ix_(y, x)].astype(float)

    def _marked(self, stage: Locator) -> int:
        mark, box = box_of(stage.locator(".vw-query")), box_of(stage)
        column = (mark["x"] + mark["width"] / 2 - box["x"]) / box["width"]
        row = (mark["y"] + mark["height"] / 2 - box["y"]) / box["height"]
        place = int(row * self.rows) * self.columns + int(column * self.columns)
        return self.prefix + place


def box_of(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box is not None, f"{element} is not on the screen"
    return box


def picture_of(element: Locator) -> np.ndarray:
    badges = ".vw-badge-of-type { visibility: hidden }"  # words over the thumbnails
    shot = element.screenshot(animations="disabled", style=badges)
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))


def cut(screen: np.ndarray, whole: FloatRect, part: FloatRect) -> np.ndarray:
    """Cut an element's box out of a picture of the element around it."""
    left, top = round(part["x"] - whole["x"]), round(part["y"] - whole["y"])
    return screen[top : top + round(part["height"]), left : left + round(part["width"])]
