"""Heads are searched, sorted and named by what was measured of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers
from tests.browser.test_accessibility import AXE, SCREENSHOTS, VIOLATIONS
from tests.browser.tour_data import TourData, encode
from tests.browser.tour_page import BOX

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.tour_page import Tour, TourPage

KINDS = ("corner", "same row", "offset (0,-1)", "mixed")


@dataclass
class MeasuredData(TourData):
    """A model whose heads were measured: random numbers, and types in turn."""

    @cached_property
    def numbers(self) -> np.ndarray:
        """Columns entropy, logit_change and its margin, ``(column, layer, head)``."""
        random = np.random.default_rng(self.seed + 2)
        numbers = random.uniform(0.1, 3, (3, self.layers, self.heads))
        numbers[0, -1, -1] = np.nan
        return numbers.astype(np.float32)

    def kind(self, layer: int, head: int) -> str:
        return KINDS[(layer * self.heads + head) % len(KINDS)]

    def places(self, kind: str | None = None) -> list[tuple[int, int]]:
        every = np.ndindex(self.layers, self.heads)
        return [place for place in every if kind in (None, self.kind(*place))]

    def by_entropy(self, kind: str | None = None) -> list[tuple[int, int]]:
        """Return heads from the highest entropy down, the one without it last."""
        entropy = np.nan_to_num(self.numbers[0], nan=-1)
        return sorted(self.places(kind), key=lambda place: -entropy[place])

    def statistics(self) -> dict[str, Any]:
        titles = {
            "entropy": "spread (entropy)",
            "logit_change": "answer without it",
            "logit_change_ci95": "answer without it, ±",
        }
        columns = [{"name": n, "title": t, "help": t} for n, t in titles.items()]
        types = [
            [
                {
                    "type": self.kind(layer, head),
                    "evidence": f"{self.kind(layer, head)} 0.83",
                    "runner_up": "border 0.41",
                }
                for head in range(self.heads)
            ]
            for layer in range(self.layers)
        ]
        return {
            "result": {"columns": columns, "types": types, "over": "256 scenes"},
            "arrays": [{"name": "values", **encode(self.numbers)}],
        }


@pytest.fixture
def data() -> MeasuredData:
    return MeasuredData(layers=5, heads=4)


@pytest.fixture
def search(tour: Tour) -> Locator:
    expect(tour.root.get_by_text("measured over 256 scenes")).to_be_visible()
    return tour.root.get_by_role("searchbox", name="Search")


def shown(tour: Tour) -> list[tuple[int, int]]:
    """Return the heads on the board, in their order."""
    script = "(all) => all.map(({dataset}) => [+dataset.layer, +dataset.head])"
    return [
        tuple(place) for place in tour.root.locator(".vw-head").evaluate_all(script)
    ]


def apart(tour: Tour) -> set[tuple[int, int]]:
    """Return the heads that are dimmed."""
    script = "(all) => all.map(({dataset}) => [+dataset.layer, +dataset.head])"
    dimmed = tour.root.locator(".vw-apart").evaluate_all(script)
    return {tuple(place) for place in dimmed}


def test_a_search_dims_the_other_heads_where_they_are(
    tour: Tour, tour_page: TourPage, data: MeasuredData, search: Locator
):
    search.fill("corner")
    tour_page.settle()
    assert tour_page.saved["search"] == "corner"
    assert shown(tour) == data.places()
    assert apart(tour) == set(data.places()) - set(data.places("corner"))
    expect(tour.root.get_by_text("5 of 20 heads")).to_be_visible()
    search.fill("corner L1-2")
    tour_page.settle()
    found = {place for place in data.places("corner") if place[0] in (1, 2)}
    assert apart(tour) == set(data.places()) - found
    tour.button("Show all again").click()
    tour_page.settle()
    assert tour_page.saved["search"] == ""
    assert apart(tour) == set()
    expect(search).to_be_focused()
    expect(search).to_have_value("")


def test_letters_in_the_search_are_no_commands(
    tour: Tour, tour_page: TourPage, search: Locator
):
    search.press_sequentially("smd?")
    tour_page.settle()
    assert not tour_page.saved.keys() & {"scale", "maximum", "direction"}
    expect(tour.root.locator(".vw-help")).to_be_hidden()


def test_what_cannot_be_read_is_explained_and_changes_nothing(
    tour: Tour, tour_page: TourPage, data: MeasuredData, search: Locator
):
    search.fill("corner")
    search.fill("corner entropy>")
    expect(tour.root.get_by_text("entropy>: a number is missing")).to_be_visible()
    expect(search).to_have_attribute("aria-invalid", "true")
    tour_page.settle()
    assert tour_page.saved["search"] == "corner"
    assert apart(tour) == set(data.places()) - set(data.places("corner"))
    search.fill("entropy>2")
    expect(search).to_have_attribute("aria-invalid", "false")
    found = {place for place in data.places() if data.numbers[0][place] > 2}
    tour_page.settle()
    assert apart(tour) == set(data.places()) - found


def test_types_are_counted_and_found(
    tour: Tour, tour_page: TourPage, data: MeasuredData, search: Locator
):
    chip = tour.chip("same row 5")
    chip.click()
    tour_page.settle()
    assert tour_page.saved["search"] == 'type="same row"'
    expect(search).to_have_value('type="same row"')
    expect(chip).to_have_attribute("aria-pressed", "true")
    assert apart(tour) == set(data.places()) - set(data.places("same row"))
    tour_page.press("ArrowRight", "Enter")
    assert tour_page.saved["search"] == "type=offset"
    tour_page.press("Enter")
    assert tour_page.saved["search"] == ""


def test_heads_in_an_order(
    tour: Tour, tour_page: TourPage, data: MeasuredData, search: Locator
):
    tour.root.get_by_label("Sort by").select_option("spread (entropy)")
    tour_page.settle()
    assert tour_page.saved["sort"] == "entropy"
    assert shown(tour) == data.by_entropy()
    first, last = data.by_entropy()[0], data.by_entropy()[-1]
    labels = tour.root.locator(".vw-head-label")
    value = f"{data.numbers[0][first]:#.3g}"
    expect(labels.first).to_have_text(f"L{first[0]}.H{first[1]} {value}")
    expect(labels.last).to_have_text(f"L{last[0]}.H{last[1]} no value")
    search.fill("corner")
    tour_page.settle()
    assert shown(tour) == data.by_entropy("corner")
    search.fill("corner L0 H3")
    tour_page.settle()
    assert shown(tour) == []
    expect(tour.root.get_by_text("0 of 20 heads")).to_be_visible()


def test_thumbnails_follow_the_order(
    tour: Tour, tour_page: TourPage, data: MeasuredData, search: Locator
):
    expect(search).to_be_visible()
    tour_page.assign(sort="entropy", search="corner", query=9)
    places = data.by_entropy("corner")
    cells = tour.root.locator(".vw-head")
    boxes = cells.evaluate_all(f"(all) => all.map({BOX})")
    colours = tour._sample(tour.root.locator(".vw-heads-canvas"), boxes)
    values = np.array([data.values(9, "row")[place] for place in places])[None]
    numbers = colour_numbers(values, len(data.prefix), "linear", "head")
    assert_painted(colours[None], numbers)


def test_an_order_too_long_for_its_frame_is_painted_where_one_scrolls(
    tour_page: TourPage,
):
    data = MeasuredData(layers=8, heads=12)
    tour = tour_page.add(data, sort="entropy", query=9)
    expect(tour.root.get_by_text("measured over")).to_be_visible()
    frame = tour.root.locator(".vw-board-frame")
    hidden = frame.evaluate("(frame) => frame.scrollHeight - frame.clientHeight")
    assert hidden > 100
    frame.evaluate("(frame) => { frame.scrollTop = frame.scrollHeight; }")
    tour_page.settle()
    cells = tour.root.locator(".vw-head")
    boxes = cells.evaluate_all(f"(all) => all.slice(-6).map({BOX})")
    colours = tour._sample(tour.root.locator(".vw-heads-canvas"), boxes)
    places = data.by_entropy()[-6:]
    values = np.array([data.values(9, "row")[place] for place in places])[None]
    numbers = colour_numbers(values, len(data.prefix), "linear", "head")
    assert_painted(colours[None], numbers)


def test_keys_walk_the_order(
    tour: Tour, tour_page: TourPage, data: MeasuredData, search: Locator
):
    expect(search).to_be_visible()
    tour_page.assign(sort="entropy", layer=0, head=0)
    order = data.by_entropy()
    tops = tour.root.locator(".vw-head").evaluate_all(
        "(all) => all.map((cell) => cell.getBoundingClientRect().top)"
    )
    columns = tops.count(tops[0])
    assert 1 < columns < len(order)
    tour.root.locator(".vw-head").first.focus()
    tour_page.press("ArrowRight", "ArrowDown", "Enter")
    opened = tour_page.saved["layer"], tour_page.saved["head"]
    assert opened == order[columns + 1]
    tour_page.press("Control+End", "Enter")
    assert (tour_page.saved["layer"], tour_page.saved["head"]) == order[-1]
    tour_page.assign(sort="")
    last = tour.root.locator(".vw-head:focus")
    expect(last).to_have_attribute("data-layer", str(order[-1][0]))


def test_a_head_says_what_it_is(
    tour: Tour, tour_page: TourPage, data: MeasuredData, search: Locator
):
    expect(search).to_be_visible()
    head = tour.root.get_by_role("gridcell", name="L0.H0, corner", exact=True)
    expect(head.locator(".vw-badge-of-type")).to_have_attribute("data-text", "corner")
    arrow = tour.root.get_by_role("gridcell", name="L0.H2, offset (0,-1)", exact=True)
    expect(arrow.locator(".vw-badge-of-type")).to_have_attribute("data-text", "←")
    head.hover()
    tour_page.settle()
    change, margin = data.numbers[1, 0, 0], data.numbers[2, 0, 0]
    expect(tour.root.locator(".vw-measured")).to_have_text(
        "corner 0.83, less clearly border 0.41 (on another scale) · "
        f"without it: logit +{change:.2f} ± {margin:.2f}"
    )
    expect(tour.root.locator(".vw-head-caption")).to_contain_text("patches up to")


def test_a_choice_made_in_a_chart_is_kept_to(
    tour: Tour, tour_page: TourPage, data: MeasuredData, search: Locator
):
    expect(search).to_be_visible()
    tour_page.assign(selection=[[0, 0], [2, 1], [4, 3]])
    assert apart(tour) == set(data.places()) - {(0, 0), (2, 1), (4, 3)}
    count = tour.root.get_by_text("3 of 20 heads, among 3 chosen heads")
    expect(count).to_be_visible()
    search.fill("corner")
    tour_page.settle()
    assert apart(tour) == set(data.places()) - {(0, 0)}
    tour.button("Show all again").click()
    tour_page.settle()
    assert tour_page.saved["selection"] == []
    assert apart(tour) == set()


def test_addresses_are_found_before_anything_is_measured(
    tour_page: TourPage, data: MeasuredData
):
    def slow(request: dict[str, Any]) -> dict[str, Any] | None:
        if request["kind"] == "statistics":
            return {"error": "the images are gone"}
        return data.answer(request)

    tour_page.answer = slow
    tour = tour_page.add_waiting(data)
    message = "The heads could not be measured: the images are gone"
    expect(tour.root.get_by_text(message)).to_be_visible()
    search = tour.root.get_by_role("searchbox")
    search.fill("L3.H2")
    tour_page.settle()
    assert apart(tour) == set(data.places()) - {(3, 2)}
    search.fill("corner")
    expect(tour.root.get_by_text("corner: the heads are not measured")).to_be_visible()


def test_hovering_rebuilds_nothing(tour: Tour, tour_page: TourPage, search: Locator):
    expect(search).to_be_visible()
    watch = """(root) => {
      window.rebuilt = 0;
      new MutationObserver((list) => { rebuilt += list.length; }).observe(
        root, {subtree: true, childList: true, attributes: true});
    }"""
    tour.root.locator(".vw-cells").evaluate(watch)
    tour.hover(tour.picture, 1, 1)
    tour.hover(tour.picture, 2, 3)
    assert tour_page.page.evaluate("rebuilt") <= 4  # aria-busy, once a frame


@pytest.mark.parametrize("sort", ["", "entropy"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    tour_page: TourPage, data: MeasuredData, sort: str, scheme: str
):
    tour_page.page.emulate_media(color_scheme=scheme)
    tour = tour_page.add(data, sort=sort, search="corner entropy>=0")
    expect(tour.root.get_by_text("measured over")).to_be_visible()
    tour.root.locator(".vw-head").first.focus()
    tour_page.page.add_script_tag(path=AXE)
    assert tour_page.page.evaluate(VIOLATIONS) == []
    SCREENSHOTS.mkdir(exist_ok=True)
    name = f"finder-{scheme}-{'order' if sort else 'place'}.png"
    tour_page.page.screenshot(path=SCREENSHOTS / name, full_page=True)
