"""Images of any make that a chart goes through and shows some of."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from PIL import Image

from vitwidgets.images import PreparedImage, prepare_image
from vitwidgets.methods.image_stream import each_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitwidgets.images import Preprocessing
    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT

_SIDE = 96
"""Most pixels of a small picture's side."""
_RANK_OF_BATCH = 4


class ShownImages(Sequence[Any]):
    """Images, in order, and what the model saw of each.

    A folder's are read when they are needed; all others are kept.

    Parameters
    ----------
    model
        The model that they are for.
    images
        As `attention_statistics` takes them.

    Raises
    ------
    TypeError
        If `images` is nothing that gives images.
    """

    def __init__(self, model: HookedViT, images: Images) -> None:
        self._preprocessing = model.preprocessing
        self._items: list[Any] = []
        for item in each_image(images):
            image = item
            if isinstance(item, (tuple, list)):  # (image, label), as data sets give
                image = cast("Sequence[Any]", item)[0]
            if isinstance(image, torch.Tensor) and image.ndim == _RANK_OF_BATCH:
                self._items.extend(image.unbind())
            else:
                self._items.append(image)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def source(self, index: int) -> str:
        """Return a small picture of an image, as an address that holds it all."""
        small = Image.fromarray(self._picture(index))
        small.thumbnail((_SIDE, _SIDE))
        file = io.BytesIO()
        small.save(file, format="PNG")
        return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"

    def _picture(self, index: int) -> NDArray[np.uint8]:
        item = self._items[index]
        if isinstance(item, PreparedImage):
            return item.picture
        if isinstance(item, torch.Tensor):
            return _seen(item, self._preprocessing)
        # The method that read them all would have refused a model without it.
        return prepare_image(item, cast("Preprocessing", self._preprocessing)).picture


def _seen(
    pixels: torch.Tensor, preprocessing: Preprocessing | None
) -> NDArray[np.uint8]:
    """Undo the normalisation of ``(channel, height, width)``."""
    levels = pixels.detach().cpu().float().numpy().transpose(1, 2, 0)
    if preprocessing is None:  # Nobody knows what it was: from darkest to brightest.
        low, high = levels.min(), levels.max()
        levels = (levels - low) / (high - low or 1)
    else:
        levels = levels * np.array(preprocessing.std) + np.array(preprocessing.mean)
    return np.rint(255 * levels).clip(0, 255).astype(np.uint8)
