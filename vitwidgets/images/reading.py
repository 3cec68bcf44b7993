"""`read_image`: whatever holds one image, as an RGB picture."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, Union, cast

import numpy as np
import torch
from PIL import Image

from vitwidgets.images.arrays import image_from_array, image_from_tensor
from vitwidgets.images.colour import upright_rgb
from vitwidgets.images.encoded import image_from_bytes, image_from_path
from vitwidgets.images.errors import ImageError
from vitwidgets.images.limits import check_size
from vitwidgets.images.sample_scenes import SampleScene

if TYPE_CHECKING:
    from numpy.typing import NDArray

ImageSource: TypeAlias = Union[
    str,
    "os.PathLike[str]",
    Image.Image,
    "NDArray[Any]",
    torch.Tensor,
    SampleScene,
    bytes,
    bytearray,
    memoryview,
    BinaryIO,
]
"""What `read_image` takes."""


def read_image(source: ImageSource) -> Image.Image:
    """Return one image as a new, upright, 8-bit RGB picture.

    Nothing is downloaded and ``source`` is left as it was. Transparent parts show
    white, EXIF orientation is applied, 16 bits are scaled to 8, and of an animation
    the first frame is taken. Sides are at least 8 pixels, one at most 64 times the
    other, and the whole at most 80 megapixels, which is checked before decoding.

    Parameters
    ----------
    source
        A path; the bytes of an image file, or a binary file open on one (PNG, JPEG,
        WebP, GIF, BMP, TIFF, PPM, JPEG 2000, AVIF); a Pillow image; or an array or
        tensor of shape ``(height, width)``, ``(height, width, channel)`` or
        ``(channel, height, width)``, or either with a batch axis of length 1 in front,
        of type bool, uint8 (0..255), uint16 (0..65535) or floating point (0..1); or a
        sample scene.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, without metadata.

    Raises
    ------
    ImageError
        If ``source`` is not one image within these limits; the message says why.
    """
    if isinstance(source, SampleScene):
        source = source.image
    if isinstance(source, (str, os.PathLike)):
        return image_from_path(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return image_from_bytes(source)
    if isinstance(source, Image.Image):
        label = f"the Pillow image of mode {source.mode!r}"
        check_size(*source.size, label)
        return upright_rgb(source, label)
    if isinstance(source, np.ndarray):
        return image_from_array(source)
    if isinstance(source, torch.Tensor):
        return image_from_tensor(source)
    if hasattr(source, "read"):
        return _image_from_file(source)
    raise ImageError(
        f"{type(source).__name__} {_glimpse(source)} is not an image; give one path, "
        "Pillow image, NumPy array, tensor, or an image file's bytes."
    )


def _image_from_file(file: BinaryIO) -> Image.Image:
    """Decode what remains of an open file; its position is restored on failure."""
    try:
        start = file.tell() if file.seekable() else None
        data = cast("object", file.read())
    except (OSError, ValueError) as error:
        raise ImageError(
            f"the file cannot be read ({error}); open it for reading in mode 'rb'."
        ) from error
    try:
        return image_from_bytes(_only_bytes(data))
    except ImageError:
        if start is not None:
            file.seek(start)
        raise


def _only_bytes(data: object) -> bytes:
    if isinstance(data, bytes):
        return data
    raise ImageError(
        f"the file gives {type(data).__name__}, not bytes; open it in mode 'rb'."
    )


def _glimpse(value: object, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
