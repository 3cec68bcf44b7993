"""Attention whose heads are mixed before and after the softmax.

Talking heads (Shazeer et al., 2020), as CaiT has them: one linear map of the heads
mixes the scores, another the patterns. Nothing of it is fused, so that what it computes
is seen as it is, in the dtype of the model. The pattern alone is float32 or wider.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from vitwidgets.models.interception.tap import (
    CallHandler,
    CallTap,
    Handler,
    Tap,
    TorchFunction,
    Visitor,
    taken,
)
from vitwidgets.models.pieces.dot_product_attention import visit_by_token
from vitwidgets.models.pieces.heads import names, output_piece, split_heads
from vitwidgets.models.pieces.merging import merged
from vitwidgets.models.pieces.packed_attention import split_qkv
from vitwidgets.models.pieces.parts import Heads, Piece
from vitwidgets.models.pieces.recipes import Compute, Recipe, same
from vitwidgets.models.precision import wide

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class TalkingHeads:
    """The tapped parts of such a module.

    Attributes
    ----------
    module
        The module, which multiplies q and k itself.
    heads
        Shape of its dot products, the operands being scaled before.
    scale
        What q is multiplied by before the dot product.
    qkv
        What makes q, k and v in one tensor.
    mix_scores, mix_patterns
        The linear maps of the heads, before and after the softmax.
    projection
        The output projection.
    """

    module: nn.Module
    heads: Heads
    scale: float
    qkv: nn.Module
    mix_scores: nn.Module
    mix_patterns: nn.Module
    projection: nn.Module


def talking_heads_piece(attention: TalkingHeads, prefix: str) -> Piece:
    """Give the piece of such a module, its sites called ``<prefix>.hook_...``.

    Rows of `hook_pattern` sum to 1; those of `hook_mixed_pattern`, whose numbers may be
    negative, multiply v.
    """
    heads = attention.heads
    q, k, v, rot_q, rot_k = names(prefix, "q", "k", "v", "rot_q", "rot_k")
    scores, mixed_scores, pattern, mixed_pattern, mix = names(
        prefix, "attn_scores", "mixed_scores", "pattern", "mixed_pattern", "attn_mix"
    )
    first, second = attention.mix_scores, attention.mix_patterns
    ahead = f"product of q and k of {prefix} ahead"
    output = output_piece(prefix, heads, attention.projection, ())
    taps = (
        Tap(attention.qkv, False, split_qkv(heads, prefix), (q, k, v)),
        Tap(attention.qkv, False, _mark(ahead), (), (rot_q, rot_k)),
        CallTap(
            attention.module,
            Tensor.matmul,
            _product(rot_q, rot_k, ahead),
            (rot_q, rot_k),
        ),
        Tap(first, True, _heads_first(scores), (scores,)),
        Tap(first, False, _heads_first(mixed_scores), (mixed_scores,)),
        Tap(first, False, _kept(mixed_scores), (), (pattern,)),
        Tap(second, True, _pattern(pattern, mixed_scores), (pattern,)),
        Tap(second, False, _heads_first(mixed_pattern), (mixed_pattern,)),
        Tap(attention.projection, True, _mix(heads, mix), (mix,)),
        *output.taps,
    )
    recipes = {
        rot_q: Recipe((q,), _scaled(attention.scale)),
        rot_k: Recipe((k,), same),
        scores: Recipe((rot_q, rot_k), _scores),
        mixed_scores: Recipe((scores,), _across_heads(first), (first,)),
        pattern: Recipe((mixed_scores,), _softmax),
        mixed_pattern: Recipe(
            (mixed_scores,), _mixed_softmax(second), (second,), (pattern,)
        ),
        **output.recipes,
    }
    return Piece(taps, recipes, output.missing)


def _mark(ahead: str) -> Handler:
    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        run.scratch[ahead] = None
        return value

    return handler


def _product(rot_q: str, rot_k: str, ahead: str) -> CallHandler:
    """Handle the products of two tensors: first q times k, then pattern times v."""

    def handler(
        run: Visitor,
        function: TorchFunction,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Tensor:
        if ahead not in run.scratch:
            return function(*args, **kwargs)
        del run.scratch[ahead]
        q: Tensor = args[0]
        k: Tensor = args[1].transpose(-2, -1)
        q, k = visit_by_token(run, rot_q, q), visit_by_token(run, rot_k, k)
        return function(q, k.transpose(-2, -1))

    return handler


def _heads_first(site: str) -> Handler:
    """Handle ``(batch, query, key, head)``."""

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        by_head = value.permute(0, 3, 1, 2)
        new = run.visit(site, by_head)
        return value if new is by_head else new.permute(0, 2, 3, 1)

    return handler


def _kept(key: str) -> Handler:
    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        run.scratch[key] = value.permute(0, 3, 1, 2)
        return value

    return handler


def _pattern(site: str, mixed_scores: str) -> Handler:
    """Handle the softmax, ``(batch, query, key, head)``.

    A model of less than float32 goes on with its own where nothing is replaced.
    """
    plainly = _heads_first(site)

    def handler(run: Visitor, value: Tensor, x: Tensor) -> Tensor:
        scores = taken(run, mixed_scores)
        if value.dtype == wide(value.dtype):
            return plainly(run, value, x)
        pattern = _softmax(scores)
        new = run.visit(site, pattern)
        if new is pattern:
            return value
        changed = (new != pattern).permute(0, 2, 3, 1)
        return merged(changed, new.permute(0, 2, 3, 1).to(value.dtype), value)

    return handler


def _mix(heads: Heads, site: str) -> Handler:
    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        mix = split_heads(heads, value)
        new = run.visit(site, mix)
        return value if new is mix else new.flatten(-2)

    return handler


def _scaled(scale: float) -> Compute:
    def compute(q: Tensor) -> Tensor:
        return (q.transpose(1, 2) * scale).transpose(1, 2)

    return compute


def _scores(q: Tensor, k: Tensor) -> Tensor:
    return q.transpose(1, 2) @ k.permute(0, 2, 3, 1)


def _across_heads(mixing: nn.Module) -> Compute:
    def compute(value: Tensor) -> Tensor:
        mixed: Tensor = mixing.forward(value.permute(0, 2, 3, 1))
        return mixed.permute(0, 3, 1, 2)

    return compute


def _softmax(scores: Tensor) -> Tensor:
    return scores.to(wide(scores.dtype)).softmax(-1)


def _mixed_softmax(mixing: nn.Module) -> Compute:
    across_heads = _across_heads(mixing)

    def compute(scores: Tensor) -> Tensor:
        return across_heads(scores.softmax(-1))

    return compute
