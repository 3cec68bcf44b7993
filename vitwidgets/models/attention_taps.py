"""The taps inside an attention module whose softmax is fused away.

q, k and v are read from the projection that makes them; scores and pattern are derived
from q and k, and a changed pattern replaces the fused result for the changed rows only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from vitwidgets.models import derivation
from vitwidgets.models.sites import in_block
from vitwidgets.models.tap import Handler, Tap, Visitor, taken

if TYPE_CHECKING:
    from vitwidgets.models.parts import BlockLayout


def attention_taps(block: BlockLayout, layer: int) -> list[Tap]:
    """Give the taps of one block's attention, in the order of its forward pass."""
    scores, pattern = _names(layer, "attn_scores", "pattern")
    needed = (scores, pattern)
    q, k, v = _names(layer, "q", "k", "v")
    rot_q, rot_k = _names(layer, "rot_q", "rot_k")
    mix, z, result = _names(layer, "attn_mix", "z", "result")
    taps = [
        Tap(block.qkv, False, _split_qkv(block, layer), (q, k, v), needed),
        Tap(block.q_norm, False, _operand(rot_q, layer), (rot_q,), needed),
        Tap(block.k_norm, False, _operand(rot_k, layer), (rot_k,), needed),
        Tap(block.inner_norm, True, _mixed(block, layer), (scores, pattern, mix)),
        Tap(block.projection, True, _heads_apart(block, z), (z,)),
    ]
    if type(block.projection) is nn.Linear:
        handler = _results(block, result)
        taps.append(Tap(block.projection, False, handler, (result,)))
    return taps


def _names(layer: int, *endings: str) -> tuple[str, ...]:
    return tuple(in_block(layer, f"attn.hook_{ending}") for ending in endings)


def _split_qkv(block: BlockLayout, layer: int) -> Handler:
    q_name, k_name, v_name = _names(layer, "q", "k", "v")
    watched = _names(layer, "attn_scores", "pattern")
    shape = (3, block.n_heads, block.d_head)

    def handler(run: Visitor, packed: Tensor, _: Tensor) -> Tensor:
        q, k, v = derivation.last_axis_split(packed, shape).unbind(2)
        new_q, new_k = run.visit(q_name, q), run.visit(k_name, k)
        new_v = run.visit(v_name, v)
        if run.wants(*watched):
            run.scratch["v", layer] = new_v
        if new_q is q and new_k is k and new_v is v:
            return packed
        return torch.stack((new_q, new_k, new_v), dim=2).flatten(2)

    return handler


def _operand(site: str, layer: int) -> Handler:
    """Handle q or k, ``(batch, head, token, d_head)``, as it enters the dot product."""
    watched = _names(layer, "attn_scores", "pattern")

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        by_token = value.transpose(1, 2)
        new = run.visit(site, by_token)
        if new is not by_token:
            value = new.transpose(1, 2)
        if run.wants(*watched):
            run.scratch[site] = value
        return value

    return handler


def _mixed(block: BlockLayout, layer: int) -> Handler:
    mix_name = in_block(layer, "attn.hook_attn_mix")
    watched = _names(layer, "attn_scores", "pattern")

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        mix = derivation.last_axis_split(value, (block.n_heads, block.d_head))
        new = _repatterned(run, block, layer, mix) if run.wants(*watched) else mix
        new = run.visit(mix_name, new)
        return value if new is mix else new.flatten(-2)

    return handler


def _repatterned(run: Visitor, block: BlockLayout, layer: int, mix: Tensor) -> Tensor:
    scores_name, pattern_name = _names(layer, "attn_scores", "pattern")
    q, k = (taken(run, name) for name in _names(layer, "rot_q", "rot_k"))
    v = taken(run, ("v", layer))
    scores = derivation.attention_scores(q, k, block.scale)
    plain = scores.softmax(-1)
    new_scores = run.visit(scores_name, scores)
    pattern = plain if new_scores is scores else new_scores.softmax(-1)
    pattern = run.visit(pattern_name, pattern)
    if pattern is plain:
        return mix
    # Rows that stay keep the fused result bit for bit.
    changed = (pattern != plain).any(-1).transpose(1, 2).unsqueeze(-1)
    eager = derivation.attention_mix(pattern, v).to(mix.dtype)
    return torch.where(changed, eager, mix)


def _heads_apart(block: BlockLayout, site: str) -> Handler:
    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        heads = derivation.last_axis_split(value, (block.n_heads, block.d_head))
        new = run.visit(site, heads)
        return value if new is heads else new.flatten(-2)

    return handler


def _results(block: BlockLayout, site: str) -> Handler:
    projection = cast("nn.Linear", block.projection)

    def handler(run: Visitor, out: Tensor, z: Tensor) -> Tensor:
        heads = derivation.last_axis_split(z, (block.n_heads, block.d_head))
        results = derivation.head_results(heads, projection)
        new = run.visit(site, results)
        if new is results:
            return out
        return out + (new - results).sum(-2).to(out.dtype)

    return handler
