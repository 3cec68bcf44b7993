"""Lists of classes that many models share: ImageNet's, from timm, and our own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property

from vitwidgets.labels.emoji_tables import (
    KnownClass,
    bundled_classes,
    imagenet_classes,
)

BUNDLED = "emoji-vit"

_IMAGENET_1K = "imagenet-1k"
_SUBSETS = (
    _IMAGENET_1K,
    "imagenet-12k",
    "imagenet-21k",
    "imagenet-21k-goog",
    "imagenet-21k-miil",
    "imagenet-22k",
    "imagenet-22k-ms",
)


@dataclass(frozen=True)
class ClassList:
    """Classes in the order of a model's logits.

    Attributes
    ----------
    title
        What the list is called.
    descriptions
        For each class all its names, divided by commas.
    wordnet
        For each class WordNet's number of its meaning; empty where there is none.
    known
        For each class its line of our tables, or None.
    """

    title: str
    descriptions: tuple[str, ...]
    wordnet: tuple[str, ...]
    known: tuple[KnownClass | None, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The first name of each class; with WordNet's number where two share it.

        Both the bird and the machine are called "crane" in ImageNet.
        """
        short = [text.split(",")[0].strip() for text in self.descriptions]
        often = Counter(short)
        return tuple(
            text if often[text] == 1 else f"{text} ({number})"
            for text, number in zip(short, self.wordnet, strict=True)
        )


def class_list(title: str) -> ClassList:
    """Return a list by its name, in any spelling that timm takes.

    Raises
    ------
    ValueError
        If there is no such list.
    """
    plain = _plain(title)
    if plain == _plain(BUNDLED):
        return _bundled()
    for subset in _SUBSETS:
        if plain == _plain(subset):
            return _imagenet(subset)
    known = ", ".join((*_SUBSETS, BUNDLED))
    raise ValueError(
        f"no list of classes is called {title!r}; there are {known}. For other data "
        "give the names themselves"
    )


def list_of_size(count: int) -> ClassList | None:
    """Return the ImageNet list of this many classes, as timm tells them apart."""
    from timm.data import imagenet_info  # noqa: PLC0415

    subset = imagenet_info.infer_imagenet_subset({"num_classes": count})  # pyright: ignore[reportUnknownMemberType]
    return None if subset is None else _imagenet(subset)


def recognised(names: tuple[str, ...]) -> ClassList | None:
    """Return the list whose names these are, if one is.

    Spellings differ between libraries (some write only the first name, some rename a
    few classes), so nine names in ten have to be among those of the class at the same
    place.
    """
    if len(names) == len(bundled_classes()):
        candidate = _bundled()
    else:
        candidate = list_of_size(len(names))
    if candidate is None:
        return None
    pairs = zip(names, candidate.descriptions, candidate.names, strict=True)
    same = sum(
        name in {text, short} or bool(_parts(name) & _parts(text))
        for name, text, short in pairs
    )
    return candidate if 10 * same >= 9 * len(names) else None


@cache
def _bundled() -> ClassList:
    known = bundled_classes()
    return ClassList(
        title=BUNDLED,
        descriptions=tuple(entry.name for entry in known),
        wordnet=tuple(entry.wordnet for entry in known),
        known=known,
    )


@cache
def _imagenet(subset: str) -> ClassList:
    from timm.data import imagenet_info  # noqa: PLC0415

    info = imagenet_info.ImageNetInfo(subset)
    wordnet = tuple(info.label_names())
    ours = {known.wordnet: known for known in imagenet_classes()}
    return ClassList(
        title=subset,
        descriptions=tuple(info.label_descriptions()),
        wordnet=wordnet,
        known=tuple(ours.get(number) for number in wordnet),
    )


def _plain(title: str) -> str:
    return "".join(sign for sign in title.lower() if sign.isalnum())


def _parts(text: str) -> set[str]:
    return {part.strip().casefold() for part in text.split(",")}
