"""Command line of lessons: ``python -m vitwidgets.workshop check FILE``."""

from __future__ import annotations

import argparse
import sys

from vitwidgets.workshop.checking import rehearsed
from vitwidgets.workshop.reading import LessonError, lesson_path, read_lesson


def main() -> int:
    """Check lessons; give 1 if one can't be taken or played."""
    parser = argparse.ArgumentParser(prog="python -m vitwidgets.workshop")
    commands = parser.add_subparsers(required=True)
    check = commands.add_parser(
        "check", help="find what is wrong with a lesson, by line and field"
    )
    check.add_argument("file", help="a lesson's file, or the name of one that ships")
    file = parser.parse_args().file
    try:
        lesson = read_lesson(lesson_path(file))
        found = list(rehearsed(file))
    except LessonError as error:
        found = [f"{file}:{problem}" for problem in error.problems]
    except (OSError, ValueError) as error:
        found = [f"{file}: {error}"]
    else:
        if not found:
            asked = sum(step.question is not None for step in lesson.steps)
            questions = f"{asked} question{'s' * (asked != 1)}"
            sys.stdout.write(f"{file}: {len(lesson.steps)} steps, {questions}\n")
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
