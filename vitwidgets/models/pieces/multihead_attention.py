"""Attention by torch's own `MultiheadAttention`.

Without gradients and without a mask it runs as one native call, which is left alone
where its sites are only read: they follow from its input. Where one is replaced, or
gradients are wanted, `multi_head_attention_forward` is caught and computed step by
step, as torch itself computes it then; the two differ in the last bits (some 2e-6 of
the largest logit).
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitwidgets.models.errors import HookError
from vitwidgets.models.interception.tap import (
    CallHandler,
    CallTap,
    Handler,
    Tap,
    TorchFunction,
    Visitor,
    always,
)
from vitwidgets.models.pieces import derivation
from vitwidgets.models.pieces.dot_product_attention import visit_by_token
from vitwidgets.models.pieces.heads import (
    Operands,
    alone_needs_gradient,
    names,
    pattern_recipes,
    repatterned,
)
from vitwidgets.models.pieces.parts import Heads, Piece
from vitwidgets.models.pieces.recipes import Recipe, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PARAMETERS = inspect.signature(functional.multi_head_attention_forward)
# What open_clip's blocks never pass.
_UNUSUAL = (
    "bias_k",
    "bias_v",
    "add_zero_attn",
    "key_padding_mask",
    "need_weights",
    "use_separate_proj_weight",
    "static_k",
    "static_v",
    "is_causal",
)


@dataclass(frozen=True)
class MultiheadAttention:
    """Such a module.

    Attributes
    ----------
    module
        The module: batch first, attending to what it is given itself, of one width.
    heads
        Shape of its dot products.
    source
        The site that it takes, ``(batch, token, d_model)``.
    """

    module: nn.MultiheadAttention
    heads: Heads
    source: str


def multihead_attention_piece(attention: MultiheadAttention, prefix: str) -> Piece:
    """Give the piece of such a module, its sites called ``<prefix>.hook_...``."""
    heads = attention.heads
    bias = ("attn_bias",) if heads.biased else ()
    operands = ("q", "k", "v", "rot_q", "rot_k", *bias)
    derived = ("attn_scores", "pattern", "attn_mix", "z", "result")
    sites = names(prefix, *operands, *derived)
    recipes = _recipes(attention, prefix)

    def leaves_native_call(run: Visitor) -> bool:
        return torch.is_grad_enabled() or run.edits(*sites)

    call = CallTap(
        attention.module,
        functional.multi_head_attention_forward,
        _stepwise(attention, prefix),
        sites,
        # A mask of numbers keeps torch itself from its native call.
        needed=always if heads.biased else leaves_native_call,
    )
    if heads.biased:
        return Piece((call,), recipes)
    reading = _derived_from_input(attention.source, sites, recipes, leaves_native_call)
    return Piece((Tap(attention.module, True, reading, sites), call), recipes)


def _recipes(attention: MultiheadAttention, prefix: str) -> dict[str, Recipe]:
    module, heads = attention.module, attention.heads
    q, k, v, rot_q, rot_k, bias = names(
        prefix, "q", "k", "v", "rot_q", "rot_k", "attn_bias"
    )
    scores, pattern, mix, z, result = names(
        prefix, "attn_scores", "pattern", "attn_mix", "z", "result"
    )

    def operand(index: int) -> Callable[[Tensor], Tensor]:
        def compute(x: Tensor) -> Tensor:
            packed = _operands(
                x.transpose(0, 1), module.in_proj_weight, module.in_proj_bias, heads
            )
            return packed[index].transpose(1, 2)

        return compute

    def mixed(q: Tensor, k: Tensor, v: Tensor, added: Tensor | None = None) -> Tensor:
        operands = (value.transpose(1, 2) for value in (q, k, v))
        out = functional.scaled_dot_product_attention(*operands, attn_mask=added)
        return out.transpose(1, 2)

    def results(z: Tensor) -> Tensor:
        return derivation.head_results(z, module.out_proj)

    found = {
        site: Recipe((attention.source,), operand(index), (module,))
        for index, site in enumerate((q, k, v))
    }
    sources = (rot_q, rot_k, v, bias) if heads.biased else (rot_q, rot_k, v)
    return {
        **found,
        rot_q: Recipe((q,), same),
        rot_k: Recipe((k,), same),
        **pattern_recipes(prefix, heads),
        mix: Recipe(sources, mixed, (), (scores, pattern)),
        z: Recipe((mix,), same),
        result: Recipe((z,), results, (module.out_proj,)),
    }


def _derived_from_input(
    source: str,
    sites: tuple[str, ...],
    recipes: Mapping[str, Recipe],
    leaves_native_call: Callable[[Visitor], bool],
) -> Handler:
    """Give the handler that shows sites which a run has to hold, replacing none."""

    def handler(run: Visitor, x: Tensor, _: Tensor) -> Tensor:
        if leaves_native_call(run):
            return x
        known = {source: x}

        def value(site: str) -> Tensor:
            if site not in known:
                recipe = recipes[site]
                known[site] = recipe.compute(*map(value, recipe.sources))
            return known[site]

        for site in sites:
            if run.wants(site):
                run.visit(site, value(site))
        return x

    return handler


def _stepwise(attention: MultiheadAttention, prefix: str) -> CallHandler:
    """Give the handler of a call of `multi_head_attention_forward`."""
    heads, projection = attention.heads, attention.module.out_proj
    q_site, k_site, v_site, rot_q, rot_k = names(
        prefix, "q", "k", "v", "rot_q", "rot_k"
    )
    bias_site, mix_site, z_site = names(prefix, "attn_bias", "attn_mix", "z")
    watched = names(prefix, "attn_scores", "pattern")

    def handler(
        run: Visitor,
        _: TorchFunction,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> tuple[Tensor, None]:
        given = _PARAMETERS.bind(*args, **kwargs).arguments
        mask = _require_usual(given, heads, prefix)
        q, k, v = _operands(
            given["query"], given["in_proj_weight"], given["in_proj_bias"], heads
        )
        q = visit_by_token(run, q_site, q)
        k = visit_by_token(run, k_site, k)
        v = visit_by_token(run, v_site, v)
        q = visit_by_token(run, rot_q, q)
        k = visit_by_token(run, rot_k, k)
        added = None if mask is None else _four_axes(mask, q)
        fused, apart = added, False
        if added is not None:
            # A view would let a careless hook write into the model's own mask.
            added = added.clone() if run.edits(bias_site) else added
            added = run.visit(bias_site, added)
            apart = alone_needs_gradient(added, mask)
            fused = added.detach() if apart else added
        out = functional.scaled_dot_product_attention(q, k, v, fused)
        mix = out.transpose(1, 2)
        if apart or run.wants(*watched):
            mix = repatterned(run, prefix, heads, Operands(q, k, v, added), mix)
        z = run.visit(z_site, run.visit(mix_site, mix))
        return _projected(run, prefix, z, projection), None

    return handler


def _operands(
    x: Tensor, weight: Tensor, bias: Tensor | None, heads: Heads
) -> tuple[Tensor, Tensor, Tensor]:
    """Give q, k and v, ``(batch, head, token, d_head)``, laid out as torch's are.

    Parameters
    ----------
    x
        Input, ``(token, batch, d_model)``.
    weight, bias
        The packed projection.
    heads
        Shape of the heads.
    """
    n_tokens, n_batch, width = x.shape
    packed = functional.linear(x, weight, bias).view(n_tokens, n_batch, 3, width)
    packed = packed.permute(2, 0, 1, 3).contiguous()
    by_head = packed.view(3, n_tokens, n_batch, heads.n_heads, heads.d_head)
    q, k, v = by_head.permute(0, 2, 3, 1, 4).unbind(0)
    return q, k, v


def _projected(run: Visitor, prefix: str, z: Tensor, projection: nn.Linear) -> Tensor:
    """Give the output of the module, ``(token, batch, d_model)``."""
    (site,) = names(prefix, "result")
    n_batch, n_tokens = z.shape[:2]
    rows = z.transpose(0, 1).reshape(n_tokens * n_batch, -1)
    # As a function: torch does not call the module, so that no hooks on it run.
    out = functional.linear(rows, projection.weight, projection.bias)
    out = out.view(n_tokens, n_batch, -1)
    if not run.wants(site):
        return out
    results = derivation.head_results(z, projection)
    new = run.visit(site, results)
    if new is results:
        return out
    return out + (new - results).sum(-2).to(out.dtype).transpose(0, 1)


def _require_usual(
    given: Mapping[str, Any], heads: Heads, prefix: str
) -> Tensor | None:
    """Give the mask of a call, or raise if the call is not what the layout says."""
    query, mask = given["query"], given.get("attn_mask")
    unusual = [name for name in _UNUSUAL if _is_given(given.get(name))]
    if given["key"] is not query or given["value"] is not query:
        unusual.append("key or value")
    if mask is not None and not heads.biased:
        unusual.append("attn_mask")
    if unusual:
        raise HookError(
            f"{prefix} was called with {unusual[0]}, unlike when the model was "
            f"attached: what is inside it can be read and replaced only in calls of "
            f"the usual form"
        )
    return cast("Tensor | None", mask)


def _is_given(option: object) -> bool:
    return option is not None and option is not False


def _four_axes(mask: Tensor, q: Tensor) -> Tensor:
    """Give a mask ``(query, key)`` or ``(batch * head, query, key)`` with four axes."""
    if mask.dim() == 2:  # noqa: PLR2004
        return mask[None, None]
    return mask.view(*q.shape[:2], *mask.shape[1:])
