"""How small, how large and how long an image may be."""

from __future__ import annotations

from vitwidgets.images.errors import ImageError

MIN_SIDE = 8
"""Shortest side, in pixels. Below it the picture is one blot after enlargement.

It also makes a channel axis (at most 4 long) unmistakable in an array.
"""

MAX_PIXELS = 80_000_000
"""Most pixels (width times height). Pillow itself warns from 89 million on."""

MAX_ASPECT = 64
"""Longest side over shortest: enlarging a thinner strip would fill the memory."""


def check_size(width: int, height: int, label: str) -> None:
    """Refuse an image that is too small, too large or too thin.

    Parameters
    ----------
    width, height
        In pixels.
    label
        What the image is called in an error message.

    Raises
    ------
    ImageError
        If a limit of this module is broken.
    """
    size = f"{label} is {width} x {height} pixels (width x height)"
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"{size}: too small to show anything to a vision transformer; "
            f"give an image of at least {MIN_SIDE} x {MIN_SIDE} pixels."
        )
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{size}, {width * height / 1e6:,.0f} megapixels: more than the limit of "
            f"{MAX_PIXELS / 1e6:.0f} megapixels; make it smaller first "
            "(a model sees a few hundred pixels a side)."
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError(
            f"{size}: one side is more than {MAX_ASPECT} times the other; "
            "crop it to the part that matters."
        )
