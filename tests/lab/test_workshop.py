"""A lesson in JupyterLab: read on its page, answered in the view below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.lab.emoji_vit import HEADS, LAYERS, EmojiVitParts

if TYPE_CHECKING:
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


def test_a_question_is_answered_in_the_view(lab: Lab):
    notebook = lab.notebook("workshop.ipynb", [SETUP])
    notebook.run_all()
    assert notebook.errors() == []
    page = notebook.cell(0).locator(".vw-lesson")
    view = notebook.cell(0).locator(".vw-view:not(.vw-lesson)")
    expect(page.locator("h2")).to_have_text("1. A picture becomes a row of tokens")
    steps = page.get_by_role("navigation", name="Steps").get_by_role("button")
    steps.nth(LOOK_MOST_AT_CLS).click()
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
    notebook.close()
