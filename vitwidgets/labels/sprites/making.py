"""How the shipped sheet is made: drawn from the font Noto Color Emoji."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont, features

from vitwidgets.labels.emoji_tables import every_emoji
from vitwidgets.labels.sprites.sheet import INDEX, PICTURE, plain
from vitwidgets.labels.sprites.subset import encoded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DEFAULT_FONT = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"

SIZE = 56
"""Side of a drawing, in pixels. With the bytes that there are, 64 pixels compressed
harder come out further from the font's own drawings when shown at up to 40 pixels, no
nearer at 48; 52 pixels compressed less are further at every size."""

LARGEST = 590_000
"""Bytes that the picture may take."""

# Noto Color Emoji holds bitmaps of one size only, which Pillow calls 109: 136 x 128
# pixels, of which the drawings leave 4 empty on either side.
_STRIKE = 109
_LEFT = 4
_SIDE = 128
_ADVANCE = 136
_QUALITIES = range(90, 29, -2)


class FontError(RuntimeError):
    """The emoji font is missing or has no drawing for an emoji."""


def draw_from_font(emoji: Sequence[str], font: str | Path) -> list[Image.Image]:
    """Draw each emoji from a colour-emoji font.

    Parameters
    ----------
    emoji
        What to draw.
    font
        Path of Noto Color Emoji, in its form with 109-pixel bitmaps.

    Returns
    -------
    list of Image.Image
        Mode ``RGBA``, 128 x 128 pixels each.

    Raises
    ------
    FontError
        If the font cannot be opened, or draws some emoji not at all or in pieces; or
        if Pillow cannot put emoji of several characters together.
    """
    if not features.check("raqm"):
        raise FontError(
            "this Pillow was built without Raqm, which puts emoji of several "
            "characters together; install Pillow from PyPI."
        )
    try:
        face = ImageFont.truetype(str(font), _STRIKE)
    except OSError as error:
        raise FontError(
            f"cannot open the emoji font {str(font)!r} ({error}). Install Debian's "
            "package fonts-noto-color-emoji, or name the file of Noto Color Emoji "
            "with --font PATH."
        ) from error
    drawings = [_draw(each, face) for each in emoji]
    failed = [e for e, drawing in zip(emoji, drawings, strict=True) if drawing is None]
    if failed:
        raise FontError(
            f"the font {str(font)!r} has no drawing for {' '.join(failed)}. Choose "
            "others in the tables of labels, or take a newer Noto Color Emoji."
        )
    return [drawing for drawing in drawings if drawing is not None]


def write_sheet(folder: Path, font: str | Path = DEFAULT_FONT) -> str:
    """Write the sheet and its index for every emoji that the labels can show.

    Parameters
    ----------
    folder
        Where to; files that are there are replaced.
    font
        As for `draw_from_font`.

    Returns
    -------
    str
        How many emoji there are, and how large the files became.

    Raises
    ------
    FontError
        As `draw_from_font`; no file is changed.
    ValueError
        If the picture is too large at any acceptable quality; no file is changed.
    """
    emoji = list({plain(each): each for each in every_emoji()}.values())
    columns = math.ceil(math.sqrt(len(emoji)))
    picture = Image.new(
        "RGBA", (columns * SIZE, math.ceil(len(emoji) / columns) * SIZE)
    )
    for place, drawing in enumerate(draw_from_font(emoji, font)):
        row, column = divmod(place, columns)
        small = drawing.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        picture.paste(small, (column * SIZE, row * SIZE))
    quality, data = _best_that_fits(picture)
    index = {"size": SIZE, "columns": columns, "emoji": emoji}
    (folder / PICTURE).write_bytes(data)
    (folder / INDEX).write_text(
        json.dumps(index, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return (
        f"{len(emoji)} emoji of {SIZE} x {SIZE} pixels, {len(data):,} bytes at "
        f"quality {quality}"
    )


def _draw(emoji: str, face: ImageFont.FreeTypeFont) -> Image.Image | None:
    canvas = Image.new("RGBA", (_ADVANCE, _SIDE))
    ImageDraw.Draw(canvas).text((0, 0), emoji, font=face, embedded_color=True)
    # A sequence that the font doesn't know comes as its parts, side by side.
    if canvas.getbbox() is None or face.getlength(emoji) > _ADVANCE:
        return None
    return canvas.crop((_LEFT, 0, _LEFT + _SIDE, _SIDE))


def _best_that_fits(picture: Image.Image) -> tuple[int, bytes]:
    for quality in _QUALITIES:
        data = encoded(picture, quality=quality, effort=6)
        if len(data) <= LARGEST:
            return quality, data
    raise ValueError(
        f"the sheet takes more than {LARGEST:,} bytes even at quality "
        f"{_QUALITIES[-1]}: use fewer different emoji in the tables of labels."
    )
