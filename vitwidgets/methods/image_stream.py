"""Images from wherever they come, prepared for a model a batch at a time."""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union, cast

import numpy as np
import torch
from PIL import Image

from vitwidgets.images import (
    ImageError,
    ImageSource,
    PreparedImage,
    SampleScene,
    prepare_image,
    prepare_mask,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitwidgets.images import Preprocessing
    from vitwidgets.models import HookedViT

Images: TypeAlias = ImageSource | PreparedImage | Iterable[Any]
"""One image, a folder of them, a prepared batch ``(image, channel, height, width)``, or
anything that gives images, prepared tensors or tuples ``(image, ...)`` one by one."""

Mask: TypeAlias = Union["NDArray[np.bool_]", torch.Tensor]

ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm"),
    *(".jp2", ".avif"),
)
"""Endings of the files that are taken from a folder."""

_ONE = (Image.Image, bytes, bytearray, memoryview, SampleScene, PreparedImage)
_RANK_OF_BATCH = 4
_NAMED_AT_MOST = 10


@dataclass(frozen=True, eq=False)
class Batch:
    """Some images of one size.

    Attributes
    ----------
    pixels
        ``(image, channel, height, width)`` on the CPU, prepared.
    indices
        Which of all images they are, those counted that could not be read.
    masks
        For each image its object's pixels, bool ``(height, width)``, or None.
    """

    pixels: torch.Tensor
    indices: list[int]
    masks: list[torch.Tensor | None]


class ImageStream:
    """Reads images as they are asked for; gone through once.

    An image that can't be read is skipped and noted.

    Parameters
    ----------
    model
        The model that they are for.
    images
        The images.
    masks
        For each image the pixels of its object, or None.
    batch_size
        Most images in a batch.

    Attributes
    ----------
    skipped
        What could not be read, with the reasons.
    n_images
        How many were read.
    """

    def __init__(
        self,
        model: HookedViT,
        images: Images,
        masks: Iterable[Mask | None] | None,
        batch_size: int,
    ) -> None:
        if isinstance(batch_size, bool) or batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size!r}")
        self.skipped: list[str] = []
        self.n_images = 0
        self._preprocessing = model.preprocessing
        self._dtype = next(model.module.parameters()).dtype
        self._items = each_image(images)
        self._masks = masks
        self._batch_size = batch_size
        self._size: torch.Size | None = None

    @property
    def expected(self) -> int | None:
        """How many images are expected; None where nobody knows."""
        return len(self._items) if isinstance(self._items, Sized) else None

    def __iter__(self) -> Iterator[Batch]:
        """Give the batches.

        Raises
        ------
        ValueError
            If there is no image that can be read, images are of different sizes, or
            there are not as many masks as images.
        """
        readable = self._readable()
        while chunk := list(itertools.islice(readable, self._batch_size)):
            self.n_images += len(chunk)
            yield Batch(
                torch.stack([pixels for pixels, _, _ in chunk]),
                [index for _, index, _ in chunk],
                [mask for _, _, mask in chunk],
            )
        if not self.n_images:
            raise ValueError(
                f"none of the {len(self.skipped)} images can be read; the first: "
                f"{self.skipped[0]}"
                if self.skipped
                else "there is no image: the folder or data set is empty"
            )

    def warn_of_skipped(self) -> None:
        """Say once which images could not be read, if any."""
        if not self.skipped:
            return
        named = "\n".join(self.skipped[:_NAMED_AT_MOST])
        rest = len(self.skipped) - _NAMED_AT_MOST
        warnings.warn(
            f"{len(self.skipped)} of {len(self.skipped) + self.n_images} images could "
            f"not be read and were skipped:\n{named}"
            + (f"\nand {rest} more" if rest > 0 else ""),
            stacklevel=3,
        )

    def _readable(self) -> Iterator[tuple[torch.Tensor, int, torch.Tensor | None]]:
        for index, (item, mask) in enumerate(self._with_masks()):
            try:
                pixels, own_mask = self._prepared(item)
            except ImageError as error:
                self.skipped.append(f"image {index}: {error}")
                continue
            self._require_size(index, pixels)
            if mask is not None:
                made_of_picture = not isinstance(item, torch.Tensor)
                own_mask = self._fitting(index, mask, pixels, made_of_picture)
            yield pixels, index, own_mask

    def _with_masks(self) -> Iterator[tuple[Any, Mask | None]]:
        items = _unpacked(self._items)
        if self._masks is None:
            yield from ((item, None) for item in items)
            return
        missing = object()
        for item, mask in itertools.zip_longest(items, self._masks, fillvalue=missing):
            if item is missing or mask is missing:
                fewer = "images than masks" if item is missing else "masks than images"
                raise ValueError(
                    f"there are fewer {fewer}: give one mask an image, None where "
                    f"there is no object"
                )
            yield item, cast("Mask | None", mask)

    def _prepared(self, item: Any) -> tuple[torch.Tensor, torch.Tensor | None]:
        if isinstance(item, torch.Tensor):
            return item.detach().cpu(), None
        if isinstance(item, PreparedImage):
            return item.pixels[0].to(self._dtype), None
        preprocessing = self._required_preprocessing()
        pixels = prepare_image(item, preprocessing).pixels[0].to(self._dtype)
        if isinstance(item, SampleScene):
            mask = np.logical_or.reduce(list(item.masks.values()))
            return pixels, torch.as_tensor(prepare_mask(mask, preprocessing))
        return pixels, None

    def _fitting(
        self, index: int, mask: Mask, pixels: torch.Tensor, made_of_picture: bool
    ) -> torch.Tensor:
        array = np.asarray(mask).astype(bool)
        if array.ndim != 2:  # noqa: PLR2004
            raise ValueError(
                f"the mask of image {index} has shape {array.shape}; give (height, "
                f"width), true where the object is"
            )
        if made_of_picture:
            preprocessing = self._required_preprocessing()
            return torch.as_tensor(prepare_mask(array, preprocessing))
        if array.shape != pixels.shape[-2:]:
            raise ValueError(
                f"the mask of image {index} has {array.shape[0]} x {array.shape[1]} "
                f"pixels, the image {pixels.shape[-2]} x {pixels.shape[-1]}"
            )
        return torch.as_tensor(array)

    def _required_preprocessing(self) -> Preprocessing:
        if self._preprocessing is None:
            raise ValueError(
                "this model has no preprocessing, so pictures can't be prepared for "
                "it: give HookedViT(module, preprocessing=...), or prepared tensors"
            )
        return self._preprocessing

    def _require_size(self, index: int, pixels: torch.Tensor) -> None:
        self._size = self._size or pixels.shape
        if pixels.shape != self._size:
            raise ValueError(
                f"image {index} has shape {tuple(pixels.shape)}, those before it "
                f"{tuple(self._size)}: statistics are for one grid of patches, so all "
                f"images have to be of one size"
            )


def each_image(images: Any) -> Iterable[Any]:
    """Give what is to be gone through, of one image, a folder or several images.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if isinstance(images, (str, os.PathLike)):
        path = Path(cast("str | os.PathLike[str]", images))
        return files_in(path) if path.is_dir() else [images]
    if isinstance(images, (torch.Tensor, np.ndarray)):
        batch = cast("torch.Tensor", images)
        return batch if batch.ndim == _RANK_OF_BATCH else [batch]
    if isinstance(images, _ONE):
        return [images]
    if hasattr(images, "read"):  # a file, which would be iterated line by line
        return [images]
    if isinstance(images, Iterable):
        return cast("Iterable[Any]", images)
    if hasattr(images, "__getitem__") and hasattr(images, "__len__"):
        return _Sequenced(images)
    raise TypeError(
        f"images are one image, a folder, a batch of prepared tensors or something "
        f"that gives images one by one; got {type(images).__name__}"
    )


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder, and of those in it, that can be pictures."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in ENDINGS and path.is_file()
    )


class _Sequenced:
    """A data set that only knows its length and items, as PyTorch's do."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def __len__(self) -> int:
        return len(self._dataset)

    def __iter__(self) -> Iterator[Any]:
        return (self._dataset[index] for index in range(len(self)))


def _unpacked(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        image = item
        if isinstance(item, (tuple, list)):  # (image, label), as data sets give them
            image = cast("list[Any]", item)[0]
        if isinstance(image, torch.Tensor) and image.ndim == _RANK_OF_BATCH:
            yield from image
        else:
            yield image
