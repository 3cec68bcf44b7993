"""The bundled model's guided tour, saved to disk and walked with no network at all."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import pytest
import torch
from playwright.sync_api import expect

import vitwidgets as vw
from tests.browser.colours import assert_painted, colour_numbers
from tests.browser.test_exported_page import AXE, VIOLATIONS, press, settle
from tests.browser.tour_data import TourData
from tests.browser.tour_page import Tour

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

FIRST, OTHER = "cat-and-dog", "rocket-moon-star"
MODEL = vw.load_model()
WIDTHS = (480, 700, 900, 1300)
ROOM = "document.documentElement.scrollWidth <= innerWidth"
TOPS = """(root) => [...root.querySelectorAll(".vw-stage, .vw-board, .vw-pins")]
  .map((each) => each.getBoundingClientRect().top + scrollY)"""


def data_of(name: str) -> TourData:
    """Return the attention of the plain module, with its fused path off."""
    module = copy.deepcopy(MODEL.module)
    seen: list[torch.Tensor] = []
    for block in module.blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_pre_hook(
            lambda _module, inputs: seen.append(inputs[0])
        )
    scene = vw.images.sample(name)
    with torch.no_grad():
        module(vw.images.prepare_image(scene, MODEL.preprocessing).pixels)
    patterns = torch.cat(seen).numpy()
    layers, heads, _, _ = patterns.shape
    data = TourData(layers, heads, 8, 8, ["cls"], name=MODEL.name)
    data.attention = patterns
    return data


@pytest.fixture(scope="module")
def in_python() -> Iterator[vw.AttentionHeadTour]:
    tour = vw.AttentionHeadTour(MODEL, vw.images.sample(FIRST))
    tour.act("look", "", shown="scores")
    tour.act("look", "", shown="pattern")
    tour.tour()
    tour.pins = [[0, 1], [5, 2]]
    yield tour
    tour.close()


@pytest.fixture(scope="module")
def guided(
    in_python: vw.AttentionHeadTour, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("saved") / "tour.html"
    in_python.to_html(path)
    return path


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tour = vw.AttentionHeadTour(
        MODEL, vw.images.sample(FIRST), compare=vw.images.sample(OTHER), pins=[[2, 1]]
    )
    path = tmp_path_factory.mktemp("saved") / "two.html"
    tour.to_html(path)
    tour.close()
    return path


@pytest.fixture
def offline(context: BrowserContext) -> None:
    context.set_offline(True)


def opened(page: Page, path: Path, data: TourData) -> Tour:
    page.goto(path.as_uri())
    tour = Tour(page.locator("#view .vw-root"), data)
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    settle(page)
    return tour


def painted(tour: Tour, query: int) -> None:
    numbers = colour_numbers(tour.data.values(query, "row"), 1)
    assert_painted(tour.thumbnails(), numbers)


def assert_at(tour: Tour, stop: dict[str, Any], place: str) -> None:
    """The view shows what this stop says of the state."""
    state = stop["state"]
    expect(tour.root.locator(".vw-stops-place")).to_have_text(place)
    expect(tour.root.locator(".vw-stop")).to_have_text(stop["title"] + stop["text"])
    name = f"L{state['layer']}.H{state['head']}"
    expect(tour.head_name).to_have_text(name)
    settle(tour.root.page)
    values = tour.data.values(state["query"], state["direction"])
    numbers = colour_numbers(values, 1, state["scale"], state["maximum"])
    assert_painted(tour.thumbnails(), numbers)


@pytest.mark.usefixtures("offline")
def test_every_stop_is_reached_by_keys_and_shows_its_head(
    page: Page, guided: Path, in_python: vw.AttentionHeadTour
):
    tour = opened(page, guided, data_of(FIRST))
    stops = in_python.stops
    assert len(stops) > 2
    assert_at(tour, stops[0], f"1 / {len(stops)}")
    tour.picture.focus()
    for at in range(1, len(stops)):
        press(page, "n")
        assert_at(tour, stops[at], f"{at + 1} / {len(stops)}")
    press(page, "n")
    assert_at(tour, stops[-1], f"{len(stops)} / {len(stops)}")
    press(page, "p")
    assert_at(tour, stops[-2], f"{len(stops) - 1} / {len(stops)}")
    press(page, "Control+z")
    assert_at(tour, stops[-1], f"{len(stops)} / {len(stops)}")


@pytest.mark.usefixtures("offline")
def test_hover_search_sort_matrix_and_pins_work(
    page: Page, guided: Path, in_python: vw.AttentionHeadTour
):
    tour = opened(page, guided, data_of(FIRST))
    for row, column in [(0, 0), (3, 4), (7, 7)]:
        tour.hover(tour.picture, row, column)
        painted(tour, tour.data.token(row, column))
    query = tour.data.token(7, 7)
    card = tour.root.get_by_role("group", name="L5.H2", exact=True)
    value = tour.data.attention[5, 2, query, 1:].max()
    text = card.locator(".vw-pin-readout").inner_text()
    number, margin = map(float, text.split(": ")[-1].split(" ± "))
    assert abs(number - value) <= margin

    tour.root.get_by_role("searchbox").fill("L3.H2")
    matching = tour.head_grid.locator(".vw-head:not(.vw-apart)")
    expect(matching).to_have_count(1)
    expect(matching).to_have_attribute("aria-label", re.compile(r"^L3\.H2"))
    tour.root.get_by_role("searchbox").fill("")
    entropy = in_python.measurements.statistics.numbers["entropy"]
    tour.root.get_by_role("combobox", name="Sort by").select_option(value="entropy")
    settle(page)
    layer, head = divmod(int(entropy.argmax()), tour.data.heads)
    first = tour.head_grid.get_by_role("gridcell").first
    expect(first).to_have_attribute("aria-label", re.compile(rf"^L{layer}\.H{head}\b"))

    tour.chip("All tokens").click()
    matrix = tour.root.get_by_role("slider", name="Matrix")
    box = matrix.bounding_box()
    assert box
    tokens = tour.data.tokens
    across = box["width"] * (tour.data.token(0, 1) + 0.5) / tokens
    matrix.hover(position={"x": across, "y": box["height"] * 0.5 / tokens})
    settle(page)
    expect(tour.readout).to_contain_text("cls → patch (0,1): ")


@pytest.mark.usefixtures("offline")
def test_what_was_done_can_be_undone_and_nothing_else_is_offered(
    page: Page, guided: Path
):
    tour = opened(page, guided, data_of(FIRST))
    expect(tour.chip("Rollout")).to_have_count(0)
    expect(tour.chip("What is written")).to_have_count(0)
    tour.picture.focus()
    press(page, "Control+z", "Control+z")
    expect(tour.chip("Before softmax")).to_have_attribute("aria-pressed", "true")
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    expect(tour.alert).to_be_hidden()
    tour.hover(tour.large, 1, 1)
    expect(tour.readout).to_contain_text("±")
    expect(tour.badge).to_be_hidden()


@pytest.mark.usefixtures("offline")
def test_two_images_side_by_side(page: Page, compared: Path):
    tour = opened(page, compared, data_of(FIRST))
    second = tour.of_side(1, data_of(OTHER))
    second.hover(second.picture, 2, 5)
    query = tour.data.token(2, 5)
    painted(tour, query)
    tour.root.get_by_role("group", name="Heads of").get_by_role("button").nth(1).click()
    settle(page)
    expect(second.head_grid).to_have_attribute("aria-busy", "false")
    painted(second, query)
    second.hover(second.large, 6, 1)
    for each in (tour, second):
        exact = each.data.attention[5, 0, query, each.data.token(6, 1)]
        number, margin = map(
            float, each.readout.inner_text().split(": ")[1].split(" ± ")
        )
        assert abs(number - exact) <= margin


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["guided", "compared"])
def test_nothing_sticks_out_or_jumps_while_one_looks(
    request: pytest.FixtureRequest, page: Page, name: str, width: int
):
    page.set_viewport_size({"width": width, "height": 900})
    tour = opened(page, request.getfixturevalue(name), data_of(FIRST))
    tour.hover(tour.picture, 0, 0)
    before = tour.root.evaluate(TOPS)
    for row, column in [(7, 7), (3, 2), (5, 0)]:
        tour.hover(tour.picture, row, column)
        assert tour.root.evaluate(TOPS) == before
    tour.chip("cls").first.hover()
    settle(page)
    assert tour.root.evaluate(TOPS) == before
    assert page.evaluate(ROOM)


@pytest.mark.parametrize(
    "context_options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}],
    ids=["light", "dark"],
)
@pytest.mark.parametrize("name", ["guided", "compared"])
def test_axe_finds_nothing(request: pytest.FixtureRequest, page: Page, name: str):
    tour = opened(page, request.getfixturevalue(name), data_of(FIRST))
    tour.picture.focus()
    press(page, "?")
    page.add_script_tag(content=AXE.read_text("utf8"))
    assert page.evaluate(VIOLATIONS) == []
