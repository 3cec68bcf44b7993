"""The mouse in the tour: what is painted, what Python reads back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.lab.small_vit import COLUMNS, LAYERS, PREFIX, ROWS, TOKENS

if TYPE_CHECKING:
    from tests.lab.jupyterlab import Lab
    from tests.lab.small_tour import TourNotebook

pytestmark = pytest.mark.lab


def test_opens_with_the_class_token_in_the_last_layer(tour: TourNotebook) -> None:
    assert tour.view.query() == 0
    assert tour.view.selected() == f"L{LAYERS - 1}.H0"
    assert tour.view.pressed() == ["row", "linear", "head"]
    tour.view.expect_painted(tour.truth.painted(query=0))


def test_hovering_repaints_every_head(tour: TourNotebook, lab: Lab) -> None:
    first, last = len(PREFIX), TOKENS - 1
    for token in (first, first + 2 * COLUMNS + 3, last):
        tour.view.hover(tour.view.picker, token)
        tour.view.expect_painted(tour.truth.painted(token))
        assert tour.view.query() == token
        tour.notebook.wait_for_value("tour.query", token)
    lab.screenshot("hover")


@pytest.mark.parametrize("token", range(len(PREFIX)))
def test_hovering_a_prefix_token(tour: TourNotebook, token: int) -> None:
    tour.view.pick(TOKENS - 1)
    tour.notebook.wait_for_value("tour.query", TOKENS - 1)
    tour.view.chip(PREFIX[token]).click()
    tour.view.expect_painted(tour.truth.painted(token))
    tour.notebook.wait_for_value("tour.query", token)


def test_switches_change_the_picture_and_the_kernel(tour: TourNotebook) -> None:
    token = len(PREFIX) + COLUMNS + 1
    tour.view.pick(token)
    state = {"direction": "row", "scale": "linear", "maximum": "head"}
    for name, value in [
        ("direction", "column"),
        ("scale", "log"),
        ("maximum", "shared"),
        ("direction", "row"),
        ("scale", "linear"),
    ]:
        tour.view.switch(value).click()
        state[name] = value
        tour.view.expect_painted(tour.truth.painted(token, **state))
        tour.notebook.wait_for_value(f"tour.{name}", value)
    assert tour.view.pressed() == list(state.values())


def test_clicking_a_thumbnail_makes_it_large(tour: TourNotebook, lab: Lab) -> None:
    token = len(PREFIX) + 3 * COLUMNS + 4
    tour.view.pick(token)
    for layer, head in [(0, 2), (1, 3)]:
        tour.view.head(layer, head).click()
        tour.notebook.wait_for_value("[tour.layer, tour.head]", [layer, head])
        assert tour.view.selected() == f"L{layer}.H{head}"
        values = tour.truth.patches(token)[layer, head]
        errors = tour.truth.errors(token)[layer, head]
        brightness = tour.view.brightness().ravel()
        surely_more = (values - errors)[:, None] > (values + errors)[None, :] * 1.02
        steps = brightness[:, None] - brightness[None, :]
        assert surely_more.mean() > 0.4
        assert (steps[surely_more] > -1).all()  # the screen's own rounding
        assert brightness.argmax() == values.argmax()
    lab.screenshot("click")


def test_the_value_at_the_pointer_is_exact(tour: TourNotebook) -> None:
    query, layer, head = len(PREFIX) + COLUMNS + 2, 1, 2
    tour.view.pick(query)
    tour.view.head(layer, head).click()
    for token in (len(PREFIX), len(PREFIX) + 4 * COLUMNS + 5):
        name, value = tour.view.value_at(token)
        assert name == "patch ({},{})".format(*divmod(token - len(PREFIX), COLUMNS))
        expected = float(tour.truth.attention[layer, head, query, token])
        assert value == pytest.approx(expected, rel=1e-3)
    tour.view.switch("column").click()
    token = len(PREFIX) + ROWS
    _, value = tour.view.value_at(token)
    expected = float(tour.truth.attention[layer, head, token, query])
    assert value == pytest.approx(expected, rel=1e-3)


def test_results_in_python_are_what_is_on_screen(tour: TourNotebook) -> None:
    token = TOKENS - 2
    tour.view.pick(token)
    tour.view.switch("column").click()
    tour.notebook.wait_for_value("[tour.query, tour.direction]", [token, "column"])
    results = np.array(tour.notebook.value("tour.results.tolist()"))
    np.testing.assert_allclose(results, tour.truth.attention[..., token], atol=1e-6)
