"""What a step says on the model at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitwidgets.workshop.checks.check import NotHereError, Outcome
from vitwidgets.workshop.checks.registry import CHECKS
from vitwidgets.workshop.facts import filled

if TYPE_CHECKING:
    from vitwidgets.workshop.bench import Bench
    from vitwidgets.workshop.lesson import Question, Step


def shown_step(step: Step, bench: Bench, left_out: str) -> dict[str, Any]:
    """Give what the page shows of a step, hints apart.

    Parameters
    ----------
    step
        The step.
    bench
        What is true of the model.
    left_out
        Why the step's state can't be shown on this model; or empty.
    """
    question = step.question
    if question is not None and not left_out:
        left_out = _no_answer(question, bench)
    asked = None if left_out else question
    choices = asked.choices if asked else ()
    return {
        "paragraphs": [each for each in (_said(t, bench) for t in step.text) if each],
        "ask": filled(asked.ask, bench) if asked else "",
        "choices": [(name, filled(words, bench)) for name, words in choices],
        "left_out": left_out,
        "judged": False,
    }


def _said(text: str, bench: Bench) -> str:
    """Give a paragraph; nothing where it can't be said of this model."""
    try:
        return filled(text, bench)
    except NotHereError:
        return ""


def _no_answer(question: Question, bench: Bench) -> str:
    """Say why a question has no answer on this model; nothing where it has one."""
    try:
        found = CHECKS[question.check].function(bench, **question.arguments)
        for words in (question.ask, *question.hints, *dict(question.choices).values()):
            filled(words, bench)
    except NotHereError as error:
        return str(error)
    if isinstance(found, Outcome) and found.name not in dict(question.choices):
        return f"none of the choices is right here: {found.text}"
    return ""
