"""Means of sites over a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.sites import select

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import HookedViT
    from vitwidgets.models.sites import SiteFilter

_BUDGET = 4 << 30
"""Bytes that the sites of one batch may take."""


@dataclass(frozen=True, eq=False)
class SiteMeans:
    """The mean value of some sites, token by token.

    Attributes
    ----------
    values
        By site: its mean, with an image axis of 1.
    n_images
        Over how many images.
    """

    values: Mapping[str, Tensor]
    n_images: int


@torch.no_grad()
def site_means(
    model: HookedViT,
    images: Images,
    sites: SiteFilter,
    *,
    batch_size: int = 8,
    progress: Callable[[int, int | None], None] | None = None,
) -> SiteMeans:
    """Measure the mean of some sites over images.

    Parameters
    ----------
    model
        The model.
    images
        As `attention_statistics` takes them; gone through once.
    sites
        Which sites, as in `HookedViT.run_with_cache`.
    batch_size
        Images run at a time.
    progress
        Called after each run with how many images are done, of how many (None where
        nobody knows). What it raises ends the measurement.

    Raises
    ------
    UnknownSiteError
        If a site is none of the model.
    UnsupportedModelError
        If a site has no one value for each image, as within windows.
    ValueError
        If no image can be read, or the images do not fit.
    """
    names = select(sites, dict.fromkeys(model.sites), {})
    stream = ImageStream(model, images, None, batch_size)
    device = next(model.module.parameters()).device
    sums: dict[str, Tensor] = {}
    dtypes: dict[str, torch.dtype] = {}
    for batch in stream:
        count = len(batch.pixels)
        _, cache = model.run_with_cache(batch.pixels.to(device), names, budget=_BUDGET)
        for name in names:
            value = cache[name]
            if value.shape[0] != count:
                raise UnsupportedModelError(
                    f"{name!r} has {value.shape[0]} values for {count} images (such as "
                    f"one for each window): it has no mean that is one image's"
                )
            total = value.double().sum(0, keepdim=True)
            sums[name] = sums[name] + total if name in sums else total
            dtypes[name] = value.dtype
        if progress is not None:
            progress(stream.n_images, stream.expected)
    stream.warn_of_skipped()
    n_images = stream.n_images
    means = {name: (sums[name] / n_images).to(dtypes[name]) for name in sums}
    return SiteMeans(means, n_images)
