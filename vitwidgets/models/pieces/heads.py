"""What attention pieces share: from scores to the pattern, and from z to the stream.

Inside a softmax that is fused away there is nothing to tap. Scores and pattern are
derived from q and k, and a changed pattern replaces the fused result for the rows that
changed only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.interception.tap import Handler, Tap, Visitor
from vitwidgets.models.pieces import derivation
from vitwidgets.models.pieces.merging import merged
from vitwidgets.models.pieces.parts import Piece
from vitwidgets.models.pieces.recipes import Compute, Recipe, same

if TYPE_CHECKING:
    from vitwidgets.models.pieces.parts import Heads


@dataclass(frozen=True)
class Operands:
    """Operands of the dot products.

    Attributes
    ----------
    q, k, v
        ``(batch, head, token, d_head)``.
    bias
        What is added to the scores, ``(batch or 1, head or 1, query, key)``.
    """

    q: Tensor
    k: Tensor
    v: Tensor
    bias: Tensor | None = None


def names(prefix: str, *endings: str) -> tuple[str, ...]:
    """Give site names such as ``blocks.3.attn.hook_q``."""
    return tuple(f"{prefix}.hook_{ending}" for ending in endings)


def split_heads(heads: Heads, value: Tensor) -> Tensor:
    """Give ``(batch, token, head * d_head)`` as ``(batch, token, head, d_head)``."""
    return derivation.last_axis_split(value, (heads.n_heads, heads.d_head))


def alone_needs_gradient(bias: Tensor, own: Tensor | None) -> bool:
    """Whether what takes the place of the model's own bias needs a gradient anew.

    The fused softmax, given such a bias, would take another kernel, which rounds
    otherwise. It is given it detached, and the gradient is that of `repatterned`.
    """
    return bias.requires_grad and not (own is not None and own.requires_grad)


def repatterned(
    run: Visitor, prefix: str, heads: Heads, operands: Operands, mix: Tensor
) -> Tensor:
    """Show scores and pattern to the run; give the mix that follows.

    Parameters
    ----------
    run
        The run.
    prefix
        Such as ``blocks.3.attn``.
    heads
        Shape of the dot products.
    operands
        Their operands.
    mix
        What the module computed, ``(batch, token, head, d_head)``.

    Returns
    -------
    Tensor
        `mix`, changed in the rows whose pattern was changed.
    """
    sites = names(prefix, "attn_scores", "pattern")
    plain, pattern = visit_pattern(run, sites, heads, operands)
    return remixed(plain, pattern, operands.v, mix)


def visit_pattern(
    run: Visitor, sites: tuple[str, ...], heads: Heads, operands: Operands
) -> tuple[Tensor, Tensor]:
    """Show scores and pattern, whose two sites are given, to the run.

    Returns
    -------
    plain, pattern
        ``(batch, head, query, key)``: the pattern as it is, and as it shall be; one and
        the same tensor where nothing is replaced.
    """
    scores_site, pattern_site = sites
    scores = derivation.attention_scores(
        operands.q, operands.k, heads.scale, operands.bias
    )
    plain = scores.softmax(-1)
    new_scores = run.visit(scores_site, scores)
    pattern = plain if new_scores is scores else new_scores.softmax(-1)
    return plain, run.visit(pattern_site, pattern)


def remixed(plain: Tensor, pattern: Tensor, v: Tensor, mix: Tensor) -> Tensor:
    """Give the mix after a change of the pattern.

    Parameters
    ----------
    plain, pattern
        The pattern before and after, ``(batch, head, query, key)``.
    v
        ``(batch, head, token, d_head)``.
    mix
        What the module computed, ``(batch, token, head, d_head)``.
    """
    # With a graph, the formula's gradient is wanted even so.
    if pattern is plain and not pattern.requires_grad:
        return mix
    # Rows that stay keep the fused result bit for bit.
    changed = (pattern != plain).any(-1).transpose(1, 2).unsqueeze(-1)
    eager = derivation.attention_mix(pattern, v.transpose(1, 2)).to(mix.dtype)
    return merged(changed, eager, mix)


def pattern_recipes(prefix: str, heads: Heads, half: str = "") -> dict[str, Recipe]:
    """Give the recipes of scores and pattern; `half` is what their names end in."""
    scores, pattern = names(prefix, f"attn_scores{half}", f"pattern{half}")
    endings = [f"rot_q{half}", f"rot_k{half}"]
    endings += ["attn_bias"] if heads.biased else []

    def compute(q: Tensor, k: Tensor, bias: Tensor | None = None) -> Tensor:
        return derivation.attention_scores(
            q.transpose(1, 2), k.transpose(1, 2), heads.scale, bias
        )

    return {
        scores: Recipe(names(prefix, *endings), compute),
        pattern: Recipe((scores,), _softmax),
    }


def normed_operand(norm: nn.Module, tokens_first: bool = False) -> Compute:
    """Give q or k by token -> the same after its norm.

    `tokens_first` says whether that takes ``(batch, token, head, d_head)``, rather than
    ``(batch, head, token, d_head)``.
    """

    def compute(by_token: Tensor) -> Tensor:
        if tokens_first:
            return cast("Tensor", norm.forward(by_token))
        out: Tensor = norm.forward(by_token.transpose(1, 2))
        return out.transpose(1, 2)

    return compute


def output_piece(
    prefix: str,
    heads: Heads,
    projection: nn.Module,
    between: tuple[nn.Module, ...] | None,
) -> Piece:
    """Give the piece of the output projection: z, and the result of each head.

    Parameters
    ----------
    prefix
        Such as ``blocks.3.attn``.
    heads
        Shape of the heads.
    projection
        The module whose input is z, heads side by side, before whatever else it takes.
    between
        Modules that do nothing between pattern · v and the projection; None where
        something is done there.
    """
    mix, z, result = names(prefix, "attn_mix", "z", "result")
    taps = [Tap(projection, True, _heads_apart(heads, z), (z,))]
    recipes: dict[str, Recipe] = {}
    if between is not None:
        recipes[mix] = Recipe((z,), same, between, (z,))
    if type(projection) is not nn.Linear:
        reason = (
            f"its output projection is a {class_path(projection)}, not a plain linear "
            f"layer that splits into heads"
        )
        return Piece(tuple(taps), recipes, {result: reason}, frozenset({result}))

    def compute(z: Tensor) -> Tensor:
        return derivation.head_results(z, projection)

    recipes[result] = Recipe((z,), compute, (projection,))
    taps.append(Tap(projection, False, _results(heads, projection, result), (result,)))
    return Piece(tuple(taps), recipes)


def _softmax(scores: Tensor) -> Tensor:
    return scores.softmax(-1)


def _heads_apart(heads: Heads, site: str) -> Handler:
    """Handle what a projection takes: the heads, and whatever it takes besides."""
    width = heads.n_heads * heads.d_head

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        # A copy does not keep the rest alive.
        whole = value.shape[-1] == width
        own = value if whole else value[..., :width].contiguous()
        apart = split_heads(heads, own)
        new = run.visit(site, apart)
        if new is apart:
            return value
        flat = new.flatten(-2)
        if whole:
            return flat
        return torch.cat([flat, value[..., width:]], dim=-1)

    return handler


def _results(heads: Heads, projection: nn.Linear, site: str) -> Handler:
    width = heads.n_heads * heads.d_head

    def handler(run: Visitor, out: Tensor, taken: Tensor) -> Tensor:
        z = split_heads(heads, taken[..., :width])
        results = derivation.head_results(z, projection)
        new = run.visit(site, results)
        if new is results:
            return out
        return out + (new - results).sum(-2).to(out.dtype)

    return handler
