"""Activations that follow from others, computed as the modules themselves compute them.

Scores, patterns and the scales of norms are float32 for half-precision models (float64
stays), everything else has the dtype of what it is derived from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from vitwidgets.models.precision import full_precision, wide

if TYPE_CHECKING:
    from vitwidgets.models.pieces.norm_kinds import NormLayout


def last_axis_split(tensor: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Give a view with the last axis split into axes of these sizes."""
    return tensor.view(*tensor.shape[:-1], *sizes)


def attention_scores(
    q: Tensor, k: Tensor, scale: float, bias: Tensor | None = None
) -> Tensor:
    """Scores before the softmax, in full precision.

    Parameters
    ----------
    q, k
        Operands of the dot product, ``(batch, head, token, d_head)``.
    scale
        Factor on q.
    bias
        What is added, ``(batch or 1, head or 1, query, key)``.

    Returns
    -------
    Tensor
        ``(batch, head, query, key)``, float32 or wider.
    """
    with full_precision(q):
        dtype = wide(q.dtype)
        scores = (q.to(dtype) * scale) @ k.to(dtype).transpose(-2, -1)
        return scores if bias is None else scores + bias.to(dtype)


def attention_mix(pattern: Tensor, v: Tensor) -> Tensor:
    """Sum of values weighted by a pattern.

    Parameters
    ----------
    pattern
        ``(batch, head, query, key)``.
    v
        ``(batch, token, head, d_head)``.

    Returns
    -------
    Tensor
        ``(batch, token, head, d_head)``, in the dtype of `pattern`.
    """
    with full_precision(v):
        return (pattern @ v.transpose(1, 2).to(pattern.dtype)).transpose(1, 2)


def head_results(
    z: Tensor, projection: nn.Linear, heads: slice = slice(None)
) -> Tensor:
    """Give what heads add through the output projection, without its bias.

    Parameters
    ----------
    z
        Input of the projection from these heads, ``(batch, token, head, d_head)``.
    projection
        The output projection, its input being all heads side by side, and whatever
        it takes besides after them.
    heads
        Which of all heads these are.

    Returns
    -------
    Tensor
        ``(batch, token, head, d_model)``.
    """
    with full_precision(z):
        n_heads, d_head = z.shape[-2:]
        columns = projection.weight.shape[-1] // d_head * d_head
        weight = last_axis_split(projection.weight[:, :columns], (-1, d_head))
        weight = weight[:, heads][:, :n_heads]
        return torch.einsum("bthd,mhd->bthm", z.to(weight.dtype), weight)


def norm_scale(norm: nn.Module, kind: NormLayout, x: Tensor) -> Tensor:
    """Give what a norm divides by, float32 or wider; its last axis has length 1."""
    with full_precision(x):
        x = x.to(wide(x.dtype))
        if kind.centred:
            spread = x.var(dim=-1, keepdim=True, correction=0)
        else:
            spread = x.square().mean(dim=-1, keepdim=True)
        return (spread + _eps(norm, x.dtype)).sqrt()


def normalized(norm: nn.Module, kind: NormLayout, x: Tensor) -> Tensor:
    """Output of a norm before its weight and bias, in the dtype of `x`."""
    with full_precision(x):
        shape = x.shape[-1:]
        wider = x.float() if kind.in_float32 else x
        eps = _eps(norm, wider.dtype)
        if kind.centred:
            out = functional.layer_norm(wider, shape, None, None, eps)
        else:
            out = functional.rms_norm(wider, shape, None, eps)
        return out.to(x.dtype)


def normalized_with(scale: Tensor, kind: NormLayout, x: Tensor) -> Tensor:
    """Give what `normalized` would be if the norm divided by `scale` instead."""
    with full_precision(x):
        wider = x.to(wide(x.dtype))
        if kind.centred:
            wider = wider - wider.mean(dim=-1, keepdim=True)
        return (wider / scale).to(x.dtype)


def affine(norm: nn.Module, value: Tensor, dtype: torch.dtype) -> Tensor:
    """Weight and bias of a norm applied to a normalised value."""
    weights = cast("Any", norm)
    weight: Tensor | None = weights.weight
    bias: Tensor | None = getattr(weights, "bias", None)
    with full_precision(value):
        if weight is not None:
            value = value * weight
        if bias is not None:
            value = value + bias
        return value.to(dtype)


def _eps(norm: nn.Module, dtype: torch.dtype) -> float:
    eps: float | None = cast("Any", norm).eps
    return torch.finfo(dtype).eps if eps is None else eps
