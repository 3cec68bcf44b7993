"""JupyterLab's launcher and palette open tutorials, lessons and an explorer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.lab.fresh_folder import STARTING, fresh_folder, opened, sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.jupyterlab import Lab

pytestmark = pytest.mark.lab

REPOSITORY = Path(__file__).parents[2]
TUTORIALS = sorted((REPOSITORY / "examples").glob("*.ipynb"))
LESSONS = {
    "attention-heads": "Lesson: attention heads",
    "clip": "Lesson: clip",
    "logit-lens": "Lesson: logit lens",
    "patching": "Lesson: patching",
}
SCROLL = "await find(args[0]).content.scrollToItem(args[1], 'start');"


@pytest.fixture
def folder(lab: Lab) -> Iterator[Path]:
    with fresh_folder(lab, "fresh") as folder:
        yield folder


def title_of(tutorial: Path) -> str:
    first = nbformat.read(tutorial, as_version=4).cells[0].source
    return first.splitlines()[0].removeprefix("# ")


def test_the_launcher_has_a_card_for_each_tutorial_lesson_and_the_explorer(
    lab: Lab, folder: Path
) -> None:
    lab.command("launcher:create", {"cwd": folder.name})
    section = lab.page.locator(".jp-Launcher-section:visible", has_text="ViT Widgets")
    section.scroll_into_view_if_needed()
    lab.screenshot("launcher")
    cards = section.locator(".jp-LauncherCard").all_inner_texts()
    assert [each.strip() for each in cards] == [
        *map(title_of, TUTORIALS),
        *LESSONS.values(),
        "New explorer",
    ]
    icons = section.locator(".jp-LauncherCard svg[data-icon]").all()
    kinds = ["tutorial"] * len(TUTORIALS) + ["lesson"] * len(LESSONS) + ["explorer"]
    assert [each.get_attribute("data-icon") for each in icons] == [
        f"vitwidgets:{kind}" for kind in kinds
    ]


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_launcher_and_palette_open_fresh_copies(
    lab: Lab, folder: Path, tutorial: Path
) -> None:
    page, title = lab.page, title_of(tutorial)
    lab.command("launcher:create", {"cwd": folder.name})
    page.locator(".jp-LauncherCard:visible", has_text=title).click()
    stem = re.sub(r"^\d+_", "", tutorial.stem)
    first = folder / f"{stem}.ipynb"
    opened(lab, first)
    assert sources(first) == sources(tutorial)
    first.write_text(first.read_text().replace("patch", "PATCH"))
    mine = first.read_bytes()

    page.keyboard.press("Control+Shift+C")
    page.keyboard.type(title)
    page.locator(".lm-CommandPalette-item.lm-mod-active", has_text=title).wait_for()
    lab.screenshot("palette")
    page.keyboard.press("Enter")
    second = folder / f"{stem}-1.ipynb"
    opened(lab, second)
    assert sources(second) == sources(tutorial)
    assert first.read_bytes() == mine


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_opens_in_a_fresh_notebook(
    lab: Lab, folder: Path, lesson: str
) -> None:
    lab.command("launcher:create", {"cwd": folder.name})
    lab.page.locator(".jp-LauncherCard:visible", has_text=LESSONS[lesson]).click()
    notebook = opened(lab, folder / f"lesson-{lesson}.ipynb")
    notebook.panel.locator(".vw-lesson h2").wait_for(timeout=STARTING)
    lab.screenshot("lesson")
    assert notebook.errors() == []
    assert notebook.value("lesson.progress['lesson']") == lesson


def test_a_new_explorer_has_its_model_ready_and_each_view_a_cell_away(
    lab: Lab, folder: Path
) -> None:
    lab.command("launcher:create", {"cwd": folder.name})
    lab.page.locator(".jp-LauncherCard:visible", has_text="New explorer").click()
    notebook = opened(lab, folder / "explorer.ipynb")
    notebook.cell(1).locator(".jp-OutputArea img").wait_for(timeout=STARTING)
    assert notebook.value("model.name") == "emoji-vit"
    views = ("vw-tour", "vw-lens", "vw-attribution", "vw-patcher")
    for cell, view in zip((3, 5, 7, 9), views, strict=True):
        notebook.run_cell(cell)
        # Older versions have only those cells in the page that are in sight.
        lab.call(SCROLL, notebook.path, cell)
        notebook.panel.locator(f".{view}").wait_for()
    lab.screenshot("explorer")
    assert notebook.errors() == []


def test_the_extension_is_enabled() -> None:
    command = [sys.executable, "-m", "jupyter", "labextension", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", listed.stdout + listed.stderr)
    version = json.loads((REPOSITORY / "package.json").read_text())["version"]
    assert re.search(rf"\bvitwidgets v{re.escape(version)}\b.*enabled.*OK", plain)
