"""What it takes to ask whether edits flip a prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.errors import UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitwidgets.methods.intervening.intervention import Intervention
    from vitwidgets.models import HookedViT


def require_classes(
    model: HookedViT, why: str = "so no prediction of it can flip"
) -> None:
    """Raise unless a model predicts classes of images.

    Parameters
    ----------
    model
        The model.
    why
        What the message says of why that matters.

    Raises
    ------
    UnsupportedModelError
        If it has no classifier of several classes.
    """
    if model.config.n_words or model.config.n_classes <= 1:
        raise UnsupportedModelError(
            f"{model.name} has no classifier of several classes, {why}"
        )


def given_edits(interventions: Iterable[Intervention]) -> tuple[Intervention, ...]:
    """Give edits, or raise ValueError if there is none."""
    edits = tuple(interventions)
    if not edits:
        raise ValueError("there is no edit: give at least one intervention")
    return edits
