"""Words and templates as a person writes them, checked before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets import TraitError

from vitwidgets.models.words.checked_texts import checked_templates, distinct_texts

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_WORDS = 200
MOST_TEMPLATES = 100


def written_words(value: object) -> list[str]:
    """Return a list of words.

    Parameters
    ----------
    value
        Words or prompts; or one text of them, divided by commas or lines.

    Raises
    ------
    TraitError
        When they are no texts, there are none or too many, one is blank, or stands
        there twice.
    """
    if isinstance(value, str):
        value = _parts(value.replace("\n", ","), ",")
    return _checked("words", value, MOST_WORDS, lambda: distinct_texts("words", value))


def written_templates(value: object) -> list[str]:
    """Return a list of templates.

    Parameters
    ----------
    value
        Sentences that have ``{}`` where the word goes; or one text of them, divided by
        lines.

    Raises
    ------
    TraitError
        When they are no texts, there are none or too many, one stands there twice, or
        has not one place for the word.
    """
    if isinstance(value, str):
        value = _parts(value, "\n")
    return _checked(
        "templates", value, MOST_TEMPLATES, lambda: checked_templates(value)
    )


def _parts(text: str, divider: str) -> list[str]:
    parts = [part.strip() for part in text.split(divider)]
    return [part for part in parts if part]


def _checked(
    name: str, value: object, most: int, check: Callable[[], tuple[str, ...]]
) -> list[str]:
    if isinstance(value, (list, tuple)) and len(value) > most:  # pyright: ignore[reportUnknownArgumentType]
        raise TraitError(f"{name}: these are {len(value)}; {most} are taken at most")  # pyright: ignore[reportUnknownArgumentType]
    try:
        return list(check())
    except (TypeError, ValueError) as error:
        raise TraitError(str(error)) from None
