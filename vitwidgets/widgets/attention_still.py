"""A still of the attention head tour, for readers who have no kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURE_SIDE = 320
_THUMBNAIL = 48
GAP = 4
_PAPER = "white"


def attention_still(
    picture: NDArray[np.uint8],
    patches: NDArray[np.float32],
) -> Image.Image:
    """Draw what the model saw beside all heads, layers down and heads across.

    Parameters
    ----------
    picture
        uint8, shape ``(height, width, 3)``.
    patches
        Attention to (or from) each patch, shape ``(layer, head, row, column)``. Each
        head is drawn against its own largest weight.
    """
    seen = ImageOps.contain(
        Image.fromarray(picture),
        (PICTURE_SIDE, PICTURE_SIDE),
        Image.Resampling.NEAREST,
    )
    layers, heads, rows, columns = patches.shape
    step_y, step_x = cell_size(rows, columns)
    width = seen.width + GAP + heads * (step_x + GAP)
    height = max(seen.height, layers * (step_y + GAP) - GAP)
    still = Image.new("RGB", (width, height), _PAPER)
    still.paste(seen, (0, 0))
    for layer in range(layers):
        for head in range(heads):
            thumbnail = heat(patches[layer, head]).resize(
                (step_x, step_y),
                Image.Resampling.NEAREST,
            )
            left = seen.width + 2 * GAP + head * (step_x + GAP)
            still.paste(thumbnail, (left, layer * (step_y + GAP)))
    return still


def cell_size(rows: int, columns: int) -> tuple[int, int]:
    """Return height and width of one head's thumbnail, in pixels."""
    longest = max(rows, columns)
    return max(1, _THUMBNAIL * rows // longest), max(1, _THUMBNAIL * columns // longest)


def heat(weights: NDArray[np.float32]) -> Image.Image:
    """Colour one head's weights ``(row, column)``, a pixel a patch."""
    top = float(weights.max()) or 1.0
    grey = Image.fromarray(np.rint(255 * weights / top).astype(np.uint8))
    return ImageOps.colorize(grey, black="#000004", mid="#b73779", white="#fcfdbf")
