"""Differential attention: the difference of two patterns mixes the values.

Each head has two halves of q and k, hence two softmaxes, and mixes by
``pattern - lambda * pattern2`` (Ye et al., "Differential Transformer", 2024). timm's
modules call the fused softmax once for each and subtract what comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from torch.nn import functional

from vitwidgets.models.interception.replacement import laid_out_like
from vitwidgets.models.interception.tap import (
    CallHandler,
    CallTap,
    Handler,
    Tap,
    Visitor,
    taken,
)
from vitwidgets.models.pieces.dot_product_attention import (
    call_arguments,
    require_usual,
    visit_by_token,
)
from vitwidgets.models.pieces.heads import (
    Operands,
    names,
    output_piece,
    pattern_recipes,
    remixed,
    visit_pattern,
)
from vitwidgets.models.pieces.packed_attention import split_columns
from vitwidgets.models.pieces.parts import Heads, Piece
from vitwidgets.models.pieces.recipes import Compute, Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from vitwidgets.models.interception.tap import TorchFunction

HALVES = ("", "2")
"""What the names of the sites of a head's two halves end in."""


@dataclass(frozen=True)
class DiffAttention:
    """The tapped parts of such a module.

    Attributes
    ----------
    module
        The module that calls the fused softmax twice.
    heads
        Shape of the heads of v, and the scale of the dot products.
    source
        What makes q, k and v in one tensor, side by side.
    before_q
        Width of what comes before q in it.
    q_norm, k_norm
        Modules that take q and k, ``(batch, 2 * head, token, d_head / 2)``.
    sub_norm
        What takes the difference of the mixes, ``(batch, head, token, d_head)``.
    projection
        The output projection.
    """

    module: nn.Module
    heads: Heads
    source: nn.Module
    before_q: int
    q_norm: nn.Module
    k_norm: nn.Module
    sub_norm: nn.Module
    projection: nn.Module


def diff_attention_piece(attention: DiffAttention, prefix: str) -> Piece:
    """Give the piece of such a module, its sites called ``<prefix>.hook_...``.

    q and k have twice as many heads as v, of half the width: those with even index are
    the first halves, whose sites are named as elsewhere (rot_q, rot_k, attn_scores,
    pattern), the others the second, whose names end in 2.
    """
    diff, mix, *packed = names(prefix, "diff_pattern", "attn_mix", "q", "k", "v")
    at_calls = [
        site
        for half in HALVES
        for site in names(
            prefix,
            *(f"{name}{half}" for name in ("rot_q", "rot_k", "attn_scores", "pattern")),
        )
    ]
    output = output_piece(prefix, attention.heads, attention.projection, None)
    taps = (
        Tap(
            attention.source,
            False,
            _packed(attention, prefix),
            tuple(packed),
            (*at_calls, diff),
        ),
        CallTap(
            attention.module,
            functional.scaled_dot_product_attention,
            _calls(attention.heads, prefix),
            tuple(at_calls),
            (diff,),
        ),
        Tap(attention.sub_norm, True, _difference(attention, prefix), (diff, mix)),
        *output.taps,
    )
    return Piece(
        taps,
        {**_recipes(attention, prefix), **output.recipes},
        output.missing,
        output.unreachable,
    )


def _packed(attention: DiffAttention, prefix: str) -> Handler:
    heads = attention.heads
    half = heads.d_head // 2
    widths = (half, half, heads.d_head)
    split = split_columns(widths, heads.n_heads, attention.before_q, prefix)

    def handler(run: Visitor, packed: Tensor, x: Tensor) -> Tensor:
        # A pass that broke off between the two calls may have left this.
        run.scratch.pop(prefix, None)
        return split(run, packed, x)

    return handler


def _calls(heads: Heads, prefix: str) -> CallHandler:
    """Handle the call of the first halves and that of the second in turn."""
    (diff,) = names(prefix, "diff_pattern")

    def handler(
        run: Visitor,
        function: TorchFunction,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Tensor:
        half = HALVES[prefix in run.scratch]
        if half:
            del run.scratch[prefix]
        else:
            run.scratch[prefix] = None
        rot_q, rot_k, scores, pattern_site = names(
            prefix,
            *(f"{n}{half}" for n in ("rot_q", "rot_k", "attn_scores", "pattern")),
        )
        q, k, v, options = call_arguments(args, kwargs)
        require_usual(options, q, heads, prefix)
        q = visit_by_token(run, rot_q, q)
        k = visit_by_token(run, rot_k, k)
        out: Tensor = function(q, k, v, **options)
        if not run.wants(scores, pattern_site, diff):
            return out
        plain, pattern = visit_pattern(
            run, (scores, pattern_site), heads, Operands(q, k, v)
        )
        if run.wants(diff):
            run.scratch.update({pattern_site: pattern, diff: v, _q_key(prefix): q})
        mix = out.transpose(1, 2)
        new = remixed(plain, pattern, v, mix)
        return out if new is mix else laid_out_like(out, new.transpose(1, 2))

    return handler


def _difference(attention: DiffAttention, prefix: str) -> Handler:
    diff, first, second, mix_site = names(
        prefix, "diff_pattern", "pattern", "pattern2", "attn_mix"
    )

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        new = mix = value.transpose(1, 2)
        if run.wants(diff):
            patterns = taken(run, first), taken(run, second)
            q = taken(run, _q_key(prefix))
            plain = _subtracted(attention.module, *patterns, q)
            changed = run.visit(diff, plain)
            new = remixed(plain, changed, taken(run, diff), mix)
        new = run.visit(mix_site, new)
        return value if new is mix else laid_out_like(value, new.transpose(1, 2))

    return handler


def _q_key(prefix: str) -> str:
    return f"q of {prefix}"


def _subtracted(module: nn.Module, first: Tensor, second: Tensor, q: Tensor) -> Tensor:
    """Give the mixed pattern; lambda is rounded to the dtype of q, as in the module."""
    # Its formula differs with the module's options.
    factor: Tensor = cast("Any", module)._compute_lambda().type_as(q)  # noqa: SLF001
    return first - factor.to(first.dtype) * second


def _recipes(attention: DiffAttention, prefix: str) -> dict[str, Recipe]:
    q, k, diff, first, second = names(
        prefix, "q", "k", "diff_pattern", "pattern", "pattern2"
    )

    def subtracted(a: Tensor, b: Tensor, rot_q: Tensor) -> Tensor:
        return _subtracted(attention.module, a, b, rot_q)

    sources = (first, second, *names(prefix, "rot_q"))
    found = {diff: Recipe(sources, subtracted, (attention.module,))}
    for index, half in enumerate(HALVES):
        rot_q, rot_k = names(prefix, f"rot_q{half}", f"rot_k{half}")
        for site, source, norm in (
            (rot_q, q, attention.q_norm),
            (rot_k, k, attention.k_norm),
        ):
            found[site] = Recipe((source,), _half(norm, index), (norm,))
        found.update(pattern_recipes(prefix, attention.heads, half))
    return found


def _half(norm: nn.Module, index: int) -> Compute:
    """Give q or k by token -> the operands of one of the two dot products."""

    def compute(by_token: Tensor) -> Tensor:
        normed: Tensor = norm.forward(by_token.transpose(1, 2))
        return normed[:, index::2].transpose(1, 2)

    return compute
