"""Random scenes of emoji with the exact mask of what is visible of each object."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .backgrounds import draw_background

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from .sprites import Sprite

SIDE = 64
"""Width and height of a scene in pixels."""

MOST_OBJECTS = 3

_COUNT_ODDS = (0.35, 0.40, 0.25)  # of one, two and three objects
_MAIN_SIDE = (20.0, 40.0)  # pixels; the side of a square of the drawing's area
_DISTRACTOR_SHARE = (0.10, 0.45)  # of the main object's area
_LONGEST_SIDE = 60.0
_TILT = math.radians(25.0)
_FLIP_ODDS = 0.5
_LEAST_VISIBLE = 0.55  # of an object's own area; else it is moved, at last left out
_ATTEMPTS = 4
_OPAQUE = 128


@dataclass(frozen=True)
class Placement:
    """Where and how one object is drawn.

    Attributes
    ----------
    class_id
        Index into the vocabulary.
    side
        Longest side of the upright drawing, in pixels.
    centre
        ``(x, y)`` in pixels, from the top left corner.
    angle
        Rotation in radians, clockwise.
    flip
        Whether left and right are mirrored first.
    """

    class_id: int
    side: float
    centre: tuple[float, float]
    angle: float
    flip: bool


@dataclass(frozen=True)
class Scene:
    """A rendered scene and what is in it.

    Attributes
    ----------
    image
        uint8 RGB, ``(64, 64, 3)``.
    mask
        uint8, ``(64, 64)``: 0 is background, i the visible part of the i-th object.
    class_ids
        Class of each object, largest visible area first.
    areas
        Visible pixels of each object, in the same order.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    class_ids: tuple[int, ...]
    areas: tuple[int, ...]


def random_scene(
    rng: np.random.Generator,
    sprites: Sequence[Sprite],
    class_ids: Sequence[int] | None = None,
) -> Scene:
    """Render a scene of one large object and up to two smaller ones.

    Every object has a class of its own and shows more than half of its area; smaller
    ones lie in front of or behind the large one.

    Parameters
    ----------
    rng
        Source of every random choice: equal states give equal scenes.
    sprites
        One drawing a class, as `load_sprites` returns them.
    class_ids
        What to draw, the large object first; by default as chance has it.
    """
    background = draw_background(rng, SIDE)
    if class_ids is None:
        class_ids = random_classes(rng, len(sprites))
    return compose(background, random_placements(rng, sprites, class_ids), sprites)


def random_classes(rng: np.random.Generator, n_classes: int) -> list[int]:
    """Choose one to three different classes."""
    count = 1 + int(np.searchsorted(np.cumsum(_COUNT_ODDS[:-1]), rng.random(), "right"))
    chosen = rng.choice(n_classes, size=count, replace=False)
    return [int(class_id) for class_id in chosen]


def random_placements(
    rng: np.random.Generator, sprites: Sequence[Sprite], class_ids: Sequence[int]
) -> list[Placement]:
    """Lay out objects, the first one large; one that finds no room is left out.

    Returns
    -------
    list[Placement]
        Back to front.
    """
    return lay_out(rng, sprites, class_ids, unequal_sides(rng))


def unequal_sides(rng: np.random.Generator) -> Iterator[float]:
    """Draw sizes without end: a large one, then smaller ones.

    Each is the side, in pixels, of a square of the drawing's area.
    """
    main_side = rng.uniform(*_MAIN_SIDE)
    yield main_side
    while True:
        yield main_side * np.sqrt(rng.uniform(*_DISTRACTOR_SHARE))


def lay_out(
    rng: np.random.Generator,
    sprites: Sequence[Sprite],
    class_ids: Sequence[int],
    sides: Iterable[float],
) -> list[Placement]:
    """Lay out objects of given sizes; one that finds no room is left out.

    Parameters
    ----------
    rng
        Source of every random choice.
    sprites
        One drawing a class.
    class_ids
        What to lay out; the first always finds room.
    sides
        For each object the side, in pixels, of a square of the drawing's area.

    Returns
    -------
    list[Placement]
        Back to front.
    """
    layers: list[Placement] = []
    for class_id, side in zip(class_ids, sides, strict=False):
        if not layers:
            layers = [_random_placement(rng, sprites, class_id, side)]
            continue
        for _ in range(_ATTEMPTS):
            newcomer = _random_placement(rng, sprites, class_id, side)
            at = int(rng.integers(len(layers) + 1))
            candidate = [*layers[:at], newcomer, *layers[at:]]
            if _all_visible(candidate, sprites):
                layers = candidate
                break
    return layers


def compose(
    background: NDArray[np.uint8],
    placements: Sequence[Placement],
    sprites: Sequence[Sprite],
) -> Scene:
    """Draw objects over a background, the first one at the back.

    Parameters
    ----------
    background
        uint8 RGB, ``(64, 64, 3)``; not modified.
    placements
        What to draw, back to front. At most 255.
    sprites
        One drawing a class.

    Returns
    -------
    Scene
        Objects are numbered by visible area; hidden ones are left out. A pixel
        belongs to the front-most object that is at least half opaque there.
    """
    image = background.copy()
    layers = np.zeros(image.shape[:2], np.uint8)
    for number, placement in enumerate(placements, start=1):
        window, drawn = _clipped(placement, sprites)
        if drawn.size == 0:
            continue
        alpha = drawn[..., 3:].astype(np.uint16)
        behind = image[window]
        # Rounded division by 255; premultiplied colours can't exceed their alpha.
        behind[:] = drawn[..., :3] + (behind * (255 - alpha) + 127) // 255
        layers[window][alpha[..., 0] >= _OPAQUE] = number
    counts = np.bincount(layers.ravel(), minlength=len(placements) + 1)[1:]
    order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
    renumber = np.zeros(len(placements) + 1, np.uint8)
    for rank, index in enumerate(order, start=1):
        renumber[index + 1] = rank
    return Scene(
        image=image,
        mask=renumber[layers],
        class_ids=tuple(placements[i].class_id for i in order),
        areas=tuple(int(counts[i]) for i in order),
    )


def _random_placement(
    rng: np.random.Generator,
    sprites: Sequence[Sprite],
    class_id: int,
    area_side: float,
) -> Placement:
    side = min(area_side / sprites[class_id].fill, _LONGEST_SIDE)
    margin = min(0.42 * side, SIDE / 2)
    x = rng.uniform(margin, SIDE - margin)
    y = rng.uniform(margin, SIDE - margin)
    return Placement(
        class_id=class_id,
        side=side,
        centre=(x, y),
        angle=float(rng.uniform(-_TILT, _TILT)),
        flip=bool(rng.random() < _FLIP_ODDS),
    )


def _clipped(
    placement: Placement, sprites: Sequence[Sprite]
) -> tuple[tuple[slice, slice], NDArray[np.uint8]]:
    drawn = sprites[placement.class_id].place(
        placement.side, placement.angle, flip=placement.flip
    )
    height, width = drawn.shape[:2]
    left = round(placement.centre[0] - width / 2)
    top = round(placement.centre[1] - height / 2)
    rows = slice(max(top, 0), max(min(top + height, SIDE), 0))
    columns = slice(max(left, 0), max(min(left + width, SIDE), 0))
    seen = drawn[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    return (rows, columns), seen


def _all_visible(placements: Sequence[Placement], sprites: Sequence[Sprite]) -> bool:
    layers = np.zeros((SIDE, SIDE), np.uint8)
    whole: list[float] = []
    for number, placement in enumerate(placements, start=1):
        window, drawn = _clipped(placement, sprites)
        layers[window][drawn[..., 3] >= _OPAQUE] = number
        whole.append((placement.side * sprites[placement.class_id].fill) ** 2)
    counts = np.bincount(layers.ravel(), minlength=len(placements) + 1)[1:]
    return all(counts[i] >= _LEAST_VISIBLE * area for i, area in enumerate(whole))
