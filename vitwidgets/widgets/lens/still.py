"""A still of the emoji logit lens, as a picture and as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from vitwidgets.labels.sprites import draw_emoji
from vitwidgets.widgets.svg_parts import embedded_image, opening, plain_words, text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vitwidgets.models import PatchGrid
    from vitwidgets.widgets.lens.cells import Cell

_CELL = 48
_SMALLEST_CELL = 24
_LARGEST_SIDE = 960
_CAPTION = 24
_LETTER = 6.5
_PALENESS = 0.55
"""Share of white in a picture under emoji, which would be lost in its colours."""


def lens_still(
    picture: NDArray[np.uint8], grid: PatchGrid, cells: list[Cell]
) -> Image.Image:
    """Draw the picture under a grid of emoji or colours.

    Parameters
    ----------
    picture
        uint8, shape ``(height, width, 3)``.
    grid
        Where patches lie.
    cells
        One for each patch.
    """
    side = _side(grid)
    size = (grid.cols * side, grid.rows * side)
    still = Image.fromarray(picture).resize(size, Image.Resampling.NEAREST)
    if any(cell.emoji and cell.veil is None for cell in cells):
        still = Image.blend(still, Image.new("RGB", size, "white"), _PALENESS)
    veil = Image.new("RGBA", size)
    draw = ImageDraw.Draw(veil)
    for cell in cells:
        left, top = cell.column * side, cell.row * side
        if cell.veil is not None:
            box = (left, top, left + side - 1, top + side - 1)
            fill = (*cell.veil.colour, round(255 * cell.veil.opacity))
            draw.rectangle(box, fill=fill)
        if cell.emoji:
            gap = side * (1 - cell.size) / 2
            box = (left + gap, top + gap, left + side - gap, top + side - gap)
            draw_emoji(veil, cell.emoji, box, cell.opacity)
    return Image.alpha_composite(still.convert("RGBA"), veil).convert("RGB")


def lens_svg(
    picture: NDArray[np.uint8], grid: PatchGrid, cells: list[Cell], caption: str
) -> str:
    """Draw what the still shows; emoji are text, and each patch has its words.

    Parameters
    ----------
    picture, grid, cells
        As for the still.
    caption
        Stands under the picture and is the drawing's title.
    """
    side = _side(grid)
    width, height = grid.cols * side, grid.rows * side
    words = plain_words(caption)
    # A guess, since the font is the reader's: room for letters of average width.
    full_width = max(width, round(len(caption) * _LETTER))
    parts = [
        opening(full_width, height + _CAPTION, words),
        embedded_image(Image.fromarray(picture), "picture", (0, 0), (width, height)),
        *(_cell(cell, side) for cell in cells),
        text(0, height + _CAPTION - 8, words, "start"),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _cell(cell: Cell, side: int) -> str:
    left, top = cell.column * side, cell.row * side
    fill, opacity = "none", 0.0
    if cell.veil is not None:
        fill = "#{:02x}{:02x}{:02x}".format(*cell.veil.colour)
        opacity = cell.veil.opacity
    shape = (
        f'<rect x="{left}" y="{top}" width="{side}" height="{side}" fill="{fill}" '
        f'fill-opacity="{opacity:.2f}" pointer-events="all"/>'
    )
    emoji = ""
    if cell.emoji:
        emoji = (
            f'<text x="{left + side / 2:g}" y="{top + side / 2:g}" '
            f'font-size="{0.75 * side * cell.size:.1f}" opacity="{cell.opacity:.2f}" '
            f'text-anchor="middle" dominant-baseline="central">{cell.emoji}</text>'
        )
    return f"<g><title>{plain_words(cell.title)}</title>{shape}{emoji}</g>"


def _side(grid: PatchGrid) -> int:
    """Return the side of a patch's cell, in pixels."""
    return max(_SMALLEST_CELL, min(_CELL, _LARGEST_SIDE // max(grid.rows, grid.cols)))
