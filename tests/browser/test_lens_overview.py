"""All layers and tokens at once: painted, read, and gone to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted
from tests.browser.lens_data import EMOJI, NAMES, LensData
from tests.browser.tour_page import SAMPLE

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.lens_page import Lens, LensPage

LARGE = LensData(rows=24, columns=24, prefix=["cls", *(f"reg{i}" for i in range(4))])
TO_THE_RIGHT_END = "(each) => { each.scrollLeft = each.scrollWidth; }"


@pytest.fixture
def data() -> LensData:
    return LensData(layers=4, rows=8, columns=8)


class Overview(NamedTuple):
    """The parts of the overview of one lens."""

    lens: Lens
    grid: Locator
    canvas: Locator
    caption: Locator

    def spot(self, row: int, token: int) -> tuple[float, float]:
        """Return the middle of a cell on the page, rows from the embedding on."""
        self.grid.scroll_into_view_if_needed()
        box = self.grid.bounding_box()
        canvas = self.canvas.bounding_box()
        assert box
        assert canvas
        data = self.lens.data
        return (
            box["x"] + box["width"] * (token + 0.5) / data.tokens,
            canvas["y"] + canvas["height"] * (row + 0.5) / (data.layers + 1),
        )

    def hover(self, row: int, token: int) -> None:
        self.grid.page.mouse.move(*self.spot(row, token))

    def click(self, row: int, token: int) -> None:
        self.grid.page.mouse.click(*self.spot(row, token))

    def colours(self, tokens: int) -> np.ndarray:
        """Return the colours of the first cells on show, ``(row, token, 4)``."""
        data = self.lens.data
        box = self.canvas.bounding_box()
        assert box
        rows = data.layers + 1
        wanted = {
            "left": box["x"],
            "top": box["y"],
            "width": box["width"],
            "height": box["height"],
            "rows": rows,
            "columns": tokens,
        }
        colours = self.canvas.evaluate(SAMPLE, [wanted])
        return np.array(colours, np.uint8).reshape(rows, tokens, 4)


def overview_of(lens: Lens) -> Overview:
    grid = lens.root.get_by_role("grid", name="All layers and tokens")
    return Overview(
        lens,
        grid,
        lens.root.locator(".vw-overview-canvas"),
        lens.root.locator(".vw-overview-caption"),
    )


def says(data: LensData, layer: int, token: int) -> str:
    """Return what a token says at a layer, from the numbers themselves."""
    share = data.probabilities()[layer + 1, token].max()
    return f"{NAMES[data.top(layer, token)]}, {100 * share:.1f}\u00a0%"


def test_every_cell_has_the_colour_of_its_entropy(lens_page: LensPage, data: LensData):
    overview = overview_of(lens_page.show(data, mode="entropy"))
    # Of nothing known about 12 classes: the natural logarithm of 12.
    numbers = np.rint(255 * data.entropy() / np.log(len(NAMES))).astype(int)
    assert_painted(overview.colours(data.tokens), numbers)


def test_classes_have_one_colour_each_in_every_layer(
    lens_page: LensPage, data: LensData
):
    overview = overview_of(lens_page.show(data, mode="class"))
    colours = overview.colours(data.tokens).reshape(-1, 4)
    classes = data.order()[..., 0].ravel()
    by_class = {
        each: {tuple(colour) for colour in colours[classes == each]}
        for each in set(classes.tolist())
    }
    assert all(len(found) == 1 for found in by_class.values())
    assert len(set.union(*by_class.values())) == len(by_class)


def test_a_cell_is_read_under_the_pointer_in_all_panels(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data)
    overview = overview_of(lens)
    token = data.token(5, 2)
    overview.hover(2, token)
    expect(overview.caption).to_have_text(f"patch (5,2) at L1: {says(data, 1, token)}")
    lens_page.settle()
    expect(lens.readout).to_contain_text("patch (5,2)")
    overview.hover(0, 1)
    expect(overview.caption).to_have_text(f"reg0 at embedding: {says(data, -1, 1)}")
    lens_page.page.mouse.move(0, 0)
    last = data.layers - 1
    expect(overview.caption).to_have_text(f"patch (0,0) at L3: {says(data, last, 2)}")
    assert not lens_page.saved_state().keys() & {"layer", "token"}


def test_a_click_goes_to_the_layer_and_token_in_one_act(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data)
    overview_of(lens).click(1, data.token(3, 4))
    lens_page.settle()
    assert lens_page.saved_state() == {"layer": 0, "token": data.token(3, 4)}
    assert len(lens_page.saved["history"]) == 1
    expect(lens.layer_name).to_have_text("L0")
    lens.root.get_by_role("button", name="Undo").click()
    lens_page.settle()
    assert lens_page.saved_state() == {"layer": data.layers - 1, "token": 2}


def test_keys_walk_layers_and_tokens_and_stop_at_the_ends(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data, layer=0, token=3)
    overview = overview_of(lens)
    overview.grid.focus()
    lens_page.press("ArrowUp", "ArrowUp", "ArrowUp", "ArrowRight", "ArrowRight")
    assert lens_page.saved_state() == {"layer": -1, "token": 5}
    spoken = overview.grid.get_by_role("gridcell")
    expect(spoken).to_have_text(f"patch (0,3) at embedding: {says(data, -1, 5)}")
    expect(overview.grid).to_have_attribute(
        "aria-activedescendant", spoken.get_attribute("id") or "none"
    )
    lens_page.press("End", "ArrowRight", "ArrowDown")
    assert lens_page.saved_state() == {"layer": 0, "token": data.tokens - 1}
    lens_page.press("Control+Home")
    assert lens_page.saved_state() == {"layer": -1, "token": 0}


def test_the_present_row_and_column_are_marked(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data)
    overview = overview_of(lens)
    lens_page.assign(layer=1, token=40)
    row, column, _ = overview.grid.locator(".vw-overview-mark").all()
    x, y = overview.spot(2, 40)
    for mark, (wide, high) in ((row, (1, 5)), (column, (data.tokens, 1))):
        box, all_cells = mark.bounding_box(), overview.canvas.bounding_box()
        assert box
        assert all_cells
        assert box["x"] <= x <= box["x"] + box["width"]
        assert box["y"] <= y <= box["y"] + box["height"]
        assert box["width"] == pytest.approx(all_cells["width"] / wide, abs=1)
        assert box["height"] == pytest.approx(all_cells["height"] / high, abs=1)
    expect(lens.root.locator(".vw-overview-layers .vw-present")).to_have_text("L1")


def test_emoji_where_there_is_room_for_them(lens_page: LensPage, data: LensData):
    lens_page.page.set_viewport_size({"width": 1300, "height": 900})
    overview = overview_of(lens_page.show(data))
    expect(lens_page.page.get_by_role("group", name="Cells")).to_be_hidden()
    colours = overview.colours(data.tokens).reshape(-1, 4)
    # Emoji are drawn over nothing: some middles are clear, and of many colours.
    assert len({tuple(colour) for colour in colours}) > 2 * len(EMOJI)


@pytest.mark.parametrize("width", [420, 1300])
def test_a_large_model_is_compressed_or_scrolled_and_can_be_enlarged(
    lens_page: LensPage, width: int
):
    lens_page.page.set_viewport_size({"width": width, "height": 900})
    last = LARGE.tokens - 1
    lens = lens_page.show(LARGE, mode="entropy", token=last)
    overview = overview_of(lens)
    scroller = lens.root.locator(".vw-overview-scroller")
    box, room = overview.grid.bounding_box(), scroller.bounding_box()
    assert box
    assert room
    assert box["width"] >= 1.9 * LARGE.tokens
    # The selected token is on show, wherever one had to scroll.
    right = box["x"] + box["width"]
    assert room["x"] < right <= room["x"] + room["width"] + 1
    numbers = np.rint(255 * LARGE.entropy()[:, last] / np.log(len(NAMES))).astype(int)
    shown = overview.colours(int(room["width"]))[:, -1]
    assert_painted(shown, numbers)
    lens.button("Large").click()
    scroller.evaluate(TO_THE_RIGHT_END)
    lens_page.settle()
    overview.hover(3, last)
    expect(overview.caption).to_contain_text(
        f"patch (23,23) at L2: {says(LARGE, 2, last)}"
    )
    assert_painted(overview.colours(int(room["width"]))[:, -8], numbers)
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert lens_page.page.evaluate(fits)


def test_a_layer_that_is_gone_to_repaints_nothing_here(
    lens_page: LensPage, data: LensData
):
    overview = overview_of(lens_page.show(data, mode="class"))
    before = overview.colours(data.tokens)
    overview.canvas.evaluate("(it) => it.getContext('2d').clearRect(0, 0, 9999, 9999)")
    lens_page.assign(layer=0)
    assert not overview.colours(data.tokens).any()
    lens_page.assign(mode="entropy")
    lens_page.assign(mode="class")
    assert np.array_equal(overview.colours(data.tokens), before)
