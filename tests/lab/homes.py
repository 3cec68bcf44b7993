"""What the views must do in any home, against the plain module of the bundled model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from playwright.sync_api import expect

from tests.browser.lens_page import Lens
from tests.browser.patcher_grids import Grids
from tests.browser.patcher_page import Patcher
from tests.lab.emoji_vit import (
    HEADS,
    LAYERS,
    SCENE,
    SIDE,
    EmojiVitParts,
    EmojiVitReadings,
)
from tests.lab.lens_view import expect_top
from tests.lab.patcher_view import DONOR, EmojiVitRuns, expect_logits
from tests.lab.tour_view import TourView
from tests.lab.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

PREFIX = 1
SETUP = f"""import vitwidgets as vw

model, scene = vw.load_model(), vw.images.sample("{SCENE}")"""
VIEWS = {
    "tour": "vw.AttentionHeadTour(model, scene)",
    "lens": "vw.EmojiLogitLens(model, scene)",
    "patcher": f'vw.ClickToPatch(model, scene, vw.images.sample("{DONOR}"))',
}


class Home(Protocol):
    """A page in which `SETUP` ran, and a cell for each of `VIEWS`."""

    def shown(self, name: str) -> Locator:
        """Return the root of a view."""
        ...

    def run(self, code: str) -> None:
        """Run code in a cell below the views, to its end."""
        ...

    def value(self, expression: str) -> Any:
        """Return the value of a Python expression there, through JSON."""
        ...


def tour_works(home: Home) -> None:
    patterns = EmojiVitParts().inner["pattern"]
    truth = Truth(np.stack([pattern.numpy() for pattern in patterns]), PREFIX)
    view = TourView(home.shown("tour"), SIDE, SIDE, PREFIX)
    token = PREFIX + 3 * SIDE + 2
    view.hover(view.picker, token)
    view.expect_painted(truth.painted(token))

    view.pick(token)
    view.head(2, 1).click()
    name, value = view.value_at(PREFIX + 4 * SIDE + 4)
    assert name == "patch (4,4)"
    expected = truth.attention[2, 1, token, PREFIX + 4 * SIDE + 4]
    assert abs(value - expected) < 1e-3 * expected
    assert home.value("[tour.layer, tour.head, tour.query]") == [2, 1, token]

    home.run('tour.layer, tour.head, tour.query, tour.direction = 4, 3, 0, "column"')
    view.expect_painted(truth.painted(0, "column"))
    assert (view.selected(), view.query()) == ("L4.H3", 0)


def lens_works(home: Home) -> None:
    data = EmojiVitReadings()
    lens = Lens(home.shown("lens"), data)
    for row, column in ((2, 2), (3, 6)):
        lens.hover(row, column)
        expect_top(lens, LAYERS - 1, PREFIX + row * SIDE + column)

    home.run("lens.layer = 2")
    expect(lens.layer_name).to_have_text("L2")
    lens.hover(2, 2)
    expect_top(lens, 2, PREFIX + 2 * SIDE + 2)


def patcher_works(home: Home) -> None:
    data = EmojiVitRuns()
    view = Patcher(home.shown("patcher"), data)
    expect_logits(view, data.logits())
    Grids(view, (LAYERS, HEADS)).click(3, 0)
    expect_logits(view, data.logits([(3, 0)]))
    found = home.value("[edit['address'] for edit in patcher.interventions]")
    assert found == ["L3.H0"]

    home.run(
        "patcher.interventions = [\n"
        "    {**patcher.interventions[0], 'address': address}\n"
        "    for address in ('L3.H0', 'L5.H3', 'L3.H2')\n"
        "]"
    )
    expect_logits(view, data.logits([(3, 0), (5, 3), (3, 2)]))


WORKS: dict[str, Callable[[Home], None]] = {
    "tour": tour_works,
    "lens": lens_works,
    "patcher": patcher_works,
}
