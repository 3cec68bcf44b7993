"""Translators of a tuned lens: affine maps of tokens, by kind of token and layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch.nn import functional

from vitwidgets.models.precision import full_precision, wide

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.models import HookedViT

PATCHES = "patches"
"""The kind of token that every patch is; a pooled prefix token is one of its own."""


@dataclass(frozen=True, eq=False)
class Translators:
    """Affine maps for one kind of token, one for each layer but the last.

    Attributes
    ----------
    weight
        What is added of the stream, ``(layer, d_model, d_model)``; the embedding first.
    bias
        What is added besides, ``(layer, d_model)``.
    """

    weight: Tensor
    bias: Tensor


def translated(stream: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Apply one translator, in float32 or wider.

    Parameters
    ----------
    stream
        ``(..., d_model)``.
    weight, bias
        ``(d_model, d_model)`` and ``(d_model,)``.

    Returns
    -------
    Tensor
        ``(..., d_model)``, in the dtype of `stream`.
    """
    with full_precision(stream):
        value = stream.to(wide(stream.dtype))
        change = functional.linear(value, weight.to(value), bias.to(value))
        return (value + change).to(stream.dtype)


def tokens_by_kind(model: HookedViT, n_tokens: int) -> dict[str, range]:
    """Give the tokens that have translators, by kind, for so many tokens in all.

    Raises
    ------
    UnsupportedModelError
        If the model has no classifier, or single tokens have no logits in it.
    """
    pooled = model.unembedding.pooled_tokens(n_tokens)
    names = model.config.prefix_names
    kinds = {
        name: range(token, token + 1)
        for token, name in enumerate(names)
        if token in pooled
    }
    return {**kinds, PATCHES: range(len(names), n_tokens)}
