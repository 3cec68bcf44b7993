"""The tables that ship: an emoji and a superclass for each class that we know.

They are `tables/*.tsv`, written by hand, one line a class. Emoji 15.0 at most.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER = "other"
"""The superclass of every class that is in none of the tables."""


class KnownClass(NamedTuple):
    """A line of a table.

    Attributes
    ----------
    name
        The first of its names.
    emoji
        Its own, or where Unicode has none that of the nearest kind.
    superclass
        One of `superclass_emoji`.
    wordnet
        WordNet 3.0's number of its meaning (``n02123045``); empty for a class of the
        bundled model.
    """

    name: str
    emoji: str
    superclass: str
    wordnet: str


@cache
def imagenet_classes() -> tuple[KnownClass, ...]:
    """Return the 1,000 classes of ImageNet-1k (ILSVRC 2012), in the usual order."""
    return _classes("imagenet.tsv")


@cache
def bundled_classes() -> tuple[KnownClass, ...]:
    """Return the 64 classes of the bundled model, in the order of its logits."""
    return _classes("emoji_vit.tsv")


def imagenet_emoji() -> tuple[str, ...]:
    """Return an emoji for each of ImageNet-1k's classes, by index.

    Each class has its own where Unicode has one, otherwise that of the nearest kind:
    dog breeds share five dogs, most small birds one bird.

    Examples
    --------
    >>> imagenet_emoji()[954]
    '🍌'
    """
    return tuple(known.emoji for known in imagenet_classes())


def imagenet_superclasses() -> tuple[str, ...]:
    """Return the superclass of each of ImageNet-1k's classes, by index.

    Examples
    --------
    >>> imagenet_superclasses()[404]
    'aircraft'
    """
    return tuple(known.superclass for known in imagenet_classes())


@cache
def superclass_emoji() -> Mapping[str, str]:
    """Return the superclasses, in the order of a legend, each with its own emoji.

    `OTHER` is not among them: it is for classes that are in none of the tables.
    """
    lines = _lines("superclasses.tsv")
    return MappingProxyType({line["superclass"]: line["emoji"] for line in lines})


@cache
def neutral_mark() -> str:
    """Return what stands for a class with a name and no emoji, and for `OTHER`."""
    return _marks("named class")[0]


def shape_mark(index: int) -> str:
    """Return a coloured shape for a class of which nothing is known.

    Such classes look like nothing in the world and yet differ, most of them, from each
    other: there are sixteen shapes.
    """
    shapes = shape_marks()
    return shapes[index % len(shapes)]


def shape_marks() -> tuple[str, ...]:
    """Return the coloured shapes."""
    return _marks("class without a name")


def every_emoji() -> tuple[str, ...]:
    """Return every emoji that the labels of a model can show, each once.

    Those that a model's owner gave as its ``class_emoji`` are not known here.
    """
    known = (*imagenet_classes(), *bundled_classes())
    shown = [known_class.emoji for known_class in known]
    shown += [*superclass_emoji().values(), neutral_mark()]
    shown += _marks("class without a name")
    return tuple(dict.fromkeys(shown))


@cache
def _marks(stands_for: str) -> tuple[str, ...]:
    lines = _lines("marks.tsv")
    return tuple(line["emoji"] for line in lines if line["stands_for"] == stands_for)


def _classes(file: str) -> tuple[KnownClass, ...]:
    return tuple(
        KnownClass(
            line["name"], line["emoji"], line["superclass"], line.get("wordnet", "")
        )
        for line in _lines(file)
    )


def _lines(file: str) -> list[dict[str, str]]:
    path = resources.files("vitwidgets.labels") / "tables" / file
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    columns = head.split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]
