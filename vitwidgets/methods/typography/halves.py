"""Which pictures heads are looked for on, and which they are judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.typographic_attack import TypographicAttack

FEWEST = 2
"""Flips in either half."""


@dataclass(frozen=True, eq=False)
class Halves:
    """Two halves of the pictures on which a model was right, every other one in each.

    Attributes
    ----------
    right
        int64 ``(image,)`` twice: the pictures of each half, to look for heads on the
        first and to judge them by the second.
    flipped
        Those of each half whose answer became what is written.
    """

    right: tuple[Tensor, Tensor]
    flipped: tuple[Tensor, Tensor]

    @classmethod
    def of(cls, attack: TypographicAttack) -> Halves:
        """Give the halves of an attack.

        Raises
        ------
        ValueError
            If fewer than 2 answers flipped in either half.
        """
        right = attack.right.nonzero().flatten()
        first, second = right[::2], right[1::2]
        flipped = (first[attack.flipped[first]], second[attack.flipped[second]])
        if min(map(len, flipped)) < FEWEST:
            raise ValueError(
                f"the written word was named on {int(attack.flipped.sum())} of "
                f"{len(right)} pictures that were right before, and each half of them "
                f"needs {FEWEST} at least: that is too few to look for a reason. Take "
                f"more pictures, or a larger label (area=)"
            )
        return cls((first, second), flipped)
