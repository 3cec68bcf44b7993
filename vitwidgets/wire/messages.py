"""Requests from the page and the kernel's replies, in pieces a websocket carries.

A request is ``{"type": "request", "id": str, "kind": str, ...arguments}``; a reply
repeats the id. Arrays follow each other in the reply's buffers, named with dtype and
shape in its first part, and are cut where a part would grow over ``MAX_PART`` bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PART = 4 * 1024 * 1024
"""Bytes of array data in one message to the page."""

_ID_LIMIT = 200


class BadRequestError(ValueError):
    """A request that no widget can answer: the message says what is wrong with it."""


@dataclass(frozen=True)
class Request:
    """A question from the page."""

    id: str
    kind: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a widget answers: plain values, and arrays by name."""

    result: dict[str, object] = field(default_factory=dict[str, object])
    arrays: dict[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])


@dataclass(frozen=True)
class Reply:
    """One message to the page: its JSON content and its binary buffers."""

    content: dict[str, object]
    buffers: list[memoryview]


def read_request(content: object) -> Request | None:
    """Read a custom message; None when it is not a request at all.

    Raises
    ------
    BadRequestError
        When it claims to be a request but has no usable id or kind.
    """
    if not isinstance(content, dict):
        return None
    message = cast("dict[str, Any]", content)
    if message.get("type") != "request":
        return None
    identity, kind = message.get("id"), message.get("kind")
    if not isinstance(identity, str) or not 0 < len(identity) <= _ID_LIMIT:
        raise BadRequestError(
            f"a request needs an id, a string of 1 to {_ID_LIMIT} characters; "
            f"it came with {identity!r:.100}",
        )
    if not isinstance(kind, str):
        raise BadRequestError(
            f"request {identity}: kind must be a string, not {kind!r:.100}",
        )
    rest = {k: v for k, v in message.items() if k not in ("type", "id", "kind")}
    return Request(identity, kind, rest)


def replies(identity: str, answer: Answer | BaseException) -> Iterator[Reply]:
    """Yield the messages that carry an answer, or the error that came instead."""
    head = {"type": "reply", "id": identity}
    if isinstance(answer, BaseException):
        yield Reply({**head, "part": 0, "parts": 1, "error": str(answer)}, [])
        return
    arrays = {name: np.ascontiguousarray(a) for name, a in answer.arrays.items()}
    data = b"".join(a.tobytes() for a in arrays.values())
    parts = max(1, -(-len(data) // MAX_PART))
    listing = [
        {"name": name, "dtype": a.dtype.name, "shape": list(a.shape)}
        for name, a in arrays.items()
    ]
    for part in range(parts):
        content: dict[str, object] = {**head, "part": part, "parts": parts}
        if part == 0:
            content |= {"result": answer.result, "arrays": listing}
        piece = memoryview(data)[part * MAX_PART : (part + 1) * MAX_PART]
        yield Reply(content, [piece] if arrays else [])
