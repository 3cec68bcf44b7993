"""Means and runs of the reference images, made when they are first needed."""

from __future__ import annotations

import contextlib
from threading import RLock
from typing import TYPE_CHECKING, cast

import torch

from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.methods.interventions import SiteMeans, site_means
from vitwidgets.widgets.patcher.places import alike, is_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from torch import Tensor

    from vitwidgets.methods.image_stream import Images
    from vitwidgets.models import ActivationCache, HookedViT
    from vitwidgets.widgets.patcher.jobs import Job, Jobs
    from vitwidgets.widgets.patcher.traffic import Traffic

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
    jobs, traffic
        Are told of that, and may cancel it.
    """

    def __init__(
        self, model: HookedViT, images: Images, jobs: Jobs, traffic: Traffic
    ) -> None:
        self._model = model
        self.images = images
        self._jobs = jobs
        self._traffic = traffic
        self._means = SiteMeans({}, 0)
        self._run: ActivationCache | None = None
        self._passing = RLock()

    def has_means(self, sites: Iterable[str]) -> bool:
        """Whether the means of these sites are known."""
        return self._are_in(self._means.values, sites)

    def has_run(self, sites: Iterable[str]) -> bool:
        """Whether there is a run that kept these sites."""
        run = self._run
        return run is not None and self._are_in(run, sites)

    def means(self, sites: Sequence[str]) -> SiteMeans:
        """Give the means of sites, and of those like them in all blocks.

        Raises
        ------
        ValueError
            If no image can be read; here and below.
        CancelledError
            If the pass over the images was cancelled; here and below.
        RuntimeError
            If the view was closed; here and below.
        """
        with self._pass_unless(self.has_means, sites) as job:
            if job is not None:
                self._means = self._more_means(sites, job)
        return self._means

    def run(self, sites: Sequence[str]) -> ActivationCache:
        """Give a run of the first images that kept sites, and those like them."""
        with self._pass_unless(self.has_run, sites) as job:
            if job is not None:
                self._run = self._larger_run(sites)
        return cast("ActivationCache", self._run)

    def clear(self) -> None:
        """Free all of it."""
        self._means, self._run = SiteMeans({}, 0), None

    @contextlib.contextmanager
    def _pass_unless(
        self, is_known: Callable[[Sequence[str]], bool], sites: Sequence[str]
    ) -> Generator[Job | None]:
        """Go through the images inside, one thread at a time; None if none need to."""
        if is_known(sites):
            yield None
            return
        with self._jobs.step("reference") as job:
            # Who runs the model just now must not be waited for by who waits here.
            with job.aside():
                self._passing.acquire()
            try:
                job.go_on(0, 0)
                with self._traffic.run():
                    yield None if is_known(sites) else job
            finally:
                self._passing.release()

    def _more_means(self, sites: Sequence[str], job: Job) -> SiteMeans:
        held = self._means.values
        missing = self._with_alike(site for site in sites if site not in held)

        def progress(done: int, total: int | None) -> None:
            job.go_on(done, total or 0)

        new = site_means(self._model, self.images, missing, progress=progress)
        return SiteMeans({**held, **new.values}, new.n_images)

    @torch.no_grad()
    def _larger_run(self, sites: Sequence[str]) -> ActivationCache:
        kept = [*(self._run or ()), *self._with_alike(sites)]
        batch = next(iter(ImageStream(self._model, self.images, None, _DRAWN_FROM)))
        device = next(self._model.module.parameters()).device
        pixels = batch.pixels.to(device)
        return self._model.run_with_cache(pixels, kept, budget=_BUDGET)[1]

    def _are_in(self, held: Mapping[str, Tensor], sites: Iterable[str]) -> bool:
        # Sites within windows have none; what takes one from there says so.
        return all(site in held or not is_plain(self._model, site) for site in sites)

    def _with_alike(self, sites: Iterable[str]) -> list[str]:
        found = (name for site in sites for name in alike(self._model, site))
        return list(dict.fromkeys(found))
