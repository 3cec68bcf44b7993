"""How much of each token a head writes, not only how much it looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch

from vitwidgets.methods.plain_patterns import require_plain_patterns
from vitwidgets.models.caching.index_checks import index_of, slice_of
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families import layout
from vitwidgets.models.pieces import derivation
from vitwidgets.models.precision import wide
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vitwidgets.models import ActivationCache, HookedViT


def value_weighted_attention(
    model: HookedViT,
    cache: ActivationCache,
    layer: int,
    head: int | None = None,
    query: int | None = None,
) -> Tensor:
    """Give the norm of what heads write for a query, token by token that it read.

    Kobayashi et al., "Attention is Not Only a Weight" (2020): the length of
    ``pattern[query, key] * v[key] · W_O`` for each key. A head may attend most to a
    token whose value is next to nothing, such as a sink.

    Parameters
    ----------
    model
        The model of the run.
    cache
        A run that kept the block's pattern, values and z, as every site or
        ``"blocks.*.attn.*"`` does.
    layer
        Index of the block.
    head
        Index of a head; None for all.
    query
        Index of the token that attends; None for all.

    Returns
    -------
    Tensor
        ``(batch, head, query, key)`` without the axes that were chosen: Euclidean
        norms, before LayerScale. The contributions themselves add up to
        ``cache.result(layer, head, query)``.

    Raises
    ------
    UnsupportedModelError
        If z is not the sum of values weighted by the pattern: heads attend otherwise,
        or a norm or gate comes between.
    IndexError
        If the block, head or query does not exist.
    UnknownSiteError
        If the run did not keep what is needed.
    """
    require_plain_patterns(model)
    pattern = cache.pattern(layer, head, query)
    lengths = value_lengths(model, cache, layer, head)
    return pattern * (lengths if query is not None else lengths.unsqueeze(-2))


def value_lengths(
    model: HookedViT, cache: ActivationCache, layer: int, head: int | None = None
) -> Tensor:
    """Give the length of what each head would write of a token it alone attends to.

    Parameters
    ----------
    model, cache, layer, head
        As for `value_weighted_attention`, which is the pattern times these.

    Returns
    -------
    Tensor
        ``(batch, head, key)`` without the head axis if one was chosen; float32 or
        wider.

    Raises
    ------
    UnsupportedModelError, IndexError, UnknownSiteError
        As `value_weighted_attention`.
    """
    layer = index_of("layer", layer, model.config.n_layers)
    heads = range(model.config.n_heads)[slice_of("head", head, model.config.n_heads)]
    parts = layout.resolve(model.module)
    names = (f"attn.hook_{ending}" for ending in ("z", "attn_mix", "result"))
    z_name, mix_name, result_name = (in_block(layer, name) for name in names)
    if result_name not in parts.recipes:
        raise UnsupportedModelError(
            f"{model.name} has no {result_name!r}: {parts.missing.get(result_name)}"
        )
    same = cache[z_name].flatten(2), cache[mix_name].flatten(2)
    if same[0].shape != same[1].shape or not bool((same[0] == same[1]).all()):
        raise UnsupportedModelError(
            f"in block {layer} of {model.name} a norm or a gate comes between the "
            f"weighted values and the output projection, so that what a head writes "
            f"is no sum over tokens"
        )
    normed = in_block(layer, "attn.hook_normed_v")
    values = cache[normed if normed in cache else in_block(layer, "attn.hook_v")]
    projection = cast("nn.Linear", parts.recipes[result_name].modules[0])
    # A head at a time: all of them at once take as much as a square of patterns.
    lengths = torch.stack([_lengths(values, projection, each) for each in heads], 1)
    return lengths if head is None else lengths.select(1, 0)


def _lengths(values: Tensor, projection: nn.Linear, head: int) -> Tensor:
    one = slice(head, head + 1)
    written = derivation.head_results(values[:, :, one], projection, one)
    return written[:, :, 0].to(wide(values.dtype)).square().sum(-1).sqrt()
