"""What a search for the smallest flip found, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vitwidgets.labels import Labels
    from vitwidgets.methods.smallest_flip import SmallestFlip

_WHAT = {
    "heads": ("head", "heads"),
    "patches": ("patch", "patches"),
    "head x token": ("head at one token", "heads at single tokens"),
}


def flip_words(found: SmallestFlip, donor: str, labels: Labels) -> str:
    """Say whether the prediction can be turned, with how many parts, and which."""
    name = labels.names[found.target]
    units = ", ".join(map(str, found.units))
    count = len(found.units)
    parts = f"{count} {_WHAT[found.over][count > 1]} copied from {donor}"
    margin = found.steps[-1].margin
    if found.found:
        return f"With {parts} the model says {name}, {margin:.3f} ahead: {units}."
    return (
        f"Even with {parts} the model does not say {name}, {-margin:.3f} behind: "
        f"{units}."
    )
