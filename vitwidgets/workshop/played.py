# ipywidgets carries no types.
# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""A lesson that is being played: its page above, the live view below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import Layout, VBox

from vitwidgets.images import SampleScene
from vitwidgets.widgets.workshop_lesson import WorkshopLesson
from vitwidgets.workshop.bench import Bench
from vitwidgets.workshop.checks.check import NotHereError, Verdict
from vitwidgets.workshop.checks.registry import CHECKS
from vitwidgets.workshop.facts import filled
from vitwidgets.workshop.progress import (
    no_progress,
    progress_record,
    read_progress,
    summary,
    with_try,
)
from vitwidgets.workshop.shown_step import shown_step
from vitwidgets.workshop.states import resolved
from vitwidgets.workshop.views import open_view

if TYPE_CHECKING:
    from vitwidgets.images import ImageSource
    from vitwidgets.models import HookedViT
    from vitwidgets.workshop.lesson import Lesson, Question, Step
    from vitwidgets.workshop.progress import StepProgress
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
    """

    def __init__(
        self,
        lesson: Lesson,
        model: HookedViT,
        image: ImageSource,
        donor: ImageSource,
        progress: object = None,
    ) -> None:
        done = no_progress(lesson)
        if progress is not None:
            done = read_progress(progress, lesson, model.name)
        self.lesson = lesson
        self._done = done
        self._image_name = image.name if isinstance(image, SampleScene) else "an image"
        self.view: LessonView = open_view(lesson.view, model, image, donor)
        self._bench = Bench(self.view, model, image, donor)
        titles = [step.title for step in lesson.steps]
        code = _CODE.format(name=lesson.name)
        self.page = WorkshopLesson(self, lesson.title, titles, code)
        try:
            self.go(_first_open(lesson, done))
        except BaseException:
            self.page.close()
            self.view.close()
            raise
        super().__init__([self.page, self.view], layout=Layout(width="100%"))

    @property
    def step(self) -> int:
        """The present step, counted from 0."""
        return self.page.step

    @property
    def progress(self) -> dict[str, Any]:
        """What was done, as JSON has it: give it to `workshop` to go on with it."""
        return progress_record(self.lesson, self._bench.model.name, self._done)

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
        text = shown_step(chosen, self._bench, left_out)
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
        verdict = _judged(question, self._bench, choice)
        self._keep(self.step, with_try(self._done[self.step], verdict))

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

    def summary(self) -> str:
        """Say what was tried, when, and how often: a text to hand in."""
        model = self._bench.model.name
        return summary(self.lesson, model, self._image_name, self._done)

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
            state = resolved(step.state, self._bench)
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
        shown["hints"] = [filled(each, self._bench) for each in hints[: done["hints"]]]
        shown["more_hints"] = len(hints) - len(shown["hints"])
        self.page.show(step=step, shown=shown, progress=self._done)


def _first_open(lesson: Lesson, done: list[StepProgress]) -> int:
    """Give the first step that was not seen, or not answered; else the last."""
    for at, (step, each) in enumerate(zip(lesson.steps, done, strict=True)):
        if not each["seen"] or (step.question and not each["solved"]):
            return at
    return len(lesson.steps) - 1


def _judged(question: Question, bench: Bench, choice: str) -> Verdict:
    found = CHECKS[question.check].function(bench, **question.arguments)
    if isinstance(found, Verdict):
        return found
    words = dict(question.choices)
    if choice not in words:
        raise ValueError(f"{choice!r:.100} is none of {', '.join(words)}")
    right = choice == found.name
    # The truth is told once it was found: a wrong guess may be thought over.
    text = found.text if right else "No. Think again, or try it in the view."
    return Verdict(right, filled(words[choice], bench), text)
