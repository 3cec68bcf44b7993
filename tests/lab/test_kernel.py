"""A kernel that is busy, and one that is gone."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.lab.small_tour import tour_in
from tests.lab.small_vit import COLUMNS, HEADS, LAYERS, PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.jupyterlab import Lab
    from tests.lab.small_tour import TourNotebook

pytestmark = pytest.mark.lab

PATCH = len(PREFIX) + 2 * COLUMNS + 2

# Where kernel and JupyterLab support subshells, the page is answered while a cell runs,
# from another thread; where not, it has to wait.
RUNNING_CELL = """
from pathlib import Path
from time import sleep

steps = 0
while not Path("enough").exists():
    step()
    sleep(0.01)
Path("enough").unlink()
"""
FLIP = """
def step():
    global steps
    steps += 1
    tour.scale = ("linear", "log")[steps % 2]
"""


@pytest.fixture
def all_layers(tour: TourNotebook) -> TourNotebook:
    """A tour whose page has fetched all that hovering needs."""
    tour.view.pick(PATCH + 3)
    tour.view.expect_painted(tour.truth.painted(PATCH + 3))
    tour.view.pick(PATCH + 3)  # again: let go of it
    return tour


@pytest.fixture
def stopped_kernel(tour: TourNotebook) -> Iterator[Callable[[], None]]:
    """Stop the kernel's process, as long native code would; call it to go on."""
    process = tour.notebook.value("__import__('os').getpid()")
    os.kill(process, signal.SIGSTOP)
    yield lambda: os.kill(process, signal.SIGCONT)
    os.kill(process, signal.SIGCONT)


def test_a_busy_kernel_is_waited_for(
    all_layers: TourNotebook, stopped_kernel: Callable[[], None], lab: Lab
) -> None:
    tour = all_layers
    tour.view.pick(PATCH)
    tour.view.expect_painted(tour.truth.painted(PATCH))  # with no kernel to ask
    tour.view.hover(tour.view.large, PATCH + 1)
    expect(tour.view.badge).to_have_text("waiting for the kernel")
    assert "±" in (tour.view.root.locator(".vw-readout").text_content() or "")
    lab.screenshot("busy")
    stopped_kernel()

    expect(tour.view.badge).to_be_hidden()
    _, value = tour.view.value_at(PATCH + 1)
    expected = float(tour.truth.attention[LAYERS - 1, 0, PATCH, PATCH + 1])
    assert value == pytest.approx(expected, rel=1e-3)
    tour.notebook.wait_for_value("tour.query", PATCH)


def test_a_cell_and_a_person_at_once(all_layers: TourNotebook, lab: Lab) -> None:
    tour = all_layers
    enough = lab.root / "enough"
    cell = f"{FLIP}{RUNNING_CELL}tour.scale = 'log'"
    tour.notebook.run_cell(2, cell, wait=False)
    try:
        for token in range(PATCH, PATCH + 8):
            tour.view.hover(tour.view.picker, token)
            tour.view.head(1, token % HEADS).click()
        tour.view.pick(PATCH)
    finally:
        enough.touch()

    tour.notebook.wait_for_value("[tour.query, tour.scale]", [PATCH, "log"])
    tour.notebook.wait_for_value("[tour.layer, tour.head]", [1, (PATCH + 7) % HEADS])
    assert tour.notebook.value("steps") > 0
    assert tour.notebook.errors() == []
    tour.view.expect_painted(tour.truth.painted(PATCH, scale="log"))
    assert tour.view.selected() == f"L1.H{(PATCH + 7) % HEADS}"


def test_a_restarted_kernel_leaves_a_readable_view(
    all_layers: TourNotebook, lab: Lab
) -> None:
    tour = all_layers
    tour.view.pick(PATCH)
    tour.view.expect_painted(tour.truth.painted(PATCH))
    before = tour.view.painted()
    tour.notebook.restart_kernel()

    expect(tour.view.badge).to_have_text("detached: run the cell again")
    np.testing.assert_array_equal(tour.view.painted(), before)
    tour.view.pick(PATCH + 1)
    tour.view.expect_painted(tour.truth.painted(PATCH + 1))
    tour.view.hover(tour.view.large, PATCH)
    expect(tour.view.root.locator(".vw-readout")).to_contain_text("±")
    lab.screenshot("detached")

    tour.notebook.run_cell(0)
    tour.notebook.run_cell(1)
    fresh = tour_in(tour.notebook, 1)
    expect(fresh.badge).to_be_hidden()
    fresh.pick(PATCH)
    fresh.expect_painted(tour.truth.painted(PATCH))
    tour.notebook.wait_for_value("tour.query", PATCH)


def test_a_running_cell_shows_its_changes(all_layers: TourNotebook, lab: Lab) -> None:
    tour = all_layers
    enough = lab.root / "enough"
    changes = f"tour.layer, tour.head, tour.query = 0, 2, {PATCH}\nstep = dict\n"
    tour.notebook.run_cell(2, f"{changes}{RUNNING_CELL}", wait=False)
    try:
        tour.view.expect_painted(tour.truth.painted(PATCH))
        assert tour.view.selected() == "L0.H2"
    finally:
        enough.touch()
