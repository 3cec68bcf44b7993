"""A page that computes its model: how large, how fast after a click, how exact."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from playwright.sync_api import sync_playwright

import vitwidgets as vw
from benchmarks.measuring import Row
from tests.browser.patcher_grids import Grids
from tests.browser.patcher_page import Patcher
from tests.chromium import launch
from vitwidgets.methods.interventions import Intervention
from vitwidgets.widgets import ClickToPatch

if TYPE_CHECKING:
    from playwright.sync_api import Page

SITE_BUDGET = 6e6
CLICK_BUDGET = 100.0  # milliseconds, 95th percentile
LOGIT_BUDGET = 1e-4

# The page's own predictions, and when the new one is on show: a click's script begins
# where the browser hands the event over, and ends where the bars were drawn anew.
WATCH = """
window.predicted = [];
window.clicks = [];
let engine;
Object.defineProperty(window, "vwLive", {
  get: () => engine,
  set: (value) => {
    engine = value;
    const plain = value.LivePatcher.prototype.predict;
    value.LivePatcher.prototype.predict = async function (edits) {
      const logits = await plain.call(this, edits);
      predicted.push({ edits, logits: Array.from(logits) });
      return logits;
    };
  },
});
let clicked = null;
addEventListener("pointerup", () => { clicked = performance.now(); }, true);
window.watchBars = () => new MutationObserver(() => {
  if (clicked !== null) clicks.push(performance.now() - clicked);
  clicked = null;
}).observe(document.querySelector(".vw-classes"),
           { subtree: true, attributes: true, characterData: true });
"""

SHOWN = """(before) => new Promise((resolve) => {
  const look = () => clicks.length > before ? resolve() : setTimeout(look);
  look();
})"""


def rows(clicks: int = 72) -> list[Row]:
    """Click heads of the bundled model on, and off again, in a page from disk."""
    scenes = [vw.images.sample(name) for name in ("cat-alone", "dog-alone")]
    view = ClickToPatch(vw.load_model(), *scenes)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        site = vw.publish(Path(folder) / "site", [view])
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1400, "height": 1400})
        page.add_init_script(WATCH)
        page.goto(site.pages[0].path.as_uri())
        page.locator(".vw-classes").wait_for()
        page.evaluate("watchBars()")
        _click_heads(page, view, clicks)
        milliseconds = np.array(page.evaluate("clicks"))
        predicted = page.evaluate("predicted")
        browser.close()
    return [
        Row(
            "a site with one click-to-patch that computes the bundled model",
            "onnxruntime-web alone, as text: 19 MB",
            f"{site.bytes / 1e6:.2f} MB",
            f"{SITE_BUDGET / 1e6:g} MB",
            site.bytes <= SITE_BUDGET,
        ),
        _click_row(milliseconds),
        _logit_row(view, predicted),
    ]


def _click_heads(page: Page, view: ClickToPatch, clicks: int) -> None:
    shape = view.n_layers, view.n_heads
    no_data: Any = None  # nothing here asks what a test's kernel would answer
    grids = Grids(Patcher(page.locator(".vw-root"), no_data), shape)
    # Other lists of edits each time: those seen before are kept by the page.
    drawn = np.random.default_rng(0)
    heads = shape[0] * shape[1]
    rounds = [drawn.permutation(heads) for _ in range(-(-clicks // heads))]
    for cell in np.concatenate(rounds)[:clicks]:
        before = page.evaluate("clicks.length")
        grids.click(*divmod(int(cell), shape[1]))
        page.evaluate(SHOWN, before)


def _click_row(milliseconds: np.ndarray) -> Row:
    slowest = float(np.percentile(milliseconds, 95))
    return Row(
        "a click in it, from letting go to the new prediction on show, p95",
        "what is felt as at once: 100 ms",
        f"{slowest:.0f} ms (median {np.median(milliseconds):.0f} ms, "
        f"{len(milliseconds)} clicks)",
        f"{CLICK_BUDGET:.0f} ms",
        slowest < CLICK_BUDGET,
    )


def _logit_row(view: ClickToPatch, predicted: list[dict[str, Any]]) -> Row:
    """Compare with full runs of the model in PyTorch."""
    preprocessing = view.model.preprocessing
    clean, donor = (
        vw.images.prepare_image(vw.images.sample(name), preprocessing).pixels
        for name in ("cat-alone", "dog-alone")
    )
    sources = {"dog-alone": view.model.run_with_cache(donor)[1]}
    largest = 0.0
    for each in predicted:
        edits = [
            Intervention(edit["address"], edit["kind"], source=edit["source"])
            for edit in each["edits"]
        ]
        with torch.no_grad(), view.model.with_interventions(edits, sources) as model:
            wanted = model(clean)[0].numpy()
        largest = max(largest, float(np.abs(wanted - each["logits"]).max()))
    return Row(
        f"its logits, {len(predicted)} lists of edits: largest difference",
        "PyTorch, whole runs",
        f"{largest:.1e}",
        f"{LOGIT_BUDGET:.0e}",
        bool(predicted) and largest <= LOGIT_BUDGET,
    )
