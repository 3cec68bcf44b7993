"""Captioned scenes by the thousand, as tensors, from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from .architecture import tokenizer
from .captioned_scenes import ABOUT, captioned_scene, random_cast, sibling
from .captions import caption
from .recipe import SIBLINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from .captioned_scenes import CaptionedScene
    from .drawings import Drawings

CAPTIONS = 2
"""How many captions each scene of a batch has."""


@dataclass(frozen=True)
class CaptionedBatch:
    """Scenes and captions, stacked.

    Attributes
    ----------
    images
        uint8, ``(scene, 64, 64, 3)``.
    tokens
        int64, ``(caption, scene, context_length)``.
    """

    images: Tensor
    tokens: Tensor


def render_captioned(
    key: Sequence[int],
    count: int,
    drawings: Drawings,
    *,
    siblings: float = 0.0,
    lettered: float = 0.0,
) -> CaptionedBatch:
    """Render scenes and captions that depend on nothing but the key and the drawings.

    Parameters
    ----------
    key
        Non-negative integers; different keys give independent scenes.
    count
        How many scenes.
    drawings
        From `load_drawings`.
    siblings
        Share of scenes, at the beginning, that come in fours of the same things, which
        their colours, their numbers or their places tell apart.
    lettered
        Share of scenes with a written word.
    """
    rng = np.random.default_rng(np.random.SeedSequence(tuple(key)))
    scenes: list[CaptionedScene] = []
    texts: list[list[str]] = [[] for _ in range(CAPTIONS)]
    cast, about = random_cast(rng, drawings, lettered), ABOUT[0]
    for number in range(count):
        related = number < siblings * count
        if not related or number % SIBLINGS == 0:
            cast = random_cast(rng, drawings, lettered)
            about = ABOUT[int(rng.integers(len(ABOUT)))]
        if related:
            cast = sibling(rng, cast, about)
        scene = captioned_scene(rng, drawings, cast)
        scenes.append(scene)
        for each in texts:
            each.append(caption(rng, scene, about if related else None))
    tokenize = tokenizer()
    tokens = torch.stack([tokenize(each) for each in texts])
    return CaptionedBatch(stack_images(scenes), tokens)


def stack_images(scenes: Sequence[CaptionedScene]) -> Tensor:
    """Stack the pictures of scenes: uint8, ``(scene, 64, 64, 3)``."""
    return torch.as_tensor(np.stack([each.scene.image for each in scenes]))
