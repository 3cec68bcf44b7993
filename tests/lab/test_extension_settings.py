"""What is chosen in JupyterLab's settings editor, notebooks and views go by."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.fresh_folder import fresh_folder, opened, sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.lab.jupyterlab import Lab

pytestmark = pytest.mark.lab

SAVED = "vitwidgets/plugin.jupyterlab-settings"
NOTHING_CHOSEN = r"\A\{(\s|//.*)*\}\Z"
TOUR = """
import vitwidgets as vw
vw.AttentionHeadTour(vw.load_model(), vw.images.sample("cat-alone"))
"""
CLOSE_EDITOR = """
const editor = [...jupyterapp.shell.widgets("main")]
  .find((each) => each.id === "setting-editor");
editor?.dispose();
"""
LOOKS_AS_EVER = """() => {
  const { vwColours, vwStill } = document.documentElement.dataset;
  return vwColours === undefined && vwStill === undefined;
}"""
# matplotlib's viridis, from its lowest colour to its highest.
VIRIDIS = [[68, 1, 84], [253, 231, 37]]
ENDS = """bar => [0, bar.width - 1].map((x) =>
  [...bar.getContext("2d").getImageData(x, 0, 1, 1).data.slice(0, 3)])"""
# A head whose attention has not come yet.
MOVES = """head => {
  head.classList.add("vw-absent");
  return getComputedStyle(head).animationName;
}"""


@pytest.fixture
def folder(lab: Lab) -> Iterator[Path]:
    with fresh_folder(lab, "chosen") as folder:
        yield folder


@pytest.fixture
def editor(lab: Lab, folder: Path) -> Iterator[Locator]:
    lab.command("settingeditor:open", {"query": "ViT Widgets"})
    yield lab.page.locator(".jp-SettingsForm:visible")
    lab.command("settingeditor:open")
    # The page keeps what was chosen, whatever becomes of the file.
    lab.page.get_by_role("button", name="Restore to Defaults").click()
    wait_until_saved(lab, NOTHING_CHOSEN)
    lab.page.wait_for_function(LOOKS_AS_EVER)
    lab.call(CLOSE_EDITOR)


def saved_in(lab: Lab) -> Path:
    return lab.root.parent / "settings" / SAVED


def wait_until_saved(lab: Lab, pattern: str) -> None:
    for _ in range(100):
        if saved_in(lab).exists() and re.search(pattern, saved_in(lab).read_text()):
            return
        lab.page.wait_for_timeout(100)
    raise AssertionError(f"{pattern} was not saved")


def test_a_chosen_model_and_budget(lab: Lab, folder: Path, editor: Locator) -> None:
    model = editor.locator("input[label='Default model']")
    offered = editor.locator(f"datalist[id='{model.get_attribute('list')}'] option")
    assert "vit_small_patch16_224" in [
        each.get_attribute("value") for each in offered.all()
    ]
    model.fill("vit_no_such_model")
    editor.locator("input[type=number]").fill("32")
    wait_until_saved(lab, "32")
    lab.screenshot("settings")
    saved = json.loads(saved_in(lab).read_text())
    assert (saved["model"], saved["payloadBudget"]) == ("vit_no_such_model", 32)

    lab.command("vitwidgets:open-explorer", {"cwd": folder.name})
    notebook = opened(lab, folder / "explorer.ipynb")
    said = notebook.cell(0)
    expect(said).to_contain_text(
        "there is no model 'vit_no_such_model'", timeout=60_000
    )
    expect(said).to_contain_text("Settings → Settings Editor → ViT Widgets")
    lab.screenshot("no-such-model")
    assert notebook.errors() == []
    cells = sources(folder / "explorer.ipynb")
    assert 'model = vw.load_model("vit_no_such_model")' in cells[1]
    assert "payload_budget=32000000" in cells[3]


def test_a_chosen_colour_table_and_less_motion(
    lab: Lab, folder: Path, editor: Locator
) -> None:
    notebook = lab.notebook(f"{folder.name}/looks.ipynb", [TOUR])
    notebook.run_cell(0)
    bar = notebook.panel.locator(".vw-bar").first
    head = notebook.panel.locator(".vw-head").first
    head.wait_for()
    assert bar.evaluate(ENDS) != VIRIDIS
    assert head.evaluate(MOVES) == "vw-breathe"

    lab.command("settingeditor:open")
    editor.locator("select").select_option(label="viridis")
    editor.get_by_label("Reduced motion").check()
    wait_until_saved(lab, '"still": true')
    lab.open(notebook.path)
    assert head.evaluate(MOVES) == "none"  # a view that is open, too

    notebook.run_cell(0)
    head.wait_for()
    assert bar.evaluate(ENDS) == VIRIDIS
    lab.screenshot("settings-viridis")
    assert notebook.errors() == []
