"""Images to fit a tuned lens to, in random order again and again, and some kept out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from vitwidgets.methods.image_stream import ImageStream, files_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT

_KEPT_OUT = 10
"""One of so many images is kept out where no others are given."""
_RANK_OF_BATCH = 4


class LensImages:
    """Images that translators are fitted to, and images that they never see.

    Images that can be picked one by one (a folder, a batch, a sequence or a data set)
    come in a new random order each time round; others as they come.

    Parameters
    ----------
    images
        The images.
    held_out
        Those to measure on; None for a tenth of the images, chosen at random.
    generator
        Source of every random choice.

    Attributes
    ----------
    held_out
        Images that are kept out.

    Raises
    ------
    ValueError
        If there are too few images, or a tenth of them cannot be picked.
    """

    def __init__(
        self, images: Images, held_out: Images | None, generator: torch.Generator
    ) -> None:
        self._images = images
        self._items = _pickable(images)
        self._generator = generator
        self._first: ImageStream | None = None
        self.held_out: Images
        if held_out is not None:
            self.held_out = held_out
            self._chosen = range(0 if self._items is None else len(self._items))
            return
        if self._items is None:
            raise ValueError(
                "these images can't be picked one by one, so none of them can be kept "
                "out to measure on: give others, held_out=IMAGES"
            )
        n_items = len(self._items)
        if n_items < 2:  # noqa: PLR2004 (one to fit to, one to measure on)
            raise ValueError(
                f"a tenth of the images is kept out to measure on, and there are only "
                f"{n_items}: give more of them, or others with held_out=IMAGES"
            )
        order = self._shuffled(range(n_items))
        n_kept_out = max(1, n_items // _KEPT_OUT)
        self.held_out = [self._items[index] for index in order[:n_kept_out]]
        self._chosen = order[n_kept_out:]

    @property
    def n_seen(self) -> int:
        """How many different images were given."""
        return self._first.n_images if self._first else 0

    def batches(self, model: HookedViT, batch_size: int) -> Iterator[Tensor]:
        """Give batches, ``(image, channel, height, width)``, without end.

        Raises
        ------
        ValueError
            If no image can be read, images are of different sizes, or there are no more
            of images that can be gone through only once.
        """
        while True:
            stream = ImageStream(model, self._round(), None, batch_size)
            self._first = self._first or stream
            for batch in stream:
                yield batch.pixels

    def warn_of_skipped(self) -> None:
        """Say once which images could not be read, if any."""
        if self._first:
            self._first.warn_of_skipped()

    def _round(self) -> Iterable[Any]:
        items = self._items
        if items is not None:
            return (items[index] for index in self._shuffled(self._chosen))
        if self._first is not None and isinstance(self._images, Iterator):
            raise ValueError(
                f"there are no more images after {self.n_seen}, and they can be gone "
                f"through only once: give fewer steps, or a folder, list or data set"
            )
        return cast("Iterable[Any]", self._images)

    def _shuffled(self, indices: Sequence[int]) -> list[int]:
        order = torch.randperm(len(indices), generator=self._generator)
        return [indices[place] for place in order.numpy()]


def _pickable(images: Any) -> Sequence[Any] | None:
    """Give what has a length and items by number; None for anything else."""
    if isinstance(images, (str, os.PathLike)):
        folder = Path(cast("str | os.PathLike[str]", images))
        return files_in(folder) if folder.is_dir() else None
    if isinstance(images, (torch.Tensor, np.ndarray)):
        batch = cast("Tensor", images)
        return cast("Sequence[Any]", batch) if batch.ndim == _RANK_OF_BATCH else None
    if isinstance(images, (bytes, bytearray, memoryview, Mapping)):
        return None
    if isinstance(images, Sized) and hasattr(images, "__getitem__"):
        return cast("Sequence[Any]", images)
    return None
