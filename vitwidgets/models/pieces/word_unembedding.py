"""Logits of single tokens from words: similarities of embeddings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from vitwidgets.models.pieces.unembedding import (
    FinalScale,
    LinearMap,
    TokenFeatures,
    Unembedding,
)
from vitwidgets.models.precision import full_precision, wide

if TYPE_CHECKING:
    from collections.abc import Sequence

Projection: TypeAlias = Callable[[], LinearMap | None]
"""Gives the linear map from features to an embedding as it is now; None for none."""


@dataclass(frozen=True)
class WordTable:
    """Words as a classifier has them.

    Attributes
    ----------
    embeddings
        ``(word, d_embed)``, of length 1.
    scale, bias
        A logit is ``scale * similarity + bias``.
    """

    embeddings: Tensor
    scale: float
    bias: float


@dataclass(frozen=True)
class EmbeddedTokens(TokenFeatures):
    """How a model makes an embedding of its tokens.

    Attributes
    ----------
    projection
        From pooled features to the embedding.
    """

    projection: Projection

    def embedded(self, features: Tensor) -> Tensor:
        """Apply the projection to features ``(..., d_model)``."""
        found = self.projection()
        if found is None:
            return features
        with full_precision(features):
            return functional.linear(features, found.weight, found.bias)


@dataclass(frozen=True)
class WordUnembedding(EmbeddedTokens, Unembedding):
    """Final norm, projection, length and words, applied to tokens one by one.

    Read as if the model were cut off at it, a token has the similarity of its own
    embedding to each word. With what is divided by held as in the real forward pass,
    the norm's scale and the embedding's length, logits are affine in the stream, and
    the model's are the mean of those of the pooled tokens.

    Attributes
    ----------
    words
        Gives the words as they are now.
    """

    words: Callable[[], WordTable]

    @property
    def held(self) -> tuple[str, ...]:
        """The final norm, and the length of the embedding."""
        return (*super().held, "the length of the embedding")

    def final_scale(self, stream: Tensor) -> FinalScale:
        """Give what final norm and length divide by in the real forward pass.

        The length is each token's own where one token alone is pooled, and that of the
        image's embedding otherwise.
        """
        scale = self.norm_scale(stream)
        if len(self.pooled_tokens(stream.shape[1])) > 1:
            pooled = stream[:, self.pooled]
            if self.after_pooling:
                features = self.after_norm(pooled.mean(1, keepdim=True))
            else:
                features = self.after_norm(pooled).mean(1, keepdim=True)
        else:
            features = self.after_norm(stream)
        embedding = self.embedded(features)
        embedding = embedding.to(wide(embedding.dtype))
        length = embedding.square().sum(-1, keepdim=True).sqrt()
        return FinalScale(scale, length)

    def normed(self, stream: Tensor, scale: FinalScale | None = None) -> Tensor:
        """Give tokens' embeddings, ``(..., token, d_embed)``, divided by their length.

        That is 1 then, unless it is another length that was given.
        """
        if scale is None or scale.length is None:
            return functional.normalize(self.embedded(self.after_norm(stream)), dim=-1)
        embedding = self.embedded(self.after_norm(stream, scale.norm))
        return (embedding / scale.length).to(embedding.dtype)

    def logits(
        self,
        normed: Tensor,
        tokens: Sequence[int],  # noqa: ARG002 - all tokens are read alike
        classes: Tensor | None = None,
    ) -> Tensor:
        """Give similarities to the words, scaled as the model's own logits are."""
        table = self.words()
        chosen = table.embeddings if classes is None else table.embeddings[classes]
        with full_precision(normed):
            return table.scale * normed @ chosen.T + table.bias

    def maps(self) -> tuple[LinearMap, ...]:
        """Give projection and words in one."""
        table, found = self.words(), self.projection()
        words = table.scale * table.embeddings
        if found is None:
            return (LinearMap(words, None),)
        with full_precision(words):
            bias = None if found.bias is None else words @ found.bias
            return (LinearMap(words @ found.weight, bias),)

    def shares(self, tokens: Sequence[int]) -> Tensor:
        """Give ones: there is one way to read a token."""
        return torch.ones(len(tokens), 1)

    def constants(self) -> Tensor | None:
        """Give the bias that all similarities have."""
        table = self.words()
        if not table.bias:
            return None
        return table.embeddings.new_full((len(table.embeddings),), table.bias)


def other_width(words: int, images: int) -> ValueError:
    """Error for words that are no words of this tower."""
    return ValueError(
        f"words have embeddings {words} wide, and images have some {images} wide: "
        f"these are words of another model's text side"
    )
