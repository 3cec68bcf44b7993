"""The shipped sprite sheet: a square drawing for every emoji of the label tables.

The picture is ``noto-emoji.webp``; ``noto-emoji.json`` says which emoji are on it, in
reading order, how many a row and how large. ``python -m vitwidgets.labels.sprites``
writes both.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

PICTURE = "noto-emoji.webp"
INDEX = "noto-emoji.json"

_SIXTEENTH = 16


@dataclass(frozen=True, eq=False)
class EmojiSheet:
    """Square drawings side by side, row by row.

    Attributes
    ----------
    picture
        The whole sheet, in mode ``RGBA``.
    places
        Where each emoji's drawing is, counted in reading order; the keys are
        `plain`.
    columns
        Drawings in a row.
    size
        Side of a drawing, in pixels.
    """

    picture: Image.Image
    places: Mapping[str, int]
    columns: int
    size: int

    def __contains__(self, emoji: object) -> bool:
        return isinstance(emoji, str) and plain(emoji) in self.places

    def drawing(self, emoji: str) -> Image.Image:
        """Return an emoji's drawing, or the neutral mark of one that has none.

        Returns
        -------
        Image.Image
            Mode ``RGBA``, ``size`` x ``size`` pixels.
        """
        place = self.places.get(plain(emoji))
        return (
            self.neutral_mark if place is None else self.picture.crop(self.box(place))
        )

    def box(self, place: int) -> tuple[int, int, int, int]:
        """Return the left, top, right and bottom of a place, in pixels."""
        row, column = divmod(place, self.columns)
        left, top = column * self.size, row * self.size
        return (left, top, left + self.size, top + self.size)

    @cached_property
    def neutral_mark(self) -> Image.Image:
        """A small grey square, in mode ``RGBA``: seen on light and on dark ground."""
        mark = Image.new("RGBA", (self.size, self.size))
        near, far = 5 * self.size // _SIXTEENTH, 11 * self.size // _SIXTEENTH
        ImageDraw.Draw(mark).rounded_rectangle(
            (near, near, far, far),
            radius=self.size // _SIXTEENTH,
            fill=(235, 235, 235, 255),
            outline=(110, 110, 110, 255),
            width=self.size // _SIXTEENTH,
        )
        return mark


@cache
def shipped_sheet() -> EmojiSheet:
    """Return the sheet that ships with the package; it is read at the first call."""
    index: dict[str, Any] = json.loads((folder() / INDEX).read_text("utf-8"))
    picture = Image.open(io.BytesIO((folder() / PICTURE).read_bytes())).convert("RGBA")
    places = {plain(emoji): place for place, emoji in enumerate(index["emoji"])}
    return EmojiSheet(picture, places, index["columns"], index["size"])


def plain(emoji: str) -> str:
    """Return an emoji without the mark that asks for colour, which comes and goes."""
    return emoji.replace("\N{VARIATION SELECTOR-16}", "")


def folder() -> Traversable:
    """Return where the sheet, its index and its licence lie."""
    return resources.files("vitwidgets.labels.sprites")
