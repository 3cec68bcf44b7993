"""The file browser's context menu opens pictures in the views."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.v4 import new_notebook
from PIL import Image
from playwright.sync_api import expect

from tests.lab.fresh_folder import REFRESH, STARTING, fresh_folder, opened
from tests.lab.small_vit import patchwork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Route

    from tests.lab.jupyterlab import Lab

pytestmark = pytest.mark.lab

NAME = 'my "best" picture.png'

# The tests' kernel, were vitwidgets not installed where it runs.
BARE = """
import sys
from pathlib import Path
sys.path = [each for each in sys.path if not (Path(each) / "vitwidgets").is_dir()]
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""
# As JupyterLab selects the file of a notebook that is opened.
SELECT = """
const browser = [...jupyterapp.shell.widgets("left")]
  .find(({id}) => id === "filebrowser");
await browser.selectItemByName(args[0]);
"""
RELOAD_KERNELS = "await jupyterapp.serviceManager.kernelspecs.refreshSpecs();"


@pytest.fixture
def folder(lab: Lab) -> Iterator[Path]:
    with fresh_folder(lab, "pictures") as folder:
        Image.fromarray(patchwork(seed=3, size=(96, 64))).save(folder / NAME)
        (folder / "words.png").write_text("no picture at all")
        (folder / "notes.txt").write_text("a text")
        lab.call(REFRESH)
        yield folder


def menu_of(lab: Lab, file: str) -> Locator:
    """Open the context menu of a file; return the entry "Look inside…"."""
    item = lab.page.locator(".jp-DirListing-item:visible", has_text=file)
    item.click(button="right")
    return lab.page.locator(".lm-Menu-item", has_text="Look inside…")


def entry_of(lab: Lab, file: str, view: str) -> Locator:
    """Open the menu of a file down to a view; return its entry."""
    menu_of(lab, file).hover()
    entry = lab.page.locator("#jp-contextmenu-vitwidgets .lm-Menu-item", has_text=view)
    entry.wait_for()
    lab.screenshot("look-inside")
    return entry


def look_inside(lab: Lab, file: str, view: str) -> None:
    entry_of(lab, file, view).click()


@pytest.mark.parametrize(
    ("view", "stem", "root"),
    [
        ("Attention head tour", "tour", ".vw-tour"),
        ("Emoji logit lens", "lens", ".vw-lens"),
        ("Logit attribution", "attribution", ".vw-attribution"),
        ("Click to patch", "patch", ".vw-patcher"),
    ],
)
def test_a_picture_opens_in_a_view(
    lab: Lab, folder: Path, view: str, stem: str, root: str
) -> None:
    look_inside(lab, NAME, view)
    notebook = opened(lab, folder / f'my "best" picture-{stem}.ipynb')
    shown = notebook.panel.locator(root)
    shown.wait_for(timeout=STARTING)
    expect(shown.get_by_role("alert")).to_be_hidden()
    assert notebook.errors() == []
    same = f"(vw.images.read_image(image).size, {root[4:6]!r}) and "
    size = notebook.value(f"{same} list(vw.images.read_image(image).size)")
    assert size == [64, 96]


def test_the_file_is_the_one_that_the_menu_was_opened_on(
    lab: Lab, folder: Path
) -> None:
    entry = entry_of(lab, NAME, "Emoji logit lens")
    # Another file takes its place in the list, and is selected, meanwhile.
    nbformat.write(new_notebook(), folder / "earlier.ipynb")
    lab.call(REFRESH)
    lab.page.locator(".jp-DirListing-item:visible", has_text="earlier").wait_for()
    lab.call(SELECT, "earlier.ipynb")
    entry.click()
    opened(lab, folder / 'my "best" picture-lens.ipynb')


def test_a_file_that_only_claims_to_be_a_picture(lab: Lab, folder: Path) -> None:
    look_inside(lab, "words.png", "Attention head tour")
    dialog = lab.page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("“words.png” could not be opened")
    expect(dialog).to_contain_text("open a PNG, JPEG, GIF, WebP, BMP or TIFF file")
    lab.screenshot("no-picture")
    dialog.get_by_role("button").click()
    assert list(folder.glob("*.ipynb")) == []


def test_other_files_have_no_such_entry(lab: Lab, folder: Path) -> None:
    expect(menu_of(lab, "notes.txt")).to_have_count(0)
    lab.page.keyboard.press("Escape")


def test_a_kernel_without_the_package_is_told_what_to_run(
    lab: Lab, folder: Path, bare_kernel: str
) -> None:
    look_inside(lab, NAME, "Emoji logit lens")
    notebook = opened(lab, folder / 'my "best" picture-lens.ipynb')
    said = notebook.cell(0)
    expect(said).to_contain_text(f"The kernel {bare_kernel} has no vitwidgets")
    expect(said).to_contain_text("run %pip install vitwidgets in a cell")
    lab.screenshot("no-package")
    assert notebook.errors() == []


@pytest.fixture
def bare_kernel(lab: Lab) -> Iterator[str]:
    """A kernel that has no vitwidgets is the server's default."""
    name = "Bare Python"
    spec = {
        "argv": [sys.executable, "-c", BARE, "-f", "{connection_file}"],
        "display_name": name,
        "language": "python",
    }
    kernel = lab.root.parent / "data" / "kernels" / "bare"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps(spec))

    def prefer_bare(route: Route) -> None:
        specs = route.fetch().json()
        route.fulfill(json={**specs, "default": "bare"})

    lab.page.route("**/api/kernelspecs*", prefer_bare)
    lab.call(RELOAD_KERNELS)
    yield name
    lab.page.unroute("**/api/kernelspecs*")
    (kernel / "kernel.json").unlink()
    kernel.rmdir()
    lab.call(RELOAD_KERNELS)
