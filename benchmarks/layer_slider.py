"""Dragging the layer slider redraws every patch: how long its script takes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.lens_payload import opened_lens
from benchmarks.measuring import Row
from benchmarks.played_kernel import WATCH, reply, state_of
from benchmarks.subjects import VIT_B, Subject
from tests.browser.lens_page import LensPage
from tests.chromium import launch

SCRIPT_BUDGET = 8.0  # milliseconds a repaint, 95th percentile
ROUNDS = 10
MODES = ("emoji", "class")


def rows(subject: Subject = VIT_B, rounds: int = ROUNDS) -> list[Row]:
    """Press the arrow keys of the slider through all layers, back and forth."""
    lens, _ = opened_lens(subject)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        host = LensPage(page, Path(folder))
        host.open()
        host.answer = lambda request: reply(lens, request)
        page.evaluate(
            "(state) => addTour(document.getElementById('place0'), state)",
            state_of(lens),
        )
        page.locator(".vw-root").wait_for()
        host.settle()
        slider = page.get_by_role("slider", name="Layer")
        slider.focus()
        page.evaluate(WATCH)
        found: list[Row] = []
        for mode in MODES:
            host.assign(mode=mode)
            page.evaluate("script.length = 0")
            for _ in range(rounds):
                for key in ("ArrowLeft", "ArrowRight"):
                    for _ in range(lens.n_layers):
                        host.press(key)
            script = np.array(page.evaluate("script"))
            found.append(_row(f"{lens.grid[0]} x {lens.grid[1]}", mode, script))
        browser.close()
    return found


def _row(grid: str, mode: str, script: np.ndarray) -> Row:
    slowest = float(np.percentile(script, 95))
    return Row(
        f"layer slider of the lens, {grid} patches, {mode}: script a repaint, p95",
        "a frame at 60 Hz: 16.7 ms",
        f"{slowest:.2f} ms (median {np.median(script):.2f} ms)",
        f"{SCRIPT_BUDGET:.0f} ms",
        slowest < SCRIPT_BUDGET,
    )
