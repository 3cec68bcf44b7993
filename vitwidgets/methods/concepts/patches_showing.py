"""Which patches of images show an object, from its masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from vitwidgets.models import PatchGrid

SHARE = 0.25
"""Of a patch's pixels: with fewer, what it shows is something else."""


def patches_showing(masks: Iterable[Any], grid: PatchGrid) -> Tensor:
    """Give which patches show an object, for the labels of `erase_concept`.

    A patch does where a quarter of its pixels do.

    Parameters
    ----------
    masks
        For each image, bool ``(height, width)``: the pixels that show it, as prepared
        for the model.
    grid
        The patches.

    Returns
    -------
    Tensor
        Bool, ``(image, patch)``; the patches row by row.

    Raises
    ------
    ValueError
        If there is no mask, or one is of another size.
    """
    height, width = grid.image_size
    found: list[Tensor] = []
    for index, mask in enumerate(masks):
        given = torch.as_tensor(np.asarray(mask))
        if tuple(given.shape) != (height, width) or given.dtype != torch.bool:
            raise ValueError(
                f"the mask of image {index} is {given.dtype} of shape "
                f"{tuple(given.shape)}; give bool of shape {(height, width)}"
            )
        shares = functional.avg_pool2d(given[None].float(), grid.patch_size)
        found.append(shares.flatten() >= SHARE)
    if not found:
        raise ValueError("there is no mask: give one for each image")
    return torch.stack(found)
