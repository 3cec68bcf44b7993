from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers

if TYPE_CHECKING:
    from tests.browser.tour_page import Tour, TourPage

LEAKS = """() => {
  window.leaked = [];
  document.addEventListener("keydown", (event) => leaked.push(event.key));
}"""


def tab_to(tour_page: TourPage, tour: Tour, name: str) -> None:
    """Press Tab until the focus is on the element with this class."""
    for _ in range(20):
        tour_page.page.keyboard.press("Tab")
        if tour.root.locator(f".{name}:focus").count():
            return
    raise AssertionError(f"Tab never reached .{name}")


def test_everything_with_the_keyboard_alone(tour: Tour, tour_page: TourPage):
    data = tour.data
    tab_to(tour_page, tour, "vw-chip")
    tour_page.press("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight")
    assert tour_page.saved["query"] == data.token(1, 2)
    tour_page.press("End")
    assert tour_page.saved["query"] == data.token(1, 4)
    tour_page.press("Control+End")
    assert tour_page.saved["query"] == data.token(3, 4)
    tour_page.press("Home", "ArrowUp")
    assert tour_page.saved["query"] == data.token(2, 0)

    tab_to(tour_page, tour, "vw-large")
    tour_page.press("Control+Home", "ArrowDown", "ArrowRight")
    exact = data.attention[0, 0, data.token(2, 0), data.token(1, 1)]
    expect(tour.readout).to_have_text(f"patch (1,1): {exact:#.4g}")

    tab_to(tour_page, tour, "vw-head")
    tour_page.press("ArrowDown", "ArrowDown", "ArrowRight", "Enter")
    assert (tour_page.saved["layer"], tour_page.saved["head"]) == (2, 1)
    tour_page.press("Home", " ")
    assert (tour_page.saved["layer"], tour_page.saved["head"]) == (2, 0)

    tour_page.press("d", "s", "m")
    assert tour_page.saved["direction"] == "column"
    assert tour_page.saved["scale"] == "log"
    assert tour_page.saved["maximum"] == "shared"
    values = data.values(data.token(2, 0), "column")
    assert_painted(tour.thumbnails(), colour_numbers(values, 2, "log", "shared"))
    tour_page.press("d", "s", "m")
    assert tour_page.saved["direction"] == "row"
    assert tour_page.saved["scale"] == "linear"
    assert tour_page.saved["maximum"] == "head"


def test_up_from_the_first_row_leads_to_the_prefix_tokens(
    tour: Tour, tour_page: TourPage
):
    tour_page.assign(query=tour.data.token(0, 2))
    tour.picture.focus()
    tour_page.press("ArrowUp")
    expect(tour.chip("reg0")).to_be_focused()
    assert tour_page.saved["query"] == 1
    tour_page.press("ArrowLeft")
    expect(tour.chip("cls")).to_be_focused()
    assert tour_page.saved["query"] == 0
    tour_page.press("ArrowDown")
    expect(tour.picture).to_be_focused()
    assert tour_page.saved["query"] == tour.data.token(0, 2)


def test_passing_through_changes_nothing(tour: Tour, tour_page: TourPage):
    tour_page.assign(query=9)
    for _ in range(12):
        tour_page.page.keyboard.press("Tab")
    for _ in range(12):
        tour_page.page.keyboard.press("Shift+Tab")
    tour_page.settle()
    assert tour_page.saved == {}


def test_keys_do_not_leak_to_the_notebook(tour: Tour, tour_page: TourPage):
    tour_page.page.evaluate(LEAKS)
    for place in (tour.picture, tour.chip("cls"), tour.large, tour.head(0, 0)):
        place.focus()
        tour_page.press("b", "x", "ArrowDown", "Enter", "0", "M")
    assert tour_page.page.evaluate("leaked") == []


@pytest.mark.parametrize(
    "keys", ["Escape", "Shift+Enter", "Control+Enter", "Control+s", "Tab"]
)
def test_keys_of_the_notebook_reach_it(tour: Tour, tour_page: TourPage, keys: str):
    tour_page.page.evaluate(LEAKS)
    tour.picture.focus()
    tour_page.press(keys)
    assert tour_page.page.evaluate("leaked.at(-1)") == keys.rsplit("+", maxsplit=1)[-1]
    assert tour_page.saved == {}


def test_help_opens_and_closes(tour: Tour, tour_page: TourPage):
    button = tour.root.get_by_role("button", name="Help")
    expect(tour.root.locator(".vw-help")).to_be_hidden()
    tour.picture.focus()
    tour_page.press("?")
    expect(tour.root.locator(".vw-help")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    button.click()
    expect(tour.root.locator(".vw-help")).to_be_hidden()


def test_focus_is_seen(tour: Tour, tour_page: TourPage):
    for name in ("vw-chip", "vw-large", "vw-head", "vw-button"):
        if name == "vw-button":
            tour.picture.focus()
            tour_page.press("Shift+Tab")
        else:
            tab_to(tour_page, tour, name)
        outline = "document.activeElement.computedStyleMap().get('outline-width').value"
        style = "getComputedStyle(document.activeElement).outlineStyle"
        assert tour_page.page.evaluate(style) != "none"
        assert tour_page.page.evaluate(outline) >= 2
