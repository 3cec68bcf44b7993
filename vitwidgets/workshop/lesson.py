"""A lesson: what it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Question:
    """A question that is answered in the view, or by choosing.

    Attributes
    ----------
    ask
        What to do, or what to choose.
    check
        The check that judges it, one of `vitwidgets.workshop.checks.registry.CHECKS`.
    arguments
        What the check needs to know.
    choices
        For a guess what can be chosen, in order: the outcome that it stands for, and
        its words.
    hints
        Shown one after the other, when asked for.
    """

    ask: str
    check: str
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    choices: tuple[tuple[str, str], ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A step of a lesson.

    Attributes
    ----------
    title
        A few words.
    text
        Paragraphs, in the small part of Markdown that a lesson may use.
    state
        What the view shows at its start, by names of traits; what is not named stays.
    question
        What is asked, if anything.
    line
        Where it begins in the lesson's file.
    """

    title: str
    text: tuple[str, ...]
    state: Mapping[str, object]
    question: Question | None
    line: int


@dataclass(frozen=True)
class Lesson:
    """A lesson over one live view.

    Attributes
    ----------
    name
        What it is called, such as ``logit-lens``: its file's name without ``.json``.
    title
        What it is about.
    view
        The class of its view, such as ``EmojiLogitLens``.
    image
        The bundled scene that it is about where no other image is given.
    donor
        For click-to-patch the bundled scene that values are taken from; else empty.
    words
        For the word lens the words that are its classes; else empty.
    steps
        One at least.
    """

    name: str
    title: str
    view: str
    image: str
    donor: str
    words: tuple[str, ...]
    steps: tuple[Step, ...]
