"""The lens without a mouse, and as a screen reader hears it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lens_data import NAMES, LensData
from tests.browser.test_accessibility import (
    AXE,
    BACKGROUND,
    JUPYTERLAB_DARK,
    PLAIN_DARK,
    SCREENSHOTS,
    VIOLATIONS,
)

if TYPE_CHECKING:
    from tests.browser.lens_page import LensPage

LIGHT = {"color_scheme": "light"}
DARK = {"color_scheme": "dark"}
CSS = Path(__file__).parents[2] / "vitwidgets" / "static" / "emoji_logit_lens.css"


def test_arrow_keys_choose_the_patch(lens_page: LensPage):
    data = LensData()
    lens = lens_page.show(data)
    lens.picture.focus()
    lens_page.press("ArrowDown", "ArrowRight", "ArrowRight")
    assert lens_page.saved["token"] == data.token(1, 2)
    lens_page.press("End", "ArrowDown")
    assert lens_page.saved["token"] == data.token(2, 4)
    lens_page.press("Home", "ArrowUp", "ArrowUp", "ArrowUp")
    assert lens_page.saved["token"] == 1
    lens_page.press("ArrowLeft")
    assert lens_page.saved["token"] == 0
    (act,) = lens_page.saved["history"]
    assert act["before"] == {"token": data.token(0, 0)}


def test_a_screen_reader_hears_token_class_and_probability(lens_page: LensPage):
    data = LensData()
    lens = lens_page.show(data, layer=1)
    lens.picture.focus()
    lens_page.press("ArrowRight")
    token = data.token(0, 1)
    top = data.top(1, token)
    share = data.probabilities()[2, token, top]
    text = f"patch (0,1) at L1: {NAMES[top]}, {100 * share:.1f}\u00a0%"
    expect(lens.picture).to_have_attribute("aria-valuetext", text)
    expect(lens.picture).to_have_attribute("aria-valuenow", str(token))
    lens_page.assign(mode="entropy")
    nats = f"{data.entropy()[2, token]:.2f} nats"
    expect(lens.picture).to_have_attribute("aria-valuetext", f"{text}; {nats}")


def test_keys_zoom_and_the_chosen_patch_stays_on_show(lens_page: LensPage):
    data = LensData(rows=16, columns=16)
    lens = lens_page.show(data)
    lens.picture.focus()
    lens_page.press("+", "+", "Control+End")
    mark = lens.picture.locator(".vw-query")
    (box, outer) = (mark.bounding_box(), lens.picture.bounding_box())
    assert box
    assert outer
    assert box["x"] + box["width"] <= outer["x"] + outer["width"] + 2
    assert box["y"] + box["height"] <= outer["y"] + outer["height"] + 2
    assert box["width"] > 2 * outer["width"] / 16
    lens_page.press("0")
    expect(lens.button("Farther")).to_have_attribute("aria-disabled", "true")


def test_help_opens_and_closes(lens_page: LensPage):
    lens = lens_page.show(LensData())
    lens.picture.focus()
    lens_page.press("?")
    expect(lens.root.locator(".vw-help")).to_contain_text("never smaller than 9 pixels")
    lens_page.press("Escape")
    expect(lens.root.locator(".vw-help")).to_be_hidden()


@pytest.mark.parametrize(
    ("mode", "context_options", "style", "background"),
    [
        ("emoji", LIGHT, "", "rgb(255, 255, 255)"),
        ("emoji", DARK, PLAIN_DARK, "rgb(22, 22, 22)"),
        ("mask", LIGHT, JUPYTERLAB_DARK, "rgb(33, 33, 33)"),
        ("superclass", LIGHT, "", "rgb(255, 255, 255)"),
        ("heat", DARK, PLAIN_DARK, "rgb(22, 22, 22)"),
    ],
    ids=["emoji", "emoji-dark", "mask-jupyterlab", "superclass", "heat-dark"],
)
def test_axe_finds_nothing_in_any_theme(
    lens_page: LensPage,
    mode: str,
    style: str,
    background: str,
    request: pytest.FixtureRequest,
):
    lens_page.open(style=style)
    data = LensData(layers=6, rows=8, columns=8)
    lens = lens_page.show(data, mode=mode, target=3, versus=4, mask=[1, 2])
    expect(lens.loading).to_be_hidden()
    lens.picture.focus()
    lens_page.press("ArrowDown", "?")
    lens_page.receive({"type": "refused", "message": "layer=99 doesn't exist"})
    place = "document.getElementById('place0').classList"
    lens_page.page.evaluate(f"{place}.add('jupyter-widgets-disconnected')")
    expect(lens.badge).to_be_visible()
    assert lens.root.evaluate(BACKGROUND) == background
    lens_page.page.add_script_tag(path=AXE)
    assert lens_page.page.evaluate(VIOLATIONS) == []
    SCREENSHOTS.mkdir(exist_ok=True)
    name = request.node.callspec.id
    lens_page.page.screenshot(path=SCREENSHOTS / f"lens-{name}.png", full_page=True)


@pytest.mark.parametrize("width", [320, 640, 1000, 1500])
def test_no_width_overflows(lens_page: LensPage, width: int):
    lens_page.page.set_viewport_size({"width": width, "height": 900})
    names = ["cls", "reg0", "reg1", "reg2", "reg3"]
    lens = lens_page.show(LensData(layers=24, rows=24, columns=24, prefix=names))
    lens.button("One class").click()
    lens_page.settle()
    overflow = "document.documentElement.scrollWidth > innerWidth"
    assert not lens_page.page.evaluate(overflow)


def test_nothing_global_is_styled():
    text = CSS.read_text("utf8")
    selectors = [
        part.strip()
        for rule in text.split("}")
        for group in rule.split("{")[-2:-1]
        for part in group.split(",")
    ]
    assert len(selectors) > 30
    for selector in selectors:
        assert selector.startswith((".vw-", "@", ":")), selector
