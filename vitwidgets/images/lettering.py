"""A word written on a picture, as on a note that is stuck to it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from PIL import Image, ImageDraw, ImageFont

from vitwidgets.images.reading import read_image

if TYPE_CHECKING:
    from vitwidgets.images.reading import ImageSource

Place: TypeAlias = Literal["top", "middle", "bottom"]

_LETTER_HEIGHT = 40
_PADDING = 8
_MOST_WIDTH = 0.97
"""Of the picture's: so that both ends of a long word are seen."""
_MARGIN = 0.015
_LEAST_HEIGHT = 5
"""Pixels. No letter can be told from another below that."""
_MOST_AREA = 0.5
_IN_NO_FONT = "\U0010ffff"


def write_label(
    image: ImageSource,
    word: str,
    *,
    place: Place = "bottom",
    area: float = 0.1,
    ink: str = "black",
    paper: str = "white",
) -> Image.Image:
    """Write a word on a picture, on a piece of paper of its own.

    The letters are those of the font that comes with Pillow, so that equal calls give
    equal pictures on every machine with the same Pillow.

    Parameters
    ----------
    image
        Anything that `read_image` takes; it is left as it was.
    word
        What to write, on one line.
    place
        Where: ``"top"``, ``"middle"`` or ``"bottom"``, always between left and right.
    area
        Share of the picture that the paper covers; a long word gets less, as the paper
        is never wider than the picture.
    ink, paper
        Colours as Pillow names them. With one colour for both the paper is blank: what
        it hides is then all that it does.

    Returns
    -------
    PIL.Image.Image
        RGB, of the size of the picture.

    Raises
    ------
    ImageError
        If `image` is no usable image.
    ValueError
        If the word is empty, not of one line, has letters that the font lacks or is too
        long for the picture; or if `place`, `area` or a colour is none.
    TypeError
        If the word is no text.
    """
    picture = read_image(image)
    if place not in get_args(Place):
        raise ValueError(f"place must be top, middle or bottom, got {place!r:.100}")
    if not 0 < area <= _MOST_AREA:
        raise ValueError(
            f"area is the share of the picture that the label covers, above 0 and at "
            f"most {_MOST_AREA}; got {area!r}"
        )
    label = _label(_checked(word), ink, paper)
    width, height = _size(label, picture, area)
    if height < _LEAST_HEIGHT:
        raise ValueError(
            f"{word!r:.100} would be {height} pixels high on a picture of "
            f"{picture.width} x {picture.height} pixels, and nobody can read that: "
            f"take a shorter word, a larger area (now {area}) or a larger picture"
        )
    left = (picture.width - width) // 2
    free = picture.height - height
    edge = round(_MARGIN * picture.height)
    top = {"top": min(edge, free), "middle": free // 2, "bottom": max(0, free - edge)}
    picture.paste(
        label.resize((width, height), Image.Resampling.BOX), (left, top[place])
    )
    return picture


def _checked(word: object) -> str:
    if not isinstance(word, str):
        raise TypeError(f"a word is text, got a {type(word).__name__}")
    if not word.strip():
        raise ValueError(f"there is nothing to write: the word is {word!r:.100}")
    if not word.isprintable():
        raise ValueError(f"a label has one line of plain letters, got {word!r:.100}")
    unknown = _drawn(_IN_NO_FONT)
    missing = [
        letter
        for letter in dict.fromkeys(word)
        if not letter.isspace() and _drawn(letter) == unknown
    ]
    if missing:
        raise ValueError(
            f"the font that comes with Pillow lacks {', '.join(map(repr, missing))} of "
            f"{word!r:.100}: write it in Latin letters"
        )
    return word.strip()


@lru_cache(maxsize=256)
def _drawn(letter: str) -> bytes:
    picture = Image.new("L", (2 * _LETTER_HEIGHT, 2 * _LETTER_HEIGHT))
    ImageDraw.Draw(picture).text((0, 0), letter, fill=255, font=_font())
    return picture.tobytes()


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(_LETTER_HEIGHT)


def _label(text: str, ink: str, paper: str) -> Image.Image:
    font = _font()
    left, top, right, bottom = font.getbbox(text)
    size = (round(right - left) + 2 * _PADDING, round(bottom - top) + 2 * _PADDING)
    drawn = Image.new("RGB", size, paper)
    at = (_PADDING - left, _PADDING - top)
    ImageDraw.Draw(drawn).text(at, text, fill=ink, font=font)
    return drawn


def _size(label: Image.Image, picture: Image.Image, area: float) -> tuple[int, int]:
    """Give width and height of the paper on the picture, in pixels."""
    wanted = math.sqrt(
        area * picture.width * picture.height / (label.width * label.height)
    )
    scale = min(
        wanted,
        _MOST_WIDTH * picture.width / label.width,
        picture.height / label.height,
    )
    return max(1, round(scale * label.width)), max(1, round(scale * label.height))
