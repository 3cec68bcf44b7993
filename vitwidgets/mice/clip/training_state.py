"""emoji-clip under training with its optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from vitwidgets.mice.bundle import SHIPPED, read_bundle
from vitwidgets.mice.checkpoints import read_checkpoint
from vitwidgets.mice.progress import Training
from vitwidgets.models.loading.open_clip_names import open_clip

from .architecture import begin_as_mouse, build_clip
from .recipe import ClipRecipe

if TYPE_CHECKING:
    from pathlib import Path

_NO_DECAY = ("embedding", "logit_scale")


@dataclass
class ClipState(Training[nn.Module, ClipRecipe]):
    """emoji-clip under training."""


def start_clip(recipe: ClipRecipe, device: torch.device) -> ClipState:
    """Build a model and its optimizer with the weights that the recipe begins with."""
    torch.manual_seed(recipe.seed)  # pyright: ignore[reportUnknownMemberType]
    model = build_clip()
    if recipe.image_tower == "emoji-vit":
        begin_as_mouse(model, read_bundle(SHIPPED))
    # open_clip leaves the module out where nothing is to be hidden for good.
    hiding = open_clip().transformer.PatchDropout(recipe.hidden_patches)
    cast("Any", model).visual.patch_dropout = hiding
    model.to(device)
    weights: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        free = parameter.ndim < 2 or any(part in name for part in _NO_DECAY)  # noqa: PLR2004
        (others if free else weights).append(parameter)
    optimizer = torch.optim.AdamW(
        [
            {"params": weights, "weight_decay": recipe.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
        betas=(0.9, 0.98),
        fused=True,
    )
    return ClipState(model, optimizer, step=0, seconds=0.0, recipe=recipe)


def start_clip_from(trained: ClipState, recipe: ClipRecipe) -> ClipState:
    """Go on from trained weights with another recipe and a fresh optimizer."""
    device = next(trained.model.parameters()).device
    state = start_clip(recipe, device)
    state.model.load_state_dict(trained.model.state_dict())
    state.seconds = trained.seconds
    state.earlier = (*trained.earlier, trained.recipe)
    return state


def load_clip_checkpoint(
    path: Path, device: torch.device, *, recipe: ClipRecipe | None = None
) -> ClipState:
    """Read a checkpoint of emoji-clip, to be continued exactly.

    What may differ in the recipe is as for `vitwidgets.mice.checkpoints`.

    Raises
    ------
    CheckpointError
        If the file is no checkpoint or the recipes are not compatible.
    """
    kept = read_checkpoint(path, device, ClipRecipe, recipe)
    return kept.put_into(start_clip(kept.recipe, device))
