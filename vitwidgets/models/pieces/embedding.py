"""The piece before the first block: patches, positions, and their sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from vitwidgets.models.interception.tap import Handler, Tap, Visitor, passing, taken
from vitwidgets.models.pieces.merging import merged
from vitwidgets.models.pieces.parts import Piece

if TYPE_CHECKING:
    from collections.abc import Callable

PATCHES = "output of the patch embedding"
"""Under this key, a run keeps the patches for the taps of the sum."""


@dataclass(frozen=True)
class Embedding:
    """Where tokens come from.

    Attributes
    ----------
    patches
        The module whose output are the patches.
    full
        The module that takes the sum of tokens and positions.
    with_prefix
        Patches as that module gives them -> all tokens before positions,
        ``(batch, token, d_model)``.
    positions
        Patches -> what the model adds to them, ``(1, token, d_model)``; None for a
        model that adds no positions.
    norm
        What comes between the sum and the first block; None for nothing.
    keep
        Taps that keep the patches instead, where their module's output does not stay as
        it is.
    """

    patches: nn.Module
    full: nn.Module
    with_prefix: Callable[[Tensor], Tensor]
    positions: Callable[[Tensor], Tensor] | None
    norm: nn.Module | None
    keep: tuple[Tap, ...] = ()


def embedding_piece(embedding: Embedding) -> Piece:
    """Give the piece before the first block."""
    embed, pos, full = "hook_embed", "hook_pos_embed", "hook_full_embed"
    missing: dict[str, str] = {}
    kept = Tap(embedding.patches, False, _keep_patches, (), (embed, pos))
    taps = [
        *(embedding.keep or (kept,)),
        Tap(embedding.full, True, _summed(embedding), (embed, pos, full)),
    ]
    if embedding.positions is None:
        missing[pos] = "it adds no position embedding to its tokens"
    if embedding.norm is None:
        missing["hook_ln_pre"] = "it has no norm before its first block"
    else:
        handler = passing("hook_ln_pre")
        taps.append(Tap(embedding.norm, False, handler, ("hook_ln_pre",)))
    return Piece(tuple(taps), missing=missing)


def _keep_patches(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
    run.scratch[PATCHES] = value
    return value


def _summed(embedding: Embedding) -> Handler:
    """Handle the sum of embedding and position, which the model's own code forms."""

    def handler(run: Visitor, full: Tensor, _: Tensor) -> Tensor:
        if run.wants("hook_embed", "hook_pos_embed"):
            full = from_parts(run, full, taken(run, PATCHES))
        return run.visit("hook_full_embed", full)

    def from_parts(run: Visitor, full: Tensor, patches: Tensor) -> Tensor:
        embed = embedding.with_prefix(patches)
        new_embed = run.visit("hook_embed", embed)
        changed = None if new_embed is embed else new_embed != embed
        total = new_embed
        if embedding.positions is not None:
            # A copy: a view would let a careless hook write into the parameter.
            pos = embedding.positions(patches).expand_as(embed).clone()
            new_pos = run.visit("hook_pos_embed", pos)
            total = new_embed + new_pos
            if new_pos is not pos:
                moved = new_pos != pos
                changed = moved if changed is None else changed | moved
        if changed is None:
            return full
        # What did not change keeps the model's own sum.
        return merged(changed, total.to(full.dtype), full)

    return handler


def timm_prefix(module: nn.Module, tokens: tuple[str, ...]) -> Callable[..., Tensor]:
    """Give patches -> prefix tokens and patches, ``(batch, token, d_model)``.

    Parameters
    ----------
    module
        The model.
    tokens
        Names of its prefix tokens' parameters, in order.
    """
    model = cast("Any", module)

    def with_prefix(patches: Tensor) -> Tensor:
        patches = patches.reshape(patches.shape[0], -1, patches.shape[-1])
        prefix = [
            getattr(model, name).expand(patches.shape[0], -1, -1) for name in tokens
        ]
        return torch.cat([*prefix, patches], dim=1) if prefix else patches

    return with_prefix


def timm_positions(module: nn.Module, n_prefix: int) -> Callable[..., Tensor]:
    """Give patches -> the position embedding as timm's models add it."""
    model = cast("Any", module)
    uncovered = n_prefix if getattr(model, "no_embed_class", False) else 0

    def positions(patches: Tensor) -> Tensor:
        pos: Tensor = model.pos_embed
        if getattr(model, "dynamic_img_size", False):
            from timm.layers.pos_embed import resample_abs_pos_embed  # noqa: PLC0415

            pos = resample_abs_pos_embed(
                pos,
                new_size=list(patches.shape[1:3]),
                old_size=list(model.patch_embed.grid_size),
                num_prefix_tokens=n_prefix - uncovered,
            )
        if uncovered:
            blank = pos.new_zeros(1, uncovered, pos.shape[-1])
            pos = torch.cat([blank, pos], dim=1)
        return pos

    return positions
