"""What a still of click-to-patch shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vitwidgets.widgets.click_to_patch import ClickToPatch
    from vitwidgets.widgets.patcher.edits import Edit

_MOST_EDITS = 12
_MOST_TOKENS = 6


@dataclass(frozen=True)
class StillContent:
    """What a still shows.

    Attributes
    ----------
    pictures
        Titles and pictures, uint8 ``(height, width, 3)``: the clean image, the donor.
    classes
        Names, with probabilities before and after the edits.
    grid
        How many layers and heads there are.
    edited
        Layers and heads that an edit touches.
    edits
        All edits, in words.
    """

    pictures: Sequence[tuple[str, NDArray[np.uint8]]]
    classes: Sequence[tuple[str, float, float]]
    grid: tuple[int, int]
    edited: Collection[tuple[int, int]]
    edits: Sequence[str]


def still_content(
    view: ClickToPatch, clean: str, acting: Sequence[Edit]
) -> StillContent:
    """Give what a still shows of a view.

    Parameters
    ----------
    view
        The view.
    clean
        What the clean image is called, or nothing.
    acting
        The edits that are switched on.
    """
    donor = next(each for each in view.donors if each["name"] == view.source)
    places = [each.place for each in view.active]
    lines = [_words(edit) for edit in acting]
    rest = len(lines) - _MOST_EDITS
    return StillContent(
        pictures=[
            (clean or "clean image", view.picture),
            (f"donor: {view.source}", donor["picture"]),
        ],
        classes=[(name, *pair) for name, pair in view.results.items()],
        grid=(view.n_layers, view.n_heads),
        edited={
            (place.layer, place.index)
            for place in places
            if place.index is not None and place.part != "neuron"
        },
        edits=[*lines[:_MOST_EDITS], *([f"and {rest} more"] if rest > 0 else [])],
    )


def _words(edit: Edit) -> str:
    tokens: list[str] = edit["tokens"]
    some = f"{len(tokens)} tokens" if len(tokens) > _MOST_TOKENS else " ".join(tokens)
    parts = (
        f"{edit['kind']} {edit['address']}",
        f"at {some}" if tokens else "",
        f"x {edit['strength']}" if edit["strength"] != 1 else "",
        f"from {edit['source']}" if edit["source"] else "",
    )
    return " ".join(filter(None, parts))
