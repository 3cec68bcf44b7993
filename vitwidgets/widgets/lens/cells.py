"""What the lens draws over each patch, for a still."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vitwidgets.widgets.lens.colouring import Veil, veils

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vitwidgets.labels import Labels
    from vitwidgets.widgets.lens.state import LensState

_FAINTEST = 0.35
"""Opacity, and share of the cell, of an emoji whose probability is 0: to be seen."""

_KIND_SIZE = 0.6
"""Share of the cell of a superclass's emoji: all alike."""


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
    size, opacity
        Of the emoji: its share of the cell, and how much it hides, 0 to 1.
    veil
        What lies over the picture; None where it is seen.
    """

    row: int
    column: int
    title: str
    emoji: str
    size: float
    opacity: float
    veil: Veil | None


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
    drawn: tuple[str, ...] = {
        "emoji": labels.emoji,
        "superclass": labels.superclass_emoji,
    }.get(lens.mode, ())
    laid = veils(lens, read, versus)
    cells: list[Cell] = []
    for patch, (index, probability) in enumerate(
        zip(classes, probabilities, strict=True)
    ):
        place = divmod(patch, columns)
        # People compare areas: a side grows with the root.
        share = _FAINTEST + (1 - _FAINTEST) * math.sqrt(probability)
        is_kind = lens.mode == "superclass"
        name = labels.names[index]
        cells.append(
            Cell(
                *place,
                title=f"({place[0]},{place[1]}) {name} {probability:.2f}",
                emoji=drawn[index] if drawn else "",
                size=_KIND_SIZE if is_kind else share,
                opacity=1.0 if is_kind else share,
                veil=laid[patch],
            )
        )
    return cells
