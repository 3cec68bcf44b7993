"""The numbers that one image's pattern gives for a head."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.patch_offsets import (
    offset_distances,
    offset_totals,
    pair_counts,
)

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models import PatchGrid

_LEAST_SHARE = 1e-6
"""Share of the patches' attention that has to go to patches for it to have a mean
distance."""


class PatternStatistics:
    """Measures patterns of one grid, from the side of the patches.

    Every number is over the rows of patches: what prefix tokens attend to is left out.

    Parameters
    ----------
    grid
        Where the tokens lie.
    device
        Where the patterns are.

    Attributes
    ----------
    uniform
        For each number what uniform attention gives: each of N tokens gets 1/N.
    """

    def __init__(self, grid: PatchGrid, device: torch.device) -> None:
        self._grid = grid
        self._pairs = pair_counts(grid).float().to(device)
        self._distances = offset_distances(grid).float().to(device)
        self._groups = {
            name: torch.tensor(tokens, device=device, dtype=torch.long)
            for name, tokens in _key_groups(grid).items()
        }
        tokens, patches = grid.n_tokens, grid.n_patches
        pairs, distances = pair_counts(grid), offset_distances(grid)
        self.uniform: dict[str, float] = {
            "mean_distance": float((pairs * distances).sum()) / patches**2,
            "entropy": math.log(tokens),
            "relative_entropy": 1.0,
            "self_mass": 1 / tokens,
            "row_mass": (grid.cols - 1) / tokens,
            "column_mass": (grid.rows - 1) / tokens,
            "offset_mass": 1 / tokens,
            **{name: len(group) / tokens for name, group in self._groups.items()},
        }

    def measure(self, pattern: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Measure patterns.

        Parameters
        ----------
        pattern
            ``(..., query, key)``, rows summing to 1.

        Returns
        -------
        numbers
            ``(...)`` by name, NaN where there is none.
        offset_masses
            Mean attention of patches to the patch at each offset, over the patches that
            have one there: ``(..., 2 * rows - 1, 2 * cols - 1)``.
        """
        grid = self._grid
        totals = offset_totals(pattern, grid)
        among_patches = totals.sum((-2, -1))
        distance = (totals * self._distances).sum((-2, -1)) / among_patches
        lost = among_patches < _LEAST_SHARE * grid.n_patches
        own = totals[..., grid.rows - 1, grid.cols - 1]
        entropy = self._entropy(pattern)
        received = self.received(pattern)
        numbers = {
            "mean_distance": distance.masked_fill(lost, math.nan),
            "entropy": entropy,
            "relative_entropy": entropy / math.log(grid.n_tokens),
            "self_mass": own / grid.n_patches,
            "row_mass": (totals[..., grid.rows - 1, :].sum(-1) - own) / grid.n_patches,
            "column_mass": (totals[..., grid.cols - 1].sum(-1) - own) / grid.n_patches,
            **{
                name: received[..., group].sum(-1)
                for name, group in self._groups.items()
            },
        }
        return numbers, totals / self._pairs

    def received(self, pattern: Tensor) -> Tensor:
        """Give what each token gets from patches, on average: ``(..., key)``."""
        return pattern[..., self._grid.n_prefix_tokens :, :].mean(-2)

    def _entropy(self, pattern: Tensor) -> Tensor:
        rows = pattern[..., self._grid.n_prefix_tokens :, :]
        smallest = torch.finfo(rows.dtype).tiny
        logs = rows.clamp(min=smallest).log_()
        return -logs.mul_(rows).sum(-1).mean(-1)


def _key_groups(grid: PatchGrid) -> dict[str, list[int]]:
    cls = [i for i, name in enumerate(grid.prefix_names) if name == "cls"]
    others = [i for i in range(grid.n_prefix_tokens) if i not in cls]
    edge_rows, edge_cols = {0, grid.rows - 1}, {0, grid.cols - 1}
    corners: list[int] = []
    border: list[int] = []
    for token in range(grid.n_prefix_tokens, grid.n_tokens):
        row, col = grid.position(token)
        if row in edge_rows and col in edge_cols:
            corners.append(token)
        elif row in edge_rows or col in edge_cols:
            border.append(token)
    return {
        "cls_mass": cls,
        "register_mass": others,
        "border_mass": border,
        "corner_mass": corners,
    }
