"""How well attention tells an object's patches from the others."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

PATCH_SHARE = 0.5
"""Share of a patch's pixels that show the object, for the patch to be the object's."""


def patch_labels(mask: Tensor, patch_size: tuple[int, int]) -> Tensor:
    """Tell which patches are the object's.

    Parameters
    ----------
    mask
        bool, ``(height, width)`` in pixels of the model's input.
    patch_size
        Height and width of a patch.

    Returns
    -------
    Tensor
        bool, ``(patch,)``, row by row.
    """
    height, width = patch_size
    missing = (0, -mask.shape[1] % width, 0, -mask.shape[0] % height)
    whole = functional.pad(mask.float(), missing)
    shares = functional.avg_pool2d(whole[None, None], (height, width))
    return shares.flatten() >= PATCH_SHARE


def auroc(scores: Tensor, labels: Tensor) -> Tensor:
    """Area under the ROC curve: the chance that the object's patch scores higher.

    Parameters
    ----------
    scores
        ``(..., patch)``. Equal scores count half.
    labels
        bool, of the same shape.

    Returns
    -------
    Tensor
        ``(...)``, float32; NaN where all patches have the same label.
    """
    scores = scores.contiguous()
    ordered = scores.sort(dim=-1).values
    below = torch.searchsorted(ordered, scores)
    not_above = torch.searchsorted(ordered, scores, right=True)
    ranks = (below + not_above + 1).float() / 2  # exact, as is the sum of thousands
    hits = labels.sum(-1).float()
    misses = labels.shape[-1] - hits
    wins = torch.where(labels, ranks, 0.0).sum(-1) - hits * (hits + 1) / 2
    usable = (hits > 0) & (misses > 0)
    return torch.where(usable, wins / (hits * misses).clamp(min=1), math.nan)
