"""What a person did in a lesson: kept, given back, and summed up to hand in."""

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

_FRAME = ("format", "version", "lesson", "model", "steps")
_STEP = {"seen": bool, "solved": bool, "hints": int, "count": int, "tries": list}
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
    lesson: Lesson, model: str, steps: Sequence[StepProgress]
) -> dict[str, Any]:
    """Give progress as JSON has it."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "lesson": lesson.name,
        "model": model,
        "steps": list(steps),
    }


def read_progress(record: object, lesson: Lesson, model: str) -> list[StepProgress]:
    """Take progress back that `progress_record` gave.

    Raises
    ------
    ValueError
        When it is none, or of another lesson or model.
    """
    if not isinstance(record, dict):
        raise ValueError(  # noqa: TRY004 - one kind of error for whatever is wrong
            f"progress={record!r:.100}: give back what lesson.progress was"
        )
    fields = cast("dict[str, object]", record)
    _check_fields("progress", fields, dict.fromkeys(_FRAME, object))
    for name, wanted in (
        ("format", FORMAT),
        ("version", VERSION),
        ("lesson", lesson.name),
        ("model", model),
    ):
        if fields[name] != wanted:
            raise ValueError(
                f"progress: {name} is {fields[name]!r:.100}, and here it is {wanted!r}"
            )
    steps = fields["steps"]
    count = len(lesson.steps)
    if not isinstance(steps, list) or len(cast("list[object]", steps)) != count:
        raise ValueError(
            f"progress: the lesson has {count} steps, and it is of others: begin anew"
        )
    listed = cast("list[object]", steps)
    return [_step(f"progress: step {at}", each) for at, each in enumerate(listed, 1)]


def _step(where: str, value: object) -> StepProgress:
    step = _check_fields(where, value, _STEP)
    for attempt in step["tries"]:
        _check_fields(f"{where}: a try", attempt, _TRY)
    return step


def _check_fields(where: str, value: object, kinds: Mapping[str, type]) -> StepProgress:
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


def summary(
    lesson: Lesson, model: str, image: str, steps: Sequence[StepProgress]
) -> str:
    """Say what was tried, when and how often: a text to hand in."""
    asked = [
        (step, done)
        for step, done in zip(lesson.steps, steps, strict=True)
        if step.question
    ]
    solved = sum(done["solved"] for _, done in asked)
    tries = sum(done["count"] for _, done in asked)
    lines = [
        f"Lesson: {lesson.title}",
        f"Model: {model}; image: {image}",
        f"Questions answered: {solved} of {len(asked)}, in {_tries(tries)}",
        f"Steps seen: {sum(done['seen'] for done in steps)} of {len(steps)}",
    ]
    for number, (step, done) in enumerate(zip(lesson.steps, steps, strict=True), 1):
        if step.question is None:
            continue
        lines += ["", f"{number}. {step.title}: {_outcome(done)}"]
        lines += [f"   {_attempt(attempt)}" for attempt in done["tries"]]
    return "\n".join(lines) + "\n"


def _outcome(done: StepProgress) -> str:
    if not done["count"]:
        return "not tried"
    hints = done["hints"]
    with_hints = f", {hints} hint{'s' * (hints != 1)}" if hints else ""
    tries = f"{_tries(done['count'])}{with_hints}"
    return f"{'answered' if done['solved'] else 'not yet answered'} ({tries})"


def _tries(count: int) -> str:
    return f"{count} {'try' if count == 1 else 'tries'}"


def _attempt(attempt: Mapping[str, Any]) -> str:
    mark = "right" if attempt["right"] else "not right"
    return f"{attempt['time']}  {attempt['what']}: {mark}. {attempt['said']}"
