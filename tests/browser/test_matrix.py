"""The matrix of all tokens: painted true, read, zoomed, moved, and fetched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted
from tests.browser.tour_data import TourData, decoded
from tests.browser.tour_page import BOX, SAMPLE, Tour, TourPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """async () => (await axe.run("main")).violations
  .map(({id, nodes}) => id + ": " + nodes.map(({html}) => html.slice(0, 120)).join())"""

TOKENS = 22  # of TourData: cls, reg0 and 4 x 5 patches


def expected_numbers(values: np.ndarray, prefix: int, scale: str) -> np.ndarray:
    """Return colour numbers of a head's matrix ``(query, key)``."""
    share = values / values[:, prefix:].max()
    if scale == "log":
        with np.errstate(divide="ignore"):
            share = 1 + np.log10(share) / 3
    return np.rint(255 * np.clip(share, 0, 1)).astype(int)


class Matrix:
    """The matrix of one tour on the page; its places are cells, or parts of one."""

    def __init__(self, tour: Tour, tour_page: TourPage) -> None:
        self.tour = tour
        self.page = tour_page
        self.root: Locator = tour.root.get_by_role("slider", name="Matrix")
        self.zoom = tour.root.get_by_role("group", name="Zoom")

    def colours(self) -> np.ndarray:
        """Return the colour at the middle of every cell, with all of them on show."""
        shape = {"rows": TOKENS, "columns": TOKENS}
        box = {**self.root.evaluate(BOX), **shape}
        canvas = self.root.locator("canvas")
        return np.array(canvas.evaluate(SAMPLE, [box]), np.uint8)[0]

    def at(self, down: float, across: float) -> tuple[float, float]:
        """Return where on the page a share of the matrix is."""
        self.root.scroll_into_view_if_needed()
        box = self.root.bounding_box()
        assert box
        return box["x"] + box["width"] * across, box["y"] + box["height"] * down

    def hover(self, query: int, key: int) -> None:
        """Move the mouse to a cell of the whole matrix."""
        self.hover_share((query + 0.5) / TOKENS, (key + 0.5) / TOKENS)

    def hover_share(self, down: float, across: float) -> None:
        self.page.page.mouse.move(*self.at(down, across))
        self.page.settle()

    def read(self) -> str:
        """Return which cell is read: "cls → patch (0,1)"."""
        return self.tour.readout.inner_text().split(":")[0]

    def labels(self, axis: str) -> list[str]:
        return self.tour.root.locator(f".vw-axis-{axis} span").all_inner_texts()


@pytest.fixture
def matrix(tour: Tour, tour_page: TourPage) -> Matrix:
    tour.button("All tokens").click()
    tour_page.settle()
    return Matrix(tour, tour_page)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_every_cell_has_its_colour(matrix: Matrix, tour_page: TourPage, scale: str):
    assert tour_page.saved["large"] == "matrix"
    tour_page.assign(layer=2, head=1, scale=scale)
    tour_page.settle()
    values = decoded(matrix.tour.data.attention[2, 1])
    assert_painted(matrix.colours(), expected_numbers(values, 2, scale))
    most = matrix.tour.root.locator(".vw-ticks span").last
    assert float(most.inner_text()) == pytest.approx(values[:, 2:].max(), rel=0.05)


@pytest.mark.parametrize("direction", ["row", "column"])
def test_pointing_chooses_the_token_and_reads_the_cell(
    matrix: Matrix, tour_page: TourPage, direction: str
):
    tour_page.assign(direction=direction)
    query, key = 7, 15
    matrix.hover(query, key)
    chosen, read = (query, key) if direction == "row" else (key, query)
    assert tour_page.saved["query"] == chosen
    exact = matrix.tour.data.attention[0, 0, query, key]
    text = f"patch (1,0) → patch (2,3): {exact:#.4g}"
    expect(matrix.tour.readout).to_have_text(text)
    expect(matrix.root).to_have_attribute("aria-valuetext", text)
    asked = tour_page.requests[-1]
    place = {"kind": "value", "layer": 0, "head": 0, "query": query, "key": key}
    assert asked == {**asked, **place}

    assert marked(matrix.tour.picture, ".vw-query") == chosen
    assert marked(matrix.tour.picture, ".vw-probe") == read
    band = matrix.root.locator(f".vw-band-{direction}.vw-query")
    outer, inner = matrix.root.bounding_box(), band.bounding_box()
    assert outer
    assert inner
    side = ("y", "height") if direction == "row" else ("x", "width")
    start = (inner[side[0]] - outer[side[0]]) / outer[side[1]] * TOKENS
    assert start == pytest.approx(chosen, abs=0.1)


def marked(picture: Locator, mark: str) -> int:
    """Return the token that a mark of a picture frames."""
    outer, inner = picture.bounding_box(), picture.locator(mark).bounding_box()
    assert outer
    assert inner
    row = (inner["y"] + inner["height"] / 2 - outer["y"]) / outer["height"] * 4
    column = (inner["x"] + inner["width"] / 2 - outer["x"]) / outer["width"] * 5
    return 2 + 5 * int(row) + int(column)


def test_rounded_value_is_true_before_the_kernel_answers(
    tour_page: TourPage, matrix: Matrix
):
    tour_page.answer = lambda _request: None
    matrix.hover(0, 9)
    exact = matrix.tour.data.attention[0, 0, 0, 9]
    shown = matrix.tour.readout.inner_text()
    match = re.fullmatch(r"cls → patch \(1,2\): ([\d.]+) ± ([\d.]+)", shown)
    assert match
    value, error = map(float, match.groups())
    assert abs(value - exact) <= error < 0.01


def test_click_keeps_the_row_and_another_lets_go(matrix: Matrix, tour_page: TourPage):
    mouse = tour_page.page.mouse
    matrix.hover(6, 9)
    mouse.down()
    mouse.up()
    assert tour_page.saved["query"] == 6
    matrix.hover(12, 3)
    assert tour_page.saved["query"] == 6
    assert matrix.read() == "patch (2,0) → patch (0,1)"
    assert matrix.root.locator(".vw-band-row").count() == 2
    matrix.hover(6, 3)
    mouse.down()
    mouse.up()
    matrix.hover(12, 3)
    assert tour_page.saved["query"] == 12


def test_wheel_scrolls_the_page_until_the_matrix_has_focus(
    matrix: Matrix, tour_page: TourPage
):
    page = tour_page.page
    page.set_viewport_size({"width": 1300, "height": 420})
    matrix.hover(8, 8)
    before = page.evaluate("scrollY")
    everything = matrix.labels("across")
    page.mouse.wheel(0, -60)
    page.wait_for_function(f"scrollY !== {before}")
    tour_page.settle()
    assert matrix.labels("across") == everything

    matrix.hover(8, 8)
    cell = matrix.read()
    matrix.root.focus()
    before = page.evaluate("scrollY")
    page.mouse.wheel(0, -400)
    expect(tour_page.page.locator(".vw-zoomed")).to_be_visible()
    tour_page.settle()
    assert page.evaluate("scrollY") == before
    page.mouse.move(*matrix.at(8.55 / TOKENS, 8.55 / TOKENS))
    tour_page.settle()
    assert matrix.read() == cell


def test_ctrl_and_wheel_zoom_without_focus(matrix: Matrix, tour_page: TourPage):
    matrix.hover(8, 8)
    tour_page.page.keyboard.down("Control")
    tour_page.page.mouse.wheel(0, -400)
    tour_page.page.keyboard.up("Control")
    expect(tour_page.page.locator(".vw-zoomed")).to_be_visible()
    assert tour_page.page.evaluate("visualViewport.scale") == 1


def test_buttons_and_keys_zoom(matrix: Matrix, tour_page: TourPage):
    whole = matrix.labels("down")
    for closer, wider in [("Zoom in", "Zoom out"), ("Zoom in", "Show all")]:
        matrix.zoom.get_by_role("button", name=closer).click()
        tour_page.settle()
        assert matrix.labels("down") != whole
        matrix.zoom.get_by_role("button", name=wider).click()
        tour_page.settle()
        assert matrix.labels("down") == whole
    matrix.root.focus()
    for closer, wider in ["+-", "+0"]:
        tour_page.press(closer)
        assert matrix.labels("down") != whole
        tour_page.press(wider)
        assert matrix.labels("down") == whole


def test_zoomed_cells_are_where_labels_say(matrix: Matrix, tour_page: TourPage):
    matrix.hover_share(0.99, 0.99)
    matrix.root.focus()
    tour_page.press("+", "+", "+")
    last = ["(2,3)", "(2,4)", "(3,0)", "(3,1)", "(3,2)", "(3,3)", "(3,4)"]
    assert matrix.labels("across") == last
    for label in ("(3,1)", "(3,4)"):
        text = matrix.tour.root.locator(".vw-axis-across span", has_text=label)
        box = text.bounding_box()
        assert box
        _, y = matrix.at(0.5, 0)
        tour_page.page.mouse.move(box["x"] + box["width"] / 2, y)
        tour_page.settle()
        assert matrix.read().endswith(f"patch {label}")


def test_drag_moves_what_is_shown_and_keeps_nothing(
    matrix: Matrix, tour_page: TourPage
):
    matrix.hover(0, 0)
    matrix.root.focus()
    tour_page.press("+", "+")
    mouse = tour_page.page.mouse
    matrix.hover_share(0.7, 0.7)
    cell = matrix.read()
    mouse.down()
    mouse.move(*matrix.at(0.45, 0.6))
    mouse.move(*matrix.at(0.2, 0.5))
    mouse.up()
    matrix.hover_share(0.201, 0.501)
    assert matrix.read() == cell
    matrix.hover_share(0.7, 0.7)
    assert matrix.read() != cell, "the drag kept a token"


def test_keys_walk_the_cells_and_the_view_follows(matrix: Matrix, tour_page: TourPage):
    tour_page.assign(query=3)
    matrix.root.focus()
    tour_page.press("Control+Home", "+", "+", "+")
    assert matrix.read() == "cls → cls"
    tour_page.press(*["ArrowDown"] * 12, *["ArrowRight"] * 9)
    assert tour_page.saved["query"] == 12
    exact = matrix.tour.data.attention[0, 0, 12, 9]
    text = f"patch (2,0) → patch (1,2): {exact:#.4g}"
    expect(matrix.tour.readout).to_have_text(text)
    assert "(2,0)" in matrix.labels("down")
    assert "(1,2)" in matrix.labels("across")
    tour_page.press("Control+End")
    assert matrix.read() == "patch (3,4) → patch (3,4)"
    before = matrix.labels("across")
    tour_page.press("Shift+ArrowLeft")
    assert matrix.read() == "patch (3,4) → patch (3,4)"
    assert matrix.labels("across") != before


def test_region_marks_all_its_rows(matrix: Matrix, tour_page: TourPage):
    tour_page.assign(region=[1, 1, 2, 3])
    rows = matrix.root.locator(".vw-band-row")
    assert rows.count() == 2
    outer = matrix.root.bounding_box()
    assert outer
    for band, first in zip(rows.all(), (2 + 6, 2 + 11), strict=True):
        box = band.bounding_box()
        assert box
        start = (box["y"] - outer["y"]) / outer["height"] * TOKENS
        assert start == pytest.approx(first, abs=0.1)
        assert box["height"] / outer["height"] * TOKENS == pytest.approx(3, abs=0.1)


class RowsData(TourData):
    """A model whose layers are too large to send: only rows come, and heads."""

    def state(self, **changes: Any) -> dict[str, Any]:
        return super().state(delivery="rows", large="matrix", **changes)


def test_head_of_a_large_model_is_fetched_when_it_is_shown(tour_page: TourPage):
    data = RowsData()
    held: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> dict[str, Any] | None:
        if request["kind"] != "head" or request["head"] == 0:
            return data.answer(request)
        held.append(request)
        return None

    tour = tour_page.add(data)
    matrix = Matrix(tour, tour_page)
    tour_page.answer = answer
    fetched = {"kind": "head", "side": 0, "shown": "pattern", "layer": 0, "head": 0}
    heads = [each for each in tour_page.requests if each["kind"] == "head"]
    assert [{**each, **fetched} for each in heads] == heads
    assert len(heads) == 1
    numbers = expected_numbers(decoded(data.attention[0, 0]), 2, "linear")
    assert_painted(matrix.colours(), numbers)

    tour_page.assign(layer=1, head=1)
    loading = matrix.root.locator(".vw-loading")
    expect(loading).to_have_text("fetching L1.H1 …")
    assert not matrix.colours().any()
    (request,) = held
    error = {"type": "reply", "id": request["id"], "part": 0, "parts": 1}
    tour_page.receive({**error, "error": "out of memory"})
    expect(tour.alert).to_have_text(
        "The matrix of L1.H1 could not be fetched: out of memory"
    )
    tour_page.assign(layer=0, head=0)
    expect(loading).to_be_hidden()
    tour_page.settle()
    assert_painted(matrix.colours(), numbers)
    assert len(held) == 1, "what is in the page is not fetched again"


@pytest.mark.parametrize("context_options", [{"color_scheme": "dark"}])
def test_axe_finds_nothing(matrix: Matrix, tour_page: TourPage):
    matrix.hover(4, 5)
    tour_page.page.add_script_tag(path=AXE)
    assert tour_page.page.evaluate(VIOLATIONS) == []
