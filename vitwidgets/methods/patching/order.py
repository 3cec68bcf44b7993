"""Which units of a sweep run next, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def next_units(
    ranked: Sequence[int], block: Callable[[int], int], most: int
) -> tuple[int, ...]:
    """Give the strongest unit, and others of its block to share the pass with.

    Parameters
    ----------
    ranked
        Units, strongest first; at least one.
    block
        Gives the block of a unit.
    most
        How many share a pass at most.
    """
    wanted = block(ranked[0])
    return tuple(unit for unit in ranked if block(unit) == wanted)[:most]
