"""All that a logit attribution shows of one model on one image."""

from __future__ import annotations

from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitwidgets.labels import model_labels
from vitwidgets.methods.direct_logit_attribution import (
    attribution_sites,
    direct_logit_attribution,
)
from vitwidgets.widgets.model_on_image import model_on_image

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from vitwidgets.images import ImageSource
    from vitwidgets.methods.contributions.terms import DirectLogitAttribution
    from vitwidgets.models import HookedViT

LIKELIEST = 5
STRONGEST = 20
"""Neurons of an MLP that are shown one by one."""

_KEPT = 8
"""Numbers whose attributions are kept: a person goes back and forth between some."""


class AttributionSource:
    """One model run on one image, and what its output is made of.

    Parameters
    ----------
    model, image
        As `model_on_image` takes them.

    Attributes
    ----------
    model, prepared, facts
        As `ModelOnImage` has them.
    labels
        Names and emoji of the model's classes.
    logits
        The model's own output, ``(class,)``.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, or the image can't
        be used.
    UnsupportedModelError
        When single tokens have no logits in this model.
    """

    def __init__(self, model: HookedViT | nn.Module, image: ImageSource) -> None:
        opened = model_on_image(model, image)
        self.model, self.prepared = opened.model, opened.prepared
        self.facts = opened.facts
        _ = self.model.unembedding  # says why there is none before anything is run
        self.labels = model_labels(self.model)
        with torch.no_grad():
            logits, self._cache = self.model.run_with_cache(
                opened.pixels, attribution_sites(self.model)
            )
        self.logits = logits[0]
        self._kept: OrderedDict[tuple[int, int, str], DirectLogitAttribution]
        self._kept = OrderedDict()
        self._open = True
        # Answers are given from threads.
        self._lock = RLock()

    def attribution(
        self, target: int, versus: int, measure: Any
    ) -> DirectLogitAttribution:
        """Split a number of the output.

        Parameters
        ----------
        target, versus, measure
            As `direct_logit_attribution` takes them, but -1 for no `versus`, which only
            a difference looks at.

        Raises
        ------
        RuntimeError
            When the view was closed; here and elsewhere.
        IndexError, ValueError
            When there is no such number; here and elsewhere.
        """
        wanted = (target, versus if measure == "difference" else -1, measure)
        with self._lock:
            if not self._open:
                raise RuntimeError("this view was closed; make a new LogitAttribution")
            if wanted not in self._kept:
                self._kept[wanted] = direct_logit_attribution(
                    self.model,
                    self._cache,
                    target,
                    versus=None if wanted[1] < 0 else versus,
                    measure=measure,
                )
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(wanted)
            return self._kept[wanted]

    def output(self) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
        """Return the model's own likeliest classes and their probabilities."""
        p = self.logits.float().softmax(-1)
        best = p.topk(min(LIKELIEST, len(p)))
        return best.indices.cpu().numpy().astype(np.uint16), best.values.cpu().numpy()

    def close(self) -> None:
        """Free the activations."""
        with self._lock:
            if self._open:
                self._open = False
                self._kept.clear()
                del self._cache


def strongest(values: Tensor) -> Tensor:
    """Give the indices of the values that are largest without their sign."""
    return values.abs().topk(min(STRONGEST, len(values))).indices
