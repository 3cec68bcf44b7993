"""Emoji drawings from a colour font, pre-scaled for fast placing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vitwidgets.labels.sprites.making import DEFAULT_FONT, FontError

from .vocabulary import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from .vocabulary import Thing

# Noto Color Emoji holds bitmaps of one size only, which Pillow calls 109.
_STRIKE = 109
_CANVAS = 160
# Longest sides of the pre-scaled copies; placing scales down from the nearest
# larger one, by less than a factor of two, so that bilinear sampling is enough.
_LEVELS = (12, 17, 24, 34, 48, 68, 96)
_OPAQUE = 128


@dataclass(frozen=True)
class Sprite:
    """One emoji at several sizes.

    Attributes
    ----------
    levels
        Copies in mode ``RGBa`` (alpha premultiplied), smallest first.
    fill
        Side of the square that has the area of the opaque pixels, as a fraction
        of the longest side.
    """

    levels: tuple[Image.Image, ...]
    fill: float

    def place(self, side: float, angle: float, *, flip: bool) -> NDArray[np.uint8]:
        """Draw the sprite at a size and an angle.

        Parameters
        ----------
        side
            Longest side of the upright drawing, in pixels.
        angle
            Rotation in radians, clockwise on screen.
        flip
            Mirror left and right before rotating.

        Returns
        -------
        NDArray[np.uint8]
            Premultiplied RGBA of shape ``(height, width, 4)``, just large enough.
        """
        level = next((s for s in self.levels if max(s.size) >= side), self.levels[-1])
        scale = side / max(level.size)
        cos, sin = math.cos(angle), math.sin(angle)
        width, height = level.size
        out_width = math.ceil(scale * (abs(width * cos) + abs(height * sin)))
        out_height = math.ceil(scale * (abs(width * sin) + abs(height * cos)))
        # Pillow wants the map from output to input pixels.
        mirror = -1.0 if flip else 1.0
        a, b = mirror * cos / scale, mirror * sin / scale
        d, e = -sin / scale, cos / scale
        c = width / 2 - a * out_width / 2 - b * out_height / 2
        f = height / 2 - d * out_width / 2 - e * out_height / 2
        drawn = level.transform(
            (max(out_width, 1), max(out_height, 1)),
            Image.Transform.AFFINE,
            (a, b, c, d, e, f),
            resample=Image.Resampling.BILINEAR,
        )
        return np.asarray(drawn)


def load_sprites(
    font: str | Path = DEFAULT_FONT, things: Sequence[Thing] = VOCABULARY
) -> tuple[Sprite, ...]:
    """Draw every class once from a colour-emoji font.

    Parameters
    ----------
    font
        Path of a font file with 109-pixel colour bitmaps, such as Noto Color Emoji.
    things
        The classes to draw, in the order of the result.

    Raises
    ------
    FontError
        If the font cannot be opened or does not draw one of the emoji.
    """
    try:
        face = ImageFont.truetype(str(font), _STRIKE)
    except OSError as error:
        raise FontError(
            f"cannot open the emoji font {str(font)!r} ({error}). Install Debian's "
            "package fonts-noto-color-emoji, or name the file of Noto Color Emoji "
            "with --font PATH."
        ) from error
    return tuple(_draw(face, thing, font) for thing in things)


def _draw(face: ImageFont.FreeTypeFont, thing: Thing, font: str | Path) -> Sprite:
    canvas = Image.new("RGBA", (_CANVAS, _CANVAS))
    ImageDraw.Draw(canvas).text((4, 4), thing.emoji, font=face, embedded_color=True)
    box = canvas.getchannel("A").getbbox()
    if box is None:
        raise FontError(
            f"the font {str(font)!r} draws nothing for {thing.name!r} ({thing.emoji}). "
            "Use Noto Color Emoji (Debian's package fonts-noto-color-emoji)."
        )
    drawing = canvas.crop(box)
    opaque = np.count_nonzero(np.asarray(drawing)[..., 3] >= _OPAQUE)
    premultiplied = drawing.convert("RGBa")
    longest = max(drawing.size)
    levels = tuple(_fitted(premultiplied, side) for side in _LEVELS)
    return Sprite(levels=levels, fill=math.sqrt(opaque) / longest)


def _fitted(drawing: Image.Image, longest: int) -> Image.Image:
    scale = longest / max(drawing.size)
    width, height = (max(1, round(scale * side)) for side in drawing.size)
    return drawing.resize((width, height), Image.Resampling.BOX)
