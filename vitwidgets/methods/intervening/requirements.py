"""What it takes to ask whether edits flip a prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.errors import UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitwidgets.methods.intervening.intervention import Intervention
    from vitwidgets.models import HookedViT


def require_classes(model: HookedViT) -> None:
    """Raise UnsupportedModelError unless a model predicts classes of images."""
    if model.config.n_words or model.config.n_classes <= 1:
        raise UnsupportedModelError(
            f"{model.name} has no classifier of several classes, so no prediction of "
            f"it can flip"
        )


def given_edits(interventions: Iterable[Intervention]) -> tuple[Intervention, ...]:
    """Give edits, or raise ValueError if there is none."""
    edits = tuple(interventions)
    if not edits:
        raise ValueError("there is no edit: give at least one intervention")
    return edits
