"""An emoji for each of the words that a person typed."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from vitwidgets.labels.emoji_tables import bundled_classes, imagenet_classes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "red": "🔴",
        "orange": "🟠",
        "yellow": "🟡",
        "green": "🟢",
        "blue": "🔵",
        "purple": "🟣",
        "brown": "🟤",
    }
)
# Words are often about colours, so these are grey; of those that can be drawn, the ones
# that are least like a thing that somebody would ask for.
_MARKS = (
    "🔗",
    "⚙️",
    "🔢",
    "🎵",
    "⚓",
    "🔩",
    "⚖️",
    "🔊",
    "🎶",
    "⛓️",
    "🧷",
    "🔍",
    "🅿️",
    "⚔️",
    "🎼",
    "🗿",
)
_WORD = re.compile(r"[^\W\d_]+")
_LABEL = ("the", "word")
"""What stands before a written label: "the word cat" is no cat."""


class _Thing(NamedTuple):
    name: str
    emoji: str


def word_emoji(words: Sequence[str]) -> tuple[str, ...]:
    """Give one emoji a word, so that different things look different.

    A word or phrase that names one thing of the label tables gets its emoji, "a red
    car" that of the car, and a colour alone a disc of it. Everything else gets a grey
    mark, which means nothing. Words share an emoji only if they name the same thing, or
    where the sixteen marks are used up.

    Examples
    --------
    >>> word_emoji(["two cats", "a cat", "dog", "justice"])
    ('🐱', '🐱', '🐶', '🔗')
    """
    things = [_thing_in(word) for word in words]
    owners: dict[str, str] = {}
    for thing in things:
        if thing is not None:
            owners.setdefault(thing.emoji, thing.name)
    taken = set(owners)
    # A mark that is the emoji of another word here would mislead.
    marks = [mark for mark in _MARKS if mark not in taken] or _MARKS
    found: list[str] = []
    n_marked = 0
    for thing in things:
        if thing is not None and owners[thing.emoji] == thing.name:
            found.append(thing.emoji)
        else:
            found.append(marks[n_marked % len(marks)])
            n_marked += 1
    return tuple(found)


def _thing_in(text: str) -> _Thing | None:
    """Give the one thing that a text names; None if it names none or several."""
    words = _stems(text)
    if words[:2] == _LABEL:
        return None
    things = set(_things(words))
    if len(things) == 1:
        return things.pop()
    if not things and len(words) == 1 and words[0] in _COLOURS:
        return _Thing(words[0], _COLOURS[words[0]])
    return None


def _things(words: tuple[str, ...]) -> Iterator[_Thing]:
    known = _known()
    longest = max(map(len, known))
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            thing = known.get(words[at : at + length])
            if thing is not None:
                yield thing
                at += length
                break
        else:
            at += 1


@cache
def _known() -> Mapping[tuple[str, ...], _Thing]:
    """Things by their names; those of the bundled model before ImageNet's."""
    classes = [(_stems(each.name), each) for each in imagenet_classes()]
    times = Counter(stems for stems, _ in classes)
    found = {
        stems: _Thing(each.name, each.emoji)
        for stems, each in classes
        if times[stems] == 1
    }
    for each in bundled_classes():
        found[_stems(each.name)] = _Thing(each.name, each.emoji)
    return MappingProxyType(found)


def _stems(text: str) -> tuple[str, ...]:
    return tuple(map(_stem, _WORD.findall(text.lower())))


def _stem(word: str) -> str:
    """Take the ending of a plural off, and of other words the same letters."""
    for ending, instead in (("ies", "y"), ("men", "man")):
        if len(word) > len(ending) + 1 and word.endswith(ending):
            return word.removesuffix(ending) + instead
    for ending in ("ches", "shes", "xes", "sses"):
        if word.endswith(ending):
            return word.removesuffix("es")
    if word.endswith("s") and not word.endswith("ss"):
        return word.removesuffix("s")
    return word
