"""Head statistics by their definitions, one pair of patches at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models import PatchGrid

SUMS = (
    *("entropy", "cls_mass", "register_mass", "self_mass", "row_mass", "column_mass"),
    *("border_mass", "corner_mass"),
)


def numbers_of(pattern: Tensor, grid: PatchGrid) -> dict[str, float]:
    """Measure one pattern, ``(query, key)``."""
    sums = dict.fromkeys(SUMS, 0.0)
    weighted, among_patches = 0.0, 0.0
    rows = pattern.double().tolist()
    first = grid.n_prefix_tokens
    for query in range(first, grid.n_tokens):
        here = grid.position(query)
        for key, weight in enumerate(rows[query]):
            if weight > 0:
                sums["entropy"] -= weight * math.log(weight)
            if key < first:
                kind = "cls" if grid.prefix_names[key] == "cls" else "register"
                sums[f"{kind}_mass"] += weight
                continue
            there = grid.position(key)
            weighted += weight * math.dist(here, there)
            among_patches += weight
            sums["self_mass"] += weight * (here == there)
            sums["row_mass"] += weight * (here != there and here[0] == there[0])
            sums["column_mass"] += weight * (here != there and here[1] == there[1])
            in_edge_row = there[0] in (0, grid.rows - 1)
            at_edge = in_edge_row + (there[1] in (0, grid.cols - 1))
            sums["border_mass"] += weight * (at_edge == 1)
            sums["corner_mass"] += weight * (at_edge == 2)
    found = {name: total / grid.n_patches for name, total in sums.items()}
    found["mean_distance"] = weighted / among_patches
    found["relative_entropy"] = found["entropy"] / math.log(grid.n_tokens)
    return found


def offset_mass(pattern: Tensor, grid: PatchGrid, down: int, right: int) -> float:
    """Mean attention to the patch at an offset, over patches that have one there."""
    weights = []
    for query in range(grid.n_prefix_tokens, grid.n_tokens):
        row, col = grid.position(query)
        row, col = row + down, col + right
        if 0 <= row < grid.rows and 0 <= col < grid.cols:
            weights.append(float(pattern[query, grid.token(row, col)]))
    return sum(weights) / len(weights)


def auroc(scores: list[float], labels: list[bool]) -> float:
    """Share of pairs of a hit and a miss whose hit scores higher; equal ones half."""
    hits = [score for score, label in zip(scores, labels, strict=True) if label]
    misses = [score for score, label in zip(scores, labels, strict=True) if not label]
    wins = sum((hit > miss) + 0.5 * (hit == miss) for hit in hits for miss in misses)
    return wins / (len(hits) * len(misses))
