"""Judging an answer by its question's check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.workshop.checks.check import Verdict
from vitwidgets.workshop.checks.registry import CHECKS
from vitwidgets.workshop.facts import filled

if TYPE_CHECKING:
    from vitwidgets.workshop.bench import Bench
    from vitwidgets.workshop.lesson import Question


def judged(question: Question, bench: Bench, choice: str) -> Verdict:
    """Judge what the view shows, or a choice.

    Raises
    ------
    ValueError
        When there is no such choice.
    """
    found = CHECKS[question.check].function(bench, **question.arguments)
    if isinstance(found, Verdict):
        return found
    words = dict(question.choices)
    if choice not in words:
        raise ValueError(f"{choice!r:.100} is none of {', '.join(words)}")
    right = choice == found.name
    # The truth is told once it was found: a wrong guess may be thought over.
    text = found.text if right else "Think again, or try it in the view."
    return Verdict(right, filled(words[choice], bench), text)
