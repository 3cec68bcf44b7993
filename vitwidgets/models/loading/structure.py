"""Modules without any numbers: their parts and shapes, at no cost."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from collections.abc import Generator


@contextlib.contextmanager
def without_numbers() -> Generator[None]:
    """Make what is built inside on the meta device, whatever it is built with."""
    with torch.device("meta"), _AnyNumber():
        yield


class _AnyNumber(TorchFunctionMode):
    """Reads 0 from a tensor without numbers.

    timm before 1.0.22 reads the drop rates of blocks from such a tensor.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if func is torch.Tensor.item and args[0].is_meta:
            return 0.0
        return func(*args, **(kwargs or {}))
