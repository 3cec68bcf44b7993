"""The curves of a lens in JupyterLab: moved along with the real mouse, and the lens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import torch
from playwright.sync_api import expect

from tests.lab.small_vit import LAYERS, PREFIX, TOKENS, patchwork, small_vit
from tests.lab.test_looks import change_theme
from tests.lab.tour_view import box_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from playwright.sync_api import Locator

    from tests.lab.jupyterlab import Lab, Notebook

pytestmark = pytest.mark.lab

SHOWN = """
lens = vw.EmojiLogitLens(model, "scene.png")
curves = vw.dashboards.lens_dashboard(lens)
curves
"""
LAST = LAYERS - 1


@dataclass(frozen=True)
class Curves:
    root: Locator
    notebook: Notebook

    def place(self, layer: int) -> tuple[float, float]:
        """Return where a layer is in the middle of the plot: above its name."""
        name = "embedding" if layer < 0 else f"L{layer}"
        tick = box_of(self.root.locator(".axis .tick").get_by_text(name, exact=True))
        plot = box_of(self.root.locator(".plotarea_background"))
        return tick["x"] + tick["width"] / 2, plot["y"] + plot["height"] / 2

    def line(self) -> float:
        """Return where the line is across the page."""
        box = box_of(self.root.locator(".vw-layer-plot path.line").first)
        return box["x"] + box["width"] / 2

    def expect_at(self, layer: int) -> None:
        """Wait until line, legend and lens are at a layer."""
        name = "embedding" if layer < 0 else f"L{layer}"
        expect(self.root.locator("caption")).to_contain_text(f", {name}")
        self.notebook.wait_for_value("lens.layer", layer)
        wanted = self.place(layer)[0]
        for _ in range(100):
            if abs(self.line() - wanted) < 2:
                return
            self.root.page.wait_for_timeout(50)
        raise AssertionError(f"the line is at {self.line()}, not {wanted}")

    def acts(self) -> list[str]:
        return self.notebook.value("[act['address'] for act in lens.history]")

    def legend(self) -> dict[str, str]:
        """Return what stands beside each name in the legend."""
        rows = self.root.locator(".vw-curve-legend tr").all()
        pairs = [(row.locator("th"), row.locator("td").last) for row in rows]
        return {
            name.inner_text().split(" ", 1)[1]: value.inner_text()
            for name, value in pairs
        }


@pytest.fixture(scope="module")
def plain() -> np.ndarray:
    """Probabilities ``(layer, token, class)``, by the module's own parts."""
    module = small_vit()
    pixels = torch.from_numpy(patchwork(seed=1)).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.no_grad():
        stream = module.norm_pre(module._pos_embed(module.patch_embed(pixels)))
        found = [module.head(module.norm(stream))]
        for block in module.blocks:
            stream = block(stream)
            found.append(module.head(module.norm(stream)))
    return torch.cat(found).softmax(-1).numpy()


@pytest.fixture
def curves(lab: Lab, small_notebook: Notebook) -> Iterator[Curves]:
    notebook = lab.open(small_notebook.path)
    notebook.run_cell(2, SHOWN)
    assert notebook.errors() == []
    root = notebook.cell(2)
    root.locator(".vw-layer-plot .object_grp").nth(100).wait_for(state="attached")
    root.locator(".vw-layer-plot").scroll_into_view_if_needed()
    yield Curves(root, notebook)
    notebook.ask("curves.close(); lens.close()")


def test_a_drag_moves_the_lens_and_is_one_act(curves: Curves, lab: Lab) -> None:
    curves.expect_at(LAST)
    mouse = lab.page.mouse
    mouse.move(*curves.place(1))
    mouse.down()
    for layer in (0, -1, 0):
        mouse.move(*curves.place(layer), steps=6)
        curves.expect_at(layer)
        assert curves.acts() == []
    mouse.up()
    curves.notebook.wait_for_value("len(lens.history)", 1)
    assert curves.acts() == ["L0"]
    curves.expect_at(0)
    curves.notebook.ask("lens.undo()")
    curves.expect_at(LAST)


def test_the_lens_on_the_page_and_the_chart_move_each_other(
    curves: Curves, lab: Lab
) -> None:
    curves.notebook.run_cell(1, "lens")
    slider = curves.notebook.cell(1).locator(".vw-layer-slider")
    expect(slider).to_have_value(str(LAST))
    slider.press("ArrowLeft")
    curves.expect_at(LAST - 1)
    curves.root.locator(".vw-layer-plot").scroll_into_view_if_needed()
    lab.page.mouse.click(*curves.place(-1))
    expect(slider).to_have_value("-1")
    curves.expect_at(-1)
    assert curves.acts() == [f"L{LAST - 1}", "embedding"]


def test_every_place_can_be_pressed_again_and_again(curves: Curves, lab: Lab) -> None:
    plot = box_of(curves.root.locator(".plotarea_background"))
    for layer in (-1, 1, 0, 2, -1):
        x, _ = curves.place(layer)
        for share in (0.03, 0.97):
            lab.page.mouse.click(x, plot["y"] + share * plot["height"])
            curves.expect_at(layer)
    assert curves.acts() == ["embedding", "L1", "L0", "L2", "embedding"]


def test_the_lens_moves_the_line_and_the_numbers(
    curves: Curves, plain: np.ndarray
) -> None:
    token = TOKENS - 1
    curves.notebook.ask(f"lens.token = {token}")
    row, column = divmod(token - len(PREFIX), 8)
    caption = curves.root.locator("caption")
    expect(caption).to_have_text(f"patch ({row},{column}), L{LAST}")
    for layer in (-1, 1):
        curves.notebook.ask(f"lens.layer = {layer}")
        curves.expect_at(layer)
        shown = curves.legend()
        assert len(shown) == plain.shape[-1]
        for name, value in shown.items():
            index = int(name.removeprefix("class "))
            expected = 100 * plain[layer + 1, token, index]
            assert float(value.removesuffix(" %")) == pytest.approx(expected, rel=0.01)
    assert curves.acts() == []


def test_the_list_chooses_what_is_drawn(curves: Curves) -> None:
    axis = curves.root.locator(".axislabel", has_text="probability")
    expect(axis).to_have_count(1)
    curves.root.locator("select").select_option(label="uncertainty (entropy)")
    curves.notebook.wait_for_value("curves.shown", "entropy")
    expect(curves.root.locator(".axislabel", has_text="entropy")).to_have_count(1)
    expect(curves.root.locator(".vw-curve-legend tr")).to_have_count(1)
    curves.notebook.ask("curves.shown = 'logit'")
    expect(curves.root.locator(".vw-curve-legend tr")).to_have_count(5)
    expect(curves.root.locator("select")).to_have_value("logit")


def test_closing_leaves_the_lens(curves: Curves) -> None:
    curves.notebook.ask("curves.close()")
    expect(curves.root.locator(".vw-layer-plot")).to_have_count(0)
    curves.notebook.ask("lens.layer = 0")
    curves.notebook.wait_for_value("lens.layer", 0)


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_words_stand_out_in_both_themes(curves: Curves, lab: Lab, theme: str) -> None:
    change_theme(lab, theme)
    try:
        curves.notebook.ask("lens.layer = 1")
        curves.expect_at(1)
        lab.screenshot(f"lens-dashboard-{theme.lower()}")
        for words, name in ((".axislabel", "fill"), ("caption", "color")):
            colour = curves.root.locator(words).first.evaluate(
                "(node, name) => getComputedStyle(node)[name]", name
            )
            brightest = max(map(float, re.findall(r"[\d.]+", colour)[:3]))
            assert (brightest < 128) == (theme == "Light")
    finally:
        change_theme(lab, "Light")
