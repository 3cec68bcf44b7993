"""A lesson in JupyterLab: read on its page, answered in the view below it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.emoji_vit import HEADS, LAYERS, EmojiVitParts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.lab.jupyterlab import Lab

pytestmark = pytest.mark.lab

SETUP = 'import vitwidgets as vw\nlesson = vw.workshop("attention-heads")\nlesson'
LOOK_MOST_AT_CLS = 4


def most_at_cls() -> tuple[int, int]:
    """Return the head whose patches look most at cls, by the plain module."""
    patterns = EmojiVitParts().inner["pattern"]
    mass = [
        float(patterns[layer][head, 1:, 0].mean())
        for layer in range(LAYERS)
        for head in range(HEADS)
    ]
    return divmod(mass.index(max(mass)), HEADS)


@pytest.fixture
def file(lab: Lab) -> Iterator[Path]:
    """Return the file that progress is kept in, which is not there yet."""
    file = lab.root / "attention-heads.vwprogress.json"
    file.unlink(missing_ok=True)
    yield file
    file.unlink(missing_ok=True)


def test_a_question_is_answered_in_the_view_and_kept(lab: Lab, file: Path):
    notebook = lab.notebook("workshop.ipynb", [SETUP])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.cell(0).locator(".vw-lesson")
    view = notebook.cell(0).locator(".vw-view:not(.vw-lesson)")
    expect(page.locator("h2")).to_have_text("1. A picture becomes a row of tokens")
    steps = page.get_by_role("navigation", name="Steps").get_by_role("button")
    steps.nth(LOOK_MOST_AT_CLS).press("Enter")
    expect(page.locator("h2")).to_have_text("5. Who looks at the class token?")

    layer, head = most_at_cls()
    wrong = (layer, (head + 1) % HEADS)
    for place, said in ((wrong, "Not yet."), ((layer, head), "Right.")):
        view.locator(f'.vw-head[aria-label^="L{place[0]}.H{place[1]}"]').click()
        notebook.wait_for_value("[lesson.view.layer, lesson.view.head]", list(place))
        page.get_by_role("button", name="Check", exact=True).press("Enter")
        expect(page.locator(".vw-judged")).to_contain_text(said)
    expect(steps.nth(LOOK_MOST_AT_CLS)).to_have_text("5 ✓")

    page.get_by_role("button", name="Show the summary").press("Enter")
    expect(page.locator(".vw-summary")).to_contain_text(f"L{layer}.H{head}: right.")
    assert notebook.value("lesson.progress['steps'][4]['count']") == 2
    progress = notebook.value("lesson.progress")

    notebook.restart_kernel()
    notebook.run_all()
    said = "You go on: 1 of 11 questions answered"
    expect(page.locator(".vw-progress-said")).to_contain_text(said)
    expect(steps.nth(LOOK_MOST_AT_CLS)).to_have_text("5 ✓")
    assert notebook.value("lesson.progress['steps'][4]") == progress["steps"][4]

    page.get_by_role("button", name="Start over", exact=True).press("Enter")
    page.get_by_role("button", name="Yes, start over").press("Enter")
    expect(steps.nth(LOOK_MOST_AT_CLS)).to_have_text("5")
    aside = file.with_name("attention-heads.vwprogress.old-1.json")
    expect(page.locator(".vw-progress-said")).to_contain_text(aside.name)
    assert json.loads(aside.read_text("utf8")) == progress
    aside.unlink()
    notebook.close()
