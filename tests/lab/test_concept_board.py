"""The concept board in JupyterLab: a slider moved, a box ticked, a table asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.test_looks import change_theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

    from tests.lab.jupyterlab import Lab, Notebook

pytestmark = pytest.mark.lab

SETUP = """
import vitwidgets as vw
from vitwidgets.methods import concept_from_words, erase_concept

clip = vw.load_model("emoji-clip")
words = clip.with_words(["cat", "dog", "rabbit", "car"])
cat = concept_from_words(clip, ["cat"], ["dog"], at="L5.resid_post", tokens=("cls",))
scenes = [vw.images.sample(name).image for name in vw.images.sample_names()]
cats = ["cat" in name for name in vw.images.sample_names()]
gone = erase_concept(
    words, scenes, cats, name="cats", at="L5.resid_post", tokens=("cls",)
)
"""
SHOWN = """board = vw.dashboards.concept_board(
    words, vw.images.sample("dog-alone"), [cat], [gone],
    images=scenes, labels=[0 if each else 1 for each in cats],
)
board"""


@pytest.fixture(scope="module")
def notebook(session_lab: Lab) -> Iterator[Notebook]:
    notebook = session_lab.notebook("concepts.ipynb", [SETUP, SHOWN])
    notebook.run_cell(0)
    notebook.run_cell(1)
    assert notebook.errors() == []
    yield notebook
    notebook.close()


@pytest.fixture
def root(lab: Lab, notebook: Notebook) -> Locator:
    lab.open(notebook.path)
    root = notebook.cell(1).locator(".jp-OutputArea")
    expect(root.locator(".vw-concepts table").first).to_be_visible(timeout=60_000)
    return root


def shown(root: Locator) -> list[list[str]]:
    """Return the rows of the table: a class, before, after and the change."""
    rows = root.locator(".vw-concepts tbody").first.locator("tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def percent(share: float) -> str:
    if 0.9995 < share < 1:
        return "> 99.9 %"
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return f"{100 * share:.1f} %"


def test_the_slider_moves_what_the_model_says(root: Locator, notebook: Notebook):
    slider = root.locator(".noUi-handle")
    slider.focus()
    for _ in range(8):
        slider.press("ArrowRight")
    notebook.wait_for_value("round(board.strength, 2)", 0.4)
    expected = notebook.value("board.frame().to_dict('list')")
    dog, cat = (expected["class"].index(name) for name in ("dog", "cat"))
    assert expected["after"][cat] > expected["before"][cat]
    assert expected["after"][dog] < expected["before"][dog]
    expect(root.locator(".vw-concepts tbody").first).to_contain_text(
        percent(expected["after"][cat])
    )
    for name, before, after, _ in shown(root):
        place = expected["class"].index(name)
        assert before == percent(expected["before"][place])
        assert after == percent(expected["after"][place])


def test_erasing_and_what_else_moved(root: Locator, notebook: Notebook) -> None:
    root.get_by_role("button", name="What else moved?").scroll_into_view_if_needed()
    root.locator("input[type=checkbox]").check()
    notebook.wait_for_value("board.erase", expected=True)
    root.get_by_role("button", name="What else moved?").click()
    table = root.locator(".vw-concepts table", has_text="What else moved")
    expect(table).to_contain_text("cat", timeout=60_000)
    moved = notebook.value("board.what_else_moved().n_images")
    expect(table.locator("caption")).to_contain_text(f"in {moved} images")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_looks(lab: Lab, root: Locator, theme: str) -> None:
    change_theme(lab, theme)
    expect(root.locator(".vw-concepts table").first).to_be_visible()
    lab.screenshot(f"concept-board-{theme.lower()}")
    change_theme(lab, "Light")
