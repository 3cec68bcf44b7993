"""Emoji drawn into pictures, from the shipped sheet and no font."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image

from vitwidgets.labels.sprites.sheet import shipped_sheet


def draw_emoji(
    image: Image.Image,
    emoji: str,
    box: tuple[float, float, float, float],
    opacity: float = 1.0,
) -> None:
    """Draw an emoji into a picture, as large as fits in the middle of a box.

    Parameters
    ----------
    image
        Mode ``RGB`` or ``RGBA``; changed in place. What lies outside is cut off.
    emoji
        One without a drawing shows as a small grey square.
    box
        Left, top, right and bottom, in pixels.
    opacity
        From 0, unseen, to 1.

    Raises
    ------
    ValueError
        For a picture of another mode or an opacity outside 0 to 1.
    """
    if image.mode not in ("RGB", "RGBA"):
        raise ValueError(
            f"emoji are drawn into pictures of mode RGB or RGBA, not {image.mode}; "
            'convert it first: image.convert("RGB").'
        )
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must be between 0 and 1, not {opacity}.")
    left, top, right, bottom = box
    size = round(min(right - left, bottom - top))
    if size < 1:
        return
    x, y = round((left + right - size) / 2), round((top + bottom - size) / 2)
    if not (-size < x < image.width and -size < y < image.height):
        return
    drawing = _faded(_at_size(emoji, size), opacity)
    if image.mode == "RGB":
        image.paste(drawing, (x, y), drawing)
    else:
        corner, hidden = (max(x, 0), max(y, 0)), (max(-x, 0), max(-y, 0))
        image.alpha_composite(drawing, corner, hidden)


@lru_cache(maxsize=1024)
def _at_size(emoji: str, size: int) -> Image.Image:
    drawing = shipped_sheet().drawing(emoji)
    return drawing.resize((size, size), Image.Resampling.LANCZOS)


def _faded(drawing: Image.Image, opacity: float) -> Image.Image:
    if opacity == 1:
        return drawing
    faded = drawing.copy()
    alpha = drawing.getchannel("A")
    faded.putalpha(alpha.point([round(opacity * level) for level in range(256)]))
    return faded
