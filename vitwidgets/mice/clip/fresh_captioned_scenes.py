"""New scenes such as emoji-clip was taught on, of drawings that ship."""

from __future__ import annotations

import operator
from functools import cache

import numpy as np
from PIL import Image

from vitwidgets.images.lettering import write_label
from vitwidgets.mice.fresh_scenes import shipped_sprites
from vitwidgets.mice.vocabulary import VOCABULARY

from .captioned_scenes import captioned_scene
from .colours import COLOURS, natural_colour, painted
from .drawings import Drawing, Drawings

_KEY = 786
"""Of scenes that nothing was trained, fitted or chosen on."""
_LETTERED = 0.3
"""Share of the scenes with a written word."""
_PLACES = ("top", "middle", "bottom")
_INKS = (("black", "white"), ("white", "black"), ("navy", "lightyellow"))


def fresh_captioned_scenes(n: int, seed: int = 0) -> list[Image.Image]:
    """Render scenes with things, colours, numbers, places and written words.

    They are like those that emoji-clip was taught on: one to three things of up to
    three kinds, half of them painted in one of six colours, and on three scenes in ten
    a label with the name of a thing. No emoji font is needed.

    Parameters
    ----------
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
        If `n` is negative.
    """
    count = operator.index(n)
    if count < 0:
        raise ValueError(f"n is how many scenes to render, 0 or more, got {n}")
    rng = np.random.default_rng(np.random.SeedSequence((_KEY, seed)))
    return [_scene(rng) for _ in range(count)]


def _scene(rng: np.random.Generator) -> Image.Image:
    scene = Image.fromarray(captioned_scene(rng, _shipped_drawings()).scene.image)
    if rng.random() >= _LETTERED:
        return scene
    word = VOCABULARY[int(rng.integers(len(VOCABULARY)))].name
    ink, paper = _INKS[int(rng.integers(len(_INKS)))]
    place = _PLACES[int(rng.integers(len(_PLACES)))]
    return write_label(scene, word, place=place, ink=ink, paper=paper)


@cache
def _shipped_drawings() -> Drawings:
    """Give the things plain and painted; words are written over a whole scene."""
    plain = shipped_sprites()
    things = range(len(plain))
    sprites = list(plain)
    shown = [Drawing(thing, natural_colour(plain[thing])) for thing in things]
    for colour in COLOURS:
        sprites += [painted(sprite, colour) for sprite in plain]
        shown += [Drawing(thing, colour.name, painted=True) for thing in things]
    return Drawings(tuple(sprites), tuple(shown))
