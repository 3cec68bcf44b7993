"""A click in JupyterLab until its prediction is painted, beside a bare round trip."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import expect, sync_playwright

from benchmarks.measuring import Row
from tests.browser.patcher_grids import Grids
from tests.chromium import launch
from tests.lab.emoji_vit import HEADS, LAYERS
from tests.lab.jupyterlab import Lab
from tests.lab.patcher_view import ARGUMENTS, EmojiVitRuns, patcher_in
from tests.lab.server import running_server

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, ViewportSize

# As high as the notebook, so that nothing is scrolled between two clicks.
VIEWPORT: ViewportSize = {"width": 1500, "height": 2400}
CLICKS = 150
PAUSE = 150  # milliseconds, until nothing is left to do of the click before
EXTRA_BUDGET = 20.0  # milliseconds over the bare round trip, p50 and p95

SETUP = """
import anywidget
import torch
import vitwidgets as vw

model, scene = vw.load_model(), vw.images.sample("cat-and-dog")
pixels = vw.images.prepare_image(scene, model.preprocessing).pixels
"""
# What any widget needs at least: a message, the plain forward pass, a message back.
BARE = """
class Bare(anywidget.AnyWidget):
    _esm = '''
    export default {render({model, el}) {
      const button = document.createElement("button");
      const said = document.createElement("output");
      button.className = "bare-button";
      said.className = "bare-said";
      button.textContent = "Run";
      button.onclick = () => model.send({});
      let count = 0;
      model.on("msg:custom", (_, [logits]) => {
        said.textContent = `${++count}: ${logits.getFloat32(0, true)}`;
      });
      el.append(button, said);
    }};
    '''

    def __init__(self):
        super().__init__()
        self.on_msg(self._run)

    def _run(self, *_):
        with torch.no_grad():
            logits = model.module(pixels)
        self.send({}, [logits.numpy().tobytes()])
"""

# Both in one cell: JupyterLab has work of its own when another cell is clicked.
VIEW = f"""
from IPython.display import display

display(Bare(), vw.ClickToPatch({ARGUMENTS}))
"""

# The browser itself says when a text that comes with the change was on the screen: what
# a script sees of frames is before that, and how long before depends on what follows.
WATCH = """() => {
  let began = 0;
  let tell = () => undefined;
  addEventListener("pointerup", ({timeStamp}) => (began = timeStamp), true);
  new PerformanceObserver((list) => {
    for (const {element, renderTime} of list.getEntries()) {
      element?.remove();
      tell(renderTime - began);
    }
  }).observe({type: "element"});
  window.painted = (selector) => {
    const target = document.querySelector(selector);
    const before = target.textContent;
    return new Promise((done, failed) => {
      const late = setTimeout(() => failed(new Error(`${selector} is as it was`)), 9e3);
      const observer = new MutationObserver(() => {
        if (target.textContent === before) return;
        observer.disconnect();
        clearTimeout(late);
        tell = done;
        const mark = document.createElement("span");
        mark.setAttribute("elementtiming", "painted");
        mark.style = "position: fixed; top: 0; left: 0; background: white";
        mark.textContent = "painted";
        document.body.append(mark);
      });
      const all = {childList: true, characterData: true, subtree: true};
      observer.observe(target, all);
    });
  };
}"""


def rows(clicks: int = CLICKS) -> list[Row]:
    """Click heads on and off at random, and the bare button after each."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder)) as (url, root),
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        found = rows_in(Lab(browser.new_page(viewport=VIEWPORT), url, root), clicks)
        browser.close()
    return found


def rows_in(lab: Lab, clicks: int) -> list[Row]:
    """Do so in a page of `VIEWPORT`'s size."""
    notebook, page = lab.notebook("clicks.ipynb", [SETUP, BARE, VIEW]), lab.page
    notebook.run_all()
    heads = Grids(patcher_in(notebook, 2, EmojiVitRuns()), (LAYERS, HEADS))
    expect(heads.strongest).to_contain_text("approximation")  # nothing is awaited
    bare = page.locator(".bare-button")
    page.evaluate(WATCH)
    taken: dict[str, list[float]] = {"view": [], "bare": []}
    for cell in random_cells(clicks):
        taken["view"].append(_milliseconds(page, ".vw-shown", heads.at(*cell)))
        taken["bare"].append(_milliseconds(page, ".bare-said", middle_of(bare)))
    return [
        _row(name, *(np.percentile(taken[which], share) for which in ("bare", "view")))
        for name, share in (("p50", 50), ("p95", 95))
    ]


def random_cells(count: int) -> list[tuple[int, int]]:
    """Give cells whose clicks, one after the other, never lead back to known edits."""
    draw = random.Random(0)  # noqa: S311 (no secret)
    present: frozenset[tuple[int, int]] = frozenset()
    known, found = {present}, list[tuple[int, int]]()
    while len(found) < count:
        cell = draw.randrange(LAYERS), draw.randrange(HEADS)
        after = present ^ {cell}
        if after not in known:
            known.add(after)
            present = after
            found.append(cell)
    return found


def middle_of(button: Locator) -> tuple[float, float]:
    """Give where it is now."""
    button.scroll_into_view_if_needed()
    box = button.bounding_box() or {}
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _milliseconds(page: Page, changes: str, at: tuple[float, float]) -> float:
    """Click; give the time from letting go until what it changes is painted."""
    page.wait_for_timeout(PAUSE)
    page.evaluate("(selector) => void (window.next = painted(selector))", changes)
    page.mouse.click(*at)
    return page.evaluate("window.next")


def _row(name: str, bare: float, ours: float) -> Row:
    return Row(
        f"click to painted prediction, bundled model in JupyterLab, {name}",
        f"bare round trip with the plain forward pass: {bare:.1f} ms",
        f"{ours:.1f} ms ({ours - bare:+.1f} ms)",
        f"{EXTRA_BUDGET:.0f} ms more",
        bool(ours - bare <= EXTRA_BUDGET),
    )
