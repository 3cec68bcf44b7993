"""Where things truly are in the picture, and how well a lens's mask fits."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from vitwidgets.images import SampleScene, prepare_mask, read_image
from vitwidgets.labels import find_class
from vitwidgets.methods.lens_segmentation import (
    enlarged,
    lens_masks,
    mask_overlap,
    mask_picture,
)
from vitwidgets.widgets.exported_file import write_file

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from vitwidgets.images import ImageSource, PreparedImage, Preprocessing
    from vitwidgets.labels import Labels
    from vitwidgets.methods.lens_readings import LensReadings
    from vitwidgets.models import HookedViT
    from vitwidgets.widgets.lens.source import LensSource


class LensTruth:
    """Objects of one picture with their masks, and masks of classes to compare.

    Parameters
    ----------
    masks
        For each name where the object is: bool, ``(height, width)`` in pixels of the
        image as it was given.
    size
        Height and width of that image.
    prepared
        The image as the model takes it.
    model, labels
        The model, and the names of its classes.

    Attributes
    ----------
    classes
        For each object the classes that are called so.

    Raises
    ------
    ValueError
        If a mask has another size than the image.
    """

    def __init__(
        self,
        masks: Mapping[str, ArrayLike],
        size: tuple[int, int],
        prepared: PreparedImage,
        model: HookedViT,
        labels: Labels,
    ) -> None:
        preprocessing = cast("Preprocessing", model.preprocessing)
        self._grid = model.grid
        self._pixels = prepared.picture.shape
        self._masks: dict[str, NDArray[np.bool_]] = {}
        for name, mask in masks.items():
            array = np.asarray(mask).astype(bool)
            if array.shape != size:
                raise ValueError(
                    f"masks[{name!r:.100}] has shape {array.shape}, the image {size} "
                    f"(height, width): give one of the image's own size"
                )
            self._masks[name] = prepare_mask(array, preprocessing)
        self.classes = _fitting_classes(self._masks, labels)

    def for_labels(self, labels: Labels) -> LensTruth:
        """Give the same objects, to be compared with other classes."""
        other = copy(self)
        other.classes = _fitting_classes(self._masks, labels)
        return other

    def records(self) -> list[dict[str, Any]]:
        """Return each object as the page gets it."""
        return [
            {
                "name": name,
                "classes": self.classes[name],
                "mask": mask.astype(np.uint8),
            }
            for name, mask in self._masks.items()
        ]

    def names(self, classes: Sequence[int]) -> list[str]:
        """Return which objects a set of classes is compared with.

        Those whose names are among the classes' names; a single object whose name is
        no class's is compared with any set.
        """
        wanted = set(classes)
        found = [name for name, own in self.classes.items() if wanted & set(own)]
        if not found and len(self.classes) == 1:
            found = [name for name, own in self.classes.items() if not own]
        return found

    def patches(self, readings: LensReadings, classes: Sequence[int]) -> Tensor:
        """Tell which patches say one of the classes, bool, ``(layer, row, column)``."""
        return lens_masks(readings, classes, self._grid)[0].cpu()

    def overlap(
        self, readings: LensReadings, classes: Sequence[int]
    ) -> dict[str, NDArray[np.float32]]:
        """Compare the mask of a set of classes with its objects, layer by layer.

        Returns
        -------
        dict
            ``iou`` and ``accuracy``, ``(layer,)``; NaN where there is no such object.
        """
        names = self.names(classes)
        masks = self._enlarged(self.patches(readings, classes))
        if not names:
            nothing = np.full(len(masks), np.nan, np.float32)
            return {"iou": nothing, "accuracy": nothing}
        truth = np.logical_or.reduce([self._masks[name] for name in names])
        found = mask_overlap(masks, truth)
        return {"iou": found.iou.numpy(), "accuracy": found.accuracy.numpy()}

    def save(self, patches: NDArray[np.bool_], path: str | os.PathLike[str]) -> None:
        """Write a mask ``(row, column)`` as a PNG of the picture's size."""
        png = BytesIO()
        mask_picture(self._enlarged(torch.as_tensor(patches))).save(png, "PNG")
        write_file(path, png.getvalue())

    def _enlarged(self, patches: Tensor) -> Tensor:
        size = self._pixels[0], self._pixels[1]
        return enlarged(patches, self._grid.patch_size, size)


def lens_truth(
    masks: Mapping[str, ArrayLike] | None, image: ImageSource, source: LensSource
) -> LensTruth:
    """Give the truth of a picture: the masks that are given, or those of a scene.

    Parameters
    ----------
    masks
        For names bool arrays ``(height, width)`` in pixels of the image; None for what
        a bundled scene brings.
    image
        The picture.
    source
        What lenses read of it.

    Raises
    ------
    TypeError
        If `masks` is no dictionary.
    ValueError
        If a mask has another size than the image.
    """
    if masks is not None and not isinstance(masks, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"masks: a dictionary of names with a mask each is needed, not a "
            f"{type(masks).__name__}; for one object write masks={{'cat': mask}}"
        )
    if isinstance(image, SampleScene):
        given = image.masks if masks is None else masks
        width, height = image.image.size
    else:
        given = masks or {}
        width, height = read_image(image).size if given else (0, 0)
    prepared = source.run.prepared
    return LensTruth(given, (height, width), prepared, source.model, source.labels)


def _fitting_classes(names: Iterable[str], labels: Labels) -> dict[str, list[int]]:
    return {
        name: find_class(name, labels.descriptions) if name.strip() else []
        for name in names
    }
