"""A model whose attention is too large to send: only rows travel.

ViT-L/14 at 336 pixels where the size matters; else a small one that is treated alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers
from tests.browser.tour_data import TourData, answer_with, decoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.browser.tour_page import Tour, TourPage

COUNT_DRAWN = """() => {
  const { prototype } = CanvasRenderingContext2D;
  const { drawImage } = prototype;
  window.drawn = 0;
  prototype.drawImage = function (...values) {
    if (this.canvas.classList.contains("vw-heads-canvas")) window.drawn++;
    return drawImage.apply(this, values);
  };
}"""

COUNT_OPEN = """(delay) => {
  const answer = window.answerRequest;
  window.open = 0;
  window.mostOpen = 0;
  window.drawnBefore = {};
  window.answerRequest = async (request) => {
    window.drawnBefore[request.kind] ??= window.drawn;
    const counts = request.kind === "rows" ? 1 : 0;
    window.open += counts;
    window.mostOpen = Math.max(window.mostOpen, window.open);
    const reply = await answer(request);
    await new Promise((done) => setTimeout(done, delay));
    window.open -= counts;
    return reply;
  };
}"""


class LargeData(TourData):
    """Random rows, made as they are asked for: all of them would fill the memory."""

    @property
    def slab(self) -> int:
        """Bytes of one token's rows: codes of all tokens and a scale for each head."""
        return self.layers * self.heads * (self.tokens + 4)

    def vectors(
        self, query: int | Sequence[int], direction: str, shown: str = "pattern"
    ) -> np.ndarray:
        """Return made-up rows of a query, or the mean of several."""
        heads = 1 if shown == "rollout" else self.heads
        found = [
            np.random.default_rng([each, direction == "row", len(shown)]).random(
                (self.layers, heads, self.tokens), np.float32
            )
            for each in np.atleast_1d(query)
        ]
        return np.mean([each**4 for each in found], axis=0, dtype=np.float32)

    def statistics(self) -> dict[str, Any]:
        """Answer with a number for each head."""
        small = TourData(layers=self.layers, heads=self.heads, rows=2, columns=2)
        return small.statistics()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer without making all attention, as the base does."""
        if request["kind"] == "statistics":
            return self.statistics()
        if request["kind"] == "head":
            random = np.random.default_rng(request["head"])
            return answer_with(random.random((self.tokens, self.tokens)), "pattern")
        if request["kind"] == "value":
            return {"result": {"value": 0.25}}
        region, shown = request["region"], request["shown"]
        query = self.within(region) if region else request["query"]
        rows = self.vectors(query, request["direction"], shown)
        return answer_with(rows[:, :, None], shown)


@pytest.fixture
def data() -> LargeData:
    return LargeData(layers=4, heads=3, rows=8, columns=8, prefix=["cls"])


@pytest.fixture
def vit_l() -> LargeData:
    return LargeData(24, 16, rows=24, columns=24, prefix=["cls"], patch=2)


def opened(tour_page: TourPage, data: LargeData, delay: int = 0, **state: Any) -> Tour:
    tour_page.page.evaluate(COUNT_DRAWN)
    tour_page.page.evaluate(COUNT_OPEN, delay)
    return tour_page.add(data, delivery="rows", **state)


def drawn(tour_page: TourPage) -> int:
    """Return how many thumbnails were drawn since this was asked last."""
    return tour_page.page.evaluate(
        "() => { const { drawn } = window; window.drawn = 0; return drawn; }"
    )


def rows_asked(tour_page: TourPage) -> list[int]:
    return [each["query"] for each in tour_page.requests if each["kind"] == "rows"]


def arrived(tour: Tour, tour_page: TourPage) -> None:
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    tour_page.settle()


def test_unchanged_thumbnails_are_not_drawn_again(
    tour_page: TourPage, vit_l: LargeData
):
    tour = opened(tour_page, vit_l)
    waiting: list[dict[str, Any]] = []
    tour_page.answer = waiting.append
    drawn(tour_page)
    for column in range(3):
        tour.hover(tour.picture, 3, column)
    expect(tour.head_grid).to_have_attribute("aria-busy", "true")
    assert drawn(tour_page) == 0
    tour_page.answer = vit_l.answer
    failed = {"type": "reply", "part": 0, "parts": 1, "error": "too late"}
    tour_page.receive({**failed, "id": waiting[0]["id"]})
    arrived(tour, tour_page)
    assert drawn(tour_page) == 24 * 16
    tour.hover(tour.large, 9, 9)
    expect(tour.readout).to_contain_text("patch (9,9): 0.25")
    tour.root.locator("[data-layer='3'][data-head='3']").click()
    tour_page.settle()
    assert drawn(tour_page) == 0


def test_wandering_with_a_slow_kernel_piles_nothing_up(
    tour_page: TourPage, data: LargeData
):
    tour = opened(tour_page, data, delay=1_500)
    for step in range(24):
        tour.hover(tour.picture, step % 8, step // 8)
    last = data.token(7, 2)
    arrived(tour, tour_page)
    expect(tour.root.locator(".vw-loading")).to_be_hidden()
    asked = rows_asked(tour_page)
    assert asked[-1] == last
    numbers = colour_numbers(decoded(data.vectors(last, "row")), 1)
    assert_painted(tour.thumbnails()[2, 1], numbers[2, 1])
    assert len(asked) == len(set(asked)) < 24
    assert tour_page.page.evaluate("window.mostOpen") == 1
    # What came while the pointer was elsewhere is here all the same.
    for query in asked:
        tour.hover(tour.picture, *divmod(query - 1, 8))
        expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    assert rows_asked(tour_page) == asked


def test_rows_that_fit_the_budget_are_kept(tour_page: TourPage, data: LargeData):
    tour = opened(tour_page, data, payload_budget=int(2.5 * data.slab))
    for column in (0, 1, 2):
        tour.hover(tour.picture, 0, column)
        arrived(tour, tour_page)
    assert rows_asked(tour_page) == [1, 2, 3]
    for column in (1, 2, 1):
        tour.hover(tour.picture, 0, column)
        arrived(tour, tour_page)
    assert rows_asked(tour_page) == [1, 2, 3]
    tour.hover(tour.picture, 0, 0)
    arrived(tour, tour_page)
    assert rows_asked(tour_page) == [1, 2, 3, 1]


def test_what_is_fetched_is_written_at_once_and_spoken_once(
    tour_page: TourPage, data: LargeData
):
    tour = opened(tour_page, data)
    tour_page.answer = lambda _request: None
    tour.hover(tour.picture, 3, 4)
    beside = tour.root.locator(".vw-fetching")
    for place in (tour.root.locator(".vw-loading"), beside):
        expect(place).to_have_text("fetching patch (3,4) …")
    expect(tour.badge).to_have_text("waiting for the kernel: fetching patch (3,4) …")
    tour.hover(tour.picture, 5, 6)
    expect(beside).to_have_text("fetching patch (5,6) …")
    expect(tour.badge).to_have_text("waiting for the kernel: fetching patch (3,4) …")
    assert rows_asked(tour_page) == [data.token(3, 4)]


def test_rows_that_could_not_be_had_are_asked_for_again(
    tour_page: TourPage, data: LargeData
):
    tour = opened(tour_page, data)
    tour_page.answer = lambda _request: {"error": "out of memory"}
    tour.hover(tour.picture, 3, 4)
    loading = tour.root.locator(".vw-loading")
    expect(loading).to_have_text("patch (3,4) could not be fetched: choose it again")
    expect(tour.alert).to_have_text(
        "The attention of patch (3,4) could not be loaded: out of memory"
    )
    expect(tour.root.locator(".vw-fetching")).to_have_text("")
    tour_page.answer = data.answer
    tour.hover(tour.picture, 5, 5)
    arrived(tour, tour_page)
    tour.hover(tour.picture, 3, 4)
    arrived(tour, tour_page)
    expect(loading).to_be_hidden()
    assert rows_asked(tour_page).count(data.token(3, 4)) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shown": "scores"}, "cls"),
        ({"shown": "written"}, "cls"),
        ({"shown": "rollout"}, "cls"),
        ({"direction": "column"}, "cls"),
        ({"region": [1, 2, 3, 4]}, "patches (1,2) to (3,4)"),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else "",
)
def test_other_values_are_fetched_and_may_fail(
    tour_page: TourPage, data: LargeData, change: dict[str, Any], said: str
):
    tour = opened(tour_page, data)
    waiting: list[dict[str, Any]] = []
    tour_page.answer = waiting.append
    tour_page.assign(**change)
    loading = tour.root.locator(".vw-loading")
    expect(loading).to_have_text(f"fetching {said} …")
    assert waiting[0].items() >= {"kind": "rows", "query": 0, **change}.items()
    failed = {"type": "reply", "part": 0, "parts": 1, "error": "no memory"}
    tour_page.receive({**failed, "id": waiting[0]["id"]})
    expect(loading).to_have_text(f"{said} could not be fetched: choose it again")
    tour_page.answer = data.answer
    tour_page.assign(layer=2)
    expect(loading).to_be_hidden()
    arrived(tour, tour_page)


def test_matrix_pins_and_order_take_no_rows(tour_page: TourPage, data: LargeData):
    tour = opened(tour_page, data, pins=[[0, 0], [1, 1], [2, 2], [3, 1]])
    tour_page.answer = lambda _request: {"error": "out of memory"}
    tour.button("All tokens").click()
    expect(tour.alert).to_have_text(
        "The matrix of L0.H0 could not be fetched: out of memory"
    )
    tour_page.answer = data.answer
    drawn(tour_page)
    tour.head(2, 1).click()
    expect(tour.root.locator(".vw-readout")).to_contain_text("→")
    assert drawn(tour_page) == 0
    tour.root.get_by_role("combobox").select_option("entropy")
    tour_page.settle()
    assert drawn(tour_page) > 0
    assert rows_asked(tour_page) == []


def test_heads_are_measured_when_there_is_something_to_see(
    tour_page: TourPage, data: LargeData
):
    tour_page.page.evaluate("document.getElementById('place0').hidden = true")
    tour_page.page.evaluate(COUNT_DRAWN)
    tour_page.page.evaluate(COUNT_OPEN, 0)
    tour_page.answer = lambda _request: None
    tour = tour_page.add_waiting(data, delivery="rows")
    tour_page.settle()
    assert tour_page.requests == []
    tour_page.page.evaluate("document.getElementById('place0').hidden = false")
    expect(tour.head_grid).to_be_visible()
    tour_page.page.wait_for_function("window.drawnBefore.statistics !== undefined")
    assert tour_page.page.evaluate("window.drawnBefore.statistics") == 4 * 3
    # It takes long, and one may look around meanwhile.
    tour_page.answer = lambda r: data.answer(r) if r["kind"] == "rows" else None
    tour.hover(tour.picture, 8, 8)
    arrived(tour, tour_page)
    expect(tour.root.locator(".vw-loading")).to_be_hidden()
