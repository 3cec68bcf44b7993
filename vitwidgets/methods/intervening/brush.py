"""Tokens under a brush."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.intervening.errors import InterventionError

if TYPE_CHECKING:
    from vitwidgets.methods.image_stream import Mask
    from vitwidgets.models import PatchGrid


def tokens_of_mask(mask: Mask, grid: PatchGrid) -> tuple[str, ...]:
    """Name the patches that a mask touches.

    Parameters
    ----------
    mask
        Bool, of patches ``(row, column)`` or of the pixels that they cover ``(height,
        width)``. One pixel in the mask is enough for its patch.
    grid
        The patches.

    Returns
    -------
    tuple of str
        Their labels, row by row; the `tokens` of an `Intervention`.

    Raises
    ------
    InterventionError
        If the mask is of another shape or dtype, or empty (no tokens would mean all).
    """
    given = torch.as_tensor(mask)
    patches, pixels = (grid.rows, grid.cols), grid.image_size
    if given.dtype != torch.bool or tuple(given.shape) not in (patches, pixels):
        raise InterventionError(
            f"a mask is bool, of {patches[0]} x {patches[1]} patches or {pixels[0]} x "
            f"{pixels[1]} pixels, got {given.dtype} of shape {tuple(given.shape)}"
        )
    height, width = grid.patch_size
    if tuple(given.shape) != patches:
        given = given.reshape(grid.rows, height, grid.cols, width).any(3).any(1)
    found = given.nonzero()
    if not len(found):
        raise InterventionError("the mask is empty: mark at least one patch")
    return tuple(grid.label(grid.token(int(row), int(column))) for row, column in found)
