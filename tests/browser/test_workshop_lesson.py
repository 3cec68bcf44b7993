"""The page of a lesson: what is read, pressed and said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.tour_page import PAGE, STATIC, TourPage

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TITLES = ["What heads do", "Find the head", "Guess", "The end"]
PARAGRAPHS = [
    "A **head** *looks* at `tokens`: <img src=x onerror=alert(1)> & so on.",
    "- first",
    "- second **part**",
    "After 2 * 3.",
]
NOTHING = {
    "paragraphs": ["Text."],
    "ask": "",
    "choices": [],
    "hints": [],
    "more_hints": 0,
    "left_out": "",
    "judged": False,
}
UNSEEN = {"seen": False, "solved": False, "hints": 0, "count": 0, "tries": []}


def tried(*rights: bool) -> dict[str, Any]:
    tries = [
        {
            "time": "2026-01-01T10:00:00+00:00",
            "what": "L1.H2",
            "right": r,
            "said": "So.",
        }
        for r in rights
    ]
    return {
        **UNSEEN,
        "seen": True,
        "solved": any(rights),
        "count": len(rights),
        "tries": tries,
    }


class LessonPage(TourPage):
    """One page with a lesson on it."""

    def open(self, *, style: str = "", places: int = 1) -> None:
        """Write the host page to disk and open it, without any view yet."""
        text = PAGE.substitute(
            page_style=style,
            css=(STATIC / "workshop_lesson.css").read_text("utf8"),
            esm=(STATIC / "workshop_lesson.js").read_text("utf8"),
            host=(STATIC / "host.js").read_text("utf8"),
            places="".join(f'<div id="place{i}"></div>' for i in range(places)),
        )
        path = self.folder / "lesson.html"
        path.write_text(text, "utf8")
        self.page.goto(path.as_uri())

    def show(self, **state: Any) -> Locator:
        whole = {
            "title": "Heads",
            "titles": TITLES,
            "step": 0,
            "shown": NOTHING,
            "progress": [UNSEEN] * len(TITLES),
            "kept": {"said": "", "file": "", "begun": False},
            "code_frame": ["", ""],
            "history": [],
            "undone": 0,
            **state,
        }
        script = "(state) => addTour(document.getElementById('place0'), state)"
        self.page.evaluate(script, whole)
        root = self.page.locator("#place0 .vw-root")
        expect(root.locator(".vw-status")).not_to_be_empty()
        return root


@pytest.fixture
def lesson_page(page: Page, tmp_path: Path) -> LessonPage:
    lesson_page = LessonPage(page, tmp_path)
    lesson_page.open()
    lesson_page.answer = lambda _request: {"result": {}}
    return lesson_page


def button(root: Locator, name: str) -> Locator:
    return root.get_by_role("button", name=name, exact=True)


def test_text_is_drawn_and_never_read_as_html(lesson_page: LessonPage):
    root = lesson_page.show(shown={**NOTHING, "paragraphs": PARAGRAPHS})
    text = root.locator(".vw-step-text")
    expect(text.locator("p").first).to_have_text(
        "A head looks at tokens: <img src=x onerror=alert(1)> & so on."
    )
    expect(text.locator("strong")).to_have_text(["head", "part"])
    expect(text.locator("em")).to_have_text("looks")
    expect(text.locator("code")).to_have_text("tokens")
    expect(text.locator("li")).to_have_text(["first", "second part"])
    expect(text.locator("img")).to_have_count(0)
    expect(text.locator("p").last).to_have_text("After 2 * 3.")


def test_buttons_ask_the_kernel(lesson_page: LessonPage):
    asked = {**NOTHING, "ask": "Which **head**?", "more_hints": 2}
    root = lesson_page.show(step=1, shown=asked)
    expect(root.get_by_role("region", name="Question")).to_contain_text("Which head?")
    button(root, "Check").click()
    button(root, "Hint (2 left)").click()
    button(root, "Start this step again").click()
    button(root, "Next →").click()
    button(root, "← Back").click()
    root.get_by_role("button", name="Step 4: The end").click()
    lesson_page.settle()
    said = [
        {k: v for k, v in each.items() if k not in ("type", "id")}
        for each in lesson_page.requests
    ]
    assert said == [
        {"kind": "check", "choice": ""},
        {"kind": "hint"},
        {"kind": "go", "step": 1},
        {"kind": "go", "step": 2},
        {"kind": "go", "step": 0},
        {"kind": "go", "step": 3},
    ]


def test_a_guess_is_chosen_first(lesson_page: LessonPage):
    choices = [["yes", "Yes, it will"], ["no", "No"]]
    root = lesson_page.show(step=2, shown={**NOTHING, "ask": "?", "choices": choices})
    button(root, "Check").click()
    expect(root.get_by_role("alert")).to_have_text("Choose an answer first.")
    assert lesson_page.requests == []
    root.get_by_role("radio", name="No").check()
    button(root, "Check").click()
    lesson_page.settle()
    assert lesson_page.requests[0]["choice"] == "no"


def test_what_was_said_and_how_far_one_is(lesson_page: LessonPage):
    progress = [tried(True), tried(False, False), UNSEEN, UNSEEN]
    asked = {**NOTHING, "ask": "Which?", "hints": ["Look **up**."], "judged": True}
    root = lesson_page.show(step=1, shown=asked, progress=progress)
    verdict = root.locator(".vw-judged")
    expect(verdict).to_have_text("Not yet. So. (2 tries)")
    expect(root.locator(".vw-hints")).to_have_text("Hint 1: Look up.")
    expect(root.get_by_role("button", name="Hint")).to_have_count(0)
    steps = root.get_by_role("navigation", name="Steps").get_by_role("button")
    expect(steps).to_have_text(["1 ✓", "2", "3", "4"])
    expect(steps.nth(1)).to_have_attribute("aria-current", "step")
    lesson_page.assign(progress=[tried(True), tried(False, True), UNSEEN, UNSEEN])
    expect(verdict).to_have_text("Right. So. (2 tries)")
    expect(root.locator(".vw-status")).to_have_text("Heads · 2 questions answered")


def test_a_step_begun_again_has_no_old_verdict(lesson_page: LessonPage):
    asked = {**NOTHING, "ask": "Which?", "judged": True}
    root = lesson_page.show(step=0, shown=asked, progress=[tried(False, True)] * 4)
    said = root.get_by_role("region", name="Question").get_by_role("status")
    expect(said).to_have_text("Right. So. (2 tries)")
    lesson_page.assign(shown={**asked, "judged": False})
    expect(said).to_have_text("Answered before (2 tries).")
    lesson_page.assign(progress=[tried(False)] * 4)
    expect(said).to_have_text("Not answered yet (1 try).")
    lesson_page.assign(progress=[tried(True, False)] * 4, shown=asked)
    expect(said).to_have_text(
        "You answered it before; this time: not yet. So. (2 tries)"
    )


def test_where_progress_is_kept_and_starting_over(lesson_page: LessonPage):
    kept = {"said": "You go on.", "file": "heads.vwprogress.json", "begun": True}
    root = lesson_page.show(step=1, kept=kept)
    expect(root.locator(".vw-progress-said")).to_have_text("You go on.")
    expect(
        root.get_by_text("What you do is kept in heads.vwprogress.json.")
    ).to_be_visible()
    question = root.get_by_text("Start over? What you did so far stays in a file")
    button(root, "Start over").click()
    expect(question).to_be_visible()
    expect(button(root, "No, go on")).to_be_focused()
    button(root, "No, go on").click()
    expect(question).to_be_hidden()
    assert lesson_page.requests == []
    button(root, "Start over").click()
    button(root, "Yes, start over").click()
    lesson_page.settle()
    assert [each["kind"] for each in lesson_page.requests] == ["start_over"]
    lesson_page.assign(kept={"said": "It can't be written.", "file": "", "begun": True})
    expect(root.locator(".vw-progress-said")).to_have_text("It can't be written.")
    button(root, "Start over").click()
    expect(
        root.get_by_text("What you did in this lesson is forgotten.")
    ).to_be_visible()
    lesson_page.assign(kept={"said": "", "file": "", "begun": False})
    expect(button(root, "Start over")).to_have_count(0)
    expect(button(root, "Yes, start over")).to_have_count(0)


@pytest.mark.parametrize(
    "context_options", [{"viewport": {"width": 1300, "height": 1000}}]
)
def test_the_question_stands_beside_the_text(lesson_page: LessonPage):
    asked = {**NOTHING, "paragraphs": PARAGRAPHS, "ask": "Which?"}
    root = lesson_page.show(step=1, shown=asked)
    text = root.locator(".vw-step-body").bounding_box()
    question = root.get_by_role("region", name="Question").bounding_box()
    assert text is not None
    assert question is not None
    assert question["x"] >= text["x"] + text["width"]
    assert abs(question["y"] - text["y"]) <= 1


def test_another_step_replaces_all(lesson_page: LessonPage):
    asked = {**NOTHING, "ask": "Which?", "hints": ["Up."], "more_hints": 1}
    root = lesson_page.show(step=1, shown=asked)
    lesson_page.assign(step=3, shown={**NOTHING, "paragraphs": ["Goodbye."]})
    expect(root.locator("h2")).to_have_text("4. The end")
    expect(root.locator(".vw-step-text")).to_have_text("Goodbye.")
    expect(root.get_by_role("region", name="Question")).to_have_count(0)
    expect(button(root, "Next →")).to_have_attribute("aria-disabled", "true")


def test_a_question_that_is_left_out_says_why(lesson_page: LessonPage):
    root = lesson_page.show(step=1, shown={**NOTHING, "left_out": "no class token"})
    expect(root.locator(".vw-left-out")).to_have_text(
        "No question here on this model: no class token."
    )
    expect(button(root, "Check")).to_have_count(0)


def test_an_error_is_shown(lesson_page: LessonPage):
    lesson_page.answer = lambda _request: {"error": "the view was closed"}
    root = lesson_page.show(step=1, shown={**NOTHING, "ask": "Which?"})
    button(root, "Check").click()
    expect(root.get_by_role("alert")).to_have_text("the view was closed")


def test_the_summary_can_be_handed_in(lesson_page: LessonPage):
    lesson_page.answer = lambda _request: {"result": {"text": "Lesson: Heads\n1 of 2"}}
    root = lesson_page.show(step=3)
    expect(button(root, "Copy the summary")).to_have_count(0)
    button(root, "Show the summary").click()
    expect(root.locator("pre")).to_have_text("Lesson: Heads\n1 of 2")
    expect(button(root, "Copy the summary")).to_be_visible()


@pytest.mark.parametrize(
    "context_options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}],
    ids=["light", "dark"],
)
def test_it_is_accessible(lesson_page: LessonPage):
    choices = [["yes", "Yes"], ["no", "No"]]
    asked = {
        **NOTHING,
        "paragraphs": PARAGRAPHS,
        "ask": "Which?",
        "choices": choices,
        "hints": ["Up."],
        "more_hints": 1,
    }
    root = lesson_page.show(step=1, shown=asked, progress=[tried(True)] * 4)
    page = root.page
    page.screenshot(path=lesson_page.folder / "lesson.png")
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run('#place0').then((r) => r.violations)")
    assert [each["id"] for each in found] == [], json.dumps(found, indent=1)


@pytest.mark.parametrize(
    "context_options", [{"viewport": {"width": 320, "height": 800}}]
)
def test_it_fits_a_narrow_page(lesson_page: LessonPage):
    root = lesson_page.show(step=1, shown={**NOTHING, "ask": "Which?", "more_hints": 3})
    width = root.evaluate("(e) => e.scrollWidth - e.clientWidth")
    assert width <= 0
