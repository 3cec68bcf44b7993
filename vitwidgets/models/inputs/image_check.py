"""Whether a batch of images is what a model takes."""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from vitwidgets.models.interception.replacement import first_index
from vitwidgets.models.interception.tensor_versions import version

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from vitwidgets.models.config import ViTConfig

_RANK = 4


class ImageCheck:
    """Raises if something is not a batch of images that a model can take.

    Parameters
    ----------
    module
        The model.
    config
        Its sizes.
    pads
        Whether it pads images to whole patches.
    """

    def __init__(self, module: nn.Module, config: ViTConfig, pads: bool) -> None:
        self._config = config
        self._pads = pads
        self._usual = torch.Size((config.n_channels, *config.image_size))
        # The place of a weight that meets the images, as a weight itself may be moved.
        name = next(name for name, _ in module.named_parameters())
        path, _, self._weight_name = name.rpartition(".")
        self._weight_owner = module.get_submodule(path)
        self._finite: tuple[Callable[[], Tensor | None], int | None]
        self._finite = (lambda: None, None)

    @property
    def weight(self) -> Tensor:
        """A weight of the model as it is now, for its dtype and device."""
        return cast("Tensor", getattr(self._weight_owner, self._weight_name))

    def __call__(self, images: object) -> None:
        """Check that `images` is ``(batch, channel, height, width)`` and fits.

        Raises
        ------
        TypeError
            If it is no tensor, or of another dtype than the model.
        ValueError
            If it is of another shape or device, empty, or not finite.
        """
        if not isinstance(images, Tensor):
            channels = self._config.n_channels
            raise TypeError(
                f"images must be a tensor of shape (batch, {channels}, height, width), "
                f"got {type(images).__name__}: vitwidgets.images.prepare_image makes "
                f"one from a file, PIL image or array"
            )
        shape = images.shape
        if shape[1:] != self._usual or not shape[0]:
            _check_shape(images, self._config, self._pads)
        weight = self.weight
        if images.dtype != weight.dtype:
            _check_dtype(images, weight)
        if images.device != weight.device:
            raise ValueError(
                f"images are on {images.device}, the model is on {weight.device}: move "
                f"them with images.to({str(weight.device)!r})"
            )
        # A sweep runs one batch again and again: it is looked through only once.
        stamp, (last, last_stamp) = version(images), self._finite
        if stamp is None or stamp != last_stamp or last() is not images:
            _check_finite(images)
            self._finite = (weakref.ref(images), stamp)


def _check_dtype(images: Tensor, weight: Tensor) -> None:
    autocast = torch.is_autocast_enabled(images.device.type)
    if autocast and images.is_floating_point():
        return
    raise TypeError(
        f"images are {images.dtype}, the model is {weight.dtype}: "
        f"{_dtype_remedy(images, weight)}"
    )


def _check_finite(images: Tensor) -> None:
    total = images.detach().sum() if images.requires_grad else images.sum()
    # The sum shows every NaN and infinity; it may overflow, too.
    if math.isfinite(float(total)):
        return
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


def token_count(images: Tensor, config: ViTConfig) -> int:
    """Give the number of tokens that a batch of images, or of texts, makes."""
    if config.n_words:
        return config.n_tokens - config.context_length + images.shape[1]
    rows = -(-images.shape[2] // config.patch_size[0])
    cols = -(-images.shape[3] // config.patch_size[1])
    return config.n_prefix_tokens + rows * cols
