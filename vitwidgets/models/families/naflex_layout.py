"""timm's NaFlexVit: patches, positions and prefix tokens in a module of their own.

Positions are added to the patches in place, so the patches are copied before. Images
only are taken; batches of patches with coordinates are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.config import ViTConfig
from vitwidgets.models.errors import HookError, UnsupportedModelError
from vitwidgets.models.families.assembly import assembled
from vitwidgets.models.families.module_checks import part_at, require_own_code
from vitwidgets.models.families.tables import NAFLEX
from vitwidgets.models.families.timm_blocks import timm_block
from vitwidgets.models.families.timm_layout import timm_readout
from vitwidgets.models.families.unembeddings import timm_features, timm_unembedding
from vitwidgets.models.interception.tap import Tap, Visitor, taken
from vitwidgets.models.pieces.embedding import (
    PATCHES,
    Embedding,
    embedding_piece,
    timm_prefix,
)
from vitwidgets.models.pieces.readout import readout_piece
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vitwidgets.models.pieces.parts import Block, Layout

_IMAGES = "images that are made patches"
_IMAGE_AXES = 4


def resolve_naflex(module: nn.Module) -> Layout:
    """Take a NaFlexVit apart."""
    require_own_code(module, "the model")
    embeds = part_at(module, "embeds", NAFLEX.title, "the model")
    require_own_code(embeds, "its embedding")
    projection = part_at(embeds, "proj", NAFLEX.title, "its embedding")
    stack = cast(
        "Iterable[nn.Module]", part_at(module, "blocks", NAFLEX.title, "the model")
    )
    blocks = [timm_block(module, NAFLEX, block, i) for i, block in enumerate(stack)]
    if not blocks:
        raise UnsupportedModelError("this vision transformer has no blocks at all")
    last = in_block(len(blocks) - 1, "hook_resid_post")
    config = _config(module, embeds, blocks)
    readout = timm_readout(module, NAFLEX)
    features = timm_features(module, readout, config)
    return assembled(
        module,
        projection,
        blocks,
        title=NAFLEX.title,
        before=embedding_piece(_embedding(module, embeds, len(blocks))),
        after=[readout_piece(readout, last)],
        config=config,
        unembedding=timm_unembedding(module, features, config),
        features=features,
        pads=bool(cast("Any", embeds).dynamic_img_pad),
    )


def _embedding(module: nn.Module, embeds: nn.Module, n_blocks: int) -> Embedding:
    def part(root: nn.Module, path: str) -> nn.Module:
        return part_at(root, path, NAFLEX.title, "the model")

    norm = part(module, "norm_pre")
    return Embedding(
        patches=part(embeds, "norm"),
        full=part(embeds, "pos_drop"),
        with_prefix=timm_prefix(embeds, _prefix_tokens(embeds)),
        positions=_positions(embeds),
        norm=None if type(norm) is nn.Identity else norm,
        keep=_copies(embeds, part(embeds, "norm"), n_blocks),
    )


def _prefix_tokens(embeds: nn.Module) -> tuple[str, ...]:
    return tuple(
        name for name in NAFLEX.prefix_tokens if getattr(embeds, name) is not None
    )


def _copies(embeds: nn.Module, norm: nn.Module, n_blocks: int) -> tuple[Tap, ...]:
    """Give the taps that copy the patches, as ``(batch, row, column, d_model)``."""
    helps = ("hook_embed", "hook_pos_embed")
    # Scores and patterns would be those without the mask of a batch of patches.
    masked = tuple(
        in_block(layer, f"attn.hook_{name}")
        for layer in range(n_blocks)
        for name in ("attn_scores", "pattern")
    )

    def images(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        if value.dim() != _IMAGE_AXES:
            raise HookError(
                f"a batch of patches of shape {tuple(value.shape)} was passed to the "
                f"model: the activations of a NaFlexVit can be read for images only, "
                f"(batch, channel, height, width)"
            )
        run.scratch[_IMAGES] = value
        return value

    def patches(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        size = taken(run, _IMAGES).shape[-2:]
        grid = cast("Any", embeds).dynamic_feat_size(size)
        run.scratch[PATCHES] = value.clone().unflatten(1, grid)
        return value

    return (
        Tap(embeds, True, images, (), (*helps, *masked)),
        Tap(norm, False, patches, (), helps),
    )


def _positions(embeds: nn.Module) -> Callable[[Tensor], Tensor] | None:
    """Give patches -> the position embedding as the model's own code adds it."""
    untyped = cast("Any", embeds)
    add = {
        "learned": untyped._apply_learned_pos_embed,  # noqa: SLF001
        "factorized": untyped._apply_factorized_pos_embed,  # noqa: SLF001
    }.get(untyped.pos_embed_type)
    if add is None:
        return None
    n_prefix = int(untyped.num_prefix_tokens)

    def positions(patches: Tensor) -> Tensor:
        _, rows, cols, width = patches.shape
        nothing = patches.new_zeros(1, rows * cols, width)
        add(nothing, [rows, cols])
        return torch.cat([patches.new_zeros(1, n_prefix, width), nothing], dim=1)

    return positions


def _config(module: nn.Module, embeds: nn.Module, blocks: list[Block]) -> ViTConfig:
    model, embedding = cast("Any", module), cast("Any", embeds)
    patch = (int(embedding.patch_size[0]), int(embedding.patch_size[1]))
    image_size = _image_size(module, embeds)
    rows, cols = embedding.dynamic_feat_size(image_size)
    n_registers = int(embedding.num_reg_tokens)
    prefix = ("cls",) if embedding.has_class_token else ()
    prefix += tuple(f"reg{index}" for index in range(n_registers))
    return ViTConfig(
        model_class=class_path(module),
        n_layers=len(blocks),
        n_heads=blocks[0].heads.n_heads,
        d_model=int(model.embed_dim),
        d_head=blocks[0].heads.d_head,
        d_mlp=blocks[0].d_mlp,
        image_size=image_size,
        patch_size=patch,
        grid=(int(rows), int(cols)),
        dynamic_size=True,
        n_channels=int(embedding.in_chans),
        n_prefix_tokens=len(prefix),
        prefix_names=prefix,
        n_tokens=len(prefix) + int(rows) * int(cols),
        pool=str(model.global_pool),
        n_classes=int(getattr(model.head, "out_features", 0)),
        n_params=sum(parameter.numel() for parameter in module.parameters()),
    )


def _image_size(module: nn.Module, embeds: nn.Module) -> tuple[int, int]:
    """Give the size that the model was made for; any other is taken, too."""
    described = cast("dict[str, Any]", getattr(module, "pretrained_cfg", None) or {})
    given: Any = getattr(embeds, "default_img_size", None)
    if given is None and "input_size" in described:
        given = described["input_size"][1:]
    if given is None:
        untyped = cast("Any", embeds)
        grid, patch = untyped.pos_embed_grid_size or (16, 16), untyped.patch_size
        given = (grid[0] * patch[0], grid[1] * patch[1])
    return int(given[0]), int(given[1])
