"""Head statistics: what each attention head of a model does, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from tqdm import tqdm

from vitwidgets.methods.image_stream import Images, ImageStream, Mask
from vitwidgets.methods.plain_patterns import require_plain_patterns
from vitwidgets.methods.statistics_run import StatisticsRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitwidgets.methods.head_statistics import HeadStatistics
    from vitwidgets.models import HookedViT


def attention_statistics(
    model: HookedViT,
    images: Images,
    *,
    masks: Iterable[Mask | None] | None = None,
    batch_size: int = 8,
    progress: bool = True,
) -> HeadStatistics:
    """Measure every head over images, which are gone through once and not kept.

    Parameters
    ----------
    model
        A model with plain attention among all its tokens.
    images
        One image as `read_image` takes it; a folder, with its subfolders; a batch of
        prepared tensors ``(image, channel, height, width)``; or anything that gives
        images, prepared tensors, or tuples that begin with one of them, such as a
        PyTorch data set or loader. All of one size, once prepared.
    masks
        For each image its object, bool ``(height, width)`` in pixels of the image as
        given, or None; sample scenes have their own.
    batch_size
        Images run at a time. The numbers do not depend on it but for rounding.
    progress
        Whether a progress bar is written to stderr.

    Returns
    -------
    HeadStatistics
        Its `frame` is the table. An image that can't be read is skipped, and named in
        a warning at the end.

    Raises
    ------
    UnsupportedModelError
        If the heads' patterns are not one ``token x token`` square each.
    ValueError
        If there is no readable image, images differ in size once prepared, or masks do
        not fit them.
    TypeError
        If `images` is nothing that gives images.
    CacheBudgetError
        If a batch takes too much memory.
    """
    require_plain_patterns(model)
    stream = ImageStream(model, images, masks, batch_size)
    run = StatisticsRun(model)
    with (
        torch.no_grad(),
        tqdm(
            total=stream.expected, unit="image", desc="heads", disable=not progress
        ) as bar,
    ):
        for batch in stream:
            run.add(batch)
            bar.update(len(batch.pixels))
    stream.warn_of_skipped()
    return run.statistics(stream.n_images, tuple(stream.skipped))
