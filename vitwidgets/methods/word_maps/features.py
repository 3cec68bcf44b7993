"""The pooled features of pictures, of one model or of two side by side."""

from __future__ import annotations

import itertools
from collections.abc import Sized
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from vitwidgets.images import ImageError, PreparedImage, read_image
from vitwidgets.methods.image_stream import ImageStream, each_image
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.words.zero_shot import pooled_features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from vitwidgets.methods.image_stream import Batch, Images
    from vitwidgets.models import HookedViT

    Vectors: TypeAlias = Callable[[HookedViT, Tensor], Tensor]

_RANK = 2


def final_features(model: HookedViT, images: Tensor) -> Tensor:
    """Give what a model's classifier reads, or would if it had one.

    Parameters
    ----------
    model
        The model.
    images
        ``(batch, channel, height, width)``, prepared for it.

    Returns
    -------
    Tensor
        ``(batch, d_feature)``.

    Raises
    ------
    UnsupportedModelError
        If it is not one of timm's, or does not pool its tokens.
    """
    if not hasattr(model.module, "forward_head"):
        raise UnsupportedModelError(
            f"what a classifier of {model.name} would read is not known here: a word "
            f"map is for timm's models, and the towers of a CLIP need none"
        )
    return _one_each(model, pooled_features(model.module, images))


def embeddings(clip: HookedViT, images: Tensor) -> Tensor:
    """Give the embeddings of images by a CLIP, ``(batch, d_embed)``, as long as 1.

    Raises
    ------
    UnsupportedModelError
        If its image tower does not pool its tokens.
    """
    return functional.normalize(_one_each(clip, clip(images)).double(), dim=-1)


def _one_each(model: HookedViT, found: Tensor) -> Tensor:
    if found.ndim != _RANK:
        raise UnsupportedModelError(
            f"{model.name} gives values of the shape {tuple(found.shape)}, not one "
            f"vector for each image: its tokens are not pooled"
        )
    return found


@torch.no_grad()
def paired_features(
    model: HookedViT,
    clip: HookedViT,
    images: Images,
    *,
    batch_size: int,
    progress: bool,
) -> tuple[Tensor, Tensor]:
    """Give the features of the same pictures by two models, each preparing its own.

    Parameters
    ----------
    model, clip
        The models; the second one is the image tower of a CLIP.
    images
        Pictures, as `attention_statistics` takes them, but none that is prepared
        already; gone through once.
    batch_size
        Pictures run at a time.
    progress
        Whether a progress bar is written to stderr.

    Returns
    -------
    tuple of Tensor
        Features ``(image, d_feature)`` and embeddings ``(image, d_embed)``, float64, on
        the CPU, of the pictures that can be read.

    Raises
    ------
    TypeError
        If a picture is prepared already.
    ValueError, UnsupportedModelError
        As `ImageStream`, `final_features` and `embeddings` do.
    """
    items = each_image(images)
    # Both go through them in step, so that few pictures wait for the other model.
    sources = itertools.tee(_pictures(items))
    streams = [
        ImageStream(each, source, None, batch_size)
        for each, source in zip((model, clip), sources, strict=True)
    ]
    sides = ((model, final_features), (clip, embeddings))
    rows: tuple[dict[int, Tensor], dict[int, Tensor]] = ({}, {})
    total = len(items) if isinstance(items, Sized) else None
    with tqdm(total=total, unit="image", desc="features", disable=not progress) as bar:
        for batches in itertools.zip_longest(*streams):
            for side, batch, found in zip(sides, batches, rows, strict=True):
                if batch is not None:
                    found.update(zip(batch.indices, _row(side, batch), strict=True))
            bar.update(len(batches[0].indices) if batches[0] else 0)
    streams[0].warn_of_skipped()
    both = [index for index in rows[0] if index in rows[1]]
    first, second = (torch.stack([found[i] for i in both]) for found in rows)
    return first, second


def _row(side: tuple[HookedViT, Vectors], batch: Batch) -> Tensor:
    model, vectors = side
    device = next(model.module.parameters()).device
    return vectors(model, batch.pixels.to(device)).cpu().double()


def _pictures(items: Iterable[Any]) -> Iterator[Any]:
    """Read pictures, or raise where one is prepared for one model alone."""
    for item in items:
        image = cast("list[Any]", item)[0] if isinstance(item, (tuple, list)) else item
        if isinstance(image, (Tensor, PreparedImage)):
            raise TypeError(
                f"a {type(image).__name__} is prepared for one model, and each of the "
                f"two prepares pictures its own way: give pictures, such as paths, "
                f"Pillow images or arrays"
            )
        try:
            # Here, so that a file that is open is read once for both.
            yield read_image(image)
        except ImageError:
            yield image  # and the streams say what is wrong with it
