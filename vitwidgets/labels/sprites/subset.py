"""A small sheet of just the emoji that a page lacks."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from PIL import Image

from vitwidgets.labels.sprites.sheet import shipped_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST = 2_000


@dataclass(frozen=True)
class EmojiSprites:
    """Some emoji as one picture.

    Attributes
    ----------
    emoji
        What is drawn, in reading order, each once.
    columns
        Drawings in a row.
    size
        Side of a drawing, in pixels.
    webp
        The picture, a WebP file with transparency.
    """

    emoji: tuple[str, ...]
    columns: int
    size: int
    webp: bytes


def emoji_sprites(emoji: Sequence[str]) -> EmojiSprites:
    """Cut the drawings of some emoji out of the shipped sheet.

    Parameters
    ----------
    emoji
        At least one. One that has no drawing gets the neutral mark.

    Raises
    ------
    ValueError
        If there is none, or more than 2,000.
    """
    wanted = tuple(dict.fromkeys(emoji))
    if not 0 < len(wanted) <= _MOST:
        raise ValueError(
            f"{len(wanted)} emoji were asked for; name at least 1 and at most "
            f"{_MOST:,}."
        )
    sheet = shipped_sheet()
    columns = math.ceil(math.sqrt(len(wanted)))
    rows = math.ceil(len(wanted) / columns)
    picture = Image.new("RGBA", (columns * sheet.size, rows * sheet.size))
    for place, each in enumerate(wanted):
        row, column = divmod(place, columns)
        picture.paste(sheet.drawing(each), (column * sheet.size, row * sheet.size))
    return EmojiSprites(wanted, columns, sheet.size, encoded(picture, quality=80))


def sprites_answer(
    emoji: object,
) -> tuple[dict[str, object], dict[str, NDArray[np.uint8]]]:
    """Return result and arrays of the answer to a page's request for sprites.

    Parameters
    ----------
    emoji
        What the page sent: a list of strings.

    Returns
    -------
    result
        ``emoji`` in the order of the sheet, ``columns`` in a row, ``size`` in pixels.
    arrays
        ``sheet``: the bytes of a WebP file, uint8 of shape ``(bytes,)``.

    Raises
    ------
    ValueError
        If it is no list of 1 to 2,000 strings.
    """
    sprites = emoji_sprites(_checked(emoji))
    result: dict[str, object] = {
        "emoji": list(sprites.emoji),
        "columns": sprites.columns,
        "size": sprites.size,
    }
    return result, {"sheet": np.frombuffer(sprites.webp, np.uint8)}


def encoded(picture: Image.Image, *, quality: int, effort: int = 4) -> bytes:
    """Write an RGBA picture of drawings as WebP.

    Edges stay smooth with few levels of transparency, which otherwise take half of the
    file.
    """
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=quality, alpha_quality=40, method=effort)
    return file.getvalue()


def _checked(emoji: object) -> list[str]:
    items = cast("list[object]", emoji) if isinstance(emoji, list) else []
    strings = [item for item in items if isinstance(item, str)]
    if not isinstance(emoji, list) or len(strings) < len(items):
        raise ValueError(f"emoji must be a list of strings, not {emoji!r:.100}.")
    return strings
