"""Which tokens heads took what they wrote from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.contributions.branch_output import agree
from vitwidgets.methods.plain_patterns import require_plain_patterns
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.pieces.derivation import last_axis_split
from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.contributions.branch_output import BranchOutput
    from vitwidgets.methods.contributions.direction import Direction
    from vitwidgets.models import ActivationCache, HookedViT

_FEW = 2
"""So many rows of patterns are read one by one; more are most of them anyway."""


def head_sources(
    model: HookedViT,
    cache: ActivationCache,
    layer: int,
    branch: BranchOutput,
    head: int | None = None,
) -> Tensor:
    """Split what heads of a block count for over the tokens that they read.

    A head mixes values with its pattern, ``sum_t pattern[q, t] v[t]``, and each summand
    is read as the mix is. Patterns are taken as they are: what made the head attend to
    a token is not asked.

    Parameters
    ----------
    model, cache
        The model and its run.
    layer
        Index of the block.
    branch
        What its attention counts for.
    head
        Index of the head; None for all.

    Returns
    -------
    Tensor
        ``(batch, head, token)``; one head if one was chosen.

    Raises
    ------
    UnsupportedModelError
        If heads do not mix the values of an image's tokens with one pattern each.
    UnknownSiteError
        If the run did not keep what is needed.
    """
    if branch.parts is None or branch.direction is None:
        raise UnsupportedModelError(
            f"the heads of layer {layer} cannot be told apart: {branch.whole}"
        )
    require_plain_patterns(model)
    n_heads = model.config.n_heads
    heads = slice(None) if head is None else slice(head, head + 1)
    vectors = _by_head(branch.direction, n_heads)[:, :, heads]
    values = values_of_heads(cache, layer, n_heads)[:, :, heads].to(vectors)
    pooled = model.unembedding.pooled_tokens(values.shape[1])
    if len(pooled) <= _FEW:
        rows = [cache.pattern(layer, head, query) for query in pooled]
        pattern = torch.stack(rows, -2)
    else:
        pattern = cache.pattern(layer, head)[..., pooled.start :, :]
    if head is not None:
        pattern = pattern.unsqueeze(1)
    weighted = torch.einsum("bhqk,bqhd->bkhd", pattern.to(vectors), vectors)
    terms = weighted * values
    expected = branch.by_head(n_heads)[:, heads]
    size = terms.abs().sum((1, 3))
    sources = terms.sum(-1).transpose(1, 2)
    dtype = cache[branch.site].dtype
    if not agree(sources.sum(-1), expected, size, dtype):
        raise UnsupportedModelError(
            f"what the heads of layer {layer} wrote in this run is no sum over tokens: "
            f"hooks replaced it after the pattern was applied to the values"
        )
    return sources


def _by_head(direction: Direction, n_heads: int) -> Tensor:
    """Give a direction as ``(batch, pooled token, head, d_head)``."""
    return last_axis_split(direction.factor * direction.vector, (n_heads, -1))


def values_of_heads(cache: ActivationCache, layer: int, n_heads: int) -> Tensor:
    """Give what the heads of a block mix, ``(batch, token, head, d_head)``."""
    normed = in_block(layer, "attn.hook_normed_v")
    values = cache[normed if normed in cache else in_block(layer, "attn.hook_v")]
    # Heads of a group share theirs.
    groups = n_heads // values.shape[2]
    return values if groups == 1 else values.repeat_interleave(groups, 2)
