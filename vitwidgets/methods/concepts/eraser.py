"""An affine map after which a concept can't be read linearly any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class ConceptEraser:
    """What `erase_concept` fitted; the source of an intervention of kind ``"erase"``.

    Each vector x becomes x - left right (x - mean): what the concept has a linear part
    in is moved to its mean, and all else stays.

    Attributes
    ----------
    name
        What was erased, for people; by default the name of the source.
    address
        The component that it was fitted to, such as ``"L3.resid_post"``.
    tokens
        Labels of the tokens that it was fitted to, all in one; none for all tokens.
    left, right, mean
        float64, ``(width, rank)``, ``(rank, width)`` and ``(width,)``.
    n_images
        How many images it was fitted to.
    """

    name: str
    address: str
    tokens: tuple[str, ...]
    left: Tensor
    right: Tensor
    mean: Tensor
    n_images: int

    @property
    def rank(self) -> int:
        """How many dimensions are erased: one for a concept that is there or not."""
        return self.left.shape[1]

    def __call__(self, values: Tensor) -> Tensor:
        """Erase the concept from vectors ``(..., width)``; their dtype is kept."""
        left, right, mean = (
            each.to(values.device) for each in (self.left, self.right, self.mean)
        )
        wide = values.to(left.dtype)
        return (wide - (wide - mean) @ right.T @ left.T).to(values.dtype)

    def __repr__(self) -> str:
        tokens = f" at {', '.join(self.tokens[:3])}" if self.tokens else ""
        more = f" and {len(self.tokens) - 3} more" if len(self.tokens) > 3 else ""  # noqa: PLR2004
        return (
            f"ConceptEraser({self.name!r}: {self.rank} of {len(self.mean)} dimensions "
            f"of {self.address}{tokens}{more}, fitted to {self.n_images} images)"
        )
