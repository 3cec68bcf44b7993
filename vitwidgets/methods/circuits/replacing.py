"""A hook that puts other values where a mask says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models.interception.hooks import HookFunction, HookPoint


def replacing(mask: Tensor, replacement: Tensor) -> HookFunction:
    """Give the hook function that replaces what a mask marks.

    Parameters
    ----------
    mask
        Bool, ``(variant, token)`` or ``(variant, token, head)``: all axes of the site
        but the last. One variant is for all.
    replacement
        ``(1, token, ..., width)``: what goes there.
    """

    def hook(value: Tensor, point: HookPoint) -> Tensor:
        one_for_all = len(mask) == 1 or point.variants is None
        rows = mask if one_for_all else mask[point.variants]
        return torch.where(rows[..., None], replacement.to(value.dtype), value)

    return hook
