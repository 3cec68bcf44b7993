"""The shape of the bundled model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import timm

from .scenes import SIDE
from .vocabulary import VOCABULARY

if TYPE_CHECKING:
    from timm.models import VisionTransformer

ARCHITECTURE: dict[str, int | float | bool | str] = {
    "img_size": SIDE,
    "patch_size": 8,
    "embed_dim": 128,
    "depth": 6,
    "num_heads": 4,
    "mlp_ratio": 4.0,
    "num_classes": len(VOCABULARY),
    "class_token": True,
    "global_pool": "token",
}
"""Keyword arguments of timm's ``VisionTransformer``."""


def build_model() -> VisionTransformer:
    """Build the model with fresh random weights, from PyTorch's present seed."""
    return timm.models.VisionTransformer(**ARCHITECTURE)  # pyright: ignore[reportArgumentType]
