"""How often edits that were made on one image do the same to others."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.methods.intervening.binding import bind
from vitwidgets.methods.intervening.other_places import OtherPlaces
from vitwidgets.methods.intervening.requirements import given_edits, require_classes
from vitwidgets.methods.share_interval import wilson_interval
from vitwidgets.models.caching.index_checks import index_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from torch import Tensor

    from vitwidgets.methods.image_stream import Batch, Images
    from vitwidgets.methods.intervening.binding import BoundInterventions
    from vitwidgets.methods.intervening.intervention import Intervention
    from vitwidgets.methods.intervening.sources import Sources
    from vitwidgets.models import ActivationCache, HookedViT

_STREAMS = "blocks.*.hook_resid_pre"
_BUDGET = 4 << 30
"""Bytes that the streams of one batch may take."""


@dataclass(frozen=True, eq=False)
class FlipShare:
    """In how many images a class came to be predicted.

    Attributes
    ----------
    n
        Over how many images.
    flipped
        How many of them.
    """

    n: int
    flipped: int

    @property
    def rate(self) -> float:
        """The share, from 0 to 1. Without the edits it is 0."""
        return self.flipped / self.n

    @property
    def low(self) -> float:
        """Lower end of its 95 % interval (Wilson, 1927)."""
        return wilson_interval(self.flipped, self.n)[0]

    @property
    def high(self) -> float:
        """Upper end of its 95 % interval (Wilson, 1927)."""
        return wilson_interval(self.flipped, self.n)[1]


@dataclass(frozen=True, eq=False)
class ReplayControl(FlipShare):
    """How often the same edits do that at random other places.

    Attributes
    ----------
    what
        What was drawn, such as ``"3 other heads, drawn for each image"``.
    """

    what: str


@dataclass(frozen=True, eq=False)
class Replay(FlipShare):
    """How often edits turn the prediction of other images into a class.

    Attributes
    ----------
    n
        How many images were edited.
    flipped
        In how many the target was then predicted.
    skipped
        How many images show the target already, nothing edited. They are not among `n`.
    flipped_images
        Bool, ``(n,)``: in which.
    indices
        int64, ``(n,)``: which of the given images they are, counted from 0.
    control
        The same with random other places; None if it was not wanted, or there are not
        as many places.
    """

    skipped: int
    flipped_images: Tensor
    indices: Tensor
    control: ReplayControl | None


@torch.no_grad()
def replay_interventions(
    model: HookedViT,
    images: Images,
    interventions: Iterable[Intervention],
    sources: Sources,
    *,
    target: int,
    control: bool = True,
    seed: int = 0,
    batch_size: int = 8,
    progress: Callable[[int, int | None], None] | None = None,
) -> Replay:
    """Make the same edits on many images, and count how often a class is predicted.

    The edits are the same to the last bit: values come from the same sources, tokens
    have the same labels, seeds are the same. Images that are taken for the target
    without any edit are skipped, so that none flips by itself.

    Parameters
    ----------
    model
        A model with a classifier.
    images
        As `attention_statistics` takes them; gone through once.
    interventions
        The edits, in their order.
    sources
        What they take values from, by name.
    target
        Index of the class.
    control
        Whether each image is also run with the edits at other places, drawn for it
        alone as in `edit_controls`.
    seed
        Of these draws.
    batch_size
        Images run at a time.
    progress
        Called between runs with how many images are done, of how many (None where
        nobody knows). What it raises ends the replay.

    Raises
    ------
    ValueError
        If there is no edit, all images show the target already, there is no image that
        can be read, or they are of different sizes.
    IndexError
        If there is no such class.
    UnsupportedModelError
        If the model has no classifier.
    UnknownSiteError
        If the input of a block can't be reached.
    InterventionError, StaleCacheError
        As `Intervention.hooks` does.
    """
    require_classes(model)
    edits = given_edits(interventions)
    chosen = index_of("class", target, model.config.n_classes)
    runs = _Runs(model, edits, sources, chosen, seed, control=control)
    stream = ImageStream(model, images, None, batch_size)
    for batch in stream:
        before = stream.n_images - len(batch.pixels)
        for done in runs.each(batch):
            if progress is not None:
                progress(before + done, stream.expected)
    stream.warn_of_skipped()
    n = len(runs.indices)
    if not n:
        raise ValueError(
            f"all {stream.n_images} images are taken for class {chosen} already, "
            f"nothing edited: give images of other things"
        )
    return Replay(
        n=n,
        flipped=sum(runs.hits),
        skipped=stream.n_images - n,
        flipped_images=torch.tensor(runs.hits),
        indices=torch.tensor(runs.indices),
        control=runs.places
        and ReplayControl(
            n, sum(runs.control_hits), f"{runs.places.what}, drawn for each image"
        ),
    )


class _Runs:
    """Runs images with edits, and with the same edits elsewhere.

    Parameters
    ----------
    model, edits, sources, control
        As of `replay_interventions`.
    target
        The class that is looked for.
    seed
        Of what is drawn.

    Attributes
    ----------
    indices
        Which images were edited.
    hits, control_hits
        Whether the target was then predicted, one for each of them.
    places
        The other places; None if they are not wanted, or not as many.
    """

    def __init__(
        self,
        model: HookedViT,
        edits: tuple[Intervention, ...],
        sources: Sources,
        target: int,
        seed: int,
        *,
        control: bool,
    ) -> None:
        self._model = model
        self._bound = bind(model, edits, sources)
        self._target = target
        self._generator = random.Random(seed)  # noqa: S311 (no secret)
        self._device = next(model.module.parameters()).device
        places = OtherPlaces(model, edits, sources)
        self.places = places if control and places.exist else None
        self.indices: list[int] = []
        self.hits: list[bool] = []
        self.control_hits: list[bool] = []

    def each(self, batch: Batch) -> Iterator[int]:
        """Run a batch; between the runs, give how many of its images are done."""
        logits, run = self._model.run_with_cache(
            batch.pixels.to(self._device), _STREAMS, budget=_BUDGET
        )
        yield 0
        shown = self._shows_target(logits)
        others = [index for index, already in enumerate(shown) if not already]
        if others:
            self.hits += self._edited(run.images(others), self._bound)
            self.indices += [batch.indices[index] for index in others]
        if self.places is not None:
            for index in others:
                yield index
                drawn = self.places.drawn(self._generator)
                bound = bind(self._model, drawn, self._bound.sources)
                self.control_hits += self._edited(run.images(index), bound)
        yield len(shown)

    def _edited(self, run: ActivationCache, bound: BoundInterventions) -> list[bool]:
        start = bound.first_block or 0
        logits = self._model.resume(run, start, fwd_hooks=bound.fwd_hooks)
        return self._shows_target(logits)

    def _shows_target(self, logits: Tensor) -> list[bool]:
        return [int(index) == self._target for index in logits.argmax(-1)]
