"""Several views on one page, and cells that are run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.small_tour import TOUR, tour_in
from tests.lab.small_vit import COLUMNS, PREFIX, TOKENS

if TYPE_CHECKING:
    from tests.lab.small_tour import TourNotebook

pytestmark = pytest.mark.lab

PATCH = len(PREFIX) + COLUMNS + 3


def test_two_tours_are_independent(tour: TourNotebook) -> None:
    tour.notebook.run_cell(2, TOUR.replace("tour", "other").strip())
    other = tour_in(tour.notebook, 2)

    other.pick(PATCH)
    other.switch("log").click()
    other.head(0, 1).click()
    tour.view.pick(TOKENS - 1)

    other.expect_painted(tour.truth.painted(PATCH, scale="log"))
    tour.view.expect_painted(tour.truth.painted(TOKENS - 1))
    tour.notebook.wait_for_value("tour.query", TOKENS - 1)
    state = "[[t.layer, t.head, t.query, t.scale] for t in (tour, other)]"
    expected = [[2, 0, TOKENS - 1, "linear"], [0, 1, PATCH, "log"]]
    tour.notebook.wait_for_value(state, expected)


def test_one_tour_shown_twice_stays_in_step(tour: TourNotebook) -> None:
    tour.notebook.run_cell(2, "tour")
    twin = tour_in(tour.notebook, 2)

    twin.pick(PATCH)
    twin.switch("column").click()
    tour.view.expect_painted(tour.truth.painted(PATCH, "column"))
    tour.view.head(1, 1).click()

    expect(twin.head(1, 1)).to_have_attribute("aria-selected", "true")
    twin.expect_painted(tour.truth.painted(PATCH, "column"))
    tour.notebook.wait_for_value("[tour.layer, tour.query]", [1, PATCH])


def test_a_cell_run_again_shows_one_fresh_tour(tour: TourNotebook) -> None:
    tour.view.pick(PATCH)
    tour.notebook.wait_for_value("tour.query", PATCH)

    tour.notebook.run_cell(1)

    view = tour_in(tour.notebook, 1)  # more than one would be an error
    view.expect_painted(tour.truth.painted(query=0))
    assert tour.notebook.value("tour.query") == 0
    view.pick(TOKENS - 1)
    view.expect_painted(tour.truth.painted(TOKENS - 1))
    tour.notebook.wait_for_value("tour.query", TOKENS - 1)


def test_a_closed_tour_leaves_no_view(tour: TourNotebook) -> None:
    tour.notebook.run_cell(2, "tour.close()")
    expect(tour.view.root).to_have_count(0)
