"""timm's CaiT: a stack of patches only, then class attention (Touvron et al., 2021).

The blocks of the first stack, ``blocks.L``, have no class token: their stream is the
patches'. Those of the second, ``token_blocks.J``, change the class token alone: their
stream is ``(batch, 1, d_model)``, and their queries are its. Keys, values and `ln1` are
of the class token, in the first place, and of all patches.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families.assembly import assembled
from vitwidgets.models.families.module_checks import (
    part_at,
    refusal,
    require_distinct,
    require_own_code,
)
from vitwidgets.models.families.tables import CAIT, PATCH_EMBEDS
from vitwidgets.models.families.timm_branches import require_fused, timm_neurons
from vitwidgets.models.families.timm_layout import (
    timm_config,
    timm_embedding,
    timm_readout,
)
from vitwidgets.models.families.unembeddings import CLASS_ATTENTION_LATER
from vitwidgets.models.pieces.dot_product_attention import (
    DotProductAttention,
    dot_product_piece,
)
from vitwidgets.models.pieces.embedding import embedding_piece
from vitwidgets.models.pieces.neurons import neurons_piece
from vitwidgets.models.pieces.norms import known_norm, norm_piece
from vitwidgets.models.pieces.parts import Block, Heads
from vitwidgets.models.pieces.readout import readout_piece
from vitwidgets.models.pieces.stream import Stream, stream_pieces
from vitwidgets.models.pieces.talking_heads import TalkingHeads, talking_heads_piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import nn

    from vitwidgets.models.pieces.parts import Layout, Piece

_CAIT = "timm.models.cait"
_TALKING = (f"{_CAIT}.LayerScaleBlock", f"{_CAIT}.TalkingHeadAttn")
_CLASS = (f"{_CAIT}.LayerScaleBlockClassAttn", f"{_CAIT}.ClassAttn")


def resolve_cait(module: nn.Module) -> Layout:
    """Take a CaiT apart."""
    require_own_code(module, "the model")
    patch_embed = part_at(module, "patch_embed", CAIT.title, "the model")
    if class_path(patch_embed) not in PATCH_EMBEDS:
        raise refusal(patch_embed, "its patch embedding", CAIT.title)
    blocks = [
        _block(block, f"blocks.{index}", f"block {index}", _TALKING, _talking_heads)
        for index, block in enumerate(_stack(module, "blocks"))
    ]
    tail = [
        _block(block, f"token_blocks.{j}", f"token block {j}", _CLASS, _class_attention)
        for j, block in enumerate(_stack(module, "blocks_token_only"))
    ]
    require_distinct(
        (f"{what} of token block {j}", part)
        for j, block in enumerate(tail)
        for what, part in block.named_parts
    )
    config = timm_config(module, CAIT, patch_embed, blocks)
    if config.pool == "token":
        config = dataclasses.replace(config, pool="class_attention")
    return assembled(
        module,
        patch_embed,
        blocks,
        title=CAIT.title,
        before=embedding_piece(
            timm_embedding(module, CAIT, patch_embed, blocks[0].module)
        ),
        after=[
            *(piece for block in tail for piece in block.pieces),
            readout_piece(timm_readout(module, CAIT), None),
        ],
        config=config,
        unembedding=CLASS_ATTENTION_LATER,
    )


def _stack(module: nn.Module, name: str) -> list[nn.Module]:
    stack = cast("Iterable[nn.Module] | None", getattr(module, name, None))
    blocks = list(stack or ())
    if not blocks:
        raise UnsupportedModelError(
            f"this CaiT has no {name} (they may have been pruned), without which it "
            f"has no class token: pass a whole one"
        )
    return blocks


def _block(
    block: nn.Module,
    prefix: str,
    where: str,
    pair: tuple[str, str],
    attention_of: Callable[[nn.Module, str, str], tuple[Heads, Piece]],
) -> Block:
    """Take a block of either stack apart."""

    def part(path: str) -> nn.Module:
        return part_at(block, path, CAIT.title, where)

    if class_path(block) != pair[0]:
        raise refusal(block, where, CAIT.title)
    attention, mlp = part("attn"), part("mlp")
    if class_path(attention) != pair[1]:
        raise refusal(attention, f"the attention of {where}", CAIT.title)
    for piece in (block, attention, mlp):
        require_own_code(piece, where)
    of_class_token = pair is _CLASS
    heads, attention_piece = attention_of(attention, f"{prefix}.attn", where)
    neurons = timm_neurons(mlp, CAIT, where)
    ln1, ln2, addend = part("norm1"), part("norm2"), part("drop_path")
    stream = Stream(block, addend, ln2, addend, argument=1 if of_class_token else 0)
    streams = stream_pieces(stream, prefix)
    # The class token's blocks norm all tokens: no site of its own.
    source = None if of_class_token else f"{prefix}.hook_resid_pre"
    mid = f"{prefix}.hook_resid_mid"
    parts = {
        "block": block,
        "ln1": ln1,
        "attention": attention,
        **dict(cast("Any", attention).named_children()),
        "addend": addend,
        "ln2": ln2,
        "activation": neurons.activation,
        "down projection": neurons.down,
    }
    return Block(
        module=block,
        attention=attention,
        heads=heads,
        d_mlp=int(cast("Any", neurons.down).in_features),
        named_parts=list(parts.items()),
        pieces=(
            streams.before,
            norm_piece(known_norm(ln1), f"{prefix}.ln1", source),
            attention_piece,
            streams.attention_out,
            streams.middle,
            norm_piece(known_norm(ln2), f"{prefix}.ln2", mid),
            neurons_piece(neurons, f"{prefix}.mlp"),
            streams.mlp_out,
            streams.after,
        ),
        scores_from_operands=False,
    )


def _talking_heads(attention: nn.Module, prefix: str, _: str) -> tuple[Heads, Piece]:
    untyped = cast("Any", attention)
    heads = dataclasses.replace(_heads(attention), scale=1.0)
    talking = TalkingHeads(
        module=attention,
        heads=heads,
        scale=float(untyped.scale),
        qkv=untyped.qkv,
        mix_scores=untyped.proj_l,
        mix_patterns=untyped.proj_w,
        projection=untyped.proj,
    )
    return heads, talking_heads_piece(talking, prefix)


def _class_attention(
    attention: nn.Module, prefix: str, where: str
) -> tuple[Heads, Piece]:
    require_fused(attention, f"the attention of {where}")
    heads = _heads(attention)
    class_attention = DotProductAttention(
        module=attention,
        heads=heads,
        qkv=None,
        separate=(),
        q_norm=None,
        k_norm=None,
        rotated=False,
        projection=cast("Any", attention).proj,
        between=(),
    )
    return heads, dot_product_piece(class_attention, prefix)


def _heads(attention: nn.Module) -> Heads:
    untyped = cast("Any", attention)
    n_heads = int(untyped.num_heads)
    d_head = int(untyped.proj.in_features) // n_heads
    return Heads(n_heads, d_head, float(d_head) ** -0.5)
