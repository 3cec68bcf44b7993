"""The views in Notebook 7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lab.homes import SETUP, VIEWS, WORKS
from tests.lab.jupyterlab import Lab, Notebook
from tests.lab.server import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator

pytestmark = pytest.mark.lab

CELLS = [SETUP, *(f"{name} = {code}\n{name}" for name, code in VIEWS.items()), "pass"]


class Notebook7(Lab):
    """One browser page with Notebook 7 in it, which shows one notebook."""

    START, STARTED = "api/status", "body"  # its list of files takes seconds, unused
    PICTURES = "home-notebook7"
    # Its settings are loaded before its shortcuts ask for them, with or without us.
    NOT_OURS = ("Cannot read properties of undefined (reading 'schema')",)

    def open(self, path: str) -> Notebook:
        self.page.goto(f"{self.url}/notebooks/{path}")
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        return super().open(path)


class NotebookHome:
    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook

    def shown(self, name: str) -> Locator:
        cell = self.notebook.cell(1 + list(VIEWS).index(name))
        return cell.locator(".vw-root")

    def run(self, code: str) -> None:
        self.notebook.run_cell(len(CELLS) - 1, code)
        assert self.notebook.errors() == []

    def value(self, expression: str) -> Any:
        return self.notebook.value(expression)


@pytest.fixture(scope="module")
def page(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Notebook7]:
    folder = tmp_path_factory.mktemp("notebook7")
    with running_server(folder, "notebook", "JupyterNotebookApp") as (url, root):
        page = chromium.new_page(viewport={"width": 1500, "height": 1400})
        try:
            yield Notebook7(page, url, root)
        finally:
            page.close()


@pytest.fixture(scope="module")
def home(page: Notebook7) -> NotebookHome:
    notebook = page.notebook("views.ipynb", CELLS)
    for index in range(len(CELLS)):
        notebook.run_cell(index)
    assert notebook.errors() == []
    return NotebookHome(notebook)


@pytest.mark.parametrize("view", WORKS)
def test_a_view_works(view: str, home: NotebookHome, page: Notebook7) -> None:
    WORKS[view](home)
    page.screenshot(view)
    page.expect_quiet()
