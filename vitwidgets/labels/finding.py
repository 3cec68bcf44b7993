"""Finding a class by what a person types: no guess where several are meant."""

from __future__ import annotations

import difflib
import operator
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, SupportsIndex

from vitwidgets.labels.labelling import Labels

if TYPE_CHECKING:
    from collections.abc import Sequence

# How well a text fits a class, best first: its name or number, another of its names,
# whole words of one.
_EXACT, _OTHER_NAME, _WORDS = range(3)


class _Entry(NamedTuple):
    """What one class is found by, as `_plain` gives it.

    Attributes
    ----------
    exact
        What means this class itself: its first name and its whole description.
    names
        All its names.
    """

    exact: frozenset[str]
    names: frozenset[str]


def find_class(text: str, names: Sequence[str]) -> list[int]:
    """Return every class that a text names, the exact ones first.

    A class fits by its name, its number, one of its further names, or because the text
    is one or more whole words of a name: "cat" finds "tabby, tabby cat" and never
    "bullfrog" or "catamount". Capitals, accents, hyphens and apostrophes don't count.

    Parameters
    ----------
    text
        What to look for.
    names
        One text a class, in which commas divide the names of the class.

    Returns
    -------
    list[int]
        Indices of classes, from the best kind of fit to the loosest, each kind in the
        order of the classes. Empty if nothing fits.

    Raises
    ------
    ValueError
        If there is nothing but space to look for.

    Examples
    --------
    >>> find_class("collie", ["Border collie", "collie", "cauliflower"])
    [1, 0]
    """
    return [index for _, index in _ranked(text, _entries(tuple(names)))]


def one_class(
    text_or_index: str | SupportsIndex, labels: Labels | Sequence[str]
) -> int:
    """Return the one class that is meant.

    Parameters
    ----------
    text_or_index
        A name, in the senses of `find_class`, or a number.
    labels
        Of a model, or just its class names.

    Raises
    ------
    ValueError
        If there is no such class, with the names that come nearest, or if several fit
        equally well, with all that fit.
    """
    texts, entries = _searched(labels)
    if not isinstance(text_or_index, str):
        return _checked(text_or_index, len(texts))
    ranked = _ranked(text_or_index, entries)
    if not ranked:
        raise ValueError(_nothing_found(text_or_index, entries))
    best = [index for kind, index in ranked if kind == ranked[0][0]]
    if len(best) == 1:
        return best[0]
    listed = "; ".join(f"{index} {texts[index]}" for _, index in ranked)
    raise ValueError(
        f"{text_or_index!r} fits {len(ranked)} classes: {listed}. Give the number or "
        "the full name of one"
    )


def _ranked(text: str, entries: tuple[_Entry, ...]) -> list[tuple[int, int]]:
    sought = _plain(text)
    if not sought:
        raise ValueError("nothing to look for: type the name or the number of a class")
    number = text.strip()
    words = f" {sought} "
    ranked: list[tuple[int, int]] = []
    for index, entry in enumerate(entries):
        if sought in entry.exact or str(index) == number:
            ranked.append((_EXACT, index))
        elif sought in entry.names:
            ranked.append((_OTHER_NAME, index))
        elif any(words in f" {name} " for name in entry.names):
            ranked.append((_WORDS, index))
    return sorted(ranked)


def _searched(
    labels: Labels | Sequence[str],
) -> tuple[tuple[str, ...], tuple[_Entry, ...]]:
    if isinstance(labels, Labels):
        return labels.names, _entries(labels.descriptions, labels.names)
    names = tuple(labels)
    return names, _entries(names)


@lru_cache(maxsize=8)
def _entries(
    descriptions: tuple[str, ...], names: tuple[str, ...] | None = None
) -> tuple[_Entry, ...]:
    entries: list[_Entry] = []
    for description, name in zip(descriptions, names or descriptions, strict=True):
        parts = [_plain(part) for part in description.split(",")]
        exact = frozenset((_plain(description), parts[0], _plain(name)))
        shown = (_plain(part) for part in name.split(","))
        entries.append(_Entry(exact, frozenset((*parts, *shown))))
    return tuple(entries)


def _plain(text: str) -> str:
    """Return lower-case words without accents, one space between two."""
    bare = text.casefold()
    if not bare.isascii():
        apart = unicodedata.normalize("NFKD", bare)
        bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    words = re.sub(r"[^\w]+", " ", re.sub("['`\u2019]", "", bare))
    # A name of signs alone, such as "+", is found by these signs.
    return " ".join(words.replace("_", " ").split()) or "".join(bare.split())


def _checked(index: object, count: int) -> int:
    if isinstance(index, SupportsIndex) and not isinstance(index, bool):
        number = operator.index(index)
        if 0 <= number < count:
            return number
    classes = f"the classes are 0 to {count - 1}" if count else "the model has none"
    raise ValueError(f"there is no class {index!r}: {classes}")


def _nothing_found(text: str, entries: tuple[_Entry, ...]) -> str:
    every = {name for entry in entries for name in entry.names}
    every |= {word for name in every for word in name.split()}
    near = difflib.get_close_matches(_plain(text), sorted(every), n=5)
    hint = (
        "Near to it: " + ", ".join(near)
        if near
        else f"Give a name or a number from the list of {len(entries)} classes"
    )
    return f"no class is called {text!r}. {hint}"
