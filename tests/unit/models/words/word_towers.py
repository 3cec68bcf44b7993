"""Image towers of many kinds with words behind them, in double precision."""

from __future__ import annotations

from typing import Any

import open_clip
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.parity import entries
from tests.unit.models.words.small_clips import VISION, images, randomized
from vitwidgets.models import HookedViT
from vitwidgets.models.words.zero_shot import ZeroShotClassifier

SCALE, BIAS = 3.0, -0.5
OWN: dict[str, dict[str, Any]] = {
    "class token": {},
    "layer scale": {"ls_init_value": 0.3},
    "no norm before": {"no_ln_pre": True},
    "norm after pooling": {"final_ln_after_pool": True},
    "average": {"pool_type": "avg"},
    "average, norm after pooling": {"pool_type": "avg", "final_ln_after_pool": True},
}
"""Options of open_clip's own towers."""

OTHERS = (
    "custom attention",
    "ViT-L-14-CLIPA",
    "EVA02-B-16",
    "vit_relpos_medium_patch16_cls_224",
    "vit_medium_patch16_gap_256",
)
"""Entries of the families' tests whose single tokens have an embedding."""

POOLED_BY_ATTENTION = ("coca_ViT-B-32", "ViT-B-16-SigLIP", "PE-Core-T-16-384")


def tower(name: str) -> nn.Module:
    if name in OWN:
        vision = {**VISION, **OWN[name]}
        made = open_clip.model._build_vision_tower(16, vision)
        return randomized(made).double()
    return entries.build(name, torch.float64)


def pictures(name: str) -> Tensor:
    if name in OWN:
        return images().double()
    return entries.inputs(name, dtype=torch.float64)


def words(count: int = 4, width: int = 16) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    found = torch.randn(count, width, generator=generator, dtype=torch.float64)
    return functional.normalize(found, dim=-1)


def with_words(name: str, module: nn.Module | None = None) -> HookedViT:
    module = tower(name) if module is None else module
    width = embedded(module, pictures(name)).shape[-1]
    return HookedViT(ZeroShotClassifier(module, words(width=width), SCALE, BIAS))


def embedded(module: nn.Module, x: Tensor) -> Tensor:
    with torch.no_grad():
        out: Any = module(x)
    return out[0] if isinstance(out, tuple) else out


def plain_logits(embedding: Tensor) -> Tensor:
    """Give logits of embeddings ``(..., width)``, by the definition of a cosine."""
    length = embedding.square().sum(-1, keepdim=True).sqrt()
    return SCALE * (embedding / length) @ words(width=embedding.shape[-1]).T + BIAS
