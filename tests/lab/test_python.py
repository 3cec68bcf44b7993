"""Python changes the tour, and either side refuses what can't be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.small_vit import LAYERS, TOKENS

if TYPE_CHECKING:
    from tests.lab.jupyterlab import Lab
    from tests.lab.small_tour import TourNotebook

pytestmark = pytest.mark.lab

STATE = "[tour.layer, tour.head, tour.query, tour.direction, tour.scale, tour.maximum]"


def test_a_later_cell_repaints_the_view(tour: TourNotebook) -> None:
    tour.notebook.run_cell(
        2,
        "tour.layer, tour.head, tour.query = 1, 3, 11\n"
        "tour.direction, tour.scale, tour.maximum = 'column', 'log', 'shared'",
    )
    tour.view.expect_painted(tour.truth.painted(11, "column", "log", "shared"))
    assert tour.view.selected() == "L1.H3"
    assert tour.view.query() == 11
    assert tour.view.pressed() == ["column", "log", "shared"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layer", LAYERS),
        ("head", -1),
        ("query", TOKENS),
        ("query", 2.5),
        ("direction", "diagonal"),
    ],
)
def test_python_refuses_a_bad_value(
    tour: TourNotebook, name: str, value: object
) -> None:
    before = tour.notebook.value(STATE)
    tour.notebook.run_cell(2, f"tour.{name} = {value!r}")

    [error] = tour.notebook.errors()
    assert error.startswith("TraitError: ")
    assert str(value) in error
    assert tour.notebook.value(STATE) == before
    tour.view.expect_painted(tour.truth.painted(query=0))
    expect(tour.view.alert).to_be_hidden()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"layer": 99}, "99"),
        ({"query": -3}, "-3"),
        ({"scale": "cubic"}, "cubic"),
        ({"n_heads": 7}, "n_heads"),
    ],
)
def test_python_refuses_a_bad_value_from_the_page(
    tour: TourNotebook, lab: Lab, state: dict[str, object], said: str
) -> None:
    before = tour.notebook.value(STATE)
    tour.notebook.forge_update(tour.notebook.value("tour.model_id"), state)

    expect(tour.view.alert).to_be_visible()
    expect(tour.view.alert).to_contain_text(said)
    assert tour.notebook.value(STATE) == before
    tour.view.expect_painted(tour.truth.painted(query=0))
    lab.screenshot("refused")

    tour.view.pick(TOKENS - 1)
    expect(tour.view.alert).to_be_hidden()
    tour.notebook.wait_for_value("tour.query", TOKENS - 1)
