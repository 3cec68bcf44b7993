"""An embedding, or similarities to words, as a sum over a tower's parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


@dataclass(frozen=True, eq=False, repr=False)
class EmbeddingTerms:
    """Terms of a sum; the last axis is that of the embedding, or of words.

    Attributes
    ----------
    value
        What is split, ``(batch, last)``, from the model's own embedding.
    embedding
        ``(batch, last)``: of patches, class token and positions, as they enter the
        first block.
    heads
        ``(batch, layer, head, last)``; NaN where the heads of a layer cannot be told
        apart.
    attention, attention_bias
        ``(batch, layer, last)``: of all that attention adds; and what of this is of no
        head, the bias of its output.
    mlp
        ``(batch, layer, last)``: of all that the MLP adds, its bias included.
    norm_bias, projection_bias
        ``(batch, last)``: of the final norm's bias, and of the projection's.
    by_hooks
        ``(batch, last)``: what hooks on the stream put there, in a run that had some.
        Otherwise 0.
    """

    value: Tensor
    embedding: Tensor
    heads: Tensor
    attention: Tensor
    attention_bias: Tensor
    mlp: Tensor
    norm_bias: Tensor
    projection_bias: Tensor
    by_hooks: Tensor

    @property
    def sum(self) -> Tensor:
        """Sum of all terms, ``(batch, last)``; `heads` and their bias are `attention`.

        The first is taken where heads are told apart.
        """
        told_apart = self.heads.sum(2) + self.attention_bias
        attention = told_apart.where(~told_apart.isnan(), self.attention)
        layers = (attention + self.mlp).sum(1)
        return self.embedding + layers + self.biases + self.by_hooks

    @property
    def biases(self) -> Tensor:
        """Of final norm and projection together, ``(batch, last)``."""
        return self.norm_bias + self.projection_bias

    def mapped(self, change: Callable[[Tensor], Tensor]) -> EmbeddingTerms:
        """Give the terms with their last axis changed by a linear function."""
        return EmbeddingTerms(
            value=change(self.value),
            embedding=change(self.embedding),
            heads=change(self.heads),
            attention=change(self.attention),
            attention_bias=change(self.attention_bias),
            mlp=change(self.mlp),
            norm_bias=change(self.norm_bias),
            projection_bias=change(self.projection_bias),
            by_hooks=change(self.by_hooks),
        )

    def size(self) -> Tensor:
        """Give the sum of the terms' absolute values, ``(batch, last)``."""
        layers = self.attention.abs() + self.mlp.abs()
        biases = self.norm_bias.abs() + self.projection_bias.abs()
        return self.embedding.abs() + layers.sum(1) + biases
