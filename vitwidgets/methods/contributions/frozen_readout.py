"""From the stream of the pooled tokens to the embedding, with the norm held still."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.contributions.direction import exact
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.pieces import derivation
from vitwidgets.models.pieces.norms import known_norm
from vitwidgets.models.pieces.unembedding import known_kind
from vitwidgets.models.pieces.word_unembedding import EmbeddedTokens

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vitwidgets.models import ActivationCache, HookedViT
    from vitwidgets.models.pieces.parts import Norm
    from vitwidgets.models.pieces.unembedding import TokenFeatures


@dataclass(frozen=True)
class FrozenNorm:
    """A norm that divides by what it did in a run.

    Attributes
    ----------
    norm
        The norm.
    scale
        What it divides by, ``(batch, token, 1)``.
    """

    norm: Norm
    scale: Tensor

    @classmethod
    def of(cls, module: nn.Module, tokens: Tensor) -> FrozenNorm:
        """Give that of a norm on tokens ``(batch, token, width)``."""
        norm = known_norm(module)
        return cls(norm, derivation.norm_scale(module, known_kind(norm), tokens))

    def before(self, matrix: Tensor) -> Tensor:
        """Give a matrix behind the norm as one before it that is divided after all."""
        weight: Tensor | None = getattr(self.norm.module, "weight", None)
        if weight is not None:
            matrix = matrix * weight.to(matrix)
        if known_kind(self.norm).centred:
            matrix = matrix - matrix.mean(-1, keepdim=True)
        return matrix

    def bias_through(self, matrix: Tensor, bias: Tensor | None) -> Tensor | None:
        """Give what the norm's bias becomes behind a matrix, with that one's own."""
        own: Tensor | None = getattr(self.norm.module, "bias", None)
        if own is None:
            return bias
        through = matrix @ own.to(matrix)
        return through if bias is None else through + bias


@dataclass(frozen=True)
class FrozenReadout:
    """A linear map from streams to embeddings.

    Attributes
    ----------
    matrix
        ``(d_embed, d_model)``: norm and projection, without what is divided by.
    factor
        ``(batch, pooled token, 1)``: what each pooled token is multiplied with.
    pooled
        The tokens that are pooled.
    norm_bias, projection_bias
        ``(batch, d_embed)``.
    """

    matrix: Tensor
    factor: Tensor
    pooled: slice
    norm_bias: Tensor
    projection_bias: Tensor

    @classmethod
    def of(
        cls, model: HookedViT, features: TokenFeatures | str, last: Tensor
    ) -> FrozenReadout:
        """Find it for a run.

        Parameters
        ----------
        model
            The model.
        features
            How its output follows from its tokens, or why it does not.
        last
            Its stream after the last block, ``(batch, token, d_model)``.

        Raises
        ------
        UnsupportedModelError
            If the output is no embedding that follows from single tokens, or what the
            final norm computes is not known.
        """
        if not isinstance(features, EmbeddedTokens):
            reason = features if isinstance(features, str) else "its output is classes"
            raise UnsupportedModelError(
                f"what {model.name} gives is no embedding that is a sum over its "
                f"parts: {reason}"
            )
        dtype, device = exact(last), last.device
        found = features.projection()
        width = last.shape[-1]
        matrix = torch.eye(width, dtype=dtype, device=device)
        bias = None
        if found is not None:
            matrix, bias = found.weight.to(device, dtype), found.bias
        pooled = features.pooled_tokens(last.shape[1])
        scale = features.norm_scale(last)
        if scale.shape[1] > 1:
            scale = scale[:, features.pooled]
        factor = (1 / (len(pooled) * scale.to(dtype))).expand(-1, len(pooled), 1)
        zero = matrix.new_zeros(len(last), len(matrix))
        norm_bias, projection_bias = zero, zero
        if bias is not None:
            projection_bias = zero + bias.to(zero)
        if features.norm is not None:
            norm = FrozenNorm(features.norm, scale)
            own = norm.bias_through(matrix, None)
            norm_bias = zero if own is None else zero + own
            matrix = norm.before(matrix)
        return cls(matrix, factor, features.pooled, norm_bias, projection_bias)

    def of_tokens(self, stream: Tensor) -> Tensor:
        """Read tokens ``(batch, token, d_model)`` as ``(batch, d_embed)``."""
        some = stream[:, self.pooled].to(self.matrix)
        return (some * self.factor).sum(1) @ self.matrix.T

    def size(self, stream: Tensor) -> Tensor:
        """Give what rounding of such tokens is to be compared with, likewise."""
        some = stream[:, self.pooled].to(self.matrix).abs()
        return (some * self.factor).sum(1) @ self.matrix.abs().T

    def divided(self, scale: Tensor) -> FrozenReadout:
        """Give the same behind something that divides tokens ``(batch, token, 1)``."""
        factor = self.factor / scale[:, self.pooled].to(self.factor)
        return dataclasses.replace(self, factor=factor)

    def of_heads(self, z: Tensor, weight: Tensor) -> Tensor:
        """Read heads.

        Parameters
        ----------
        z
            What they give, ``(batch, token, head, d_head)``.
        weight
            From them to the stream, ``(d_model, head * d_head)``.

        Returns
        -------
        Tensor
            ``(batch, head, d_embed)``.
        """
        some = z[:, self.pooled].to(self.matrix)
        mean = (some * self.factor[..., None]).sum(1)
        by_head = weight.to(self.matrix).view(len(weight), *mean.shape[1:])
        return torch.einsum("bhk,mhk->bhm", mean, by_head) @ self.matrix.T

    def of_constant(self, constant: Tensor | None) -> Tensor:
        """Read one vector ``(d_model,)`` that is at every token; zeros for none."""
        if constant is None:
            return torch.zeros_like(self.norm_bias)
        each = self.matrix @ constant.to(self.matrix)
        return self.factor.sum(1) * each

    def pooled_rows(self, cache: ActivationCache, layer: int, head: int) -> Tensor:
        """Give a head's pattern times factors, ``(batch, pooled token, token)``."""
        pattern = cache.pattern(layer, head)[:, self.pooled]
        return pattern.to(self.matrix) * self.factor

    def of_mixture(self, rows: Tensor, values: Tensor, weight: Tensor) -> Tensor:
        """Read what a head takes from each token.

        Parameters
        ----------
        rows
            As `pooled_rows` gives them.
        values
            What it mixes, ``(batch, token, d_head)``.
        weight
            From it to the stream, ``(d_model, d_head)``.

        Returns
        -------
        Tensor
            ``(batch, token, d_embed)``.
        """
        taken = rows.sum(1)[..., None] * values.to(rows)
        return taken @ (self.matrix @ weight.to(self.matrix)).T
