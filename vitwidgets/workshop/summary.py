"""What a person did in a lesson, summed up to hand in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from vitwidgets.workshop.progress import solved_of_asked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vitwidgets.workshop.lesson import Lesson
    from vitwidgets.workshop.progress import StepProgress


def summary(
    lesson: Lesson, model: str, image: str, steps: Sequence[StepProgress]
) -> str:
    """Say what was tried, when and how often: a text to hand in."""
    asked = [step.question is not None for step in lesson.steps]
    solved, questions = solved_of_asked(steps, asked)
    tries = sum(done["count"] for done in steps)
    lines = [
        f"Lesson: {lesson.title}",
        f"Model: {model}; image: {image}",
        f"Questions answered: {solved} of {questions}, in {_tries(tries)}",
        f"Steps seen: {sum(done['seen'] for done in steps)} of {len(steps)}",
    ]
    for number, (step, done) in enumerate(zip(lesson.steps, steps, strict=True), 1):
        if step.question is None:
            continue
        lines += ["", f"{number}. {step.title}: {_outcome(done)}"]
        lines += [f"   {_attempt(attempt)}" for attempt in done["tries"]]
    return "\n".join(lines) + "\n"


def _outcome(done: StepProgress) -> str:
    if not done["count"]:
        return "not tried"
    hints = done["hints"]
    with_hints = f", {hints} hint{'s' * (hints != 1)}" if hints else ""
    tries = f"{_tries(done['count'])}{with_hints}"
    return f"{'answered' if done['solved'] else 'not yet answered'} ({tries})"


def _tries(count: int) -> str:
    return f"{count} {'try' if count == 1 else 'tries'}"


def _attempt(attempt: Mapping[str, Any]) -> str:
    mark = "right" if attempt["right"] else "not right"
    return f"{_when(attempt['time'])}  {attempt['what']}: {mark}. {attempt['said']}"


def _when(time: str) -> str:
    """Give a time as clocks here show it, to the minute; as it is where it is none."""
    try:
        when = datetime.fromisoformat(time)
    except ValueError:
        return time
    return f"{when.astimezone():%Y-%m-%d %H:%M}"
