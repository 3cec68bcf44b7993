"""The check of what a model is run on, be it images or texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.models.inputs.image_check import ImageCheck
from vitwidgets.models.inputs.text_check import TextCheck

if TYPE_CHECKING:
    from vitwidgets.models.pieces.parts import Layout


def input_check(layout: Layout) -> ImageCheck | TextCheck:
    """Give the check of a model's input."""
    if layout.config.n_words:
        return TextCheck(layout.patch_embed, layout.config)
    return ImageCheck(layout.module, layout.config, layout.pads)
