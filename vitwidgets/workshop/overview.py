"""A table of how far learners have come, from the files that keep their progress."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitwidgets.workshop.progress import checked_record, solved_of_asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

KEY = (
    "Under each question's number: how many tries it took; 3? tried, and not answered "
    "yet; - not tried."
)


def read_record(path: str) -> dict[str, Any]:
    """Read a file of progress, of whatever lesson.

    Raises
    ------
    ValueError
        When it holds none, or can't be read.
    """
    try:
        return checked_record(json.loads(Path(path).read_bytes()))
    except OSError as error:
        raise ValueError(f"{path}: it can't be read ({error.strerror})") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: it is no JSON: {error}") from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def overview(records: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Give the lines of a table for each lesson, one row a file.

    Parameters
    ----------
    records
        Progress by what its row is called.
    """
    lessons: dict[tuple[str, tuple[str, ...]], dict[str, Mapping[str, Any]]] = {}
    for name, record in records.items():
        titles = tuple(step["title"] for step in record["steps"])
        lessons.setdefault((record["lesson"], titles), {})[name] = record
    for (lesson, _), rows in lessons.items():
        yield f"{lesson}, {len(rows)} file{'s' * (len(rows) != 1)}"
        yield from _laid_out(_rows(rows))
        yield ""
    yield KEY


def _rows(records: Mapping[str, Mapping[str, Any]]) -> Iterator[list[str]]:
    steps = next(iter(records.values()))["steps"]
    questions = [at for at, step in enumerate(steps) if step["asked"]]
    yield ["file", "answered", "hints", "tries", *(str(at + 1) for at in questions)]
    for name, record in records.items():
        steps = record["steps"]
        solved, asked = solved_of_asked(steps, [step["asked"] for step in steps])
        yield [
            name,
            f"{solved} of {asked}",
            *(str(sum(step[what] for step in steps)) for what in ("hints", "count")),
            *(_tries(steps[at]) for at in questions),
        ]
    solvers = (
        sum(record["steps"][at]["solved"] for record in records.values())
        for at in questions
    )
    yield ["answered by", "", "", "", *map(str, solvers)]


def _tries(step: Mapping[str, Any]) -> str:
    if not step["count"]:
        return "-"
    return f"{step['count']}{'' if step['solved'] else '?'}"


def _laid_out(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Give lines whose columns stand below each other, the first one to the left."""
    listed = list(rows)
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for first, *others in listed:
        cells = (each.rjust(w) for each, w in zip(others, widths[1:], strict=True))
        yield "  ".join((first.ljust(widths[0]), *cells)).rstrip()
