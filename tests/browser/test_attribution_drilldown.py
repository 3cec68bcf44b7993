from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.attribution_data import LOGIT, AttributionData
from tests.browser.attribution_page import (
    MINUS,
    Attribution,
    AttributionPage,
    change,
    number,
)
from tests.browser.tour_page import NEXT_FRAME

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page


@pytest.fixture
def attribution_page(page: Page, tmp_path: Path) -> AttributionPage:
    attribution_page = AttributionPage(page, tmp_path)
    attribution_page.open()
    return attribution_page


@pytest.fixture
def made_up() -> AttributionData:
    return AttributionData()


@pytest.fixture
def view(attribution_page: AttributionPage, made_up: AttributionData) -> Attribution:
    return attribution_page.show(made_up)


def bar_values(view: Attribution) -> dict[str, float]:
    """Return what the bars say once they are drawn, by their names."""
    for _ in range(2):
        view.root.page.evaluate(NEXT_FRAME)
    texts = view.bars.evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((each) => each.innerText))"
    )
    return {
        name.strip(): float(value.replace(MINUS, "-")) for name, _track, value in texts
    }


def assert_bars(view: Attribution, expected: dict[str, float]) -> None:
    """Check names and values: bars have three digits."""
    found = bar_values(view)
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=6e-3, abs=1e-6), name


def test_opens_with_the_number_and_all_parts_by_size(view: Attribution):
    data = view.data
    value = number(data.value(LOGIT))
    expect(view.quantity).to_have_text("logit of cat")
    expect(view.value).to_have_text(value)
    expect(view.sum).to_have_text(f"sum {value} = logit {value}")
    expect(view.frozen).to_have_text("frozen as in the real run: the final norm")
    expect(view.note).to_be_hidden()
    parts = data.parts(LOGIT)
    assert_bars(view, parts)
    by_size = sorted(parts, key=lambda name: -abs(parts[name]))
    assert list(bar_values(view)) == by_size


def test_bars_begin_at_zero_and_end_at_their_value(view: Attribution):
    parts = view.data.parts(LOGIT)
    boxes = view.bars.locator(".vw-signed").evaluate_all(
        """(bars) => bars.map((bar) => {
          const track = bar.parentElement.getBoundingClientRect();
          const {left, right} = bar.getBoundingClientRect();
          const colour = getComputedStyle(bar).backgroundColor;
          return [(left - track.left) / track.width,
                  (right - track.left) / track.width, colour];
        })"""
    )
    low, high = min(0, *parts.values()), max(0, *parts.values())
    for (left, right, colour), name in zip(boxes, bar_values(view), strict=True):
        ends = sorted([0, parts[name]])
        places = [(end - low) / (high - low) for end in ends]
        assert [left, right] == pytest.approx(places, abs=0.01), name
        orange = colour == "rgb(217, 95, 14)"
        assert orange == (parts[name] > 0)


def test_residue_is_printed_where_it_shows(attribution_page: AttributionPage):
    view = attribution_page.show(AttributionData(residue=0.0125))
    value = view.data.value(LOGIT)
    text = f"sum {number(value - 0.0125)} = logit {number(value)} · residue 0.0125"
    expect(view.sum).to_have_text(text)


def test_curve_reads_each_step_and_opens_it(view: Attribution):
    depth = view.data.depth(LOGIT)
    steps = ["L0 attention", "L0 MLP", "L1 attention", "L1 MLP"]
    readout = view.readout(view.curve)
    for at, name in enumerate(steps, start=1):
        view.step(name).hover()
        moved = change(depth[at] - depth[at - 1])
        expect(readout).to_have_text(f"{name}: {moved} → {number(depth[at])}")
    view.root.page.mouse.move(0, 0)
    expect(readout).to_have_text(re.compile(f"→ {number(view.data.value(LOGIT))}$"))
    view.step("L1 attention").click()
    expect(view.status).to_have_text("tiny-vit · logit of cat · L1.attention")
    expect(view.step("L1 attention")).to_have_attribute("aria-current", "true")
    total = number(depth[3] - depth[2])
    expect(view.sum).to_have_text(f"sum {total} = L1.attention {total}")


def test_curve_is_drawn_where_its_numbers_are(view: Attribution):
    depth = view.data.depth(LOGIT)
    heights = view.curve.locator(".vw-curve-line").evaluate(
        """(path) => [...path.getAttribute("d").matchAll(/[ML][\\d.]+ ([\\d.]+)/g)]
          .map(([, y]) => Number(y))"""
    )
    slope, offset = np.polyfit(depth, heights, 1)
    assert slope < 0
    assert slope * depth + offset == pytest.approx(heights, abs=0.1)


def test_from_the_curve_down_to_a_source_patch(
    view: Attribution, attribution_page: AttributionPage
):
    data = view.data
    biases, heads = data.biases_of(LOGIT), data.heads_of(LOGIT)
    view.step("L2 attention").click()
    names = {f"L2.H{head}": heads[2, head] for head in range(data.heads)}
    assert_bars(view, {**names, "L2.attention bias": biases[0, 2]})
    view.bar("L2.H3").click()
    total = number(heads[2, 3])
    expect(view.sum).to_have_text(f"sum {total} = L2.H3 {total}")
    sources = data.sources(LOGIT)[2, 3]
    view.hover(1, 4)
    expect(view.readout(view.opened)).to_have_text(
        f"patch (1,4): {change(sources[data.token(1, 4)])}"
    )
    assert attribution_page.saved_state() == {"component": "L2.H3"}
    path = ["All parts", "Layer 2", "Attention", "Head 3"]
    expect(view.path).to_have_text(
        "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}".join(path)
    )
    view.path.get_by_role("button", name="Layer 2").click()
    layer = {**names, "L2.attention bias": biases[0, 2]}
    layer |= {"L2.MLP": data.mlps_of(LOGIT)[2], "L2.MLP bias": biases[1, 2]}
    assert_bars(view, layer)
    depth = data.depth(LOGIT)
    total = number(depth[6] - depth[4])
    expect(view.sum).to_have_text(f"sum {total} = L2 {total}")
    view.path.get_by_role("button", name="All parts").click()
    assert_bars(view, data.parts(LOGIT))


def test_mlp_opens_into_its_strongest_neurons_and_the_rest(view: Attribution):
    data = view.data
    view.cell("L1.MLP").click()
    neurons = data.neuron_values(LOGIT)[1]
    order = np.argsort(-abs(neurons))[:20]
    expected = {f"L1.MLP.n{index}": neurons[index] for index in order}
    rest = neurons.sum() - neurons[order].sum()
    assert_bars(view, {**expected, "30 other neurons": rest})
    assert list(bar_values(view))[-1] == "30 other neurons"
    total = number(neurons.sum())
    expect(view.sum).to_have_text(f"sum {total} = L1.MLP {total}")
    bias = change(data.biases_of(LOGIT)[1, 1])
    expect(view.opened).to_contain_text(f"The bias {bias} is a part of its own")


def test_what_is_of_no_layer_says_what_it_is(view: Attribution):
    view.parts.get_by_role("button", name="class bias").click()
    assert_bars(view, view.data.outer_of(LOGIT))
    expect(view.opened).to_contain_text("The classifier's own bias")
    total = number(view.data.depth(LOGIT)[0])
    expect(view.sum).to_have_text(f"sum {total} = start of the curve {total}")


def test_order_by_place(view: Attribution):
    view.button("By place").click()
    names = list(bar_values(view))
    expected = ["embedding", "position"]
    for layer in range(3):
        expected += [f"L{layer}.H{head}" for head in range(4)]
        expected += [f"L{layer}.attention bias", f"L{layer}.MLP", f"L{layer}.MLP bias"]
    assert names == [*expected, "norm bias", "class bias"]


def test_grid_reads_every_part(view: Attribution):
    data = view.data
    view.cell("L1.H2").hover()
    value = change(data.heads_of(LOGIT)[1, 2])
    expect(view.readout(view.parts)).to_have_text(f"L1.H2: {value}")
    view.cell("L0.MLP bias").hover()
    value = change(data.biases_of(LOGIT)[1, 0])
    expect(view.readout(view.parts)).to_have_text(f"L0.MLP bias: {value}")


def test_heads_that_can_not_be_told_apart_are_one_part(
    attribution_page: AttributionPage,
):
    view = attribution_page.show(AttributionData(whole_layers=(1,)))
    data = view.data
    expect(view.cell("L1.H0")).to_have_count(0)
    expect(view.cell("L0.H0")).to_have_count(1)
    view.cell("L1.attention").hover()
    value = change(data.heads_of(LOGIT)[1].sum())
    expect(view.readout(view.parts)).to_have_text(f"L1.attention: {value}")
    expect(view.frozen).to_contain_text("not taken apart: heads of layer 1: mixed")
    attribution_page.assign(component="L1.H0")
    expect(view.missing).to_have_text(
        "L1.H0 could not be taken apart: the heads of layer 1 can't be told apart"
    )
    expect(view.sum).to_be_hidden()
