"""The emoji over the picture, and what is read at the pointer."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.lens_data import EMOJI, NAMES, LensData

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.lens_page import Lens, LensPage

TEMPLATES = """(emoji) => emoji.map((each) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 96;
  const context = canvas.getContext("2d");
  context.font = "64px 'Noto Color Emoji', sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(each, 48, 48);
  return canvas.toDataURL().split(",")[1];
})"""


class GreyData(LensData):
    """On a grey picture every other colour is of an emoji."""

    @property
    def patch_colours(self) -> np.ndarray:
        return np.full((self.rows, self.columns, 3), 120, np.uint8)


def ink(cell: np.ndarray) -> np.ndarray:
    """Return a bool mask of what is drawn on an even ground."""
    return np.abs(cell.astype(int) - cell[0, 0].astype(int)).sum(-1) > 12


def shrunk(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return what is drawn, cut out and scaled to one size, as a unit vector."""
    rows, columns = np.nonzero(mask)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    ground = np.where(mask[..., None], image, image[0, 0]).astype(np.uint8)
    small = Image.fromarray(ground).crop(box).resize((12, 12), Image.Resampling.BOX)
    vector = np.asarray(small, float) - image[0, 0]
    return (vector / np.linalg.norm(vector)).ravel()


def templates(page: Page) -> np.ndarray:
    """Return how the browser itself draws each emoji, on the ground of the picture."""
    vectors = []
    for text in page.evaluate(TEMPLATES, list(EMOJI)):
        drawn = Image.open(io.BytesIO(base64.b64decode(text))).convert("RGBA")
        ground = Image.new("RGBA", drawn.size, (63, 63, 67, 255))
        image = np.asarray(Image.alpha_composite(ground, drawn).convert("RGB"))
        vectors.append(shrunk(image, ink(image)))
    return np.stack(vectors)


def cells(lens: Lens) -> list[np.ndarray]:
    """Return the pixels of each patch, but for the edge where marks are."""
    pixels = lens.pixels()[..., :3]
    height = pixels.shape[0] / lens.data.rows
    width = pixels.shape[1] / lens.data.columns
    return [
        pixels[
            round(row * height) + 1 : round((row + 1) * height) - 1,
            round(column * width) + 1 : round((column + 1) * width) - 1,
        ]
        for row in range(lens.data.rows)
        for column in range(lens.data.columns)
    ]


@pytest.mark.parametrize(
    "data",
    [
        GreyData(rows=7, columns=7, prefix=["cls"]),
        GreyData(rows=14, columns=14, prefix=["cls"]),
        GreyData(rows=24, columns=24, prefix=["cls", "reg0"], layers=2),
    ],
    ids=["7x7", "14x14", "24x24"],
)
def test_each_patch_shows_the_emoji_of_its_likeliest_class(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data)
    known = templates(lens_page.page)
    right = 0
    for token, cell in zip(data.patches, cells(lens), strict=True):
        found = shrunk(cell, ink(cell)) @ known.T
        right += int(found.argmax()) == data.top(data.layers - 1, token)
    # An emoji of 9 pixels is hard to tell for this test, too.
    assert right >= 0.9 * len(data.patches)


def test_emoji_grow_with_the_probability_and_are_never_too_small(lens_page: LensPage):
    data = GreyData(rows=8, columns=8, prefix=["cls"], layers=6)
    lens = lens_page.show(data)
    shares = data.probabilities().max(-1)[-1, 1:]
    classes = data.order()[-1, 1:, 0]
    widths = np.array([ink(cell).any(0).sum() for cell in cells(lens)])
    opacity = np.array(
        [np.ptp(cell.astype(int), axis=(0, 1)).max() for cell in cells(lens)]
    )
    pairs = 0
    for one, other in np.argwhere(np.subtract.outer(shares, shares) > 0.25):
        if classes[one] == classes[other]:
            assert widths[one] > widths[other]
            assert opacity[one] > opacity[other]
            pairs += 1
    assert pairs > 10
    lens_page.assign(layer=-1)
    assert min(ink(cell).any(0).sum() for cell in cells(lens)) >= 9


def test_where_there_is_no_room_for_emoji_class_colours_stand_in(lens_page: LensPage):
    data = LensData(rows=64, columns=64, layers=1, prefix=["cls"])
    lens = lens_page.show(data)
    expect(lens.status).to_contain_text("too small for emoji")
    found = lens.colours()[..., :3].reshape(-1, 3).astype(int)
    classes = data.order()[-1, 1:, 0]
    lens.button("Class").click()
    lens_page.settle()
    assert (lens.colours()[..., :3].reshape(-1, 3) == found).all()
    for one in range(len(NAMES)):
        for other in range(one):
            means = [found[classes == each].mean(0) for each in (one, other)]
            assert np.abs(means[0] - means[1]).sum() > 20
    expect(lens.status).not_to_contain_text("too small")


def test_zoom_brings_emoji_back_and_all_shows_the_whole(lens_page: LensPage):
    data = LensData(rows=64, columns=64, layers=1, prefix=["cls"])
    lens = lens_page.show(data)
    whole = lens.pixels()
    expect(lens.button("Farther")).to_have_attribute("aria-disabled", "true")
    lens.button("Closer").click()
    lens.button("Closer").click()
    lens_page.settle()
    expect(lens.status).not_to_contain_text("too small")
    assert (lens.pixels() != whole).any()
    lens.button("All of the picture").click()
    lens_page.settle()
    assert (lens.pixels() == whole).all()


def test_a_closer_picture_reads_and_chooses_the_patch_under_the_pointer(
    lens_page: LensPage,
):
    data = LensData(rows=12, columns=12, prefix=["cls"])
    lens = lens_page.show(data)
    x, y = lens.point(0, 0)
    page = lens_page.page
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    lens_page.settle()
    box = lens.picture.bounding_box()
    assert box
    side = box["width"] / 12  # of a patch before it was doubled
    # The point under the pointer stays: half a patch from the left edge.
    page.mouse.move(box["x"] + 3 * side + 1, y)
    lens_page.settle()
    expect(lens.readout).to_contain_text("patch (0,1)")
    page.mouse.click(box["x"] + 4.5 * side, y)
    lens_page.settle()
    assert lens_page.saved["token"] == data.token(0, 2)
    page.mouse.move(x + 6 * side, y + 6 * side)
    page.mouse.down()
    page.mouse.move(x + 3 * side, y + 3 * side, steps=3)
    page.mouse.up()
    lens_page.settle()
    assert lens_page.saved["token"] == data.token(0, 2)
    lens_page.page.mouse.move(x + 3 * side + 2, y + 3 * side + 2)
    lens_page.settle()
    expect(lens.readout).to_contain_text("patch (3,3)")


def shown_tops(lens: Lens) -> list[tuple[str, str]]:
    names = lens.readout.locator(".vw-top-name").all_text_contents()
    shares = lens.readout.locator(".vw-top-number").all_text_contents()
    return list(zip(names, shares, strict=True))


def expected_tops(data: LensData, layer: int, token: int) -> list[tuple[str, str]]:
    shares = data.probabilities()[layer + 1, token]
    order = data.order()[layer + 1, token, :5]
    texts = [
        f"{100 * share:.1f}\u00a0%" if share >= 0.001 else "<\u00a00.1\u00a0%"
        for share in shares[order]
    ]
    return [(NAMES[each], text) for each, text in zip(order, texts, strict=True)]


def test_pointer_reads_the_five_likeliest_classes_without_the_kernel(
    lens_page: LensPage,
):
    data = LensData()
    lens = lens_page.show(data, layer=1)
    for row, column in ((0, 3), (2, 4), (3, 0)):
        lens.hover(row, column)
        token = data.token(row, column)
        expect(lens.readout).to_contain_text(f"patch ({row},{column}) at L1")
        assert shown_tops(lens) == expected_tops(data, 1, token)
        text = lens.readout.text_content() or ""
        assert f"Entropy {data.entropy()[2, token]:.2f} nats of at most 2.48" in text
        assert f"norm {data.norms_of_tokens[2, token]:.3g}" in text
    assert lens_page.requests == []
    lens_page.page.mouse.move(0, 0)
    lens_page.settle()
    expect(lens.readout).to_contain_text("patch (0,0) at L1 selected")


def test_prefix_tokens_stand_beside_the_picture_and_are_read_and_chosen(
    lens_page: LensPage,
):
    data = LensData()
    lens = lens_page.show(data, layer=2)
    for token, name in enumerate(data.prefix):
        cell = lens.prefix_cell(token)
        (top, share), *_ = expected_tops(data, 2, token)
        assert cell.text_content() == f"{name} {top}, {share}"
        cell.hover()
        lens_page.settle()
        assert shown_tops(lens) == expected_tops(data, 2, token)
    lens.prefix_cell(1).click()
    lens_page.settle()
    assert lens_page.saved["token"] == 1
    expect(lens.prefix_cell(1)).to_have_attribute("aria-pressed", "true")


def test_click_chooses_a_token_and_can_be_undone(lens_page: LensPage):
    data = LensData()
    lens = lens_page.show(data)
    lens.click(2, 3)
    assert lens_page.saved["token"] == data.token(2, 3)
    expect(lens.status).to_contain_text("patch (2,3)")
    lens.root.get_by_role("button", name="Undo").click()
    lens_page.settle()
    assert lens_page.saved["token"] == data.token(0, 0)


def test_the_answer_and_the_token_that_gives_it_are_named(lens_page: LensPage):
    data = LensData()
    lens = lens_page.show(data)
    answer = lens.root.get_by_role("group", name="The model's answer")
    for name, share in expected_tops(data, 2, 0)[:3]:
        expect(answer).to_contain_text(f"{name}, {share}")
    expect(answer).to_contain_text("cls at L2, the last layer, says just this")


def test_artifact_tokens_are_ringed_counted_and_explained(lens_page: LensPage):
    data = GreyData(rows=4, columns=5)
    lens = lens_page.show(data, mode="entropy")
    before = cells(lens)
    lens.button("Token norms").click()
    lens_page.settle()
    after = cells(lens)
    changed = [bool((a != b).any()) for a, b in zip(before, after, strict=True)]
    assert changed == [False] * 19 + [True]
    expect(lens.status).to_contain_text("1 artifact token, ringed")
    lens.hover(3, 4)
    expect(lens.readout).to_contain_text("norm 120 · unusually long")
    lens_page.assign(layer=-1)
    expect(lens.status).to_contain_text("no unusually long tokens here")
    assert lens_page.saved["show_norms"] is True


@pytest.mark.parametrize("context_options", [{"device_scale_factor": 2}])
def test_the_canvas_has_the_pixels_of_the_screen(lens_page: LensPage):
    lens = lens_page.show(LensData())
    box = lens.picture.bounding_box()
    assert box
    assert lens.pixels().shape[1] == round(2 * box["width"])
