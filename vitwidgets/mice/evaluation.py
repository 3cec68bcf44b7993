"""The three figures that say whether the model is good enough to ship."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from .batches import render_batch, to_pixels
from .scenes import SIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from timm.models import VisionTransformer
    from torch import Tensor

    from .batches import SceneBatch
    from .sprites import Sprite

EVALUATION_SEED = 1_000_003
"""First number of the keys of fresh scenes; training uses other ones."""

SECOND_OBJECT_SHARE = 0.10
"""Least share of the visible object area for a second object to count."""

SECOND_OBJECT_RANK = 3

THRESHOLDS = {"top1": 0.97, "patch_readout": 0.38, "second_in_top3": 0.60}
"""What the shipped weights must reach."""

DEFINITIONS = {
    "top1": "share of scenes whose highest logit names the largest visible object",
    "patch_readout": (
        "final norm and head applied to every patch token: share of the patches at "
        "least half of whose pixels show the largest object that name it"
    ),
    "second_in_top3": (
        "share of scenes, of those with a second object of at least 10 % of the "
        "visible object area, where it is among the three highest logits"
    ),
}

_PATCH_SHARE = 0.5  # of a patch's pixels, for it to count as the object's
_CHUNK = 250


@dataclass(frozen=True)
class Tally:
    """Hits and trials of one figure."""

    hits: int = 0
    trials: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Add two tallies of the same figure."""
        return Tally(self.hits + other.hits, self.trials + other.trials)

    @property
    def rate(self) -> float:
        """Hits per trial, NaN without trials."""
        return self.hits / self.trials if self.trials else float("nan")


def evaluate(
    model: VisionTransformer, sprites: Sequence[Sprite], count: int, seed: int
) -> dict[str, Tally]:
    """Measure a model on fresh scenes.

    Parameters
    ----------
    model
        Put into evaluation mode for the measurement and back afterwards.
    sprites
        One drawing a class.
    count
        Number of scenes.
    seed
        The scenes depend on it and on nothing else.

    Returns
    -------
    dict[str, Tally]
        A tally for each of `THRESHOLDS`.
    """
    was_training = model.training
    model.eval()
    totals = {name: Tally() for name in THRESHOLDS}
    try:
        for start in range(0, count, _CHUNK):
            key = (EVALUATION_SEED, seed, start // _CHUNK)
            batch = render_batch(key, min(_CHUNK, count - start), sprites)
            for name, tally in measure_batch(model, batch).items():
                totals[name] += tally
    finally:
        model.train(was_training)
    return totals


def measure_batch(model: VisionTransformer, batch: SceneBatch) -> dict[str, Tally]:
    """Tally the three figures on one batch of scenes, with the model as it is."""
    device = next(model.parameters()).device
    with torch.inference_mode():
        tokens = model.forward_features(to_pixels(batch.images).to(device))
        logits = model.forward_head(tokens).float().cpu()
        # The pooled token passes through fc_norm, an identity in this architecture.
        patches = model.head(tokens[:, model.num_prefix_tokens :]).float().cpu()
    return {
        "top1": _tally(logits.argmax(-1) == batch.class_ids[:, 0]),
        "patch_readout": _patch_readout(patches, batch),
        "second_in_top3": _second_in_top(logits, batch),
    }


def _tally(hits: Tensor) -> Tally:
    return Tally(int(hits.sum()), hits.numel())


def _patch_readout(patches: Tensor, batch: SceneBatch) -> Tally:
    patch_side = SIDE // math.isqrt(patches.shape[1])
    shown = (batch.masks == 1).float()[:, None]
    share = functional.avg_pool2d(shown, patch_side).flatten(1)
    named = patches.argmax(-1) == batch.class_ids[:, :1]
    return _tally(named[share >= _PATCH_SHARE])


def _second_in_top(logits: Tensor, batch: SceneBatch) -> Tally:
    counts = batch.areas[:, 1] >= SECOND_OBJECT_SHARE * batch.areas.sum(dim=1)
    best = logits.topk(SECOND_OBJECT_RANK, dim=-1).indices
    found = (best == batch.class_ids[:, 1:2]).any(dim=-1)
    return _tally(found[counts])
