"""The words that span what each head writes: what is shown of which images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.dashboards.head_words_board import HeadWordsBoard
from vitwidgets.dashboards.shown_images import ShownImages
from vitwidgets.methods import heads_by_text as measured
from vitwidgets.mice.clip.fresh_captioned_scenes import fresh_captioned_scenes
from vitwidgets.models.loading.bundled_clip import BUNDLED_CLIP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT

_SCENES = 400


def heads_by_text(
    model: HookedViT,
    images: Images | None = None,
    words: Sequence[str] | None = None,
    n: int = 5,
) -> HeadWordsBoard:
    """Show what each head of a CLIP writes, in words, and find who writes a word.

    All heads as a grid, coloured by how much of what each writes its words explain.
    Click a head to see its words, and the images in which it writes them most and
    least; type a word to see which heads write it most.

    Parameters
    ----------
    model
        An image tower of CLIP with its text side, such as ``emoji-clip``.
    images
        As `attention_statistics` takes them; several hundred. Those of a folder are
        read again when they are shown, others are kept. By default, for emoji-clip
        only, 400 fresh scenes such as it was taught on.
    words
        Words and phrases to look among; by default `everyday_words`.
    n
        Words for each head.

    Returns
    -------
    board
        A widget with the traits ``layer``, ``head`` and ``word``; ``board.found`` has
        the numbers.

    Raises
    ------
    ValueError, TypeError, UnsupportedModelError
        As `vitwidgets.methods.heads_by_text` says; and if no images are given for
        another model than emoji-clip.
    """
    if images is None:
        if model.name != BUNDLED_CLIP:
            raise ValueError(
                f"give images, as a folder or a list: without any, scenes are drawn "
                f"such as {BUNDLED_CLIP} was taught on, and this model is {model.name}"
            )
        images = fresh_captioned_scenes(_SCENES)
    shown = ShownImages(model, images)
    return HeadWordsBoard(measured(model, shown, words, n), shown)
