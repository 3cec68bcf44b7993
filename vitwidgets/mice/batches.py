"""Scenes by the thousand, as tensors, from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from .scenes import MOST_OBJECTS, SIDE, random_scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from .scenes import Scene
    from .sprites import Sprite

MEAN = 0.5
STD = 0.5

_CONTEST = 0.3


@dataclass(frozen=True)
class SceneBatch:
    """Scenes stacked.

    Attributes
    ----------
    images
        uint8, ``(scene, 64, 64, 3)``.
    masks
        uint8, ``(scene, 64, 64)``: as `Scene.mask`.
    class_ids
        int64, ``(scene, 3)``: largest visible object first, -1 where there is none.
    areas
        int64, ``(scene, 3)``: visible pixels, 0 where there is no object.
    """

    images: Tensor
    masks: Tensor
    class_ids: Tensor
    areas: Tensor

    def __len__(self) -> int:
        """Return the number of scenes."""
        return len(self.images)


def render_batch(
    key: Sequence[int],
    count: int,
    sprites: Sequence[Sprite],
    *,
    contested: float = 0.0,
) -> SceneBatch:
    """Render scenes that depend on nothing but the key and the sprites.

    Parameters
    ----------
    key
        Non-negative integers; different keys give independent scenes.
    count
        How many scenes.
    sprites
        One drawing a class.
    contested
        Share of scenes, at the beginning of the batch, that are drawn anew until a
        second object shows at least 30 % of the area that the largest one shows.
    """
    rng = np.random.default_rng(np.random.SeedSequence(tuple(key)))
    scenes: list[Scene] = []
    while len(scenes) < count:
        scene = random_scene(rng, sprites)
        if len(scenes) >= contested * count or _is_contested(scene):
            scenes.append(scene)
    return stack_scenes(scenes)


def stack_scenes(scenes: Sequence[Scene]) -> SceneBatch:
    """Stack scenes into one batch of tensors."""
    class_ids = np.full((len(scenes), MOST_OBJECTS), -1, np.int64)
    areas = np.zeros((len(scenes), MOST_OBJECTS), np.int64)
    images = np.empty((len(scenes), SIDE, SIDE, 3), np.uint8)
    masks = np.empty((len(scenes), SIDE, SIDE), np.uint8)
    for row, scene in enumerate(scenes):
        images[row] = scene.image
        masks[row] = scene.mask
        class_ids[row, : len(scene.class_ids)] = scene.class_ids
        areas[row, : len(scene.areas)] = scene.areas
    return SceneBatch(
        images=torch.as_tensor(images),
        masks=torch.as_tensor(masks),
        class_ids=torch.as_tensor(class_ids),
        areas=torch.as_tensor(areas),
    )


def _is_contested(scene: Scene) -> bool:
    return len(scene.areas) > 1 and scene.areas[1] >= _CONTEST * scene.areas[0]


def area_targets(class_ids: Tensor, areas: Tensor, n_classes: int) -> Tensor:
    """Weight each class by its share of the visible object area.

    Parameters
    ----------
    class_ids
        int64, ``(scene, 3)``, -1 where there is no object.
    areas
        int64, ``(scene, 3)``, 0 where there is no object.
    n_classes
        Number of classes.

    Returns
    -------
    Tensor
        float32, ``(scene, n_classes)``; each row sums to 1.
    """
    shares = areas.float() / areas.sum(dim=1, keepdim=True)
    targets = torch.zeros(len(areas), n_classes)
    return targets.scatter_add_(1, class_ids.clamp(min=0), shares)


def to_pixels(images: Tensor) -> Tensor:
    """Turn pictures into what the model takes.

    Parameters
    ----------
    images
        uint8, ``(scene, height, width, 3)``.

    Returns
    -------
    Tensor
        float32, ``(scene, 3, height, width)``, from -1 to 1.
    """
    return ((images.permute(0, 3, 1, 2).float() / 255 - MEAN) / STD).contiguous()
