"""The scatter of heads in JupyterLab: its dots under the real mouse, and the tour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.lab.small_vit import COLUMNS, HEADS, LAYERS, PREFIX, ROWS
from tests.lab.tour_view import box_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import FloatRect, Locator

    from tests.lab.jupyterlab import Lab
    from tests.lab.small_tour import TourNotebook
    from tests.lab.truth import Truth

pytestmark = pytest.mark.lab

CHART = "chart = vw.dashboards.head_statistics(tour)\nchart"
ALL = [[layer, head] for layer in range(LAYERS) for head in range(HEADS)]


def by_distance(truth: Truth) -> list[list[int]]:
    """Sort the heads by how far patches look, from the plain model's attention."""
    first = len(PREFIX)
    place = np.stack(np.divmod(np.arange(ROWS * COLUMNS), COLUMNS), -1)
    distance = np.linalg.norm(place[:, None] - place, axis=-1)
    weights = truth.attention[:, :, first:, first:]
    mean = (weights * distance).sum((2, 3)) / weights.sum((2, 3))
    return sorted(ALL, key=lambda at: mean[tuple(at)])


@dataclass(frozen=True)
class Chart:
    root: Locator
    tour: TourNotebook

    def dots(self) -> list[FloatRect]:
        """Return where the dots are on the page, from left to right."""
        dots = self.root.locator('.vw-dots .dot:not([style*="fill: none"])')
        boxes = [box_of(dot) for dot in dots.all() if dot.is_visible()]
        return sorted(boxes, key=lambda box: box["x"] + box["width"] / 2)

    @property
    def rectangle(self) -> Locator:
        return self.root.locator(".brushintsel .selection")

    def drag(self, *corners: tuple[float, float]) -> None:
        mouse = self.root.page.mouse
        mouse.move(*corners[0])
        mouse.down()
        for corner in corners[1:]:
            mouse.move(*corner, steps=4)
        mouse.up()

    def choose_leftmost(self, count: int) -> None:
        """Draw a rectangle over so many dots from the left, whatever their height."""
        area = box_of(self.root.locator(".brushintsel .overlay"))
        last, after = (centre(box)[0] for box in self.dots()[count - 1 : count + 1])
        top, bottom = area["y"] + 2, area["y"] + area["height"] - 2
        self.drag((area["x"] + 2, top), ((last + after) / 2, bottom))

    def faded(self) -> int:
        return self.root.locator('.vw-dots .dot[style*="opacity: 0.25"]').count()

    def heads_in_the_tour(self) -> list[list[int]]:
        """Return the heads that the tour's grid doesn't set apart."""
        cells = self.tour.view.root.locator(".vw-head:not(.vw-apart)")
        # At once: one by one, some may be set apart meanwhile.
        names = cells.evaluate_all("all => all.map((cell) => cell.ariaLabel)")
        return [[*map(int, re.match(r"L(\d+)\.H(\d+)", n).groups())] for n in names]


def centre(box: FloatRect) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def chart(tour: TourNotebook) -> Iterator[Chart]:
    tour.notebook.run_cell(2, CHART)
    assert tour.notebook.errors() == []
    root = tour.notebook.cell(2).locator(".vw-dot-plot")
    root.locator(".vw-dots .dot").nth(len(ALL)).wait_for()  # a ring, and a dot each
    root.locator(".brushintsel .overlay").scroll_into_view_if_needed()
    yield Chart(root, tour)
    tour.notebook.ask("chart.close()")


def test_a_rectangle_leaves_its_heads_in_the_tour(
    chart: Chart, lab: Lab, truth: Truth
) -> None:
    chart.choose_leftmost(5)
    nearest = sorted(by_distance(truth)[:5])
    chart.tour.notebook.wait_for_value("sorted(map(list, tour.selection))", nearest)
    chart.tour.view.wait_for(
        chart.heads_in_the_tour, lambda heads: sorted(heads) == nearest, str(nearest)
    )
    expect(chart.rectangle).to_be_visible()
    assert chart.faded() == len(ALL) - 5
    lab.screenshot("dashboard")

    area = box_of(chart.root.locator(".brushintsel .overlay"))
    chart.root.page.mouse.click(area["x"] + area["width"] - 4, area["y"] + 4)
    chart.tour.notebook.wait_for_value("tour.selection", [])
    chart.tour.view.wait_for(chart.heads_in_the_tour, lambda heads: heads == ALL, "all")
    expect(chart.rectangle).to_be_hidden()


def test_pointing_and_clicking_pass_through_the_brush(
    chart: Chart, truth: Truth
) -> None:
    layer, head = by_distance(truth)[-1]
    page = chart.root.page
    page.mouse.move(*centre(chart.dots()[-1]))
    words = page.locator(".bqplot_mark_tooltip:visible")
    expect(words).to_contain_text(f"L{layer}.H{head}: ")
    expect(words).to_contain_text("mean distance")
    page.mouse.down()
    page.mouse.up()
    chart.tour.notebook.wait_for_value("[tour.layer, tour.head]", [layer, head])
    framed = re.compile(rf"^L{layer}\.H{head}\b")
    frame = chart.tour.view.root.locator(".vw-head[aria-selected=true]")
    expect(frame).to_have_attribute("aria-label", framed)
    page.mouse.move(5, 5)
    expect(words).to_have_count(0)


def test_undoing_in_the_tour_takes_the_rectangle_away(chart: Chart) -> None:
    chart.choose_leftmost(3)
    chart.tour.notebook.wait_for_value("len(tour.selection)", 3)
    chart.tour.notebook.ask("tour.undo()")
    expect(chart.rectangle).to_be_hidden()
    chart.tour.view.wait_for(chart.faded, lambda faded: faded == 0, "all dots alike")
    chart.tour.notebook.wait_for_value("tour.selection", [])


def test_python_and_the_lists_choose(chart: Chart) -> None:
    chart.tour.notebook.ask("tour.selection = [(0, 1), (2, 3)]")
    others = len(ALL) - 2
    chart.tour.view.wait_for(chart.faded, lambda n: n == others, "two dots stand out")
    across = chart.tour.notebook.cell(2).locator("select").first
    across.select_option(label="same row")
    chart.tour.notebook.wait_for_value("chart.x", "row_mass")
    label = chart.root.locator(".axislabel").first
    expect(label).to_have_text("same row")
    assert chart.faded() == others


def test_closing_leaves_the_tour(chart: Chart) -> None:
    chart.tour.notebook.ask("chart.close()")
    expect(chart.root).to_have_count(0)
    chart.tour.view.root.locator(".vw-head").nth(1).click()
    chart.tour.notebook.wait_for_value("[tour.layer, tour.head]", ALL[1])
