"""Validating a lesson: its file, and each of its steps on a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets import TraitError

from vitwidgets.workshop.opening import open_afresh
from vitwidgets.workshop.reading import lesson_path, read_lesson

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

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
    try:
        played = open_afresh(file)
    except TraitError as error:
        yield f"{path}:{steps[0].line}: steps[1]: {error}"
        return
    try:
        for at, step in enumerate(steps):
            complaint = _complaint(played, at)
            if complaint:
                yield f"{path}:{step.line}: steps[{at + 1}]: {complaint}"
    finally:
        played.close()


def _complaint(played: PlayedLesson, at: int) -> str:
    try:
        played.go(at)
    except (TraitError, ValueError, TypeError) as error:
        return str(error)
    return played.page.shown["left_out"]
