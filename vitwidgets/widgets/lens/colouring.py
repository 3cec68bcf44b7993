"""The colours over patches in a still of the lens, by the rules of the view."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vitwidgets.widgets.still_colours import (
    LESS,
    MORE,
    Colour,
    distinct_colour,
    heat_colour,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitwidgets.widgets.lens.kinds import KindsState
    from vitwidgets.widgets.lens.state import LensState

_OUTSIDE: Colour = (20, 20, 28)


@dataclass(frozen=True)
class Veil:
    """A colour over a patch, and how much of the picture it hides, 0 to 1."""

    colour: Colour
    opacity: float


def veils(
    lens: LensState, read: dict[str, NDArray[Any]], versus: NDArray[np.float32] | None
) -> list[Veil | None]:
    """Return what is laid over each patch at the present layer.

    Parameters
    ----------
    lens
        The view.
    read
        What `EmojiLogitLens.results` gives.
    versus
        Logits of the class that the target is compared with, ``(layer, token)``.
    """
    row = lens.layer + 1
    first = lens.n_tokens - lens.grid[0] * lens.grid[1]
    if lens.mode in ("class", "superclass", "mask"):
        likeliest: list[int] = read["top_classes"][row, first:, 0].tolist()
        return _of_classes(lens, likeliest)
    if lens.mode == "entropy":
        most = math.log(len(lens.class_names)) or 1.0
        return _heat(read["entropy"][row, first:] / most)
    if lens.mode == "heat" and "target_logits" in read:
        if versus is not None:
            return _differences((read["target_logits"] - versus)[:, first:], row)
        return _heat(_shares(lens, read)[row, first:])
    return [None] * (lens.n_tokens - first)


def _of_classes(lens: LensState, likeliest: list[int]) -> list[Veil | None]:
    if lens.mode == "mask":
        outside = Veil(_OUTSIDE, 0.8)
        return [None if each in lens.mask else outside for each in likeliest]
    if lens.mode == "superclass":
        kinds = cast("KindsState", lens).class_superclasses
        return [_kind(kinds[each]) for each in likeliest]
    numbers = _class_numbers(lens.opening["top_classes"][..., 0])
    # What another lens reads may not be among what this one opened with.
    return [_kind(numbers.setdefault(each, len(numbers))) for each in likeliest]


def _shares(lens: LensState, read: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return how far up its scale each value of the target is; layers share one."""
    first = lens.n_tokens - lens.grid[0] * lens.grid[1]
    if lens.heat == "rank":
        most = math.log(len(lens.class_names)) or 1.0
        return 1 - np.log1p(read["target_ranks"]) / most
    if lens.heat == "probability":
        values = read["target_probabilities"].astype(np.float64)
        return values / (values[:, first:].max() or 1.0)
    values = read["target_logits"].astype(np.float64)
    low, high = values[:, first:].min(), values[:, first:].max()
    return (values - low) / ((high - low) or 1.0)


def _heat(shares: NDArray[Any]) -> list[Veil | None]:
    found: list[float] = shares.tolist()
    return [Veil(heat_colour(share), 0.5 + 0.42 * share) for share in found]


def _differences(values: NDArray[Any], row: int) -> list[Veil | None]:
    most = float(np.abs(values).max()) or 1.0
    shares: list[float] = (values[row] / most).tolist()
    return [Veil(LESS if share < 0 else MORE, 0.92 * abs(share)) for share in shares]


def _kind(number: int) -> Veil:
    return Veil(distinct_colour(number), 0.8)


def _class_numbers(likeliest: NDArray[np.uint16]) -> dict[int, int]:
    """Give each class a number: what most tokens say in the end comes first."""
    numbers: dict[int, int] = {}
    for row in likeliest[::-1]:
        classes, counts = np.unique(row, return_counts=True)
        for each in classes[np.argsort(-counts, kind="stable")].tolist():
            numbers.setdefault(each, len(numbers))
    return numbers
