"""timm's blocks that add attention and MLP to the stream as one.

Dehghani et al., "Scaling Vision Transformers to 22 Billion Parameters", 2023. Attention
is computed by the block itself: it has no module of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from vitwidgets.models.families.module_checks import part_at
from vitwidgets.models.families.timm_branches import require_fused
from vitwidgets.models.pieces.diff_attention import DiffAttention, diff_attention_piece
from vitwidgets.models.pieces.dot_product_attention import (
    DotProductAttention,
    dot_product_piece,
)
from vitwidgets.models.pieces.neurons import Neurons, neurons_piece
from vitwidgets.models.pieces.norms import known_norm, norm_piece
from vitwidgets.models.pieces.parts import Block, Heads, Piece
from vitwidgets.models.pieces.stream import single_addend_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

    from vitwidgets.models.families.tables import Family


def scaling_block(_: nn.Module, family: Family, block: nn.Module, index: int) -> Block:
    """Take a block apart that computes attention and MLP itself, as one addend.

    The results of the heads, the MLP's part and the bias add up to what LayerScale
    turns into `hook_block_out`.
    """
    where, prefix = f"block {index}", f"blocks.{index}"
    require_fused(block, where)

    def part(path: str) -> nn.Module:
        return part_at(block, path, family.title, where)

    untyped = cast("Any", block)
    d_mlp = int(untyped.in_split[0])
    # One projection of the heads and the neurons side by side, or one of each.
    separate = getattr(block, "attn_out_proj", None) is not None
    parts = {
        "ln1": part("in_norm"),
        "input projection": part("in_proj"),
        "q_norm": part("q_norm"),
        "k_norm": part("k_norm"),
        "activation": part("mlp_act"),
        "dropout of the MLP": part("mlp_drop"),
        "projection": part("attn_out_proj" if separate else "out_proj"),
        "addend": part("drop_path"),
    }
    differential = hasattr(block, "sub_norm")
    if differential:
        parts["inner norm"] = part("sub_norm")
    heads, attention = _inline_attention(block, parts, d_mlp, f"{prefix}.attn")
    # What the MLP gives to the projection leaves its dropout, which does nothing.
    neurons = Neurons(
        activation=parts["activation"],
        inner_norm=None,
        down=parts["dropout of the MLP"],
        gated=False,
        packed=untyped.mlp_bias is None,
    )
    streams = single_addend_pieces(block, parts["addend"], prefix)
    source = f"{prefix}.hook_resid_pre"
    mlp_piece = neurons_piece(neurons, f"{prefix}.mlp")
    return Block(
        module=block,
        attention=block,
        heads=heads,
        d_mlp=d_mlp,
        named_parts=[("block", block), *parts.items()],
        pieces=(
            streams.before,
            norm_piece(known_norm(parts["ln1"]), f"{prefix}.ln1", source),
            _around(attention, mlp_piece, parts["projection"]),
            streams.out,
            streams.after,
        ),
        sums=(("hook_resid_post", ("hook_resid_pre", "hook_block_out")),),
    )


def _inline_attention(
    block: nn.Module, parts: Mapping[str, nn.Module], d_mlp: int, prefix: str
) -> tuple[Heads, Piece]:
    """Give the heads and the piece of attention that a block computes itself."""
    untyped = cast("Any", block)
    width = int(untyped.head_dim)
    inner = parts.get("inner norm")
    if inner is not None:
        heads = Heads(int(untyped.num_heads), 2 * width, float(width) ** -0.5)
        diff = DiffAttention(
            module=block,
            heads=heads,
            source=parts["input projection"],
            before_q=d_mlp,
            q_norm=parts["q_norm"],
            k_norm=parts["k_norm"],
            sub_norm=inner,
            projection=parts["projection"],
        )
        return heads, diff_attention_piece(diff, prefix)
    heads = Heads(int(untyped.num_heads), width, float(width) ** -0.5)
    plain = DotProductAttention(
        module=block,
        heads=heads,
        qkv=parts["input projection"],
        before_q=d_mlp,
        separate=(),
        q_norm=parts["q_norm"],
        k_norm=parts["k_norm"],
        tokens_first=True,
        rotated=False,
        projection=parts["projection"],
        between=(),
    )
    return heads, dot_product_piece(plain, prefix)


def _around(attention: Piece, mlp: Piece, projection: nn.Module) -> Piece:
    """Give both as one piece: neurons come before the heads are projected."""
    late = [tap for tap in attention.taps if tap.module is projection]
    early = [tap for tap in attention.taps if tap.module is not projection]
    return Piece(
        (*early, *mlp.taps, *late),
        {**attention.recipes, **mlp.recipes},
        {**attention.missing, **mlp.missing},
        attention.unreachable | mlp.unreachable,
    )
