"""A model under training with its optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from timm.layers.attention import Attention
from timm.layers.patch_dropout import PatchDropout

from .architecture import build_model
from .progress import Training

if TYPE_CHECKING:
    from timm.models import VisionTransformer  # noqa: F401 (named in a string)
    from torch import Tensor

    from .recipe import Recipe


@dataclass
class TrainingState(Training["VisionTransformer", "Recipe"]):
    """emoji-vit under training."""


def start(recipe: Recipe, device: torch.device) -> TrainingState:
    """Build a model and its optimizer with fresh weights."""
    torch.manual_seed(recipe.seed)  # pyright: ignore[reportUnknownMemberType]
    model = build_model().to(device)
    # Eager attention: PyTorch's fused backward on the CPU took half of a step.
    for module in model.modules():
        if isinstance(module, Attention):
            module.fused_attn = False  # pyright: ignore[reportAttributeAccessIssue]
    model.patch_drop = PatchDropout(
        recipe.hidden_patches, num_prefix_tokens=model.num_prefix_tokens
    )
    plain = [p for p in model.parameters() if _is_weight(p)]
    others = [p for p in model.parameters() if not _is_weight(p)]
    optimizer = torch.optim.AdamW(
        [
            {"params": plain, "weight_decay": recipe.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
        betas=(0.9, 0.98),
        fused=True,
    )
    return TrainingState(model, optimizer, step=0, seconds=0.0, recipe=recipe)


def start_from(trained: TrainingState, recipe: Recipe) -> TrainingState:
    """Go on from trained weights with another recipe and a fresh optimizer."""
    device = next(trained.model.parameters()).device
    state = start(recipe, device)
    state.model.load_state_dict(trained.model.state_dict())
    state.seconds = trained.seconds
    state.earlier = (*trained.earlier, trained.recipe)
    return state


def _is_weight(parameter: Tensor) -> bool:
    """Tell matrices and kernels from biases, norms, the class token and positions."""
    return parameter.ndim > 1 and len(parameter) > 1
