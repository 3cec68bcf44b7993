"""Where things are before and after the blocks of timm's and open_clip's models.

A table of the oracle in `plain_hooks`; nothing of it comes from vitwidgets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Embedding:
    """Paths in a model before its first block.

    Attributes
    ----------
    patches
        What gives the patches.
    channels_first
        Whether it gives ``(batch, d_model, row, column)``.
    full
        What takes the sum of tokens and positions; None for the first block.
    prefix, suffix
        Parameters that are put before and after the patches as tokens.
    positions
        Parameters that positions are made of, where there are any.
    """

    patches: str = "patch_embed"
    channels_first: bool = False
    full: str | None = "pos_drop"
    prefix: tuple[str, ...] = ("cls_token", "dist_token", "reg_token")
    suffix: tuple[str, ...] = ()
    positions: tuple[str, ...] = ("pos_embed",)


_TEXT_EMBEDDING = Embedding(
    "token_embedding",
    full=None,
    prefix=(),
    suffix=("cls_emb",),
    positions=("positional_embedding",),
)

EMBEDDINGS: dict[str, Embedding] = {
    "cait.Cait": Embedding(prefix=()),
    "vision_transformer_relpos.VisionTransformerRelPos": Embedding(full=None),
    "naflexvit.NaFlexVit": Embedding(
        "embeds.norm",
        full="embeds.pos_drop",
        prefix=("embeds.cls_token", "embeds.reg_token"),
        positions=("embeds.pos_embed", "embeds.pos_embed_y"),
    ),
    "qwen3_vit.Qwen3VitEncoder": Embedding(full=None),
    "deepseek_vit.DeepseekVitEncoder": Embedding(full=None),
    "gemma4_vit.Gemma4VitEncoder": Embedding(
        "patch_embed.input_proj",
        full=None,
        positions=("patch_embed.position_embedding_table",),
    ),
    "transformer.VisionTransformer": Embedding(
        "conv1",
        channels_first=True,
        full="patch_dropout",
        prefix=("class_embedding",),
        positions=("positional_embedding",),
    ),
    "transformer.TextTransformer": _TEXT_EMBEDDING,
    "open_clip_towers.ClipText": _TEXT_EMBEDDING,
}
"""By class; all others are as by default."""


@dataclass(frozen=True)
class Readout:
    """Paths in a model after its last block.

    Attributes
    ----------
    pooled
        What takes pooled features, by their sites.
    norms
        Where a norm may be, by the prefix of its sites: the first of these that is a
        norm is it.
    """

    pooled: Mapping[str, str] = field(
        default_factory=lambda: {"hook_pooled": "fc_norm"}
    )
    norms: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"ln_final": ("norm", "fc_norm")}
    )


_POOLED_NORM = Readout({"hook_pooled": "norm"}, {"ln_final": ("norm",)})
_NOT_POOLED = Readout({}, {})

READOUTS: dict[str, Readout] = {
    "deit.VisionTransformerDistilled": Readout(
        {"hook_pooled": "head", "hook_pooled_dist": "head_dist"},
        {"ln_final": ("norm",)},
    ),
    "vision_transformer_sam.VisionTransformerSAM": Readout(
        {"hook_pooled": "head.drop"}, {}
    ),
    "cait.Cait": Readout({"hook_pooled": "head_drop"}, {"ln_final": ("norm",)}),
    "transformer.VisionTransformer": Readout({}, {"ln_final": ("ln_post",)}),
    "transformer.TextTransformer": Readout({}, {"ln_final": ("ln_final",)}),
    "open_clip_towers.ClipText": Readout({}, {"ln_final": ("ln_final",)}),
    "qwen3_vit.Qwen3VitClassifier": _POOLED_NORM,
    "qwen3_vit.Qwen3VitEncoder": _NOT_POOLED,
    "deepseek_vit.DeepseekVitClassifier": Readout(
        {"hook_pooled": "norm"},
        {"ln_final": ("encoder.norm",), "ln_head": ("norm",)},
    ),
    "deepseek_vit.DeepseekVitEncoder": Readout({}, {"ln_final": ("norm",)}),
    "gemma4_vit.Gemma4VitClassifier": _POOLED_NORM,
    "gemma4_vit.Gemma4VitEncoder": _NOT_POOLED,
}
"""By class, of the wrapper or what is in it; all others are as by default."""
