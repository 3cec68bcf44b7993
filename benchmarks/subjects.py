"""The models that are measured: their weights are random, which costs the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import timm
import torch
from timm.models.vision_transformer import VisionTransformer

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Subject:
    """A model of timm with random weights, and a batch for it.

    Attributes
    ----------
    title
        What the table calls it.
    name
        timm's name of its architecture.
    batch
        Images in the batch.
    rounds
        How often each way of calling it is measured.
    options
        Arguments for ``timm.create_model``.
    """

    title: str
    name: str
    batch: int
    rounds: int
    options: Mapping[str, Any] = field(default_factory=dict)

    def build(self) -> tuple[VisionTransformer, torch.Tensor]:
        """Give the model and the images, the same ones each time."""
        torch.manual_seed(0)
        module = cast("VisionTransformer", timm.create_model(self.name, **self.options))
        height, width = module.patch_embed.img_size
        return module.eval(), torch.randn(self.batch, 3, height, width)


VIT_B = Subject("ViT-B/16", "vit_base_patch16_224", batch=1, rounds=15)


def toy() -> tuple[VisionTransformer, torch.Tensor]:
    """Give a model of 12 blocks so small that only overhead is left, and an image."""
    torch.manual_seed(0)
    module = VisionTransformer(
        img_size=16,
        patch_size=8,
        embed_dim=16,
        depth=12,
        num_heads=2,
        num_classes=4,
    )
    return module.eval(), torch.randn(1, 3, 16, 16)
