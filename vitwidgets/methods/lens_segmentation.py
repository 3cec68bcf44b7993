"""Patches that a lens reads as chosen classes, taken as a mask."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from vitwidgets.methods.lens_readings import LensReadings
    from vitwidgets.models import PatchGrid

_ON = 255


@dataclass(frozen=True)
class MaskOverlap:
    """How well masks fit the true one.

    Attributes
    ----------
    iou
        Intersection over union: pixels that are in both masks, of those in either
        (Jaccard, 1901). 0 to 1; NaN where both are empty.
    accuracy
        Share of all pixels that are alike in both, 0 to 1.
    """

    iou: Tensor
    accuracy: Tensor


def lens_masks(
    readings: LensReadings, classes: Iterable[int], grid: PatchGrid
) -> Tensor:
    """Tell at each layer which patches have one of some classes as their likeliest.

    Parameters
    ----------
    readings
        What `LogitLens.readings` gave, with ``top`` at least 1.
    classes
        Indices of classes; no class gives empty masks.
    grid
        Of the model, ``model.grid``.

    Returns
    -------
    Tensor
        bool, ``(batch, layer, row, column)``, the embedding first.

    Raises
    ------
    TypeError
        If a class is no integer.
    ValueError
        If an index is negative, the likeliest classes were not kept, or the readings
        are of another grid.
    """
    wanted = [operator.index(each) for each in classes]
    if any(each < 0 for each in wanted):
        raise ValueError(f"there is no class {min(wanted)}: they are counted from 0")
    likeliest = readings.top_classes
    if not likeliest.shape[-1]:
        raise ValueError(
            "these readings hold no likeliest class (top=0): read with top=1 or more"
        )
    if likeliest.shape[2] != grid.n_tokens:
        raise ValueError(
            f"these readings are of {likeliest.shape[2]} tokens, the grid has "
            f"{grid.n_tokens}: {grid.n_prefix_tokens} prefix tokens and {grid.rows} x "
            f"{grid.cols} patches"
        )
    patches = likeliest[:, :, grid.n_prefix_tokens :, 0]
    chosen = torch.tensor(wanted, dtype=patches.dtype, device=patches.device)
    marked = torch.isin(patches, chosen)
    return marked.reshape(*marked.shape[:2], grid.rows, grid.cols)


def enlarged(
    patches: Tensor, patch_size: tuple[int, int], image_size: tuple[int, int]
) -> Tensor:
    """Give each pixel of the model's input what its patch has.

    Parameters
    ----------
    patches
        bool, ``(..., row, column)``.
    patch_size, image_size
        Height and width in pixels of a patch, and of the model's input.

    Returns
    -------
    Tensor
        bool, ``(..., height, width)``, false in the rest of an image that is no whole
        number of patches and not padded to one.

    Raises
    ------
    ValueError
        If there are not as many patches as such an image has.
    """
    sides = zip(patches.shape[-2:], patch_size, image_size, strict=True)
    if any(n not in (size // p, -(-size // p)) for n, p, size in sides):
        rows, cols = patches.shape[-2:]
        raise ValueError(
            f"{rows} x {cols} patches of {patch_size[0]} x {patch_size[1]} pixels do "
            f"not make an image of {image_size[0]} x {image_size[1]}: give the patch "
            f"size and image size of the model that read them"
        )
    height, width = patch_size
    whole = patches.repeat_interleave(height, -2).repeat_interleave(width, -1)
    missing = (0, image_size[1] - whole.shape[-1], 0, image_size[0] - whole.shape[-2])
    # Where the model pads its images this is negative, and cuts the padding off.
    return functional.pad(whole, missing, value=False)


def mask_overlap(masks: Tensor, truth: Tensor | NDArray[np.bool_]) -> MaskOverlap:
    """Compare masks with the true one, pixel by pixel.

    Parameters
    ----------
    masks
        bool, ``(..., height, width)`` in pixels, as `enlarged` gives them.
    truth
        bool, ``(height, width)`` in pixels of the model's input
        (`images.prepare_mask` brings a picture's mask there), or with leading axes that
        go with those of `masks`.

    Returns
    -------
    MaskOverlap
        float32, of the leading axes: a number for each mask.

    Raises
    ------
    TypeError
        If either is not bool.
    ValueError
        If they are not of one size.
    """
    true = torch.as_tensor(truth, device=masks.device)
    _require_bool(masks)
    _require_bool(true)
    if true.shape[-2:] != masks.shape[-2:]:
        raise ValueError(
            f"the true mask has {_size(true)} pixels (height x width), the model's "
            f"input {_size(masks)}: bring it there as its picture, with "
            f"vitwidgets.images.prepare_mask(mask, model.preprocessing)"
        )
    pixels = (-2, -1)
    both = (masks & true).sum(pixels)
    either = (masks | true).sum(pixels)
    return MaskOverlap(
        iou=both / either,  # 0 / 0 is NaN
        accuracy=(masks == true).float().mean(pixels),
    )


def mask_picture(mask: Tensor | NDArray[np.bool_]) -> Image.Image:
    """Draw a mask in white on black, to be saved as a PNG without loss.

    Parameters
    ----------
    mask
        bool, ``(height, width)``: pixels, or patches for a picture with one pixel each.

    Raises
    ------
    TypeError
        If it is not bool.
    ValueError
        If there is not one mask.
    """
    one = torch.as_tensor(mask)
    _require_bool(one)
    if one.ndim != 2:  # noqa: PLR2004
        raise ValueError(
            f"masks of shape {tuple(one.shape)} are no picture: give one, (height, "
            f"width), as in masks[0, layer + 1]"
        )
    return Image.fromarray(one.to(torch.uint8).mul(_ON).cpu().numpy())


def _require_bool(mask: Tensor) -> None:
    if mask.dtype != torch.bool:
        raise TypeError(
            f"a mask is of {mask.dtype}, which may be shares, levels or labels: make "
            f"it bool, as in mask > 0"
        )


def _size(mask: Tensor) -> str:
    return " x ".join(map(str, mask.shape[-2:]))
