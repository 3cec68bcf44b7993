"""A still of a logit attribution, as a picture and as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from vitwidgets.widgets.still_colours import LESS, MORE
from vitwidgets.widgets.svg_parts import embedded_image, opening, plain_words, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vitwidgets.widgets.attribution.bars import Bars

_SIDE = 320
_GAP = 12
_ROW = 18
_BAR = 12
_NAMES = 150
_LONGEST = 130
"""Pixels of the longest bar, to either side of the zero line."""
_NUMBERS = 60
_FONT_SIZE = 12
_CAPTION = 24
_LETTER = 6.5
_INK = (40, 40, 40)
_PAINT = 0.85
"""How much of a picture the strongest patch hides."""

_ZERO = _SIDE + _GAP + _NAMES + _LONGEST
_RIGHT = _ZERO + _LONGEST + _NUMBERS


def attribution_still(picture: NDArray[np.uint8], bars: Bars) -> Image.Image:
    """Draw the picture, what its patches add painted on it, beside the bars.

    Parameters
    ----------
    picture
        uint8, shape ``(height, width, 3)``.
    bars
        What is shown.
    """
    seen = _seen(picture, bars)
    rows = list(_rows(bars))
    still = Image.new("RGB", (_RIGHT, max(seen.height, _ROW * len(rows))), "white")
    still.paste(seen, (0, 0))
    draw = ImageDraw.Draw(still)
    font = ImageFont.load_default(_FONT_SIZE)
    for number, (name, value, length) in enumerate(rows):
        middle = number * _ROW + _ROW / 2
        left = _ZERO - _LONGEST - 4
        draw.text((left, middle), name, fill=_INK, font=font, anchor="rm")
        draw.text((_RIGHT, middle), f"{value:+.4f}", fill=_INK, font=font, anchor="rm")
        ends = sorted((_ZERO, _ZERO + length))
        box = (ends[0], middle - _BAR / 2, ends[1], middle + _BAR / 2)
        draw.rectangle(box, fill=_colour(value))
    draw.line((_ZERO, 0, _ZERO, _ROW * len(rows)), fill=_INK)
    return still


def attribution_svg(picture: NDArray[np.uint8], bars: Bars, caption: str) -> str:
    """Draw what the still shows, text as text.

    Parameters
    ----------
    picture, bars
        As for the still.
    caption
        Stands under it and is the drawing's title.
    """
    seen = _seen(picture, bars)
    rows = list(_rows(bars))
    height = max(seen.height, _ROW * len(rows))
    words = plain_words(caption)
    # A guess, since the font is the reader's: room for letters of average width.
    width = max(_RIGHT, round(len(caption) * _LETTER))
    parts = [
        opening(width, height + _CAPTION, words),
        embedded_image(seen, "picture", (0, 0), seen.size),
    ]
    for number, (name, value, length) in enumerate(rows):
        middle = number * _ROW + _ROW / 2
        left = min(_ZERO, _ZERO + length)
        colour = "#{:02x}{:02x}{:02x}".format(*_colour(value))
        bar = (
            f'<rect x="{left:.2f}" y="{middle - _BAR / 2:g}" '
            f'width="{abs(length):.2f}" height="{_BAR}" fill="{colour}"/>'
        )
        parts += [
            text(_ZERO - _LONGEST - 4, middle + 4, plain_words(name), "end"),
            bar,
            text(_RIGHT, middle + 4, f"{value:+.4f}", "end"),
        ]
    parts += [
        f'<path d="M{_ZERO} 0V{_ROW * len(rows)}" stroke="black"/>',
        text(0, height + _CAPTION - 8, words, "start"),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _rows(bars: Bars) -> Iterator[tuple[str, float, float]]:
    """Give name, value and length in pixels of each bar; the sum comes last."""
    rest, count = bars.rest
    rows = list(zip(bars.names, bars.values, strict=True))
    if count:
        rows.append((f"{count} others", rest))
    rows.append(("sum", bars.total))
    longest = max(abs(value) for _, value in rows) or 1.0
    for name, value in rows:
        yield name, value, value / longest * _LONGEST


def _seen(picture: NDArray[np.uint8], bars: Bars) -> Image.Image:
    seen = ImageOps.contain(
        Image.fromarray(picture), (_SIDE, _SIDE), Image.Resampling.NEAREST
    )
    if bars.patches is None:
        return seen
    largest = float(np.abs(bars.patches).max()) or 1.0
    share = np.rint(255 * _PAINT * np.abs(bars.patches) / largest).astype(np.uint8)
    colours = np.where(bars.patches[..., None] < 0, LESS, MORE).astype(np.uint8)
    resized = [
        Image.fromarray(each).resize(seen.size, Image.Resampling.NEAREST)
        for each in (colours, share)
    ]
    grey = ImageOps.grayscale(seen).convert("RGB")
    return Image.composite(resized[0], grey, resized[1])


def _colour(value: float) -> tuple[int, int, int]:
    return LESS if value < 0 else MORE
