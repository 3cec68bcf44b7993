"""Command line of lessons: ``python -m vitwidgets.workshop check FILE``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from vitwidgets.workshop.checking import rehearsed
from vitwidgets.workshop.overview import overview, read_record
from vitwidgets.workshop.reading import LessonError, lesson_path, read_lesson


def main() -> int:
    """Do what is asked; give 1 if anything is wrong with a file."""
    parser = argparse.ArgumentParser(prog="python -m vitwidgets.workshop")
    commands = parser.add_subparsers(required=True)
    check = commands.add_parser(
        "check", help="find what is wrong with a lesson, by line and field"
    )
    check.add_argument("file", help="a lesson's file, or the name of one that ships")
    check.set_defaults(run=_check)
    table = commands.add_parser(
        "overview", help="print how far learners have come, a row for each"
    )
    table.add_argument("file", nargs="+", help="what keeps a learner's progress")
    table.set_defaults(run=_overview)
    given = parser.parse_args()
    return given.run(given)


def _check(given: argparse.Namespace) -> int:
    file: str = given.file
    try:
        lesson = read_lesson(lesson_path(file))
        found = list(rehearsed(file))
    except LessonError as error:
        found = [f"{file}:{problem}" for problem in error.problems]
    except (OSError, ValueError) as error:
        found = [str(error)]
    else:
        if not found:
            asked = sum(step.question is not None for step in lesson.steps)
            questions = f"{asked} question{'s' * (asked != 1)}"
            sys.stdout.write(f"{file}: {len(lesson.steps)} steps, {questions}\n")
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


def _overview(given: argparse.Namespace) -> int:
    files: list[str] = given.file
    read = {file: _record_or_complaint(file) for file in files}
    records = {file: each for file, each in read.items() if not isinstance(each, str)}
    complaints = [each for each in read.values() if isinstance(each, str)]
    if records:
        sys.stdout.writelines(f"{line}\n" for line in overview(records))
    sys.stderr.writelines(f"{line}\n" for line in complaints)
    return 1 if complaints else 0


def _record_or_complaint(file: str) -> dict[str, Any] | str:
    try:
        return read_record(file)
    except ValueError as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main())
