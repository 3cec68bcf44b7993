"""Random scenes with a record of all that a caption may say of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vitwidgets.mice.backgrounds import draw_background
from vitwidgets.mice.scenes import SIDE, compose, lay_out, unequal_sides
from vitwidgets.mice.vocabulary import VOCABULARY

from .colours import COLOURS
from .drawings import STYLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vitwidgets.mice.scenes import Scene

    from .drawings import Drawing, Drawings

ABOUT = ("colour", "count", "place")
"""What siblings are told apart by."""

_COUNTS = ((1,), (2,), (3,), (1, 1), (2, 1), (1, 2), (1, 1, 1))
"""How many there are of each kind of thing."""
_COUNT_ODDS = (0.28, 0.14, 0.10, 0.26, 0.07, 0.07, 0.08)
_KINDS = 3
_EQUAL_SIDES = (16.0, 26.0)  # pixels; as `lay_out` counts them
_EQUAL_SPREAD = (0.85, 1.15)
_WORD_SIDES = (17.0, 24.0)
_EQUAL_ODDS = 0.5
_PAINTED_ODDS = 0.5
_OWN_NAME_ODDS = 0.5
_STEADY = 0.3  # of their angle is left to labels, which have to be read


@dataclass(frozen=True)
class Group:
    """The equal things of a scene.

    Attributes
    ----------
    shown
        What each of them is.
    centres
        ``(x, y)`` of the middle of what is visible of each, in pixels from the top
        left corner.
    """

    shown: Drawing
    centres: tuple[tuple[float, float], ...]

    @property
    def name(self) -> str:
        """The thing's name, or the word that is written."""
        return VOCABULARY[self.shown.thing].name


@dataclass(frozen=True)
class CaptionedScene:
    """A rendered scene and what is in it.

    Attributes
    ----------
    scene
        Its picture and masks; the classes in it are numbers of drawings.
    groups
        What is in it, the one with the largest visible object first.
    """

    scene: Scene
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Cast:
    """What a scene is made of.

    Attributes
    ----------
    things
        Three different things; the scene has as many of them as there are counts.
    counts
        How many there are of each kind.
    colours
        For each thing the one of `COLOURS` it is painted with, None for unpainted.
    word
        Number of the drawing of a written word, None for no word.
    """

    things: tuple[int, ...]
    counts: tuple[int, ...]
    colours: tuple[int | None, ...]
    word: int | None

    def drawn(self, drawings: Drawings) -> list[int]:
        """Give the numbers of all drawings but the word's."""
        kinds = zip(self.things, self.colours, self.counts, strict=False)
        return [
            drawings.plain(thing)
            if colour is None
            else drawings.in_colour(thing, colour)
            for thing, colour, count in kinds
            for _ in range(count)
        ]


def random_cast(
    rng: np.random.Generator, drawings: Drawings, lettered: float = 0.0
) -> Cast:
    """Choose what a scene is made of.

    Parameters
    ----------
    rng
        Source of every random choice.
    drawings
        From `load_drawings`.
    lettered
        Odds of a label with the name of a thing, there or not.
    """
    things = rng.choice(len(VOCABULARY), size=_KINDS, replace=False)
    first = int(things[0])
    word = _some_word(rng, drawings, first) if rng.random() < lettered else None
    return Cast(
        things=tuple(int(thing) for thing in things),
        counts=_some_counts(rng),
        colours=tuple(_some_colour(rng) for _ in range(_KINDS)),
        word=word,
    )


def sibling(rng: np.random.Generator, cast: Cast, about: str) -> Cast:
    """Change what a cast is told apart by: nothing else.

    Parameters
    ----------
    rng
        Source of every random choice.
    cast
        Not modified.
    about
        One of `ABOUT`; a place is changed by drawing the scene anew.
    """
    if about == "colour":
        painted = tuple(int(rng.integers(len(COLOURS))) for _ in cast.colours)
        return replace(cast, colours=painted)
    if about == "count":
        same = len(cast.counts)
        while True:
            counts = _some_counts(rng)
            if len(counts) == same:
                return replace(cast, counts=counts)
    return cast


def captioned_scene(
    rng: np.random.Generator,
    drawings: Drawings,
    cast: Cast | None = None,
    *,
    lettered: float = 0.0,
) -> CaptionedScene:
    """Render a scene of one to three objects, some painted, and perhaps a word.

    Parameters
    ----------
    rng
        Source of every random choice.
    drawings
        From `load_drawings`.
    cast
        What to draw; by default as chance has it.
    lettered
        Odds of a written word where no cast is given.
    """
    background = draw_background(rng, SIDE)
    if cast is None:
        cast = random_cast(rng, drawings, lettered)
    order = cast.drawn(drawings)
    sides = _equal_sides(rng) if rng.random() < _EQUAL_ODDS else unequal_sides(rng)
    chosen = [order[int(i)] for i in rng.permutation(len(order))]
    sizes = [side for _, side in zip(chosen, sides, strict=False)]
    if cast.word is not None:
        chosen.append(cast.word)
        sizes.append(float(rng.uniform(*_WORD_SIDES)))
    placements = [
        replace(each, flip=False, angle=_STEADY * each.angle)
        if drawings.shown[each.class_id].written
        else each
        for each in lay_out(rng, drawings.sprites, chosen, sizes)
    ]
    scene = compose(background, placements, drawings.sprites)
    return CaptionedScene(scene, _groups(scene, drawings))


def _some_counts(rng: np.random.Generator) -> tuple[int, ...]:
    return _COUNTS[int(rng.choice(len(_COUNTS), p=_COUNT_ODDS))]


def _some_colour(rng: np.random.Generator) -> int | None:
    colour = int(rng.integers(len(COLOURS)))
    return colour if rng.random() < _PAINTED_ODDS else None


def _equal_sides(rng: np.random.Generator) -> Iterator[float]:
    side = rng.uniform(*_EQUAL_SIDES)
    while True:
        yield side * rng.uniform(*_EQUAL_SPREAD)


def _some_word(rng: np.random.Generator, drawings: Drawings, thing: int) -> int:
    if rng.random() >= _OWN_NAME_ODDS:
        thing = int(rng.integers(len(VOCABULARY)))
    return drawings.written(thing, int(rng.integers(STYLES)))


def _groups(scene: Scene, drawings: Drawings) -> tuple[Group, ...]:
    centres: dict[Drawing, list[tuple[float, float]]] = {}
    for rank, number in enumerate(scene.class_ids, start=1):
        rows, columns = np.nonzero(scene.mask == rank)
        middle = (float(columns.mean()) + 0.5, float(rows.mean()) + 0.5)
        centres.setdefault(drawings.shown[number], []).append(middle)
    return tuple(Group(shown, tuple(each)) for shown, each in centres.items())
