"""Attention between patches by how far, and in which direction, they lie apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models import PatchGrid


def offset_totals(pattern: Tensor, grid: PatchGrid) -> Tensor:
    """Sum a pattern over all pairs of patches that lie equally far apart.

    Parameters
    ----------
    pattern
        ``(..., query, key)``.
    grid
        Where the tokens lie.

    Returns
    -------
    Tensor
        ``(..., 2 * rows - 1, 2 * cols - 1)``: the attention that patches give to the
        patch `dr` rows below and `dc` columns to the right is at
        ``[rows - 1 + dr, cols - 1 + dc]``.
    """
    rows, cols, first = grid.rows, grid.cols, grid.n_prefix_tokens
    leading = pattern.shape[:-2]
    pairs = pattern[..., first:, first:].view(*leading, rows, cols, rows, cols)
    across = pattern.new_zeros(*leading, rows, rows, 2 * cols - 1)
    for col in range(cols):
        start = cols - 1 - col
        across[..., start : start + cols] += pairs[..., :, col, :, :]
    totals = pattern.new_zeros(*leading, 2 * rows - 1, 2 * cols - 1)
    for row in range(rows):
        start = rows - 1 - row
        totals[..., start : start + rows, :] += across[..., row, :, :]
    return totals


def pair_counts(grid: PatchGrid) -> Tensor:
    """Give how many pairs of patches lie at each offset, laid out as the totals."""
    down = grid.rows - torch.arange(1 - grid.rows, grid.rows).abs()
    right = grid.cols - torch.arange(1 - grid.cols, grid.cols).abs()
    return (down[:, None] * right).double()


def offset_distances(grid: PatchGrid) -> Tensor:
    """Give the length of each offset in patches, laid out as the totals."""
    down = torch.arange(1 - grid.rows, grid.rows).double()
    right = torch.arange(1 - grid.cols, grid.cols).double()
    return torch.hypot(down[:, None], right[None, :])


def best_offset(masses: Tensor, grid: PatchGrid) -> tuple[int, int]:
    """Give the offset that holds most attention, of those that fit in most places.

    An offset counts if at least half of the patches have a patch there: from the few
    patches at one edge to those at the opposite one, a head that reads the border would
    look like one that reads at an offset.

    Parameters
    ----------
    masses
        Mean attention to the patch at each offset, laid out as the totals.
    grid
        Where the tokens lie.

    Returns
    -------
    tuple
        Rows down and columns to the right.
    """
    counts = pair_counts(grid)
    usable = counts >= counts.max() / 2
    index = int(torch.where(usable, masses.double(), -1.0).argmax())
    row, col = divmod(index, 2 * grid.cols - 1)
    return row - (grid.rows - 1), col - (grid.cols - 1)
