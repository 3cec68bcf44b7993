"""Colours of parts and of a head's sources, against their definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.browser.attribution_data import LOGIT, AttributionData
from tests.browser.attribution_page import MINUS, AttributionPage

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

AGAINST = np.array([47, 126, 199])
FOR = np.array([217, 95, 14])
MOST = 0.92
"""Opacity of the strongest value over the picture."""


@pytest.fixture
def attribution_page(page: Page, tmp_path: Path) -> AttributionPage:
    attribution_page = AttributionPage(page, tmp_path)
    attribution_page.open()
    return attribution_page


@pytest.mark.parametrize(
    "data",
    [
        AttributionData(),
        AttributionData(rows=6, columns=3, prefix=[]),
        AttributionData(rows=14, columns=14, prefix=["cls"]),
    ],
    ids=["small", "tall", "vit-b"],
)
def test_sources_are_painted_over_a_grey_picture(
    attribution_page: AttributionPage, data: AttributionData
):
    view = attribution_page.show(data, component="L1.H2")
    view.picture.wait_for()
    attribution_page.settle()
    patches = data.sources(LOGIT)[1, 2, len(data.prefix) :]
    share = (patches / abs(patches).max()).reshape(data.rows, data.columns, 1)
    grey = data.patch_colours @ np.array([0.2126, 0.7152, 0.0722])
    colour = np.where(share < 0, AGAINST, FOR)
    opacity = MOST * abs(share)
    expected = (1 - opacity) * grey[..., None] + opacity * colour
    found = view.colours()
    assert (found[..., 3] == 255).all()
    # Half a step of 127 in opacity, and rounding twice.
    assert np.abs(found[..., :3] - expected).max() <= 4


def test_cells_have_the_colour_of_their_value(attribution_page: AttributionPage):
    data = AttributionData()
    view = attribution_page.show(data)
    parts = {
        name: value for name, value in data.parts(LOGIT).items() if name.startswith("L")
    }
    most = max(abs(value) for value in parts.values())
    found = view.parts.get_by_role("gridcell").evaluate_all(
        """(cells) => cells.map((cell) => [
          cell.getAttribute("aria-label").split(":")[0],
          getComputedStyle(cell).backgroundColor.match(/[\\d.]+/g).map(Number)])"""
    )
    assert {name for name, _ in found} == set(parts)
    for name, (red, green, blue, *opacity) in found:
        value = parts[name]
        assert [red, green, blue] == list(FOR if value > 0 else AGAINST), name
        assert (opacity or [1]) == pytest.approx([abs(value) / most], abs=0.003), name


def test_prefix_tokens_stand_beside_the_picture(attribution_page: AttributionPage):
    data = AttributionData()
    view = attribution_page.show(data, component="L0.H1")
    cells = view.opened.locator(".vw-prefix-cell")
    for token, name in enumerate(data.prefix):
        text = cells.nth(token).inner_text().replace(MINUS, "-").replace("▲", "")
        assert text.startswith(name)
        value = float(text.removeprefix(name))
        expected = data.sources(LOGIT)[0, 1, token]
        assert value == pytest.approx(expected, rel=6e-3)
