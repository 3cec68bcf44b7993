"""The sample scenes that ship: searched for by seed, kept when the model is right."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image, ImageFilter

from .backgrounds import draw_background
from .batches import stack_scenes, to_pixels
from .scenes import SIDE, compose, random_placements
from .vocabulary import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from timm.models import VisionTransformer

    from .scenes import Placement, Scene
    from .sprites import Sprite

SAMPLES_KEY = 2_000_003
"""First number of the keys of sample scenes: neither trained nor evaluated on."""

_NAMES = {thing.name: index for index, thing in enumerate(VOCABULARY)}
_SEEDS = 20_000
_LEAST_PROBABILITY = 0.9  # of the objects together
_LEAST_SHARE = 0.15  # of the visible object area, for the smallest object
_LEAST_AREA = 600  # visible pixels of the main object, so that it fills some patches


class CurationError(RuntimeError):
    """No seed gave scenes that the model gets right."""


@dataclass(frozen=True)
class Wish:
    """Scenes to look for: one layout on one background, drawn with several casts.

    Attributes
    ----------
    casts
        For each scene its name and its objects, the large one first. Casts are of
        equal length: the n-th objects of all take the same place and size.
    """

    casts: tuple[tuple[str, tuple[str, ...]], ...]


# Twins are told apart by what is where and by nothing else: one is patched into the
# other.
WISHES: tuple[Wish, ...] = (
    Wish((("cat-and-dog", ("cat", "dog")), ("dog-and-cat", ("dog", "cat")))),
    Wish((("cat-and-dog-2", ("cat", "dog")), ("dog-and-cat-2", ("dog", "cat")))),
    Wish((("cat-alone", ("cat",)), ("dog-alone", ("dog",)))),
    Wish((("elephant-and-penguin", ("elephant", "penguin")),)),
    Wish((("pizza-and-strawberry", ("pizza", "strawberry")),)),
    Wish((("house-tree-sunflower", ("house", "tree", "sunflower")),)),
    Wish((("rocket-moon-star", ("rocket", "moon", "star")),)),
    Wish((("frog-and-butterfly", ("frog", "butterfly")),)),
    Wish((("snowman-alone", ("snowman",)),)),
)


@dataclass(frozen=True)
class Sample:
    """A scene that was found, its name, its twins and the seed that gives it."""

    name: str
    scene: Scene
    seed: int
    twins: tuple[str, ...]


def find_samples(
    model: VisionTransformer, sprites: Sequence[Sprite], wishes: Sequence[Wish] = WISHES
) -> list[Sample]:
    """Search seeds for scenes that fulfil the wishes and that the model gets right.

    The objects are to be seen well: large enough, and apart from each other.

    Right means: its highest probabilities are those of the objects, in the order of
    their visible area, with little left for anything else. Twins must all be right.

    Raises
    ------
    CurationError
        If a wish stays unfulfilled.
    """
    samples: list[Sample] = []
    for number, wish in enumerate(wishes):
        names = [name for name, _ in wish.casts]
        for seed in range(_SEEDS):
            scenes = _perform(wish, (SAMPLES_KEY, number, seed), sprites)
            if scenes is not None and _all_right(model, wish, scenes):
                break
        else:
            raise CurationError(
                f"none of {_SEEDS} seeds gives {' and '.join(names)} so that the model "
                "is right: train it better, or wish for something easier."
            )
        samples += [
            Sample(name, scene, seed, tuple(other for other in names if other != name))
            for name, scene in zip(names, scenes, strict=True)
        ]
    return samples


def write_samples(samples: Sequence[Sample], folder: Path) -> None:
    """Write each sample as ``NAME.png``, ``NAME.masks.png`` and ``NAME.json``.

    Masks are 8-bit index images: 0 is background, i the i-th object of the JSON.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for sample in samples:
        scene = sample.scene
        Image.fromarray(scene.image).save(folder / f"{sample.name}.png", optimize=True)
        Image.fromarray(scene.mask).save(
            folder / f"{sample.name}.masks.png", optimize=True
        )
        listing = {
            "objects": [VOCABULARY[i].name for i in scene.class_ids],
            "visible_pixels": list(scene.areas),
            "same_layout_as": list(sample.twins),
            "seed": sample.seed,
        }
        text = json.dumps(listing, indent=2)
        (folder / f"{sample.name}.json").write_text(text + "\n", encoding="utf-8")


def _perform(
    wish: Wish, key: Sequence[int], sprites: Sequence[Sprite]
) -> list[Scene] | None:
    """Render a wish's casts; None where an object has found no room."""
    rng = np.random.default_rng(np.random.SeedSequence(tuple(key)))
    background = draw_background(rng, SIDE)
    first = [_NAMES[name] for name in wish.casts[0][1]]
    placements = random_placements(rng, sprites, first)
    if len(placements) < len(first):
        return None
    scenes: list[Scene] = []
    for _, cast_names in wish.casts:
        roles = dict(zip(first, (_NAMES[name] for name in cast_names), strict=True))
        recast = [_recast(p, roles[p.class_id], sprites) for p in placements]
        scenes.append(compose(background, recast, sprites))
    return scenes


def _recast(
    placement: Placement, class_id: int, sprites: Sequence[Sprite]
) -> Placement:
    """Put another drawing, of the same area, in an object's place."""
    fill = sprites[placement.class_id].fill / sprites[class_id].fill
    return replace(placement, class_id=class_id, side=placement.side * fill)


def _all_right(model: VisionTransformer, wish: Wish, scenes: Sequence[Scene]) -> bool:
    for (_, names), scene in zip(wish.casts, scenes, strict=True):
        if scene.class_ids != tuple(_NAMES[name] for name in names):
            return False
        if scene.areas[0] < _LEAST_AREA:
            return False
        if scene.areas[-1] < _LEAST_SHARE * sum(scene.areas):
            return False
        if not _are_apart(scene):
            return False
    return all(_is_right(model, scene) for scene in scenes)


def _are_apart(scene: Scene) -> bool:
    """Tell whether no object comes within two pixels of another."""
    for rank in range(1, len(scene.areas) + 1):
        own = Image.fromarray(scene.mask == rank).convert("L")
        around = np.asarray(own.filter(ImageFilter.MaxFilter(5))) > 0
        if (around & (scene.mask != rank) & (scene.mask > 0)).any():
            return False
    return True


def _is_right(model: VisionTransformer, scene: Scene) -> bool:
    batch = stack_scenes([scene])
    with torch.inference_mode():
        logits = model(to_pixels(batch.images))[0]
    probabilities, order = logits.softmax(-1).sort(descending=True)
    count = len(scene.class_ids)
    if tuple(int(i) for i in order[:count]) != scene.class_ids:
        return False
    return float(probabilities[:count].sum()) >= _LEAST_PROBABILITY
