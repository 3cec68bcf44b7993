"""The views in marimo's editor, whose cells run again when what they read changes."""

from __future__ import annotations

import json
import os
import re
import sys
from itertools import count
from textwrap import indent
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.lab.homes import SETUP, VIEWS, WORKS
from tests.lab.server import free_port, running
from tests.lab.watched_page import WatchedPage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.lab

# As the README has it, and in the wrapper that lets other cells depend on a view.
SHOWN = {**VIEWS, "tour": f"mo.ui.anywidget({VIEWS['tour']})"}
FOLLOWER = "print(f'the tour is at L{tour.layer}.H{tour.head}')"
CELLS = [
    f"import json\n\nimport marimo as mo\n{SETUP}",
    *(f"{name} = {code}\n{name}" for name, code in SHOWN.items()),
    FOLLOWER,
    "",
]
# Else each output scrolls in a small frame of its own.
CELL = "\n\n@app.cell(expand_output=True)\ndef _():\n{}\n    return\n"
WHITE = "rgb(255, 255, 255)"
PRIVATE_FOLDERS = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")


class Marimo(WatchedPage):
    """One browser page in which marimo edits a notebook of `CELLS`, all of them run."""

    PICTURES = "home-marimo"

    def __init__(self, page: Page, url: str) -> None:
        super().__init__(page, url)
        self._runs = count()
        page.goto(url)
        self.cells = page.locator(".marimo-cell")
        self.cells.nth(len(CELLS) - 1).wait_for()
        page.get_by_test_id("run-button").last.click()
        for name in VIEWS:
            self.shown(name).wait_for(timeout=120_000)

    def shown(self, name: str) -> Locator:
        return self.cells.nth(1 + list(VIEWS).index(name)).locator(".vw-root")

    @property
    def follower(self) -> Locator:
        return self.cells.nth(len(CELLS) - 2).get_by_test_id("console-output-area")

    def run(self, code: str) -> None:
        self._printed(code)

    def value(self, expression: str) -> Any:
        return json.loads(self._printed(f"print(json.dumps({expression}))"))

    def _printed(self, code: str) -> str:
        """Type code into the last cell and run it; return what it printed."""
        cell = self.cells.last
        cell.locator(".cm-content").click()
        keyboard, end = self.page.keyboard, f"end of run {next(self._runs)}"
        keyboard.press("Control+a")
        keyboard.insert_text(f'{code}\nprint("{end}")')
        keyboard.press("Control+Enter")
        printed = cell.get_by_test_id("console-output-area").filter(has_text=end)
        return printed.inner_text().partition(end)[0]


@pytest.fixture(scope="module")
def session_home(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Marimo]:
    folder = tmp_path_factory.mktemp("marimo")
    cells = "".join(CELL.format(indent(code, "    ")) for code in CELLS)
    root = folder / "notebooks"
    root.mkdir()
    text = f'import marimo\n\napp = marimo.App(width="full")\n{cells}'
    (root / "views.py").write_text(text)
    port = free_port()
    command = [
        *(sys.executable, "-m", "marimo", "edit", "views.py", "--headless"),
        *("--no-token", "--skip-update-check", f"--port={port}"),
    ]
    with running(command, root, private_environment(folder), f"{port}/health"):
        page = chromium.new_page(viewport={"width": 1500, "height": 1700})
        try:
            yield Marimo(page, f"http://127.0.0.1:{port}")
        finally:
            page.close()


def private_environment(folder: Path) -> dict[str, str]:
    own = {name: str(folder / name.lower()) for name in PRIVATE_FOLDERS}
    for name in PRIVATE_FOLDERS:
        (folder / name.lower()).mkdir()
    return os.environ | own | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


@pytest.fixture
def home(session_home: Marimo) -> Iterator[Marimo]:
    """The page; afterwards it has reported no error and asked nobody else."""
    yield session_home
    session_home.expect_quiet()


@pytest.mark.parametrize("view", WORKS)
def test_a_view_works(view: str, home: Marimo) -> None:
    WORKS[view](home)
    home.screenshot(view)


def test_a_cell_follows_what_a_person_clicks(home: Marimo) -> None:
    tour = home.shown("tour")
    for layer, head in ((3, 1), (0, 2)):
        address = re.compile(rf"^L{layer}\.H{head}\b")
        tour.get_by_role("gridcell", name=address).click()
        home.follower.get_by_text(f"the tour is at L{layer}.H{head}").wait_for()


def test_views_are_light_and_dark_with_marimo_not_with_the_system(home: Marimo) -> None:
    home.page.emulate_media(color_scheme="dark")  # marimo is light unless it is told
    try:
        for name in VIEWS:
            expect(home.shown(name)).to_have_css("background-color", WHITE)
    finally:
        home.page.emulate_media(color_scheme="null")
