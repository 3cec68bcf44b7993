"""A side panel lists what is alive in the notebook's kernel, frees it and shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.fresh_folder import STARTING, fresh_folder
from tests.lab.jupyterlab import Notebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

    from tests.lab.jupyterlab import Lab

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
WAIT = """
import time
from pathlib import Path
while not Path("go").exists(): time.sleep(0.05)
"""
TO_FRONT = "jupyterapp.shell.activateById(find(args[0]).id);"
RENAME = "await jupyterapp.serviceManager.contents.rename(...args);"
# A console on the kernel of a notebook.
CONSOLE = """
const kernel = find(args[0]).sessionContext.session.kernel;
const panel = await jupyterapp.commands.execute(
  "console:create", {kernelPreference: {id: kernel.id}, activate: true});
await panel.sessionContext.ready;
const path = panel.sessionContext.path;
for (const code of args[1]) {
  await jupyterapp.commands.execute("console:inject", {path, code, activate: true});
}
"""
CLOSE_CURRENT = "jupyterapp.shell.currentWidget.dispose();"
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
    used = rows.filter(has_text="emoji-vit")
    expect(used).to_contain_text("used by view: free that first")
    no_free = used.get_by_role("button", name="Free")
    expect(no_free).to_be_disabled()
    expect(no_free).to_have_attribute(
        "title", "emoji-vit is used by view: free that first"
    )
    lab.screenshot("memory")

    free(lab, kept)
    expect(rows).to_have_count(4)
    assert notebook.value("'kept' in globals()") is False

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

    notebook.run_cell(1)
    expect(rows).to_have_count(2)
    renamed = notebook.path.replace("alive", "renamed")
    lab.call(RENAME, notebook.path, renamed)
    expect(said).to_contain_text("renamed.ipynb")
    Notebook(lab, renamed).restart_kernel()
    expect(said).to_contain_text("renamed.ipynb holds no model, cache or view")


def test_nothing_of_another_kernel_is_offered(
    lab: Lab, notebook: Notebook, panel: Locator
) -> None:
    said, rows = panel.get_by_role("status"), panel.get_by_role("listitem")
    waiting = lab.notebook(notebook.path.replace("alive", "waiting"), [WAIT])
    waiting.run_cell(0, wait=False)
    lab.open(notebook.path).run_cell(1)
    expect(rows).to_have_count(2, timeout=STARTING)
    lab.call(TO_FRONT, waiting.path)
    expect(said).to_contain_text("The kernel is at work")
    expect(rows).to_have_count(0)
    (lab.root / waiting.path).with_name("go").touch()
    expect(said).to_contain_text("waiting.ipynb holds no model, cache or view")


def test_the_panel_follows_a_console_on_the_same_kernel(
    lab: Lab, notebook: Notebook, panel: Locator
) -> None:
    lab.call(CONSOLE, notebook.path, [f"import vitwidgets as vw\n{TOUR}", PAGE_OF_TEXT])
    shown = lab.page.locator(".jp-CodeConsole .vw-tour")
    said = panel.get_by_role("status")
    expect(said).to_contain_text("Console", timeout=STARTING)
    view = panel.get_by_role("listitem").filter(has_text="AttentionHeadTour")
    expect(view).to_have_count(1, timeout=STARTING)
    expect(shown).not_to_be_in_viewport()
    view.get_by_role("button", name="Show").click()
    expect(shown).to_be_in_viewport()
    lab.screenshot("memory-console")
    lab.call(CLOSE_CURRENT)
