"""Cluttered random backgrounds, so that nothing but the drawing names a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_MOST_SHAPES = 9
_EVEN_ODDS = 0.5
_SHAPES = ("ellipse", "rectangle", "triangle", "line")


def draw_background(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    """Draw a background: a gradient, blobs, bands or noise, with shapes and lines.

    Parameters
    ----------
    rng
        Source of every random choice.
    side
        Width and height in pixels.

    Returns
    -------
    NDArray[np.uint8]
        RGB of shape ``(side, side, 3)``.
    """
    ground = _GROUNDS[int(rng.integers(len(_GROUNDS)))](rng, side)
    image = Image.fromarray(ground)
    _scatter_shapes(rng, image)
    if rng.random() < _EVEN_ODDS:
        return np.array(image)
    grain = rng.integers(-20, 21, size=(side, side, 1), dtype=np.int16)
    return np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)


def _colours(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    return rng.integers(0, 256, size=(count, 3)).astype(np.float32)


def _gradient(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    first, second = _colours(rng, 2)
    across = np.linspace(-1, 1, side, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    ramp = np.cos(angle) * across[None, :] + np.sin(angle) * across[:, None]
    mix = np.clip(ramp / 2 + 0.5, 0, 1)[..., None]
    return (first + (second - first) * mix).astype(np.uint8)


def _blobs(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    cells = int(rng.integers(2, 9))
    small = rng.integers(0, 256, size=(cells, cells, 3), dtype=np.uint8)
    large = Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(large)


def _bands(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    first, second = _colours(rng, 2)
    across = np.arange(side, dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    phase = np.cos(angle) * across[None, :] + np.sin(angle) * across[:, None]
    wave = np.sin(phase * rng.uniform(0.2, 1.0))[..., None]
    mix = wave > 0 if rng.random() < _EVEN_ODDS else wave / 2 + 0.5
    return (first + (second - first) * mix).astype(np.uint8)


def _noise(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    low = _colours(rng, 1)[0]
    spread = rng.uniform(20, 90)
    field = low + spread * rng.standard_normal((side, side, 1), dtype=np.float32)
    return np.clip(field, 0, 255).astype(np.uint8)


def _scatter_shapes(rng: np.random.Generator, image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    count = int(rng.integers(0, _MOST_SHAPES + 1))
    kinds = rng.integers(len(_SHAPES), size=count)
    centres = rng.uniform(0, image.width, size=(count, 2))
    reaches = rng.uniform(2, image.width / 3, size=(count, 4))
    colours = rng.integers(0, 256, size=(count, 3))
    for kind, (x, y), reach, colour in zip(
        kinds.tolist(),
        centres.tolist(),
        reaches.tolist(),
        colours.tolist(),
        strict=True,
    ):
        left, up, right, down = reach
        ink = tuple(colour)
        box = (x - left, y - up, x + right, y + down)
        shape = _SHAPES[int(kind)]
        if shape == "ellipse":
            draw.ellipse(box, fill=ink)
        elif shape == "rectangle":
            draw.rectangle(box, fill=ink)
        elif shape == "triangle":
            draw.polygon(((x - left, y), (x, y - up), (x + right, y + down)), fill=ink)
        else:
            draw.line(box, fill=ink, width=1 + int(up) % 4)


_GROUNDS: tuple[Callable[[np.random.Generator, int], NDArray[np.uint8]], ...] = (
    _gradient,
    _blobs,
    _bands,
    _noise,
)
