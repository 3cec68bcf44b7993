"""open_clip's text towers, matched to their layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.config import ViTConfig
from vitwidgets.models.families.assembly import assembled
from vitwidgets.models.families.module_checks import part_at, require_own_code
from vitwidgets.models.families.open_clip_blocks import last_stream, open_clip_blocks
from vitwidgets.models.families.unembeddings import NO_CLASSIFIER
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

TEXT_TITLE = "open_clip's TextTransformer"
_POOLS = {"first": "token", "last": "token", "argmax": "token", "eos": "token"}


@dataclass(frozen=True)
class TextTower:
    """What text towers of open_clip call differently.

    Attributes
    ----------
    module
        The tower.
    class_token
        The token that it puts after the text; None for none.
    masked
        Whether it gives its blocks a mask.
    any_length
        Whether it takes texts shorter than its context.
    pool_type, end_token
        How it pools; the id of the token that pooling ``"eos"`` looks for.
    """

    module: nn.Module
    class_token: Tensor | None
    masked: bool
    any_length: bool
    pool_type: str
    end_token: int


def resolve_text_transformer(module: nn.Module) -> Layout:
    """Take an `open_clip.transformer.TextTransformer` apart."""
    model = cast("Any", module)
    padded = bool(model.use_pad_mask) or model.cls_emb is not None
    tower = TextTower(
        module=module,
        class_token=model.cls_emb,
        masked=padded or model.attn_mask is not None,
        # A causal mask of its own is passed on whole.
        any_length=padded or model.attn_mask is None,
        pool_type="last" if model.cls_emb is not None else str(model.pool_type),
        end_token=int(model.eos_id),
    )
    return resolve_text_tower(tower)


def resolve_clip_text(module: nn.Module) -> Layout:
    """Take an `open_clip_towers.ClipText` apart."""
    model = cast("Any", module)
    tower = TextTower(
        module=module,
        class_token=None,
        masked=model.attn_mask is not None,
        any_length=False,
        pool_type=str(model.text_pool_type),
        end_token=int(model.text_eos_id),
    )
    return resolve_text_tower(tower)


def resolve_text_tower(tower: TextTower) -> Layout:
    """Take a text tower apart."""
    module = tower.module
    require_own_code(module, "the model")
    words = part_at(module, "token_embedding", TEXT_TITLE, "the model")
    blocks = open_clip_blocks(module, TEXT_TITLE, masked=tower.masked)
    embedding = Embedding(
        patches=words,
        full=blocks[0].module,
        with_prefix=_with_class_token(tower),
        positions=_positions(tower),
        norm=None,
    )
    return assembled(
        module,
        words,
        blocks,
        title=TEXT_TITLE,
        before=embedding_piece(embedding),
        after=[_readout(tower, last_stream(blocks))],
        config=_config(tower, blocks),
        unembedding=NO_CLASSIFIER,
    )


def _with_class_token(tower: TextTower) -> Callable[[Tensor], Tensor]:
    """Give embedded words ``(batch, word, d_model)`` -> all tokens."""
    model = cast("Any", tower.module)

    def with_class_token(words: Tensor) -> Tensor:
        words = words.to(model.transformer.get_cast_dtype())
        if tower.class_token is None:
            return words
        last = model.cls_emb.view(1, 1, -1).expand(words.shape[0], -1, -1)
        return torch.cat([words, last], dim=1)

    return with_class_token


def _positions(tower: TextTower) -> Callable[[Tensor], Tensor]:
    model = cast("Any", tower.module)
    extra = 0 if tower.class_token is None else 1

    def positions(words: Tensor) -> Tensor:
        table: Tensor = model.positional_embedding[: words.shape[1] + extra]
        return table.to(model.transformer.get_cast_dtype())[None]

    return positions


def _readout(tower: TextTower, stream: str) -> Piece:
    module, model = tower.module, cast("Any", tower.module)
    ln_final = part_at(module, "ln_final", TEXT_TITLE, "the model")
    if tower.class_token is not None:
        pooled = [("hook_pooled", ln_final)]
        return readout_piece(Readout(module, nn.Identity(), pooled, ln_final), stream)
    pool = _pool(tower)
    if pool is not None and isinstance(model.text_projection, nn.Linear):
        pooled = [("hook_pooled", model.text_projection)]
        return readout_piece(Readout(module, ln_final, pooled, nn.Identity()), stream)

    def project(pooled: Tensor) -> Tensor:
        projection = model.text_projection
        return pooled if projection is None else pooled @ projection

    readout = ProjectedReadout(
        model=module, norm=ln_final, source=stream, pool=pool, project=project
    )
    return projected_readout_piece(readout)


def _pool(tower: TextTower) -> Pool | None:
    if tower.pool_type == "none":
        return None
    if tower.pool_type in ("first", "last"):
        index = 0 if tower.pool_type == "first" else -1
        return lambda tokens, _: tokens[:, index]

    def at_the_end(tokens: Tensor, text: Tensor) -> Tensor:
        if tower.pool_type == "eos":
            text = (text == tower.end_token).int()
        images = torch.arange(tokens.shape[0], device=tokens.device)
        return tokens[images, text.argmax(dim=-1)]

    return at_the_end


def _config(tower: TextTower, blocks: list[Block]) -> ViTConfig:
    model = cast("Any", tower.module)
    n_tokens = int(model.positional_embedding.shape[0])
    heads = blocks[0].heads
    return ViTConfig(
        model_class=class_path(tower.module),
        n_layers=len(blocks),
        n_heads=heads.n_heads,
        d_model=int(model.transformer.width),
        d_head=heads.d_head,
        d_mlp=blocks[0].d_mlp,
        image_size=(1, n_tokens),
        patch_size=(1, 1),
        grid=(1, n_tokens),
        dynamic_size=tower.any_length,
        n_channels=0,
        n_prefix_tokens=0,
        prefix_names=(),
        n_tokens=n_tokens,
        pool=_POOLS.get(tower.pool_type, ""),
        n_classes=0,
        n_params=sum(parameter.numel() for parameter in tower.module.parameters()),
        n_words=int(model.token_embedding.num_embeddings),
        context_length=n_tokens - (tower.class_token is not None),
    )
