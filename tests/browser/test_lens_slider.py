"""Layers: the slider, its keys, and playing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lens_data import LensData

if TYPE_CHECKING:
    from tests.browser.lens_page import Lens, LensPage

PAUSE = 700


@pytest.fixture
def lens(lens_page: LensPage) -> Lens:
    return lens_page.show(LensData(layers=6), layer=2)


def test_arrow_keys_and_ends(lens: Lens, lens_page: LensPage):
    lens.slider.focus()
    for key, layer, name in (
        ("ArrowRight", 3, "L3"),
        ("ArrowLeft", 2, "L2"),
        ("End", 5, "L5"),
        ("Home", -1, "embedding"),
    ):
        lens_page.press(key)
        expect(lens.layer_name).to_have_text(name)
        assert lens_page.saved["layer"] == layer
    expect(lens.slider).to_have_attribute(
        "aria-valuetext", "embedding, before the first of the layers"
    )


def test_letters_step_the_layers_from_anywhere(lens: Lens, lens_page: LensPage):
    lens.picture.focus()
    lens_page.press("]", ".", "]")
    expect(lens.layer_name).to_have_text("L5")
    lens_page.press("]")
    expect(lens.layer_name).to_have_text("L5")
    lens.button("Entropy").focus()
    lens_page.press("[", ",")
    expect(lens.layer_name).to_have_text("L3")


def test_sliding_in_one_go_is_one_act(lens: Lens, lens_page: LensPage):
    box = lens.slider.bounding_box()
    assert box
    page = lens_page.page
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 3 / 6, y)
    page.mouse.down()
    for place in (0.6, 0.8, 1):
        page.mouse.move(box["x"] + (box["width"] - 1) * place, y)
        lens_page.settle()
    expect(lens.layer_name).to_have_text("L5")
    page.mouse.up()
    lens_page.settle()
    (act,) = lens_page.saved["history"]
    assert (act["before"], act["after"]) == ({"layer": 2}, {"layer": 5})
    assert act["address"] == "L5"
    page.keyboard.press("Control+z")
    expect(lens.layer_name).to_have_text("L2")


def test_playing_shows_each_layer_and_stops_at_the_end(lens_page: LensPage):
    page = lens_page.page
    page.clock.install()
    lens = lens_page.show(LensData(layers=6), layer=3)
    lens.play.click()
    expect(lens.play).to_contain_text("Pause")
    for name in ("L4", "L5"):
        page.clock.run_for(PAUSE + 20)
        expect(lens.layer_name).to_have_text(name)
    expect(lens.play).to_contain_text("Play")
    assert lens_page.saved["layer"] == 5
    assert "history" not in lens_page.saved
    lens.play.click()
    expect(lens.layer_name).to_have_text("embedding")
    page.clock.run_for(3 * PAUSE)
    lens.play.click()
    expect(lens.play).to_contain_text("Play")
    name = lens.layer_name.text_content()
    page.clock.run_for(5 * PAUSE)
    expect(lens.layer_name).to_have_text(name or "")


@pytest.mark.parametrize("context_options", [{"reduced_motion": "reduce"}])
def test_space_plays_from_anywhere_but_presses_buttons(lens_page: LensPage):
    page = lens_page.page
    page.clock.install()
    lens = lens_page.show(LensData(layers=6), layer=0)
    lens.picture.focus()
    page.keyboard.press(" ")
    expect(lens.play).to_contain_text("Pause")
    page.clock.run_for(PAUSE + 20)
    expect(lens.layer_name).to_have_text("L1")
    assert page.evaluate("document.getAnimations().length") == 0
    page.keyboard.press(" ")
    expect(lens.play).to_contain_text("Play")
    lens.button("Entropy").focus()
    page.keyboard.press(" ")
    page.clock.run_for(PAUSE + 20)
    expect(lens.button("Entropy")).to_have_attribute("aria-pressed", "true")
    expect(lens.play).to_contain_text("Play")


def test_who_slides_while_it_plays_is_followed(lens_page: LensPage):
    page = lens_page.page
    page.clock.install()
    lens = lens_page.show(LensData(layers=6), layer=0)
    lens.play.click()
    lens.slider.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.clock.run_for(3 * PAUSE)
    expect(lens.layer_name).to_have_text("L4")
    expect(lens.play).to_contain_text("Play")
