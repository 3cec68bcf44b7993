"""The tour without a mouse, inside a notebook that has shortcuts of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.small_vit import COLUMNS, PREFIX

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.lab.jupyterlab import Lab
    from tests.lab.small_tour import TourNotebook

pytestmark = pytest.mark.lab

STOPS_AT_MOST = 60


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focused element matches."""
    for _ in range(STOPS_AT_MOST):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def test_everything_by_keyboard(tour: TourNotebook, lab: Lab) -> None:
    keyboard = lab.page.keyboard
    patch = len(PREFIX) + COLUMNS + 1
    tour.notebook.run_cell(2, f"tour.query = {patch}")
    lab.page.keyboard.press("Escape")

    tab_to(lab.page, ".vw-picker")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        keyboard.press(key)
    moved = patch + 1 + 2 * COLUMNS
    tour.view.expect_painted(tour.truth.painted(moved))
    tour.notebook.wait_for_value("tour.query", moved)

    keyboard.press("d")
    tour.view.expect_painted(tour.truth.painted(moved, "column"))
    tour.notebook.wait_for_value("tour.direction", "column")

    tab_to(lab.page, "[role=gridcell]")
    for key in ("ArrowUp", "ArrowRight", "Enter"):
        keyboard.press(key)
    lab.screenshot("keyboard")
    tour.notebook.wait_for_value("[tour.layer, tour.head]", [1, 1])
    assert tour.view.selected() == "L1.H1"


def test_up_from_the_picture_lie_the_prefix_tokens(
    tour: TourNotebook, lab: Lab
) -> None:
    tour.view.pick(len(PREFIX) + 2)
    lab.page.keyboard.press("ArrowUp")
    tour.notebook.wait_for_value("tour.query", len(PREFIX) - 1)
    expect(tour.view.chip(PREFIX[-1])).to_be_focused()


def test_the_notebook_hears_no_key_of_ours(tour: TourNotebook, lab: Lab) -> None:
    tour.view.head(0, 0).click()
    before = notebook_state(tour, lab)
    for key in ("b", "a", "x", "d", "d", "j", "k", "ArrowDown", "ArrowUp", "m", "y"):
        lab.page.keyboard.press(key)
    lab.page.wait_for_timeout(200)  # time for a shortcut that should not come
    assert notebook_state(tour, lab) == before


def notebook_state(tour: TourNotebook, lab: Lab) -> list[object]:
    body = """
    const {widgets, activeCellIndex} = find(args[0]).content;
    return [activeCellIndex, ...widgets.map(({model}) => model.type)];
    """
    return lab.call(body, tour.notebook.path)


def test_shift_enter_still_runs_the_cell(tour: TourNotebook, lab: Lab) -> None:
    tour.notebook.run_cell(2, "count = 0")
    tour.notebook.run_cell(1, "count = 1\ntour")
    tour.notebook.ask("count = 0")
    tour.notebook.cell(1).locator(".vw-head").first.focus()
    lab.page.keyboard.press("Shift+Enter")
    tour.notebook.wait_for_value("count", 1)
