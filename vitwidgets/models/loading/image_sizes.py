"""Whether a model takes another image size than the one it was made for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BY_ROW_AND_COLUMN = 4
"""Axes of a table of positions that is (1, row, column, width)."""


def require_whole_patches(size: tuple[int, int], patch: tuple[int, int]) -> None:
    """Check that patches fill an image, as the rest of it would be cut off unseen.

    Raises
    ------
    ValueError
        If height or width is no multiple of the patch's; the message names sizes that
        are.
    """
    if any(side % step for side, step in zip(size, patch, strict=True)):
        fitting = [
            max(step, round(side / step) * step)
            for side, step in zip(size, patch, strict=True)
        ]
        raise ValueError(
            f"image_size is {size}, not a multiple of the patch size {patch}; "
            f"{tuple(fitting)} is."
        )


def size_of_positions(shape: Sequence[int], patch: tuple[int, int]) -> str:
    """Say, as an argument, which image size a table of positions is for.

    Parameters
    ----------
    shape
        Of the table: patches alone, in one row or by row and column.
    patch
        Height and width of a patch.
    """
    if len(shape) == _BY_ROW_AND_COLUMN:
        return f"image_size={(shape[1] * patch[0], shape[2] * patch[1])}"
    side = math.isqrt(shape[1])
    if side**2 != shape[1]:
        return f"image_size of {shape[1]} patches of {patch[0]} x {patch[1]} pixels"
    size = (side * patch[0], side * patch[1])
    return f"image_size={size}, if its images were square"


def size_error(name: str, wanted: tuple[int, int], reason: str) -> ValueError:
    """Make the error for a model that does not take an image size."""
    return ValueError(
        f"{name} cannot take images of {wanted} pixels ({reason}); leave image_size "
        "out, or name a model that was made for this size."
    )
