"""The module's own result where nothing was replaced, a formula's result elsewhere."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor


def merged(changed: Tensor, formula: Tensor, own: Tensor) -> Tensor:
    """Choose by entry between what a formula gives and what the module itself gave.

    Both are the same function of the same inputs, up to rounding, where nothing was
    replaced. The gradient is the formula's everywhere, since only the formula knows the
    values (a pattern, a norm's scale) that a fused kernel keeps to itself.

    Parameters
    ----------
    changed
        Where the formula counts; broadcast against the others.
    formula, own
        Tensors of one shape and dtype.

    Returns
    -------
    Tensor
        `formula` where `changed`, else `own`, bit for bit.
    """
    own = own.detach()
    if torch.is_grad_enabled() and formula.requires_grad:
        return cast("Tensor", _Merged.apply(changed, formula, own))
    return torch.where(changed, formula, own)


class _Merged(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *args: Tensor) -> Tensor:  # noqa: ARG004
        changed, formula, own = args
        return torch.where(changed, formula, own)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor, None]:  # noqa: ARG004
        return None, grads[0], None
