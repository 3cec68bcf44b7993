"""The project's own gallery: every view on the bundled model and scenes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.images import sample
from vitwidgets.methods.interventions import Intervention
from vitwidgets.models import load_model
from vitwidgets.widgets import (
    AttentionHeadTour,
    ClickToPatch,
    EmojiLogitLens,
    LogitAttribution,
    WordLens,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vitwidgets.widgets import Explorer

GALLERY_TITLE = "vitwidgets: look inside a vision transformer"
_WORDS = ("cat", "dog", "fox", "a red car", "two eggs")
_HEADS = ("L2.H0", "L4.H3")
"""Those whose copies from dog-alone bring cat-alone nearest to it."""


def gallery() -> Iterator[Explorer]:
    """Open each view there is, one after the other.

    In click-to-patch, which comes last, two heads are edited, and what takes long is
    done, for the page to hold it.
    """
    model = load_model()
    cat, dog, both = map(sample, ("cat-alone", "dog-alone", "cat-and-dog"))
    yield AttentionHeadTour(model, both)
    yield EmojiLogitLens(model, both)
    yield WordLens(load_model("emoji-clip"), both, _WORDS)
    yield LogitAttribution(model, cat)
    edits = [Intervention(head, "patch", source=dog.name) for head in _HEADS]
    patcher = ClickToPatch(model, cat, dog, interventions=edits)
    patcher.run_sweep()
    patcher.controls()
    patcher.smallest_flip()
    yield patcher
