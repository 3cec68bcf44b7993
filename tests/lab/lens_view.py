"""The lens and the attribution of the bundled model, each in a notebook of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.browser.attribution_page import Attribution
from tests.browser.lens_page import Lens
from tests.lab.emoji_vit import NAMES, SCENE, EmojiVitParts, EmojiVitReadings

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.lab.jupyterlab import Lab, Notebook

SETUP = f"""
import ipywidgets
import vitwidgets as vw

model, scene = vw.load_model(), vw.images.sample("{SCENE}")
"""

# The cell that keys go to, and what each cell is.
CELLS = """
const {widgets, activeCellIndex} = find(args[0]).content;
return [activeCellIndex, ...widgets.map(({model}) => model.type)];
"""
VIOLATIONS = """async (root) => (await axe.run(root)).violations.map(
  ({id, nodes}) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)"""


def emoji_notebook(lab: Lab, name: str) -> Notebook:
    """Open a notebook with the bundled model; cells 1 and 2 are empty."""
    notebook = lab.notebook(name, [SETUP, "pass", "pass"])
    notebook.run_cell(0)
    assert notebook.errors() == []
    return notebook


@dataclass(frozen=True)
class LensNotebook:
    """A fresh lens in cell 1 of a notebook; cell 2 is empty."""

    notebook: Notebook
    lens: Lens
    data: EmojiVitReadings

    def state(self, **expected: Any) -> None:
        """Wait until the lens in the kernel has this state."""
        found = f"{{name: getattr(lens, name) for name in {list(expected)}}}"
        self.notebook.wait_for_value(found, expected)

    def acts(self) -> int:
        return self.notebook.value("len(lens.history)")

    def expect_top(self, layer: int, token: int, *way: str) -> None:
        expect_top(self.lens, layer, token, *way)


@dataclass(frozen=True)
class AttributionNotebook:
    """A fresh attribution in cell 1 of a notebook; cell 2 is empty."""

    notebook: Notebook
    view: Attribution
    data: EmojiVitParts

    def state(self, **expected: Any) -> None:
        """Wait until the attribution in the kernel has this state."""
        found = f"{{name: getattr(attribution, name) for name in {list(expected)}}}"
        self.notebook.wait_for_value(found, expected)


def expect_top(lens: Lens, layer: int, token: int, *way: str) -> None:
    """Wait until the readout has the five likeliest classes of a token.

    `way` is a lens and a norm, if not plain and own.
    """
    data = lens.data
    place = "embedding" if layer < 0 else f"L{layer}"
    row, column = divmod(token - len(data.prefix), data.columns)
    name = data.prefix[token] if row < 0 else f"patch ({row},{column})"
    expect(lens.readout).to_contain_text(f"{name} at {place}")
    shares = data.probabilities(*way)[layer + 1, token]
    order = data.order(*way)[layer + 1, token, :5]
    rows = lens.readout.locator(".vw-top")
    expect(rows.locator(".vw-top-name")).to_have_text([NAMES[i] for i in order])
    expect(rows.locator(".vw-top-number")).to_have_text(
        [percent(shares[i]) for i in order]
    )
    nats = data.entropy(*way)[layer + 1, token]
    expect(lens.readout).to_contain_text(f"Entropy {nats:.2f} nats")


def fresh_lens(
    notebook: Notebook, data: EmojiVitReadings, arguments: str = ""
) -> LensNotebook:
    code = f"lens = vw.EmojiLogitLens(model, scene{arguments})\nlens"
    notebook.run_cell(2, "pass")
    notebook.run_cell(1, code)
    assert notebook.errors() == []
    return LensNotebook(notebook, lens_in(notebook, 1, data), data)


def lens_in(notebook: Notebook, cell: int, data: EmojiVitReadings) -> Lens:
    """Return the only lens of a cell's output, once it shows something."""
    lens = Lens(view_in(notebook, cell), data)
    expect(lens.readout).to_contain_text("nats")
    return lens


def fresh_attribution(notebook: Notebook, data: EmojiVitParts) -> AttributionNotebook:
    code = "attribution = vw.LogitAttribution(model, scene)\nattribution"
    notebook.run_cell(2, "pass")
    notebook.run_cell(1, code)
    assert notebook.errors() == []
    view = attribution_in(notebook, 1, data)
    return AttributionNotebook(notebook, view, data)


def attribution_in(notebook: Notebook, cell: int, data: EmojiVitParts) -> Attribution:
    """Return the only attribution of a cell's output, once it has its number."""
    view = Attribution(view_in(notebook, cell), data)
    expect(view.value).to_have_text(re.compile(r"\d"))
    return view


def view_in(notebook: Notebook, cell: int) -> Locator:
    root = notebook.cell(cell).locator(".vw-root")
    root.wait_for()
    return root


def percent(probability: float) -> str:
    """Give a probability as the readout does."""
    if 0 < probability < 0.001:
        return "<\u00a00.1\u00a0%"
    return f"{100 * probability:.1f}\u00a0%"
