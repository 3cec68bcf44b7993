"""Attention, scores before the softmax, what is written, and rollout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers

if TYPE_CHECKING:
    from tests.browser.tour_data import TourData
    from tests.browser.tour_page import Tour, TourPage

BUTTONS = {
    "pattern": "Attention",
    "scores": "Before softmax",
    "written": "What is written",
    "rollout": "Rollout",
}
QUERY = 9


def show(tour: Tour, tour_page: TourPage, shown: str) -> None:
    tour.chip(BUTTONS[shown]).click()
    expect(tour.chip(BUTTONS[shown])).to_have_attribute("aria-pressed", "true")
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()


def painted(
    tour: Tour, shown: str, query: int, direction: str = "row", scale: str = "linear"
) -> None:
    values = tour.data.values(query, direction, shown)
    numbers = colour_numbers(
        values, len(tour.data.prefix), scale, signed=shown == "scores"
    )
    assert_painted(tour.thumbnails(), numbers)


def ticks(tour: Tour) -> list[float]:
    texts = tour.bar.locator(".vw-ticks span").all_inner_texts()
    return [float(text) for text in texts]


def cells(tour: Tour) -> list[str]:
    return [
        text.split()[1]
        for text in tour.root.locator(".vw-prefix-cell").all_inner_texts()
    ]


@pytest.mark.parametrize("direction", ["row", "column"])
@pytest.mark.parametrize("shown", list(BUTTONS))
def test_each_kind_is_fetched_when_first_shown_and_painted(
    tour_page: TourPage, data: TourData, shown: str, direction: str
):
    tour = tour_page.add(data, query=QUERY, direction=direction, layer=1, head=1)
    show(tour, tour_page, shown)
    fetched = [r for r in tour_page.requests if r.get("shown") == shown]
    assert [r["layer"] for r in fetched if r["kind"] == "attention"] == [1, 0, 2]
    painted(tour, shown, QUERY, direction)
    asked = len(tour_page.requests)
    show(tour, tour_page, "pattern")
    painted(tour, "pattern", QUERY, direction)
    show(tour, tour_page, shown)
    painted(tour, shown, QUERY, direction)
    assert len(tour_page.requests) == asked


def test_scores_have_a_colour_bar_with_negative_numbers(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, layer=2, head=1, shown="scores")
    patches = data.values(0, "row", "scores")[2, 1, 2:]
    low, middle, high = ticks(tour)
    assert low < 0 < high
    assert low == pytest.approx(patches.min(), abs=0.051)
    assert high == pytest.approx(patches.max(), abs=0.051)
    assert middle == pytest.approx((patches.min() + patches.max()) / 2, abs=0.051)
    tour.hover(tour.large, 3, 2)
    token = data.token(3, 2)
    expect(tour.readout).to_have_text(
        f"patch (3,2): {data.scores[2, 1, 0, token]:#.4g}"
    )


def test_scores_outside_the_colour_bar_are_marked(tour_page: TourPage, data: TourData):
    data.scores[0, 0, 0, :2] = (-30, 30)
    tour = tour_page.add(data, shown="scores")
    low, high = (tour.root.locator(".vw-prefix-cell").nth(i) for i in range(2))
    expect(low).to_contain_text("▼")
    expect(low).to_have_attribute("title", "below the colour bar")
    expect(high).to_contain_text("▲")
    expect(high).to_have_attribute("title", "above the colour bar")


def test_log_colours_of_scores_are_refused_and_the_switch_says_why(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, scale="log", shown="scores")
    painted(tour, "scores", 0)
    expect(tour.chip("Log")).to_have_attribute("aria-disabled", "true")
    expect(tour.chip("Linear")).to_have_attribute("aria-pressed", "true")
    why = "Scores may be negative: they have no logarithm."
    expect(tour.root.get_by_title(why)).to_be_visible()
    tour.chip("Linear").click(force=True)
    tour.picture.focus()
    tour_page.press("s")
    assert tour_page.saved == {}
    show(tour, tour_page, "pattern")
    expect(tour.chip("Log")).to_have_attribute("aria-pressed", "true")
    expect(tour.chip("Log")).not_to_have_attribute("aria-disabled", "true")
    painted(tour, "pattern", 0, scale="log")


def test_shared_colours_of_scores_reach_from_the_lowest_to_the_highest(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, shown="scores", maximum="shared")
    values = data.values(0, "row", "scores")
    numbers = colour_numbers(values, 2, maximum="shared", signed=True)
    assert_painted(tour.thumbnails(), numbers)


def test_what_is_written_is_read_exactly(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data, layer=1, head=0, query=4, direction="column")
    show(tour, tour_page, "written")
    tour.hover(tour.large, 2, 1)
    exact = data.written[1, 0, data.token(2, 1), 4]
    expect(tour.readout).to_have_text(f"patch (2,1): {exact:#.4g}")
    assert tour_page.requests[-1]["shown"] == "written"
    expect(tour.root.locator(".vw-heading").nth(1)).to_have_text(
        "L1.H0 how much each token takes from patch (0,2)"
    )


def test_rollout_has_one_map_a_layer_and_keeps_the_head(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, layer=0, head=1, query=QUERY)
    show(tour, tour_page, "rollout")
    maps = tour.head_grid.get_by_role("gridcell")
    expect(maps).to_have_count(data.layers)
    painted(tour, "rollout", QUERY)
    expect(tour.head_name).to_have_text("Through layer 0")
    third = tour.root.get_by_role("gridcell", name="Through layer 2")
    third.click()
    tour_page.settle()
    expect(third).to_have_attribute("aria-selected", "true")
    assert (tour_page.saved["layer"], tour_page.saved.get("head")) == (2, None)
    expect(tour.head_name).to_have_text("Through layer 2")
    tour.hover(tour.large, 1, 1)
    exact = data.rollout[2, 0, QUERY, data.token(1, 1)]
    expect(tour.readout).to_have_text(f"patch (1,1): {exact:#.4g}")
    large = colour_numbers(data.values(QUERY, "row", "rollout"), 2)[2]
    assert large.argmax() == int(data.rollout[2, 0, QUERY, 2:].argmax())
    show(tour, tour_page, "pattern")
    expect(maps).to_have_count(data.layers * data.heads)
    expect(tour.head(2, 1)).to_have_attribute("aria-selected", "true")
    expect(tour.head_name).to_have_text("L2.H1")
    painted(tour, "pattern", QUERY)


def test_keys_walk_the_layers_of_a_rollout(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data, shown="rollout", head=1)
    tour.head_grid.get_by_role("gridcell").first.focus()
    tour_page.press("ArrowDown", "ArrowRight", "ArrowDown", "Enter")
    assert tour_page.saved["layer"] == 2
    assert "head" not in tour_page.saved
    tour_page.press("v")
    assert tour_page.saved["shown"] == "pattern"
    expect(tour.head(2, 1)).to_have_attribute("aria-selected", "true")


def test_what_this_model_cannot_give_is_said_and_another_kind_can_be_chosen(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, layer=1)
    why = "UnsupportedModelError: a gate comes after the heads"
    tour_page.answer = lambda r: (
        {"error": why} if r.get("shown") == "written" else data.answer(r)
    )
    tour.chip("What is written").click()
    expect(tour.alert).to_have_text(f"Layer 1 could not be loaded: {why}")
    expect(tour.loading).to_contain_text("layer 1")
    assert not tour.thumbnails().any()
    expect(tour.readout).to_have_text("…")
    assert [r["kind"] for r in tour_page.requests].count("attention") == 4
    show(tour, tour_page, "scores")
    expect(tour.alert).to_be_hidden()
    painted(tour, "scores", 0)
    tour_page.answer = data.answer
    show(tour, tour_page, "written")
    painted(tour, "written", 0)
    expect(tour.loading).to_be_hidden()


def test_rows_of_each_kind_are_fetched_where_layers_do_not_fit(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, delivery="rows", query=QUERY)
    for shown in ("scores", "written", "rollout"):
        show(tour, tour_page, shown)
        assert {r["kind"] for r in tour_page.requests} <= {"rows", "statistics"}
        wanted = {"shown": shown, "query": QUERY, "region": [], "side": 0}
        rows = [r for r in tour_page.requests if r["kind"] == "rows"][-1]
        assert rows == {**rows, **wanted, "direction": "row"}
        painted(tour, shown, QUERY)


def test_switching_is_undone(tour: Tour, tour_page: TourPage):
    show(tour, tour_page, "rollout")
    tour_page.press("Control+z")
    assert tour_page.saved["shown"] == "pattern"
    tour_page.settle()
    painted(tour, "pattern", 0)


def test_a_page_that_holds_one_kind_offers_no_choice(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, offered=["pattern"])
    expect(tour.chip("Rollout")).to_be_hidden()
    tour.picture.focus()
    tour_page.press("v")
    assert tour_page.saved == {}


def test_numbers_beside_the_picture_are_those_of_the_present_kind(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, layer=1, head=1, query=QUERY)
    for shown in BUTTONS:
        show(tour, tour_page, shown)
        head = 0 if shown == "rollout" else 1
        exact = data.exact(shown)[1, head, QUERY, :2]
        found = [float(text) for text in cells(tour)]
        np.testing.assert_allclose(found, exact, rtol=0.03, atol=0.03)
