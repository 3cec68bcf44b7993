"""timm's models with one stack of plain blocks, matched to their family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from torch import nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.config import ViTConfig
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.assembly import assembled
from vitwidgets.models.families.module_checks import part_at, refusal, require_own_code
from vitwidgets.models.families.tables import PATCH_EMBEDS, Family
from vitwidgets.models.families.timm_blocks import timm_block
from vitwidgets.models.families.unembeddings import timm_features, timm_unembedding
from vitwidgets.models.pieces.embedding import (
    Embedding,
    embedding_piece,
    timm_positions,
    timm_prefix,
)
from vitwidgets.models.pieces.readout import Readout, readout_piece
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitwidgets.models.pieces.parts import Block, Layout


def resolve_timm(module: nn.Module, family: Family) -> Layout:
    """Take a module of a family apart."""
    require_own_code(module, "the model")
    where = "the model"
    patch_embed = part_at(module, "patch_embed", family.title, where)
    stack = part_at(module, "blocks", family.title, where)
    # Module.children would leave out a block that is there twice.
    modules = list(cast("Iterable[nn.Module]", stack))
    if not modules:
        raise UnsupportedModelError("this vision transformer has no blocks at all")
    blocks = [timm_block(module, family, block, i) for i, block in enumerate(modules)]
    if class_path(patch_embed) not in PATCH_EMBEDS:
        raise refusal(patch_embed, "its patch embedding", family.title)
    config = timm_config(module, family, patch_embed, blocks)
    readout = timm_readout(module, family)
    features = timm_features(module, readout, config)
    return assembled(
        module,
        patch_embed,
        blocks,
        title=family.title,
        before=embedding_piece(timm_embedding(module, family, patch_embed, modules[0])),
        after=[readout_piece(readout, _last_stream(blocks))],
        config=config,
        unembedding=timm_unembedding(module, features, config),
        features=features,
        pads=bool(getattr(patch_embed, "dynamic_img_pad", False)),
    )


def _last_stream(blocks: list[Block]) -> str:
    return in_block(len(blocks) - 1, "hook_resid_post")


def timm_embedding(
    module: nn.Module, family: Family, patch_embed: nn.Module, first: nn.Module
) -> Embedding:
    """Find where tokens come from."""
    tokens = _prefix_tokens(module, family)
    n_prefix = sum(int(getattr(module, name).shape[1]) for name in tokens)
    full, norm = first, None
    if family.full_embed is not None:
        full = part_at(module, family.full_embed, family.title, "the model")
    if family.ln_pre is not None:
        norm = part_at(module, family.ln_pre, family.title, "the model")
    has_positions = getattr(module, "pos_embed", None) is not None
    return Embedding(
        patches=patch_embed,
        full=full,
        with_prefix=timm_prefix(module, tokens),
        positions=timm_positions(module, n_prefix) if has_positions else None,
        norm=None if type(norm) is nn.Identity else norm,
    )


def _prefix_tokens(module: nn.Module, family: Family) -> tuple[str, ...]:
    return tuple(
        name for name in family.prefix_tokens if getattr(module, name, None) is not None
    )


def timm_readout(module: nn.Module, family: Family) -> Readout:
    """Find what makes the output of the last block's stream."""

    def part(path: str | None) -> nn.Module:
        if path is None:
            return nn.Identity()
        return part_at(module, path, family.title, "the model")

    return Readout(
        model=module,
        final_norm=part("norm"),
        pooled=[(site, part(path)) for site, path in family.pooled.items()],
        pooled_norm=part(family.pooled_norm),
    )


def timm_config(
    module: nn.Module, family: Family, patch_embed: nn.Module, blocks: list[Block]
) -> ViTConfig:
    """Give the sizes of a model."""
    model, embed = cast("Any", module), cast("Any", patch_embed)
    image_size = (int(embed.img_size[0]), int(embed.img_size[1]))
    grid = (int(embed.grid_size[0]), int(embed.grid_size[1]))
    prefix = _prefix_names(module, family)
    head = getattr(module, "head", None)
    return ViTConfig(
        model_class=class_path(module),
        n_layers=len(blocks),
        n_heads=blocks[0].heads.n_heads,
        d_model=int(model.embed_dim),
        d_head=blocks[0].heads.d_head,
        d_mlp=blocks[0].d_mlp,
        image_size=image_size,
        patch_size=(image_size[0] // grid[0], image_size[1] // grid[1]),
        grid=grid,
        dynamic_size=bool(getattr(model, "dynamic_img_size", False)),
        n_channels=_channels(patch_embed),
        n_prefix_tokens=len(prefix),
        prefix_names=prefix,
        n_tokens=len(prefix) + grid[0] * grid[1],
        pool=str(model.global_pool),
        n_classes=int(getattr(head, "out_features", 0)),
        n_params=sum(parameter.numel() for parameter in module.parameters()),
    )


def _prefix_names(module: nn.Module, family: Family) -> tuple[str, ...]:
    names: list[str] = []
    for parameter in _prefix_tokens(module, family):
        kind = parameter.removesuffix("_token")
        count = int(getattr(module, parameter).shape[1])
        numbered = [f"{kind}{index}" for index in range(count)]
        names += numbered if kind == "reg" else [kind]
    return tuple(names)


def _channels(patch_embed: nn.Module) -> int:
    """Channels that the first convolution takes (older timm keeps no number)."""
    kernel = next(weight for weight in patch_embed.parameters() if weight.dim() == 4)  # noqa: PLR2004
    return int(kernel.shape[1])
