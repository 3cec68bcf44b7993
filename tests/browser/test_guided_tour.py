from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.tour_data import TourData
    from tests.browser.tour_page import Tour, TourPage

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = "async () => (await axe.run('main')).violations.map(({id}) => id)"

STOPS = [
    {"title": "<b>First</b>", "text": "<i>One</i>.", "state": {"layer": 2, "head": 1}},
    {"title": "Second", "text": "Two.", "state": {"query": 7, "direction": "column"}},
    {"title": "Third", "text": "Three.", "state": {"layer": 1, "pins": [[0, 1]]}},
]


class Guide:
    """The guided tour's part of a view."""

    def __init__(self, tour: Tour) -> None:
        self.root = tour.root.get_by_role("group", name="Guided tour")
        self.stop = self.root.locator(".vw-stop")
        self.place = self.root.locator(".vw-stops-place")
        self.jump = self.root.get_by_role("combobox", name="Jump to a stop")
        self.title = self.root.get_by_role("textbox", name="Title")
        self.text = self.root.get_by_role("textbox", name="What there is to see")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)


@pytest.fixture(name="tour")
def _tour(tour_page: TourPage, data: TourData, stops: list[dict[str, Any]]) -> Tour:
    return tour_page.add(data, stops=stops)


@pytest.fixture(name="stops")
def _stops() -> list[dict[str, Any]]:
    return STOPS


@pytest.fixture(name="guide")
def _guide(tour: Tour) -> Guide:
    return Guide(tour)


def saved(tour_page: TourPage, *names: str) -> list[Any]:
    tour_page.settle()
    return [tour_page.saved.get(name) for name in names]


def test_next_back_and_jump_lead_through_the_stops(guide: Guide, tour_page: TourPage):
    guide.button("Start the tour").click()
    assert saved(tour_page, "stop", "layer", "head") == [0, 2, 1]
    expect(guide.button("Next")).to_be_focused()
    expect(guide.place).to_have_text("1 / 3")
    expect(guide.button("Back")).to_have_attribute("aria-disabled", "true")
    guide.button("Next").click()
    assert saved(tour_page, "stop", "query", "direction") == [1, 7, "column"]
    expect(guide.stop).to_contain_text("Two.")
    guide.jump.select_option("3. Third")
    assert saved(tour_page, "stop", "layer", "pins") == [2, 1, [[0, 1]]]
    expect(guide.button("Next")).to_have_attribute("aria-disabled", "true")
    guide.button("Next").click(force=True)  # Playwright waits until it is enabled
    assert saved(tour_page, "stop") == [2]
    guide.button("Back").click()
    assert saved(tour_page, "stop") == [1]
    expect(guide.jump).to_have_value("2. Second")


def test_what_a_stop_says_is_text_and_is_read_aloud(guide: Guide):
    expect(guide.stop).to_have_attribute("aria-live", "polite")
    guide.button("Start the tour").click()
    expect(guide.stop).to_have_text("<b>First</b><i>One</i>.")
    expect(guide.root.locator("b, i")).to_have_count(0)


def test_keys_lead_through_the_stops_from_anywhere(
    tour: Tour, guide: Guide, tour_page: TourPage
):
    tour.head(0, 0).focus()
    tour_page.press("p")
    assert "stop" not in tour_page.saved
    tour_page.press("n", "n", "p")
    expect(guide.place).to_have_text("1 / 3")
    tour_page.press("N", "n", "n", "n")
    expect(guide.place).to_have_text("3 / 3")


def test_a_stop_stays_when_the_pointer_leaves_its_button(
    tour: Tour, guide: Guide, tour_page: TourPage
):
    guide.button("Start the tour").click()
    guide.button("Next").click()
    tour.hover(tour.picture, 3, 4)
    assert saved(tour_page, "query") == [7]


def test_going_to_a_stop_is_one_act(tour: Tour, guide: Guide, tour_page: TourPage):
    guide.button("Start the tour").click()
    tour_page.settle()
    assert [act["verb"] for act in tour_page.saved["history"]] == ["go to stop"]
    tour.root.get_by_role("button", name="Undo").click()
    assert saved(tour_page, "stop", "layer", "head") == [-1, 0, 0]
    expect(guide.button("Start the tour")).to_be_visible()


def test_python_leads_too(guide: Guide, tour_page: TourPage):
    tour_page.assign(stop=2)
    expect(guide.place).to_have_text("3 / 3")
    tour_page.assign(stops=STOPS[:1], stop=0)
    expect(guide.place).to_have_text("1 / 1")
    expect(guide.jump.locator("option")).to_have_text(["1. <b>First</b>"])
    tour_page.assign(stop=-1)
    expect(guide.stop).to_be_hidden()


@pytest.mark.parametrize("stops", [[{**STOPS[0], "state": {"layer": 9}}]])
def test_a_stop_that_cannot_be_shown_says_so(
    tour: Tour, guide: Guide, tour_page: TourPage
):
    guide.button("Start the tour").click()
    expect(tour.alert).to_contain_text("layer 9 doesn't exist")
    assert saved(tour_page, "stop", "layer") == [None, None]
    expect(guide.button("Start the tour")).to_be_visible()


@pytest.mark.parametrize("stops", [[]])
def test_stops_can_be_written_from_nothing(
    tour: Tour, guide: Guide, tour_page: TourPage
):
    expect(guide.button("Start the tour")).to_be_hidden()
    tour.head(1, 1).click()
    guide.button("Add stop").click()
    expect(guide.title).to_be_focused()
    tour_page.page.keyboard.type("dmn?")  # the view's letters elsewhere
    guide.text.fill(" See <this>.\nAnd that. ")
    guide.button("Add it").click()
    stops, stop = saved(tour_page, "stops", "stop")
    assert (len(stops), stop) == (1, 0)
    assert stops[0]["title"] == "dmn?"
    assert stops[0]["text"] == "See <this>.\nAnd that."
    state = stops[0]["state"]
    present = tour.data.state(layer=1, head=1)
    shown = ["layer", "head", "query", "direction", "scale", "maximum", "shown"]
    shown += ["region", "pins", "large", "sort", "search", "selection", "side"]
    assert state == {name: present[name] for name in shown}
    expect(guide.text).to_be_hidden()
    expect(guide.button("Add stop")).to_be_focused()
    expect(guide.stop).to_contain_text("See <this>.")


def test_a_stop_is_added_after_the_present_one(guide: Guide, tour_page: TourPage):
    tour_page.assign(stop=0)
    guide.button("Add stop").click()
    guide.text.fill("New.")
    guide.title.fill("New")
    tour_page.press("Enter")
    stops, stop = saved(tour_page, "stops", "stop")
    titles = [each["title"] for each in stops]
    assert (titles, stop) == (["<b>First</b>", "New", "Second", "Third"], 1)


def test_nothing_is_added_without_words(guide: Guide, tour_page: TourPage):
    guide.button("Add stop").click()
    guide.title.fill("  ")
    guide.button("Add it").click()
    trouble = guide.root.get_by_text("Write a title and a sentence first.")
    expect(trouble).to_be_visible()
    expect(guide.title).to_be_focused()
    guide.title.fill("Title")
    guide.button("Add it").click()
    expect(guide.text).to_be_focused()
    tour_page.press("Escape")
    expect(guide.text).to_be_hidden()
    assert saved(tour_page, "stops") == [None]
    guide.button("Add stop").click()
    expect(guide.title).to_have_value("")
    expect(trouble).to_be_hidden()


def test_stops_are_deleted_one_by_one(guide: Guide, tour_page: TourPage):
    tour_page.assign(stop=0)
    guide.button("Delete stop").click()
    assert saved(tour_page, "query", "direction") == [7, "column"]
    expect(guide.place).to_have_text("1 / 2")
    expect(guide.stop).to_contain_text("Two.")
    guide.button("Next").click()
    guide.button("Delete stop").click()
    expect(guide.place).to_have_text("1 / 1")
    guide.button("Delete stop").click()
    assert saved(tour_page, "stops", "stop") == [[], -1]
    expect(guide.button("Delete stop")).to_be_hidden()
    expect(guide.button("Add stop")).to_be_focused()


def test_axe_finds_nothing(guide: Guide, tour_page: TourPage):
    guide.button("Start the tour").click()
    guide.button("Add stop").click()
    guide.button("Add it").click()
    tour_page.settle()
    tour_page.page.add_script_tag(path=AXE)
    assert tour_page.page.evaluate(VIOLATIONS) == []


def test_the_kernel_makes_a_tour_when_asked(tour_page: TourPage, data: TourData):
    stops = [
        {"title": "First", "text": "Look here.", "state": {"layer": 1, "head": 1}},
        {"title": "Second", "text": "Now there.", "state": {"layer": 2, "head": 0}},
    ]

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["kind"] == "tour":
            return {"result": {"stops": stops}}
        return data.answer(request)

    tour = tour_page.add(data)
    tour_page.answer = answer
    tour.button("Show me around").click()
    expect(tour.root.locator(".vw-stops-place")).to_have_text("1 / 2")
    expect(tour.button("Show me around")).to_be_hidden()
    tour_page.settle()
    assert tour_page.saved["stops"] == stops
    saved = {name: tour_page.saved[name] for name in ("layer", "head", "stop")}
    assert saved == {"layer": 1, "head": 1, "stop": 0}


def test_a_tour_that_cannot_be_made_says_why(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data)
    tour_page.answer = lambda _request: {"error": "out of memory"}
    tour.button("Show me around").click()
    expect(tour.alert).to_have_text("No tour could be made: out of memory")
    expect(tour.button("Show me around")).to_be_visible()
    tour_page.answer = lambda _request: {"result": {}}
    tour.button("Show me around").click()
    expect(tour.alert).to_contain_text("this page holds none")


def test_a_tour_ends_and_the_picture_is_the_pointers_again(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, stops=STOPS, stop=0)
    tour.button("End the tour").click()
    tour_page.settle()
    assert tour_page.saved["stop"] == -1
    expect(tour.root.locator(".vw-stop")).to_have_text("")
    expect(tour.button("Start the tour")).to_be_focused()
    tour.hover(tour.picture, 2, 2)
    assert tour_page.saved["query"] == data.token(2, 2)
