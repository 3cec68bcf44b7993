"""A still of click-to-patch, as a picture and as SVG: one drawing, drawn twice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont, ImageOps

from vitwidgets.widgets.still_colours import LESS, MORE
from vitwidgets.widgets.svg_parts import embedded_image, opening, plain_words, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vitwidgets.widgets.patcher.still_content import StillContent
    from vitwidgets.widgets.still_colours import Colour

_SIDE = 200
_GAP = 14
_ROW = 18
_BAR = 5
_NAMES = 150
_LETTERS = 22
"""Of a name, that there is room for."""
_LONGEST = 160
_NUMBERS = 110
_FONT_SIZE = 12
_CAPTION = 24
_LETTER = 6.5
_INK: Colour = (40, 40, 40)
_EMPTY: Colour = (225, 225, 225)
_LARGEST_GRID = 200
_LARGEST_CELL = 24.0
_LAYER_NAMES = 26
"""Across, for ``L11``."""


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    width: float
    height: float
    colour: Colour


@dataclass(frozen=True)
class _Words:
    left: float
    middle: float
    words: str


@dataclass(frozen=True)
class _Picture:
    left: int
    top: int
    pixels: Image.Image
    title: str


_Part = _Box | _Words | _Picture


def patcher_still(content: StillContent) -> Image.Image:
    """Draw the pictures, what the model says of them, and what is edited."""
    parts = list(_parts(content))
    still = Image.new("RGB", _size(parts), "white")
    draw = ImageDraw.Draw(still)
    font = ImageFont.load_default(_FONT_SIZE)
    for part in parts:
        if isinstance(part, _Picture):
            still.paste(part.pixels, (part.left, part.top))
        elif isinstance(part, _Words):
            place = (part.left, part.middle)
            draw.text(place, part.words, fill=_INK, font=font, anchor="lm")
        elif part.width >= 1:
            right, bottom = part.left + part.width - 1, part.top + part.height - 1
            box = (round(part.left), round(part.top), round(right), round(bottom))
            draw.rectangle(box, fill=part.colour)
    return ImageOps.expand(still, border=_GAP, fill="white")


def patcher_svg(content: StillContent, caption: str) -> str:
    """Draw what the still shows, text as text, with a caption under it."""
    parts = list(_parts(content))
    width, height = _size(parts)
    words = plain_words(caption)
    # A guess, since the font is the reader's: room for letters of average width.
    width = max(width, round(len(caption) * _LETTER))
    drawn = [opening(width, height + _CAPTION, words)]
    for part in parts:
        if isinstance(part, _Picture):
            place = (part.left, part.top)
            title = plain_words(part.title)
            drawn.append(embedded_image(part.pixels, title, place, part.pixels.size))
        elif isinstance(part, _Words):
            line = text(part.left, part.middle + 4, plain_words(part.words), "start")
            drawn.append(line)
        else:
            colour = "#{:02x}{:02x}{:02x}".format(*part.colour)
            drawn.append(
                f'<rect x="{part.left:.2f}" y="{part.top:.2f}" '
                f'width="{part.width:.2f}" height="{part.height:.2f}" fill="{colour}"/>'
            )
    drawn += [text(0, height + _CAPTION - 8, words, "start"), "</svg>\n"]
    return "\n".join(drawn)


def _parts(content: StillContent) -> Iterator[_Part]:
    for number, (title, picture) in enumerate(content.pictures):
        top = number * (_SIDE + _ROW)
        yield _Words(0, top + _ROW / 2, title)
        seen = ImageOps.contain(
            Image.fromarray(picture), (_SIDE, _SIDE), Image.Resampling.NEAREST
        )
        yield _Picture(0, top + _ROW, seen, title)
    yield from _class_rows(content.classes, _SIDE + _GAP)
    left = _SIDE + _GAP + _NAMES + _LONGEST + _NUMBERS + _GAP
    yield from _head_grid(content, left)


def _class_rows(
    classes: Sequence[tuple[str, float, float]], left: int
) -> Iterator[_Part]:
    """Draw a bar of before over one of after for each class."""
    yield _Words(left, _ROW / 2, "before (blue), after (orange)")
    start = left + _NAMES
    for number, (name, before, after) in enumerate(classes, 1):
        top = number * _ROW
        short = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
        yield _Words(left, top + _ROW / 2, short)
        yield _Box(start, top + 3, before * _LONGEST, _BAR, LESS)
        yield _Box(start, top + 4 + _BAR, after * _LONGEST, _BAR, MORE)
        numbers = f"{before:.3f} -> {after:.3f}"
        yield _Words(start + _LONGEST + 6, top + _ROW / 2, numbers)


def _head_grid(content: StillContent, left: int) -> Iterator[_Part]:
    """Draw which heads are edited, and under them all edits in words."""
    layers, heads = content.grid
    yield _Words(left, _ROW / 2, "edited heads: layers down, heads across")
    cell = min(_LARGEST_CELL, _LARGEST_GRID / max(layers, heads))
    first, top = left + _LAYER_NAMES, 2 * _ROW
    for head in _named(heads, cell, _LETTER * len(f"H{heads - 1}") + 4):
        yield _Words(first + head * cell, _ROW * 3 / 2, f"H{head}")
    for layer in _named(layers, cell, _FONT_SIZE):
        yield _Words(left, top + (layer + 0.5) * cell, f"L{layer}")
    for layer in range(layers):
        for head in range(heads):
            colour = MORE if (layer, head) in content.edited else _EMPTY
            yield _Box(
                first + head * cell, top + layer * cell, cell - 1, cell - 1, colour
            )
    top += layers * cell + _GAP
    for number, words in enumerate(content.edits):
        yield _Words(left, top + (number + 0.5) * _ROW, words)


def _named(count: int, cell: float, room: float) -> range:
    """Give the rows or columns whose names do not lie on each other."""
    return range(0, count, math.ceil(room / cell))


def _size(parts: Sequence[_Part]) -> tuple[int, int]:
    """Give room for all parts; how wide words are is a guess."""
    right, bottom = 0.0, 0.0
    for part in parts:
        if isinstance(part, _Picture):
            ends = (part.left + part.pixels.width, part.top + part.pixels.height)
        elif isinstance(part, _Words):
            ends = (part.left + _LETTER * len(part.words), part.middle + _ROW / 2)
        else:
            ends = (part.left + part.width, part.top + part.height)
        right, bottom = max(right, ends[0]), max(bottom, ends[1])
    return round(right) + 2, round(bottom)
