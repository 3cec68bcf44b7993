from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.patcher_data import PatcherData

if TYPE_CHECKING:
    from tests.browser.patcher_page import Patcher, PatcherPage

STREAM = "L0.resid_pre"
DIM = 0.88
"""How much of a donor's patch is seen where it was put."""


@pytest.fixture
def data() -> PatcherData:
    return PatcherData()


@pytest.fixture
def view(patcher_page: PatcherPage, data: PatcherData) -> Patcher:
    return patcher_page.show(data)


def edits(patcher_page: PatcherPage) -> list[tuple[str, list[str]]]:
    """Return address and tokens of what was saved."""
    saved = patcher_page.saved["interventions"]
    return [(edit["address"], edit["tokens"]) for edit in saved]


def acts(patcher_page: PatcherPage) -> int:
    return len(patcher_page.saved["history"])


def test_pictures_are_shown_patch_by_patch(view: Patcher, data: PatcherData):
    for picture, image in ((view.clean, "clean"), (view.donor, "dog")):
        shown = view.colours(picture)[..., :3].astype(int)
        assert abs(shown - data.colours(image)).max() <= 2


def test_click_on_either_image_edits_the_same_token(
    view: Patcher, patcher_page: PatcherPage
):
    view.click(view.clean, 1, 2)
    view.click(view.donor, 3, 4)
    assert edits(patcher_page) == [(STREAM, ["(1,2)", "(3,4)"])]
    view.click(view.donor, 1, 2)
    assert edits(patcher_page) == [(STREAM, ["(3,4)"])]
    view.click(view.clean, 3, 4)
    assert edits(patcher_page) == []


def test_swapped_patch_shows_the_donors_pixels(view: Patcher, data: PatcherData):
    view.click(view.clean, 1, 2)
    view.root.page.mouse.move(0, 0)
    clean, donor = (data.colours(image).astype(float) for image in ("clean", "dog"))
    expected = clean.copy()
    expected[1, 2] += DIM * (donor - clean)[1, 2]
    shown = view.colours(view.clean)[..., :3]
    assert abs(shown - expected).max() <= 3
    assert abs(view.colours(view.donor)[..., :3] - donor).max() <= 2


def test_pixels_are_swapped_only_where_the_model_takes_them_in(
    patcher_page: PatcherPage, data: PatcherData
):
    patched = data.edit("L1.resid_pre", "(1,2)")
    view = patcher_page.show(data, interventions=[patched], layer=1)
    shown = view.colours(view.clean)[..., :3].astype(int)
    assert abs(shown - data.colours("clean")).max() <= 2


def frame_at(view: Patcher, row: int, column: int) -> bool:
    """Whether the left edge of a patch of the clean image has a white line in black."""
    script = """(canvas, [row, column, rows, columns]) => {
      const x = Math.round(canvas.width * column / columns);
      const y = Math.round(canvas.height * (row + 0.5) / rows);
      const {data} = canvas.getContext("2d").getImageData(x - 4, y, 9, 1);
      const grey = Array.from({length: 9}, (_, at) =>
        data[4 * at] + data[4 * at + 1] + data[4 * at + 2]);
      return Math.max(...grey) === 765 && Math.min(...grey) === 0;
    }"""
    place = [row, column, view.data.rows, view.data.columns]
    return view.clean.locator("canvas").evaluate(script, place)


def test_frames_are_those_of_the_layer_and_site_that_are_set(
    patcher_page: PatcherPage, data: PatcherData
):
    patched = [data.edit("L1.attn_out", "(1,2)"), data.edit("L2.MLP")]
    view = patcher_page.show(data, interventions=patched)
    assert not frame_at(view, 1, 2)
    patcher_page.assign(layer=1, site="attn_out")
    assert frame_at(view, 1, 2)
    assert not frame_at(view, 2, 2)
    patcher_page.assign(layer=2, site="mlp_out")  # at all tokens: one frame around
    assert not frame_at(view, 1, 2)


def test_brush_takes_all_that_it_passes_as_one_act(
    view: Patcher, patcher_page: PatcherPage
):
    view.button("Brush").click()
    view.drag(view.clean, (0, 0), (0, 4), (2, 4))
    swept = ["(0,0)", "(0,1)", "(0,2)", "(0,3)", "(0,4)", "(1,4)", "(2,4)"]
    assert edits(patcher_page) == [(STREAM, swept)]
    assert acts(patcher_page) == 1
    assert len(patcher_page.predicted()) == 1
    view.drag(view.donor, (0, 0), (0, 2))  # all edited: taken away
    assert edits(patcher_page) == [(STREAM, swept[3:])]


def test_rectangle_is_one_act_whatever_its_first_corner(
    view: Patcher, patcher_page: PatcherPage
):
    view.button("Rectangle").click()
    view.drag(view.donor, (2, 3), (0, 0), (1, 2))
    assert edits(patcher_page) == [(STREAM, ["(1,2)", "(1,3)", "(2,2)", "(2,3)"])]
    assert acts(patcher_page) == 1
    patcher_page.press("Control+z")
    assert edits(patcher_page) == []


def test_click_that_is_let_go_elsewhere_does_nothing(
    view: Patcher, patcher_page: PatcherPage
):
    view.drag(view.clean, (0, 0), (2, 2))
    assert "interventions" not in patcher_page.saved


def test_keys_walk_take_and_take_rectangles(view: Patcher, patcher_page: PatcherPage):
    view.clean.focus()
    patcher_page.press("ArrowRight", "ArrowDown", "Enter")
    assert edits(patcher_page) == [(STREAM, ["(1,1)"])]
    patcher_page.press("Shift+ArrowRight", "Shift+ArrowDown", " ")
    expected = ["(1,1)", "(1,2)", "(2,1)", "(2,2)"]
    assert edits(patcher_page) == [(STREAM, expected)]
    patcher_page.press("Home", "ArrowUp", "ArrowUp", "ArrowUp", "Enter")
    assert edits(patcher_page) == [(STREAM, ["reg0", *expected])]
    patcher_page.press("Control+z")
    expect(view.clean).to_have_attribute(
        "aria-valuetext", "reg0 of the stream into layer 0 · not edited"
    )


def test_tokens_without_a_place_are_buttons(view: Patcher, patcher_page: PatcherPage):
    of_clean, of_donor = (
        picture.get_by_role("button", name="cls")
        for picture in view.root.locator(".vw-picture").all()
    )
    of_clean.click()
    patcher_page.settle()
    assert edits(patcher_page) == [(STREAM, ["cls"])]
    expect(of_clean).to_have_attribute("aria-pressed", "true")
    of_donor.click()
    patcher_page.settle()
    assert edits(patcher_page) == []


def test_site_and_layer_say_what_a_patch_edits(
    view: Patcher, patcher_page: PatcherPage
):
    view.root.get_by_role("combobox", name="Layer").select_option("2")
    view.button("MLP").click()
    view.click(view.clean, 0, 0)
    assert edits(patcher_page) == [("L2.MLP", ["(0,0)"])]


def test_a_token_is_taken_out_of_an_edit_of_all_and_comes_back(
    patcher_page: PatcherPage, data: PatcherData
):
    view = patcher_page.show(data, interventions=[data.edit(STREAM)])
    view.click(view.clean, 1, 1)
    rest = [label for label in data.labels if label != "(1,1)"]
    assert edits(patcher_page) == [(STREAM, rest)]
    view.click(view.clean, 1, 1)
    assert edits(patcher_page) == [(STREAM, [])]


def test_pointing_shows_the_token_in_both_and_says_it(view: Patcher):
    caption = view.root.locator(".vw-pictures .vw-caption")
    expect(caption).to_contain_text("Click a patch")
    before = [view.clean.locator("canvas"), view.donor.locator("canvas")]
    still = [canvas.screenshot() for canvas in before]
    view.hover(view.clean, 2, 1)
    expect(caption).to_have_text("patch (2,1) of the stream into layer 0 · not edited")
    assert all(
        canvas.screenshot() != old for canvas, old in zip(before, still, strict=True)
    )


def heat_question(data: PatcherData, **changes: Any) -> dict[str, Any]:
    state = data.state()
    asked = {name: state[name] for name in ("source", "target", "metric", "direction")}
    return {"over": "resid_pre", "layer": -1, **asked, **changes}


def test_heat_is_that_of_the_tokens_at_this_layer(
    view: Patcher, data: PatcherData, patcher_page: PatcherPage
):
    patcher_page.assign(layer=1)
    view.button("Heat").click()
    question = heat_question(data)
    preview = data.values(question, exact=False)
    caption = view.root.locator(".vw-pictures .vw-caption")
    most = abs(preview[1]).max()
    expect(caption).to_contain_text(f"Strongest {most:.4g} of the way")
    expect(caption).to_contain_text("(approximation)")
    view.hover(view.clean, 2, 3)
    value = f"{preview[1, data.token(2, 3)]:.4g}".replace("-", "\u2212")
    expect(caption).to_contain_text(f"{value} (approximation)")
    exact = np.full_like(preview, np.nan)
    exact[1, data.token(2, 3)] = 0.125
    patcher_page.assign(sweep=data.sweep(question, exact))
    expect(caption).to_contain_text("0.1250 (exact)")


def test_heat_is_orange_towards_the_donor_and_blue_away(
    view: Patcher, data: PatcherData
):
    view.button("Heat").click()
    view.root.page.mouse.move(0, 0)
    expect(view.button("Heat")).to_have_attribute("aria-pressed", "true")
    values = data.values(heat_question(data), exact=False)[0, len(data.prefix) :]
    expect(view.root.locator(".vw-pictures .vw-caption")).to_contain_text("Strongest")
    colours = view.colours(view.clean).reshape(-1, 4).astype(int)
    warmth = colours[:, 0] - colours[:, 2]
    assert warmth[values.argmax()] > 60
    assert warmth[values.argmin()] < -60


def test_why_there_is_no_heat_is_said(view: Patcher, data: PatcherData):
    data.failures["preview"] = "clean and donor show the same class"
    view.button("Heat").click()
    expect(view.root.locator(".vw-pictures .vw-caption")).to_have_text(
        "clean and donor show the same class"
    )


def test_donor_picture_follows_the_choice(
    view: Patcher, data: PatcherData, patcher_page: PatcherPage
):
    view.click(view.clean, 0, 0)
    view.button("boat").click()
    shown = view.colours(view.donor)[..., :3].astype(int)
    assert abs(shown - data.colours("boat")).max() <= 2
    view.click(view.clean, 0, 1)
    saved = patcher_page.saved["interventions"]
    assert [edit["source"] for edit in saved] == ["dog", "boat"]


@pytest.mark.parametrize("context_options", [{"has_touch": True}])
def test_finger_takes_a_patch(view: Patcher, patcher_page: PatcherPage):
    patcher_page.page.touchscreen.tap(*view.at(view.clean, 2, 2))
    patcher_page.settle()
    assert edits(patcher_page) == [(STREAM, ["(2,2)"])]
