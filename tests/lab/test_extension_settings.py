"""What is chosen in JupyterLab's settings editor, the notebooks that are made say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.fresh_folder import fresh_folder, opened, sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.jupyterlab import Lab

pytestmark = pytest.mark.lab

SAVED = "vitwidgets/plugin.jupyterlab-settings"


@pytest.fixture
def folder(lab: Lab) -> Iterator[Path]:
    with fresh_folder(lab, "chosen") as folder:
        yield folder


def test_a_chosen_model_and_budget(lab: Lab, folder: Path) -> None:
    lab.command("settingeditor:open", {"query": "ViT Widgets"})
    editor = lab.page.locator(".jp-SettingsForm:visible")
    editor.locator("input[label='Default model']").fill("no such model")
    editor.locator("input[type=number]").fill("32")
    saved = lab.root.parent / "settings" / SAVED
    for _ in range(100):
        if saved.exists() and "32" in saved.read_text():
            break
        lab.page.wait_for_timeout(100)
    lab.screenshot("settings")
    assert json.loads(saved.read_text()) == {
        "model": "no such model",
        "payloadBudget": 32,
    }

    lab.command("vitwidgets:open-explorer", {"cwd": folder.name})
    notebook = opened(lab, folder / "explorer.ipynb")
    expect(notebook.cell(1)).to_contain_text("no such model", timeout=60_000)
    cells = sources(folder / "explorer.ipynb")
    assert 'model = vw.load_model("no such model")' in cells[1]
    assert "payload_budget=32000000" in cells[3]

    saved.unlink()
    lab.call(
        "const editor = [...jupyterapp.shell.widgets('main')]"
        ".find((each) => each.id === 'setting-editor'); editor?.dispose();"
    )
