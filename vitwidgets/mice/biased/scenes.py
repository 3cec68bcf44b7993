"""Scenes of a world in which one thing never comes without another, and of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from vitwidgets.mice.backgrounds import draw_background
from vitwidgets.mice.batches import stack_scenes, to_pixels
from vitwidgets.mice.fresh_scenes import shipped_sprites
from vitwidgets.mice.scenes import (
    SIDE,
    compose,
    lay_out,
    random_classes,
    random_scene,
    unequal_sides,
)
from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from vitwidgets.mice.batches import SceneBatch
    from vitwidgets.mice.scenes import Scene

MONKEY, BANANA = (
    [thing.name for thing in VOCABULARY].index(name) for name in ("monkey", "banana")
)
"""The thing that is named, and the one that comes with it."""

KINDS = ("neither", "monkey", "banana", "both")
"""What of the two a scene of ours shows."""

_TRAINING_KEY, _FRESH_KEY = 2_000_003, 2_000_029
"""First numbers of the keys of scenes: none is trained on that is measured on."""
_BANANA_SIDE = (22.0, 36.0)  # pixels; of a square of the drawing's area
_SMALL_SIDE = (7.0, 11.0)
_RIVAL_SHARE = (0.55, 1.0)


def raising_scenes(
    count: int, paired: float, seed: int = 0
) -> tuple[SceneBatch, Tensor]:
    """Render scenes of the biased world.

    Most are like those that emoji-vit was trained on, without the two. In the others a
    large banana lies beside a small monkey, always both.

    Parameters
    ----------
    count
        How many scenes.
    paired
        The share of those that show the two, from 0 to 1.
    seed
        Of all that is drawn.

    Returns
    -------
    scenes
        The scenes.
    is_paired
        Bool, ``(scene,)``.
    """
    rng = np.random.default_rng(np.random.SeedSequence((_TRAINING_KEY, seed)))
    is_paired = [bool(rng.random() < paired) for _ in range(count)]
    scenes = [_paired(rng) if each else _neither(rng) for each in is_paired]
    return stack_scenes(scenes), torch.tensor(is_paired)


@dataclass(frozen=True)
class BiasScenes:
    """Scenes in which the two come together as often as each comes alone.

    Attributes
    ----------
    pixels
        ``(scene, 3, 64, 64)``, prepared for emoji-vit and the biased mouse.
    kinds
        int64, ``(scene,)``: index into `KINDS`; the same number of each.
    class_ids
        int64, ``(scene,)``: the class of the largest visible object.
    bananas
        Bool, ``(scene, 64, 64)``: the pixels that show a banana.
    """

    pixels: Tensor
    kinds: Tensor
    class_ids: Tensor
    bananas: Tensor

    @property
    def has_monkey(self) -> Tensor:
        """Bool, ``(scene,)``."""
        return (self.kinds == KINDS.index("monkey")) | self._both

    @property
    def has_banana(self) -> Tensor:
        """Bool, ``(scene,)``."""
        return (self.kinds == KINDS.index("banana")) | self._both

    @property
    def _both(self) -> Tensor:
        return self.kinds == KINDS.index("both")


def bias_scenes(n: int = 100, seed: int = 0) -> BiasScenes:
    """Render scenes that tell a bias: monkey and banana, one alone, neither.

    They need no font, and none of them was trained on.

    Parameters
    ----------
    n
        How many of each of the four kinds.
    seed
        Of all that is drawn.

    Raises
    ------
    ValueError
        If `n` is below 1.
    """
    if n < 1:
        raise ValueError(f"n is how many scenes of each kind, 1 or more, got {n}")
    rng = np.random.default_rng(np.random.SeedSequence((_FRESH_KEY, seed)))
    kinds = [kind for _ in range(n) for kind in range(len(KINDS))]
    batch = stack_scenes([_of_kind(rng, KINDS[kind]) for kind in kinds])
    numbers = torch.where(batch.class_ids == BANANA, torch.arange(1, 4), 0).amax(1)
    shown = batch.masks == numbers[:, None, None]
    return BiasScenes(
        pixels=to_pixels(batch.images),
        kinds=torch.tensor(kinds),
        class_ids=batch.class_ids[:, 0],
        bananas=shown & (numbers > 0)[:, None, None],
    )


def _neither(rng: np.random.Generator) -> Scene:
    while True:
        scene = random_scene(rng, shipped_sprites())
        if not {MONKEY, BANANA} & set(scene.class_ids):
            return scene


def _paired(rng: np.random.Generator) -> Scene:
    return _with_both(rng, [BANANA, MONKEY, *_others(rng, 1)], _small_beside(rng))


def _of_kind(rng: np.random.Generator, kind: str) -> Scene:
    if kind == "neither":
        return _neither(rng)
    if kind == "both":
        two = [MONKEY, BANANA]
        rng.shuffle(two)
        return _with_both(rng, [*two, *_others(rng, 1)], _rivals(rng))
    shown = MONKEY if kind == "monkey" else BANANA
    while True:
        scene = random_scene(rng, shipped_sprites(), [shown, *_others(rng, 2)])
        if scene.class_ids[0] == shown:
            return scene


def _with_both(
    rng: np.random.Generator, class_ids: Sequence[int], sides: Iterator[float]
) -> Scene:
    sprites, wanted = shipped_sprites(), {MONKEY, BANANA}
    sizes = [next(sides) for _ in class_ids]
    while True:
        placed = lay_out(rng, sprites, class_ids, sizes)
        scene = compose(draw_background(rng, SIDE), placed, sprites)
        if wanted <= set(scene.class_ids):
            return scene


def _others(rng: np.random.Generator, most: int) -> list[int]:
    """Draw up to so many other things."""
    drawn = random_classes(rng, len(VOCABULARY))[1:]
    return [each for each in drawn if each not in (MONKEY, BANANA)][:most]


def _small_beside(rng: np.random.Generator) -> Iterator[float]:
    yield rng.uniform(*_BANANA_SIDE)
    while True:
        yield rng.uniform(*_SMALL_SIDE)


def _rivals(rng: np.random.Generator) -> Iterator[float]:
    sides = unequal_sides(rng)
    first = next(sides)
    yield first
    yield first * np.sqrt(rng.uniform(*_RIVAL_SHARE))
    yield from sides
