# ipywidgets carries no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""A lesson that is being played: its page above, the live view below."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ipywidgets import Layout, VBox

from vitwidgets.images import SampleScene
from vitwidgets.widgets.workshop_lesson import WorkshopLesson
from vitwidgets.workshop.bench import Bench
from vitwidgets.workshop.checks.check import NotHereError
from vitwidgets.workshop.facts import filled
from vitwidgets.workshop.judging import judged
from vitwidgets.workshop.progress import (
    no_progress,
    progress_record,
    read_progress,
    solved_of_asked,
    with_try,
)
from vitwidgets.workshop.progress_file import image_names
from vitwidgets.workshop.published import lesson_contents
from vitwidgets.workshop.shown_step import shown_step
from vitwidgets.workshop.states import resolved
from vitwidgets.workshop.summary import summary
from vitwidgets.workshop.views import open_view

if TYPE_CHECKING:
    from collections.abc import Generator

    from vitwidgets.images import ImageSource
    from vitwidgets.models import HookedViT
    from vitwidgets.publishing.lesson_contents import LessonContents
    from vitwidgets.workshop.lesson import Lesson, Question, Step
    from vitwidgets.workshop.progress import StepProgress
    from vitwidgets.workshop.progress_file import ProgressFile
    from vitwidgets.workshop.views import LessonView

_CODE = """import vitwidgets as vw

# Give model=, image= and donor= again, if you did.
lesson = vw.workshop("{name}")
lesson
"""


class PlayedLesson(VBox):
    """A lesson over a live view; see :func:`vitwidgets.workshop`.

    Attributes
    ----------
    lesson
        What is played.
    view
        The live view that it is played over.
    page
        The widget with the text and the questions.
    bench
        What is true of the model.
    """

    def __init__(
        self,
        lesson: Lesson,
        model: HookedViT,
        image: ImageSource,
        donor: ImageSource,
        *,
        progress: object = None,
        file: ProgressFile | None = None,
    ) -> None:
        self._images = image_names(lesson, image, donor)
        self._done = no_progress(lesson)
        if progress is not None:
            self._done = read_progress(progress, lesson, model.name, self._images)
        self.lesson = lesson
        self._opened_with = (lesson, model, image, donor)
        words = lesson.words
        self.view: LessonView = open_view(lesson.view, model, image, donor, words)
        self.bench = Bench(self.view, model, image, donor, words)
        titles = [step.title for step in lesson.steps]
        code = _CODE.format(name=lesson.name)
        self.page = WorkshopLesson(self, lesson.title, titles, code)
        self._file: ProgressFile | None = None
        try:
            said = self._resumed(file)
            self.go(_first_open(lesson, self._done))
        except BaseException:
            self.page.close()
            self.view.close()
            raise
        self._file = file  # opening a lesson writes nothing
        self._tell(said)
        super().__init__([self.page, self.view], layout=Layout(width="100%"))

    @property
    def step(self) -> int:
        """The present step, counted from 0."""
        return self.page.step

    @property
    def progress(self) -> dict[str, Any]:
        """What was done, as JSON has it: give it to `workshop` to go on with it."""
        model = self.bench.model.name
        return progress_record(self.lesson, model, self._images, self._done)

    def go(self, step: int) -> None:
        """Show a step as it begins: the view's state is set as one act.

        Raises
        ------
        IndexError
            When there is no such step.
        TraitError
            When the view can't show the step's state; then nothing has changed.
        """
        if step not in range(len(self.lesson.steps)):
            raise IndexError(
                f"step {step!r:.100} doesn't exist: the lesson has "
                f"{len(self.lesson.steps)} steps, counted from 0"
            )
        chosen = self.lesson.steps[step]
        state, left_out = self._state_of(chosen)
        text = shown_step(chosen, self.bench, left_out)
        if state:
            self.view.act("lesson step", str(step + 1), **state)
        self._keep(step, {**self._done[step], "seen": True}, text)

    def check(self, choice: str = "") -> None:
        """Judge the present step's answer: what the view shows, or a choice.

        Raises
        ------
        ValueError
            When nothing is asked here, or there is no such choice.
        """
        question = self._asked()
        if bool(question.choices) != bool(choice):
            raise ValueError(
                "choose an answer first"
                if question.choices
                else "answer this question in the view, not by a choice"
            )
        verdict = judged(question, self.bench, choice)
        judged_now = {**self.page.shown, "judged": True}
        self._keep(self.step, with_try(self._done[self.step], verdict), judged_now)

    def hint(self) -> None:
        """Show one hint more of the present step.

        Raises
        ------
        ValueError
            When there is none.
        """
        question, done = self._asked(), self._done[self.step]
        if done["hints"] >= len(question.hints):
            raise ValueError("there is no other hint")
        self._keep(self.step, {**done, "hints": done["hints"] + 1})

    def start_over(self) -> None:
        """Begin anew at the first step; a file that progress is kept in moves aside."""
        before, file = self._done, self._file
        self._done, self._file = no_progress(self.lesson), None
        try:
            self.go(0)
        except BaseException:
            self._done = before
            raise
        finally:
            self._file = file
        self._tell(file.begin_anew() if file else "")

    def summary(self) -> str:
        """Say what was tried, when, and how often: a text to hand in."""
        return summary(self.lesson, self.bench.model.name, self.image_name, self._done)

    @property
    def image_name(self) -> str:
        """What people call the image."""
        image = self._opened_with[2]
        return image.name if isinstance(image, SampleScene) else "an image"

    @contextmanager
    def published(self) -> Generator[LessonContents]:
        """Give the lesson, begun anew, as a page plays it; this one is left alone.

        Raises
        ------
        RuntimeError
            When it was closed.
        ValueError
            When a step can't be shown, or a page would have to hold too much.
        """
        if self.comm is None:
            raise RuntimeError("this lesson was closed: open it again")
        again = PlayedLesson(*self._opened_with)
        try:
            yield lesson_contents(again)
        finally:
            again.close()

    def close(self) -> None:
        """Close the lesson and its view, and free what they held."""
        if self.comm is None:
            return
        self.page.close()
        self.view.close()
        self.layout.close()  # ipywidgets leaves it registered
        super().close()

    def _asked(self) -> Question:
        question = self.lesson.steps[self.step].question
        if question is None or self.page.shown["left_out"]:
            raise ValueError("nothing is asked in this step: go to the next one")
        return question

    def _state_of(self, step: Step) -> tuple[dict[str, Any], str]:
        """Give the view's state; none, and why, where this model has no such thing."""
        try:
            state = resolved(step.state, self.bench)
        except NotHereError as error:
            return {}, str(error)
        return state, ""

    def _keep(
        self, step: int, done: StepProgress, text: dict[str, Any] | None = None
    ) -> None:
        self._done = [*self._done[:step], done, *self._done[step + 1 :]]
        shown = dict(self.page.shown if text is None else text)
        question = self.lesson.steps[step].question
        hints = question.hints if question and shown["ask"] else ()
        shown["hints"] = [filled(each, self.bench) for each in hints[: done["hints"]]]
        shown["more_hints"] = len(hints) - len(shown["hints"])
        self.page.show(step=step, shown=shown, progress=self._done)
        if self._file:
            self._file.write(self.progress)
        self._tell()

    def _resumed(self, file: ProgressFile | None) -> str:
        """Go on with what a file holds, if any; say so."""
        said = ""
        if file:
            model = self.bench.model.name
            found, said = file.read(self.lesson, model, self._images)
            self._done = found or self._done
        if not any(done["seen"] for done in self._done):
            return said
        asked = [step.question is not None for step in self.lesson.steps]
        solved, questions = solved_of_asked(self._done, asked)
        if solved == questions:
            return f"You go on: all {questions} questions are answered."
        return (
            f"You go on: {solved} of {questions} questions answered; this is the first "
            "step still open."
        )

    def _tell(self, said: str = "") -> None:
        """Tell the page where progress is kept, and what there is to know of it."""
        problem = self._file.problem if self._file else ""
        began = sum(done["seen"] for done in self._done) > 1 or any(
            done["count"] or done["hints"] for done in self._done
        )
        kept = {
            "said": " ".join(filter(None, (said, problem))),
            "file": self._file.name if self._file and not problem else "",
            "begun": began,
        }
        self.page.show(kept=kept)


def _first_open(lesson: Lesson, done: list[StepProgress]) -> int:
    """Give the first step that was not seen, or not answered; else the last."""
    for at, (step, each) in enumerate(zip(lesson.steps, done, strict=True)):
        if not each["seen"] or (step.question and not each["solved"]):
            return at
    return len(lesson.steps) - 1
