"""Logits of single tokens from a model's own classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from vitwidgets.models.pieces.unembedding import FinalScale, LinearMap, Unembedding
from vitwidgets.models.precision import full_precision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn


@dataclass(frozen=True)
class ClassifierUnembedding(Unembedding):
    """A model's own final norm and classifier, applied to tokens one by one.

    The model's logits are the mean of those of the pooled tokens: of the class token
    alone; of patches, as all is affine from a norm that comes before the mean; and
    where the norm takes the mean (``fc_norm``), with its scale frozen.

    Attributes
    ----------
    heads
        The classifiers. Of two (distilled DeiT) the first reads the class token and the
        second the distillation token; any other token is read by both, and the mean of
        their logits taken.
    """

    heads: tuple[nn.Linear, ...]

    def final_scale(self, stream: Tensor) -> FinalScale:
        """Give what the final norm divides by in the real forward pass."""
        return FinalScale(self.norm_scale(stream))

    def normed(self, stream: Tensor, scale: FinalScale | None = None) -> Tensor:
        """Apply the final norm to tokens."""
        return self.after_norm(stream, None if scale is None else scale.norm)

    def logits(
        self, normed: Tensor, tokens: Sequence[int], classes: Tensor | None = None
    ) -> Tensor:
        """Apply the classifier to normed tokens."""
        chosen = slice(None) if classes is None else classes
        with full_precision(normed):
            outputs = [
                functional.linear(
                    normed,
                    each.weight[chosen],
                    None if each.bias is None else each.bias[chosen],
                )
                for each in self.maps()
            ]
            if len(outputs) == 1:
                return outputs[0]
            shares = self.shares(tokens).to(normed)
            return sum(
                (
                    out * share[:, None]
                    for out, share in zip(outputs, shares.T, strict=True)
                ),
                torch.zeros_like(outputs[0]),
            )

    def maps(self) -> tuple[LinearMap, ...]:
        """Give the classifiers."""
        return tuple(LinearMap(head.weight, head.bias) for head in self.heads)

    def shares(self, tokens: Sequence[int]) -> Tensor:
        """Give how much each classifier counts for each token."""
        n = len(self.heads)
        own = torch.eye(n)
        both = torch.full((n,), 1 / n)
        return torch.stack([own[token] if token < n else both for token in tokens])

    def constants(self) -> Tensor | None:
        """Give None: a classifier's biases are its own."""
        return None
