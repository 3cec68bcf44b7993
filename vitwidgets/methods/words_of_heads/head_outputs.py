"""What every head adds to the embeddings of images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from tqdm import tqdm

from vitwidgets.methods.embedding_decomposition import (
    decomposition_sites,
    image_embedding_decomposition,
)
from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.models.errors import UnsupportedModelError

if TYPE_CHECKING:
    from torch import Tensor

    from vitwidgets.methods.image_stream import Batch, Images
    from vitwidgets.models import HookedViT

_UNREAD = ("attn.hook_pattern", "attn.hook_v", "attn.hook_normed_v")
"""What is needed only to split what heads write over tokens."""
_BUDGET = 4 << 30
"""Bytes that the activations of one batch may take."""
_KEPT = 8 << 30
"""Bytes that the outputs of all images may take."""


@dataclass(frozen=True, eq=False)
class HeadOutputs:
    """What each head adds to each image's embedding.

    Attributes
    ----------
    written
        float32, ``(image, layer, head, d_embed)``, on the CPU: the head's term of
        `image_embedding_decomposition`. Biases are of no head.
    images
        Which of the images that were given these are, counted from 0.
    skipped
        Those that could not be read, with the reasons.
    """

    written: Tensor
    images: tuple[int, ...]
    skipped: tuple[str, ...]


def head_outputs(
    model: HookedViT, images: Images, *, batch_size: int = 8, progress: bool = True
) -> HeadOutputs:
    """Find what each head adds to the embedding of each image.

    Parameters
    ----------
    model
        An image tower of CLIP.
    images
        As `attention_statistics` takes them; gone through once.
    batch_size
        Images run at a time. The numbers do not depend on it but for rounding.
    progress
        Whether a progress bar is written to stderr.

    Returns
    -------
    HeadOutputs
        An image that can't be read is skipped, and named in a warning at the end.

    Raises
    ------
    UnsupportedModelError
        If the model gives no embedding, or one that is no sum over heads.
    ValueError
        If there is no readable image, images differ in size once prepared, or all that
        is written would take more than 8 GiB.
    TypeError
        If `images` is nothing that gives images.
    CacheBudgetError
        If a batch takes too much memory.
    """
    stream = ImageStream(model, images, None, batch_size)
    parts: list[Tensor] = []
    indices: list[int] = []
    with tqdm(
        total=stream.expected, unit="image", desc="heads", disable=not progress
    ) as bar:
        for batch in stream:
            parts.append(_written(model, batch))
            indices += batch.indices
            _require_room(parts[0], max(stream.expected or 0, stream.n_images))
            bar.update(len(batch.pixels))
    stream.warn_of_skipped()
    return HeadOutputs(torch.cat(parts), tuple(indices), tuple(stream.skipped))


@torch.no_grad()
def _written(model: HookedViT, batch: Batch) -> Tensor:
    weight = next(model.module.parameters())
    pixels = batch.pixels.to(weight.device)
    sites = [site for site in decomposition_sites(model) if not site.endswith(_UNREAD)]
    _, cache = model.run_with_cache(pixels, sites, budget=_BUDGET)
    found = image_embedding_decomposition(model, cache)
    if found.whole:
        raise UnsupportedModelError(
            f"the heads of {model.name} cannot be told apart: {'; '.join(found.whole)}"
        )
    return found.heads.float().cpu()


def _require_room(part: Tensor, n_images: int) -> None:
    each = part[0].numel() * part.element_size()
    if each * n_images > _KEPT:
        raise ValueError(
            f"what the heads write takes {each >> 10:,} KiB an image, and that of "
            f"{n_images:,} images more than {_KEPT >> 30} GiB: give at most "
            f"{_KEPT // each:,} images"
        )
