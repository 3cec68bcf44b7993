"""What the lens draws over each patch, for a still."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitwidgets.labels import Labels
    from vitwidgets.widgets.lens.state import LensState

Colour = tuple[int, int, int]

_FAINTEST = 0.35
"""Opacity, and share of the cell, of an emoji whose probability is 0: to be seen."""

_GOLDEN_ANGLE = 137.508 / 360
_MAGMA = ((0, 0, 4), (183, 55, 121), (252, 253, 191))
_DIVERGING = ((33, 102, 172), (247, 247, 247), (178, 24, 43))


@dataclass(frozen=True)
class Cell:
    """One patch.

    Attributes
    ----------
    row, column
        Where it is.
    title
        What it says, in words.
    emoji
        What is drawn, or nothing.
    size
        Of the emoji, as a share of the cell; also how opaque it is.
    colour
        What the cell is filled with; None where the picture is seen.
    """

    row: int
    column: int
    title: str
    emoji: str = ""
    size: float = 1.0
    colour: Colour | None = None


def lens_cells(
    lens: LensState,
    labels: Labels,
    read: dict[str, NDArray[Any]],
    versus: NDArray[np.float32] | None,
) -> list[Cell]:
    """Return what is drawn over each patch at the present layer.

    Parameters
    ----------
    lens
        The view.
    labels
        Names and emoji of the model's classes.
    read
        What `EmojiLogitLens.results` gives.
    versus
        Logits of the class that the target is compared with, ``(layer, token)``.
    """
    row = lens.layer + 1
    rows, columns = lens.grid
    first = lens.n_tokens - rows * columns
    classes: list[int] = read["top_classes"][row, first:, 0].tolist()
    probabilities: list[float] = read["top_probabilities"][row, first:, 0].tolist()
    colours = _colours(lens, read, versus, row, first)
    drawn: tuple[str, ...] = {
        "emoji": labels.emoji,
        "superclass": labels.superclass_emoji,
    }.get(lens.mode, ())
    cells: list[Cell] = []
    for patch, (index, probability) in enumerate(
        zip(classes, probabilities, strict=True)
    ):
        place = divmod(patch, columns)
        where = f"({place[0]},{place[1]})"
        cells.append(
            Cell(
                *place,
                title=f"{where} {labels.names[index]} {probability:.2f}",
                emoji=drawn[index] if drawn else "",
                size=_FAINTEST + (1 - _FAINTEST) * probability,
                colour=None if colours is None else colours[patch],
            )
        )
    return cells


def _colours(
    lens: LensState,
    read: dict[str, NDArray[Any]],
    versus: NDArray[np.float32] | None,
    row: int,
    first: int,
) -> list[Colour | None] | None:
    classes = read["top_classes"][row, first:, 0].tolist()
    if lens.mode == "class":
        return [class_colour(index) for index in classes]
    if lens.mode == "mask":
        inside, outside = (255, 255, 255), (0, 0, 0)
        return [inside if each in lens.mask else outside for each in classes]
    if lens.mode == "entropy":
        return _mixed(read["entropy"][:, first:], row, _MAGMA)
    if lens.mode != "heat" or "target_logits" not in read:
        return None
    if versus is not None:
        return _diverging((read["target_logits"] - versus)[:, first:], row)
    name = {"probability": "probabilities", "rank": "ranks", "logit": "logits"}
    values = read[f"target_{name[lens.heat]}"][:, first:].astype(np.float64)
    return _mixed(-values if lens.heat == "rank" else values, row, _MAGMA)


def class_colour(index: int) -> Colour:
    """Return a class's colour: neighbours in the list are far apart on the wheel."""
    hue = index * _GOLDEN_ANGLE % 1
    red, green, blue = colorsys.hls_to_rgb(hue, 0.45 + 0.2 * (index % 2), 0.65)
    return round(255 * red), round(255 * green), round(255 * blue)


def _mixed(
    values: NDArray[Any], row: int, table: tuple[Colour, ...]
) -> list[Colour | None]:
    # One scale for all layers, as in the view.
    low, high = float(values.min()), float(values.max())
    shares = (values[row] - low) / ((high - low) or 1.0)
    return [_between(table, share) for share in shares.tolist()]


def _diverging(values: NDArray[Any], row: int) -> list[Colour | None]:
    largest = float(np.abs(values).max()) or 1.0
    shares = (values[row] / largest + 1) / 2
    return [_between(_DIVERGING, share) for share in shares.tolist()]


def _between(table: tuple[Colour, ...], share: float) -> Colour:
    place = share * (len(table) - 1)
    left = min(int(place), len(table) - 2)
    part = place - left
    red, green, blue = (
        round(one + part * (other - one))
        for one, other in zip(table[left], table[left + 1], strict=True)
    )
    return red, green, blue
