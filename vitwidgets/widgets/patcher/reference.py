"""Means and runs of the reference images, made when they are first needed."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.methods.interventions import SiteMeans, site_means
from vitwidgets.widgets.patcher.places import alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import ActivationCache, HookedViT

_DRAWN_FROM = 64
"""Images, the first of all, whose values are kept to draw from."""
_BUDGET = 4 << 30


class Reference:
    """What is usual for a model, at any site.

    Parameters
    ----------
    model
        The model.
    images
        As `attention_statistics` takes them; gone through as often as is needed.
    """

    def __init__(self, model: HookedViT, images: Images) -> None:
        self._model = model
        self.images = images
        self._means: SiteMeans | None = None
        self._run: ActivationCache | None = None
        self._lock = RLock()

    def means(self, sites: Iterable[str]) -> SiteMeans:
        """Give the means of sites, and of those like them in all blocks.

        Raises
        ------
        ValueError
            If no image can be read.
        """
        with self._lock:
            means = self._means
        held: Mapping[str, Tensor] = means.values if means else {}
        wanted = self._with_alike(site for site in sites if site not in held)
        if wanted:
            new = site_means(self._model, self.images, wanted)
            means = SiteMeans({**held, **new.values}, new.n_images)
            with self._lock:
                self._means = means
        return means or SiteMeans({}, 0)

    @torch.no_grad()
    def run(self, sites: Iterable[str]) -> ActivationCache:
        """Give a run of the first images that kept sites, and those like them.

        Raises
        ------
        ValueError
            If no image can be read.
        """
        with self._lock:
            run = self._run
        missing = [site for site in sites if run is None or site not in run]
        if run is not None and not missing:
            return run
        wanted = [*(run or ()), *self._with_alike(missing)]
        batch = next(iter(ImageStream(self._model, self.images, None, _DRAWN_FROM)))
        device = next(self._model.module.parameters()).device
        pixels = batch.pixels.to(device)
        run = self._model.run_with_cache(pixels, wanted, budget=_BUDGET)[1]
        with self._lock:
            self._run = run
        return run

    def clear(self) -> None:
        """Free all of it."""
        with self._lock:
            self._means = self._run = None

    def _with_alike(self, sites: Iterable[str]) -> list[str]:
        found = (name for site in sites for name in alike(self._model, site))
        return list(dict.fromkeys(found))
