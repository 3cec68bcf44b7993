"""The classes of a token through all layers, as curves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.lens_data import FOLLOWED, NAMES, LensData

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.lens_page import Lens, LensPage

LINES = """(all) => all.map((line) => {
  const {left, top} = line.ownerSVGElement.getBoundingClientRect();
  return line.getAttribute("d").slice(1).split("L").map((point) => {
    const [x, y] = point.split(" ").map(Number);
    return [left + x, top + y];
  });
})"""
TICKS = """(all) => all.map((text) => {
  const {y, height} = text.getBoundingClientRect();
  return [y + height / 2, Number(text.textContent)];
})"""


@pytest.fixture
def data() -> LensData:
    return LensData(layers=6)


class Curves(NamedTuple):
    """The parts of the curves of one lens."""

    lens: Lens
    root: Locator
    plot: Locator

    def labels(self) -> list[tuple[str, str]]:
        """Return names and values, in the order of the curves."""
        texts = self.root.locator(".vw-chart-labels li:visible")
        parts = texts.evaluate_all(
            "(all) => all.map((li) => [...li.querySelectorAll('span')].slice(-2)"
            ".map(({textContent}) => textContent))"
        )
        return [(name, value) for name, value in parts]

    def values(self) -> np.ndarray:
        """Return what curves say by their heights on the axis, ``(curve, row)``."""
        points = np.array(self.root.locator(".vw-chart-line").evaluate_all(LINES))
        numbers = self.root.locator("text[text-anchor=end]:not([class])").evaluate_all(
            TICKS
        )
        (y0, v0), (y1, v1) = numbers[0], numbers[-1]
        return v0 + (points[..., 1] - y0) * (v1 - v0) / (y1 - y0)

    def spot(self, row: int) -> tuple[float, float]:
        """Return a point of the plot at a row: the embedding, then each layer."""
        self.plot.scroll_into_view_if_needed()
        points = self.root.locator(".vw-chart-line").evaluate_all(LINES)
        box = self.plot.bounding_box()
        assert box
        return points[0][row][0], box["y"] + box["height"] / 2


def curves_of(lens: Lens) -> Curves:
    root = lens.root.locator(".vw-curves")
    return Curves(lens, root, root.get_by_role("img"))


def followed(data: LensData, token: int) -> list[int]:
    """Return the classes that are likeliest at any layer, by their best logit."""
    best = data.logits()[:, token].max(0)
    return np.argsort(-best, kind="stable")[:FOLLOWED].tolist()


def percent(share: float) -> str:
    return "<\u00a00.1\u00a0%" if share < 0.001 else f"{100 * share:.1f}\u00a0%"


def test_curves_are_the_probabilities_of_the_followed_classes(
    lens_page: LensPage, data: LensData
):
    curves = curves_of(lens_page.show(data, token=9, layer=2))
    classes = followed(data, 9)
    shares = data.probabilities()[:, 9, classes]
    assert np.abs(curves.values() - 100 * shares.T).max() < 1
    assert curves.labels() == [
        (NAMES[each], percent(share))
        for each, share in zip(classes, shares[3], strict=True)
    ]


def test_curves_may_be_logits(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data, token=9, layer=2)
    curves = curves_of(lens)
    curves.root.get_by_role("button", name="Logit").click()
    classes = followed(data, 9)
    logits = data.logits()[:, 9, classes]
    assert np.abs(curves.values() - logits.T).max() < 0.02 * np.ptp(logits)
    for (name, value), each, logit in zip(
        curves.labels(), classes, logits[3], strict=True
    ):
        assert name == NAMES[each]
        assert float(value) == pytest.approx(logit, rel=5e-3)
    expect(curves.root.locator("text", has_text=re.compile("^logit$"))).to_be_visible()
    assert lens_page.saved_state() == {}


def test_labels_stand_beside_their_ends_and_never_on_each_other(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data)
    curves = curves_of(lens)
    for token in data.patches:
        lens_page.assign(token=token)
        labels = curves.root.locator(".vw-chart-labels li:visible").all()
        boxes = [label.bounding_box() for label in labels]
        tops = np.array([box["y"] for box in boxes if box])
        ends = np.array(curves.root.locator(".vw-chart-line").evaluate_all(LINES))
        # The order of labels is that of the ends of curves, which are rounded.
        lower = np.subtract.outer(ends[:, -1, 1], ends[:, -1, 1]) > 0.2
        assert (np.subtract.outer(tops, tops)[lower] > 0).all()
        assert np.diff(np.sort(tops)).min() >= 17.9
        heights = [box["height"] for box in boxes if box]
        assert max(heights) <= 18


def test_the_token_under_the_pointer_is_drawn_while_it_is_there(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data, token=9)
    curves = curves_of(lens)
    lens.hover(3, 4)
    expect(curves.root).to_contain_text("patch (3,4) through all layers")
    names = [name for name, _ in curves.labels()]
    assert names == [NAMES[each] for each in followed(data, data.token(3, 4))]
    lens_page.page.mouse.move(0, 0)
    expect(curves.root).to_contain_text("patch (1,2) through all layers")


def test_values_are_read_at_the_pointer(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data, token=9)
    curves = curves_of(lens)
    lens_page.page.mouse.move(*curves.spot(1))
    pointed = curves.root.locator(".vw-chart-pointed")
    expect(pointed).not_to_have_css("display", "none")
    name = curves.root.locator(".vw-chart-pointed-name")
    expect(name).to_have_text("L0")
    expect(curves.root.locator(".vw-chart-values-at")).to_have_text("at L0 →")
    classes = followed(data, 9)
    shares = data.probabilities()[1, 9, classes]
    assert [value for _, value in curves.labels()] == [percent(s) for s in shares]
    lens_page.page.mouse.move(0, 0)
    expect(pointed).to_have_css("display", "none")
    expect(name).to_be_empty()
    shares = data.probabilities()[-1, 9, classes]
    assert [value for _, value in curves.labels()] == [percent(s) for s in shares]


def test_the_layer_is_dragged_in_one_act(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data)
    curves = curves_of(lens)
    mouse = lens_page.page.mouse
    mouse.move(*curves.spot(6))
    mouse.down()
    for row in (5, 4, 3):
        mouse.move(*curves.spot(row))
        expect(lens.layer_name).to_have_text(f"L{row - 1}")
    mouse.up()
    lens_page.settle()
    assert lens_page.saved["layer"] == 2
    (act,) = lens_page.saved["history"]
    assert (act["before"], act["after"]) == ({"layer": 5}, {"layer": 2})
    x, _ = curves.spot(3)
    present = curves.root.locator(".vw-chart-present").bounding_box()
    assert present
    assert present["x"] + present["width"] / 2 == pytest.approx(x, abs=1.5)


def test_a_click_goes_to_the_embedding(lens_page: LensPage, data: LensData):
    lens = lens_page.show(data)
    lens_page.page.mouse.click(*curves_of(lens).spot(0))
    lens_page.settle()
    assert lens_page.saved["layer"] == -1
    expect(lens.layer_name).to_have_text("embedding")


def test_chosen_classes_are_drawn_too_when_they_have_come(
    lens_page: LensPage, data: LensData
):
    lens = lens_page.show(data, token=9)
    curves = curves_of(lens)
    others = [each for each in range(len(NAMES)) if each not in followed(data, 9)]
    target, versus = others[:2]
    lens_page.assign(target=target, versus=versus)
    expect(curves.root.locator(".vw-chart-labels li:visible")).to_have_count(
        FOLLOWED + 2
    )
    shares = data.probabilities()[:, 9, [target, versus]]
    assert np.abs(curves.values()[-2:] - 100 * shares.T).max() < 1
    assert curves.labels()[-2:] == [
        (NAMES[each], percent(share))
        for each, share in zip((target, versus), shares[-1], strict=True)
    ]
    strong = curves.root.locator(".vw-chart-labels .vw-strong")
    expect(strong).to_have_text([re.compile(NAMES[target]), re.compile(NAMES[versus])])
