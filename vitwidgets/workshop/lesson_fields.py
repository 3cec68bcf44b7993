"""The fields of a lesson's file, each checked where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from vitwidgets.images import sample_names
from vitwidgets.widgets import WordLens
from vitwidgets.workshop.checks.check import ANY_VIEW
from vitwidgets.workshop.checks.registry import CHECKS
from vitwidgets.workshop.facts import FACTS
from vitwidgets.workshop.lesson import Lesson, Question, Step
from vitwidgets.workshop.states import state_complaint
from vitwidgets.workshop.views import VIEWS, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitwidgets.workshop.checks.check import Check
    from vitwidgets.workshop.json_lines import Path

FORMAT = "vitwidgets lesson"
VERSION = 1
MOST_STEPS = 100
LONGEST_TITLE = 120
LONGEST_TEXT = 2_000
MOST_WORDS = 50

_LESSON = ("format", "version", "title", "view", "image", "steps")
_STEP = ("title", "text")
_QUESTION = ("ask", "check")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, order=True)
class Problem:
    """Something that is wrong with a lesson.

    Attributes
    ----------
    line
        Counted from 1.
    field
        Where, such as ``steps[2].title``; steps are counted from 1, as a person sees
        them.
    text
        What, and what to do.
    """

    line: int
    field: str
    text: str

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{self.line}: {where}{self.text}"


class LessonFields:
    """Makes a lesson of what its file says, and notes all that is wrong with it.

    Parameters
    ----------
    lines
        The line of each value of the file, by its path.

    Attributes
    ----------
    problems
        What was found to be wrong.
    """

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self.problems: list[Problem] = []
        self._lines = lines

    def lesson(self, name: str, value: object) -> Lesson | None:
        """Give the lesson, or None where there is nothing to make one of."""
        fields = self._object((), value, _LESSON, ("donor", "words"))
        if fields is None:
            return None
        self._frame(fields)
        view = self._one_of(("view",), fields.get("view"), tuple(VIEWS))
        image = self._one_of(("image",), fields.get("image"), sample_names())
        donor = fields.get("donor", "")
        if view == "ClickToPatch":
            donor = self._one_of(("donor",), donor, sample_names())
        elif donor != "":
            self._note(("donor",), f"a lesson over {view} has no donor: leave it out")
        words = self._dictionary(fields, view)
        steps = self._list(("steps",), fields.get("steps"), MOST_STEPS)
        title = self._words(("title",), fields.get("title"), LONGEST_TITLE)
        made = [self._step(("steps", at), step, view) for at, step in enumerate(steps)]
        kept = tuple(filter(None, made))
        return Lesson(name, title, view, image, str(donor), words, kept)

    def _dictionary(self, fields: Mapping[str, object], view: str) -> tuple[str, ...]:
        """Give the words that are classes, which a lesson over the word lens has."""
        if view != WordLens.__name__:
            if view and "words" in fields:
                self._note(
                    ("words",), f"a lesson over {view} has no words: leave them out"
                )
            return ()
        if "words" not in fields:
            self._note((), '"words" is missing')
            return ()
        listed = self._list(("words",), fields["words"], MOST_WORDS, 2)
        words = [
            self._words(("words", at), each, LONGEST_TITLE)
            for at, each in enumerate(listed)
        ]
        for at, word in enumerate(words):
            if word and word in words[:at]:
                self._note(("words", at), f"{word!r} stands there twice")
        return tuple(words)

    def _frame(self, fields: Mapping[str, object]) -> None:
        if fields.get("format", FORMAT) != FORMAT:
            self._note(("format",), f'it is no lesson: "format" has to be "{FORMAT}"')
        version = fields.get("version", VERSION)
        if isinstance(version, bool) or version != VERSION:
            self._note(
                ("version",),
                f"version {version!r:.100} can't be read: this vitwidgets reads "
                f"version {VERSION}; a newer one may read it",
            )

    def _step(self, path: Path, value: object, view: str) -> Step | None:
        fields = self._object(path, value, _STEP, ("state", "question"))
        if fields is None:
            return None
        title = self._words((*path, "title"), fields.get("title"), LONGEST_TITLE, view)
        text = self._paragraphs((*path, "text"), fields.get("text"), view)
        state = self._state((*path, "state"), fields.get("state", {}), view)
        question = None
        if "question" in fields:
            question = self._question((*path, "question"), fields["question"], view)
        return Step(title, text, state, question, self._lines[path])

    def _state(self, path: Path, value: object, view: str) -> Mapping[str, object]:
        if not isinstance(value, dict):
            self._note(path, "names and values of the view's settings are needed")
            return {}
        state = cast("dict[str, object]", value)
        for name, each in state.items():
            complaint = state_complaint(view, name, each) if view else ""
            if complaint:
                self._note((*path, name), complaint)
        return state

    def _question(self, path: Path, value: object, view: str) -> Question | None:
        fields = self._object(path, value, _QUESTION, ("with", "choices", "hints"))
        if fields is None:
            return None
        ask = self._words((*path, "ask"), fields.get("ask"), LONGEST_TEXT, view)
        hints = self._paragraphs((*path, "hints"), fields.get("hints", []), view, 0)
        # Of a view that is wrong it can't be told what fits it: that was said.
        fitting = [
            name
            for name, each in CHECKS.items()
            if not view or each.views == ANY_VIEW or view in each.views
        ]
        name = self._one_of((*path, "check"), fields.get("check"), tuple(fitting))
        if not name:
            return None
        check = CHECKS[name]
        given = fields.get("with", {})
        arguments = self._arguments((*path, "with"), given, check, view)
        choices = self._choices((*path, "choices"), fields.get("choices"), check, view)
        return Question(ask, name, arguments, choices, hints)

    def _arguments(
        self, path: Path, value: object, check: Check, view: str
    ) -> Mapping[str, object]:
        given = self._object(path, value, tuple(check.arguments), ()) or {}
        for name, argument in check.arguments.items():
            if name not in given or not view:
                continue
            complaint = argument.complaint(given[name], settings_of(view))
            if complaint:
                self._note((*path, name), complaint)
        return given

    def _choices(
        self, path: Path, value: object, check: Check, view: str
    ) -> tuple[tuple[str, str], ...]:
        if not check.outcomes:
            if value is not None:
                self._note(path, "this check looks at the view: leave choices out")
            return ()
        if not isinstance(value, dict) or len(cast("dict[str, object]", value)) < 2:  # noqa: PLR2004
            self._note(
                path,
                f"two or more choices are needed: words for some of "
                f"{', '.join(check.outcomes)}",
            )
            return ()
        listed = cast("dict[str, object]", value)
        for name in listed:
            self._one_of((*path, name), name, check.outcomes)
        return tuple(
            (name, self._words((*path, name), words, LONGEST_TITLE, view))
            for name, words in listed.items()
        )

    def _object(
        self, path: Path, value: object, needed: tuple[str, ...], more: tuple[str, ...]
    ) -> dict[str, object] | None:
        if not isinstance(value, dict):
            self._note(path, f"an object with {', '.join(needed) or 'names'} is needed")
            return None
        fields = cast("dict[str, object]", value)
        for name in needed:
            if name not in fields:
                self._note(path, f'"{name}" is missing')
        for name in fields:
            if name not in (*needed, *more):
                known = ", ".join((*needed, *more)) or "nothing"
                self._note(
                    (*path, name), f"it is not known; what may stand here: {known}"
                )
        return fields

    def _list(
        self, path: Path, value: object, most: int, least: int = 1
    ) -> list[object]:
        if value is None and path not in self._lines:
            return []  # that it is missing was said
        if not isinstance(value, list):
            self._note(path, "a list is needed")
            return []
        listed = cast("list[object]", value)
        if not least <= len(listed) <= most:
            self._note(path, f"{len(listed)} in it: {least} to {most} are needed")
        return listed

    def _paragraphs(
        self, path: Path, value: object, view: str, least: int = 1
    ) -> tuple[str, ...]:
        listed = self._list(path, value, 20, least)
        return tuple(
            self._words((*path, at), each, LONGEST_TEXT, view)
            for at, each in enumerate(listed)
        )

    def _words(self, path: Path, value: object, longest: int, view: str = "") -> str:
        if value is None and path not in self._lines:
            return ""
        if not isinstance(value, str) or not value.strip():
            self._note(path, f"{value!r:.100}: words are needed")
            return ""
        if len(value) > longest:
            self._note(path, f"{len(value)} characters: {longest} at most")
        for name in _PLACEHOLDER.findall(value):
            fact = FACTS.get(name)
            if fact is None or (view and fact.view not in ("", view)):
                known = [n for n, each in FACTS.items() if each.view in ("", view)]
                self._note(
                    path, f"{{{name}}} is not known; known are {', '.join(known)}"
                )
        return value

    def _one_of(self, path: Path, value: object, words: tuple[str, ...]) -> str:
        if isinstance(value, str) and value in words:
            return value
        if value is not None or path in self._lines:
            self._note(path, f"{value!r:.100} is none of {', '.join(words)}")
        return ""

    def _note(self, path: Path, text: str) -> None:
        known = path
        while known not in self._lines:
            known = known[:-1]
        self.problems.append(Problem(self._lines[known], _field(path), text))


def _field(path: Path) -> str:
    parts = [f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in path]
    return "".join(parts).removeprefix(".")
