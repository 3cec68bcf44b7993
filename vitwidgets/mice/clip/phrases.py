"""English for things, their colours and their number."""

from __future__ import annotations

NUMBERS = ("a", "two", "three")
"""How captions say one, two and three; the first is "an" where English has it so."""

_MEASURES = {"grapes": "bunch", "broccoli": "piece"}
_IRREGULAR = {"fish": "fish", "snowman": "snowmen"}
_VOWELS = "aeiou"
_HISSING = ("s", "x", "ch", "sh")


def label(name: str, colour: str | None = None) -> str:
    """Name a thing as a label does: "cat", "red cat"."""
    return name if colour is None else f"{colour} {name}"


def with_article(words: str) -> str:
    """Put "a" or "an" before words, whichever their first letter asks for."""
    return f"an {words}" if words[0] in _VOWELS else f"a {words}"


def noun_phrase(name: str, count: int = 1, colour: str | None = None) -> str:
    """Say how many things of a colour there are.

    Parameters
    ----------
    name
        Of the thing, as the vocabulary has it.
    count
        1, 2 or 3.
    colour
        None to leave it out.

    Returns
    -------
    str
        Such as "an owl", "two red cats" or "a bunch of purple grapes".
    """
    named = label(name, colour)
    measure = _MEASURES.get(name)
    if measure is not None:
        each = measure if count == 1 else _plural(measure)
        named = f"{each} of {named}"
    elif count > 1:
        named = label(_plural(name), colour)
    return with_article(named) if count == 1 else f"{NUMBERS[count - 1]} {named}"


def _plural(name: str) -> str:
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    if name.endswith("y") and name[-2] not in _VOWELS:
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(_HISSING) else f"{name}s"


def joined(phrases: list[str]) -> str:
    """Join phrases: "a cat", "a cat and a dog", "a cat, a dog and a key"."""
    if len(phrases) == 1:
        return phrases[0]
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"
