"""In which precision things are computed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from torch import Tensor


def wide(dtype: torch.dtype) -> torch.dtype:
    """Give float32, or the dtype itself where it is wider."""
    return torch.promote_types(dtype, torch.float32)


def full_precision(tensor: Tensor) -> AbstractContextManager[Any]:
    """Keep autocast, where it is on, away from what is computed inside."""
    device = tensor.device.type
    if torch.is_autocast_enabled(device):
        return torch.autocast(device, enabled=False)
    return contextlib.nullcontext()
