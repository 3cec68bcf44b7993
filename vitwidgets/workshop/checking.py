"""Validating a lesson: its file, and each of its steps on a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import TraitError

from vitwidgets.workshop.json_lines import read_json
from vitwidgets.workshop.opening import open_afresh
from vitwidgets.workshop.reading import lesson_path, read_lesson
from vitwidgets.workshop.states import resolved

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from vitwidgets.workshop.json_lines import Path
    from vitwidgets.workshop.played import PlayedLesson


def rehearsed(path: str | os.PathLike[str]) -> Iterator[str]:
    """Play each step of a lesson once on the bundled model.

    Yields
    ------
    str
        What doesn't work there, by line and step: a state that the view refuses, or a
        question that is left out.

    Raises
    ------
    LessonError
        When the file can't be taken.
    OSError, ValueError
        When there is no such file.
    """
    file = lesson_path(path)
    steps = read_lesson(file).steps
    _, lines = read_json(file.read_text("utf8"))
    try:
        played = open_afresh(file)
    except TraitError as error:
        yield f"{path}:{steps[0].line}: steps[1].state: {error}"
        return
    try:
        for at in range(len(steps)):
            where, complaint = _complaint(played, at)
            if complaint:
                line = _line(lines, ("steps", at, *where))
                field = ".".join((f"steps[{at + 1}]", *where))
                yield f"{path}:{line}: {field}: {complaint}"
    finally:
        played.close()


def _complaint(played: PlayedLesson, at: int) -> tuple[tuple[str, ...], str]:
    """Give the field of a step that can't be had, and why; nothing where all can."""
    try:
        played.go(at)
    except (TraitError, ValueError, TypeError) as error:
        return ("state", *_refused(played, at)), str(error)
    return ("question",), played.page.shown["left_out"]


def _refused(played: PlayedLesson, at: int) -> list[str]:
    """Name the setting that the view refuses by itself, if it is a single one."""
    state = played.lesson.steps[at].state
    settings = resolved(state, played.bench).items()
    alone = (name for name, value in settings if not _fits(played, name, value))
    return [name for name in alone if name in state][:1]


def _fits(played: PlayedLesson, name: str, value: object) -> bool:
    change: dict[str, Any] = {name: value}
    try:
        played.view.act("lesson step", **change)
    except (TraitError, ValueError, TypeError):
        return False
    return True


def _line(lines: Mapping[Path, int], where: Path) -> int:
    while where not in lines:
        where = where[:-1]
    return lines[where]
