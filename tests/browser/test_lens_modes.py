"""What colours stand for in each mode, the legend, and other lenses and norms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.colours import magma
from tests.browser.lens_data import KIND_OF, NAMES, SUPERCLASSES, LensData

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.lens_page import Lens, LensPage


@pytest.fixture
def data() -> LensData:
    return LensData()


def grey(data: LensData) -> np.ndarray:
    """Return the picture's grey at each patch, ``(patch, 1)``."""
    luminance = data.patch_colours @ np.array([0.2126, 0.7152, 0.0722])
    return luminance.reshape(-1, 1)


def seen(lens: Lens) -> np.ndarray:
    """Return the colours at the middles of the patches, ``(patch, 3)``."""
    return lens.colours()[..., :3].reshape(-1, 3).astype(float)


def assert_heat(lens: Lens, shares: np.ndarray) -> None:
    """Check patches against magma over grey; `shares` are 0 to 1, ``(patch,)``."""
    numbers = np.rint(255 * np.clip(shares, 0, 1)).astype(int)
    opacity = (0.5 + 0.42 * numbers / 255)[:, None]
    expected = opacity * magma()[numbers] + (1 - opacity) * grey(lens.data)
    assert np.abs(seen(lens) - expected).max() <= 5


def ticks(lens: Lens) -> list[str]:
    return lens.bar.locator(".vw-ticks span").all_text_contents()


def patches(count: int) -> str:
    return "1 patch" if count == 1 else f"{count} patches"


def name_all(lens: Lens) -> None:
    """Let the legend name all its classes, not only the first."""
    more = lens.root.locator(".vw-legend-more")
    if more.is_visible() and "more" in (more.text_content() or ""):
        more.click()


def css_colour(swatch: Locator) -> np.ndarray:
    text = swatch.evaluate("(each) => getComputedStyle(each).backgroundColor")
    return np.array([float(each) for each in re.findall(r"\d+", text)])


def test_class_colours_are_those_of_the_legend(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data, mode="class")
    for layer in (-1, 1, 2):
        lens_page.assign(layer=layer)
        tops = data.order()[layer + 1, 2:, 0]
        name_all(lens)
        counts = np.bincount(tops, minlength=len(NAMES))
        colours = {}
        for entry in lens.entries.all():
            name = entry.locator(".vw-legend-name").text_content()
            count = entry.locator(".vw-legend-count").text_content()
            index = NAMES.index(name or "")
            assert count == patches(counts[index])
            colours[index] = css_colour(entry.locator(".vw-swatch"))
        assert set(colours) == set(tops)
        expected = np.stack([colours[top] for top in tops])
        assert np.abs(seen(lens) - (0.8 * expected + 0.2 * grey(data))).max() <= 4


def test_superclass_colours_and_counts(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data, mode="superclass")
    kinds = np.array(KIND_OF)[data.order()[-1, 2:, 0]]
    counts = np.bincount(kinds)
    order = np.argsort(-counts, kind="stable")
    texts = lens.entries.all_text_contents()
    assert texts == [
        SUPERCLASSES[kind][0] + patches(counts[kind]) for kind in order if counts[kind]
    ]
    lens.entries.first.click()
    lens_page.settle()
    mask = [each for each, kind in enumerate(KIND_OF) if kind == order[0]]
    assert lens_page.saved["mask"] == mask
    assert lens_page.saved["mode"] == "mask"


def test_entropy_in_nats(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data)
    lens.button("Entropy").click()
    lens_page.settle()
    most = np.log(len(NAMES))
    assert ticks(lens) == ["0.00 nats", f"{most / 2:.2f} nats", f"{most:.2f} nats"]
    for layer in (0, 2):
        lens_page.assign(layer=layer)
        assert_heat(lens, data.entropy()[layer + 1, 2:] / most)


def test_heat_begins_with_the_models_own_answer(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data)
    lens.button("One class").click()
    lens_page.settle()
    target = data.top(2, 0)
    assert lens_page.saved["target"] == target
    expect(lens.loading).to_be_hidden()
    lens_page.settle()
    shares = data.probabilities()[..., target]
    assert_heat(lens, shares[-1, 2:] / shares[:, 2:].max())
    expect(lens.bar).to_contain_text(f"Probability of {NAMES[target]}")
    assert ticks(lens)[-1] == f"{100 * shares[:, 2:].max():.1f}\u00a0%"
    cell = lens.prefix_cell(0)
    expect(cell).to_contain_text(f"{100 * shares[-1, 0]:.1f}\u00a0%")


@pytest.mark.parametrize("heat", ["Logit", "Rank"])
def test_heat_by_logit_and_rank(lens_page: LensPage, data: LensData, heat: str):
    lens = lens_page.show(data, mode="heat", target=4, layer=1)
    lens.root.locator(f'[data-value="{heat.lower()}"]').click()
    lens_page.settle()
    if heat == "Logit":
        logits = data.logits()[..., 4]
        low, high = logits[:, 2:].min(), logits[:, 2:].max()
        assert_heat(lens, (logits[2, 2:] - low) / (high - low))
        found = [float(text) for text in ticks(lens)]
        assert np.allclose(found, [low, (low + high) / 2, high], rtol=0.01)
    else:
        ranks = data.ranks()[2, 2:, 4]
        assert_heat(lens, 1 - np.log(1 + ranks) / np.log(len(NAMES)))
        assert [ticks(lens)[0], ticks(lens)[-1]] == ["12th", "1st"]
        lens.hover(1, 1)
        place = data.ranks()[2, data.token(1, 1), 4] + 1
        expect(lens.readout).to_contain_text(
            re.compile(rf"among all classes: {place}\w\w of 12")
        )


def test_difference_of_two_classes_has_zero_in_the_middle(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data, mode="heat", heat="rank", target=0, versus=1)
    difference = data.logits()[..., 0] - data.logits()[..., 1]
    most = np.abs(difference[:, 2:]).max()
    low, middle, high = ticks(lens)
    assert middle == "0"
    assert np.isclose(float(high), most, rtol=0.01)
    assert low[1:] == high[1:]
    red, _, blue = seen(lens).T
    strong = np.abs(difference[-1, 2:]) > 0.25 * most
    assert strong.sum() > 3
    assert ((red > blue) == (difference[-1, 2:] > 0))[strong].all()
    logit = lens.root.locator('[data-value="logit"]')
    expect(logit).to_have_attribute("aria-pressed", "true")
    expect(logit).to_have_attribute("aria-disabled", "true")


def test_heat_without_a_class_asks_for_one(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data, mode="heat")
    expect(lens.loading).to_have_text(
        "Which class? Search for one, or click one in the legend."
    )
    lens.entries.first.click()
    expect(lens.loading).to_be_hidden()
    counts = np.bincount(data.order()[-1, 2:, 0])
    assert lens_page.saved["target"] == counts.argmax()


@pytest.mark.parametrize("mode", ["emoji", "entropy", "heat"])
def test_a_click_in_the_legend_shows_the_class(
    lens_page: LensPage, data: LensData, mode: str
):
    lens = lens_page.show(data, mode=mode)
    top = int(np.bincount(data.order()[-1, 2:, 0]).argmax())
    lens.entries.first.click()
    expect(lens.button("One class")).to_have_attribute("aria-pressed", "true")
    expect(lens.bar).to_contain_text(f"Probability of {NAMES[top]}")
    lens_page.page.mouse.move(0, 0)  # away from the legend, which highlights
    lens_page.settle()
    shares = data.probabilities()[:, 2:, top]
    assert_heat(lens, shares[-1] / shares.max())
    lens.root.get_by_role("button", name=re.compile("^Undo")).click()
    lens_page.settle()
    assert lens_page.saved["target"] == -1
    assert lens_page.saved.get("mode", mode) == mode


def test_a_class_is_let_go_in_the_legend_with_what_it_is_compared_with(
    lens_page: LensPage, data: LensData
):
    top = int(np.bincount(data.order()[-1, 2:, 0]).argmax())
    versus = (top + 1) % len(NAMES)
    lens = lens_page.show(data, mode="emoji", target=top, versus=versus)
    lens.entries.first.click()
    lens_page.settle()
    assert lens_page.saved == lens_page.saved | {"target": -1, "versus": -1}
    assert "mode" not in lens_page.saved


def test_mask_shows_the_patches_of_its_classes(lens_page: LensPage, data: LensData):
    tops = data.order()[-1, 2:, 0]
    counts = np.bincount(tops, minlength=len(NAMES))
    most = int(counts.argmax())
    lens = lens_page.show(data, mode="mask")
    lens.entries.first.click()
    lens_page.settle()
    assert lens_page.saved["mask"] == [most]
    lens_page.page.mouse.move(0, 0)  # away from the legend, which highlights
    lens_page.settle()
    inside = tops == most
    picture = data.patch_colours.reshape(-1, 3).astype(float)
    dark = 0.8 * np.array([20, 20, 28]) + 0.2 * picture
    expected = np.where(inside[:, None], picture, dark)
    assert np.abs(seen(lens) - expected).max() <= 4
    lens.entries.first.click()
    lens_page.settle()
    assert lens_page.saved["mask"] == []


def test_pointing_at_a_legend_entry_shows_its_patches(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data, mode="class")
    before = seen(lens)
    tops = data.order()[-1, 2:, 0]
    name = lens.entries.nth(1).locator(".vw-legend-name").text_content()
    lens.entries.nth(1).hover()
    lens_page.settle()
    same = np.abs(seen(lens) - before).max(1) < 2
    assert (same == (tops == NAMES.index(name or ""))).all()
    lens_page.page.mouse.move(0, 0)
    lens_page.settle()
    assert (seen(lens) == before).all()


@pytest.mark.parametrize(
    ("button", "lens_name", "norm"),
    [("Tuned", "tuned", "own"), ("Final", "plain", "final")],
)
def test_another_lens_or_norm_comes_from_the_kernel(
    lens_page: LensPage, data: LensData, button: str, lens_name: str, norm: str
):
    lens = lens_page.show(data, mode="entropy")
    lens.button(button).click()
    expect(lens.loading).to_be_hidden()
    lens_page.settle()
    assert_heat(lens, data.entropy(lens_name, norm)[-1, 2:] / np.log(len(NAMES)))
    expect(lens.status).to_contain_text(f"{lens_name} lens, {norm} norm")
    asked = {name: lens_page.requests[-1][name] for name in ("kind", "lens", "norm")}
    assert asked == {"kind": "lens", "lens": lens_name, "norm": norm}


def test_what_is_not_offered_is_not_shown(lens_page: LensPage):
    lens = lens_page.show(LensData(lenses=["plain"], norms=["own"]))
    for name in ("Tuned", "Plain", "Own", "Final"):
        expect(lens.button(name)).to_be_hidden()
    expect(lens.button("Emoji")).to_be_visible()


def test_python_for_what_is_seen(lens_page: LensPage, data: LensData):
    context = lens_page.page.context
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    lens = lens_page.show(data, mode="heat", target=3, layer=-1, token=4)
    lens.button("Copy as Python").click()
    expect(lens.root.get_by_role("button", name="Copy as Python")).to_have_text(
        "Copied"
    )
    text = lens_page.page.evaluate("navigator.clipboard.readText()")
    lines = ["layer=-1", 'mode="heat"', "target=3", "token=4"]
    assert text == "before\n" + "".join(f"    {each},\n" for each in lines) + "after\n"
