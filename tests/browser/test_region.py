"""Several patches at once: the mean of their rows, or of their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers
from tests.browser.tour_data import TourData, decoded
from tests.browser.tour_page import BOX

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.tour_page import Tour, TourPage

REGION = [1, 1, 2, 3]


def drag(tour: Tour, tour_page: TourPage, *places: tuple[int, int]) -> None:
    """Press the mouse on the first of these patches, and let go on the last."""
    tour.hover(tour.picture, *places[0])
    tour_page.page.mouse.down()
    for place in places[1:]:
        tour.hover(tour.picture, *place)
    tour_page.page.mouse.up()
    tour_page.settle()


def painted(
    tour: Tour, region: list[int], direction: str = "row", shown: str = "pattern"
) -> None:
    values = tour.data.values(tour.data.within(region), direction, shown)
    numbers = colour_numbers(values, len(tour.data.prefix), signed=shown == "scores")
    assert_painted(tour.thumbnails(), numbers)


def assert_frames(picture: Locator, data: TourData, region: list[int]) -> None:
    """The mark on a picture lies around these patches."""
    top, left, bottom, right = region
    whole = picture.bounding_box()
    mark = picture.locator(".vw-query").bounding_box()
    assert whole
    assert mark
    width, height = whole["width"] / data.columns, whole["height"] / data.rows
    assert mark["x"] - whole["x"] == pytest.approx(left * width, abs=1)
    assert mark["y"] - whole["y"] == pytest.approx(top * height, abs=1)
    assert mark["width"] == pytest.approx((right - left + 1) * width, abs=1)
    assert mark["height"] == pytest.approx((bottom - top + 1) * height, abs=1)


@pytest.mark.parametrize(
    ("start", "end"),
    [((1, 1), (2, 3)), ((2, 3), (1, 1)), ((1, 3), (2, 1)), ((2, 1), (1, 3))],
)
def test_dragging_shows_the_mean_of_the_patches(
    tour: Tour, tour_page: TourPage, start: tuple[int, int], end: tuple[int, int]
):
    drag(tour, tour_page, start, (0, 4), end)
    assert tour_page.saved["region"] == REGION
    assert tour_page.saved["query"] == tour.data.token(*start)
    painted(tour, REGION)
    for picture in (tour.picture, tour.large):
        assert_frames(picture, tour.data, REGION)
    name = "patches (1,1) to (2,3)"
    expect(tour.status).to_have_text(
        f"tiny-vit · L0.H0 · {name} · what this token looks at"
    )
    heading = tour.root.locator(".vw-heading").nth(1)
    expect(heading).to_have_text(f"L0.H0 where {name} look")
    expect(tour.picture).to_have_attribute("aria-valuetext", name)


def test_mean_of_columns(tour: Tour, tour_page: TourPage):
    drag(tour, tour_page, (1, 1), (2, 3))
    tour.button("Who looks at this token").click()
    tour_page.settle()
    painted(tour, REGION, "column")


@pytest.mark.parametrize("shown", ["scores", "written", "rollout"])
def test_mean_of_every_kind(tour_page: TourPage, data: TourData, shown: str):
    tour = tour_page.add(data, shown=shown)
    drag(tour, tour_page, (1, 1), (2, 3))
    painted(tour, REGION, "row", shown)


@pytest.mark.parametrize("direction", ["row", "column"])
def test_value_at_the_pointer_is_the_mean_within_its_margin(
    tour_page: TourPage, data: TourData, direction: str
):
    tour = tour_page.add(data, layer=2, head=1, direction=direction)
    drag(tour, tour_page, (1, 1), (2, 3))
    asked = tour_page.kinds().count("value")
    tour.hover(tour.large, 3, 4)
    name, number = tour.readout.inner_text().split(": ")
    value, margin = map(float, number.split(" ± "))
    exact = data.vectors(data.within(REGION), direction)[2, 1, data.token(3, 4)]
    assert name == "patch (3,4)"
    assert abs(value - exact) <= margin < 0.01
    assert tour_page.kinds().count("value") == asked


def test_region_stays_while_the_mouse_walks_on_and_a_click_lets_go(
    tour: Tour, tour_page: TourPage
):
    drag(tour, tour_page, (1, 1), (2, 3))
    tour.hover(tour.picture, 3, 4)
    painted(tour, REGION)
    drag(tour, tour_page, (2, 2))
    tour.hover(tour.picture, 3, 4)
    assert tour_page.saved["region"] == []
    query = tour.data.token(3, 4)
    assert tour_page.saved["query"] == query
    numbers = colour_numbers(tour.data.values(query, "row"), 2)
    assert_painted(tour.thumbnails(), numbers)


def test_dragging_there_and_back_chooses_one_patch(tour: Tour, tour_page: TourPage):
    drag(tour, tour_page, (1, 1), (2, 3), (1, 1))
    assert tour_page.saved["region"] == []
    assert_frames(tour.picture, tour.data, [1, 1, 1, 1])


def test_dragging_goes_on_outside_the_picture(tour: Tour, tour_page: TourPage):
    tour.hover(tour.picture, 2, 2)
    box = tour.picture.bounding_box()
    assert box
    tour_page.page.mouse.down()
    tour_page.page.mouse.move(box["x"] - 5, box["y"] - 5, steps=4)
    tour_page.page.mouse.up()
    tour_page.settle()
    assert tour_page.saved["region"] == [0, 0, 2, 2]
    tour.hover(tour.picture, 3, 3)
    assert tour_page.saved["region"] == [0, 0, 2, 2]


def test_button_let_go_beside_a_chip_ends_the_press(tour: Tour, tour_page: TourPage):
    tour.chip("reg0").hover()
    tour_page.page.mouse.down()
    tour_page.page.mouse.move(2, 2, steps=3)
    tour_page.page.mouse.up()
    tour.picture.focus()
    tour_page.press("Enter")
    tour.hover(tour.picture, 1, 2)
    assert tour_page.saved["query"] == tour.data.token(1, 2)


def test_dragging_is_one_act(tour: Tour, tour_page: TourPage):
    drag(tour, tour_page, (1, 1), (0, 4), (2, 3))
    assert len(tour_page.saved["history"]) == 1
    tour_page.press("Control+z")
    assert (tour_page.saved["query"], tour_page.saved["region"]) == (0, [])
    assert_painted(tour.thumbnails(), colour_numbers(tour.data.values(0, "row"), 2))
    tour_page.press("Control+Shift+Z")
    assert tour_page.saved["region"] == REGION
    painted(tour, REGION)


def test_keys_stretch_from_the_present_patch_in_every_direction(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, query=data.token(1, 2))
    tour.picture.focus()
    for keys, region in [
        ("Shift+ArrowLeft", [1, 1, 1, 2]),
        ("Shift+ArrowDown", [1, 1, 2, 2]),
        ("Shift+ArrowDown", [1, 1, 3, 2]),
        ("Shift+ArrowDown", [1, 1, 3, 2]),
        ("Shift+ArrowRight", [1, 2, 3, 2]),
        ("Shift+ArrowRight", [1, 2, 3, 3]),
        ("Shift+ArrowUp", [1, 2, 2, 3]),
        ("Shift+ArrowUp", [1, 2, 1, 3]),
        ("Shift+ArrowUp", [0, 2, 1, 3]),
        ("Shift+ArrowUp", [0, 2, 1, 3]),
        ("Shift+End", [0, 2, 1, 4]),
        ("Shift+Home", [0, 0, 1, 2]),
    ]:
        tour_page.press(keys)
        assert tour_page.saved["region"] == region
        painted(tour, region)
        assert_frames(tour.picture, data, region)
    tour_page.press("Enter", "ArrowRight")
    assert tour_page.saved["region"] == []
    assert tour_page.saved["query"] == data.token(0, 1)


def test_keys_shrink_it_to_one_patch_again(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data, query=data.token(1, 2))
    tour.picture.focus()
    tour_page.press("Shift+ArrowLeft")
    assert tour_page.saved["region"] == [1, 1, 1, 2]
    tour_page.press("Shift+ArrowRight")
    assert tour_page.saved["region"] == []
    assert_frames(tour.picture, data, [1, 2, 1, 2])


def test_keys_go_on_from_a_region_that_python_set(tour: Tour, tour_page: TourPage):
    tour.picture.focus()
    tour_page.press("ArrowDown", "Shift+ArrowRight")
    tour_page.assign(region=REGION)
    painted(tour, REGION)
    tour_page.press("Shift+ArrowDown")
    assert tour_page.saved["region"] == [1, 1, 3, 3]


def test_rows_of_a_region_are_fetched_where_layers_do_not_fit(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, delivery="rows")
    drag(tour, tour_page, (1, 1), (2, 3))
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    asked = [r for r in tour_page.requests if r["kind"] == "rows"][-1]
    assert asked["region"] == REGION
    mean = decoded(data.vectors(data.within(REGION), "row"))
    assert_painted(tour.thumbnails(), colour_numbers(mean, 2))


def test_pins_show_the_region(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data, pins=[[1, 1], [2, 0]])
    drag(tour, tour_page, (1, 1), (2, 3))
    card = tour.root.get_by_role("group", name="L1.H1", exact=True)
    assert_frames(card.get_by_role("slider"), data, REGION)
    mean = data.vectors(data.within(REGION), "row")[1, 1, 2:]
    readout = card.locator(".vw-pin-readout").inner_text()
    name, number = readout.removeprefix("Strongest ").split(": ")
    value, margin = map(float, number.split(" ± "))
    row, column = divmod(int(mean.argmax()), data.columns)
    assert name == f"patch ({row},{column})"
    assert abs(value - mean.max()) <= margin < 0.01


@pytest.mark.parametrize(
    ("direction", "side"), [("row", "height"), ("column", "width")]
)
def test_matrix_marks_the_region(
    tour_page: TourPage, data: TourData, direction: str, side: str
):
    tour = tour_page.add(data, direction=direction, large="matrix")
    drag(tour, tour_page, (1, 1), (2, 3))
    whole = tour.root.get_by_role("slider", name="Matrix").evaluate(BOX)
    start = "top" if side == "height" else "left"
    marks = tour.root.locator(".vw-band.vw-query").evaluate_all(
        f"(all) => all.map({BOX})"
    )
    token = whole[side] / data.tokens
    assert len(marks) == 2
    for mark, row in zip(marks, (1, 2), strict=True):
        first = data.token(row, 1)
        assert mark[start] - whole[start] == pytest.approx(first * token, abs=1)
        assert mark[side] == pytest.approx(3 * token, abs=1)


@pytest.mark.parametrize(
    "region", [[0, 0, 4, 1], [2, 0, 1, 1], [0, 0, 1], [-1, 0, 1, 1], [0, 0, 0.5, 1]]
)
def test_region_that_does_not_exist_is_refused(
    tour: Tour, tour_page: TourPage, region: list[float]
):
    tour_page.assign(region=region)
    expect(tour.alert).to_contain_text("doesn't lie within the picture")
    assert_painted(tour.thumbnails(), colour_numbers(tour.data.values(0, "row"), 2))


def test_model_without_prefix_tokens(tour_page: TourPage):
    tour = tour_page.add(TourData(prefix=[]), query=3)
    drag(tour, tour_page, (0, 0), (3, 4))
    assert tour_page.saved["region"] == [0, 0, 3, 4]
    painted(tour, [0, 0, 3, 4])
