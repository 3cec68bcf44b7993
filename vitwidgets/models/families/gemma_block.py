"""The blocks of Gemma 4's vision encoder: norms before and after both halves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.families.module_checks import part_at, refusal, require_own_code
from vitwidgets.models.families.timm_branches import (
    require_fused,
    require_known_pair,
    timm_neurons,
)
from vitwidgets.models.pieces.dot_product_attention import (
    DotProductAttention,
    dot_product_piece,
)
from vitwidgets.models.pieces.neurons import neurons_piece
from vitwidgets.models.pieces.norms import known_norm, norm_piece
from vitwidgets.models.pieces.parts import Block, Heads
from vitwidgets.models.pieces.stream import Stream, stream_pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitwidgets.models.families.tables import Family

_NORMS = {"ln1": "norm1", "ln1_post": "norm2", "ln2": "norm3", "ln2_post": "norm4"}
"""Paths of the norms, by the names of their sites in the order of the forward pass."""


def gemma_block(
    encoder: nn.Module, family: Family, block: nn.Module, index: int
) -> Block:
    """Take a block of the encoder apart; raises what `timm_block` does."""
    where, prefix = f"block {index}", f"blocks.{index}"
    known = {kind for kind, _ in family.pairs}
    if class_path(block) not in known:
        raise refusal(block, where, family.title)

    def part(path: str) -> nn.Module:
        return part_at(block, path, family.title, where)

    attention, mlp = part("attn"), part("mlp")
    require_known_pair(family, block, attention, where)
    for piece in (block, attention, mlp):
        require_own_code(piece, where)
    norms = {name: part(path) for name, path in _NORMS.items()}
    dot_product = _attention(attention, f"the attention of {where}")
    neurons = timm_neurons(mlp, family, where)
    # One module gives what both halves add.
    stream = Stream(block, part("drop_path"), norms["ln2"], part("drop_path"))
    streams = stream_pieces(stream, prefix)
    sources = {
        "ln1": f"{prefix}.hook_resid_pre",
        "ln2": f"{prefix}.hook_resid_mid",
    }
    ln = {
        name: norm_piece(known_norm(norm), f"{prefix}.{name}", sources.get(name))
        for name, norm in norms.items()
    }
    down = cast("Any", neurons.down)
    return Block(
        module=block,
        attention=attention,
        heads=dot_product.heads,
        d_mlp=int(down.linear.in_features),
        named_parts=[
            ("block", block),
            *norms.items(),
            ("attention", attention),
            *((f"source {i}", part) for i, part in enumerate(dot_product.separate)),
            ("projection", dot_product.projection),
            ("activation", neurons.activation),
            ("down projection", neurons.down),
            ("addend", stream.mlp_addend),
        ],
        pieces=(
            streams.before,
            ln["ln1"],
            dot_product_piece(dot_product, f"{prefix}.attn"),
            ln["ln1_post"],
            streams.attention_out,
            streams.middle,
            ln["ln2"],
            neurons_piece(neurons, f"{prefix}.mlp"),
            ln["ln2_post"],
            streams.mlp_out,
            streams.after,
        ),
        run=_on_tokens(encoder, block),
    )


def _attention(attention: nn.Module, where: str) -> DotProductAttention:
    require_fused(attention, where)
    untyped = cast("Any", attention)
    projection: nn.Module = untyped.o_proj
    # One with clamps may have them switched on later: it does not split into heads.
    clamped = hasattr(projection, "input_min")
    return DotProductAttention(
        module=attention,
        heads=Heads(int(untyped.num_heads), int(untyped.head_dim), 1.0),
        qkv=None,
        separate=(untyped.q_proj, untyped.k_proj, untyped.v_proj),
        q_norm=untyped.q_norm,
        k_norm=untyped.k_norm,
        rotated=True,
        projection=projection if clamped else untyped.o_proj.linear,
        between=(),
        tokens_first=True,
        v_norm=untyped.v_norm,
    )


def _on_tokens(encoder: nn.Module, block: nn.Module) -> Callable[[Tensor], Tensor]:
    """Give tokens -> the block's output, the tokens lying on a diagonal."""

    def run(tokens: Tensor) -> Tensor:
        steps = torch.arange(tokens.shape[1], device=tokens.device)
        places = steps[None, :, None].expand(1, -1, 2)
        rotation = cast("Any", encoder).rotary_emb(tokens, places)
        return cast("Tensor", block(tokens, *rotation))

    return run
