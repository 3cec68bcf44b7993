"""Reads captions and looks in the picture whether they are true, on its own terms."""

from __future__ import annotations

import colorsys
import math
import re
from typing import TYPE_CHECKING

import numpy as np

from vitwidgets.mice.vocabulary import VOCABULARY

if TYPE_CHECKING:
    from vitwidgets.mice.clip.captioned_scenes import CaptionedScene

N_THINGS = 64
# Where each colour begins on the circle of hues; from 330 on it is red again.
HUES = {"red": 0, "orange": 18, "yellow": 41, "green": 78, "blue": 175, "purple": 256}
RED_AGAIN = 330
ODD_PLURALS = {
    "fox": "foxes",
    "fish": "fish",
    "octopus": "octopuses",
    "butterfly": "butterflies",
    "strawberry": "strawberries",
    "cactus": "cactuses",
    "snowman": "snowmen",
    "grapes": "bunches of grapes",
    "broccoli": "pieces of broccoli",
}
FRAMES = (
    r"a picture of (.*)",
    r"a photo of (.*)\.",
    r"an emoji scene of (.*)",
    r"(.*)\.",
    r"(.*)",
)
MINIMUM_GAP = 7.9


def unframed(caption: str) -> str:
    return next(m[1] for f in FRAMES if (m := re.fullmatch(f, caption)))


def is_true(caption: str, scene: CaptionedScene, doubt: float = 7) -> bool:
    """Tell whether a caption is true; colours are read with a doubt in degrees."""
    said = unframed(caption)
    for words in ("left of", "right of", "above", "below"):
        if f" {words} " in said:
            first, last = said.split(f" {words} ")
            return _all_there(
                said.replace(f" {words} ", " and "), scene, doubt
            ) and _lies(
                _objects(first, scene, doubt),
                words,
                _objects(last, scene, doubt),
                scene,
            )
    for place, (axis, sign) in {
        " on the left": (0, -1),
        " on the right": (0, 1),
        " at the top": (1, -1),
        " at the bottom": (1, 1),
    }.items():
        if said.endswith(place):
            what = said.removesuffix(place)
            middles = [_middle(rank, scene) for rank in _objects(what, scene, doubt)]
            return _all_there(what, scene, doubt) and all(
                sign * (middle[axis] - 32) > 6 for middle in middles
            )
    return _all_there(said, scene, doubt)


def _all_there(said: str, scene: CaptionedScene, doubt: float) -> bool:
    return all(_count_fits(each, scene, doubt) for each in re.split(r", | and ", said))


def _count_fits(phrase: str, scene: CaptionedScene, doubt: float) -> bool:
    count, *_ = _parsed(phrase)
    return len(_objects(phrase, scene, doubt)) == count


def _objects(phrase: str, scene: CaptionedScene, doubt: float) -> list[int]:
    """The ranks of the objects that a phrase speaks of."""
    _, colour, thing, written = _parsed(phrase)
    found: list[int] = []
    for rank, number in enumerate(scene.scene.class_ids, start=1):
        is_word = number >= 7 * N_THINGS
        if number % N_THINGS != thing or is_word != written:
            continue
        if colour is None or colour in _colours(rank, scene, doubt):
            found.append(rank)
    return found


def _parsed(phrase: str) -> tuple[int, str | None, int, bool]:
    names = [thing.name for thing in VOCABULARY]
    if phrase.startswith("the word "):
        return 1, None, names.index(phrase.removeprefix("the word ")), True
    count = 1
    for number, words in ((1, ("an ", "a ")), (2, ("two ",)), (3, ("three ",))):
        for word in words:
            if phrase.startswith(word):
                count, phrase = number, phrase.removeprefix(word)
    colour = next((c for c in HUES if f" {c} " in f" {phrase}"), None)
    phrase = phrase.replace(f"{colour} ", "")
    phrase = phrase.removeprefix("bunch of ").removeprefix("piece of ")
    for index, name in enumerate(names):
        plural = ODD_PLURALS.get(name, f"{name}s")
        if phrase == (name if count == 1 else plural):
            return count, colour, index, False
    raise AssertionError(f"{phrase!r} is no thing, {count} times")


def _colours(rank: int, scene: CaptionedScene, doubt: float) -> set[str]:
    """What the mean hue of the clearer half of the pixels may be called.

    A thin drawing has something of the hue behind it.
    """
    pixels = scene.scene.image[scene.scene.mask == rank] / 255
    hsv = np.array([colorsys.rgb_to_hsv(*pixel) for pixel in pixels])
    clear = hsv[hsv[:, 1] * hsv[:, 2] >= np.median(hsv[:, 1] * hsv[:, 2])]
    angles = 2 * math.pi * clear[:, 0]
    mean = math.degrees(math.atan2(np.sin(angles).mean(), np.cos(angles).mean()))
    return {_called((mean + doubt) % 360) for doubt in (-doubt, 0, doubt)}


def _called(hue: float) -> str:
    if hue >= RED_AGAIN:
        return "red"
    return [name for name, begins in HUES.items() if begins <= hue][-1]


def _middle(rank: int, scene: CaptionedScene) -> tuple[float, float]:
    ys, xs = np.where(scene.scene.mask == rank)
    return xs.mean() + 0.5, ys.mean() + 0.5


def _lies(
    ones: list[int], words: str, others: list[int], scene: CaptionedScene
) -> bool:
    axis, sign = {
        "left of": (0, 1),
        "right of": (0, -1),
        "above": (1, 1),
        "below": (1, -1),
    }[words]
    return all(
        sign * (_middle(other, scene)[axis] - _middle(one, scene)[axis]) >= MINIMUM_GAP
        for one in ones
        for other in others
    )
