"""What a person did in a lesson: kept as JSON, and given back."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vitwidgets.workshop.checks.check import Verdict
    from vitwidgets.workshop.lesson import Lesson

FORMAT = "vitwidgets lesson progress"
VERSION = 1
MOST_TRIES = 50
"""Of a step: the newest are kept, with the count of all."""

_FRAME = {
    "format": str,
    "version": int,
    "lesson": str,
    "model": str,
    "images": list,
    "steps": list,
}
_DONE = {"seen": bool, "solved": bool, "hints": int, "count": int, "tries": list}
_STEP = {"title": str, "asked": bool, **_DONE}
_TRY = {"time": str, "what": str, "right": bool, "said": str}

StepProgress = dict[str, Any]


def no_progress(lesson: Lesson) -> list[StepProgress]:
    """Give the progress of a lesson that nobody began."""
    return [
        {"seen": False, "solved": False, "hints": 0, "count": 0, "tries": []}
        for _ in lesson.steps
    ]


def with_try(step: StepProgress, verdict: Verdict) -> StepProgress:
    """Give a step's progress with one try more."""
    attempt = {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "what": verdict.what,
        "right": verdict.right,
        "said": verdict.text,
    }
    return {
        **step,
        "solved": step["solved"] or verdict.right,
        "count": step["count"] + 1,
        "tries": [*step["tries"], attempt][-MOST_TRIES:],
    }


def progress_record(
    lesson: Lesson, model: str, images: Sequence[str], steps: Sequence[StepProgress]
) -> dict[str, Any]:
    """Give progress as JSON has it, with what it is the progress of."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "lesson": lesson.name,
        "model": model,
        "images": list(images),
        "steps": [
            {"title": step.title, "asked": step.question is not None, **done}
            for step, done in zip(lesson.steps, steps, strict=True)
        ],
    }


def read_progress(
    record: object, lesson: Lesson, model: str, images: Sequence[str]
) -> list[StepProgress]:
    """Take progress back that `progress_record` gave.

    Raises
    ------
    ValueError
        When it is none, or of another lesson, model or image: verdicts on these are
        not true here.
    """
    fields = checked_record(record)
    for name, wanted in (
        ("lesson", lesson.name),
        ("model", model),
        ("images", list(images)),
    ):
        if fields[name] != wanted:
            raise ValueError(
                f"progress: {name} is {fields[name]!r:.100}, and here it is {wanted!r}"
            )
    steps: list[StepProgress] = fields["steps"]
    if [step["title"] for step in steps] != [step.title for step in lesson.steps]:
        raise ValueError(
            f"progress: its {len(steps)} steps are not the {len(lesson.steps)} that "
            "the lesson has now"
        )
    return [{name: step[name] for name in _DONE} for step in steps]


def checked_record(record: object) -> dict[str, Any]:
    """Check that something is progress, of whatever lesson and model.

    Raises
    ------
    ValueError
        When it is none.
    """
    if not isinstance(record, dict):
        raise ValueError(  # noqa: TRY004 - one kind of error for whatever is wrong
            f"progress={record!r:.100}: give back what lesson.progress was"
        )
    fields = _checked("progress", cast("dict[str, object]", record), _FRAME)
    for name, wanted in (("format", FORMAT), ("version", VERSION)):
        if fields[name] != wanted:
            raise ValueError(
                f"progress: {name} is {fields[name]!r:.100}, and here it is {wanted!r}"
            )
    for at, step in enumerate(fields["steps"], 1):
        where = f"progress: step {at}"
        for attempt in _checked(where, step, _STEP)["tries"]:
            _checked(f"{where}: a try", attempt, _TRY)
    return fields


def solved_of_asked(
    steps: Sequence[StepProgress], asked: Sequence[bool]
) -> tuple[int, int]:
    """Count the questions that were answered, and all."""
    done = [step for step, is_asked in zip(steps, asked, strict=True) if is_asked]
    return sum(step["solved"] for step in done), len(done)


def _checked(where: str, value: object, kinds: Mapping[str, type]) -> StepProgress:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: {value!r:.100}: an object is needed")  # noqa: TRY004
    fields = cast("dict[str, Any]", value)
    wrong = sorted(map(str, fields.keys() ^ kinds.keys()))
    if wrong:
        raise ValueError(f"{where}: {', '.join(wrong):.100} is missing or not known")
    for name, kind in kinds.items():
        given = fields[name]
        if not isinstance(given, kind) or (kind is int and isinstance(given, bool)):
            raise ValueError(f"{where}: {name}={given!r:.100} can't be")
    return fields
