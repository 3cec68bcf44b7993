"""Rows, columns and heads of attention, computed without the rest of the square."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from vitwidgets.models.sites import in_block

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models import ActivationCache

Part: TypeAlias = slice | list[int]
"""Some of the heads, or of the tokens."""

ALL = slice(None)


class PatternParts:
    """Parts of the scores and patterns of one image's run.

    Parameters
    ----------
    cache
        The run; it kept scores and patterns, or what they follow from.
    """

    def __init__(self, cache: ActivationCache) -> None:
        self.cache = cache
        self._normalisers: dict[int, Tensor] = {}

    def scores(
        self, layer: int, heads: Part = ALL, queries: Part = ALL, keys: Part = ALL
    ) -> Tensor:
        """Give scores before the softmax, ``(head, query, key)``."""
        name = in_block(layer, "attn.hook_attn_scores")
        rows = self.cache.source.scores[layer]
        if rows is None or not self._follows(name):
            return _cut(self.cache[name], heads, queries, keys)[0]
        q, k, *bias = (self.cache[source] for source in rows.sources)
        operands = (
            q[:, queries][:, :, heads],
            k[:, keys][:, :, heads],
            *(_cut(each, heads, queries, keys) for each in bias),
        )
        return rows.compute(operands, ALL, ALL)[0]

    def pattern(
        self, layer: int, heads: Part = ALL, queries: Part = ALL, keys: Part = ALL
    ) -> Tensor:
        """Give the pattern, ``(head, query, key)``."""
        name = in_block(layer, "attn.hook_pattern")
        if not self._follows(name):
            return _cut(self.cache[name], heads, queries, keys)[0]
        scores = self.scores(layer, heads, queries, keys)
        if keys is ALL:
            return scores.softmax(-1)
        sums = self._normaliser(layer)[heads][:, queries]
        return (scores - sums[..., None]).exp()

    def _follows(self, name: str) -> bool:
        # Not where a hook may have replaced it: then the run holds it.
        return name in self.cache.source.recipes

    def _normaliser(self, layer: int) -> Tensor:
        """Give the logarithm of what each row of weights is divided by."""
        if layer not in self._normalisers:
            self._normalisers[layer] = self.scores(layer).logsumexp(-1)
        return self._normalisers[layer]


def _cut(square: Tensor, heads: Part, queries: Part, keys: Part) -> Tensor:
    """Cut ``(batch, head, query, key)``, but no axis that is one for all."""
    for axis, part in ((1, heads), (2, queries), (3, keys)):
        if square.shape[axis] > 1:
            square = square[(ALL,) * axis + (part,)]
    return square
