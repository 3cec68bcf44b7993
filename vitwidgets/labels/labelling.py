"""Everything that a view shows of a model's classes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from vitwidgets.labels.class_lists import list_of_size, recognised
from vitwidgets.labels.emoji_tables import (
    OTHER,
    neutral_mark,
    shape_mark,
    superclass_emoji,
)
from vitwidgets.labels.naming import class_count, given_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vitwidgets.labels.class_lists import ClassList
    from vitwidgets.labels.emoji_tables import KnownClass


@dataclass(frozen=True)
class Labels:
    """Name, emoji and superclass of each of a model's classes.

    Attributes
    ----------
    names
        One short name a class.
    emoji
        One emoji a class. Classes share one where Unicode has none of their own.
    superclasses
        One kind a class, such as "bird"; "other" where it is not known.
    superclass_emoji
        The emoji of each class's superclass.
    descriptions
        For each class all the names that it is found by, divided by commas.
    source
        Where the names come from, in words.
    """

    names: tuple[str, ...]
    emoji: tuple[str, ...]
    superclasses: tuple[str, ...]
    superclass_emoji: tuple[str, ...]
    descriptions: tuple[str, ...]
    source: str

    def __post_init__(self) -> None:
        sizes = {
            field.name: len(getattr(self, field.name))
            for field in fields(self)
            if field.name != "source"
        }
        if len(set(sizes.values())) > 1:
            raise ValueError(
                f"labels must have as many entries of each kind, got {sizes}"
            )

    def __len__(self) -> int:
        return len(self.names)


def model_labels(model: object) -> Labels:
    """Return the labels of a model's classes, always one of each for every logit.

    Names that came with the model (``class_names``, or its timm configuration) are
    kept. If they are those of an ImageNet list or of the bundled model, each class
    gets its emoji and superclass from our tables; in the larger ImageNet lists that is
    the 1,000 classes of ImageNet-1k, told by their WordNet numbers, and every other
    class gets the mark ▫️, since timm's files don't tell what is a kind of what. Without
    names a model that has as many classes as an ImageNet list is taken for one of
    that list. Where nothing tells the names, they are "class 0", "class 1", ... with
    coloured shapes. Emoji that came with the model (``class_emoji``) replace all these.

    Parameters
    ----------
    model
        A `HookedViT`, or anything with ``config.n_classes`` and, if it has them,
        ``class_names`` and ``class_emoji``. Without a classifier there are 0 labels.
    """
    count = class_count(model)
    given = given_names(model)
    found = recognised(given) if given else None
    if given is None:
        found = list_of_size(count)
    named = given or (found.names if found else None)
    names = named or tuple(f"class {index}" for index in range(count))
    known = found.known if found else (None,) * len(names)
    superclasses = tuple(entry.superclass if entry else OTHER for entry in known)
    emoji_of = superclass_emoji()
    own_emoji = getattr(model, "class_emoji", None)
    return Labels(
        names=names,
        emoji=tuple(own_emoji or _emoji(known, named=named is not None)),
        superclasses=superclasses,
        superclass_emoji=tuple(
            emoji_of.get(kind, neutral_mark()) for kind in superclasses
        ),
        descriptions=found.descriptions if found else names,
        source=_source(found, given=bool(given)),
    )


def _emoji(known: Iterable[KnownClass | None], *, named: bool) -> Iterator[str]:
    for index, entry in enumerate(known):
        if entry is not None:
            yield entry.emoji
        else:
            yield neutral_mark() if named else shape_mark(index)


def _source(found: ClassList | None, *, given: bool) -> str:
    if given:
        return "The model's own names" + (f", those of {found.title}" if found else "")
    if found is None:
        return "Nothing tells the names of these classes"
    count = len(found.names)
    return f"Taken for the classes of {found.title}, as there are {count:,} of them"
