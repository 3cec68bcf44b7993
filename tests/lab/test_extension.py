"""JupyterLab's launcher and palette open fresh copies of the example."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.jupyterlab import Lab

pytestmark = pytest.mark.lab

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "examples" / "01_attention_head_tour.ipynb"

CURRENT = "return jupyterapp.shell.currentWidget?.context?.path ?? null;"


@pytest.fixture
def folder(lab: Lab) -> Iterator[Path]:
    """An empty folder that the file browser stands in."""
    folder = lab.root / "fresh"
    folder.mkdir()
    lab.command("filebrowser:go-to-path", {"path": folder.name})
    yield folder
    lab.command("filebrowser:go-to-path", {"path": ""})
    lab.command("filebrowser:hide-main")


def sources(path: Path) -> list[str]:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    return [cell.source for cell in notebook.cells]


def wait_for_notebook(lab: Lab, path: str) -> None:
    for _ in range(200):
        if lab.call(CURRENT) == path:
            lab.open(path)
            return
        lab.page.wait_for_timeout(50)
    raise AssertionError(f"{path} was not opened; in front is {lab.call(CURRENT)}")


def test_launcher_and_palette_open_fresh_copies(lab: Lab, folder: Path) -> None:
    page = lab.page
    lab.command("launcher:create", {"cwd": folder.name})
    card = page.locator(".jp-LauncherCard:visible", has_text="Attention Head Tour")
    card.scroll_into_view_if_needed()
    lab.screenshot("launcher")
    card.click()
    first = folder / "attention_head_tour.ipynb"
    wait_for_notebook(lab, f"{folder.name}/{first.name}")
    assert sources(first) == sources(EXAMPLE)
    first.write_text(first.read_text().replace("A tour of", "My tour of"))
    mine = first.read_bytes()

    page.keyboard.press("Control+Shift+C")
    page.keyboard.type("attention head tour")
    page.locator(".lm-CommandPalette-item.lm-mod-active").wait_for()
    lab.screenshot("palette")
    page.keyboard.press("Enter")
    second = folder / "attention_head_tour-1.ipynb"
    wait_for_notebook(lab, f"{folder.name}/{second.name}")
    assert sources(second) == sources(EXAMPLE)
    assert first.read_bytes() == mine

    for path in (second, first):
        lab.open(f"{folder.name}/{path.name}").close()


def test_the_extension_is_enabled() -> None:
    command = [sys.executable, "-m", "jupyter", "labextension", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", listed.stdout + listed.stderr)
    version = json.loads((REPOSITORY / "package.json").read_text())["version"]
    assert re.search(rf"\bvitwidgets v{re.escape(version)}\b.*enabled.*OK", plain)
