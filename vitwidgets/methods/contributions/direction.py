"""How much each coordinate of an activation counts for one number of the output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.precision import full_precision, wide

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models.pieces.parts import Norm


@dataclass(frozen=True)
class Direction:
    """A linear function of an activation at the tokens that are pooled.

    Its value is the sum, over tokens and coordinates, of ``activation * factor *
    vector``. Those of an earlier activation follow from it as gradients do: through
    linear maps exactly, through norms and gates with what they divide by or multiply
    with held as it was in the real forward pass.

    Attributes
    ----------
    factor
        ``(batch, token, 1)``.
    vector
        ``(batch or 1, token or 1, width)``; one for all tokens where it can be, as
        weights then take one product, and not one for each patch.
    """

    factor: Tensor
    vector: Tensor

    def parts(self, activation: Tensor) -> Tensor:
        """Give what each coordinate counts for.

        Parameters
        ----------
        activation
            ``(batch, token, width)``, at the tokens that are pooled.

        Returns
        -------
        Tensor
            ``(batch, width)``; its sum is the function's value.
        """
        return (activation.to(self.vector) * self.factor * self.vector).sum(1)

    def of_constant(self, constant: Tensor | None) -> Tensor:
        """Give the value, ``(batch,)``, for one vector at every token; 0 for none."""
        if constant is None:
            return torch.zeros_like(self.factor[:, 0, 0])
        each = (self.vector * constant.to(self.vector)).sum(-1, keepdim=True)
        return (self.factor * each).sum((1, 2))

    def before_linear(self, weight: Tensor) -> Direction:
        """Give the direction before a matrix ``(out, in)`` is applied."""
        # A product in double precision would take a copy of each of the weights.
        weight = weight.to(self.vector.device, wide(weight.dtype))
        with full_precision(weight):
            product = self.vector.to(weight) @ weight
        return Direction(self.factor, product.to(self.vector))

    def before_product(self, multiplier: Tensor) -> Direction:
        """Give the direction before a product, coordinate by coordinate."""
        return Direction(self.factor, self.vector * multiplier.to(self.vector))

    def before_norm(self, norm: Norm, scale: Tensor) -> Direction:
        """Give the direction before a norm that divides by a frozen scale.

        Parameters
        ----------
        norm
            The norm. What its bias counts for is `of_constant`.
        scale
            ``(batch, token or 1, 1)``.

        Raises
        ------
        UnsupportedModelError
            If what the norm computes is not known.
        """
        if norm.kind is None:
            raise UnsupportedModelError(
                f"how {type(norm.module).__name__} normalises is not known here, so "
                f"that it cannot be frozen"
            )
        weight: Tensor | None = getattr(norm.module, "weight", None)
        vector = self.vector if weight is None else self.vector * weight.to(self.vector)
        if norm.kind.centred:
            vector = vector - vector.mean(-1, keepdim=True)
        return Direction(self.factor / scale.to(self.factor), vector)


def exact(like: Tensor) -> torch.dtype:
    """Give the precision in which contributions are added on a tensor's device."""
    return torch.float32 if like.device.type == "mps" else torch.float64
