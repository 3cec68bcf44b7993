"""Decoding image files: what is accepted, and refusing before pixels are decoded."""

from __future__ import annotations

import io
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from vitwidgets.images.colour import upright_rgb
from vitwidgets.images.errors import ImageError
from vitwidgets.images.limits import check_size

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")
"""Formats that are read (Pillow's names); others can run programs, as EPS does."""

_URL = re.compile(r"[a-z][a-z0-9+.-]+://|data:", re.IGNORECASE)
_SIGNATURE_BYTES = 16


def image_from_path(path: str | os.PathLike[str]) -> Image.Image:
    """Read an image file, first frame, as an upright RGB image.

    Raises
    ------
    ImageError
        If the path is a URL, is missing or is no file, or the file is no image.
    """
    name = os.fsdecode(path)
    label = repr(_shortened(name))
    if _URL.match(name):
        raise ImageError(
            f"{label} is a URL, and nothing is ever downloaded here; "
            "save the image and give its path, or give its bytes."
        )
    _check_regular_file(name, label)
    try:
        with Path(name).open("rb") as file:
            return _decoded(file, label)
    except OSError as error:
        raise ImageError(
            f"{label} cannot be read ({error.strerror}); check the file."
        ) from error


def image_from_bytes(data: bytes | bytearray | memoryview) -> Image.Image:
    """Decode an image file's contents, first frame, as an upright RGB image.

    Raises
    ------
    ImageError
        If the bytes are no image.
    """
    contents = bytes(data)
    return _decoded(io.BytesIO(contents), f"the data ({len(contents):,} bytes)")


def _check_regular_file(name: str, label: str) -> None:
    try:
        mode = Path(name).stat().st_mode
    except FileNotFoundError as error:
        raise ImageError(
            f"there is no file {label} (relative paths start at {str(Path.cwd())!r}); "
            "check the path."
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ImageError(
            f"{label} is no usable path ({reason}); give the path of an image file."
        ) from error
    if stat.S_ISDIR(mode):
        raise ImageError(f"{label} is a directory; give the path of an image file.")
    if not stat.S_ISREG(mode):
        raise ImageError(f"{label} is no regular file; give the path of an image file.")


def _decoded(file: BinaryIO, label: str) -> Image.Image:
    image = _opened(file, label)
    check_size(*image.size, label)
    return upright_rgb(image, label)


def _opened(file: BinaryIO, label: str) -> ImageFile:
    """Read the header only.

    ``Image.open`` would do, but it warns about large images before their size can be
    asked for, and silencing a warning is not safe with threads.
    """
    signature = file.read(_SIGNATURE_BYTES)
    if not signature:
        raise ImageError(f"{label} is empty; give the contents of an image file.")
    # Pillow's recognisers look at two bytes without asking whether there are two.
    signature = signature.ljust(_SIGNATURE_BYTES, b"\0")
    Image.init()
    for name in FORMATS:
        factory, accept = Image.OPEN.get(name, (None, None))
        if factory is None or accept is None or accept(signature) is not True:
            continue
        file.seek(0)
        try:
            return factory(file, "")
        except Exception as error:
            raise ImageError(
                f"{label} begins as {name} does, but its header is cut off or damaged; "
                "get a complete copy of the file."
            ) from error
    raise ImageError(
        f"{label} is not an image that can be read (it begins with {signature[:8]!r}); "
        f"give one of {', '.join(FORMATS)}."
    )


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[:limit]}..."
