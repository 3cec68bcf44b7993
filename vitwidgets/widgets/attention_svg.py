"""The still of the attention head tour as SVG: sharp at any size, text as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from vitwidgets.widgets.attention_still import GAP, PICTURE_SIDE, cell_size, heat
from vitwidgets.widgets.svg_parts import embedded_image, opening, plain_words, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_LABEL = 14
_LABEL_WIDTH = 30
_CAPTION = 24
_LETTER = 6.5


def attention_svg(
    picture: NDArray[np.uint8],
    patches: NDArray[np.float32],
    names: Sequence[str],
    caption: str,
) -> str:
    """Draw what the model saw beside all heads, layers down and heads across.

    Parameters
    ----------
    picture
        uint8, shape ``(height, width, 3)``.
    patches
        Attention to (or from) each patch, shape ``(layer, head, row, column)``. Each
        head is drawn against its own largest weight.
    names
        Of the heads of a layer.
    caption
        Stands under the pictures and is the drawing's title.
    """
    height, width = picture.shape[:2]
    factor = PICTURE_SIDE / max(height, width)
    seen_size = round(width * factor), round(height * factor)
    layers, heads, rows, columns = patches.shape
    step_y, step_x = (side + GAP for side in cell_size(rows, columns))
    left = seen_size[0] + 2 * GAP + _LABEL_WIDTH
    full_height = _LABEL + max(seen_size[1], layers * step_y) + _CAPTION
    words = plain_words(caption)
    # A guess, since the font is the reader's: room for letters of average width.
    full_width = max(left + heads * step_x, round(len(caption) * _LETTER))
    parts = [
        opening(full_width, full_height, words),
        embedded_image(Image.fromarray(picture), "picture", (0, _LABEL), seen_size),
    ]
    for layer in range(layers):
        y = _LABEL + layer * step_y
        parts.append(text(left - GAP, y + step_y / 2, f"L{layer}", "end"))
    for head, name in enumerate(names):
        x = left + head * step_x + (step_x - GAP) / 2
        parts.append(text(x, _LABEL - GAP, name, "middle"))
    parts += [
        embedded_image(
            heat(patches[layer, head]),
            f"L{layer}.{names[head]}",
            (left + head * step_x, _LABEL + layer * step_y),
            (step_x - GAP, step_y - GAP),
        )
        for layer in range(layers)
        for head in range(heads)
    ]
    parts += [text(0, full_height - 8, words, "start"), "</svg>\n"]
    return "\n".join(parts)
