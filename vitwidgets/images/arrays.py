"""Images out of NumPy arrays and tensors, by a stated rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from vitwidgets.images.colour import (
    check_unit_range,
    sixteen_to_eight_bit,
    unit_to_eight_bit,
    upright_rgb,
)
from vitwidgets.images.errors import ImageError
from vitwidgets.images.limits import MIN_SIDE, check_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_CHANNELS = 4
_LAYOUTS = (
    "(height, width), (height, width, channel) or (channel, height, width) with 1 "
    "(grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels"
)


def image_from_tensor(tensor: torch.Tensor) -> Image.Image:
    """Return the RGB image in a tensor, by the rule of `image_from_array`.

    Parameters
    ----------
    tensor
        Dense and real, on any device; its gradient history is left alone.

    Raises
    ------
    ImageError
        If the tensor holds no image.
    """
    label = f"the tensor of shape {tuple(tensor.shape)} and type {tensor.dtype}"
    try:
        values = tensor.detach().cpu()
        if values.dtype is torch.bfloat16:
            # NumPy has no such type; float32 holds the same values.
            values = values.float()
        array = values.numpy()
    except (RuntimeError, TypeError) as error:
        raise ImageError(
            f"{label} cannot be read ({str(error).splitlines()[0]}); "
            "give a dense tensor that holds data."
        ) from error
    return _image(array, label)


def image_from_array(array: NDArray[Any]) -> Image.Image:
    """Return the RGB image in an array.

    The axes are ``(height, width)``, ``(height, width, channel)`` or ``(channel,
    height, width)``; the channel axis is the one of length 1 (grey), 2 (grey and
    alpha), 3 (RGB) or 4 (RGBA), which no side of an image is short enough to be
    confused with. A batch axis of length 1 in front is dropped. The type says the
    range: bool, uint8 (0..255), uint16 (0..65535) or floating point (0..1).

    Parameters
    ----------
    array
        It is not changed.

    Raises
    ------
    ImageError
        If the shape, the type or a value breaks the rule.
    """
    return _image(
        np.asarray(array), f"the array of shape {array.shape} and type {array.dtype}"
    )


def _image(array: NDArray[Any], label: str) -> Image.Image:
    if array.size == 0:
        raise ImageError(f"{label} is empty; give {_LAYOUTS}.")
    array = _channels_last(_without_batch(array, label), label)
    height, width, channels = array.shape
    check_size(width, height, label)
    pixels = np.ascontiguousarray(_eight_bit(array, label))
    picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    return upright_rgb(picture, label)


def _without_batch(array: NDArray[Any], label: str) -> NDArray[Any]:
    batched = 4
    if array.ndim != batched:
        return array
    if len(array) != 1:
        raise ImageError(
            f"{label} is a batch of {len(array)} images where one is meant; "
            "give one of them, such as batch[0]."
        )
    return array[0]


def _channels_last(array: NDArray[Any], label: str) -> NDArray[Any]:
    """Return a view of shape (height, width, channel)."""
    if array.ndim == 2:  # noqa: PLR2004 (height, width)
        return array[..., None]
    if array.ndim != 3:  # noqa: PLR2004 (the two layouts with channels)
        raise ImageError(f"{label} has {array.ndim} axes; give {_LAYOUTS}.")
    first, middle, last = (length <= _MAX_CHANNELS for length in array.shape)
    if (first and last) or middle:
        raise ImageError(
            f"{label} has more than one axis too short to be a side of an image "
            f"(a side has at least {MIN_SIDE} pixels); give {_LAYOUTS}."
        )
    if last:
        return array
    if first:
        return np.moveaxis(array, 0, -1)
    raise ImageError(
        f"{label} has no axis of 1 to {_MAX_CHANNELS} channels; give {_LAYOUTS}."
    )


def _eight_bit(array: NDArray[Any], label: str) -> NDArray[np.uint8]:
    kind = array.dtype.kind
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if kind == "u" and array.dtype.itemsize == 1:
        return array
    if kind == "u" and array.dtype.itemsize == 2:  # noqa: PLR2004 (bytes of uint16)
        return sixteen_to_eight_bit(array)
    if kind == "f":
        check_unit_range(array, label)
        return unit_to_eight_bit(array)
    raise ImageError(
        f"{label} does not say the range of its values; convert it to uint8 (0..255), "
        "uint16 (0..65535), bool or floating point (0..1)."
    )
