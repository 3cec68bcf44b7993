"""From the command that starts JupyterLab to the first picture of a notebook."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from benchmarks.measuring import Row, short
from tests.chromium import launch
from tests.lab.jupyterlab import Lab
from tests.lab.server import running_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.lab.jupyterlab import Notebook

EXTRA_BUDGET = 3.0  # seconds

# What a notebook with a widget beside a timm model takes without this package.
REFERENCE = """
import ipywidgets
import timm
import torch

module = timm.create_model("test_vit").eval()
with torch.no_grad():
    logits = module(torch.zeros(1, 3, 160, 160))
ipywidgets.Button(description="Open", layout={"width": "200px"})
"""
OURS = """
import vitwidgets as vw

vw.AttentionHeadTour(vw.load_model(), vw.images.sample("cat-and-dog"))
"""
SHOWN = {REFERENCE: ".jupyter-button", OURS: ".vw-root canvas"}


def rows(rounds: int = 3) -> list[Row]:
    """Start JupyterLab, open a notebook and run it, in a new server each time."""
    taken: dict[str, list[float]] = {REFERENCE: [], OURS: []}
    with sync_playwright() as playwright:
        browser = launch(playwright)
        cold(browser, OURS)  # reads from disk
        for _ in range(rounds):
            for cell, seconds in taken.items():
                seconds.append(cold(browser, cell))
        browser.close()
    return [row(taken[REFERENCE], taken[OURS])]


def cold(browser: Browser, cell: str) -> float:
    """Give the seconds from the server's start until the cell's widget is shown."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        with running_server(Path(folder)) as (url, root):
            page = browser.new_page(viewport={"width": 1500, "height": 1200})
            show(Lab(page, url, root), cell)
            taken = time.perf_counter() - begin
            page.close()
    return taken


def show(lab: Lab, cell: str) -> Notebook:
    """Run a cell in a notebook of its own, and wait for its widget."""
    notebook = lab.notebook("first.ipynb", [cell])
    notebook.run_all()
    notebook.panel.locator(SHOWN[cell]).first.wait_for()
    return notebook


def row(reference: list[float], ours: list[float]) -> Row:
    """Compare medians."""
    extra = statistics.median(b - a for a, b in zip(reference, ours, strict=True))
    return Row(
        "`make lab`, once set up, to the first picture: server, page, kernel, tour",
        f"the same to a button beside a timm model: "
        f"{short(statistics.median(reference))} s",
        f"{short(statistics.median(ours))} s ({extra:+.2f} s)",
        f"+ {EXTRA_BUDGET:g} s",
        extra <= EXTRA_BUDGET,
    )
