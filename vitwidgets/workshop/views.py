"""The views that a lesson may be played over."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from vitwidgets.widgets import AttentionHeadTour, ClickToPatch, EmojiLogitLens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vitwidgets.images import ImageSource
    from vitwidgets.models import HookedViT

LessonView: TypeAlias = AttentionHeadTour | EmojiLogitLens | ClickToPatch

VIEWS: Mapping[str, type[LessonView]] = {
    view.__name__: view for view in (AttentionHeadTour, EmojiLogitLens, ClickToPatch)
}

_NOT_A_LESSONS = frozenset({"stops", "stop"})
"""Of the guided tour, which tells a story of its own."""


def settings_of(view: str) -> list[str]:
    """Name the settings of a view that a lesson may set."""
    return [n for n in VIEWS[view].settable_names() if n not in _NOT_A_LESSONS]


def open_view(
    name: str, model: HookedViT, image: ImageSource, donor: ImageSource
) -> LessonView:
    """Open a view; `donor` is for click-to-patch alone.

    Raises
    ------
    ValueError, UnsupportedModelError
        As the view's class says.
    """
    if name == ClickToPatch.__name__:
        return ClickToPatch(model, image, donor)
    if name == EmojiLogitLens.__name__:
        return EmojiLogitLens(model, image)
    return AttentionHeadTour(model, image)
