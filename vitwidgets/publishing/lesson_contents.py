"""What a page without a kernel holds of a lesson."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from vitwidgets.widgets import Explorer
    from vitwidgets.widgets.exported_page import PageContents


@dataclass(frozen=True, eq=False)
class LessonContents:
    """A lesson as a page plays it, from its first step.

    Attributes
    ----------
    name
        What it is called: ``logit-lens``.
    title
        What it is about.
    view
        The live view, open as long as this is used.
    shown
        That view, with the answers that any of the steps asks for.
    page
        The text, the questions and the buttons.
    lesson
        Steps and verdicts, as ``js/src/host/lesson/lesson_data.ts`` reads them.
    """

    name: str
    title: str
    view: Explorer
    shown: PageContents
    page: PageContents
    lesson: Mapping[str, object]


@runtime_checkable
class PublishableLesson(Protocol):
    """A lesson that can be published: what ``vw.workshop`` opens."""

    def published(self) -> AbstractContextManager[LessonContents]:
        """Give the lesson as a page plays it, begun anew."""
        ...
