"""Lessons as pages, opened from disk with the network switched off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

import vitwidgets as vw
from tests.browser.patcher_grids import Grids
from tests.browser.patcher_page import Patcher
from tests.browser.test_exported_page import AXE
from tests.browser.test_published_site import LARGEST, WITHOUT_LOADING
from tests.unit.publishing.test_site import page_data
from tests.unit.widgets.small_patcher import edit
from vitwidgets.workshop.reading import LESSONS, lesson_path, read_lesson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Locator, Page

    from vitwidgets.publishing import PublishedSite
    from vitwidgets.workshop.played import PlayedLesson

TOUR, LENS, PATCHING, WORDS = range(len(LESSONS))
QUESTIONS = {"attention-heads": 11, "logit-lens": 10, "patching": 8, "clip": 8}
NEED_A_KERNEL = {"clip": ["Your own words"]}
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


@pytest.fixture(autouse=True)
def _offline(context: BrowserContext) -> None:
    context.set_offline(True)


@pytest.fixture(scope="module")
def lessons(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[PlayedLesson]]:
    """Return the lessons as a kernel plays them."""
    folder = tmp_path_factory.mktemp("progress")
    opened = [vw.workshop(name, progress=folder / name) for name in LESSONS]
    yield opened
    for lesson in opened:
        lesson.close()


@pytest.fixture(scope="module")
def site(
    lessons: list[PlayedLesson], tmp_path_factory: pytest.TempPathFactory
) -> PublishedSite:
    return vw.publish(tmp_path_factory.mktemp("lessons") / "site", lessons)


class Lesson:
    """A lesson on a page, and the view below it."""

    def __init__(self, page: Page, site: PublishedSite, number: int) -> None:
        page.goto(site.pages[number].path.as_uri())
        self.page = page
        self.root = page.locator(".vw-lesson")
        self.view = page.locator("#view .vw-root:not(.vw-lesson)")
        self.said = self.root.locator(".vw-tried")
        self.steps = self.root.get_by_role("navigation", name="Steps")
        expect(self.view.locator(".vw-status")).not_to_be_empty()

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def go(self, step: int) -> None:
        """Go to a step, counted from 0."""
        self.steps.get_by_role("button").nth(step).click()
        expect(self.root.locator("h2")).to_contain_text(f"{step + 1}. ")

    def check(self, *, right: bool) -> str:
        """Press Check, and give what is said of the view's answer."""
        said = self.said.inner_text() if self.said.is_visible() else "(0 tries)"
        tries = int(re.findall(r"\((\d+) tr", said)[-1]) + 1
        self.button("Check").click()
        expect(self.said).to_contain_text(f"({tries} tr")
        mark = "Right. " if right else "Not yet. "
        text = self.said.inner_text()
        assert text.startswith(mark)
        return re.sub(r" \(\d+ tr(y|ies)\)$", "", text.removeprefix(mark))

    def summary(self) -> str:
        self.button("Show the summary").click()
        text = self.root.locator("pre")
        expect(text).to_contain_text("Lesson:")
        return text.inner_text()


def judged(lesson: PlayedLesson, **state: Any) -> str:
    """Give what the kernel says of an answer in the view."""
    for name, value in state.items():
        setattr(lesson.view, name, value)
    lesson.check()
    return lesson.progress["steps"][lesson.step]["tries"][-1]["said"]


def test_every_question_of_the_lessons_is_judged_in_a_page(site: PublishedSite):
    for (name, count), published in zip(QUESTIONS.items(), site.pages, strict=True):
        assert published.path.name.endswith(f"-lesson-{name}.html")
        steps = page_data(published.path)["lesson"]["steps"]
        asked = [step for step in steps if step["asked"]]
        assert len(asked) == count
        left = [step for step in asked if not step["verdicts"]]
        assert left == [step for step in asked if step["why_not"]]
        titles = [step.title for step in read_lesson(lesson_path(name)).steps]
        open_ = [titles[steps.index(step)] for step in left]
        assert open_ == NEED_A_KERNEL.get(name, [])
    assert site.bytes < LARGEST
    assert [page.is_live for page in site.pages] == [False, False, True, False]


def test_the_index_leads_to_the_lessons(page: Page, site: PublishedSite):
    page.goto(site.index.as_uri())
    card = page.locator("a.card").nth(LENS)
    expect(card.locator("h2")).to_have_text("Lesson")
    words = ["Reading a model's mind, block after block", "emoji-vit"]
    expect(card.locator("p")).to_have_text(words)
    card.click()
    expect(page.locator(".vw-lesson .vw-status")).not_to_be_empty()
    expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)


def test_in_the_tour_wrong_then_right(
    page: Page, site: PublishedSite, lessons: list[PlayedLesson]
):
    lesson, kernel = Lesson(page, site, TOUR), lessons[TOUR]
    lesson.go(2)
    kernel.go(2)
    assert lesson.check(right=False) == judged(kernel)
    lesson.button("Hint (1 left)").click()
    expect(lesson.root.locator(".vw-hints")).to_contain_text("Hint 1: Look for")
    lesson.view.get_by_role("button", name="cls", exact=True).click()
    assert lesson.check(right=True) == judged(kernel, query=0)
    expect(lesson.steps.get_by_role("button").nth(2)).to_have_text("3 ✓")
    lesson.button("Start this step again").click()
    expect(lesson.view.locator(".vw-status")).to_contain_text("patch (4,4)")
    lesson.view.get_by_role("button", name="Undo").click()
    expect(lesson.view.locator(".vw-status")).to_contain_text("cls")


def test_a_large_head_is_found_and_a_guess_thought_over(
    page: Page, site: PublishedSite, lessons: list[PlayedLesson]
):
    lesson, kernel = Lesson(page, site, TOUR), lessons[TOUR]
    lesson.go(4)
    kernel.go(4)
    mass = kernel.bench.statistics["cls_mass"]
    layer, head = divmod(int(mass.argmax()), mass.shape[1])
    for other, right in ((head + 1) % mass.shape[1], False), (head, True):
        lesson.view.locator(f'.vw-head[aria-label^="L{layer}.H{other}"]').click()
        assert lesson.check(right=right) == judged(kernel, layer=layer, head=other)
    lesson.go(5)
    for choice, said in (
        ("No, less far", "Not yet. Think again"),
        ("Yes, farther", "patches"),
    ):
        lesson.root.get_by_role("radio", name=choice).check()
        lesson.button("Check").click()
        expect(lesson.said).to_contain_text(said)
    lesson.go(4)
    expect(lesson.said).to_have_text("Answered before (2 tries).")


def test_in_the_lens_the_layer_is_the_answer(
    page: Page, site: PublishedSite, lessons: list[PlayedLesson]
):
    lesson, kernel = Lesson(page, site, LENS), lessons[LENS]
    lesson.go(1)
    kernel.go(1)
    lesson.button("Check").click()
    expect(lesson.said).to_contain_text("Not yet.")
    lesson.view.get_by_role("slider", name="Layer").focus()
    page.keyboard.press("Home")
    assert lesson.check(right=True) == judged(kernel, layer=-1)


def test_words_are_chosen_in_a_page(
    page: Page, site: PublishedSite, lessons: list[PlayedLesson]
):
    lesson, kernel = Lesson(page, site, WORDS), lessons[WORDS]
    lesson.go(1)
    kernel.go(1)
    assert lesson.check(right=False) == judged(kernel)
    best = kernel.bench.answer
    for word, right in ((best + 1) % len(kernel.bench.words), False), (best, True):
        name = kernel.bench.words[word]
        lesson.view.locator(f'.vw-word-shown[title="{name}"]').click()
        assert lesson.check(right=right) == judged(kernel, target=word)
    lesson.go(4)
    kernel.go(4)
    assert lesson.check(right=False) == judged(kernel)
    lesson.go(8)
    expect(lesson.root).to_contain_text("This question needs a kernel")


def test_in_click_to_patch_the_page_itself_says_what_the_model_says(
    page: Page, site: PublishedSite, lessons: list[PlayedLesson]
):
    lesson, kernel = Lesson(page, site, PATCHING), lessons[PATCHING]
    data: Any = None  # nothing here asks where patches are
    shape = kernel.bench.effects.shape
    grids = Grids(Patcher(lesson.view, data), shape)
    for step in range(5):
        lesson.go(step)
        kernel.go(step)
    assert lesson.check(right=False) == judged(kernel)
    units = [
        str(unit).partition("@")[0]
        for unit in kernel.bench.smallest_flip("heads").units
    ]
    for count, address in enumerate(units, 1):
        layer, head = map(int, re.findall(r"\d+", address))
        grids.click(layer, head)
        expect(lesson.view.locator(".vw-status")).to_contain_text(f"{count} edit")
        edits = [edit(each, source="dog-alone", switch="on") for each in units[:count]]
        said = lesson.check(right=count == len(units))
        assert said == judged(kernel, interventions=edits)
    assert TIME.sub("", lesson.summary()) == TIME.sub("", kernel.summary())


@pytest.mark.parametrize(
    "context_options",
    [{"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 800}}],
    ids=["dark", "narrow"],
)
def test_it_is_accessible_and_fits(page: Page, site: PublishedSite):
    lesson = Lesson(page, site, LENS)
    lesson.go(4)
    page.evaluate(AXE.read_text("utf8"))
    assert page.evaluate(WITHOUT_LOADING) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
