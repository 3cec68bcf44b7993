"""The plain fields of a head record, checked as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS: Mapping[type, str] = {
    dict: "an object",
    float: "a number",
    int: "a whole number",
    list: "a list",
    str: "a text",
    type(None): "null",
}

MOST = 1_000_000_000
"""More of anything than is ever counted."""


class HeadRecordError(ValueError):
    """A record of heads that can't be read or written; the message says why."""


def field(fields: Mapping[str, Any], name: str, *kinds: type) -> Any:
    """Give a field that has to be there, and of one of some kinds."""
    if name not in fields:
        raise HeadRecordError(f"{name!r} is missing")
    value = fields[name]
    if not isinstance(value, kinds) or isinstance(value, bool):
        needed = " or ".join(_KINDS[kind] for kind in kinds)
        raise HeadRecordError(f"{name} is {value!r:.60}, not {needed}")
    return value


def count(fields: Mapping[str, Any], name: str, least: int) -> int:
    """Give a field that is a whole number of at least so many."""
    number: int = field(fields, name, int)
    if not least <= number <= MOST:
        raise HeadRecordError(
            f"{name} is {number!s:.60}: it has to be from {least} to {MOST:,}"
        )
    return number


def texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Give a field that is a list of texts."""
    entries: list[Any] = field(fields, name, list)
    if not all(isinstance(entry, str) for entry in entries):
        raise HeadRecordError(f"{name} is {entries!r:.60}, not a list of texts")
    return tuple(entries)
