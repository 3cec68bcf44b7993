"""Hovering over a patch repaints every head: how long its script takes in Chromium."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.measuring import Row
from benchmarks.payload import DINO_L_560, VIT_L_336, opened_tour
from benchmarks.played_kernel import WATCH, reply, state_of
from benchmarks.subjects import VIT_B, Subject
from tests.browser.tour_page import TourPage
from tests.chromium import launch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Page

# Milliseconds of script a frame, 95th percentile.
SCRIPT_BUDGETS = ((VIT_B, 8.0), (VIT_L_336, 16.0), (DINO_L_560, 33.0))
MOVES = 300

SETTLED = """() => new Promise((done) => {
  const look = () => {
    const busy = document.querySelector("[aria-busy]")?.ariaBusy !== "false";
    requestAnimationFrame(busy ? look : done);
  };
  look();
})"""


def rows(
    budgets: Sequence[tuple[Subject, float]] = SCRIPT_BUDGETS, moves: int = MOVES
) -> list[Row]:
    """Move a real mouse over a tour of each model."""
    return [row for budget in budgets for row in _measured(*budget, moves)]


def _measured(subject: Subject, budget: float, moves: int) -> list[Row]:
    tour, _ = opened_tour(subject)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        host = TourPage(page, Path(folder))
        host.open()
        host.answer = lambda request: reply(tour, request)
        page.evaluate(
            "(state) => addTour(document.getElementById('place0'), state)",
            state_of(tour),
        )
        page.evaluate(SETTLED)
        page.evaluate(WATCH)
        _wander(page, page.locator(".vw-picker canvas").bounding_box() or {}, moves)
        script = np.array(page.evaluate("script"))
        frames = np.array(page.evaluate("frames"))
        browser.close()
    size = f"{tour.n_tokens} tokens x {tour.n_layers * tour.n_heads} heads"
    slowest = float(np.percentile(script, 95))
    return [
        Row(
            f"hover, all heads redrawn ({size}): script a frame, p95",
            "SVG/d3: 149 ms a frame at 16 heads of 37x37",
            f"{slowest:.2f} ms (median {np.median(script):.2f} ms)",
            f"{budget:.0f} ms",
            slowest < budget,
        ),
        Row(
            "the same: wall time between frames, headless software rendering",
            "a frame at 60 Hz: 16.7 ms",
            "median {:.1f} ms, p95 {:.1f} ms".format(*np.percentile(frames, [50, 95])),
            "reported only",
            met=True,
        ),
    ]


def _wander(page: Page, box: Any, moves: int) -> None:
    """Move on when the values of a patch have come and are drawn."""
    random = np.random.default_rng(0)
    for across, down in random.random((moves, 2)):
        page.mouse.move(
            box["x"] + across * box["width"], box["y"] + down * box["height"]
        )
        page.evaluate("new Promise((done) => requestAnimationFrame(done))")
        page.evaluate(SETTLED)
