"""Attention whose q, k and v cross module boundaries in one packed tensor.

timm's plain Attention: q, k and v are the output of ``qkv``, the operands of the dot
product those of ``q_norm`` and ``k_norm``, and the mix is the input of ``norm``; its
softmax may be fused or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from vitwidgets.models.interception.tap import Handler, Tap, Visitor, taken
from vitwidgets.models.pieces import derivation
from vitwidgets.models.pieces.heads import (
    Operands,
    names,
    normed_operand,
    output_piece,
    pattern_recipes,
    repatterned,
    split_heads,
)
from vitwidgets.models.pieces.parts import Heads, Piece
from vitwidgets.models.pieces.recipes import Recipe


@dataclass(frozen=True)
class PackedAttention:
    """The tapped parts of such a module.

    Attributes
    ----------
    mix_is_z
        Whether nothing (no inner norm, no gate) comes between pattern · v and the
        output projection.
    """

    heads: Heads
    qkv: nn.Module
    q_norm: nn.Module
    k_norm: nn.Module
    inner_norm: nn.Module
    projection: nn.Module
    mix_is_z: bool


def packed_attention_piece(attention: PackedAttention, prefix: str) -> Piece:
    """Give the piece of such a module, its sites called ``<prefix>.hook_...``."""
    needed = scores, pattern = names(prefix, "attn_scores", "pattern")
    q, k, v, rot_q, rot_k, mix = names(
        prefix, "q", "k", "v", "rot_q", "rot_k", "attn_mix"
    )
    heads = attention.heads
    between = (attention.inner_norm,) if attention.mix_is_z else None
    output = output_piece(prefix, heads, attention.projection, between)
    taps = (
        Tap(attention.qkv, False, split_qkv(heads, prefix), (q, k, v), needed),
        Tap(attention.q_norm, False, _operand(rot_q, needed), (rot_q,), needed),
        Tap(attention.k_norm, False, _operand(rot_k, needed), (rot_k,), needed),
        Tap(attention.inner_norm, True, _mixed(heads, prefix), (scores, pattern, mix)),
        *output.taps,
    )
    recipes = {
        rot_q: Recipe((q,), normed_operand(attention.q_norm), (attention.q_norm,)),
        rot_k: Recipe((k,), normed_operand(attention.k_norm), (attention.k_norm,)),
        **pattern_recipes(prefix, heads),
        **output.recipes,
    }
    return Piece(taps, recipes, output.missing, output.unreachable)


def split_qkv(heads: Heads, prefix: str) -> Handler:
    """Give the handler of a packed ``(batch, token, 3 * head * d_head)``."""
    q_name, k_name, v_name = names(prefix, "q", "k", "v")
    watched = names(prefix, "attn_scores", "pattern")
    shape = (3, heads.n_heads, heads.d_head)

    def handler(run: Visitor, packed: Tensor, _: Tensor) -> Tensor:
        q, k, v = derivation.last_axis_split(packed, shape).unbind(2)
        new_q, new_k = run.visit(q_name, q), run.visit(k_name, k)
        new_v = run.visit(v_name, v)
        if run.wants(*watched):
            run.scratch[v_name] = new_v
        if new_q is q and new_k is k and new_v is v:
            return packed
        return torch.stack((new_q, new_k, new_v), dim=2).flatten(2)

    return handler


def split_columns(
    widths: tuple[int, int, int], n_heads: int, before: int, prefix: str
) -> Handler:
    """Give the handler of a packed ``(batch, token, before + q + k + v)``.

    Parameters
    ----------
    widths
        Widths of the heads of q, k and v.
    n_heads
        Number of heads of v; q and k have as many columns as v.
    before
        Number of columns before q, which are left alone.
    prefix
        Such as ``blocks.3.attn``.
    """
    sites = names(prefix, "q", "k", "v")
    columns = n_heads * widths[2]

    def handler(run: Visitor, packed: Tensor, _: Tensor) -> Tensor:
        split: tuple[Tensor, ...] = cast("Any", packed).split(
            [before, columns, columns, columns], dim=-1
        )
        first, *parts = split
        if before:  # copies do not keep what comes before alive
            parts = [part.contiguous() for part in parts]
        old = [
            derivation.last_axis_split(part, (-1, width))
            for part, width in zip(parts, widths, strict=True)
        ]
        new = [run.visit(site, part) for site, part in zip(sites, old, strict=True)]
        if all(part is other for part, other in zip(new, old, strict=True)):
            return packed
        return torch.cat([first, *(part.flatten(-2) for part in new)], dim=-1)

    return handler


def _operand(site: str, watched: tuple[str, ...]) -> Handler:
    """Handle q or k, ``(batch, head, token, d_head)``, as it enters the dot product."""

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        by_token = value.transpose(1, 2)
        new = run.visit(site, by_token)
        if new is not by_token:
            value = new.transpose(1, 2)
        if run.wants(*watched):
            run.scratch[site] = value
        return value

    return handler


def _mixed(heads: Heads, prefix: str) -> Handler:
    q, k, v, mix_name = names(prefix, "rot_q", "rot_k", "v", "attn_mix")
    watched = names(prefix, "attn_scores", "pattern")

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new = mix = split_heads(heads, value)
        if run.wants(*watched):
            operands = Operands(
                taken(run, q), taken(run, k), taken(run, v).transpose(1, 2)
            )
            new = repatterned(run, prefix, heads, operands, mix)
        new = run.visit(mix_name, new)
        return value if new is mix else new.flatten(-2)

    return handler
