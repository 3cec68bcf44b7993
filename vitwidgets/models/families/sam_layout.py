"""timm's SAM encoder (Kirillov et al., 2023), a plain ViT with windows.

Its blocks keep the stream by row and column, and attention is in windows in most of
them. Images are of the size that it was made for.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.assembly import assembled
from vitwidgets.models.families.module_checks import part_at, refusal, require_own_code
from vitwidgets.models.families.sam_blocks import sam_block
from vitwidgets.models.families.tables import PATCH_EMBEDS, SAM
from vitwidgets.models.families.timm_layout import timm_config, timm_embedding
from vitwidgets.models.families.unembeddings import NECK_BETWEEN
from vitwidgets.models.interception.tap import Tap, passing
from vitwidgets.models.pieces.embedding import embedding_piece
from vitwidgets.models.pieces.parts import Piece
from vitwidgets.models.pieces.row_column_taps import tokens_on_one_axis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor, nn

    from vitwidgets.models.config import ViTConfig
    from vitwidgets.models.pieces.embedding import Embedding
    from vitwidgets.models.pieces.parts import Block, Layout


def resolve_sam(module: nn.Module) -> Layout:
    """Take a SAM encoder apart."""
    require_own_code(module, "the model")
    patch_embed = part_at(module, "patch_embed", SAM.title, "the model")
    if class_path(patch_embed) not in PATCH_EMBEDS:
        raise refusal(patch_embed, "its patch embedding", SAM.title)
    rows, cols = cast("Any", patch_embed).grid_size
    stack = cast(
        "Iterable[nn.Module]", part_at(module, "blocks", SAM.title, "the model")
    )
    blocks = [
        sam_block(block, index, (int(rows), int(cols)))
        for index, block in enumerate(stack)
    ]
    if not blocks:
        raise UnsupportedModelError("this vision transformer has no blocks at all")
    embedding = _embedding(module, patch_embed, blocks[0].module)
    return assembled(
        module,
        patch_embed,
        blocks,
        title=SAM.title,
        before=tokens_on_one_axis(embedding_piece(embedding)),
        after=[_readout_piece(module)],
        config=_config(module, patch_embed, blocks),
        unembedding=NECK_BETWEEN,
    )


def _embedding(
    module: nn.Module, patch_embed: nn.Module, first: nn.Module
) -> Embedding:
    embedding = timm_embedding(module, SAM, patch_embed, first)
    if embedding.positions is None:
        return embedding
    return dataclasses.replace(embedding, positions=_positions(module, patch_embed))


def _positions(module: nn.Module, patch_embed: nn.Module) -> Callable[[Tensor], Tensor]:
    from timm.layers import pos_embed as timm_pos_embed  # noqa: PLC0415

    model, timm = cast("Any", module), cast("Any", timm_pos_embed)
    grid = list(cast("Any", patch_embed).grid_size)

    def positions(_: Tensor) -> Tensor:
        pos: Tensor = timm.resample_abs_pos_embed_nhwc(model.pos_embed, grid)
        return pos.flatten(1, 2)

    return positions


def _readout_piece(module: nn.Module) -> Piece:
    """Give the piece of the neck and the head."""
    logits = Tap(module, False, passing("hook_logits"), ("hook_logits",))
    reason = "its neck, convolutions with norms of their own, comes after its blocks"
    missing = {
        f"ln_final.hook_{name}": reason for name in ("scale", "normalized", "ln_out")
    }
    head = part_at(module, "head", SAM.title, "the model")
    if not cast("Any", module).global_pool:
        return Piece((logits,), missing={**missing, "hook_pooled": "it does not pool"})
    if class_path(head) != "timm.layers.classifier.ClassifierHead":
        missing["hook_pooled"] = f"where {class_path(head)} pools is not known here"
        return Piece((logits,), {}, missing, frozenset({"hook_pooled"}))
    drop = part_at(head, "drop", SAM.title, "its head")
    pooled = Tap(drop, True, passing("hook_pooled"), ("hook_pooled",))
    return Piece((pooled, logits), missing=missing)


def _config(
    module: nn.Module, patch_embed: nn.Module, blocks: list[Block]
) -> ViTConfig:
    classifier = getattr(cast("Any", module).head, "fc", None)
    return dataclasses.replace(
        timm_config(module, SAM, patch_embed, blocks),
        n_classes=int(getattr(classifier, "out_features", 0)),
        window_sizes=tuple(
            int(cast("Any", block.module).window_size) for block in blocks
        ),
    )
