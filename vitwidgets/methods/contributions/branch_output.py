"""What attention or an MLP of one block counts for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from vitwidgets.methods.contributions.direction import Direction


@dataclass(frozen=True)
class BranchOutput:
    """What attention or an MLP of one block counts for.

    Attributes
    ----------
    total
        ``(batch,)``: of all that it adds to the stream.
    parts
        ``(batch, width)``: of each coordinate of the activation `site`; None where it
        cannot be taken apart, with the reason as `whole`.
    bias
        ``(batch,)``: of what it adds without any part.
    direction
        What `parts` are read along.
    frozen
        Norms and gates between the parts and the stream.
    """

    total: Tensor
    parts: Tensor | None = None
    bias: Tensor | None = None
    site: str = ""
    direction: Direction | None = None
    frozen: tuple[str, ...] = ()
    whole: str | None = None

    @property
    def sum(self) -> Tensor:
        """Sum of parts and bias, ``(batch,)``, for one that was taken apart."""
        return cast("Tensor", self.parts).sum(-1) + cast("Tensor", self.bias)

    def by_head(self, n_heads: int) -> Tensor:
        """Give what each head counts for, ``(batch, head)``; NaN if that is unknown."""
        if self.parts is None:
            return self.total.new_full((len(self.total), n_heads), torch.nan)
        return self.parts.view(len(self.total), n_heads, -1).sum(-1)


def agree(found: Tensor, expected: Tensor, size: Tensor, dtype: torch.dtype) -> bool:
    """Whether two sums differ by rounding alone.

    Parameters
    ----------
    found, expected
        ``(batch,)``.
    size
        ``(batch,)``: the sum of the absolute values of what was added.
    dtype
        In which activations were kept. Half precision rounds each block's output.
    """
    tolerance = max(1e-3, 16 * torch.finfo(dtype).eps)
    return bool(((found - expected).abs() <= tolerance * size + 1e-12).all())


def reasons(branches: Iterable[BranchOutput]) -> tuple[str, ...]:
    """Give why some of these are one term each, every reason once."""
    return tuple(dict.fromkeys(each.whole for each in branches if each.whole))
