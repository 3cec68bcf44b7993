"""Lessons in files: read, with every error named by its line and field."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from vitwidgets.workshop.json_lines import JsonSyntaxError, read_json
from vitwidgets.workshop.lesson_fields import LessonFields, Problem

if TYPE_CHECKING:
    import os

    from vitwidgets.workshop.lesson import Lesson

LESSONS = ("attention-heads", "logit-lens", "patching", "clip")
MOST_BYTES = 1_000_000


class LessonError(ValueError):
    """A lesson that can't be taken.

    Attributes
    ----------
    problems
        All that is wrong with it, in the order of its lines.
    """

    def __init__(self, path: str | os.PathLike[str], problems: list[Problem]) -> None:
        self.problems = problems
        lines = [f"{path}:{each}" for each in problems]
        super().__init__("\n".join(lines))


def read_lesson(path: str | os.PathLike[str]) -> Lesson:
    """Read a lesson.

    Parameters
    ----------
    path
        Its JSON file.

    Raises
    ------
    LessonError
        When anything in it can't be taken: each problem with its line and field.
    OSError
        When the file can't be read.
    """
    file = Path(path)
    contents = file.read_bytes()
    if len(contents) > MOST_BYTES:
        said = f"it has {len(contents):,} bytes; a lesson has {MOST_BYTES:,} at most"
        raise LessonError(path, [Problem(1, "", said)])
    try:
        value, lines = read_json(contents.decode())
    except UnicodeDecodeError as error:
        line = contents.count(b"\n", 0, error.start) + 1
        said = "it is no text in UTF-8: save it as UTF-8"
        raise LessonError(path, [Problem(line, "", said)]) from error
    except JsonSyntaxError as error:
        raise LessonError(path, [Problem(error.line, "", str(error))]) from error
    fields = LessonFields(lines)
    lesson = fields.lesson(file.stem, value)
    if lesson is None or fields.problems:
        raise LessonError(path, sorted(fields.problems))
    return lesson


def lesson_path(name: str | os.PathLike[str]) -> Path:
    """Give the file of a lesson that ships, by its name; any other path as it is.

    Raises
    ------
    ValueError
        When there is no lesson of that name and no such file.
    """
    if name in LESSONS:
        return Path(str(resources.files("vitwidgets.workshop"))) / (
            f"lessons/{name}.json"
        )
    path = Path(name)
    if not path.is_file():
        raise ValueError(
            f"{str(name)!r:.200}: there is no such file, and no lesson of that name: "
            f"choose one of {', '.join(LESSONS)}, or give the path of a lesson's file"
        )
    return path
