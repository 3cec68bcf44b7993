from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.tour_page import Tour, TourPage

UNDO, REDO, REDO_TOO = "Control+z", "Control+Shift+Z", "Control+y"

LEAKS = """() => {
  window.leaked = [];
  document.addEventListener("keydown", (event) => leaked.push(event.key));
}"""


def act(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    time = "2026-01-02T03:04:05.678+00:00"
    return {
        "verb": "brush",
        "address": "L2",
        "before": before,
        "after": after,
        "time": time,
    }


def selected(head: Locator) -> None:
    expect(head).to_have_attribute("aria-selected", "true")


def test_a_click_is_undone_and_done_again(tour: Tour, tour_page: TourPage):
    undo, redo = tour.button("Undo"), tour.button("Redo")
    tour.head(2, 1).click()
    tour_page.settle()
    (only,) = tour_page.saved["history"]
    assert only["before"] == {"layer": 0, "head": 0}
    assert only["after"] == {"layer": 2, "head": 1}
    expect(undo).to_have_attribute("title", f"Undo: {only['verb']} L2.H1")
    undo.click()
    selected(tour.head(0, 0))
    assert [tour_page.saved[name] for name in ("layer", "head", "undone")] == [0, 0, 1]
    redo.click()
    selected(tour.head(2, 1))
    assert [tour_page.saved[name] for name in ("layer", "head", "undone")] == [2, 1, 0]


def test_buttons_say_when_there_is_nothing_and_keep_the_focus(
    tour: Tour, tour_page: TourPage
):
    undo, redo = tour.button("to undo"), tour.button("to redo")
    expect(undo).to_have_attribute("aria-disabled", "true")
    expect(redo).to_have_attribute("aria-disabled", "true")
    undo.focus()
    tour_page.press("Enter", "Shift+Tab", UNDO, REDO)
    assert tour_page.saved == {}
    tour.head(2, 1).click()
    tour.button("Undo: ").click()
    expect(undo).to_be_focused()
    expect(undo).to_have_attribute("aria-disabled", "true")
    tour_page.press(REDO)
    selected(tour.head(2, 1))


@pytest.mark.parametrize("redo", [REDO, REDO_TOO])
def test_keys_undo_in_the_view_and_not_in_the_notebook(
    tour: Tour, tour_page: TourPage, redo: str
):
    tour_page.page.evaluate(LEAKS)
    tour.head(2, 1).click()
    tour.picture.focus()
    tour_page.press(UNDO)
    selected(tour.head(0, 0))
    tour_page.press(redo)
    selected(tour.head(2, 1))
    tour_page.press(redo, UNDO, UNDO)
    selected(tour.head(0, 0))
    leaked = tour_page.page.evaluate("leaked")
    assert set(leaked) <= {"Control", "Shift"}


def test_a_text_undoes_its_own_typing(tour: Tour, tour_page: TourPage):
    tour_page.page.evaluate(LEAKS)
    tour.head(2, 1).click()
    tour.root.evaluate("(root) => root.append(document.createElement('input'))")
    field = tour.root.locator("> input")
    field.focus()
    tour_page.press("7", UNDO)
    expect(field).to_have_value("")
    selected(tour.head(2, 1))
    assert "z" not in tour_page.page.evaluate("leaked")


def test_pointing_is_no_act_but_a_click_is_undone(tour: Tour, tour_page: TourPage):
    for column in range(4):
        tour.hover(tour.picture, 1, column)
    assert tour_page.saved == {"query": tour.data.token(1, 3)}
    tour_page.page.mouse.down()
    tour_page.page.mouse.up()
    tour_page.settle()
    tour_page.press(UNDO)
    assert tour_page.saved["query"] == 0
    tour_page.press(REDO)
    assert tour_page.saved["query"] == tour.data.token(1, 3)


def test_what_python_did_is_undone(tour: Tour, tour_page: TourPage):
    tour_page.assign(layer=2, history=[act({"layer": 0}, {"layer": 2})], undone=0)
    undo, redo = tour.button("Undo: brush L2"), tour.button("Redo: brush L2")
    undo.click()
    selected(tour.head(0, 0))
    expect(redo).to_be_visible()
    tour_page.assign(layer=2, undone=0)
    expect(undo).to_be_visible()
    tour_page.assign(layer=0, undone=1)
    redo.click()
    selected(tour.head(2, 0))


def test_an_undo_that_can_not_be_shown_says_so(tour: Tour, tour_page: TourPage):
    wrong = act({"scale": "log", "layer": 99}, {"scale": "linear", "layer": 0})
    tour_page.assign(history=[wrong])
    tour.picture.focus()
    tour_page.press(UNDO)
    expect(tour.alert).to_contain_text("Undo is not possible: layer 99 doesn't exist")
    assert tour_page.saved == {}
    selected(tour.head(0, 0))


def test_undo_lets_go_of_what_was_kept(tour: Tour, tour_page: TourPage):
    tour.hover(tour.picture, 1, 1)
    tour.picture.page.mouse.down()
    tour.picture.page.mouse.up()
    tour.hover(tour.picture, 2, 2)
    assert tour_page.saved["query"] == tour.data.token(1, 1)
    tour.button("Undo").click()
    tour.hover(tour.picture, 3, 3)
    assert tour_page.saved["query"] == tour.data.token(3, 3)
