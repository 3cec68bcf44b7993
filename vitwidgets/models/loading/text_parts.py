"""What text sides of open_clip's models have in common when they are loaded."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Generator

    from vitwidgets.models.loading.load_request import LoadRequest


def without_images(clip: nn.Module) -> nn.Module:
    """Drop the parts of a model that read images or write captions, to free them."""
    for name in ("visual", "text_decoder"):
        if hasattr(clip, name):
            setattr(clip, name, nn.Identity())
    return clip


@contextlib.contextmanager
def fixed_random(request: LoadRequest) -> Generator[None]:
    """Make random weights the same whenever they are made, and leave torch's state.

    A text side is loaded when it is first asked for, at a moment that nobody chose.
    """
    if request.trained:
        yield
        return
    with cast("Any", torch.random).fork_rng(devices=[]):
        cast("Any", torch).manual_seed(0)
        yield
