"""Rows of attention scores, computed without the rest of the square."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from vitwidgets.models.pieces import derivation
from vitwidgets.models.sites import in_block

RowsOf: TypeAlias = Callable[[tuple[Tensor, ...], slice, slice], Tensor]


@dataclass(frozen=True)
class ScoreRows:
    """How some rows of a block's attention scores follow from other sites.

    Attributes
    ----------
    sources
        The sites that they follow from; the first has the queries on its second axis.
    compute
        The sources' values, a slice of the heads and a slice of the queries ->
        ``(batch, head, query, key)``, float32 or wider.
    """

    sources: tuple[str, ...]
    compute: RowsOf


def dot_product_rows(layer: int, scale: float, biased: bool) -> ScoreRows:
    """Give the rows of the usual scores: ``scale * rot_q · rot_k``, and the bias.

    Parameters
    ----------
    layer
        Index of the block.
    scale
        Factor on q.
    biased
        Whether `hook_attn_bias` is added.
    """
    endings = ("rot_q", "rot_k", "attn_bias") if biased else ("rot_q", "rot_k")

    def compute(values: tuple[Tensor, ...], heads: slice, queries: slice) -> Tensor:
        q, k = (value.transpose(1, 2)[:, heads] for value in values[:2])
        bias = _part(values[2], heads, queries) if biased else None
        return derivation.attention_scores(q[:, :, queries], k, scale, bias)

    sources = (in_block(layer, f"attn.hook_{ending}") for ending in endings)
    return ScoreRows(tuple(sources), compute)


def _part(bias: Tensor, heads: slice, queries: slice) -> Tensor:
    """Give some rows of a bias that may have one head, or one query, for all."""
    heads = heads if bias.shape[1] > 1 else slice(None)
    queries = queries if bias.shape[2] > 1 else slice(None)
    return bias[:, heads, queries]
