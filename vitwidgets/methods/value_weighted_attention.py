"""How much of each token a head writes, not only how much it looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from vitwidgets.methods.plain_patterns import require_plain_patterns
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.families import layout
from vitwidgets.models.pieces import derivation
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vitwidgets.models import ActivationCache, HookedViT


def value_weighted_attention(
    model: HookedViT, cache: ActivationCache, layer: int, head: int, query: int
) -> Tensor:
    """Give the norm of what a head writes for a query, token by token that it read.

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
    layer, head, query
        Whose contributions: indices of block, head, and the token that attends.

    Returns
    -------
    Tensor
        ``(batch, key)``: Euclidean norms, before LayerScale. The contributions
        themselves add up to ``cache.result(layer, head, query)``.

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
    written = derivation.head_results(
        values[:, :, head : head + 1], projection, slice(head, head + 1)
    )
    lengths = written[:, :, 0].to(pattern.dtype).square().sum(-1).sqrt()
    return pattern * lengths
