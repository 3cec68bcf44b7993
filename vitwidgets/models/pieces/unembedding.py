"""How numbers of the output follow from single tokens of the residual stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.pieces import derivation
from vitwidgets.models.precision import wide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.models.pieces.norm_kinds import NormLayout
    from vitwidgets.models.pieces.parts import Norm


@dataclass(frozen=True)
class FinalScale:
    """What a real forward pass divides by between the last block and the output.

    Attributes
    ----------
    norm
        By the final norm, ``(batch, token or 1, 1)``, float32 or wider.
    length
        By what brings an embedding to length 1, ``(batch, token or 1, 1)``; None where
        the output is no similarity of embeddings.
    """

    norm: Tensor
    length: Tensor | None = None

    def at(self, tokens: slice | list[int]) -> FinalScale:
        """Give that of some tokens; what is one number for all of them stays."""
        norm, length = self.norm, self.length
        if norm.shape[1] > 1:
            norm = norm[:, tokens]
        if length is not None and length.shape[1] > 1:
            length = length[:, tokens]
        return FinalScale(norm, length)


@dataclass(frozen=True)
class LinearMap:
    """A linear layer's numbers.

    Attributes
    ----------
    weight
        ``(out, in)``.
    bias
        ``(out,)``; None for none.
    """

    weight: Tensor
    bias: Tensor | None


@dataclass(frozen=True)
class TokenFeatures:
    """A model's own final norm, and the tokens whose mean its output is made from.

    Attributes
    ----------
    norm
        The final norm; None where there is none.
    after_pooling
        Whether it takes the pooled vector, and not the tokens.
    pooled
        The tokens that are pooled.
    """

    norm: Norm | None
    after_pooling: bool
    pooled: slice

    def pooled_tokens(self, n_tokens: int) -> range:
        """Give those of so many tokens whose mean is taken."""
        return range(n_tokens)[self.pooled]

    @property
    def held(self) -> tuple[str, ...]:
        """What divides in the real forward pass, in words."""
        return () if self.norm is None else ("the final norm",)

    def norm_scale(self, stream: Tensor) -> Tensor:
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
        return derivation.norm_scale(self.norm.module, known_kind(self.norm), stream)

    def after_norm(self, stream: Tensor, scale: Tensor | None = None) -> Tensor:
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
        value = derivation.normalized_with(scale, known_kind(self.norm), stream)
        return derivation.affine(module, value, stream.dtype)


class Unembedding(TokenFeatures, ABC):
    """From single tokens to numbers of the output, through the model's own parts.

    The output is what `logits` gives for the mean of the pooled tokens; of affine maps
    that is the mean of what it gives for each.
    """

    @abstractmethod
    def final_scale(self, stream: Tensor) -> FinalScale:
        """Give what is divided by in the real forward pass.

        Parameters
        ----------
        stream
            The stream after the last block, ``(batch, token, d_model)``.

        Raises
        ------
        UnsupportedModelError
            If what the norm computes is not known.
        """

    @abstractmethod
    def normed(self, stream: Tensor, scale: FinalScale | None = None) -> Tensor:
        """Give what `logits` takes.

        Parameters
        ----------
        stream
            Tokens of any site of the stream, ``(..., token, d_model)``.
        scale
            What to divide by; None for what each token itself would be divided by, if
            the model ended there.

        Returns
        -------
        Tensor
            ``(..., token, width)``, in the dtype of `stream`.

        Raises
        ------
        UnsupportedModelError
            If a scale is given, and what the norm computes is not known.
        """

    @abstractmethod
    def logits(
        self, normed: Tensor, tokens: Sequence[int], classes: Tensor | None = None
    ) -> Tensor:
        """Give the logits of tokens.

        Parameters
        ----------
        normed
            ``(..., token, width)``, as `normed` gives it.
        tokens
            Which tokens of the model these are.
        classes
            Indices of the wanted logits; None for all.

        Returns
        -------
        Tensor
            ``(..., token, class)``, biases included.
        """

    @abstractmethod
    def maps(self) -> tuple[LinearMap, ...]:
        """Give the linear layers from the final norm to the logits, side by side.

        Where embeddings are brought to length 1, their output is divided by that.
        """

    @abstractmethod
    def shares(self, tokens: Sequence[int]) -> Tensor:
        """Give how much each of these layers counts for each token.

        Parameters
        ----------
        tokens
            Which tokens of the model.

        Returns
        -------
        Tensor
            ``(token, layer)``; rows add up to 1.
        """

    @abstractmethod
    def constants(self) -> Tensor | None:
        """Give what is added to the logits after all, ``(class,)``; None for nothing.

        Biases of `maps` are not among it.
        """


def known_kind(norm: Norm) -> NormLayout:
    """Give what a norm computes, or raise UnsupportedModelError if that is unknown."""
    if norm.kind is None:
        raise UnsupportedModelError(
            f"how the final norm ({type(norm.module).__name__}) normalises is not "
            f"known here, so its scale cannot be frozen: read out with norm='own'"
        )
    return norm.kind
