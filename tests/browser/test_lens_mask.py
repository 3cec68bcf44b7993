"""Classes as a mask over the picture, compared with what is known to be there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.lens_data import KIND_OF, NAMES, LensData, answer_with
from tests.browser.tour_data import encode

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.lens_page import Lens, LensPage

BLUE = (85, 204, 255)


@dataclass(eq=False)
class KnownData(LensData):
    """A picture with a cat in its left half, and something without a name."""

    rows: int = 4
    columns: int = 4
    prefix: list[str] = field(default_factory=lambda: ["cls"])

    @property
    def cat(self) -> np.ndarray:
        """Return where the cat is, ``(height, width)``."""
        mask = np.zeros(self.picture.shape[:2], np.uint8)
        mask[4:-4, : mask.shape[1] // 2] = 1
        return mask

    def state(self, **changes: Any) -> dict[str, Any]:
        truth = [
            {"name": "cat", "classes": [0], "mask": encode(self.cat)},
            {"name": "dust", "classes": [], "mask": encode(1 - self.cat)},
        ]
        return super().state(**{"mode": "mask", "truth": truth, **changes})

    def overlap(self, classes: list[int]) -> dict[str, np.ndarray]:
        """Return overlap and accuracy of each row, pixel by pixel."""
        shares: dict[str, list[float]] = {"iou": [], "accuracy": []}
        for row in range(self.layers + 1):
            patches = np.isin(self.order()[row, 1:, 0], classes)
            mask = patches.reshape(self.rows, self.columns)
            pixels = mask.repeat(self.patch, 0).repeat(self.patch, 1)
            both, either = pixels & (self.cat == 1), pixels | (self.cat == 1)
            shares["iou"].append(both.sum() / either.sum())
            shares["accuracy"].append((pixels == self.cat).mean())
        return {name: np.array(each, np.float32) for name, each in shares.items()}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["kind"] != "overlap":
            return super().answer(request)
        return answer_with(self.overlap(request["classes"]), {"truth": ["cat"]})


@pytest.fixture
def data() -> KnownData:
    return KnownData()


def panel(lens: Lens) -> Locator:
    return lens.root.get_by_role("group", name="Mask", exact=True)


def box(lens: Lens) -> Locator:
    return lens.root.get_by_role("combobox", name="Add a class or a kind")


def percent(share: float) -> str:
    return f"{100 * share:.1f}\u00a0%"


def test_the_panel_is_there_in_its_mode_only(lens_page: LensPage, data: KnownData):
    lens = lens_page.show(data, mode="emoji")
    expect(panel(lens)).to_be_hidden()
    lens_page.assign(mode="mask")
    expect(panel(lens)).to_contain_text("No class yet")
    expect(panel(lens)).not_to_contain_text("IoU")


def test_classes_are_added_by_search_and_removed_by_a_click(
    lens_page: LensPage, data: KnownData
):
    lens = lens_page.show(data)
    box(lens).fill("pizza")
    box(lens).press("Enter")
    box(lens).fill("4")
    box(lens).press("Enter")
    lens_page.settle()
    assert lens_page.saved["mask"] == [4, 6]
    expect(box(lens)).to_have_value("")
    lens.button("Remove car").click()
    lens_page.settle()
    assert lens_page.saved["mask"] == [6]
    expect(lens.button("Remove car")).to_have_count(0)
    lens.root.get_by_role("button", name="Undo").click()
    expect(lens.button("Remove car")).to_be_visible()
    lens.button("Remove all").click()
    lens_page.settle()
    assert lens_page.saved["mask"] == []


@pytest.mark.parametrize("text", ["animal", "all animals", "Animals", "🐾"])
def test_a_whole_kind_is_added_and_shown_as_one(
    lens_page: LensPage, data: KnownData, text: str
):
    lens = lens_page.show(data, mask=[2, 5])
    box(lens).fill(text)
    expect(lens.root.get_by_role("option")).to_have_text(["animal: all 4 classes"])
    box(lens).press("Enter")
    lens_page.settle()
    animals = [each for each, kind in enumerate(KIND_OF) if kind == 0]
    assert lens_page.saved["mask"] == sorted({*animals, 5})
    chips = panel(lens).locator(".vw-mask-chips .vw-chip")
    expect(chips).to_have_text(["animal: all 4 classes ✕", "bicycle ✕"])
    lens.button("Remove animal: all 4 classes").click()
    lens_page.settle()
    assert lens_page.saved["mask"] == [5]


def test_the_fit_is_said_at_each_layer(lens_page: LensPage, data: KnownData):
    lens = lens_page.show(data, mask=[3, 0])
    shares = data.overlap([0, 3])
    for layer, place in ((data.layers - 1, "L2"), (-1, "embedding")):
        lens_page.assign(layer=layer)
        iou, accuracy = (shares[name][layer + 1] for name in ("iou", "accuracy"))
        expect(panel(lens)).to_contain_text(
            f"{place}: of the pixels in the mask or in cat, {percent(iou)} are in both "
            f"(IoU, intersection over union). {percent(accuracy)} of all pixels are "
            "right."
        )
    labels = panel(lens).locator(".vw-chart-labels li:visible")
    expect(labels).to_have_text(
        [f"IoU{percent(shares['iou'][0])}", f"right{percent(shares['accuracy'][0])}"]
    )
    asked = [each for each in lens_page.requests if each["kind"] == "overlap"]
    # As it stands in the state: a saved page finds its answer by that.
    assert [each["classes"] for each in asked] == [[3, 0]]


def test_a_known_object_is_put_in_and_taken_out(lens_page: LensPage, data: KnownData):
    lens = lens_page.show(data, mask=[5])
    objects = lens.root.get_by_role("group", name="Known objects")
    cat = objects.get_by_role("button", name="cat")
    expect(cat).to_have_attribute("aria-pressed", "false")
    expect(panel(lens)).to_contain_text("None of these classes is a known object")
    cat.click()
    lens_page.settle()
    assert lens_page.saved["mask"] == [0, 5]
    expect(cat).to_have_attribute("aria-pressed", "true")
    expect(panel(lens)).to_contain_text("IoU")
    cat.click()
    lens_page.settle()
    assert lens_page.saved["mask"] == [5]
    dust = objects.get_by_role("button", name="dust")
    expect(dust).to_have_attribute("aria-disabled", "true")
    dust.click(force=True)
    lens_page.settle()
    assert lens_page.saved["mask"] == [5]


def test_a_compared_object_is_outlined_over_the_picture(
    lens_page: LensPage, data: KnownData
):
    lens = lens_page.show(data, mask=[5])
    assert not blue(lens).any()
    lens_page.assign(mask=[0])
    outlined = blue(lens)
    height, width = outlined.shape
    pixel = height / data.picture.shape[0]
    rows, columns = np.nonzero(outlined)
    assert columns.max() == pytest.approx(width / 2, abs=2)
    assert rows.min() == pytest.approx(4 * pixel, abs=2)
    assert rows.max() == pytest.approx(height - 4 * pixel, abs=2)
    # A line around the object, not the object itself.
    assert not outlined[height // 2 - 9 : height // 2 + 9, 9 : width // 2 - 9].any()
    lens_page.assign(mode="emoji")
    assert not blue(lens).any()


def blue(lens: Lens) -> np.ndarray:
    return (lens.pixels()[..., :3] == BLUE).all(-1)


def test_a_page_without_a_kernel_says_that_the_fit_is_not_in_it(
    lens_page: LensPage, data: KnownData
):
    lens_page.answer = lambda _request: {"result": {}, "arrays": []}
    lens = lens_page.show_waiting(data, mask=[0])
    expect(panel(lens)).to_contain_text("is not in this page: open it with a kernel")
    expect(panel(lens).get_by_role("img")).to_be_hidden()


def test_a_failure_is_said(lens_page: LensPage, data: KnownData):
    lens_page.answer = lambda _request: {"error": "out of memory"}
    lens = lens_page.show_waiting(data, mask=[0])
    expect(panel(lens)).to_contain_text("The mask could not be compared: out of memory")


def test_without_known_objects_there_is_nothing_to_compare(
    lens_page: LensPage, data: KnownData
):
    lens = lens_page.show(data, mask=[0, NAMES.index("car")], truth=[])
    expect(lens.root.get_by_text("Known objects")).to_be_hidden()
    expect(lens.root.get_by_text("None of these classes")).to_be_hidden()
    assert "overlap" not in lens_page.kinds()
