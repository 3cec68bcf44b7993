"""What stands for an image in a run whose first blocks are passed by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from vitwidgets.models.errors import InvalidReplacementError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import nn

_PAIR = 2  # the strides of a batch of one need not be those of its batch axis


class BlankPatches:
    """Zeros of the shape and layout that a patch embedding gives.

    A convolutional stem may take half of the forward pass, so it runs once for each
    size of input, and then never again.

    Parameters
    ----------
    patch_embed
        The patch embedding.
    """

    def __init__(self, patch_embed: nn.Module) -> None:
        self._part = patch_embed
        self._templates: dict[Hashable, Tensor | None] = {}

    def __call__(self, images: Tensor, *args: Any, **kwargs: Any) -> Any:
        """Give what the patch embedding takes so many images for, all zero."""
        key = _kind(images)
        if key not in self._templates:
            self._templates[key] = self._template(images, *args, **kwargs)
        template = self._templates[key]
        if template is None:
            return self._own(images, *args, **kwargs)
        shape = (images.shape[0], *template.shape[1:])
        return torch.empty_strided(
            shape, template.stride(), dtype=template.dtype, device=images.device
        ).zero_()

    def _template(self, images: Tensor, *args: Any, **kwargs: Any) -> Tensor | None:
        """Give a tensor without memory, or None where the output is not one tensor."""
        pair = images[:1].expand(_PAIR, *images.shape[1:])
        with torch.no_grad():
            out = self._own(pair, *args, **kwargs)
        if not isinstance(out, Tensor) or out.shape[0] != _PAIR:
            return None
        return torch.empty_strided(
            out.shape, out.stride(), dtype=out.dtype, device="meta"
        )

    def _own(self, *args: Any, **kwargs: Any) -> Any:
        return type(self._part).forward(self._part, *args, **kwargs)


def inputs_for(inputs: Tensor, count: int) -> Tensor:
    """Give what a model is called with where its patches are blank anyway.

    Parameters
    ----------
    inputs
        What was run: images ``(batch, channel, height, width)``, or the tokens of texts
        ``(batch, token)``.
    count
        Number of variants.

    Returns
    -------
    Tensor
        As many black images of the same size, which take no memory; or the texts, as
        where a text ends is where it is read.

    Raises
    ------
    InvalidReplacementError
        If there are several texts, and not one for each variant.
    """
    if inputs.is_floating_point():
        return inputs.new_zeros(()).expand(count, *inputs.shape[1:])
    if len(inputs) not in (1, count):
        raise InvalidReplacementError(
            f"residual holds {count} variants, the cache {len(inputs)} texts: give one "
            f"of each text, or resume from a cache of one text"
        )
    return inputs.expand(count, *inputs.shape[1:])


def _kind(images: Tensor) -> Hashable:
    """Give what the shape, layout and dtype of an embedding can depend on."""
    device = images.device.type
    autocast = torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device)
    return images.shape[1:], images.dtype, device, autocast
