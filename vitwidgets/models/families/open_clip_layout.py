"""open_clip's image towers, matched to their layout."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.config import ViTConfig
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.assembly import assembled
from vitwidgets.models.families.module_checks import part_at, require_own_code
from vitwidgets.models.families.open_clip_blocks import last_stream, open_clip_blocks
from vitwidgets.models.families.open_clip_features import (
    image_features,
    trunk_features,
)
from vitwidgets.models.families.unembeddings import NO_CLASSIFIER
from vitwidgets.models.interception.tap import Tap, passing
from vitwidgets.models.pieces.embedding import Embedding, embedding_piece
from vitwidgets.models.pieces.projected_readout import (
    ProjectedReadout,
    projected_readout_piece,
)
from vitwidgets.models.pieces.readout import Readout, readout_piece

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitwidgets.models.pieces.parts import Block, Layout, Piece
    from vitwidgets.models.pieces.projected_readout import Pool

IMAGE_TITLE = "open_clip's VisionTransformer"
TIMM_TITLE = "open_clip's TimmModel around one of these"
_POOLS = {"tok": "token", "avg": "avg", "none": ""}


def resolve_image_tower(module: nn.Module) -> Layout:
    """Take an `open_clip.transformer.VisionTransformer` apart."""
    require_own_code(module, "the model")
    conv1 = part_at(module, "conv1", IMAGE_TITLE, "the model")
    blocks = open_clip_blocks(module, IMAGE_TITLE, masked=False)
    ln_pre = part_at(module, "ln_pre", IMAGE_TITLE, "the model")
    embedding = Embedding(
        patches=conv1,
        full=part_at(module, "patch_dropout", IMAGE_TITLE, "the model"),
        with_prefix=_with_class_token(module),
        positions=_positions(module),
        norm=None if type(ln_pre) is nn.Identity else ln_pre,
    )
    return assembled(
        module,
        conv1,
        blocks,
        title=IMAGE_TITLE,
        before=embedding_piece(embedding),
        after=[_readout(module, last_stream(blocks))],
        config=_config(module, blocks),
        unembedding=NO_CLASSIFIER,
        features=image_features(module),
    )


def resolve_timm_tower(
    module: nn.Module, resolve_trunk: Callable[[object], Layout]
) -> Layout:
    """Take an `open_clip.timm_model.TimmModel` apart: its trunk, whatever its head.

    Parameters
    ----------
    module
        The tower.
    resolve_trunk
        What takes its trunk apart.
    """
    require_own_code(module, "the model")
    trunk = part_at(module, "trunk", TIMM_TITLE, "the model")
    layout = resolve_trunk(trunk)
    end = Tap(module, False, passing("hook_logits"), ("hook_logits",))
    inside = tuple(tap for tap in layout.taps if tap.sites != end.sites)
    config = dataclasses.replace(
        layout.config,
        model_class=f"{class_path(module)} of {layout.config.model_class}",
        n_classes=0,
        n_params=sum(parameter.numel() for parameter in module.parameters()),
    )
    return dataclasses.replace(
        layout,
        module=module,
        title=TIMM_TITLE,
        config=config,
        taps=(*inside, end),
        unembedding=NO_CLASSIFIER,
        features=trunk_features(module, layout),
    )


def _with_class_token(module: nn.Module) -> Callable[[Tensor], Tensor]:
    """Give patches ``(batch, d_model, row, column)`` -> all tokens."""
    model = cast("Any", module)

    def with_class_token(patches: Tensor) -> Tensor:
        tokens = patches.reshape(*patches.shape[:2], -1).permute(0, 2, 1)
        first = model.class_embedding.view(1, 1, -1).expand(tokens.shape[0], -1, -1)
        return torch.cat([first.to(tokens.dtype), tokens], dim=1)

    return with_class_token


def _positions(module: nn.Module) -> Callable[[Tensor], Tensor]:
    model = cast("Any", module)
    return lambda patches: model.positional_embedding.to(patches.dtype)[None]


def _readout(module: nn.Module, stream: str) -> Piece:
    model = cast("Any", module)
    pool_type = str(model.pool_type)
    if getattr(model, "attn_pool_type", ""):
        raise UnsupportedModelError(
            f"its attentional pooling is of the type {model.attn_pool_type!r}, which "
            f"open_clip itself calls untested; the usual one is supported"
        )
    ln_post = part_at(module, "ln_post", IMAGE_TITLE, "the model")
    attentive = model.attn_pool is not None
    if model.final_ln_after_pool and not attentive and pool_type != "none":
        pooled = [("hook_pooled", ln_post)]
        return readout_piece(Readout(module, nn.Identity(), pooled, ln_post), stream)

    def project(pooled: Tensor) -> Tensor:
        return pooled if model.proj is None else pooled @ model.proj

    readout = ProjectedReadout(
        model=module,
        norm=ln_post,
        source=None if attentive else stream,
        pool=_pool(pool_type),
        project=project,
    )
    return projected_readout_piece(readout)


def _pool(pool_type: str) -> Pool | None:
    if pool_type == "none":
        return None
    if pool_type == "avg":
        return lambda tokens, _: tokens[:, 1:].mean(dim=1)
    return lambda tokens, _: tokens[:, 0]


def _config(module: nn.Module, blocks: list[Block]) -> ViTConfig:
    model = cast("Any", module)
    grid = (int(model.grid_size[0]), int(model.grid_size[1]))
    heads = blocks[0].heads
    return ViTConfig(
        model_class=class_path(module),
        n_layers=len(blocks),
        n_heads=heads.n_heads,
        d_model=int(model.transformer.width),
        d_head=heads.d_head,
        d_mlp=blocks[0].d_mlp,
        image_size=(int(model.image_size[0]), int(model.image_size[1])),
        patch_size=(int(model.patch_size[0]), int(model.patch_size[1])),
        grid=grid,
        dynamic_size=False,
        n_channels=int(model.conv1.in_channels),
        n_prefix_tokens=1,
        prefix_names=("cls",),
        n_tokens=1 + grid[0] * grid[1],
        pool="map" if model.attn_pool is not None else _POOLS[str(model.pool_type)],
        n_classes=0,
        n_params=sum(parameter.numel() for parameter in module.parameters()),
    )
