"""The views that a lesson may be played over."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from vitwidgets.models.loading.bundled_clip import BUNDLED_CLIP
from vitwidgets.models.loading.bundled_model import BUNDLED
from vitwidgets.widgets import (
    AttentionHeadTour,
    ClickToPatch,
    EmojiLogitLens,
    WordLens,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vitwidgets.images import ImageSource
    from vitwidgets.models import HookedViT

LessonView: TypeAlias = AttentionHeadTour | EmojiLogitLens | ClickToPatch | WordLens

VIEWS: Mapping[str, type[LessonView]] = {
    view.__name__: view
    for view in (AttentionHeadTour, EmojiLogitLens, ClickToPatch, WordLens)
}

_NOT_A_LESSONS = frozenset({"stops", "stop", "words", "templates"})
"""Of the guided tour, which tells a story of its own; and words, which are the same in
all steps of a lesson."""


def own_model(view: str) -> str:
    """Name the bundled model that lessons over a view are about."""
    return BUNDLED_CLIP if view == WordLens.__name__ else BUNDLED


def settings_of(view: str) -> list[str]:
    """Name the settings of a view that a lesson may set."""
    return [n for n in VIEWS[view].settable_names() if n not in _NOT_A_LESSONS]


def open_view(
    name: str,
    model: HookedViT,
    image: ImageSource,
    donor: ImageSource,
    words: Sequence[str] = (),
) -> LessonView:
    """Open a view; `donor` is for click-to-patch alone, `words` for the word lens.

    Raises
    ------
    ValueError, UnsupportedModelError
        As the view's class says.
    """
    if name == ClickToPatch.__name__:
        return ClickToPatch(model, image, donor)
    if name == EmojiLogitLens.__name__:
        return EmojiLogitLens(model, image)
    if name == WordLens.__name__:
        return WordLens(model, image, list(words))
    return AttentionHeadTour(model, image)
