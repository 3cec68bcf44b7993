"""Up to four heads are pinned and compared from the same token's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.test_matrix import AXE, VIOLATIONS
from tests.browser.tour_data import TourData
from tests.browser.tour_page import BOX, SAMPLE, Tour, TourPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator

FOUR = [[0, 1], [2, 0], [1, 1], [2, 1]]


def card(tour: Tour, layer: int, head: int) -> Locator:
    return tour.root.get_by_role("group", name=f"L{layer}.H{head}", exact=True)


def names(tour: Tour) -> list[str]:
    return tour.root.locator(".vw-pin").evaluate_all(
        "(all) => all.map((each) => each.ariaLabel)"
    )


def number(readout: Locator) -> tuple[str, float, float]:
    """Return the token that is named, its value and the margin."""
    token, value = readout.inner_text().removeprefix("Strongest ").split(": ")
    middle, margin = value.split(" ± ")
    return token, float(middle), float(margin)


def test_button_and_key_pin_the_head_in_the_large_view(tour: Tour, tour_page: TourPage):
    expect(tour.root.locator(".vw-pins")).to_be_hidden()
    tour.button("Pin L0.H0").click()
    tour_page.settle()
    assert tour_page.saved["pins"] == [[0, 0]]
    tour.head(2, 1).click()
    tour_page.press("k")
    assert tour_page.saved["pins"] == [[0, 0], [2, 1]]
    assert names(tour) == ["L0.H0", "L2.H1"]
    tour_page.press("k")
    assert tour_page.saved["pins"] == [[0, 0]]
    assert names(tour) == ["L0.H0"]
    verbs = [act["verb"] for act in tour_page.saved["history"]]
    assert [verb for verb in verbs if "in L" in verb] == [
        "Pin L0.H0",
        "Pin L2.H1",
        "Unpin L2.H1",
    ]


def test_pins_look_as_the_large_view_does(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data, pins=FOUR, query=9, scale="log")
    shape = {"rows": data.rows, "columns": data.columns}
    for layer, head in FOUR:
        tour_page.assign(layer=layer, head=head)
        picture = card(tour, layer, head).get_by_role("slider")
        box = {**picture.evaluate(BOX), **shape}
        found = picture.locator("canvas").evaluate(SAMPLE, [box])
        colours = np.array(found).reshape(data.rows, data.columns, 4)
        assert np.abs(colours - tour.large_colours().astype(int)).max() <= 2


def test_all_pins_read_the_token_that_any_picture_is_pointed_at(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, pins=FOUR, query=4)
    pictures = [tour.large, card(tour, 2, 0).get_by_role("slider")]
    for picture, place in zip(pictures, [(3, 1), (0, 4)], strict=True):
        tour.hover(picture, *place)
        token = data.token(*place)
        for layer, head in FOUR:
            readout = card(tour, layer, head).locator(".vw-pin-readout")
            name, value, margin = number(readout)
            assert name == f"patch ({place[0]},{place[1]})"
            exact = data.attention[layer, head, 4, token]
            assert abs(value - exact) <= margin < 0.01
        exact = data.attention[0, 0, 4, token]
        expect(tour.readout).to_have_text(f"{name}: {exact:#.4g}")
        expect(tour.picture.locator(".vw-probe")).to_be_visible()
    tour.head_grid.hover()
    tour_page.settle()
    for layer, head in FOUR:
        readout = card(tour, layer, head).locator(".vw-pin-readout")
        strongest = int(data.values(4, "row")[layer, head, 2:].argmax())
        place = f"patch ({strongest // 5},{strongest % 5})"
        assert readout.inner_text().startswith(f"Strongest {place}: ")


def test_keys_read_a_pin(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data, pins=FOUR, query=4)
    picture = card(tour, 1, 1).get_by_role("slider")
    picture.focus()
    tour_page.press("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp")
    assert number(card(tour, 0, 1).locator(".vw-pin-readout"))[0] == "reg0"
    tour_page.press("ArrowDown", "ArrowRight")
    for layer, head in FOUR:
        readout = card(tour, layer, head).locator(".vw-pin-readout")
        name, value, margin = number(readout)
        assert name == "patch (0,1)"
        assert abs(value - data.attention[layer, head, 4, 3]) <= margin


def test_fifth_head_is_not_pinned_and_the_view_says_why(
    tour_page: TourPage, data: TourData
):
    tour = tour_page.add(data, pins=FOUR)
    tour.button("Pin L0.H0").click()
    expect(tour.alert).to_have_text(
        "4 heads are pinned already: unpin one of them first."
    )
    assert names(tour) == ["L0.H1", "L2.H0", "L1.H1", "L2.H1"]
    assert "pins" not in tour_page.saved


def test_unpinning_keeps_the_focus_and_is_undone(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data, pins=FOUR)
    stays = card(tour, 2, 1).locator("canvas")
    stays.evaluate("(canvas) => { canvas.same = true; }")
    tour.button("Unpin L2.H0").focus()
    tour_page.press("Enter")
    assert tour_page.saved["pins"] == [[0, 1], [1, 1], [2, 1]]
    focused = "document.activeElement.textContent"
    assert tour_page.page.evaluate(focused) == "L1.H1"
    tour.button("Undo").click()
    tour_page.settle()
    assert tour_page.saved["pins"] == FOUR
    assert names(tour) == ["L0.H1", "L2.H0", "L1.H1", "L2.H1"]
    assert stays.evaluate("(canvas) => canvas.same")


def test_pin_opens_its_head(tour_page: TourPage, data: TourData):
    tour = tour_page.add(data, pins=FOUR)
    card(tour, 2, 1).get_by_role("button", name="L2.H1", exact=True).click()
    tour_page.settle()
    assert (tour_page.saved["layer"], tour_page.saved["head"]) == (2, 1)
    expect(tour.button("Unpin L2.H1").first).to_be_visible()


def other_model(data: TourData) -> dict[str, Any]:
    """Return a side of another model, as the page gets it."""
    ours = set(data.state()) - {"layer", "head", "query"}
    owned = [name for name in ours if name.startswith(("n_", "opening", "model"))]
    names = [*owned, "grid", "prefix_tokens", "picture", "delivery"]
    return {name: data.state()[name] for name in names}


def test_pins_of_the_other_side_are_its_own_heads(tour_page: TourPage, data: TourData):
    other = TourData(layers=2, rows=8, columns=10, seed=3, prefix=["cls"])
    tour_page.answer = lambda request: (other if request.get("side") else data).answer(
        request
    )
    tour = tour_page.add_waiting(
        data, compared=[other_model(other)], side=1, pins=[[1, 1], [2, 0]], query=0
    )
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()
    name, value, margin = number(card(tour, 1, 1).locator(".vw-pin-readout"))
    strongest = int(other.values(0, "row")[1, 1, 1:].argmax())
    assert name == f"patch ({strongest // 10},{strongest % 10})"
    assert abs(value - other.attention[1, 1, 0, strongest + 1]) <= margin
    missing = card(tour, 2, 0).locator(".vw-loading")
    expect(missing).to_have_text("tiny-vit has no L2.H0")


@pytest.mark.parametrize("width", [380, 1300])
def test_axe_finds_nothing_and_nothing_sticks_out(
    tour_page: TourPage, data: TourData, width: int
):
    tour_page.page.set_viewport_size({"width": width, "height": 900})
    tour = tour_page.add(data, pins=FOUR)
    tour.hover(card(tour, 2, 0).get_by_role("slider"), 1, 1)
    overflow = "document.documentElement.scrollWidth > innerWidth"
    assert not tour_page.page.evaluate(overflow)
    tour_page.page.add_script_tag(path=AXE)
    assert tour_page.page.evaluate(VIOLATIONS) == []
