"""Models whose heads each have one z for each token of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from vitwidgets.models import HookedViT


def require_whole_heads(model: HookedViT) -> None:
    """Raise UnsupportedModelError if a head's z is not one for each token."""
    several = in_block(0, "attn1.hook_z") in model.sites
    if several or any(model.config.window_sizes):
        raise UnsupportedModelError(
            f"{model.name} attends within windows, or by several attentions side by "
            f"side: its heads do not have one z for each token of an image"
        )
