"""The colours that captions name: measured from drawings, or painted over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from vitwidgets.mice.sprites import Sprite

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OPAQUE = 128
_LEAST_SHARE = 0.5  # of a drawing's opaque pixels, for it to be of one colour
_DARKEST = 0.5  # of the paint, where the drawing is black
_CIRCLE = 360.0


class Colour(NamedTuple):
    """A colour word and what it means.

    Attributes
    ----------
    name
        As captions write it.
    paint
        RGB, 0 to 255: what a drawing of this colour is painted with.
    hues
        From and to, in degrees; from may be the larger one.
    saturation, value
        The least that a pixel of the colour has, from 0 to 1. Less is grey, brown or
        black to the eye, whatever the hue.
    """

    name: str
    paint: tuple[int, int, int]
    hues: tuple[float, float]
    saturation: float
    value: float


COLOURS: tuple[Colour, ...] = (
    Colour("red", (235, 40, 40), (343.0, 17.0), 0.5, 0.4),
    Colour("orange", (255, 140, 20), (20.0, 40.0), 0.8, 0.5),
    Colour("yellow", (255, 225, 40), (41.0, 66.0), 0.5, 0.5),
    Colour("green", (50, 185, 60), (75.0, 165.0), 0.4, 0.3),
    Colour("blue", (50, 105, 240), (190.0, 250.0), 0.4, 0.3),
    Colour("purple", (165, 65, 225), (262.0, 315.0), 0.4, 0.3),
)
"""Far enough apart for a child to tell. Append, never reorder."""


def colour_of(pixels: NDArray[np.uint8]) -> str | None:
    """Name the one colour that pixels have.

    Parameters
    ----------
    pixels
        RGB, ``(n, 3)``.

    Returns
    -------
    str or None
        Name of the colour that at least half of the pixels have; None where there is
        none.
    """
    if len(pixels) == 0:
        return None
    hue, saturation, value = _hsv(pixels)
    for colour in COLOURS:
        low, high = colour.hues
        inside = (hue >= low) & (hue <= high)
        if low > high:
            inside = (hue >= low) | (hue <= high)
        clear = (saturation >= colour.saturation) & (value >= colour.value)
        if np.mean(inside & clear) >= _LEAST_SHARE:
            return colour.name
    return None


def natural_colour(sprite: Sprite) -> str | None:
    """Name the one colour that a drawing has, None where it has several or none."""
    drawn = np.asarray(sprite.levels[-1].convert("RGBA"))
    return colour_of(drawn[drawn[..., 3] >= _OPAQUE][:, :3])


def painted(sprite: Sprite, colour: Colour) -> Sprite:
    """Paint a drawing over in one colour, its light and shade kept."""
    levels = tuple(_painted(level, colour) for level in sprite.levels)
    return Sprite(levels=levels, fill=sprite.fill)


def _painted(level: Image.Image, colour: Colour) -> Image.Image:
    drawn = np.asarray(level.convert("RGBA")).astype(np.float32)
    light = drawn[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32) / 255
    shade = (_DARKEST + (1 - _DARKEST) * light)[..., None]
    paint = np.array(colour.paint, np.float32)
    rgba = np.concatenate([paint * shade, drawn[..., 3:]], axis=-1)
    return Image.fromarray(rgba.astype(np.uint8), "RGBA").convert("RGBa")


def _hsv(
    pixels: NDArray[np.uint8],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give hue in degrees, and saturation and value from 0 to 1."""
    rgb = pixels.astype(np.float64) / 255
    red, green, blue = rgb.T
    value = rgb.max(axis=-1)
    spread = value - rgb.min(axis=-1)
    safe = np.where(spread > 0, spread, 1)
    sectors = [(green - blue) / safe, 2 + (blue - red) / safe, 4 + (red - green) / safe]
    # The brightest of the three colours says which third of the circle it is.
    hue = np.stack(sectors, axis=-1)[np.arange(len(rgb)), rgb.argmax(axis=-1)]
    saturation = spread / np.where(value > 0, value, 1)
    return hue * 60 % _CIRCLE, saturation, value
