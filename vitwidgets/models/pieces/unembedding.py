"""How logits follow from single tokens of the residual stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.pieces import derivation
from vitwidgets.models.precision import full_precision, wide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

    from vitwidgets.models.pieces.norm_kinds import NormLayout
    from vitwidgets.models.pieces.parts import Norm


@dataclass(frozen=True)
class Unembedding:
    """A model's own final norm and classifier, applied to tokens one by one.

    The model's logits are the mean of those of the pooled tokens: of the class token
    alone; of patches, as all is affine from a norm that comes before the mean; and
    where the norm takes the mean (``fc_norm``), with its scale frozen.

    Attributes
    ----------
    norm
        The final norm; None where there is none.
    after_pooling
        Whether it takes the pooled vector, and not the tokens.
    heads
        The classifiers. Of two (distilled DeiT) the first reads the class token and the
        second the distillation token; any other token is read by both, and the mean of
        their logits taken.
    pooled
        The tokens that are pooled.
    """

    norm: Norm | None
    after_pooling: bool
    heads: tuple[nn.Linear, ...]
    pooled: slice

    def pooled_tokens(self, n_tokens: int) -> range:
        """Give those of so many tokens whose mean logits are the model's."""
        return range(n_tokens)[self.pooled]

    def final_scale(self, stream: Tensor) -> Tensor:
        """Give what the final norm divides by in the real forward pass.

        Parameters
        ----------
        stream
            The stream after the last block, ``(batch, token, d_model)``.

        Returns
        -------
        Tensor
            ``(batch, token, 1)``, float32 or wider; with one token where the norm takes
            the pooled vector. Ones where there is no norm.

        Raises
        ------
        UnsupportedModelError
            If what the norm computes is not known.
        """
        if self.after_pooling:
            stream = stream[:, self.pooled].mean(1, keepdim=True)
        if self.norm is None:
            return stream.new_ones((*stream.shape[:-1], 1), dtype=wide(stream.dtype))
        return derivation.norm_scale(self.norm.module, self._kind(self.norm), stream)

    def normed(self, stream: Tensor, scale: Tensor | None = None) -> Tensor:
        """Apply the final norm to tokens.

        Parameters
        ----------
        stream
            Tokens of any site of the stream, ``(..., d_model)``.
        scale
            What to divide by, ``(..., 1)``; None for each token's own.

        Returns
        -------
        Tensor
            ``(..., d_model)``, in the dtype of `stream`.

        Raises
        ------
        UnsupportedModelError
            If a scale is given, and what the norm computes is not known.
        """
        if self.norm is None:
            return stream
        module = self.norm.module
        if scale is None:
            # Module.forward rather than a call, which would run the hooks on it.
            return module.forward(stream)
        value = derivation.normalized_with(scale, self._kind(self.norm), stream)
        return derivation.affine(module, value, stream.dtype)

    def logits(
        self, normed: Tensor, tokens: Sequence[int], classes: Tensor | None = None
    ) -> Tensor:
        """Apply the classifier to normed tokens.

        Parameters
        ----------
        normed
            ``(..., token, d_model)``.
        tokens
            Which tokens of the model these are.
        classes
            Indices of the wanted logits; None for all.

        Returns
        -------
        Tensor
            ``(..., token, class)``, biases included.
        """
        chosen = slice(None) if classes is None else classes
        with full_precision(normed):
            outputs = [
                functional.linear(
                    normed,
                    head.weight[chosen],
                    None if head.bias is None else head.bias[chosen],  # pyright: ignore[reportUnnecessaryComparison]
                )
                for head in self.heads
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

    def shares(self, tokens: Sequence[int]) -> Tensor:
        """Give how much each classifier counts for each token.

        Parameters
        ----------
        tokens
            Which tokens of the model.

        Returns
        -------
        Tensor
            ``(token, classifier)``; rows add up to 1.
        """
        n = len(self.heads)
        own = torch.eye(n)
        both = torch.full((n,), 1 / n)
        return torch.stack([own[token] if token < n else both for token in tokens])

    @staticmethod
    def _kind(norm: Norm) -> NormLayout:
        if norm.kind is None:
            raise UnsupportedModelError(
                f"how the final norm ({type(norm.module).__name__}) normalises is not "
                f"known here, so its scale cannot be frozen: read out with norm='own'"
            )
        return norm.kind
