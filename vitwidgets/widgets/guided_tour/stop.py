"""A stop of a guided tour, and what a record of one has to be like."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from traitlets import TraitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Record: TypeAlias = dict[str, object]

MOST_STOPS = 200
LONGEST_TITLE = 120
LONGEST_TEXT = 2_000

_FIELDS = ("title", "text", "state")


@dataclass(frozen=True)
class Stop:
    """A stop of a guided tour.

    Attributes
    ----------
    title
        What there is to see, in a few words.
    text
        A sentence or two about it.
    state
        The view's state there, by the names of its traits; what is not named stays as
        it is.
    """

    title: str
    text: str
    state: Mapping[str, object]

    def record(self) -> Record:
        """Give the stop as JSON and the page have it."""
        return {"title": self.title, "text": self.text, "state": dict(self.state)}


def stops_of(
    records: object, check: Callable[[Mapping[str, object]], object]
) -> list[Stop]:
    """Make stops of their records, or refuse all of them.

    Parameters
    ----------
    records
        A list of ``{"title": ..., "text": ..., "state": {...}}``.
    check
        Raises a TraitError, ValueError or TypeError for a state that the view can't
        take.

    Raises
    ------
    ValueError
        Which stop is wrong (counted from 1, as in the view), what, and what to do.
    """
    if not isinstance(records, list | tuple):
        raise ValueError(  # noqa: TRY004 - one kind of error for whatever is wrong
            f"stops={records!r:.100}: a list of stops is needed"
        )
    listed = cast("list[object]", records)
    if len(listed) > MOST_STOPS:
        raise ValueError(f"{len(listed)} stops: a tour has {MOST_STOPS} at most")
    return [_stop(number, record, check) for number, record in enumerate(listed, 1)]


def _stop(
    number: int, record: object, check: Callable[[Mapping[str, object]], object]
) -> Stop:
    where = f"stop {number}"
    fields = _fields(where, record)
    title = _words(f"{where}: title", fields["title"], LONGEST_TITLE)
    text = _words(f"{where}: text", fields["text"], LONGEST_TEXT)
    state = fields["state"]
    if not isinstance(state, dict):
        raise ValueError(  # noqa: TRY004 - as above
            f"{where}: state={state!r:.100}: the names and values of settings are "
            'needed, such as {"layer": 3, "head": 1}'
        )
    named = cast("Record", state)
    try:
        # A page and a file take no number or letter that JSON has not.
        json.dumps(named, ensure_ascii=False, allow_nan=False).encode()
        check(named)
    except (TraitError, TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from error
    return Stop(title, text, named)


def _fields(where: str, record: object) -> Record:
    if not isinstance(record, dict):
        raise ValueError(  # noqa: TRY004 - as above
            f"{where}: {record!r:.100} is no stop: title, text and state are needed"
        )
    fields = cast("Record", record)
    for name in _FIELDS:
        if name not in fields:
            raise ValueError(f"{where}: it has no {name}: add it")
    for name in fields:
        if name not in _FIELDS:
            raise ValueError(
                f"{where}: {name!r:.100} is not known there; a stop has title, text "
                "and state"
            )
    return fields


def _words(where: str, value: object, longest: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}={value!r:.100}: words are needed")
    if len(value) > longest:
        raise ValueError(
            f"{where} has {len(value)} characters: shorten it to {longest} at most"
        )
    try:
        value.encode()  # half a UTF-16 pair fits in no file or message
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{where}={value!r:.100} holds half a character: retype it"
        ) from error
    return value
