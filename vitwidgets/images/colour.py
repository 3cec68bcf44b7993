"""From any Pillow mode to the 8-bit RGB picture that a person sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import ExifTags, Image

from vitwidgets.images.errors import ImageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WHITE = (255, 255, 255)
_INTEGER_MODES = ("I", "I;16", "I;16L", "I;16B", "I;16N")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns an image of each EXIF orientation (1 is upright) the right way up."""


def upright_rgb(image: Image.Image, label: str) -> Image.Image:
    """Return a new RGB image, upright, with nothing transparent left.

    Transparent parts show white, as on a page. Grey of 16 bits is scaled to 8 and
    floating-point grey is taken to run from 0 (black) to 1 (white). The EXIF
    orientation is applied; colour profiles are ignored, as timm ignores them.

    Parameters
    ----------
    image
        Any Pillow image; it is not changed.
    label
        What the image is called in an error message.

    Raises
    ------
    ImageError
        If the pixels cannot be decoded, or the mode has no meaning as colours.
    """
    try:
        image.load()
    except Exception as error:
        # Pillow's decoders raise nearly any class of exception on damaged data.
        raise ImageError(
            f"{label} is cut off or damaged ({_reason(error)}); "
            "get a complete copy of the file."
        ) from error
    rgb = _rgb(image, label)
    turn = _UPRIGHT.get(_orientation(image))
    if turn is not None:
        rgb = rgb.transpose(turn)
    # An orientation tag that stayed behind would turn the picture a second time.
    rgb.info = {}
    return rgb


def sixteen_to_eight_bit(values: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Scale integers from 0..65535 to the nearest of 0..255, any shape."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def unit_to_eight_bit(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Scale floats from [0, 1] to the nearest of 0..255, any shape."""
    # Half precision is too coarse for the product.
    precise = values.astype(np.promote_types(values.dtype, np.float32), copy=False)
    return np.rint(precise.clip(0, 1) * 255).astype(np.uint8)


def check_unit_range(values: NDArray[np.floating], label: str) -> None:
    """Refuse floats that are not finite or lie outside [0, 1].

    Half a step of 8 bits outside is rounding (of an un-normalisation, a resize) and
    is let through: it becomes 0 or 255 all the same.

    Raises
    ------
    ImageError
        Naming the first value that is not finite, or the range found.
    """
    finite = np.isfinite(values)
    if not finite.all():
        where = tuple(int(index) for index in np.argwhere(~finite)[0])
        raise ImageError(
            f"{label} holds {np.count_nonzero(~finite):,} values that are not finite "
            f"(the first is {values[where]} at {list(where)}); "
            "give finite values between 0 and 1."
        )
    low, high = float(values.min()), float(values.max())
    if low < -0.5 / 255 or high > 255.5 / 255:
        raise ImageError(
            f"{label} runs from {low:.4g} to {high:.4g}, but floating-point colours "
            "run from 0 to 1: divide 0..255 by 255, undo a normalisation "
            "(x * std + mean), or clip."
        )


def _rgb(image: Image.Image, label: str) -> Image.Image:
    if image.mode in _INTEGER_MODES:
        return _from_integers(image, label)
    if image.mode == "F":
        values = np.asarray(image, dtype=np.float32)
        check_unit_range(values, label)
        return Image.fromarray(unit_to_eight_bit(values)).convert("RGB")
    try:
        if not image.has_transparency_data:
            return image.convert("RGB")
        layer = image.convert("RGBA")
    except ValueError as error:
        raise ImageError(
            f"{label} has mode {image.mode!r}, which has no direct conversion to RGB; "
            "convert it to RGB first (PIL.ImageCms for colour spaces)."
        ) from error
    page = Image.new("RGB", image.size, _WHITE)
    page.paste(layer, mask=layer)
    return page


def _from_integers(image: Image.Image, label: str) -> Image.Image:
    values = np.asarray(image)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > np.iinfo(np.uint16).max:
        raise ImageError(
            f"{label} (mode {image.mode!r}) runs from {low} to {high}, but integer "
            "grey runs from 0 to 65535: scale it into that range."
        )
    grey = sixteen_to_eight_bit(values)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return Image.fromarray(grey).convert("RGB")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001
        # Unreadable EXIF data: show the picture as it is stored, as browsers do.
        return 1


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
