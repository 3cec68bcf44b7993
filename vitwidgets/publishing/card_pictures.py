"""What a site's index shows of a view: two pictures side by side, without words."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from vitwidgets.widgets import (
    AttentionHeadTour,
    ClickToPatch,
    EmojiLogitLens,
    LogitAttribution,
    WordLens,
)
from vitwidgets.widgets.attention_still import GAP, PICTURE_SIDE
from vitwidgets.widgets.still_colours import LESS, MORE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitwidgets.widgets import Explorer

_SIDE = 320
_BETWEEN = 16
_MOST_BARS = 10
_CLEAR = (0, 0, 0, 0)

_ABOUT: dict[type[Explorer], str] = {
    AttentionHeadTour: "Where does each head look? Point at a patch, and all answer.",
    EmojiLogitLens: "What does each patch say, layer by layer?",
    WordLens: "Which of your own words does each patch say, layer by layer?",
    LogitAttribution: "Who made it say so? The answer as a sum that can be opened.",
    ClickToPatch: "What if a part came from the other image? Click, and see.",
}


def about(view: Explorer) -> str:
    """Say what a view is good for, in a sentence; nothing for one of another kind."""
    for kind, words in _ABOUT.items():
        if isinstance(view, kind):
            return words
    return ""


def card_picture(view: Explorer) -> bytes:
    """Draw what the model saw, and beside it what the view makes of it, as PNG.

    What is neither is transparent, so that it looks well on any paper.
    """
    card = Image.new("RGBA", (2 * _SIDE + _BETWEEN, _SIDE), _CLEAR)
    tiles = [_picture(view.picture), _beside(view)]  # type: ignore[attr-defined]
    for number, tile in enumerate(tiles):
        left = number * (_SIDE + _BETWEEN)
        card.paste(tile, (left + (_SIDE - tile.width) // 2, (_SIDE - tile.height) // 2))
    png = BytesIO()
    card.save(png, "PNG")
    return png.getvalue()


def _beside(view: Explorer) -> Image.Image:
    if isinstance(view, ClickToPatch):
        return _picture(next(iter(view.runs.donors.values())).picture)
    if isinstance(view, LogitAttribution):
        return _bars(list(view.results.values()))
    still = view.still()
    if isinstance(view, AttentionHeadTour):
        heads = still.width - min(PICTURE_SIDE, still.width) - 2 * GAP
        heads_alone = still.crop((still.width - heads, 0, still.width, still.height))
        return _fitted(_on_no_paper(heads_alone))
    return _fitted(still)


def _picture(pixels: NDArray[np.uint8]) -> Image.Image:
    return _fitted(Image.fromarray(pixels))


def _on_no_paper(drawn: Image.Image) -> Image.Image:
    """Give a drawing with its white paper transparent."""
    whole = drawn.convert("RGB")
    paper = np.asarray(whole).min(-1) == 255  # noqa: PLR2004 (white)
    whole.putalpha(Image.fromarray(np.where(paper, 0, 255).astype(np.uint8)))
    return whole


def _fitted(drawn: Image.Image) -> Image.Image:
    return ImageOps.contain(drawn, (_SIDE, _SIDE), Image.Resampling.NEAREST)


def _bars(values: list[float]) -> Image.Image:
    """Draw the largest values as bars to the left and right of the middle."""
    tile = Image.new("RGBA", (_SIDE, _SIDE), _CLEAR)
    draw = ImageDraw.Draw(tile)
    largest = sorted(values, key=abs, reverse=True)[:_MOST_BARS]
    most = abs(largest[0]) or 1.0
    step = _SIDE / _MOST_BARS
    for number, value in enumerate(largest):
        end = _SIDE / 2 * (1 + value / most)
        left, right = sorted((_SIDE / 2, end))
        top = number * step
        box = (left, top + step / 6, max(right, left + 1), top + step * 5 / 6)
        draw.rectangle(box, fill=MORE if value > 0 else LESS)
    return tile
