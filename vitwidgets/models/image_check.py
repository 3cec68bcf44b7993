"""Whether a batch of images is what a model takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

if TYPE_CHECKING:
    from torch import nn

    from vitwidgets.models.config import ViTConfig

_RANK = 4


def check_images(images: object, config: ViTConfig, weight: Tensor, pads: bool) -> None:
    """Raise if `images` is not a batch that the model can take.

    Parameters
    ----------
    images
        What was given; ``(batch, channel, height, width)`` is wanted.
    config
        Sizes of the model.
    weight
        A weight that meets the images, for its dtype and device.
    pads
        Whether the model pads images to whole patches.

    Raises
    ------
    TypeError
        If it is no tensor, or of another dtype than the model.
    ValueError
        If it is of another shape or device, empty, or not finite.
    """
    if not isinstance(images, Tensor):
        raise TypeError(
            f"images must be a tensor of shape (batch, {config.n_channels}, height, "
            f"width), got {type(images).__name__}: vitwidgets.images.prepare_image "
            f"makes one from a file, PIL image or array"
        )
    _check_shape(images, config, pads)
    device = images.device.type
    if images.dtype != weight.dtype and not (
        torch.is_autocast_enabled(device) and images.is_floating_point()
    ):
        raise TypeError(
            f"images are {images.dtype}, the model is {weight.dtype}: "
            f"{_dtype_remedy(images, weight)}"
        )
    if images.device != weight.device:
        raise ValueError(
            f"images are on {images.device}, the model is on {weight.device}: move "
            f"them with images.to({str(weight.device)!r})"
        )
    # One cheap reduction finds every NaN and infinity; it may overflow, so look again.
    if not math.isfinite(float(images.detach().sum())):
        _check_finite(images)


def _check_finite(images: Tensor) -> None:
    wrong = ~torch.isfinite(images)
    if bool(wrong.any()):
        raise ValueError(
            f"images hold {int(wrong.sum())} values that are NaN or infinite, "
            f"first at index {first_index(wrong)}"
        )


def _dtype_remedy(images: Tensor, weight: Tensor) -> str:
    if images.is_floating_point():
        return f"convert them with images.to({weight.dtype})"
    return (
        "pixels have to be scaled and normalised as the model was trained, which "
        "vitwidgets.images.prepare_image does"
    )


def _check_shape(images: Tensor, config: ViTConfig, pads: bool) -> None:
    height, width = config.image_size
    wanted = f"(batch, {config.n_channels}, {height}, {width})"
    got = f"got {tuple(images.shape)}"
    if images.dim() != _RANK:
        hint = ": add the batch axis with images[None]" if images.dim() == 3 else ""  # noqa: PLR2004
        raise ValueError(f"images must have four axes {wanted}, {got}{hint}")
    if images.shape[0] == 0:
        raise ValueError(f"the batch holds no image: {got}, at least one is needed")
    if images.shape[1] != config.n_channels:
        hint = ": is the channel axis last?" if images.shape[3] <= _RANK else ""
        raise ValueError(
            f"images must have {config.n_channels} channels, that is {wanted}, {got}"
            f"{hint}"
        )
    size = (images.shape[2], images.shape[3])
    if size == config.image_size:
        return
    if not config.dynamic_size:
        raise ValueError(
            f"images must be {height} x {width} pixels for this model, that is "
            f"{wanted}, {got}: vitwidgets.images.prepare_image resizes and crops"
        )
    patch = config.patch_size
    if min(size) < 1 or (not pads and (size[0] % patch[0] or size[1] % patch[1])):
        raise ValueError(
            f"height and width must be multiples of the patch size {patch}, {got}"
        )


def first_index(mask: Tensor) -> tuple[int, ...]:
    """Give the index of the first true entry."""
    return tuple(int(index) for index in mask.nonzero()[0])


def token_count(images: Tensor, config: ViTConfig) -> int:
    """Give the number of tokens that a batch of images makes."""
    rows = -(-images.shape[2] // config.patch_size[0])
    cols = -(-images.shape[3] // config.patch_size[1])
    return config.n_prefix_tokens + rows * cols


def first_weight(module: nn.Module) -> tuple[nn.Module, str]:
    """Give the owner and the name of the first weight of a module."""
    name, _ = next(iter(module.named_parameters()))
    path, _, attribute = name.rpartition(".")
    return module.get_submodule(path), attribute


def weight_at(place: tuple[nn.Module, str]) -> Tensor:
    """Give the weight at a place as `first_weight` finds it."""
    owner, attribute = place
    return cast("Tensor", getattr(owner, attribute))
