"""What a check is, and what it may say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ANY_VIEW = ()


class NotHereError(ValueError):
    """A question that this model or image gives no answer to; the message says why."""


def counted(count: int, one: str, many: str) -> str:
    """Say a count with its words: "no head has", "1 head has", "3 heads have"."""
    return f"{count} {many}" if count > 1 else f"{count or 'no'} {one}"


@dataclass(frozen=True)
class Verdict:
    """What became of an attempt.

    Attributes
    ----------
    right
        Whether it is right.
    what
        What was tried, in a few words: ``L3.H1``.
    text
        What is said about it, with the numbers.
    """

    right: bool
    what: str
    text: str


@dataclass(frozen=True)
class Outcome:
    """What is true, of what can be guessed.

    Attributes
    ----------
    name
        One of the check's outcomes.
    text
        Why, with the numbers.
    """

    name: str
    text: str


@dataclass(frozen=True)
class OneOf:
    """An argument that is one of some words."""

    words: tuple[str, ...]

    def complaint(self, value: object, settings: Sequence[str]) -> str:  # noqa: ARG002
        """Say what is wrong with a value, or nothing."""
        if value in self.words:
            return ""
        return f"{value!r:.100} is none of {', '.join(self.words)}"


@dataclass(frozen=True)
class Whole:
    """An argument that is a whole number."""

    least: int = 1
    most: int = 100

    def complaint(self, value: object, settings: Sequence[str]) -> str:  # noqa: ARG002
        """Say what is wrong with a value, or nothing."""
        if type(value) is int and self.least <= value <= self.most:
            return ""
        return (
            f"{value!r:.100}: a whole number from {self.least} to {self.most} is needed"
        )


@dataclass(frozen=True)
class SettingName:
    """The name of one of the view's settings."""

    def complaint(self, value: object, settings: Sequence[str]) -> str:
        """Say what is wrong with a value, or nothing."""
        if value in settings:
            return ""
        return f"{value!r:.100} is none of {', '.join(settings)}"


@dataclass(frozen=True)
class SettingValue:
    """What a setting may be compared with."""

    def complaint(self, value: object, settings: Sequence[str]) -> str:  # noqa: ARG002
        """Say what is wrong with a value, or nothing."""
        if isinstance(value, str | int | float):
            return ""
        return f"{value!r:.100}: a text or a number is needed"


@dataclass(frozen=True)
class Words:
    """An argument that a person reads: a word of the lesson, a thing's name."""

    def complaint(self, value: object, settings: Sequence[str]) -> str:  # noqa: ARG002
        """Say what is wrong with a value, or nothing."""
        if isinstance(value, str) and value.strip():
            return ""
        return f"{value!r:.100}: words are needed"


Argument: TypeAlias = OneOf | Whole | SettingName | SettingValue | Words


@dataclass(frozen=True)
class Check:
    """A named function that judges answers of one kind.

    Attributes
    ----------
    views
        The views whose answers it judges; `ANY_VIEW` for any.
    function
        Takes the `Bench` and the arguments, and gives a `Verdict` of what the view
        shows, or the `Outcome` that is true where it is to be guessed. Raises
        `NotHereError` where the model has no right answer.
    arguments
        All that a lesson has to give it, by name.
    outcomes
        What may be true, where it is to be guessed; else empty.
    """

    views: tuple[str, ...]
    function: Callable[..., Verdict | Outcome]
    arguments: Mapping[str, Argument] = field(default_factory=dict[str, "Argument"])
    outcomes: tuple[str, ...] = ()
