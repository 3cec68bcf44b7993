"""A lesson as a page without a kernel plays it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import TraitError

from vitwidgets.publishing.lesson_contents import LessonContents
from vitwidgets.widgets import ClickToPatch
from vitwidgets.widgets.exported_page import deflated
from vitwidgets.workshop.checks.check import NotHereError
from vitwidgets.workshop.facts import filled
from vitwidgets.workshop.kept_verdicts import kept_verdicts
from vitwidgets.workshop.states import resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitwidgets.widgets.exported_page import KeptAnswer, PageContents
    from vitwidgets.workshop.played import PlayedLesson

_REMEMBERED = ("history", "undone")
_UNASKED = ("grid_shown", "marked")
"""What nothing is asked with."""


def lesson_contents(played: PlayedLesson) -> LessonContents:
    """Play a lesson once, and keep what a learner will see and be told.

    Parameters
    ----------
    played
        A lesson that was just opened, at its first step. It is moved.

    Raises
    ------
    ValueError
        When a step can't be shown, or a page would have to hold too much.
    """
    view, lesson = played.view, played.lesson
    page, first = played.page.page_contents(), view.page_contents()
    if isinstance(view, ClickToPatch):
        _search(view)
    steps: list[dict[str, Any]] = []
    answers = _Answers(played)
    for at in range(len(lesson.steps)):
        try:
            played.go(at)
        except (TraitError, ValueError, TypeError) as error:
            raise ValueError(
                f"lesson {lesson.name}, step {at + 1}: {error}; "
                f"python -m vitwidgets.workshop check tells where that stands"
            ) from error
        steps.append(_step(played, at))
        answers.add()
    return LessonContents(
        name=lesson.name,
        title=lesson.title,
        view=view,
        shown=replace(first, state=_state(played, first), answers=answers.found),
        page=page,
        lesson={
            "title": lesson.title,
            "model": played.bench.model.name,
            "image": played.image_name,
            "steps": steps,
            "says": _sayings(played),
        },
    )


def _state(played: PlayedLesson, first: PageContents) -> Mapping[str, object]:
    """Give the state of the first step, with what views tell of all steps."""
    view = played.view
    if isinstance(view, ClickToPatch):
        return first.state  # what was searched for is not told before it is asked for
    own = (*view.settable_names(), *_REMEMBERED)
    return {**view.page_contents().state, **{name: first.state[name] for name in own}}


class _Answers:
    """What the view will be asked in any of its steps, each once."""

    def __init__(self, played: PlayedLesson) -> None:
        self.found: list[KeptAnswer] = []
        self._played = played
        self._asked: set[str] = set()
        self._states: set[str] = set()

    def add(self) -> None:
        """Add what is asked in the view's present state."""
        view = self._played.view
        names = [name for name in view.settable_names() if name not in _UNASKED]
        state = {name: getattr(view, name) for name in names}
        written = json.dumps(state, sort_keys=True)
        if written in self._states:
            return
        self._states.add(written)
        for kept in view.kept_answers():
            asked = json.dumps([kept.kind, dict(kept.arguments)], sort_keys=True)
            if asked not in self._asked:
                self._asked.add(asked)
                self.found.append(kept)


def _search(view: ClickToPatch) -> None:
    """Do what lessons advise and a page can't: a sweep, and the smallest flips."""
    shown = view.grid_shown
    view.grid_shown = "heads"
    # Where both images show one class, there is nothing to search for.
    with suppress(ValueError):
        view.run_sweep()
        for over in ("heads", "patches"):
            view.smallest_flip(over)
    view.grid_shown = shown


def _step(played: PlayedLesson, at: int) -> dict[str, Any]:
    """Give a step: what is shown, the view's state, and all verdicts."""
    step, bench = played.lesson.steps[at], played.bench
    shown = dict(played.page.shown)
    question = step.question if shown["ask"] else None
    hints = [filled(each, bench) for each in question.hints] if question else []
    verdicts = kept_verdicts(question, bench) if question else []
    try:
        state = {
            name: getattr(played.view, name) for name in resolved(step.state, bench)
        }
    except NotHereError:
        state = {}
    why_not = "" if verdicts or not question else _why_not(played.lesson.name)
    paragraphs = [*shown["paragraphs"], *([f"*{why_not}*"] if why_not else [])]
    return {
        "shown": {
            **shown,
            "paragraphs": paragraphs,
            "hints": [],
            "more_hints": len(hints),
        },
        "hints": hints,
        "state": state,
        "asked": step.question is not None,
        "verdicts": _packed(verdicts) if verdicts else None,
        "why_not": why_not,
    }


def _packed(verdicts: list[dict[str, Any]]) -> dict[str, object]:
    text = json.dumps(verdicts, separators=(",", ":"), ensure_ascii=False)
    return deflated(np.frombuffer(text.encode(), np.uint8))


def _why_not(name: str) -> str:
    return (
        "This question needs a kernel: it has too many answers for a page to know all "
        f'verdicts. In a notebook: vw.workshop("{name}").'
    )


def _sayings(played: PlayedLesson) -> list[str]:
    """Give for each class how it is told that the model says it, over edits."""
    if not isinstance(played.view, ClickToPatch):
        return []
    bench = played.bench
    return [bench.says(index, "{percent}") for index in range(len(bench.clean[0]))]
