"""Words, prompts and templates as people type them, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACE = "{}"
"""Where a template takes the word."""


def checked_texts(what: str, texts: object) -> tuple[str, ...]:
    """Give texts as a tuple.

    Parameters
    ----------
    what
        What they are called, in the plural.
    texts
        Anything.

    Raises
    ------
    TypeError
        If they are no texts.
    ValueError
        If there is none, one is blank, or they are one text and no list.
    """
    if isinstance(texts, str):
        raise ValueError(  # noqa: TRY004 - a text is a list of letters, the usual slip
            f"{what} must be a list of texts, got the one text {texts!r:.100}: write "
            f"[{texts!r:.100}]"
        )
    try:
        items = list(cast("Iterable[object]", texts))
    except TypeError as error:
        raise TypeError(
            f"{what} must be a list of texts, got {texts!r:.100}"
        ) from error
    found: list[str] = []
    for item in items:
        if not isinstance(item, str):
            raise TypeError(f"{what} must be texts, got {item!r:.100} among them")
        if not item.strip():
            raise ValueError(
                f"{what} hold {item!r:.100}, which is blank: leave it out, or write "
                f"something"
            )
        found.append(item)
    if not found:
        raise ValueError(f"{what} are empty: give at least one")
    return tuple(found)


def distinct_texts(what: str, texts: object) -> tuple[str, ...]:
    """Give texts as a tuple, without blanks at their ends and double ones.

    Raises
    ------
    TypeError, ValueError
        As `checked_texts`; and if one is there twice.
    """
    found: dict[str, None] = {}
    for each in checked_texts(what, texts):
        plain = " ".join(each.split())
        if plain in found:
            raise ValueError(f"{what} hold {plain!r:.100} twice: keep one of them")
        found[plain] = None
    return tuple(found)


def checked_templates(templates: object) -> tuple[str, ...]:
    """Give templates as a tuple.

    Raises
    ------
    TypeError, ValueError
        As `distinct_texts`; and if one has not exactly one place for the word.
    """
    found = distinct_texts("templates", templates)
    for template in found:
        if template.count(PLACE) != 1:
            raise ValueError(
                f"the template {template!r:.100} must have exactly one {PLACE}, where "
                f"the word goes, as in 'a photo of a {PLACE}'"
            )
    return found
