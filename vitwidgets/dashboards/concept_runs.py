"""Runs of one image with a concept added or erased."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import torch

from vitwidgets.images import PreparedImage, prepare_image
from vitwidgets.methods import natural_strength
from vitwidgets.methods.intervening.requirements import require_classes
from vitwidgets.methods.interventions import Intervention, InterventionError, bind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from vitwidgets.images import ImageSource
    from vitwidgets.methods import ConceptDirection, ConceptEraser
    from vitwidgets.methods.interventions import Source
    from vitwidgets.models import HookedViT

_STREAMS = "blocks.*.hook_resid_pre"


class ConceptRuns:
    """What a model says of one image, with edits and without.

    Parameters
    ----------
    model
        A model with classes or words.
    image
        The image.
    directions, erasers
        What can be added or erased; no two of one name.

    Attributes
    ----------
    model, directions, erasers
        As given; the latter two by name.
    class_names
        Of all classes.
    before
        Logits without edits, ``(class,)``.

    Raises
    ------
    UnsupportedModelError, ValueError
        As `concept_board` says.
    """

    def __init__(
        self,
        model: HookedViT,
        image: ImageSource | PreparedImage | Tensor,
        directions: Sequence[ConceptDirection],
        erasers: Sequence[ConceptEraser],
    ) -> None:
        require_classes(model, "so nothing that it says can be seen to change")
        self.model = model
        self.directions = {each.name: each for each in directions}
        self.erasers = {each.name: each for each in erasers}
        self._require_distinct(len(directions) + len(erasers))
        self.sources: dict[str, Source] = {**self.erasers}
        for each in directions:
            self.sources.update(each.sources)
        for each in directions:
            bind(model, [each.steer()], self.sources)
        bind(model, self.erasing(), self.sources)
        names = model.class_names
        self.class_names = tuple(
            names or (f"class {index}" for index in range(model.config.n_classes))
        )
        self._pixels = _pixels_of(model, image)
        with torch.no_grad():
            logits, self._cache = model.run_with_cache(self._pixels, _STREAMS)
        self.before = logits[0].cpu().double()
        self._lengths: dict[tuple[str, int], float] = {}

    def erasing(self) -> list[Intervention]:
        """Give the edits that erase all that can be erased."""
        return [
            Intervention(each.address, "erase", each.tokens, source=name)
            for name, each in self.erasers.items()
        ]

    def steering(self, name: str, layer: int, share: float) -> Intervention:
        """Give the edit that adds a direction at a layer.

        Parameters
        ----------
        name
            Of the direction.
        layer
            Index of a block.
        share
            How long what is added is, as a share of the length of what it is added to.
        """
        direction = self.directions[name]
        place = dataclasses.replace(Intervention(direction.address, "zero").place,
                                    layer=layer)  # fmt: skip
        if (name, layer) not in self._lengths:
            there = dataclasses.replace(direction, address=str(place))
            self._lengths[name, layer] = natural_strength(
                self.model, self._pixels, there
            )
        return direction.steer(share * self._lengths[name, layer], at=str(place))

    @torch.no_grad()
    def after(self, edits: Sequence[Intervention]) -> Tensor:
        """Give the logits with edits, ``(class,)``."""
        if not any(each.strength for each in edits):
            return self.before
        bound = bind(self.model, edits, self.sources)
        first = bound.first_block or 0
        logits = self.model.resume(self._cache, first, fwd_hooks=bound.fwd_hooks)
        return logits[0].cpu().double()

    def _require_distinct(self, count: int) -> None:
        if not count:
            raise ValueError(
                "there is nothing to steer or erase: give a direction, such as "
                "concept_from_words makes, or an eraser, as erase_concept does"
            )
        names = [*self.directions, *self.erasers]
        if len(set(names)) != count:
            raise ValueError(
                f"directions and erasers need names of their own, and two of these are "
                f"the same: {', '.join(names)}"
            )


def _pixels_of(model: HookedViT, image: ImageSource | PreparedImage | Tensor) -> Tensor:
    device = next(model.module.parameters()).device
    if isinstance(image, PreparedImage):
        return image.pixels.to(device)
    if isinstance(image, torch.Tensor):
        pixels = image if image.ndim > 3 else image[None]  # noqa: PLR2004
        if len(pixels) != 1:
            raise InterventionError(f"the board is of one image, got {len(pixels)}")
        return pixels.to(device)
    if model.preprocessing is None:
        raise ValueError(
            "this model has no preprocessing, so a picture can't be prepared for it: "
            "give HookedViT(module, preprocessing=...), or a prepared tensor"
        )
    return prepare_image(image, model.preprocessing).pixels.to(device)
