"""Noticing tensors that were changed in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def version(tensor: Tensor) -> int | None:
    """Count of in-place changes; None for an inference tensor, which keeps none."""
    if tensor.is_inference():
        return None
    return tensor._version  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
