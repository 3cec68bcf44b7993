from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.tour_data import TourData

if TYPE_CHECKING:
    from tests.browser.tour_page import TourPage

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = ROOT / "tests" / "screenshots"

JUPYTERLAB_DARK = """
:root {
  --jp-layout-color1: #212121; --jp-content-font-color1: #fff;
  --jp-brand-color1: #2196f3; --jp-error-color1: #f44336; --jp-warn-color1: #ff9800;
}
body { background: #212121; }
"""
JUPYTERLAB_LIGHT = """
:root {
  --jp-layout-color1: white; --jp-content-font-color1: rgba(0, 0, 0, .87);
  --jp-brand-color1: #1976d2; --jp-error-color1: #d32f2f; --jp-warn-color1: #f57c00;
}
"""
PLAIN_DARK = "body { background: #161616; }"
DARK_BY_ITSELF = ":root { color-scheme: dark; background: #161616; }"

VIOLATIONS = """async () => (await axe.run("main")).violations
  .map(({id, nodes}) => id + ": " + nodes.map(({html}) => html.slice(0, 120)).join())"""

BACKGROUND = "(root) => getComputedStyle(root).backgroundColor"


@pytest.mark.parametrize(
    ("context_options", "style", "background"),
    [
        ({"color_scheme": "light"}, "", "rgb(255, 255, 255)"),
        ({"color_scheme": "dark"}, PLAIN_DARK, "rgb(22, 22, 22)"),
        ({"color_scheme": "light"}, DARK_BY_ITSELF, "rgb(22, 22, 22)"),
        ({"color_scheme": "light"}, JUPYTERLAB_DARK, "rgb(33, 33, 33)"),
        ({"color_scheme": "dark"}, JUPYTERLAB_LIGHT, "rgb(255, 255, 255)"),
    ],
    ids=["light", "dark", "dark-by-itself", "jupyterlab-dark", "jupyterlab-light"],
)
def test_axe_finds_nothing_in_any_theme(
    tour_page: TourPage,
    style: str,
    background: str,
    request: pytest.FixtureRequest,
):
    tour_page.open(style=style)
    data = TourData(layers=6, heads=4, rows=8, columns=8)
    tour = tour_page.add(data)
    tour.picture.focus()
    tour_page.press("ArrowDown", "?")
    tour_page.receive({"type": "refused", "message": "layer=99 doesn't exist"})
    place = "document.getElementById('place0').classList"
    tour_page.page.evaluate(f"{place}.add('jupyter-widgets-disconnected')")
    expect(tour.badge).to_be_visible()
    assert tour.root.evaluate(BACKGROUND) == background
    tour_page.page.add_script_tag(path=AXE)
    assert tour_page.page.evaluate(VIOLATIONS) == []
    SCREENSHOTS.mkdir(exist_ok=True)
    name = request.node.callspec.id
    tour_page.page.screenshot(path=SCREENSHOTS / f"tour-{name}.png", full_page=True)


def test_axe_finds_nothing_in_two_widgets_that_still_load(tour_page: TourPage):
    tour_page.open(places=2)
    for place in range(2):
        tour_page.add_waiting(TourData(seed=place), place)
    tour_page.page.locator(".vw-chip").first.focus()
    tour_page.press("ArrowDown")
    tour_page.page.add_script_tag(path=AXE)
    assert tour_page.page.evaluate(VIOLATIONS) == []


@pytest.mark.parametrize("context_options", [{"reduced_motion": "reduce"}])
def test_reduced_motion_is_honoured(tour_page: TourPage, data: TourData):
    tour = tour_page.add_waiting(data)
    tour.hover(tour.picture, 1, 1)
    assert tour.root.locator(".vw-absent").count() == data.layers * data.heads
    moving = "document.getAnimations().length"
    assert tour_page.page.evaluate(moving) == 0


def test_placeholders_move_where_motion_is_welcome(tour_page: TourPage, data: TourData):
    tour = tour_page.add_waiting(data)
    tour.hover(tour.picture, 1, 1)
    assert tour_page.page.evaluate("document.getAnimations().length") > 0


def test_nothing_global_is_left_or_styled(tour_page: TourPage, data: TourData):
    before = set(tour_page.page.evaluate("Object.keys(window)"))
    tour_page.add(data)
    assert set(tour_page.page.evaluate("Object.keys(window)")) == before
    css = (ROOT / "vitwidgets/static/attention_head_tour.css").read_text("utf8")
    selectors = [
        part.strip()
        for rule in css.split("}")
        for group in rule.split("{")[-2:-1]
        for part in group.split(",")
    ]
    assert len(selectors) > 30
    for selector in selectors:
        assert selector.startswith((".vw-", ":where(.vw-", "@", "50%")), selector
