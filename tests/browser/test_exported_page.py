"""A tour saved to disk, opened with the network switched off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.colours import assert_painted, colour_numbers
from tests.browser.tour_data import TourData
from tests.browser.tour_page import NEXT_FRAME, Tour
from tests.unit.widgets.test_attention_head_tour import (
    MODEL,
    PATTERNS,
    PICTURE,
    PREPROCESSING,
    make_module,
)
from vitwidgets.models import HookedViT
from vitwidgets.widgets import AttentionHeadTour

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """async () => (await axe.run()).violations
  .map(({id, nodes}) => id + ": " + nodes.map(({html}) => html.slice(0, 120)).join())"""
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"


@pytest.fixture
def in_python() -> AttentionHeadTour:
    return AttentionHeadTour(MODEL, PICTURE, layer=0, query=0)


@pytest.fixture
def exported(
    page: Page, context: BrowserContext, in_python: AttentionHeadTour, tmp_path: Path
) -> Tour:
    context.set_offline(True)
    return opened(page, in_python, tmp_path)


def opened(page: Page, in_python: AttentionHeadTour, folder: Path) -> Tour:
    """Save a tour and open the file once all attention has been unpacked."""
    path = folder / "saved.html"
    in_python.to_html(path)
    page.goto(path.as_uri())
    data = TourData(layers=3, heads=4, rows=3, columns=5, name="tiny")
    data.attention = PATTERNS  # of the plain module
    tour = Tour(page.locator("#view .vw-root"), data)
    expect(tour.head_grid).to_have_attribute("aria-busy", "false")
    settle(page)
    return tour


def settle(page: Page) -> None:
    page.evaluate(NEXT_FRAME)
    page.evaluate(NEXT_FRAME)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def tab_to(page: Page, tour: Tour, css: str) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if tour.root.locator(f"{css}:focus").count():
            return
    raise AssertionError(f"Tab never reached {css}")


def assert_shown(tour: Tour, query: int, direction: str = "row") -> None:
    values = tour.data.values(query, direction)
    assert_painted(tour.thumbnails(), colour_numbers(values, 2))


def assert_readout_holds(tour: Tour, name: str, exact: float) -> None:
    """The number at the pointer and its margin hold the plain module's value."""
    text = tour.readout.inner_text()
    found = re.fullmatch(rf"{re.escape(name)}: ([\d.]+) ± ([\d.]+)", text)
    assert found, text
    value, margin = map(float, found.groups())
    assert abs(value - exact) <= margin
    assert margin < 0.01 * PATTERNS.max()


def test_hovering_and_clicking_show_the_models_attention(exported: Tour, page: Page):
    tour = exported
    assert_shown(tour, 0)
    for row, column in [(0, 0), (1, 3), (2, 4)]:
        tour.hover(tour.picture, row, column)
        query = tour.data.token(row, column)
        assert_shown(tour, query)
    tour.head(2, 3).click()
    settle(page)
    tour.hover(tour.large, 1, 2)
    key = tour.data.token(1, 2)
    assert_readout_holds(tour, "patch (1,2)", PATTERNS[2, 3, query, key])
    tour.button("Who looks at this token").click()
    settle(page)
    assert_shown(tour, query, "column")
    tour.hover(tour.large, 0, 1)
    source = tour.data.token(0, 1)
    assert_readout_holds(tour, "patch (0,1)", PATTERNS[2, 3, source, query])
    tour.chip("reg0").click()
    settle(page)
    assert_shown(tour, 1, "column")
    expect(tour.status).to_have_text("tiny · L2.H3 · reg0 · who looks at this token")


def test_nothing_is_waited_for(
    page: Page, in_python: AttentionHeadTour, tmp_path: Path
):
    page.clock.install()
    tour = opened(page, in_python, tmp_path)
    tour.hover(tour.large, 1, 2)
    page.clock.fast_forward(60_000)
    settle(page)
    expect(tour.badge).to_be_hidden()
    expect(tour.alert).to_be_hidden()
    exact = PATTERNS[0, 0, 0, tour.data.token(1, 2)]
    assert_readout_holds(tour, "patch (1,2)", exact)
    expect(page.locator("footer")).to_contain_text("No kernel is behind this page")


def test_the_keyboard_alone_does_everything(exported: Tour, page: Page):
    tour = exported
    tab_to(page, tour, ".vw-chip")
    press(page, "ArrowDown", "ArrowDown", "ArrowRight")
    query = tour.data.token(1, 1)
    assert_shown(tour, query)
    tab_to(page, tour, ".vw-large")
    press(page, "Control+Home", "ArrowRight")
    exact = PATTERNS[0, 0, query, tour.data.token(0, 1)]
    assert_readout_holds(tour, "patch (0,1)", exact)
    tab_to(page, tour, ".vw-head")
    press(page, "ArrowDown", "ArrowRight", "Enter", "d")
    expect(tour.status).to_have_text(
        "tiny · L1.H1 · patch (1,1) · who looks at this token"
    )
    assert_shown(tour, query, "column")


def test_it_opens_in_the_state_that_was_saved(page: Page, tmp_path: Path):
    state = {"layer": 2, "head": 1, "query": 6, "direction": "column", "scale": "log"}
    tour = opened(page, AttentionHeadTour(MODEL, PICTURE, **state), tmp_path)
    expect(tour.status).to_have_text(
        "tiny · L2.H1 · patch (0,4) · who looks at this token"
    )
    values = tour.data.values(6, "column")
    assert_painted(tour.thumbnails(), colour_numbers(values, 2, "log"))


def test_copying_gives_the_code_that_python_gives(
    exported: Tour, page: Page, context: BrowserContext, in_python: AttentionHeadTour
):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    exported.head(1, 2).click()
    exported.chip("reg0").click()
    settle(page)
    exported.button("Copy as Python").click()
    expect(exported.root.locator(".vw-copy [role=status]")).to_have_text("Copied")
    in_python.layer, in_python.head, in_python.query = 1, 2, 1
    assert page.evaluate("navigator.clipboard.readText()") == in_python.code()

    exported.chip("cls").click()
    page.evaluate("document.activeElement.blur()")
    tab_to(page, exported, "[aria-label='Copy as Python']")
    press(page, "s", "Enter")
    expect(exported.root.locator(".vw-copy [role=status]")).to_have_text("Copied")
    in_python.query, in_python.scale = 0, "log"
    page.wait_for_function(
        "async (code) => await navigator.clipboard.readText() === code",
        arg=in_python.code(),
    )


def test_where_the_clipboard_is_closed_the_code_can_be_copied_by_hand(
    page: Page, in_python: AttentionHeadTour, tmp_path: Path
):
    page.add_init_script(NO_CLIPBOARD)
    tour = opened(page, in_python, tmp_path)
    tour.button("Copy as Python").click()
    box = tour.root.get_by_role("textbox", name="Copy as Python")
    expect(box).to_be_focused()
    expect(box).to_have_value(in_python.code())
    selected = "(box) => box.value.slice(box.selectionStart, box.selectionEnd)"
    assert box.evaluate(selected) == in_python.code()
    press(page, "d", "Escape")
    expect(box).to_be_hidden()
    expect(tour.button("Copy as Python")).to_be_focused()
    expect(tour.status).to_contain_text("what this token looks at")


@pytest.mark.parametrize(
    "name",
    [
        "</script><script>window.harm = 1</script>",
        "<img src=x onerror='window.harm = 1'>",
        "</title><script>window.harm = 1</script><!--",
    ],
)
def test_a_models_name_is_shown_and_not_run(name: str, page: Page, tmp_path: Path):
    model = HookedViT(make_module(), preprocessing=PREPROCESSING, name=name)
    tour = opened(page, AttentionHeadTour(model, PICTURE, layer=0), tmp_path)
    expect(tour.root.locator(".vw-strong").first).to_have_text(name)
    assert page.title().startswith(f"AttentionHeadTour of {name}")
    assert page.evaluate("window.harm") is None
    assert page.locator("img").count() == 0
    assert_shown(tour, 0)


@pytest.mark.parametrize(
    "context_options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}],
    ids=["light", "dark"],
)
def test_axe_finds_nothing(page: Page, in_python: AttentionHeadTour, tmp_path: Path):
    page.add_init_script(NO_CLIPBOARD)
    tour = opened(page, in_python, tmp_path)
    tour.button("Copy as Python").click()
    page.add_script_tag(content=AXE.read_text("utf8"))
    assert page.evaluate(VIOLATIONS) == []


def test_the_page_forbids_itself_the_network(
    context: BrowserContext, in_python: AttentionHeadTour, tmp_path: Path
):
    page = context.new_page()  # the other one takes a refusal for a fault
    opened(page, in_python, tmp_path)
    refused = page.evaluate(
        """() => new Promise((resolve) => {
          addEventListener("securitypolicyviolation",
            (event) => resolve(event.effectiveDirective));
          fetch("data:text/plain,x").catch(() => undefined);
        })"""
    )
    assert refused == "connect-src"
