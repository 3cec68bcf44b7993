"""Heads by text in JupyterLab: real clicks on cells, words typed, real images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.lab.test_looks import change_theme
from tests.lab.tour_view import box_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

    from tests.lab.jupyterlab import Lab, Notebook

pytestmark = pytest.mark.lab

SETUP = 'import vitwidgets as vw\n\nmodel = vw.load_model("emoji-clip")'
SHOWN = "board = vw.dashboards.heads_by_text(model)\nboard"
LAYERS, HEADS = 6, 4


@dataclass(frozen=True)
class Board:
    root: Locator
    notebook: Notebook

    def middle(self, layer: int, head: int) -> tuple[float, float]:
        """Return the middle of a head's cell on the page."""
        box = box_of(self.root.locator(".plotarea_background"))
        return (
            box["x"] + box["width"] * (head + 0.5) / HEADS,
            box["y"] + box["height"] * (layer + 0.5) / LAYERS,
        )

    def words_of(self, layer: int, head: int) -> list[Any]:
        return self.notebook.value(f"board.found.words_of({layer}, {head})")


@pytest.fixture(scope="module")
def board(session_lab: Lab) -> Iterator[Board]:
    notebook = session_lab.notebook("heads.ipynb", [SETUP, SHOWN, "pass"])
    notebook.run_cell(0)
    notebook.run_cell(1, SHOWN)
    assert notebook.errors() == []
    root = notebook.cell(1).locator(".vw-heads-by-text")
    expect(root.locator(".vw-head-words")).to_be_visible(timeout=120_000)
    yield Board(root, notebook)
    notebook.close()


def test_a_click_on_a_cell_opens_the_head(lab: Lab, board: Board) -> None:
    for place in ((0, 0), (5, 3), (2, 1)):
        lab.page.mouse.click(*board.middle(*place))
        words = board.words_of(*place)
        caption = board.root.locator(".vw-head-words caption")
        expect(caption).to_contain_text(f"L{place[0]}.H{place[1]}:")
        shown = board.root.locator(".vw-head-words th").all_inner_texts()
        assert shown == [*(word for word, _ in words), "all of these"]
        board.notebook.wait_for_value("[board.layer, board.head]", list(place))
        board.notebook.wait_for_value("board.word", words[0][0])


def test_cells_say_words_and_shares(lab: Lab, board: Board) -> None:
    explained = board.notebook.value("board.found.explained.tolist()")
    texts = board.root.locator(".vw-head-grid svg text").all_text_contents()
    for layer in range(LAYERS):
        for head in range(HEADS):
            assert f"{explained[layer][head]:.0%}" in texts
            word = board.words_of(layer, head)[0][0]
            assert (word if len(word) < 13 else f"{word[:11]}…") in texts


def test_a_typed_word_finds_heads_and_their_images(lab: Lab, board: Board) -> None:
    field = board.root.locator("input[type=text]")
    field.fill("a blue car")
    field.press("Enter")
    board.notebook.wait_for_value("board.word", "a blue car")
    shares = board.notebook.value('board.found.writing("a blue car").tolist()')
    best = max(range(LAYERS * HEADS), key=lambda at: shares[at // HEADS][at % HEADS])
    first = board.root.locator("select[size] option, select[multiple] option").first
    expect(first).to_contain_text(f"L{best // HEADS}.H{best % HEADS}")
    board.root.locator("select[size]").select_option(index=0)
    board.notebook.wait_for_value("board.layer * 4 + board.head", best)
    board.notebook.wait_for_value("board.word", "a blue car")
    pictures = board.root.locator(".vw-head-images img")
    expect(pictures).to_have_count(12)
    expect(pictures.first).to_have_js_property("naturalWidth", 64)


def test_a_word_that_was_never_learned(lab: Lab, board: Board) -> None:
    before = board.notebook.value("board.word")
    field = board.root.locator("input[type=text]")
    field.fill("<b>zeppelin</b>")
    field.press("Enter")
    expect(board.root.get_by_text("never learned '")).to_be_visible()
    assert board.notebook.value("board.word") == before


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_looks(lab: Lab, board: Board, theme: str) -> None:
    change_theme(lab, theme)
    lab.screenshot(f"heads-by-text-{theme.lower()}")
    change_theme(lab, "Light")
