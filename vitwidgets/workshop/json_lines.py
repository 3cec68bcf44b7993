"""JSON with the line on which each value stands, so that an error can be found."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Path: TypeAlias = "tuple[str | int, ...]"
"""Where a value stands: ``("steps", 2, "title")``."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class JsonSyntaxError(ValueError):
    """A text that is no JSON: the message says what is wrong, `line` where."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def read_json(text: str) -> tuple[object, dict[Path, int]]:
    """Read JSON, and the line of each value in it.

    Parameters
    ----------
    text
        The JSON.

    Returns
    -------
    value, lines
        What it says, and for the path of each value the line where it begins, counted
        from 1. A value of an object has the line of its name.

    Raises
    ------
    JsonSyntaxError
        If it is no JSON, or a name stands twice in one object.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise JsonSyntaxError(error.msg, error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise JsonSyntaxError(str(error), 1) from error
    lines: dict[Path, int] = {(): 1}
    _walk(_tokens(text), (), lines)
    return value, lines


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Give each token with its line; the text is known to be JSON."""
    line, seen = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        yield match[0], line


def _walk(tokens: Iterator[tuple[str, int]], path: Path, lines: dict[Path, int]) -> str:
    """Note the lines of one value and of all inside; give its first mark."""
    mark, line = next(tokens)
    if mark == "]":
        return mark  # of an empty list: no value
    lines.setdefault(path, line)
    if mark == "{":
        _walk_object(tokens, path, lines)
    elif mark == "[":
        at = 0
        while _walk(tokens, (*path, at), lines) != "]" and next(tokens)[0] == ",":
            at += 1
    return mark


def _walk_object(
    tokens: Iterator[tuple[str, int]], path: Path, lines: dict[Path, int]
) -> None:
    names: set[str] = set()
    mark, line = next(tokens)
    while mark != "}":
        name = json.loads(mark)
        if name in names:
            raise JsonSyntaxError(f"{name!r:.100} stands twice in one object", line)
        names.add(name)
        inner = (*path, name)
        lines[inner] = line
        next(tokens)  # the colon
        _walk(tokens, inner, lines)
        mark, line = next(tokens)
        if mark == ",":
            mark, line = next(tokens)
