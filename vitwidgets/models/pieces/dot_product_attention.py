"""Attention whose operands are seen only where it calls the fused softmax.

For modules that rotate q and k, add a bias to the scores or compute q, k and v by a
function: the arguments of `scaled_dot_product_attention` are the exact operands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitwidgets.models.errors import HookError
from vitwidgets.models.interception.replacement import laid_out_like
from vitwidgets.models.interception.tap import (
    CallHandler,
    CallTap,
    Handler,
    Tap,
    TorchFunction,
    Visitor,
)
from vitwidgets.models.pieces import derivation
from vitwidgets.models.pieces.heads import (
    Operands,
    alone_needs_gradient,
    names,
    normed_operand,
    output_piece,
    pattern_recipes,
    repatterned,
)
from vitwidgets.models.pieces.packed_attention import split_columns, split_qkv
from vitwidgets.models.pieces.parts import Heads, Piece
from vitwidgets.models.pieces.recipes import Compute, Recipe, same

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class DotProductAttention:
    """The tapped parts of such a module.

    Attributes
    ----------
    module
        The module that calls the fused softmax.
    heads
        Shape of its dot products.
    qkv
        What makes q, k and v in one tensor; None where that is no module's output.
    separate
        What makes q, k and v each; empty where that is no module's output.
    q_norm, k_norm
        Modules that take q and k, ``(batch, head, token, d_head)``; None where there
        are none.
    rotated
        Whether something comes between these and the dot product.
    projection
        The output projection.
    between
        As in `output_piece`.
    before_q
        Number of columns in the output of `qkv` before those of q.
    tokens_first
        Whether the norms take ``(batch, token, head, d_head)``.
    v_norm
        A norm of v, ``(batch, token, head, d_head)``, where there is one.
    """

    module: nn.Module
    heads: Heads
    qkv: nn.Module | None
    separate: tuple[nn.Module, ...]
    q_norm: nn.Module | None
    k_norm: nn.Module | None
    rotated: bool
    projection: nn.Module
    between: tuple[nn.Module, ...] | None
    before_q: int = 0
    tokens_first: bool = False
    v_norm: nn.Module | None = None


def dot_product_piece(attention: DotProductAttention, prefix: str) -> Piece:
    """Give the piece of such a module, its sites called ``<prefix>.hook_...``."""
    sources = _source_taps(attention, prefix)
    reached = {site for tap in sources for site in tap.sites}
    normed = () if attention.v_norm is None else names(prefix, "normed_v")
    at_call = tuple(
        site for site in names(prefix, "q", "k", "v") if site not in reached
    )
    bias = names(prefix, "attn_bias") if attention.heads.biased else ()
    call = CallTap(
        attention.module,
        functional.scaled_dot_product_attention,
        dot_product_handler(attention.heads, prefix, (*at_call, *normed)),
        (
            *at_call,
            *names(prefix, "rot_q", "rot_k"),
            *normed,
            *bias,
            *names(prefix, "attn_scores", "pattern", "attn_mix"),
        ),
    )
    output = output_piece(
        prefix, attention.heads, attention.projection, attention.between
    )
    return Piece(
        (*sources, call, *output.taps),
        {
            **_operand_recipes(attention, prefix),
            **pattern_recipes(prefix, attention.heads),
            **output.recipes,
        },
        output.missing,
        output.unreachable,
    )


def _source_taps(attention: DotProductAttention, prefix: str) -> tuple[Tap, ...]:
    q, k, v = names(prefix, "q", "k", "v")
    if attention.qkv is not None:
        heads, before = attention.heads, attention.before_q
        widths = (heads.d_head, heads.d_head, heads.d_head)
        handler = (
            split_columns(widths, heads.n_heads, before, prefix)
            if before
            else split_qkv(heads, prefix)
        )
        return (Tap(attention.qkv, False, handler, (q, k, v)),)
    if attention.separate:
        width = attention.heads.d_head
        return tuple(
            Tap(module, False, _of_width(width, site), (site,))
            for module, site in zip(attention.separate, (q, k, v), strict=True)
        )
    norms = ((attention.q_norm, q), (attention.k_norm, k))
    return tuple(
        Tap(norm, True, _by_token(site), (site,))
        for norm, site in norms
        if norm is not None
    )


def _of_width(width: int, site: str) -> Handler:
    """Handle ``(batch, token, head * width)``."""

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        apart = derivation.last_axis_split(value, (-1, width))
        new = run.visit(site, apart)
        return value if new is apart else new.flatten(-2)

    return handler


def _by_token(site: str) -> Handler:
    """Handle ``(batch, head, token, d_head)``."""

    def handler(run: Visitor, value: Tensor, _: Tensor) -> Tensor:
        return visit_by_token(run, site, value)

    return handler


def visit_by_token(run: Visitor, site: str, value: Tensor) -> Tensor:
    """Show ``(batch, head, token, d_head)`` as ``(batch, token, head, d_head)``."""
    by_token = value.transpose(1, 2)
    new = run.visit(site, by_token)
    return value if new is by_token else laid_out_like(value, new.transpose(1, 2))


def _operand_recipes(attention: DotProductAttention, prefix: str) -> dict[str, Recipe]:
    found: dict[str, Recipe] = {}
    if attention.v_norm is not None:
        v, normed_v = names(prefix, "v", "normed_v")
        compute = _normed_values(attention.v_norm, attention.heads.n_heads)
        found[normed_v] = Recipe((v,), compute, (attention.v_norm,))
    if attention.rotated:
        return found
    for letter, norm in (("q", attention.q_norm), ("k", attention.k_norm)):
        source, site = names(prefix, letter, f"rot_{letter}")
        found[site] = (
            Recipe((source,), same)
            if norm is None
            else Recipe(
                (source,), normed_operand(norm, attention.tokens_first), (norm,)
            )
        )
    return found


def _normed_values(norm: nn.Module, n_heads: int) -> Compute:
    """Give v by token -> its norm, once for each head that shares it."""

    def compute(v: Tensor) -> Tensor:
        normed: Tensor = norm.forward(v)
        groups = n_heads // v.shape[2]
        return normed if groups == 1 else normed.repeat_interleave(groups, dim=2)

    return compute


def dot_product_handler(
    heads: Heads, prefix: str, at_call: tuple[str, ...]
) -> CallHandler:
    """Give the handler of a call of `scaled_dot_product_attention`.

    Parameters
    ----------
    heads
        Shape of the dot products.
    prefix
        Such as ``blocks.3.attn``.
    at_call
        Which of the sites hook_q, hook_k, hook_v and hook_normed_v are the operands of
        the call.
    """
    q_site, k_site, v_site, normed_v = names(prefix, "q", "k", "v", "normed_v")
    rot_q, rot_k, bias, mix_site = names(
        prefix, "rot_q", "rot_k", "attn_bias", "attn_mix"
    )
    watched = names(prefix, "attn_scores", "pattern")

    def operand(run: Visitor, value: Tensor, *sites: str) -> Tensor:
        for site in sites:
            if site in at_call or site in (rot_q, rot_k):
                value = visit_by_token(run, site, value)
        return value

    def handler(
        run: Visitor,
        function: TorchFunction,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Tensor:
        q, k, v, options = call_arguments(args, kwargs)
        q = operand(run, q, q_site, rot_q)
        k = operand(run, k, k_site, rot_k)
        v = operand(run, v, v_site, normed_v)
        mask, apart = require_usual(options, q, heads, prefix), False
        added = None if mask is None else _four_axes(mask, q.dtype)
        if added is not None:
            # A view would let a careless hook write into the model's own mask.
            added = added.clone() if run.edits(bias) else added
            new = run.visit(bias, added)
            if new is not added:
                apart = alone_needs_gradient(new, mask)
                added, mask = new, new.detach() if apart else new
        out: Tensor = function(q, k, v, **{**options, "attn_mask": mask})
        mix = new_mix = out.transpose(1, 2)
        if apart or run.wants(*watched):
            new_mix = repatterned(run, prefix, heads, Operands(q, k, v, added), mix)
        new_mix = run.visit(mix_site, new_mix)
        return out if new_mix is mix else laid_out_like(out, new_mix.transpose(1, 2))

    return handler


_NAMES = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")


def call_arguments(
    args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Tensor, Tensor, Tensor, dict[str, Any]]:
    """Give the arguments of such a call: q, k, v and all others by name."""
    options = {**dict(zip(_NAMES, args, strict=False)), **kwargs}
    q, k, v = (options.pop(name) for name in _NAMES[:3])
    return q, k, v, options


def require_usual(
    options: Mapping[str, Any], q: Tensor, heads: Heads, prefix: str
) -> Tensor | None:
    """Give the mask of a call, or raise if the call is not what the layout says."""
    mask: Tensor | None = options.get("attn_mask")
    scale = options.get("scale")
    usual = q.shape[-1] ** -0.5 if scale is None else float(scale)
    if options.get("is_causal") or (mask is not None and not heads.biased):
        raise HookError(
            f"an attention mask was passed to {prefix}, where this model has none: its "
            f"activations can be read and replaced without a mask only"
        )
    if usual != heads.scale:
        raise HookError(
            f"the scores of {prefix} are scaled by {usual:.6g}, not by "
            f"{heads.scale:.6g} as when the model was attached: attach it again"
        )
    return mask


def _four_axes(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Give what a mask adds, ``(batch or 1, head or 1, query, key)``."""
    if mask.dtype == torch.bool:
        shut = torch.zeros(mask.shape, dtype=dtype, device=mask.device)
        mask = shut.masked_fill(~mask, float("-inf"))
    return mask.reshape(*(1,) * (4 - mask.dim()), *mask.shape)
