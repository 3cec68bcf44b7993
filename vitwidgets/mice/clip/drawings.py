"""All that is drawn in captioned scenes: things, painted things and written words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vitwidgets.mice.sprites import DEFAULT_FONT, Sprite, load_sprites
from vitwidgets.mice.vocabulary import VOCABULARY

from .colours import COLOURS, natural_colour, painted

if TYPE_CHECKING:
    from pathlib import Path

_LETTER_HEIGHT = 40
_PADDING = 8
_WORD_SIDES = (24, 34, 48, 68, 96, 136)
_INKS = (("black", "white"), ("white", "black"), ("navy", "lightyellow"))

STYLES = 2 * len(_INKS)
"""How many labels there are of each name: in letters and capitals, in three inks."""


@dataclass(frozen=True)
class Drawing:
    """What one drawing shows.

    Attributes
    ----------
    thing
        Index into the vocabulary: what is drawn, or what is written.
    colour
        Name of the colour it has, None where it has no one colour.
    painted
        Whether it was painted over in this colour.
    written
        Whether it is the name of the thing, written on a label.
    """

    thing: int
    colour: str | None = None
    painted: bool = False
    written: bool = False


@dataclass(frozen=True)
class Drawings:
    """Drawings and what they show.

    Attributes
    ----------
    sprites
        The pictures; the first ones are those of the vocabulary, in its order.
    shown
        What each shows.
    """

    sprites: tuple[Sprite, ...]
    shown: tuple[Drawing, ...]

    def plain(self, thing: int) -> int:
        """Give the number of the drawing of a thing as the font has it."""
        return thing

    def in_colour(self, thing: int, colour: int) -> int:
        """Give the number of the drawing of a thing painted in one of `COLOURS`."""
        return len(VOCABULARY) * (1 + colour) + thing

    def written(self, thing: int, style: int) -> int:
        """Give the number of a label with the name of a thing in one of `STYLES`."""
        return len(VOCABULARY) * (1 + len(COLOURS) + style) + thing


@lru_cache(maxsize=1)
def load_drawings(font: str | Path = DEFAULT_FONT) -> Drawings:
    """Draw and paint every thing, and write its name.

    Raises
    ------
    FontError
        If the font cannot be opened or does not draw one of the emoji.
    """
    plain = load_sprites(font)
    things = range(len(VOCABULARY))
    sprites = list(plain)
    shown = [Drawing(thing, natural_colour(plain[thing])) for thing in things]
    for colour in COLOURS:
        sprites += [painted(sprite, colour) for sprite in plain]
        shown += [Drawing(thing, colour.name, painted=True) for thing in things]
    for ink, paper in _INKS:
        for capitals in (False, True):
            names = [thing.name for thing in VOCABULARY]
            texts = [name.upper() if capitals else name for name in names]
            sprites += [_label(text, ink, paper) for text in texts]
            shown += [Drawing(thing, written=True) for thing in things]
    return Drawings(tuple(sprites), tuple(shown))


def _label(text: str, ink: str, paper: str) -> Sprite:
    # Pillow's own font, so that nothing but the emoji font has to be installed.
    font = ImageFont.load_default(_LETTER_HEIGHT)
    left, top, right, bottom = font.getbbox(text)
    size = (round(right - left) + 2 * _PADDING, round(bottom - top) + 2 * _PADDING)
    drawn = Image.new("RGBA", size, paper)
    at = (_PADDING - left, _PADDING - top)
    ImageDraw.Draw(drawn).text(at, text, fill=ink, font=font)
    longest = max(size)
    whole = drawn.convert("RGBa")
    levels = tuple(_fitted(whole, side) for side in _WORD_SIDES)
    return Sprite(levels=levels, fill=math.sqrt(float(np.prod(size))) / longest)


def _fitted(drawing: Image.Image, longest: int) -> Image.Image:
    scale = longest / max(drawing.size)
    width, height = (max(1, round(scale * side)) for side in drawing.size)
    return drawing.resize((width, height), Image.Resampling.BOX)
