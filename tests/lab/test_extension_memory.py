"""A side panel lists what is alive in the notebook's kernel, frees it and shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.fresh_folder import fresh_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

    from tests.lab.jupyterlab import Lab, Notebook

pytestmark = pytest.mark.lab

SETUP = """
import torch
from timm.models.vision_transformer import VisionTransformer
import vitwidgets as vw
small = VisionTransformer(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=2)
vit = vw.HookedViT(small.eval())
_, kept = vit.run_with_cache(torch.zeros(2, 3, 32, 32))
"""
TOUR = (
    "view = vw.AttentionHeadTour(vw.load_model(), vw.images.sample('cat-alone'))\nview"
)
PAGE_OF_TEXT = "print('line\\n' * 300)"


@pytest.fixture
def notebook(lab: Lab) -> Iterator[Notebook]:
    with fresh_folder(lab, "memory") as folder:
        cells = ["1 + 1", SETUP, PAGE_OF_TEXT, TOUR]
        yield lab.notebook(f"{folder.name}/alive.ipynb", cells)
        lab.command("application:toggle-right-area")


@pytest.fixture
def panel(lab: Lab, notebook: Notebook) -> Locator:
    lab.command("vitwidgets:show-memory")
    return lab.page.locator(".vw-lab-alive")


def free(lab: Lab, row: Locator) -> None:
    row.get_by_role("button", name="Free").click()
    lab.page.locator(".jp-Dialog").get_by_role("button", name="Free").click()


def test_the_panel_follows_the_kernel(
    lab: Lab, notebook: Notebook, panel: Locator
) -> None:
    said, rows = panel.get_by_role("status"), panel.get_by_role("listitem")
    expect(said).to_contain_text("holds no model, cache or view")
    notebook.run_cell(0)
    assert notebook.value("'vitwidgets' in __import__('sys').modules") is False

    for cell in (1, 2, 3):
        notebook.run_cell(cell)
    assert notebook.errors() == []
    expect(rows).to_have_count(5, timeout=30_000)  # the tour has a cache of its own
    kept = rows.filter(has_text="kept")
    expect(kept).to_contain_text("ActivationCache")
    expect(rows.filter(has_text="emoji-vit")).to_contain_text("used by view")
    lab.screenshot("memory")

    free(lab, kept)
    expect(rows).to_have_count(4)
    assert notebook.value("'kept' in globals()") is False
    free(lab, rows.filter(has_text="emoji-vit"))
    expect(said).to_contain_text("emoji-vit is used by view: free that first")

    view = rows.filter(has_text="AttentionHeadTour")
    lab.call("find(args[0]).content.activeCellIndex = 0;", notebook.path)
    view.get_by_role("button", name="Show").click()
    expect(notebook.panel.locator(".vw-tour")).to_be_in_viewport()
    active = "return find(args[0]).content.activeCellIndex;"
    assert lab.call(active, notebook.path) == 3
    free(lab, view)
    # What only the tour used goes with it, once the page's last question is answered.
    expect(view).to_have_count(0)
    panel.get_by_role("button", name="Refresh").click()
    expect(rows).to_have_count(1)
    free(lab, rows.filter(has_text="vit"))
    expect(said).to_contain_text("holds no model, cache or view")
    assert notebook.errors() == []
