"""One server and one page for all the tests in JupyterLab."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.lab import small_vit
from tests.lab.jupyterlab import Lab
from tests.lab.server import running_server
from tests.lab.small_tour import SETUP, TOUR, TourNotebook, tour_in
from tests.lab.truth import Truth, attention_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.lab.jupyterlab import Notebook


@pytest.fixture(scope="session")
def session_lab(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("jupyterlab")
    with running_server(folder) as (url, root):
        shutil.copy(small_vit.__file__, root)
        page = chromium.new_page(viewport={"width": 1500, "height": 1200})
        try:
            lab = Lab(page, url, root)
            lab.command("application:toggle-left-area")
            yield lab
        finally:
            page.close()


@pytest.fixture
def lab(session_lab: Lab) -> Iterator[Lab]:
    """JupyterLab; afterwards the page has reported no error and asked nobody else."""
    yield session_lab
    boxes = session_lab.close_boxes()
    session_lab.expect_quiet()
    assert not boxes, f"left open, in the way of the next test: {boxes}"


@pytest.fixture(scope="session")
def truth() -> Truth:
    picture = small_vit.patchwork(seed=1)
    attention = attention_of(small_vit.small_vit(), picture)
    return Truth(attention, len(small_vit.PREFIX))


@pytest.fixture(scope="session")
def small_notebook(session_lab: Lab) -> Notebook:
    scene = Image.fromarray(small_vit.patchwork(seed=1))
    scene.save(session_lab.root / "scene.png")
    notebook = session_lab.notebook("small.ipynb", [SETUP, TOUR, "pass"])
    notebook.run_cell(0)
    assert notebook.errors() == []
    return notebook


@pytest.fixture
def tour(lab: Lab, small_notebook: Notebook, truth: Truth) -> TourNotebook:
    notebook = lab.open(small_notebook.path)
    notebook.run_cell(2, "pass")
    notebook.run_cell(1, TOUR)
    return TourNotebook(notebook, tour_in(notebook, 1), truth)
