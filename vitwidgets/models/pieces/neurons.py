"""The piece of an MLP: its neurons before and after the activation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn

from vitwidgets.models.interception.tap import Tap, passing, passing_apart
from vitwidgets.models.pieces.parts import Piece
from vitwidgets.models.pieces.recipes import Compute, Recipe


@dataclass(frozen=True)
class Neurons:
    """The tapped parts of an MLP.

    Attributes
    ----------
    activation
        The activation function; its input is `hook_pre`.
    inner_norm
        The norm after it, where there is one.
    down
        The projection back to the stream; its input is `hook_post`.
    gated
        Whether a second branch multiplies the activation.
    packed
        Whether what the activation takes is a part of a larger tensor. A copy is shown,
        of which the activation would not compute the very same.
    """

    activation: nn.Module
    inner_norm: nn.Module | None
    down: nn.Module
    gated: bool
    packed: bool = False


def neurons_piece(neurons: Neurons, prefix: str) -> Piece:
    """Give the piece of an MLP whose sites are called ``<prefix>.hook_...``."""
    pre, post = f"{prefix}.hook_pre", f"{prefix}.hook_post"
    handler = passing_apart(pre) if neurons.packed else passing(pre)
    taps = (
        Tap(neurons.activation, True, handler, (pre,)),
        Tap(neurons.down, True, passing(post), (post,)),
    )
    if neurons.gated or neurons.packed:
        return Piece(taps)
    inner = neurons.inner_norm or nn.Identity()
    modules = (neurons.activation, inner)
    return Piece(taps, {post: Recipe((pre,), _activated(*modules), modules)})


def _activated(activation: nn.Module, inner: nn.Module) -> Compute:
    def compute(pre: Tensor) -> Tensor:
        return cast("Tensor", inner.forward(activation.forward(pre)))

    return compute
