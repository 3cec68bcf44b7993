"""Errors, a kernel that is slow or gone, and emoji that no font draws."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.lens_data import LensData, answer_with

if TYPE_CHECKING:
    from tests.browser.lens_page import LensPage

UNKNOWN = "\U0010fffd"  # of private use: no font draws it in colour
GREEN = (0, 200, 0)


class SpriteData(LensData):
    """A model one of whose emoji the kernel has to draw."""

    lacks = 0

    def state(self, **changes: Any) -> dict[str, Any]:
        state = super().state(**changes)
        state["class_emoji"][self.lacks] = UNKNOWN
        return state

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["kind"] != "sprites":
            return super().answer(request)
        file = io.BytesIO()
        Image.new("RGB", (32, 32), GREEN).save(file, "WEBP", lossless=True)
        sheet = np.frombuffer(file.getvalue(), np.uint8)
        index = {"emoji": [UNKNOWN], "columns": 1, "size": 32}
        return answer_with({"sheet": sheet}, index)


def sprite_data() -> SpriteData:
    data = SpriteData()
    data.lacks = data.top(2, data.token(1, 1))
    return data


def test_emoji_that_no_font_draws_come_from_the_kernel(lens_page: LensPage):
    data = sprite_data()
    lens = lens_page.show(data)
    lens_page.page.wait_for_timeout(200)
    lens_page.settle()
    requests = [each for each in lens_page.requests if each["kind"] == "sprites"]
    (request,) = requests
    assert {*request} == {"type", "id", "kind"}
    red, green, _, _ = lens.colours()[1, 1].astype(int)
    assert green - red > 60
    # In the legend and beside the readout, too.
    lens.hover(1, 1)
    drawn = lens.readout.locator("canvas").first.evaluate(
        "(canvas) => canvas.toDataURL().split(',')[1]"
    )
    image = Image.open(io.BytesIO(base64.b64decode(drawn))).convert("RGBA")
    assert np.abs(np.array(image.getpixel((9, 9))[:3]) - GREEN).max() <= 8


def test_sheet_that_fails_is_said_and_the_rest_is_drawn(lens_page: LensPage):
    data = sprite_data()
    lens_page.answer = lambda _request: {"error": "no such font"}
    lens = lens_page.show_waiting(data)
    expect(lens.alert).to_have_text(
        "the drawings of emoji could not be loaded: no such font"
    )
    assert np.ptp(lens.pixels()[..., :3].astype(int)) > 200


def test_fonts_that_draw_all_ask_for_nothing(lens_page: LensPage):
    lens_page.show(LensData())
    assert lens_page.requests == []


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"layer": 3}, "layer 3 doesn't exist: this model has -1 to 2"),
        ({"target": 12}, "target 12 doesn't exist: this model has -1 to 11"),
        ({"token": -1}, "token -1 doesn't exist: this model has 0 to 21"),
        ({"lens": "round"}, "lens is plain or tuned here, not round"),
        ({"mask": [1, 99]}, "mask: class 99 doesn't exist: this model has 0 to 11"),
    ],
)
def test_value_that_does_not_exist_is_refused(
    lens_page: LensPage, state: dict[str, Any], message: str
):
    lens = lens_page.show(LensData())
    before = lens.pixels()
    lens_page.assign(**state)
    expect(lens.alert).to_have_text(message)
    assert (lens.pixels() == before).all()
    expect(lens.layer_name).to_have_text("L2")


def test_state_that_can_not_be_shown_is_explained(lens_page: LensPage):
    data = LensData()
    script = "([place, state]) => addTour(document.getElementById(place), state)"
    lens_page.page.evaluate(script, ["place0", data.state(layer=7)])
    alert = lens_page.page.get_by_role("alert")
    expect(alert).to_have_text(
        "The lens can't be shown: layer 7 doesn't exist: this model has -1 to 2"
    )


def test_other_facts_open_the_view_anew(lens_page: LensPage):
    lens = lens_page.show(LensData())
    other = LensData(seed=5, name="other")
    state = other.state()
    names = ("model_name", "picture", "opening")
    lens_page.assign(**{name: state[name] for name in names})
    expect(lens.status).to_contain_text("other")
    lens.hover(2, 2)
    entropy = other.entropy()[3, other.token(2, 2)]
    expect(lens.readout).to_contain_text(f"Entropy {entropy:.2f} nats")


def test_a_map_that_fails_is_said_and_tried_again(lens_page: LensPage):
    data = LensData()
    lens_page.answer = lambda _request: {"error": "out of memory"}
    lens = lens_page.show_waiting(data, mode="heat", target=2)
    message = "the map of rooster could not be loaded"
    expect(lens.alert).to_have_text(f"{message}: out of memory")
    expect(lens.loading).to_have_text(message)
    lens_page.answer = data.answer
    lens.button("Rank").click()
    expect(lens.loading).to_be_hidden()
    expect(lens.alert).to_be_hidden()


def test_slow_kernel_is_waited_for_and_the_picture_stays(lens_page: LensPage):
    data = LensData()
    lens = lens_page.show(data)
    before = lens.pixels()
    lens_page.answer = lambda _request: None
    lens.button("Tuned").click()
    expect(lens.badge).to_contain_text("waiting for the kernel")
    expect(lens.loading).to_have_text("fetching the tuned lens with the own norm …")
    assert (lens.pixels() == before).all()


def test_detached_lens_stays_readable_and_comes_back(lens_page: LensPage):
    data = LensData()
    lens = lens_page.show(data)
    toggle = """(on) => document.getElementById("place0").parentElement
      .classList.toggle("jupyter-widgets-disconnected", on)"""
    lens_page.page.evaluate(toggle, True)
    expect(lens.badge).to_have_text("detached: run the cell again")
    lens.slider.focus()
    lens_page.press("Home")
    lens.hover(1, 3)
    entropy = data.entropy()[0, data.token(1, 3)]
    expect(lens.readout).to_contain_text(f"Entropy {entropy:.2f} nats")
    lens.button("Tuned").click()
    expect(lens.loading).to_have_text(
        "the tuned lens with the own norm had not come when the kernel went"
    )
    assert lens_page.requests == []
    assert lens_page.saved == {}
    lens_page.page.evaluate(toggle, False)
    expect(lens.loading).to_be_hidden()
    lens_page.settle()
    assert lens_page.saved["layer"] == -1


def test_class_whose_map_is_not_in_a_saved_page_is_refused(lens_page: LensPage):
    lens = lens_page.show(LensData(), readable_classes=[2, 5])
    lens_page.assign(target=3)
    expect(lens.alert).to_contain_text("the map of fish (class 3) is not in this page")


def test_text_is_never_html(lens_page: LensPage):
    lens = lens_page.show(LensData(name="<b>bold</b>", prefix=["<i>cls</i>"]))
    expect(lens.root.locator("b, i")).to_have_count(0)
    expect(lens.status).to_contain_text("<b>bold</b>")
