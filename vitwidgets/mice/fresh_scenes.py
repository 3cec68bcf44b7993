"""New scenes of one thing, drawn with the emoji that ship with the package."""

from __future__ import annotations

import math
import operator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from vitwidgets.labels.sprites.sheet import shipped_sheet

from .scenes import random_classes, random_scene
from .sprites import Sprite
from .vocabulary import VOCABULARY

if TYPE_CHECKING:
    from vitwidgets.models import HookedViT

_KEY = 783
"""Of scenes that nothing was trained, fitted or chosen on."""
_SIDES = (12, 17, 24, 34, 48)
"""Longest sides of smaller copies: placing scales down by less than a factor of two."""
_OPAQUE = 128


def fresh_scenes(
    model: HookedViT, class_index: int, n: int, seed: int = 0
) -> list[Image.Image]:
    """Render scenes in which one thing is the largest.

    They are like those that emoji-vit was trained on: a large thing, up to two smaller
    ones, and a background.

    Parameters
    ----------
    model
        A model that names the things of the vocabulary, as emoji-vit does.
    class_index
        Index of the thing.
    n
        How many scenes.
    seed
        Of all that is drawn: equal seeds give equal scenes, and the first ones of a
        larger number are those of a smaller one.

    Returns
    -------
    list of Image.Image
        RGB, 64 x 64 pixels.

    Raises
    ------
    ValueError
        If the model names other things, or `n` is negative.
    IndexError
        If there is no such thing.
    """
    names = [thing.name for thing in VOCABULARY]
    if list(model.class_names or ()) != names:
        raise ValueError(
            f"scenes are of the {len(names)} things that emoji-vit names, and "
            f"{model.name} names others: give images of your own"
        )
    thing, count = operator.index(class_index), operator.index(n)
    if not 0 <= thing < len(names):
        raise IndexError(
            f"there is no class {class_index}: it runs from 0 to {len(names) - 1}"
        )
    if count < 0:
        raise ValueError(f"n is how many scenes to render, 0 or more, got {n}")
    rng = np.random.default_rng(np.random.SeedSequence((_KEY, seed, thing)))
    found: list[Image.Image] = []
    while len(found) < count:
        _, *smaller = random_classes(rng, len(names))
        drawn = [thing, *(each for each in smaller if each != thing)]
        scene = random_scene(rng, shipped_sprites(), drawn)
        if scene.class_ids[0] == thing:
            found.append(Image.fromarray(scene.image))
    return found


@cache
def shipped_sprites() -> tuple[Sprite, ...]:
    """Give the drawings that ship, one a class, for scenes that need no font."""
    sheet = shipped_sheet()
    return tuple(_sprite(sheet.drawing(thing.emoji)) for thing in VOCABULARY)


def _sprite(drawing: Image.Image) -> Sprite:
    cropped = drawing.crop(drawing.getchannel("A").getbbox())
    longest = max(cropped.size)
    opaque = np.count_nonzero(np.asarray(cropped)[..., 3] >= _OPAQUE)
    whole = cropped.convert("RGBa")
    levels = [_fitted(whole, side) for side in _SIDES if side < longest]
    return Sprite(levels=(*levels, whole), fill=math.sqrt(opaque) / longest)


def _fitted(drawing: Image.Image, longest: int) -> Image.Image:
    scale = longest / max(drawing.size)
    width, height = (max(1, round(scale * side)) for side in drawing.size)
    return drawing.resize((width, height), Image.Resampling.BOX)
