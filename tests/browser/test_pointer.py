from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers
from tests.browser.tour_data import TourData

if TYPE_CHECKING:
    from tests.browser.tour_page import Tour, TourPage


def painted_query(tour: Tour, query: int) -> None:
    numbers = colour_numbers(tour.data.values(query, "row"), len(tour.data.prefix))
    assert_painted(tour.thumbnails(), numbers)


def test_hover_makes_a_patch_the_query_here_and_in_python(
    tour: Tour, tour_page: TourPage
):
    tour.hover(tour.picture, 1, 3)
    query = tour.data.token(1, 3)
    painted_query(tour, query)
    assert tour_page.saved_state() == {"query": query}
    expect(tour.picture).to_have_attribute("aria-valuetext", "patch (1,3)")
    expect(tour.status).to_have_text(
        "tiny-vit · L0.H0 · patch (1,3) · what this token looks at"
    )


def test_hover_needs_no_kernel(tour: Tour, tour_page: TourPage):
    asked = len(tour_page.requests)
    tour_page.answer = lambda _request: None
    for column in range(5):
        tour.hover(tour.picture, 3, column)
        painted_query(tour, tour.data.token(3, column))
    assert len(tour_page.requests) == asked


def test_query_mark_frames_the_patch(tour: Tour):
    tour.hover(tour.picture, 2, 4)
    for picture in (tour.picture, tour.large):
        whole = picture.bounding_box()
        mark = picture.locator(".vw-query").bounding_box()
        assert whole
        assert mark
        assert np.isclose(mark["x"] - whole["x"], whole["width"] * 4 / 5, atol=1)
        assert np.isclose(mark["y"] - whole["y"], whole["height"] * 2 / 4, atol=1)
        assert np.isclose(mark["width"], whole["width"] / 5, atol=1)
        assert np.isclose(mark["height"], whole["height"] / 4, atol=1)


def test_kept_patch_stays_while_the_mouse_walks_on(tour: Tour, tour_page: TourPage):
    tour.hover(tour.picture, 1, 1)
    tour_page.page.mouse.down()
    tour_page.page.mouse.up()
    tour.hover(tour.picture, 3, 3)
    kept = tour.data.token(1, 1)
    assert tour_page.saved["query"] == kept
    painted_query(tour, kept)
    tour.hover(tour.picture, 1, 1)
    tour_page.page.mouse.down()
    tour_page.page.mouse.up()
    tour.hover(tour.picture, 3, 3)
    painted_query(tour, tour.data.token(3, 3))


def test_chips_are_queries_too(tour: Tour, tour_page: TourPage):
    tour.chip("reg0").hover()
    tour_page.settle()
    painted_query(tour, 1)
    expect(tour.chip("reg0")).to_have_attribute("aria-pressed", "true")
    expect(tour.chip("cls")).to_have_attribute("aria-pressed", "false")
    expect(tour.picture.locator(".vw-query")).to_be_hidden()
    assert tour_page.saved_state() == {"query": 1}


def test_model_without_prefix_tokens_has_no_chips(tour_page: TourPage):
    tour = tour_page.add(TourData(prefix=[]))
    expect(tour.root.locator(".vw-chip, .vw-chips")).to_have_count(0)
    tour.hover(tour.picture, 0, 0)
    painted_query(tour, 0)


def test_click_opens_a_head_in_the_large_view(tour: Tour, tour_page: TourPage):
    tour.head(2, 1).click()
    tour_page.settle()
    assert tour_page.saved_state() == {"layer": 2, "head": 1}
    expect(tour.root.locator(".vw-head-name")).to_have_text("L2.H1")
    expect(tour.head(2, 1)).to_have_attribute("aria-selected", "true")
    expect(tour.root.locator("[aria-selected=true]")).to_have_count(1)


def test_hovered_head_says_its_name_and_its_most(tour: Tour):
    tour.head(1, 0).hover()
    patches = tour.data.values(0, "row")[1, 0, 2:]
    caption = tour.root.locator(".vw-head-caption")
    expect(caption).to_have_text(re.compile(r"^L1\.H0: patches up to [\d.]+ ± [\d.]+$"))
    most, error = re.findall(r"[\d.]+", caption.inner_text().split(": ")[1])
    assert abs(float(most) - patches.max()) <= float(error)


@pytest.mark.parametrize("direction", ["row", "column"])
def test_pointer_reads_the_value_then_the_exact_one(
    tour_page: TourPage, data: TourData, direction: str
):
    tour = tour_page.add(data, layer=1, head=1, query=4, direction=direction)
    tour_page.answer = lambda _request: None
    tour.hover(tour.large, 2, 3)
    token = data.token(2, 3)
    exact = data.vectors(4, direction)[1, 1, token]
    expect(tour.readout).to_contain_text("patch (2,3): ")
    value, error = map(float, tour.readout.inner_text().split(": ")[1].split(" ± "))
    assert abs(value - exact) <= error <= 0.01
    query, key = (4, token) if direction == "row" else (token, 4)
    place = {"layer": 1, "head": 1, "query": query, "key": key}
    asked = tour_page.requests[-1]
    assert asked == {**asked, **place, "kind": "value"}

    result = {"value": float(exact)}
    reply = {"type": "reply", "id": asked["id"], "part": 0, "parts": 1}
    tour_page.receive({**reply, "result": result})
    expect(tour.readout).to_have_text(f"patch (2,3): {exact:#.4g}")
    expect(tour.large).to_have_attribute("aria-valuetext", f"patch (2,3): {exact:#.4g}")


def test_pointer_asks_for_one_value_at_a_time(tour: Tour, tour_page: TourPage):
    tour_page.answer = lambda _request: None
    for column in range(5):
        tour.hover(tour.large, 1, column)
    assert tour_page.kinds().count("value") == 1
    first = tour_page.requests[-1]
    stale = {"type": "reply", "part": 0, "parts": 1, "result": {"value": 0.77}}
    tour_page.receive({**stale, "id": first["id"]})
    tour_page.settle()
    assert "0.77" not in tour.readout.inner_text()
    assert tour_page.requests[-1]["key"] == tour.data.token(1, 4)
    assert tour_page.kinds().count("value") == 2


def test_prefix_cell_reads_its_exact_value(tour: Tour):
    tour.root.locator(".vw-prefix-cell").nth(1).hover()
    exact = tour.data.attention[0, 0, 0, 1]
    expect(tour.readout).to_have_text(f"reg0: {exact:#.4g}")


def test_without_pointer_the_strongest_patch_is_named(tour: Tour):
    strongest = int(tour.data.values(0, "row")[0, 0, 2:].argmax())
    place = f"patch ({strongest // 5},{strongest % 5})"
    expect(tour.readout).to_contain_text(f"Strongest {place}: ")


def test_switches(tour: Tour, tour_page: TourPage):
    tour.button("Who looks at this token").click()
    tour.button("Log").click()
    tour.button("Shared").click()
    tour_page.settle()
    assert tour_page.saved_state() == {
        "direction": "column",
        "scale": "log",
        "maximum": "shared",
    }
    numbers = colour_numbers(tour.data.values(0, "column"), 2, "log", "shared")
    assert_painted(tour.thumbnails(), numbers)
    expect(tour.button("Log")).to_have_attribute("aria-pressed", "true")
    expect(tour.button("Linear")).to_have_attribute("aria-pressed", "false")
    expect(tour.root.locator(".vw-heading").nth(1)).to_have_text(
        "L0.H0 who looks at cls"
    )


@pytest.mark.parametrize("context_options", [{"has_touch": True}])
def test_touch_chooses_patch_and_head(tour: Tour, tour_page: TourPage):
    box = tour.picture.bounding_box()
    assert box
    tour.picture.tap(
        position={"x": box["width"] * 0.7, "y": box["height"] * 0.6},
        force=True,
    )
    tour.head(2, 1).tap()
    tour_page.settle()
    query = tour.data.token(2, 3)
    assert tour_page.saved_state() == {"query": query, "layer": 2, "head": 1}
    painted_query(tour, tour.data.token(2, 3))
